/* avatar/render/cpu/feature.h - what moves in a face, drawn as curves in every frame: eyes and mouth.
 *
 * Each feature draws in the rig's own coordinates; the caller has set the transformation from there to its patch.
 */
#ifndef IV_AVATAR_RENDER_CPU_FEATURE_H
#define IV_AVATAR_RENDER_CPU_FEATURE_H

#include "avatar/render/cpu/cairo.h"
#include "avatar/rig.h"

/* side: -1 the eye on the left of the picture, 1 its mirror image */
void iv_feature_eye(cairo_t *cr, const struct iv_rig *rig, const struct iv_pose *pose, int side);
void iv_feature_mouth(cairo_t *cr, const struct iv_rig *rig, const struct iv_pose *pose);

/* Both brows, at rest: they are part of the skin and move with it (face_map.c). */
void iv_feature_brows(cairo_t *cr, const struct iv_rig *rig);

#endif
