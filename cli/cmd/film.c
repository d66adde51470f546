/* film.c - see film.h. */
#include "film.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

struct film {
    struct cli *cli;
    iv_recorder *mp4;
    iv_jpeg *jpeg;
    const char *pattern; /* with one %d, or "-" */
    uint64_t next_sample;
};

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && !strcmp(s + n - m, end);
}

/* Exactly one conversion, and it is %d with an optional zero-padded width: the user's text becomes a format. */
static bool is_pattern(const char *path)
{
    const char *p = strchr(path, '%');

    if (!p || strchr(p + 1, '%'))
        return false;
    for (p++; *p >= '0' && *p <= '9'; p++)
        ;
    return *p == 'd' && (ends_with(path, ".jpg") || ends_with(path, ".jpeg"));
}

enum iv_code film_open(struct cli *cli, const char *path, int size, int fps, struct film **out,
                       struct iv_error *err)
{
    struct film *f;
    enum iv_code rc;

    *out = NULL;
    if (strcmp(path, "-") && !is_pattern(path) && !ends_with(path, ".mp4"))
        return iv_fail(err, IV_E_USAGE,
                       "%s: must be FILE.mp4, a pattern such as frames/%%05d.jpg, or -", path);
    f = iv_alloc(sizeof *f);
    if (!f)
        return iv_fail(err, IV_E_NOMEM, "film: out of memory");
    f->cli = cli;
    f->pattern = path;
    if (ends_with(path, ".mp4"))
        rc = iv_recorder_open(path, size, fps, IV_TTS_RATE_HZ, &f->mp4, err);
    else
        rc = iv_jpeg_new((int)cli->config->avatar_jpeg_quality, &f->jpeg, err);
    if (rc)
        free(f);
    else
        *out = f;
    return rc;
}

/* The number takes the place of the one %0Nd that is_pattern() found. */
static void frame_path(const char *pattern, uint64_t number, char *out, size_t size)
{
    const char *p = strchr(pattern, '%');
    int width = (int)strtol(p + 1, NULL, 10);
    const char *rest = p + 1 + strspn(p + 1, "0123456789") + 1;

    snprintf(out, size, "%.*s%0*llu%s", (int)(p - pattern), pattern, width,
             (unsigned long long)number, rest);
}

enum iv_code film_frame(struct film *f, const struct iv_picture *p, uint64_t number,
                        struct iv_error *err)
{
    const uint8_t *bytes;
    char path[4096];
    size_t len;
    enum iv_code rc;

    if (f->mp4)
        return iv_recorder_frame(f->mp4, p, number, err);
    rc = iv_jpeg_encode(f->jpeg, p, &bytes, &len, err);
    if (rc)
        return rc;
    if (!strcmp(f->pattern, "-"))
        return cli_print_text(f->cli, (const char *)bytes, len, err);
    frame_path(f->pattern, number, path, sizeof path);
    return cli_write_output(f->cli, path, (const char *)bytes, len, err);
}

enum iv_code film_audio_until(struct film *f, uint64_t sample, struct iv_error *err)
{
    static const int16_t silence[IV_TTS_RATE_HZ / 10];
    enum iv_code rc = IV_OK;

    while (f->mp4 && !rc && f->next_sample < sample) {
        uint64_t n = sample - f->next_sample;

        if (n > IV_LEN(silence))
            n = IV_LEN(silence);
        rc = iv_recorder_audio(f->mp4, silence, (size_t)n, err);
        f->next_sample += n;
    }
    return rc;
}

enum iv_code film_audio(struct film *f, const int16_t *samples, size_t n, uint64_t at_sample,
                        struct iv_error *err)
{
    enum iv_code rc = film_audio_until(f, at_sample, err);

    if (rc || !f->mp4)
        return rc;
    f->next_sample += n;
    return iv_recorder_audio(f->mp4, samples, n, err);
}

enum iv_code film_close(struct film *f, struct iv_error *err)
{
    enum iv_code rc;

    if (!f)
        return IV_OK;
    rc = iv_recorder_close(f->mp4, err);
    iv_jpeg_free(f->jpeg);
    free(f);
    return rc;
}

enum iv_code film_face(struct cli *cli, const char *name, const char *backend, int size,
                       iv_rig **rig, iv_renderer **renderer, struct iv_error *err)
{
    enum iv_code rc;

    *renderer = NULL;
    rc = iv_rig_load(cli->ctx, name && name[0] ? name : cli->config->avatar_name, rig, err);
    if (!rc)
        rc = iv_renderer_open(cli->ctx, backend ? backend : cli->config->avatar_renderer, *rig,
                              size, renderer, err);
    return rc;
}
