/* avatar/render/renderer.h - what a drawing back end is.
 *
 * open, draw any number of times, close. Each back end's file exports one struct; renderer.c lists them.
 */
#ifndef IV_AVATAR_RENDER_RENDERER_H
#define IV_AVATAR_RENDER_RENDERER_H

#include "avatar/faces.h"
#include "avatar/rig.h"
#include "iv/avatar.h"

/* A pose in the steps in which a back end draws it; what does not show is 0. */
struct iv_look {
    struct iv_pose portrait, parts[3];
};

struct iv_renderer_ops {
    const char *name, *summary; /* value of avatar.renderer; a line for help */
    size_t state_size; /* zeroed block given to every call as `st`; renderer.c owns it */
    /* required. On failure close() is still called. shared may be NULL. */
    enum iv_code (*open)(void *st, iv_faces *shared, const struct iv_rig *rig, int size,
                         struct iv_error *err);
    /* required. *out is valid until the next call. */
    enum iv_code (*draw)(void *st, const struct iv_pose *pose, const struct iv_picture **out,
                         struct iv_error *err);
    /* required. What the picture of this pose depends on besides face and size: equal bytes, equal pictures. */
    void (*look)(const void *st, const struct iv_pose *pose, struct iv_look *out);
    void (*close)(void *st); /* required. Undoes open(), also a failed one. */
};

extern const struct iv_renderer_ops iv_renderer_cpu;

#endif
