/* renderer.c - the list of drawing back ends. */
#include "avatar/render/renderer.h"

#include <stdlib.h>
#include <string.h>

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

enum iv_code iv_renderer_open(const iv_ctx *ctx, const char *backend, const iv_rig *rig, int size,
                              iv_renderer **out, struct iv_error *err)
{
    const struct iv_renderer_ops *ops;
    iv_renderer *r = NULL;
    enum iv_code rc;

    (void)ctx;
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
    rc = ops->open(r->st, rig, size, err);
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

void iv_renderer_close(iv_renderer *r)
{
    if (!r)
        return;
    r->ops->close(r->st);
    free(r->st);
    free(r);
}
