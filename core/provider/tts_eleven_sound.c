/* tts_eleven_sound.c - what ElevenLabs says becomes sound and mouth, and a job's end. */
#include <stdlib.h>

#include "provider/tts_eleven.h"

#define MARGIN_MS 200

static void on_sound(void *arg, const int16_t *samples, size_t n)
{
    struct eleven *e = arg;

    iv_pcm_append(&e->sound, samples, n, NULL);
    e->job.audio(e->job.arg, samples, n);
    if (e->ear)
        iv_viseme_estimator_push(e->ear, samples, n);
}

/* The mouth never goes back, whatever times come. */
static void give_rows(struct eleven *e, struct iv_phoneme *rows, size_t n, uint32_t offset_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct iv_phoneme row = rows[i];

        row.start_ms += offset_ms;
        row.end_ms += offset_ms;
        if (row.start_ms < e->mouth_ms)
            row.start_ms = e->mouth_ms;
        if (row.end_ms <= row.start_ms)
            continue;
        e->mouth_ms = row.end_ms;
        rows[kept++] = row;
    }
    e->has_mouth |= kept > 0;
    e->job.phonemes(e->job.arg, rows, kept);
}

/* Sound of the piece and a little more: what is not looked at costs nothing. */
static size_t samples_of(const struct eleven *e, const struct elevenlabs_piece *p, size_t skip)
{
    size_t there = e->sound.len - skip;
    size_t wanted = ((size_t)p->chars[p->n_chars - 1].end_ms + MARGIN_MS) * (IV_TTS_RATE_HZ / 1000);

    return there < wanted ? there : wanted;
}

/* Times run over the utterance; some answers restart them with each piece. begun_ms: where the piece's sound begins. */
static void lay_mouth(struct eleven *e, struct elevenlabs_piece *p, uint32_t begun_ms,
                      bool are_relative)
{
    uint32_t first = p->n_chars ? p->chars[0].start_ms : 0;
    bool restarts = are_relative || (begun_ms && first + 20 < e->last_char_ms);
    uint32_t offset = restarts ? begun_ms : first, taken = restarts ? 0 : first;
    size_t skip = (size_t)offset * (IV_TTS_RATE_HZ / 1000), n_rows = 0;
    struct iv_phoneme *rows = NULL;
    struct iv_error why;

    if (!p->n_chars)
        return;
    if (skip > e->sound.len) /* its sound is still to come */
        skip = e->sound.len;
    for (size_t i = 0; i < p->n_chars; i++) {
        p->chars[i].start_ms -= taken < p->chars[i].start_ms ? taken : p->chars[i].start_ms;
        p->chars[i].end_ms -= taken < p->chars[i].end_ms ? taken : p->chars[i].end_ms;
    }
    if (iv_viseme_from_chars(p->chars, p->n_chars, e->sound.samples + skip, samples_of(e, p, skip),
                             &rows, &n_rows, &why))
        iv_log(iv_ctx_log(e->ctx), IV_LOG_DEBUG, "tts elevenlabs: %s", why.text);
    e->last_char_ms = offset + p->chars[p->n_chars - 1].end_ms;
    give_rows(e, rows, n_rows, offset);
    free(rows);
}

enum iv_code iv_eleven_take(struct eleven *e, const char *text, size_t len, bool are_relative,
                            bool *is_final, struct iv_error *err)
{
    uint32_t begun_ms = (uint32_t)iv_pcm_ms(&e->sound);
    struct elevenlabs_piece p;
    enum iv_code rc = iv_elevenlabs_read(text, len, &p, err);

    *is_final = false;
    if (rc)
        return rc;
    if (p.error[0]) {
        struct net_verdict v;

        iv_elevenlabs_judge_frame(p.error, p.message, &v);
        rc = iv_fail(err, v.code, "%s", v.text);
    }
    if (!rc)
        rc = iv_tts_pcm_bytes(&e->pcm, iv_buf_str(&p.sound), p.sound.len, err);
    if (!rc)
        lay_mouth(e, &p, begun_ms, are_relative);
    *is_final = p.is_final;
    iv_elevenlabs_release(&p);
    return rc;
}

/* Nothing told when the mouth moves: the sound does. */
static void lay_from_sound(struct eleven *e)
{
    struct iv_error why;

    if (e->ear || e->has_mouth || !e->sound.len ||
        iv_viseme_estimator_new(e->job.phonemes, e->job.arg, &e->ear, &why))
        return;
    iv_viseme_estimator_push(e->ear, e->sound.samples, e->sound.len);
}

void iv_eleven_finish(struct eleven *e, enum iv_code code, const char *text)
{
    if (!e->is_busy)
        return;
    e->is_busy = false;
    if (e->s.is_used)
        iv_eleven_socket_end(e);
    if (!code)
        lay_from_sound(e);
    if (e->ear)
        iv_viseme_estimator_end(e->ear);
    iv_viseme_estimator_free(e->ear);
    e->ear = NULL;
    e->job.done(e->job.arg, code, text);
}

enum iv_code iv_eleven_begin_job(struct eleven *e, const struct tts_job *job, struct iv_error *err)
{
    e->job = *job;
    e->is_busy = true;
    e->s.is_used = false;
    e->sound.len = 0;
    e->sound.rate_hz = IV_TTS_RATE_HZ;
    e->last_char_ms = e->mouth_ms = 0;
    e->has_mouth = false;
    e->trouble.code = IV_OK;
    iv_buf_clear(&e->line);
    iv_tts_pcm_release(&e->pcm);
    return iv_tts_pcm_init(&e->pcm, IV_TTS_RATE_HZ, on_sound, e, err);
}
