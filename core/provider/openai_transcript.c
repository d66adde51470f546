/* openai_transcript.c - see the header. */
#include "provider/openai_transcript.h"

#include <math.h>
#include <stdlib.h>

#include "iv/alloc.h"
#include "iv/json.h"

#define NO_SPEECH 0.6 /* how sure it must be that nothing was said */

struct span {
    uint32_t from_ms, until_ms;
};

static float share(double p)
{
    return p > 0 ? p < 1 ? (float)p : 1 : 0;
}

/* Whisper makes words of noise, and says of each segment how likely it is that nobody spoke. */
static bool is_silence(const iv_json *segments)
{
    size_t n = 0;

    for (const iv_json *s = iv_json_first(segments); s; s = iv_json_next(s), n++)
        if (iv_json_get_num(s, "no_speech_prob", 0) <= NO_SPEECH)
            return false;
    return n > 0;
}

/* Segments tell the mean logarithm of their tokens' probabilities. */
static float confidence_of(const iv_json *segments)
{
    double sum = 0, weight = 0;

    for (const iv_json *s = iv_json_first(segments); s; s = iv_json_next(s)) {
        double length = iv_json_get_num(s, "end", 0) - iv_json_get_num(s, "start", 0);
        double log_p = iv_json_get_num(s, "avg_logprob", 1);

        if (log_p > 0 || !(length > 0 && length < 1e6))
            continue;
        sum += length * exp(log_p);
        weight += length;
    }
    return weight > 0 ? share(sum / weight) : 1;
}

static uint32_t moved(double seconds, uint32_t least, const struct span *in)
{
    double ms = in->from_ms + (seconds > 0 ? seconds * 1000 : 0);
    uint32_t at = ms < in->until_ms ? (uint32_t)ms : in->until_ms;

    return at > least ? at : least;
}

static enum iv_code add_word(struct openai_transcript *t, const iv_json *w, const struct span *in,
                             struct iv_error *err)
{
    char *text = iv_text_clean(iv_json_get_str(w, "word", ""));
    uint32_t last_ms = t->n_words ? t->words[t->n_words - 1].end_ms : in->from_ms;
    struct iv_word word = {.text = text,
                           .start_ms = moved(iv_json_get_num(w, "start", 0), last_ms, in),
                           .confidence =
                               share(iv_json_get_num(w, "probability", (double)t->confidence))};

    if (!text)
        return iv_fail(err, IV_E_NOMEM, "stt openai: out of memory");
    if (!text[0]) {
        free(text);
        return IV_OK;
    }
    word.end_ms = moved(iv_json_get_num(w, "end", 0), word.start_ms, in);
    t->words[t->n_words++] = word;
    return IV_OK;
}

static enum iv_code add_words(struct openai_transcript *t, const iv_json *list,
                              const struct span *in, struct iv_error *err)
{
    size_t n = iv_json_len(list);
    struct iv_word *grown;
    enum iv_code rc = IV_OK;

    if (n > OPENAI_MAX_WORDS - t->n_words)
        return iv_fail(err, IV_E_STT_ERROR, "stt openai: more than %d words in one answer",
                       OPENAI_MAX_WORDS);
    grown = iv_realloc_array(t->words, t->n_words + n + 1, sizeof *grown);
    if (!grown)
        return iv_fail(err, IV_E_NOMEM, "stt openai: out of memory");
    t->words = grown;
    for (const iv_json *w = iv_json_first(list); w && !rc; w = iv_json_next(w))
        rc = add_word(t, w, in, err);
    return rc;
}

static enum iv_code read_words(struct openai_transcript *t, const iv_json *answer,
                               const struct span *in, struct iv_error *err)
{
    const iv_json *words = iv_json_get(answer, "words");
    enum iv_code rc = IV_OK;

    if (iv_json_len(words))
        return add_words(t, words, in, err);
    for (const iv_json *s = iv_json_first(iv_json_get(answer, "segments")); s && !rc;
         s = iv_json_next(s))
        rc = add_words(t, iv_json_get(s, "words"), in, err);
    return rc;
}

enum iv_code iv_openai_transcript_read(const char *body, size_t len, uint32_t from_ms,
                                       uint32_t until_ms, struct openai_transcript *out,
                                       struct iv_error *err)
{
    const struct span in = {from_ms, until_ms};
    const iv_json *segments;
    iv_json *answer = NULL;
    enum iv_code rc = IV_OK;

    *out = (struct openai_transcript){0};
    if (iv_json_parse(body, len, OPENAI_MAX_TRANSCRIPT, &answer, NULL) ||
        iv_json_type(iv_json_get(answer, "text")) != IV_JSON_STRING)
        rc = iv_fail(err, IV_E_STT_ERROR, "stt openai: the answer is no JSON object with a text");
    if (!rc) {
        segments = iv_json_get(answer, "segments");
        out->confidence = confidence_of(segments);
        out->text = iv_text_clean(is_silence(segments) ? "" : iv_json_get_str(answer, "text", ""));
        rc = out->text ? IV_OK : iv_fail(err, IV_E_NOMEM, "stt openai: out of memory");
    }
    if (!rc && out->text[0])
        rc = read_words(out, answer, &in, err);
    iv_json_free(answer);
    if (rc)
        iv_openai_transcript_release(out);
    return rc;
}

void iv_openai_transcript_release(struct openai_transcript *t)
{
    for (size_t i = 0; i < t->n_words; i++)
        free(t->words[i].text);
    free(t->words);
    free(t->text);
    *t = (struct openai_transcript){0};
}
