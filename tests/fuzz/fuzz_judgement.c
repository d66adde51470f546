/* fuzz_judgement.c - whatever a language model replies, to whatever answer: the report that comes of it verifies.
 *
 * The bytes up to the first NUL are the reply, those after it the answer (where they are UTF-8). Runs differ by a digit. */
#include "fuzz.h"
#include "iv/score.h"
#include "iv/text.h"

static const char *const ids[IV_LANG_COUNT] = {[IV_LANG_KO] =
                                                   "ko-behavioral-easy-team-project-role",
                                               [IV_LANG_EN] = "en-behavioral-easy-uneven-group",
                                               [IV_LANG_JA] = "ja-behavioral-easy-self-started"};
static char answer_of_ours[] =
    "I noticed that two of us did nearly everything, so I called a meeting. We finished early.";

static iv_json *judgement_of(const char *reply)
{
    iv_json *j = iv_json_object(), *replies = iv_json_array();

    for (int i = 0; i < 2; i++)
        iv_json_append(replies, iv_json_str(reply));
    iv_json_set_str(j, "engine", "fuzz");
    iv_json_set_str(j, "model", "fuzz");
    iv_json_set_int(j, "runs", 2);
    iv_json_set(j, "replies", replies);
    iv_json_set(j, "failures", iv_json_array());
    return j;
}

static void score(enum iv_lang lang, const char *reply, char *answer)
{
    struct iv_turn turns[2] = {
        {.number = 0, .speaker = IV_INTERVIEWER, .kind = IV_TURN_QUESTION, .text = "?"},
        {.number = 1, .speaker = IV_CANDIDATE, .kind = IV_TURN_ANSWER, .text = answer}};
    struct iv_session s = {.status = IV_SESSION_COMPLETED};
    struct iv_score_input in = {.session = &s, .turns = turns, .n_turns = 2};
    struct iv_error err = {0};
    iv_json *judgement = judgement_of(reply), *report = NULL;

    iv_session_spec_init(&s.spec);
    s.spec.lang = lang;
    s.spec.type = IV_TYPE_BEHAVIORAL;
    s.spec.difficulty = IV_EASY;
    for (int i = 0; i < 2; i++) {
        turns[i].confidence = 1;
        snprintf(turns[i].source, sizeof turns[i].source, "typed");
        snprintf(turns[i].question_id, sizeof turns[i].question_id, "%s", ids[lang]);
    }
    in.judgement = judgement;
    must(!iv_score(NULL, &in, &report, &err), "a reply never stops a report");
    if (iv_report_verify(report, turns, 2, &err)) {
        fprintf(stderr, "%s\n", err.text);
        must(false, "a report verifies");
    }
    iv_json_free(report);
    iv_json_free(judgement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size), *answer = text + strlen(text);
    size_t left = size - (size_t)(answer - text);

    answer = left > 1 ? answer + 1 : answer_of_ours;
    if (iv_utf8_valid(text, strlen(text)) && iv_utf8_valid(answer, strlen(answer)))
        score((enum iv_lang)(size % IV_LANG_COUNT), text, answer);
    free(text);
    return 0;
}
