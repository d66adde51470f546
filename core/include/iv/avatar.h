/* iv/avatar.h - the interviewer's face: rig, animation, drawing, JPEG, recording.
 *
 * Why:     sound with phonemes goes in, frames with presentation times come out; animation, renderer and encoder are kept apart
 *          so that each can be replaced (CUDA, other rigs).
 * Owns:    a rig is read-only and shared; an animator borrows its rig; a renderer owns its buffers and shares the painted face
 *          with the other renderers of its context; a recorder owns its file.
 * Threads: one owner at a time for each object; a rig may be read by [any].
 * Units:   milliseconds on the session's presentation clock; pixels; pose values 0..1 unless said.
 * Errors:  IV_E_AVATAR_NOT_LOADED names the avatar, IV_E_AVATAR_ERROR, IV_E_CREATE / IV_E_IO for the recorder's file.
 */
#ifndef IV_AVATAR_H
#define IV_AVATAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/ctx.h"
#include "iv/viseme.h"

#define IV_FRAME_SIZE 512
#define IV_FRAME_FPS 25

/* -- rig: what a face looks like; a data file of core/data/avatars/ -- */
typedef struct iv_rig iv_rig;
enum iv_code iv_rig_load(const iv_ctx *ctx, const char *name, iv_rig **out, struct iv_error *err);
void iv_rig_free(iv_rig *rig);
const char *iv_rig_name(const iv_rig *rig);
/* For iv_animator_new(): a face has its own way of moving, the same in each session, so that sessions share its frames. */
uint64_t iv_rig_seed(const iv_rig *rig);
void iv_rig_each(const iv_ctx *ctx, void (*fn)(void *arg, const char *name, const char *about),
                 void *arg);

/* -- pose: one moment of a face -- */
struct iv_pose {
    float mouth[IV_VIS_COUNT]; /* blended weights, sum 1 */
    float jaw; /* 0 closed .. 1 open */
    float blink_l, blink_r; /* 0 open .. 1 shut */
    float gaze_x, gaze_y; /* -1..1 */
    float brow_l, brow_r; /* -1 lowered .. 1 raised */
    float head_x, head_y, head_roll; /* sway, -1..1; roll in radians */
    float breath; /* 0..1 */
    float smile; /* 0..1 */
};

enum iv_mood { IV_MOOD_LISTENING, IV_MOOD_THINKING, IV_MOOD_SPEAKING };

/* -- animation: pose at any time, from mouth tracks laid on the presentation clock -- */
typedef struct iv_animator iv_animator;
enum iv_code iv_animator_new(uint64_t seed, iv_animator **out, struct iv_error *err);
void iv_animator_free(iv_animator *a);
/* Lay a track so that its 0 is at start_ms. The animator copies what it needs. Tracks may not overlap; later ones win. */
enum iv_code iv_animator_speak(iv_animator *a, const iv_viseme_track *t, uint64_t start_ms,
                               struct iv_error *err);
void iv_animator_cut(iv_animator *a, uint64_t at_ms); /* barge-in: nothing is spoken from here on */
void iv_animator_mood(iv_animator *a, enum iv_mood mood, uint64_t from_ms);
void iv_animator_pose(iv_animator *a, uint64_t at_ms,
                      struct iv_pose *out); /* at_ms must not go back by more than 1 s */

/* -- renderer: a pose becomes planar YUV 4:2:0 (what JPEG and H.264 both want) -- */
struct iv_picture {
    int width, height; /* even */
    uint8_t *y, *u, *v;
    int stride_y, stride_uv;
};
typedef struct iv_renderer iv_renderer;
/* backend: "cpu", "cuda", "auto". size: 64 to 1024, a multiple of 16; square. The first renderer of a face in this context
 * paints it; those after it share what was painted. ctx NULL: nothing is shared. The rig must outlive the renderer, the context
 * need not. */
enum iv_code iv_renderer_open(iv_ctx *ctx, const char *backend, const iv_rig *rig, int size,
                              iv_renderer **out, struct iv_error *err);
const char *iv_renderer_backend(const iv_renderer *r);
/* The picture stays valid until the next call. */
enum iv_code iv_renderer_draw(iv_renderer *r, const struct iv_pose *pose,
                              const struct iv_picture **out, struct iv_error *err);
void iv_renderer_close(iv_renderer *r);

/* -- JPEG (libturbojpeg) -- */
typedef struct iv_jpeg iv_jpeg;
enum iv_code iv_jpeg_new(int quality, iv_jpeg **out, struct iv_error *err);
enum iv_code iv_jpeg_encode(iv_jpeg *j, const struct iv_picture *p, const uint8_t **bytes,
                            size_t *len, struct iv_error *err);
void iv_jpeg_free(iv_jpeg *j);

/* Draw and encode in one. A frame that any renderer of the context encoded before (same face, size and quality, same pose in
 * steps that nobody sees) is given again, byte for byte, and nothing is drawn. The bytes stay valid until the next call with j. IV_E_BUSY when other threads draw as many frames of the
 * context as there are processors, and go on for some ms: leave this one out. */
enum iv_code iv_renderer_jpeg(iv_renderer *r, const struct iv_pose *pose, iv_jpeg *j,
                              const uint8_t **bytes, size_t *len, struct iv_error *err);

/* What the renderers of a context share. */
struct iv_face_stats {
    uint64_t faces, face_bytes; /* painted, and kept now */
    uint64_t faces_painted,
        faces_shared; /* renderers opened: that painted, and that found a face */
    uint64_t frames, frame_bytes; /* kept now */
    uint64_t frame_hits, frame_misses;
    uint64_t frame_repeats; /* the frame before, again: not even looked up */
};
void iv_face_stats(iv_ctx *ctx, struct iv_face_stats *out); /* [any] */

/* -- recorder: MP4 (H.264 + AAC) with both tracks on the presentation clock -- */
typedef struct iv_recorder iv_recorder;
/* Can this machine record? IV_E_UNAVAILABLE says what is missing; iv_recorder_open() says it too. */
enum iv_code iv_recorder_check(struct iv_error *err);
enum iv_code iv_recorder_open(const char *path, int size, int fps, uint32_t rate_hz,
                              iv_recorder **out, struct iv_error *err);
enum iv_code iv_recorder_frame(iv_recorder *r, const struct iv_picture *p, uint64_t frame_number,
                               struct iv_error *err);
/* samples NULL: n samples of silence. */
enum iv_code iv_recorder_audio(iv_recorder *r, const int16_t *samples, size_t n,
                               struct iv_error *err);
/* Pads the shorter track so that both end within one frame; finishes and frees, also on failure. NULL is fine. */
enum iv_code iv_recorder_close(iv_recorder *r, struct iv_error *err);

#endif
