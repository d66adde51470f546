/* avatar/jpeg_strips.h - pictures as JPEG, of which only the rows that changed are encoded again.
 *
 * Why:     a face that speaks moves below the nose; two thirds of a frame are what they were, and encoding is a third of its cost.
 * How:     a strip is one row of blocks between two restart markers: it depends on no other strip, so its bytes can be kept. A
 *          picture's JPEG is the same whatever was encoded before it.
 * Owns:    a copy of the last picture, and the bytes of its strips.
 */
#ifndef IV_AVATAR_JPEG_STRIPS_H
#define IV_AVATAR_JPEG_STRIPS_H

#include "iv/avatar.h"

struct jpeg_strips;

enum iv_code iv_jpeg_strips_new(int width, int height, int quality, struct jpeg_strips **out,
                                struct iv_error *err);
bool iv_jpeg_strips_fit(const struct jpeg_strips *s, const struct iv_picture *p);
/* The bytes stay valid until the next call. */
enum iv_code iv_jpeg_strips_encode(struct jpeg_strips *s, const struct iv_picture *p,
                                   const uint8_t **bytes, size_t *len, struct iv_error *err);
void iv_jpeg_strips_free(struct jpeg_strips *s);

#endif
