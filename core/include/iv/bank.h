/* iv/bank.h - questions, rubrics, phrases and forbidden topics, read from data files.
 *
 * Why:     what is asked and judged is data that people edit (core/data/README.md holds the schema); this reads and checks it.
 * Owns:    a bank, rubric or phrase book owns everything reachable from it.
 * Threads: read-only after loading; [any].
 * Errors:  IV_E_DATA with "file:line: what"; IV_E_NOT_FOUND.
 */
#ifndef IV_BANK_H
#define IV_BANK_H

#include <stdbool.h>
#include <stddef.h>

#include "iv/ctx.h"
#include "iv/json.h"
#include "iv/session.h"

/* Why a follow-up question is asked, in the order in which the conditions are considered. */
enum iv_lack {
    IV_LACK_NONE,
    IV_LACK_DONT_KNOW,
    IV_LACK_OFF_TOPIC,
    IV_LACK_TOO_SHORT,
    IV_LACK_NO_OWN_ACTION,
    IV_LACK_NO_RESULT,
    IV_LACK_NO_SPECIFICS,
    IV_LACK_POINT,
    IV_LACK_COUNT
};
const char *iv_lack_name(enum iv_lack lack); /* "dont_know" ...; IV_LACK_POINT is "missing" */

struct iv_point {
    char *id, *say;
    char **words; /* patterns of core/data/README.md */
    size_t n_words;
    int weight;
};
struct iv_probe {
    enum iv_lack when;
    char *point_id; /* for IV_LACK_POINT */
    char *ask;
};
struct iv_question {
    char *id, *competency, *ask;
    char **roles;
    size_t n_roles; /* none: every role */
    int seconds;
    struct iv_point *points;
    size_t n_points;
    struct iv_point *wrong;
    size_t n_wrong; /* misconceptions; ids "wrong-1" ... */
    struct iv_probe *probes;
    size_t n_probes;
    char **legal;
    size_t n_legal; /* jurisdictions where it must not be asked */
    enum iv_lang lang;
    enum iv_session_type type;
    enum iv_difficulty difficulty;
    int line;
};
struct iv_bank {
    struct iv_question *questions;
    size_t n;
};
/* The shipped bank of one cell, or with `set` (a path, or the name of an imported set) that file's questions. */
enum iv_code iv_bank_load(const iv_ctx *ctx, enum iv_lang lang, enum iv_session_type type,
                          enum iv_difficulty difficulty, const char *set, struct iv_bank *out,
                          struct iv_error *err);
enum iv_code iv_bank_parse(const char *bytes, size_t len, const char *name, struct iv_bank *out,
                           struct iv_error *err);
const struct iv_question *iv_bank_find(const struct iv_bank *b, const char *id);
void iv_bank_release(struct iv_bank *b);
/* Write a bank as YAML that reads back equal (questions export). */
enum iv_code iv_bank_write(const struct iv_bank *b, struct iv_buf *out, struct iv_error *err);
iv_json *iv_question_json(const struct iv_question *q);

/* Problems of a bank file, each "file:line: what"; returns how many. Checks the schema, ids, points, probes and forbidden topics. */
size_t iv_bank_lint(const iv_ctx *ctx, const char *bytes, size_t len, const char *name,
                    void (*fn)(void *arg, const char *problem), void *arg);
/* The first forbidden topic that a text touches in the given jurisdiction (NULL: any), or NULL. Static or ctx-owned strings. */
struct iv_legal_hit {
    char jurisdiction[8];
    char topic[64];
    char law[160];
    char found[64];
};
bool iv_legal_check(const iv_ctx *ctx, const char *text, enum iv_lang lang,
                    const char *jurisdiction, struct iv_legal_hit *out);

/* -- rubric -- */
enum iv_dimension { IV_DIM_COMMUNICATION, IV_DIM_TECHNICAL, IV_DIM_PROBLEM_SOLVING, IV_DIM_COUNT };
const char *iv_dimension_name(
    enum iv_dimension d); /* "communication" "technical_knowledge" "problem_solving" */
struct iv_competency {
    char *id, *name, *about;
    int type; /* enum iv_session_type, or -1: any */
    enum iv_dimension dimension;
    char *levels[5];
};
struct iv_rubric {
    struct iv_competency *items;
    size_t n;
    char digest[65]; /* hex of the file's bytes: names the rubric in a report */
};
/* path NULL: the shipped one of the language. */
enum iv_code iv_rubric_load(const iv_ctx *ctx, enum iv_lang lang, const char *path,
                            struct iv_rubric *out, struct iv_error *err);
const struct iv_competency *iv_rubric_find(const struct iv_rubric *r, const char *id);
void iv_rubric_release(struct iv_rubric *r);

/* -- comparing words with an answer (core/data/README.md, "How words are compared") -- */
typedef struct iv_answer_text iv_answer_text; /* an answer made ready for many comparisons */
enum iv_code iv_answer_text_new(const char *text, enum iv_lang lang, iv_answer_text **out,
                                struct iv_error *err);
void iv_answer_text_free(iv_answer_text *a);
struct iv_match {
    size_t start, end;
}; /* byte offsets into the original text: what a report quotes */
bool iv_pattern_find(const iv_answer_text *a, const char *pattern, struct iv_match *out);
/* Any of a point's words; all its matches are tried in order. */
bool iv_point_find(const iv_answer_text *a, const struct iv_point *p, struct iv_match *out);
/* Words (en), eojeol (ko), or morae-bearing characters (ja). */
size_t iv_answer_units(const iv_answer_text *a);
size_t iv_answer_bytes(const iv_answer_text *a);
/* The sentence (byte range of the original) around a match. */
struct iv_match iv_answer_sentence(const iv_answer_text *a, struct iv_match m);

#endif
