/* jpeg.c - an encoder, and what it gave last: its own bytes, or a frame of the cache. */
#include <stdlib.h>
#include <string.h>

#include "avatar/jpeg.h"
#include "avatar/jpeg_strips.h"
#include "iv/alloc.h"

struct iv_jpeg {
    int quality;
    struct jpeg_strips *strips; /* for pictures of the last one's size; NULL before the first */
    struct frame *held; /* what it gave last, when that came from the cache */
    const uint8_t *bytes; /* of what it gave last */
    size_t len;
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
    if (!j)
        return iv_fail(err, IV_E_NOMEM, "jpeg: out of memory");
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
    *bytes = j->bytes;
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
    j->bytes = f ? f->bytes : NULL;
    j->len = f ? f->len : 0;
    j->is_named = false;
}

static enum iv_code make_room(iv_jpeg *j, const struct iv_picture *p, struct iv_error *err)
{
    if (iv_jpeg_strips_fit(j->strips, p))
        return IV_OK;
    iv_jpeg_strips_free(j->strips);
    return iv_jpeg_strips_new(p->width, p->height, j->quality, &j->strips, err);
}

enum iv_code iv_jpeg_encode(iv_jpeg *j, const struct iv_picture *p, const uint8_t **bytes,
                            size_t *len, struct iv_error *err)
{
    enum iv_code rc = make_room(j, p, err);

    iv_jpeg_hold(j, NULL);
    if (!rc)
        rc = iv_jpeg_strips_encode(j->strips, p, bytes, len, err);
    if (rc)
        return rc;
    j->bytes = *bytes;
    j->len = *len;
    return IV_OK;
}

void iv_jpeg_free(iv_jpeg *j)
{
    if (!j)
        return;
    iv_jpeg_strips_free(j->strips);
    iv_frame_unref(j->held);
    free(j);
}
