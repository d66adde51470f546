/* avatar/render/renderer.h - what a drawing back end is.
 *
 * open, draw any number of times, close. Each back end's file exports one struct; renderer.c lists them.
 */
#ifndef IV_AVATAR_RENDER_RENDERER_H
#define IV_AVATAR_RENDER_RENDERER_H

#include "avatar/rig.h"
#include "iv/avatar.h"

struct iv_renderer_ops {
    const char *name, *summary; /* value of avatar.renderer; a line for help */
    size_t state_size; /* zeroed block given to every call as `st`; renderer.c owns it */
    /* required. On failure close() is still called. */
    enum iv_code (*open)(void *st, const struct iv_rig *rig, int size, struct iv_error *err);
    /* required. *out is valid until the next call. */
    enum iv_code (*draw)(void *st, const struct iv_pose *pose, const struct iv_picture **out,
                         struct iv_error *err);
    void (*close)(void *st); /* required. Undoes open(), also a failed one. */
};

extern const struct iv_renderer_ops iv_renderer_cpu;

#endif
