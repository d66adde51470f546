/* avatar/jpeg.h - what the cache of frames needs of an encoder. */
#ifndef IV_AVATAR_JPEG_H
#define IV_AVATAR_JPEG_H

#include "avatar/frame_cache.h"

int iv_jpeg_quality(const iv_jpeg *j);
/* Is this what it gave last? Then that is given again. */
bool iv_jpeg_again(const iv_jpeg *j, const struct frame_key *key, const uint8_t **bytes,
                   size_t *len);
/* What it gave last shows this. */
void iv_jpeg_name(iv_jpeg *j, const struct frame_key *key);
/* The encoder keeps this frame, with the caller's reference, until its next one. */
void iv_jpeg_hold(iv_jpeg *j, struct frame *f);

#endif
