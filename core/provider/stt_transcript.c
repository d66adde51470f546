/* stt_transcript.c - a whole recording at once: the finals of one stream, joined. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/buf.h"
#include "provider/stt.h"

#define TRANSCRIPT_MAX_BYTES (16u << 20)
#define FEED_SAMPLES 16000u

struct joining {
    struct iv_transcript *out;
    struct iv_buf text;
    size_t cap;
    double sum, weight; /* of confidence, by milliseconds */
    bool failed; /* no memory */
    enum iv_code done;
    char why[240];
};

static void add_words(struct joining *j, const struct iv_stt_result *r)
{
    struct iv_transcript *t = j->out;

    if (iv_grow(&t->words, &j->cap, t->n_words + r->n_words, sizeof *t->words)) {
        j->failed = true;
        return;
    }
    for (size_t i = 0; i < r->n_words; i++) {
        t->words[t->n_words] = r->words[i];
        t->words[t->n_words].text = iv_strdup(r->words[i].text);
        if (!t->words[t->n_words].text) {
            j->failed = true;
            return;
        }
        t->n_words++;
    }
}

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct joining *j = arg;
    double ms = (double)(r->end_ms - r->start_ms) + 1;

    if (!r->is_final)
        return;
    if (!j->text.len)
        j->out->start_ms = r->start_ms;
    j->out->end_ms = r->end_ms;
    j->sum += ms * (double)r->confidence;
    j->weight += ms;
    iv_buf_addf(&j->text, "%s%s", j->text.len ? " " : "", r->text);
    add_words(j, r);
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct joining *j = arg;

    j->done = code;
    snprintf(j->why, sizeof j->why, "%s", text);
}

static enum iv_code listen_to(iv_stt *s, const struct iv_pcm *pcm, struct iv_error *err)
{
    enum iv_code rc = iv_stt_recorded(s, pcm->samples, pcm->len, err);

    if (rc != IV_E_STATE)
        return rc ? rc : iv_stt_finish(s, err);
    rc = IV_OK;
    for (size_t at = 0; at < pcm->len && !rc; at += FEED_SAMPLES) {
        size_t n = pcm->len - at < FEED_SAMPLES ? pcm->len - at : FEED_SAMPLES;

        rc = iv_stt_feed(s, pcm->samples + at, n, err);
    }
    return rc ? rc : iv_stt_finish(s, err);
}

enum iv_code iv_stt_transcribe(iv_ctx *ctx, const struct iv_stt_choice *choice,
                               const struct iv_pcm *pcm, struct iv_transcript *out,
                               struct iv_error *err)
{
    struct joining j = {.out = out, .text = IV_BUF_INIT(TRANSCRIPT_MAX_BYTES)};
    struct iv_stt_sink sink = {.on_result = on_result, .on_done = on_done, .arg = &j};
    iv_stt *s = NULL;
    enum iv_code rc;

    *out = (struct iv_transcript){0};
    if (pcm->rate_hz != IV_STT_RATE_HZ)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "stt: %u Hz, where %u Hz are expected",
                       pcm->rate_hz, IV_STT_RATE_HZ);
    rc = iv_stt_open(ctx, choice, &sink, &s, err);
    if (!rc)
        rc = listen_to(s, pcm, err);
    iv_stt_close(s);
    if (!rc && j.done)
        rc = iv_fail(err, j.done, "%s", j.why);
    if (!rc && j.failed)
        rc = iv_fail(err, IV_E_NOMEM, "stt: out of memory");
    if (!rc)
        rc = iv_buf_check(&j.text, "transcript", err);
    if (!rc) {
        out->text = iv_buf_take(&j.text);
        out->confidence = j.weight > 0 ? (float)(j.sum / j.weight) : 0;
    } else {
        iv_transcript_release(out);
    }
    iv_buf_release(&j.text);
    return rc;
}

void iv_transcript_release(struct iv_transcript *t)
{
    for (size_t i = 0; i < t->n_words; i++)
        free(t->words[i].text);
    free(t->words);
    free(t->text);
    *t = (struct iv_transcript){0};
}
