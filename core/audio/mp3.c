/* mp3.c - see the header. */
#include "audio/mp3.h"

#include <pthread.h>
#include <stdlib.h>

#include "iv/alloc.h"
#include "iv_build.h"

#if IV_HAVE_MPG123

#include "audio/mpg123.h"

#define BLOCK 2304 /* samples of two frames */

IV_LAZY_DEFINE(iv_mpg123, IV_MPG123_SONAME, IV_MPG123_PACKAGE, MPG123_FUNCTIONS);

struct iv_mp3 {
    mpg123_handle *handle;
    uint32_t rate_hz;
    void (*fn)(void *arg, const int16_t *samples, size_t n);
    void *arg;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
    mpg123_init();
}

bool iv_mp3_is_there(void)
{
    return true;
}

static enum iv_code open_stream(iv_mp3 *m, struct iv_error *err)
{
    int rc = MPG123_OK;

    m->handle = mpg123_new(NULL, &rc);
    if (!m->handle)
        return iv_fail(err, IV_E_NOMEM, "mp3: %s", mpg123_plain_strerror(rc));
    mpg123_param2(m->handle, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_MONO, 0);
    mpg123_format_none(m->handle);
    mpg123_format(m->handle, (long)m->rate_hz, MPG123_MONO, MPG123_ENC_SIGNED_16);
    rc = mpg123_open_feed(m->handle);
    return rc == MPG123_OK ? IV_OK
                           : iv_fail(err, IV_E_INTERNAL, "mp3: %s", mpg123_plain_strerror(rc));
}

enum iv_code iv_mp3_new(uint32_t rate_hz, void (*fn)(void *arg, const int16_t *samples, size_t n),
                        void *arg, iv_mp3 **out, struct iv_error *err)
{
    iv_mp3 *m;
    enum iv_code rc = iv_lazy_load(&iv_mpg123, err);

    *out = NULL;
    if (rc)
        return rc;
    pthread_once(&once, init_library);
    m = iv_alloc(sizeof *m);
    if (!m)
        return iv_fail(err, IV_E_NOMEM, "mp3: out of memory");
    *m = (iv_mp3){.rate_hz = rate_hz, .fn = fn, .arg = arg};
    rc = open_stream(m, err);
    if (rc) {
        iv_mp3_free(m);
        return rc;
    }
    *out = m;
    return IV_OK;
}

enum iv_code iv_mp3_push(iv_mp3 *m, const void *bytes, size_t len, struct iv_error *err)
{
    int16_t block[BLOCK];
    size_t n = 0;
    int rc = mpg123_feed(m->handle, bytes, len);

    while (rc == MPG123_OK || rc == MPG123_NEW_FORMAT) {
        rc = mpg123_read(m->handle, block, sizeof block, &n);
        if (n)
            m->fn(m->arg, block, n / sizeof *block);
    }
    if (rc == MPG123_NEED_MORE || rc == MPG123_DONE)
        return IV_OK;
    return iv_fail(err, IV_E_DATA, "mp3: not MP3 at %u Hz: %s", m->rate_hz,
                   mpg123_plain_strerror(rc));
}

void iv_mp3_free(iv_mp3 *m)
{
    if (!m)
        return;
    if (m->handle)
        mpg123_delete(m->handle);
    free(m);
}

#else

bool iv_mp3_is_there(void)
{
    return false;
}

enum iv_code iv_mp3_new(uint32_t rate_hz, void (*fn)(void *arg, const int16_t *samples, size_t n),
                        void *arg, iv_mp3 **out, struct iv_error *err)
{
    (void)rate_hz, (void)fn, (void)arg;
    *out = NULL;
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "mp3: this build has no decoder (package libmpg123-dev when it is built)");
}

enum iv_code iv_mp3_push(iv_mp3 *m, const void *bytes, size_t len, struct iv_error *err)
{
    (void)m, (void)bytes, (void)len;
    return iv_fail(err, IV_E_UNAVAILABLE, "mp3: this build has no decoder");
}

void iv_mp3_free(iv_mp3 *m)
{
    (void)m;
}

#endif
