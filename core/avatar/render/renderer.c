/* renderer.c - the list of drawing back ends. */
#include "avatar/render/renderer.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "avatar/jpeg.h"
#include "iv/alloc.h"

#define MIN_SIZE 64
#define MAX_SIZE 1024
#define SIZE_STEP 16

/* Order is preference for "auto". */
static const struct iv_renderer_ops *const backends[] = {
    &iv_renderer_cpu,
};

struct iv_renderer {
    const struct iv_renderer_ops *ops;
    iv_faces *shared; /* NULL: nothing is */
    const iv_rig *rig;
    int size;
    void *st;
};

static enum iv_code find(const char *name, const struct iv_renderer_ops **out, struct iv_error *err)
{
    *out = backends[0];
    if (!strcmp(name, "auto"))
        return IV_OK;
    for (size_t i = 0; i < IV_LEN(backends); i++)
        if (!strcmp(backends[i]->name, name)) {
            *out = backends[i];
            return IV_OK;
        }
    if (!strcmp(name, "cuda"))
        return iv_fail(err, IV_E_GPU, "renderer cuda: no usable GPU; use cpu or auto");
    return iv_fail(err, IV_E_USAGE, "renderer '%.40s': auto, cpu or cuda", name);
}

enum iv_code iv_renderer_open(iv_ctx *ctx, const char *backend, const iv_rig *rig, int size,
                              iv_renderer **out, struct iv_error *err)
{
    const struct iv_renderer_ops *ops;
    iv_renderer *r = NULL;
    enum iv_code rc;

    *out = NULL;
    if (size < MIN_SIZE || size > MAX_SIZE || size % SIZE_STEP)
        return iv_fail(err, IV_E_USAGE, "picture size %d: a multiple of %d from %d to %d", size,
                       SIZE_STEP, MIN_SIZE, MAX_SIZE);
    rc = find(backend, &ops, err);
    if (rc)
        return rc;
    r = iv_alloc(sizeof *r);
    if (r)
        r->st = iv_alloc(ops->state_size);
    if (!r || !r->st) {
        free(r);
        return iv_fail(err, IV_E_NOMEM, "renderer: out of memory");
    }
    r->ops = ops;
    r->rig = rig;
    r->size = size;
    r->shared = iv_faces_of(ctx);
    rc = ops->open(r->st, r->shared, rig, size, err);
    if (rc)
        iv_renderer_close(r);
    else
        *out = r;
    return rc;
}

const char *iv_renderer_backend(const iv_renderer *r)
{
    return r->ops->name;
}

enum iv_code iv_renderer_draw(iv_renderer *r, const struct iv_pose *pose,
                              const struct iv_picture **out, struct iv_error *err)
{
    return r->ops->draw(r->st, pose, out, err);
}

/* -- encoded frames -- */
static struct frame_key key_of(const iv_renderer *r, const struct iv_pose *pose, int quality)
{
    const int numbers[] = {r->size, quality};
    crypto_generichash_state st;
    struct frame_key key;
    struct iv_look look;

    r->ops->look(r->st, pose, &look);
    crypto_generichash_init(&st, NULL, 0, sizeof key);
    crypto_generichash_update(&st, (const uint8_t *)r->ops->name, strlen(r->ops->name) + 1);
    crypto_generichash_update(&st, r->rig->digest, sizeof r->rig->digest);
    crypto_generichash_update(&st, (const uint8_t *)numbers, sizeof numbers);
    crypto_generichash_update(&st, (const uint8_t *)&look, sizeof look);
    crypto_generichash_final(&st, (uint8_t *)&key, sizeof key);
    return key;
}

static enum iv_code draw_jpeg(iv_renderer *r, const struct iv_pose *pose, iv_jpeg *j,
                              const uint8_t **bytes, size_t *len, struct iv_error *err)
{
    const struct iv_picture *p;
    enum iv_code rc = iv_renderer_draw(r, pose, &p, err);

    return rc ? rc : iv_jpeg_encode(j, p, bytes, len, err);
}

/* From the cache, or drawn and encoded. */
static enum iv_code frame_of(iv_renderer *r, const struct frame_key *key,
                             const struct iv_pose *pose, iv_jpeg *j, const uint8_t **bytes,
                             size_t *len, struct iv_error *err)
{
    struct frame_cache *cache = r->shared ? iv_faces_frames(r->shared) : NULL;
    struct frame *f = cache ? iv_frame_cache_get(cache, key) : NULL;
    enum iv_code rc;

    if (f) {
        iv_jpeg_hold(j, f);
        *bytes = f->bytes;
        *len = f->len;
        return IV_OK;
    }
    if (r->shared && !iv_faces_draw_begin(r->shared))
        return iv_fail(err, IV_E_BUSY, "face: every processor draws already");
    rc = draw_jpeg(r, pose, j, bytes, len, err);
    if (r->shared)
        iv_faces_draw_end(r->shared);
    if (!rc && cache)
        iv_frame_cache_put(cache, key, *bytes, *len);
    return rc;
}

enum iv_code iv_renderer_jpeg(iv_renderer *r, const struct iv_pose *pose, iv_jpeg *j,
                              const uint8_t **bytes, size_t *len, struct iv_error *err)
{
    struct frame_key key = key_of(r, pose, iv_jpeg_quality(j));
    enum iv_code rc;

    if (iv_jpeg_again(j, &key, bytes, len)) {
        if (r->shared)
            iv_frame_cache_repeat(iv_faces_frames(r->shared));
        return IV_OK;
    }
    rc = frame_of(r, &key, pose, j, bytes, len, err);
    if (!rc)
        iv_jpeg_name(j, &key);
    return rc;
}

void iv_renderer_close(iv_renderer *r)
{
    if (!r)
        return;
    r->ops->close(r->st);
    iv_faces_unref(r->shared);
    free(r->st);
    free(r);
}
