/* jpeg_strips.c - libjpeg-turbo encodes each strip as a picture of its own; here its scan is taken out and joined to the others.
 *
 * All strips have the same tables, so the head of the first, with the height of the whole and the length of a strip, is the head
 * of the whole. The end of a scan is padded as the end before a restart marker is, and both begin with predictions of 0.
 */
#include "avatar/jpeg_strips.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "iv/alloc.h"

#define BLOCK 16 /* luma samples on a side: 4:2:0 */
#define HEAD_MAX 1024
#define RESTARTS 8 /* their markers count to here */

enum { SOF0 = 0xc0, RST0 = 0xd0, EOI = 0xd9, SOS = 0xda, DRI = 0xdd };

struct strip {
    uint8_t *scan;
    size_t len, cap; /* len 0: not encoded yet */
};

struct jpeg_strips {
    tjhandle handle;
    int quality, width, height, n;
    struct strip *strips;
    uint8_t *seen; /* the last picture, plane by plane without gaps */
    unsigned char *one; /* a strip as the library gives it */
    unsigned long one_max; /* holds the worst case, so the library never reallocates it */
    uint8_t head[HEAD_MAX];
    size_t head_len; /* 0: not known yet */
    uint8_t *whole; /* holds the worst case */
};

/* One plane of a strip. */
struct rows {
    const uint8_t *from;
    uint8_t *seen;
    int stride, width, n;
};

static bool has_room(const struct jpeg_strips *s)
{
    return s->handle && s->strips && s->seen && s->one && s->whole;
}

enum iv_code iv_jpeg_strips_new(int width, int height, int quality, struct jpeg_strips **out,
                                struct iv_error *err)
{
    size_t luma = (size_t)width * (size_t)height;
    size_t chroma = (size_t)(width / 2) * (size_t)(height / 2);
    struct jpeg_strips *s = iv_alloc(sizeof *s);

    *out = NULL;
    if (!s)
        return iv_fail(err, IV_E_NOMEM, "jpeg: out of memory");
    s->quality = quality;
    s->width = width;
    s->height = height;
    s->n = (height + BLOCK - 1) / BLOCK;
    s->handle = tjInitCompress();
    s->one_max = tjBufSize(width, BLOCK, TJSAMP_420);
    s->one = tjAlloc((int)s->one_max);
    s->strips = iv_alloc_array((size_t)s->n, sizeof *s->strips);
    s->seen = iv_alloc(luma + 2 * chroma);
    s->whole = iv_alloc_array((size_t)s->n + 1, s->one_max);
    if (!has_room(s)) {
        iv_jpeg_strips_free(s);
        return iv_fail(err, IV_E_NOMEM, "jpeg: out of memory");
    }
    *out = s;
    return IV_OK;
}

bool iv_jpeg_strips_fit(const struct jpeg_strips *s, const struct iv_picture *p)
{
    return s && s->width == p->width && s->height == p->height;
}

void iv_jpeg_strips_free(struct jpeg_strips *s)
{
    if (!s)
        return;
    for (int i = 0; s->strips && i < s->n; i++)
        free(s->strips[i].scan);
    if (s->handle)
        tjDestroy(s->handle);
    tjFree(s->one);
    free(s->strips);
    free(s->seen);
    free(s->whole);
    free(s);
}

/* -- what changed -- */
static void find_rows(const struct jpeg_strips *s, const struct iv_picture *p, int strip,
                      struct rows out[3])
{
    const uint8_t *planes[3] = {p->y, p->u, p->v};
    uint8_t *seen = s->seen;

    for (int i = 0; i < 3; i++) {
        int width = i ? s->width / 2 : s->width, height = i ? s->height / 2 : s->height;
        int stride = i ? p->stride_uv : p->stride_y, tall = i ? BLOCK / 2 : BLOCK;
        int first = strip * tall;

        out[i] =
            (struct rows){planes[i] + (ptrdiff_t)first * stride, seen + (ptrdiff_t)first * width,
                          stride, width, first + tall > height ? height - first : tall};
        seen += (ptrdiff_t)width * height;
    }
}

/* Are these rows others than last time? They are the ones seen from now on. */
static bool take_rows(const struct rows *r)
{
    bool is_other = false;

    for (int y = 0; y < r->n; y++) {
        const uint8_t *from = r->from + (ptrdiff_t)y * r->stride;
        uint8_t *seen = r->seen + (ptrdiff_t)y * r->width;

        if (!memcmp(seen, from, (size_t)r->width))
            continue;
        memcpy(seen, from, (size_t)r->width);
        is_other = true;
    }
    return is_other;
}

