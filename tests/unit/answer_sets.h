/* answer_sets.h - tests/answers/<name>.yaml scored, for test_score and bench_interview_quality. */
#ifndef TESTS_ANSWER_SETS_H
#define TESTS_ANSWER_SETS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/score_data.h"
#include "iv/score.h"

enum answer_kind { COMPLETE, PARAPHRASE, THIN, WRONG, STUFFED, DONT_KNOW, ANSWER_KINDS };
static const char *const answer_kinds[ANSWER_KINDS] = {"complete", "paraphrase", "thin",
                                                       "wrong",    "stuffed",    "dont_know"};

/* One answer's result: -1 where there is no score. */
struct answer_score {
    int level;
    double content, overall; /* the question's own score, and the report's */
};

static inline iv_json *answer_sets_load(const char *name)
{
    const char *root = getenv("IV_TEST_SOURCE_DIR");
    struct iv_buf b = IV_BUF_INIT(1u << 20);
    struct iv_error err = {0};
    iv_json *sets = NULL;
    char path[512];

    snprintf(path, sizeof path, "%s/tests/answers/%s.yaml", root ? root : ".", name);
    if (iv_buf_read_file(&b, path, &err) ||
        iv_score_yaml(iv_buf_str(&b), b.len, path, &sets, &err)) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    iv_buf_release(&b);
    return sets;
}

/* The session's kind is part of a question's id: <lang>-<type>-<difficulty>-<slug>. */
static inline void session_of_question(const char *id, struct iv_session *s)
{
    char lang[8], type[16], hard[16];

    memset(s, 0, sizeof *s);
    iv_session_spec_init(&s->spec);
    s->status = IV_SESSION_COMPLETED;
    snprintf(s->id, sizeof s->id, "sess_000000000001");
    snprintf(s->spec.user_id, sizeof s->spec.user_id, "tester");
    if (sscanf(id, "%7[^-]-%15[^-]-%15[^-]", lang, type, hard) != 3 ||
        !iv_lang_parse(lang, &s->spec.lang) || iv_type_parse(type, &s->spec.type, NULL) ||
        iv_difficulty_parse(hard, &s->spec.difficulty, NULL))
        abort();
}

/* words: as a recogniser heard them (iv_turn.words_json); NULL where the answer was typed. */
static inline iv_json *report_of_speech(const char *id, const char *text, const char *words)
{
    struct iv_turn turns[2] = {{.number = 0,
                                .speaker = IV_INTERVIEWER,
                                .kind = IV_TURN_QUESTION,
                                .text = (char *)"?",
                                .end_ms = 4000,
                                .confidence = 1},
                               {.number = 1,
                                .speaker = IV_CANDIDATE,
                                .kind = IV_TURN_ANSWER,
                                .text = (char *)(uintptr_t)text,
                                .start_ms = 5200,
                                .end_ms = 65000,
                                .words_json = (char *)(uintptr_t)words,
                                .confidence = 1}};
    struct iv_session s;
    struct iv_score_input in = {.session = &s, .turns = turns, .n_turns = 2};
    struct iv_error err = {0};
    iv_json *report = NULL;

    snprintf(turns[1].source, sizeof turns[1].source, "%s", words ? "mic" : "typed");
    session_of_question(id, &s);
    for (int i = 0; i < 2; i++)
        snprintf(turns[i].question_id, sizeof turns[i].question_id, "%s", id);
    if (iv_score(NULL, &in, &report, &err)) {
        fprintf(stderr, "%s: %s\n", id, err.text);
        abort();
    }
    return report;
}

static inline iv_json *report_of_answer(const char *id, const char *text)
{
    return report_of_speech(id, text, NULL);
}

static inline struct answer_score score_of_answer(const char *id, const char *text)
{
    iv_json *report = report_of_answer(id, text);
    const iv_json *q = iv_json_at(iv_json_get(report, "questions"), 0);
    struct answer_score s = {
        .level = (int)iv_json_get_int(q, "level", -1),
        .content = iv_json_get_num(q, "score", -1),
        .overall = iv_json_get_num(iv_report_feedback(report), "overall_score", -1),
    };

    iv_json_free(report);
    return s;
}

#endif
