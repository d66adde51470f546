/* avatar/faces.h - what the renderers of a context share: painted faces, and frames that were encoded before.
 *
 * Why:     painting a face takes a fifth of a second and megabytes, and is the same for every session that shows it.
 * Owns:    a face lives while it is used; unused ones stay for the next session, the last used first, up to
 *          FACES_IDLE_BYTES, until the context goes. Whoever holds `iv_faces` may outlive the context.
 * Threads: [any]. One thread paints a face; others that ask for it meanwhile wait for it.
 */
#ifndef IV_AVATAR_FACES_H
#define IV_AVATAR_FACES_H

#include "avatar/frame_cache.h"
#include "avatar/rig.h"

#define FACES_IDLE_BYTES (16u << 20) /* four faces of 512, one of 1024 */

typedef struct iv_faces iv_faces;

/* With a reference for the caller. NULL: ctx is, or there is no memory; then nothing is shared. */
iv_faces *iv_faces_of(iv_ctx *ctx);
void iv_faces_unref(iv_faces *h);
struct frame_cache *iv_faces_frames(iv_faces *h);

/* As many threads draw at the same time as there are processors, so that a hundred faces that speak keep no sound waiting.
 * False when none of them was done for DRAW_WAIT_MS: the frame is better left out. */
#define DRAW_WAIT_MS 15
bool iv_faces_draw_begin(iv_faces *h);
void iv_faces_draw_end(iv_faces *h);

/* How a back end paints; its address is the back end's name here. */
struct face_maker {
    enum iv_code (*paint)(const struct iv_rig *rig, int size, void **out, size_t *bytes,
                          struct iv_error *err);
    void (*free)(void *painted);
};

typedef struct iv_face iv_face;

/* The face of this rig at this size, painted now or before: equal rigs have one. h NULL: it is painted for the caller alone.
 * A failed painting is not kept; each who waited tries for itself. */
enum iv_code iv_face_take(iv_faces *h, const struct face_maker *by, const struct iv_rig *rig,
                          int size, iv_face **out, struct iv_error *err);
const void *iv_face_painted(const iv_face *f); /* read-only */
void iv_face_drop(iv_face *f); /* before the reference to `h` goes; NULL is fine */

#endif
