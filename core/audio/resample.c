/* resample.c - another sample rate, by libsoxr; equal rates pass through. */
#include "iv/audio.h"

#include <stdlib.h>
#include <soxr.h>

#include "iv/alloc.h"

#define BLOCK 4096

struct iv_resampler {
    soxr_t soxr; /* NULL: equal rates */
};

enum iv_code iv_resampler_new(uint32_t from_hz, uint32_t to_hz, iv_resampler **out,
                              struct iv_error *err)
{
    soxr_io_spec_t io = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    soxr_error_t why = NULL;
    iv_resampler *r;

    *out = NULL;
    io.flags |=
        SOXR_NO_DITHER; /* its seed differs from run to run: the same sound gives the same samples */
    if (!from_hz || !to_hz)
        return iv_fail(err, IV_E_USAGE, "resampler: rate %u to %u Hz", from_hz, to_hz);
    r = iv_alloc(sizeof *r);
    if (!r)
        return iv_fail(err, IV_E_NOMEM, "resampler: out of memory");
    if (from_hz != to_hz)
        r->soxr = soxr_create(from_hz, to_hz, 1, &why, &io, &quality, NULL);
    if (why) {
        iv_resampler_free(r);
        return iv_fail(err, IV_E_INTERNAL, "resampler: %u to %u Hz: %s", from_hz, to_hz, why);
    }
    *out = r;
    return IV_OK;
}

/* in NULL tells soxr that the input has ended; then it is asked until nothing more comes. */
enum iv_code iv_resampler_push(iv_resampler *r, const int16_t *in, size_t n, struct iv_pcm *out,
                               struct iv_error *err)
{
    int16_t block[BLOCK];
    size_t used, done;
    enum iv_code rc;

    if (!r->soxr)
        return iv_pcm_append(out, in, n, err);
    if (!n)
        in = NULL;
    do {
        soxr_error_t why = soxr_process(r->soxr, in, n, &used, block, BLOCK, &done);

        if (why)
            return iv_fail(err, IV_E_INTERNAL, "resampler: %s", why);
        rc = iv_pcm_append(out, block, done, err);
        if (rc)
            return rc;
        if (in) {
            in += used;
            n -= used;
        }
    } while (n || done == BLOCK);
    return IV_OK;
}

void iv_resampler_free(iv_resampler *r)
{
    if (!r)
        return;
    soxr_delete(r->soxr);
    free(r);
}
