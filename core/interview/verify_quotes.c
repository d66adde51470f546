/* verify_quotes.c - quotes against the transcript, the transcript against the stored turns. */
#include <string.h>

#include "interview/quote_time.h"
#include "interview/verify.h"

static const iv_json *turn_of(const iv_json *transcript, int64_t number)
{
    for (const iv_json *t = iv_json_first(transcript); t; t = iv_json_next(t))
        if (iv_json_get_int(t, "turn", -1) == number)
            return t;
    return NULL;
}

/* A sentence said twice has two times; the quote may be either. */
static bool is_said_at(const iv_json *turn, const char *quote, int64_t ms)
{
    struct iv_timed_turn t = {.text = iv_json_get_str(turn, "text", ""),
                              .words = iv_json_get(turn, "words"),
                              .start_ms = iv_json_get_int(turn, "start_ms", -2),
                              .end_ms = iv_json_get_int(turn, "end_ms", -2)};
    const char *found = strstr(t.text, quote);

    while (found && iv_quote_time(&t, (size_t)(found - t.text)) != ms)
        found = strstr(found + 1, quote);
    return found != NULL;
}

static enum iv_code check_quote(const iv_json *j, const iv_json *transcript, struct iv_error *err)
{
    const char *quote = iv_json_get_str(j, "quote", NULL);
    int64_t number = iv_json_get_int(j, "turn", -1);
    const iv_json *turn = turn_of(transcript, number);

    if (!quote || !*quote)
        return iv_fail(err, IV_E_NO, "a quote of turn %lld is empty", (long long)number);
    if (!turn)
        return iv_fail(err, IV_E_NO, "quote \"%.120s\": there is no turn %lld", quote,
                       (long long)number);
    if (!strstr(iv_json_get_str(turn, "text", ""), quote))
        return iv_fail(err, IV_E_NO, "quote \"%.120s\" is not in turn %lld", quote,
                       (long long)number);
    if (strcmp(iv_json_get_str(turn, "speaker", ""), "candidate"))
        return iv_fail(err, IV_E_NO, "quote \"%.120s\": turn %lld is not the candidate's", quote,
                       (long long)number);
    if (!is_said_at(turn, quote, iv_json_get_int(j, "start_ms", -1)))
        return iv_fail(err, IV_E_NO, "quote \"%.120s\": start_ms is not when turn %lld said it",
                       quote, (long long)number);
    return IV_OK;
}

/* IV_JSON_MAX_DEPTH bounds the recursion. */
static enum iv_code walk(const iv_json *j, const iv_json *transcript, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (iv_json_type(j) == IV_JSON_OBJECT && iv_json_get(j, "quote"))
        rc = check_quote(j, transcript, err);
    if (iv_json_type(j) != IV_JSON_OBJECT && iv_json_type(j) != IV_JSON_ARRAY)
        return rc;
    for (const iv_json *child = iv_json_first(j); child && !rc; child = iv_json_next(child))
        rc = walk(child, transcript, err);
    return rc;
}

enum iv_code iv_verify_quotes(const iv_json *report, struct iv_error *err)
{
    return walk(report, iv_json_get(report, "transcript"), err);
}

enum iv_code iv_verify_transcript(const iv_json *report, const struct iv_turn *turns, size_t n,
                                  struct iv_error *err)
{
    const iv_json *transcript = iv_json_get(report, "transcript"), *j = iv_json_first(transcript);

    if (iv_json_len(transcript) != n)
        return iv_fail(err, IV_E_NO, "the transcript has %zu turns, the session has %zu",
                       iv_json_len(transcript), n);
    for (size_t i = 0; i < n; i++, j = iv_json_next(j)) {
        const struct iv_turn *t = &turns[i];
        const char *speaker = t->speaker == IV_CANDIDATE ? "candidate" : "interviewer";

        if (iv_json_get_int(j, "turn", -1) != t->number ||
            strcmp(iv_json_get_str(j, "text", ""), t->text) ||
            strcmp(iv_json_get_str(j, "speaker", ""), speaker) ||
            strcmp(iv_json_get_str(j, "question_id", ""), t->question_id) ||
            iv_json_get_int(j, "start_ms", -1) != t->start_ms ||
            iv_json_get_int(j, "end_ms", -1) != t->end_ms)
            return iv_fail(err, IV_E_NO,
                           "turn %lld of the transcript is not what the session holds",
                           (long long)t->number);
    }
    return IV_OK;
}
