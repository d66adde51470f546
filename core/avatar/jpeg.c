/* jpeg.c - a picture's planes as JPEG; libjpeg-turbo takes them as they are. */
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "avatar/jpeg.h"
#include "iv/alloc.h"

struct iv_jpeg {
    tjhandle handle;
    int quality, width, height; /* of the buffer */
    unsigned char *bytes; /* holds the worst case, so the library never reallocates it */
    struct frame *held; /* what it gave last, when that came from the cache */
    size_t len; /* of what it gave last */
    struct frame_key shows; /* what it gave last */
    bool is_named; /* is `shows` set? */
};

enum iv_code iv_jpeg_new(int quality, iv_jpeg **out, struct iv_error *err)
{
    iv_jpeg *j;

    *out = NULL;
    if (quality < 1 || quality > 100)
        return iv_fail(err, IV_E_USAGE, "jpeg quality %d: 1 to 100", quality);
    j = iv_alloc(sizeof *j);
    if (j)
        j->handle = tjInitCompress();
    if (!j || !j->handle) {
        iv_jpeg_free(j);
        return iv_fail(err, IV_E_NOMEM, "jpeg: out of memory");
    }
    j->quality = quality;
    *out = j;
    return IV_OK;
}

int iv_jpeg_quality(const iv_jpeg *j)
{
    return j->quality;
}

bool iv_jpeg_again(const iv_jpeg *j, const struct frame_key *key, const uint8_t **bytes,
                   size_t *len)
{
    if (!j->is_named || memcmp(key, &j->shows, sizeof *key) != 0)
        return false;
    *bytes = j->held ? j->held->bytes : j->bytes;
    *len = j->len;
    return true;
}

void iv_jpeg_name(iv_jpeg *j, const struct frame_key *key)
{
    j->shows = *key;
    j->is_named = true;
}

void iv_jpeg_hold(iv_jpeg *j, struct frame *f)
{
    iv_frame_unref(j->held);
    j->held = f;
    j->len = f ? f->len : 0;
    j->is_named = false;
}

static enum iv_code make_room(iv_jpeg *j, const struct iv_picture *p, struct iv_error *err)
{
    if (j->width == p->width && j->height == p->height)
        return IV_OK;
    tjFree(j->bytes);
    j->bytes = tjAlloc((int)tjBufSize(p->width, p->height, TJSAMP_420));
    j->width = j->bytes ? p->width : 0;
    j->height = p->height;
    return j->bytes ? IV_OK : iv_fail(err, IV_E_NOMEM, "jpeg: out of memory");
}

enum iv_code iv_jpeg_encode(iv_jpeg *j, const struct iv_picture *p, const uint8_t **bytes,
                            size_t *len, struct iv_error *err)
{
    const unsigned char *planes[3] = {p->y, p->u, p->v};
    const int strides[3] = {p->stride_y, p->stride_uv, p->stride_uv};
    unsigned long size = tjBufSize(p->width, p->height, TJSAMP_420);
    enum iv_code rc = make_room(j, p, err);

    iv_jpeg_hold(j, NULL);
    if (rc)
        return rc;
    if (tjCompressFromYUVPlanes(j->handle, planes, p->width, strides, p->height, TJSAMP_420,
                                &j->bytes, &size, j->quality, TJFLAG_NOREALLOC))
        return iv_fail(err, IV_E_AVATAR_ERROR, "jpeg: %s", tjGetErrorStr2(j->handle));
    *bytes = j->bytes;
    *len = j->len = size;
    return IV_OK;
}

void iv_jpeg_free(iv_jpeg *j)
{
    if (!j)
        return;
    if (j->handle)
        tjDestroy(j->handle);
    tjFree(j->bytes);
    iv_frame_unref(j->held);
    free(j);
}
