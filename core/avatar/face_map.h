/* avatar/face_map.h - where a point of the resting face is in this pose.
 *
 * The portrait is one flat picture; turning, nodding, rolling, breathing and the falling jaw bend it. Points near the nose
 * move further than the hair, which the eye reads as a head that turns. Shoulders stay; the neck is stretched between.
 *
 * Why:     portrait, eyes, brows and mouth are bent by the inverse of one map, so they stay together.
 * Units:   rig canvas, 512 by 512.
 */
#ifndef IV_AVATAR_FACE_MAP_H
#define IV_AVATAR_FACE_MAP_H

#include "avatar/rig.h"

struct face_map {
    struct rig_motion m;
    float mouth_x, mouth_y, brow_x, brow_y;
    float roll, turn, nod, sway_x, sway_y, jaw, breath, brow_l,
        brow_r; /* of this pose, in units of the canvas */
};

struct face_point {
    float x, y;
};

void iv_face_map_init(struct face_map *f, const struct iv_rig *rig, const struct iv_pose *pose);
struct face_point iv_face_map(const struct face_map *f, struct face_point p);
struct face_point iv_face_unmap(const struct face_map *f, struct face_point q);

#endif
