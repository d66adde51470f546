/* avatar/frame_cache.h - frames as JPEG, by what they show: the last used ones, up to a number of bytes.
 *
 * Why:     most of an interview is a face that listens, and it often stands as it stood before, here or in another session.
 * Owns:    a frame is read-only and lives as long as the cache or anybody holds it.
 * Threads: [any].
 */
#ifndef IV_AVATAR_FRAME_CACHE_H
#define IV_AVATAR_FRAME_CACHE_H

#include <stdatomic.h>

#include "iv/avatar.h"

#define FRAMES_MAX_BYTES (96u << 20) /* three faces that listen, at 512 and 25 fps */

/* A hash of face, size, quality, and all of the pose that changes a pixel. */
struct frame_key {
    uint64_t word[2];
};

struct frame {
    atomic_uint refs;
    struct frame_key key;
    struct frame *next; /* {lock} of its bucket */
    struct frame *older, *newer; /* {lock} */
    size_t len;
    uint8_t bytes[];
};

struct frame_cache *iv_frame_cache_new(size_t max_bytes);
void iv_frame_cache_free(struct frame_cache *c); /* what others hold lives on */

/* With a reference for the caller, or NULL. A hit is counted here, a miss where the frame drawn is put. */
struct frame *iv_frame_cache_get(struct frame_cache *c, const struct frame_key *key);
/* Counts a miss and keeps a copy of these bytes, if the key was put before; without memory it does not: a cache may forget. */
void iv_frame_cache_put(struct frame_cache *c, const struct frame_key *key, const uint8_t *bytes,
                        size_t len);
void iv_frame_cache_repeat(struct frame_cache *c); /* only counts */
void iv_frame_unref(struct frame *f); /* NULL is fine */

void iv_frame_cache_stats(struct frame_cache *c, struct iv_face_stats *out);

#endif
