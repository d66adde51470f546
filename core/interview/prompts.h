/* interview/prompts.h - what a language model is told and what is listened for in its reply: core/data/prompts.
 *
 * Owns:    prompts own everything reachable from them.
 * Threads: read-only after loading; [any].
 * Errors:  IV_E_DATA with file and line, IV_E_NOT_FOUND.
 */
#ifndef IV_INTERVIEW_PROMPTS_H
#define IV_INTERVIEW_PROMPTS_H

#include "interview/legal.h"
#include "iv/store.h"
#include "iv/wording.h"

enum prompt_line {
    PROMPT_SETTING,
    PROMPT_SETTING_ROLE,
    PROMPT_RESUME,
    PROMPT_JOB,
    PROMPT_ARRIVAL,
    PROMPT_COMPETENCY,
    PROMPT_POINTS,
    PROMPT_PROGRESS,
    PROMPT_QUESTION,
    PROMPT_PLAIN,
    PROMPT_NOW,
    PROMPT_LINES
};
enum prompt_list {
    PROMPT_RULES,
    PROMPT_LABELS, /* names that models write in front of their words */
    PROMPT_ASK_ENDS, /* how questions end that carry no question mark */
    PROMPT_ASKS, /* patterns of wishes for an answer: "tell me about" */
    PROMPT_WISH_ENDS, /* the same by how they end */
    PROMPT_POLITE_ENDS, /* none: any ending is polite */
    PROMPT_ENDS, /* patterns: the interview is said to end, or to go on longer */
    PROMPT_ROLE, /* patterns: a machine speaks, or a result is told */
    PROMPT_LEAKS, /* patterns: instructions are told */
    PROMPT_LISTS
};
struct prompt_words {
    char **items;
    size_t n;
};
struct prompts {
    enum iv_lang lang;
    int limit; /* words (en) or characters of a reply beside its question */
    char *lines[PROMPT_LINES];
    struct prompt_words lists[PROMPT_LISTS];
    char *types[IV_TYPE_COUNT], *difficulties[IV_DIFFICULTY_COUNT];
    char *personas[3]; /* neutral, warm, strict */
    char *moves[IV_TURN_CLOSING + 1]; /* by enum iv_turn_kind; NULL where a model is not asked */
    char *lacks[IV_LACK_COUNT]; /* NULL for IV_LACK_NONE */
};

enum iv_code iv_prompts_load(const iv_ctx *ctx, enum iv_lang lang, struct prompts *out,
                             struct iv_error *err);
void iv_prompts_release(struct prompts *p);

/* What an iv_wording holds; the guard reads it. */
struct iv_wording {
    iv_ctx *ctx;
    struct iv_session_spec spec;
    struct prompts prompts;
    struct iv_rubric rubric;
    struct legal legal;
    char *system; /* the first message */
    char *jurisdictions;
};

#endif
