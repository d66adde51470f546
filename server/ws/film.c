/* film.c - both sides' sound and the pictures of a session into DATA/videos/SESSION.mp4.
 *
 * Sound is laid on the presentation clock ahead of its time (the voice) and as it comes (the candidate), mixed in a ring, and
 * written once nothing for that time can come any more. The film begins where the owner began; one that goes on later, when the
 * grace time was over, is a file of its own: SESSION.2.mp4.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "ws/own.h"

#define RING_SAMPLES (IV_TTS_RATE_HZ * 4)
#define PARTS_MAX 100

struct film {
    iv_recorder *mp4;
    int fps;
    bool has_origin;
    uint64_t origin; /* sample of the presentation clock at which the film begins */
    uint64_t next; /* the first sample that is not written */
    int16_t ring[RING_SAMPLES];
    iv_resampler *resampler;
    uint32_t rate_hz;
    uint64_t candidate; /* where the candidate's next sample goes */
    struct iv_pcm resampled;
    struct iv_error failed; /* code IV_OK: it goes on */
};

static char *part_path(const char *dir, const char *id, int part)
{
    size_t size = strlen(dir) + strlen(id) + 64;
    char *path = iv_alloc(size);

    if (path && part > 1)
        snprintf(path, size, "%s/videos/%s.%d.mp4", dir, id, part);
    else if (path)
        snprintf(path, size, "%s/videos/%s.mp4", dir, id);
    return path;
}

char *iv_live_film_path(const char *session_id)
{
    char *dir = NULL, *path = NULL;

    if (!iv_config_dir(IV_DIR_DATA, false, &dir, NULL))
        path = part_path(dir, session_id, 1);
    free(dir);
    return path;
}

static enum iv_code make_folder(const char *dir, struct iv_error *err)
{
    size_t size = strlen(dir) + sizeof "/videos";
    char *path = iv_alloc(size);
    enum iv_code rc = IV_OK;

    if (!path)
        return iv_fail(err, IV_E_NOMEM, "film: out of memory");
    snprintf(path, size, "%s/videos", dir);
    if (mkdir(path, 0700) && errno != EEXIST)
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path, strerror(errno));
    free(path);
    return rc;
}

/* The caller frees *path. */
static enum iv_code choose_path(const char *id, char **path, struct iv_error *err)
{
    char *dir = NULL;
    enum iv_code rc = iv_config_dir(IV_DIR_DATA, true, &dir, err);

    *path = NULL;
    if (!rc)
        rc = make_folder(dir, err);
    for (int part = 1; !rc && part < PARTS_MAX; part++) {
        free(*path);
        *path = part_path(dir, id, part);
        if (!*path || access(*path, F_OK))
            break;
    }
    if (!rc && !*path)
        rc = iv_fail(err, IV_E_NOMEM, "film: out of memory");
    free(dir);
    return rc;
}

static void drop(struct film *f)
{
    iv_resampler_free(f->resampler);
    iv_pcm_release(&f->resampled);
    free(f);
}

enum iv_code iv_live_film_open(const char *session_id, int fps, struct film **out,
                               struct iv_error *err)
{
    struct film *f = iv_alloc(sizeof *f);
    char *path = NULL;
    enum iv_code rc;

    *out = NULL;
    if (!f)
        return iv_fail(err, IV_E_NOMEM, "film: out of memory");
    f->fps = fps;
    rc = choose_path(session_id, &path, err);
    if (!rc)
        rc = iv_recorder_open(path, IV_FRAME_SIZE, fps, IV_TTS_RATE_HZ, &f->mp4, err);
    free(path);
    if (rc)
        drop(f);
    else
        *out = f;
    return rc;
}

/* The first of anything says where the film begins. */
static bool is_running(struct film *f, uint64_t at_sample)
{
    if (!f || f->failed.code)
        return false;
    if (!f->has_origin) {
        f->has_origin = true;
        f->origin = f->next = f->candidate = at_sample;
    }
    return true;
}

static void write_until(struct film *f, uint64_t sample)
{
    while (!f->failed.code && f->next < sample) {
        size_t at = f->next % RING_SAMPLES, n = RING_SAMPLES - at;

        if (n > sample - f->next)
            n = (size_t)(sample - f->next);
        iv_recorder_audio(f->mp4, f->ring + at, n, &f->failed);
        memset(f->ring + at, 0, n * sizeof f->ring[0]);
        f->next += n;
    }
}

static void mix(struct film *f, const int16_t *samples, size_t n, uint64_t at_sample)
{
    if (at_sample + n > f->next + RING_SAMPLES)
        write_until(f, at_sample + n - RING_SAMPLES);
    for (size_t i = 0; i < n; i++) {
        int16_t *s = &f->ring[(at_sample + i) % RING_SAMPLES];
        int sum = *s + samples[i];

        if (at_sample + i >= f->next)
            *s = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
    }
}

void iv_live_film_picture(struct film *f, const struct iv_picture *p, uint64_t at_ms)
{
    uint64_t origin_ms;

    if (!is_running(f, at_ms * IV_TTS_RATE_HZ / 1000))
        return;
    origin_ms = f->origin * 1000 / IV_TTS_RATE_HZ;
    if (at_ms < origin_ms)
        return;
    iv_recorder_frame(f->mp4, p, ((at_ms - origin_ms) * (uint64_t)f->fps + 500) / 1000, &f->failed);
}

void iv_live_film_voice(struct film *f, const int16_t *samples, size_t n, uint64_t at_sample)
{
    if (is_running(f, at_sample))
        mix(f, samples, n, at_sample);
}

void iv_live_film_cut(struct film *f, uint64_t at_sample)
{
    if (!f || f->failed.code || !f->has_origin)
        return;
    for (uint64_t s = at_sample > f->next ? at_sample : f->next; s < f->next + RING_SAMPLES; s++)
        f->ring[s % RING_SAMPLES] = 0;
}

void iv_live_film_candidate(struct film *f, const int16_t *samples, size_t n, uint32_t rate_hz,
                            uint64_t at_sample)
{
    if (!is_running(f, at_sample))
        return;
    if (rate_hz != f->rate_hz) {
        iv_resampler_free(f->resampler);
        f->resampler = NULL;
        f->rate_hz = rate_hz;
    }
    if (!f->resampler && iv_resampler_new(rate_hz, IV_TTS_RATE_HZ, &f->resampler, &f->failed))
        return;
    f->resampled.len = 0;
    f->resampled.rate_hz = IV_TTS_RATE_HZ;
    if (iv_resampler_push(f->resampler, samples, n, &f->resampled, &f->failed))
        return;
    if (f->candidate < at_sample) /* a gap, or the first */
        f->candidate = at_sample;
    mix(f, f->resampled.samples, f->resampled.len, f->candidate);
    f->candidate += f->resampled.len;
}

void iv_live_film_until(struct film *f, uint64_t sample)
{
    if (f && f->has_origin)
        write_until(f, sample);
}

enum iv_code iv_live_film_close(struct film *f, uint64_t end_sample, struct iv_error *err)
{
    enum iv_code rc;

    if (!f)
        return IV_OK;
    iv_live_film_until(f, end_sample);
    rc = iv_recorder_close(f->mp4, err);
    if (f->failed.code && err)
        *err = f->failed;
    if (f->failed.code)
        rc = f->failed.code;
    drop(f);
    return rc;
}
