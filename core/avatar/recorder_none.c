/* recorder_none.c - the recorder of a build without FFmpeg: says what is missing. */
#include "iv_build.h"

#include "iv/avatar.h"

#if !IV_HAVE_FFMPEG
enum iv_code iv_recorder_check(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE, "left out of this build");
}

enum iv_code iv_recorder_open(const char *path, int size, int fps, uint32_t rate_hz,
                              iv_recorder **out, struct iv_error *err)
{
    (void)size;
    (void)fps;
    (void)rate_hz;
    *out = NULL;
    return iv_fail(
        err, IV_E_UNAVAILABLE,
        "recording %s: this build has no FFmpeg (packages libavformat-dev, libavcodec-dev)", path);
}

enum iv_code iv_recorder_frame(iv_recorder *r, const struct iv_picture *p, uint64_t n,
                               struct iv_error *err)
{
    (void)r;
    (void)p;
    (void)n;
    return iv_fail(err, IV_E_UNAVAILABLE, "recording: this build has no FFmpeg");
}

enum iv_code iv_recorder_audio(iv_recorder *r, const int16_t *samples, size_t n,
                               struct iv_error *err)
{
    (void)r;
    (void)samples;
    (void)n;
    return iv_fail(err, IV_E_UNAVAILABLE, "recording: this build has no FFmpeg");
}

enum iv_code iv_recorder_close(iv_recorder *r, struct iv_error *err)
{
    (void)r;
    (void)err;
    return IV_OK;
}
#endif
