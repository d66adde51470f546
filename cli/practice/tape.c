/* tape.c - what --record leaves in its folder: SESSION.mp4, .wav, .txt, .json. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/film.h"
#include "practice/practice.h"
#include "iv/alloc.h"
#include "iv_build.h"

struct tape {
    struct cli *cli;
    struct film *film; /* NULL where films are left out of the build */
    iv_audio_writer *wav;
    uint64_t next_sample; /* where the sound stands */
    char *base; /* DIR/SESSION */
    char text_path[4096], film_path[4096];
    char session_id[IV_ID_BYTES];
    iv_resampler *resampler; /* from the candidate's rate */
    struct iv_pcm resampled;
};

static void path_of(const struct tape *t, const char *ending, char out[4096])
{
    snprintf(out, 4096, "%s%s", t->base, ending);
}

static enum iv_code open_files(struct tape *t, struct iv_error *err)
{
    char wav[4096];
    enum iv_code rc;

    path_of(t, ".wav", wav);
    path_of(t, ".txt", t->text_path);
    path_of(t, ".mp4", t->film_path);
    rc = iv_audio_writer_open(wav, IV_AUDIO_WAV, IV_TTS_RATE_HZ, &t->wav, err);
    if (!rc && IV_HAVE_FFMPEG)
        rc = film_open(t->cli, t->film_path, IV_FRAME_SIZE, IV_FRAME_FPS, &t->film, err);
    return rc;
}

enum iv_code tape_open(struct cli *cli, const char *dir, const char *session_id, struct tape **out,
                       struct iv_error *err)
{
    struct tape *t = iv_alloc(sizeof *t);
    size_t size = strlen(dir) + IV_ID_BYTES + 2;
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (t)
        t->base = iv_alloc(size);
    if (!t || !t->base) {
        free(t);
        return iv_fail(err, IV_E_NOMEM, "recording: out of memory");
    }
    t->cli = cli;
    snprintf(t->base, size, "%s/%s", dir, session_id);
    snprintf(t->session_id, sizeof t->session_id, "%s", session_id);
    if (mkdir(dir, 0777) && errno != EEXIST)
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", dir, strerror(errno));
    if (!rc)
        rc = open_files(t, err);
    if (rc)
        tape_drop(t);
    else
        *out = t;
    return rc;
}

static enum iv_code silence_until(struct tape *t, uint64_t sample, struct iv_error *err)
{
    static const int16_t silence[2400];
    enum iv_code rc = IV_OK;

    while (!rc && t->next_sample < sample) {
        uint64_t n =
            sample - t->next_sample < IV_LEN(silence) ? sample - t->next_sample : IV_LEN(silence);

        rc = iv_audio_writer_put(t->wav, silence, (size_t)n, err);
        t->next_sample += n;
    }
    return rc;
}

static enum iv_code put(struct tape *t, const int16_t *samples, size_t n, uint64_t at_sample,
                        struct iv_error *err)
{
    enum iv_code rc = silence_until(t, at_sample, err);

    if (!rc)
        rc = iv_audio_writer_put(t->wav, samples, n, err);
    if (!rc && t->film)
        rc = film_audio(t->film, samples, n, t->next_sample, err);
    t->next_sample += n;
    return rc;
}

/* The candidate's recording, at another rate: one resampler a piece, so that nothing of one answer rings into the next. */
static enum iv_code put_resampled(struct tape *t, const int16_t *samples, size_t n,
                                  uint32_t rate_hz, uint64_t at_sample, struct iv_error *err)
{
    enum iv_code rc = iv_resampler_new(rate_hz, IV_TTS_RATE_HZ, &t->resampler, err);

    t->resampled.len = 0;
    t->resampled.rate_hz = IV_TTS_RATE_HZ;
    if (!rc)
        rc = iv_resampler_push(t->resampler, samples, n, &t->resampled, err);
    if (!rc)
        rc = iv_resampler_push(t->resampler, NULL, 0, &t->resampled, err);
    if (!rc)
        rc = put(t, t->resampled.samples, t->resampled.len, at_sample, err);
    iv_resampler_free(t->resampler);
    t->resampler = NULL;
    return rc;
}

enum iv_code tape_sound(struct tape *t, const int16_t *samples, size_t n, uint32_t rate_hz,
                        uint64_t at_sample, struct iv_error *err)
{
    return rate_hz == IV_TTS_RATE_HZ ? put(t, samples, n, at_sample, err)
                                     : put_resampled(t, samples, n, rate_hz, at_sample, err);
}

enum iv_code tape_frame(struct tape *t, const struct iv_picture *p, uint64_t at_ms,
                        struct iv_error *err)
{
    return t->film ? film_frame(t->film, p, (at_ms * IV_FRAME_FPS + 500) / 1000, err) : IV_OK;
}

static enum iv_code write_report(struct tape *t, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(64u << 20);
    iv_json *report = NULL;
    char path[4096];
    enum iv_code rc = iv_op_report(t->cli->ctx, t->cli->store, t->session_id, NULL, &report, err);

    path_of(t, ".json", path);
    if (!rc)
        rc = iv_json_print(report, IV_JSON_PRETTY, &text, err);
    iv_buf_addc(&text, '\n');
    if (!rc)
        rc = iv_buf_write_file(&text, path, 0644, err);
    iv_json_free(report);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code write_transcript(struct tape *t, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(64u << 20);
    enum iv_code rc =
        iv_op_transcript_as(t->cli->ctx, t->cli->store, t->session_id, "text", &text, err);

    if (!rc)
        rc = iv_buf_write_file(&text, t->text_path, 0644, err);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code close_media(struct tape *t, uint64_t end_ms, struct iv_error *err)
{
    uint64_t end = end_ms * (IV_TTS_RATE_HZ / 1000);
    enum iv_code rc = silence_until(t, end, err);

    if (!rc && t->film)
        rc = film_audio_until(t->film, end, err);
    if (!rc) {
        rc = film_close(t->film, err);
        t->film = NULL;
    }
    if (!rc) {
        rc = iv_audio_writer_close(t->wav, err);
        t->wav = NULL;
    }
    return rc;
}

enum iv_code tape_close(struct tape *t, uint64_t end_ms, struct iv_error *err)
{
    enum iv_code rc = close_media(t, end_ms, err);

    if (!rc)
        rc = write_transcript(t, err);
    if (!rc)
        rc = write_report(t, err);
    tape_drop(t);
    return rc;
}

void tape_drop(struct tape *t)
{
    if (!t)
        return;
    film_close(t->film, NULL);
    if (t->wav)
        iv_audio_writer_close(t->wav, NULL);
    iv_pcm_release(&t->resampled);
    free(t->base);
    free(t);
}

const char *tape_text_path(const struct tape *t)
{
    return t->text_path;
}
const char *tape_film_path(const struct tape *t)
{
    return t->film ? t->film_path : NULL;
}