/* -- the parts of a JPEG file -- */
/* Where a segment of this kind begins, or `len` where there is none. */
static size_t find_segment(const uint8_t *file, size_t len, int kind)
{
    size_t at = 2;

    while (at + 4 <= len && file[at] == 0xff && file[at + 1] != kind)
        at += 2 + (size_t)(file[at + 2] << 8 | file[at + 3]);
    return at + 4 <= len && file[at] == 0xff ? at : len;
}

static void put16(uint8_t *to, int v)
{
    to[0] = (uint8_t)(v >> 8);
    to[1] = (uint8_t)v;
}

/* The strip's head up to its scan, at `scan`: as high as the whole, with the length of a strip before the scan's own segment. */
static bool take_head(struct jpeg_strips *s, const uint8_t *file, size_t len, size_t scan)
{
    size_t frame = find_segment(file, len, SOF0), before = find_segment(file, len, SOS);
    uint8_t interval[6] = {0xff, DRI, 0, 4};

    if (frame + 7 > before || scan + sizeof interval > sizeof s->head)
        return false;
    put16(interval + 4, (s->width + BLOCK - 1) / BLOCK);
    memcpy(s->head, file, before);
    memcpy(s->head + before, interval, sizeof interval);
    memcpy(s->head + before + sizeof interval, file + before, scan - before);
    put16(s->head + frame + 5, s->height);
    s->head_len = scan + sizeof interval;
    return true;
}

static enum iv_code keep(struct jpeg_strips *s, struct strip *to, size_t len, struct iv_error *err)
{
    const uint8_t *file = s->one;
    size_t scan = find_segment(file, len, SOS);

    if (scan < len)
        scan += 2 + (size_t)(file[scan + 2] << 8 | file[scan + 3]);
    if (scan + 2 > len || file[len - 1] != EOI || (!s->head_len && !take_head(s, file, len, scan)))
        return iv_fail(err, IV_E_AVATAR_ERROR, "jpeg: not the file that was expected");
    len -= scan + 2;
    if (iv_grow(&to->scan, &to->cap, len, 1))
        return iv_fail(err, IV_E_NOMEM, "jpeg: out of memory");
    memcpy(to->scan, file + scan, len);
    to->len = len;
    return IV_OK;
}

static enum iv_code encode_strip(struct jpeg_strips *s, struct strip *to, const struct rows r[3],
                                 struct iv_error *err)
{
    const unsigned char *planes[3] = {r[0].from, r[1].from, r[2].from};
    const int strides[3] = {r[0].stride, r[1].stride, r[2].stride};
    unsigned long len = s->one_max;

    to->len = 0;
    if (tjCompressFromYUVPlanes(s->handle, planes, s->width, strides, r[0].n, TJSAMP_420, &s->one,
                                &len, s->quality, TJFLAG_NOREALLOC))
        return iv_fail(err, IV_E_AVATAR_ERROR, "jpeg: %s", tjGetErrorStr2(s->handle));
    return keep(s, to, len, err);
}

static size_t join(struct jpeg_strips *s)
{
    uint8_t *to = s->whole;

    memcpy(to, s->head, s->head_len);
    to += s->head_len;
    for (int i = 0; i < s->n; i++) {
        memcpy(to, s->strips[i].scan, s->strips[i].len);
        to += s->strips[i].len;
        *to++ = 0xff;
        *to++ = (uint8_t)(i + 1 < s->n ? RST0 + i % RESTARTS : EOI);
    }
    return (size_t)(to - s->whole);
}

enum iv_code iv_jpeg_strips_encode(struct jpeg_strips *s, const struct iv_picture *p,
                                   const uint8_t **bytes, size_t *len, struct iv_error *err)
{
    for (int i = 0; i < s->n; i++) {
        struct strip *strip = &s->strips[i];
        struct rows rows[3];
        bool is_other = !strip->len;
        enum iv_code rc = IV_OK;

        find_rows(s, p, i, rows);
        for (int plane = 0; plane < 3; plane++)
            is_other |= take_rows(&rows[plane]);
        if (is_other)
            rc = encode_strip(s, strip, rows, err);
        if (rc)
            return rc;
    }
    *bytes = s->whole;
    *len = join(s);
    return IV_OK;
}
