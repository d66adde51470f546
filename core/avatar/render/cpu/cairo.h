/* avatar/render/cpu/cairo.h - cairo, opened by the first renderer.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_AVATAR_RENDER_CPU_CAIRO_H
#define IV_AVATAR_RENDER_CPU_CAIRO_H

#include <cairo.h>

#include "iv/lazy.h"

/* clang-format off */
#define CAIRO_FUNCTIONS(X)                                                                           \
    X(cairo_arc) X(cairo_clip) X(cairo_close_path) X(cairo_create) X(cairo_curve_to)                 \
    X(cairo_destroy) X(cairo_fill) X(cairo_image_surface_create) X(cairo_image_surface_get_data)     \
    X(cairo_image_surface_get_height) X(cairo_image_surface_get_stride)                              \
    X(cairo_image_surface_get_width) X(cairo_line_to) X(cairo_mask_surface)                          \
    X(cairo_matrix_init_scale) X(cairo_matrix_translate) X(cairo_move_to) X(cairo_new_path)          \
    X(cairo_new_sub_path) X(cairo_paint) X(cairo_path_extents) X(cairo_pattern_add_color_stop_rgba)  \
    X(cairo_pattern_create_linear) X(cairo_pattern_create_radial) X(cairo_pattern_destroy)           \
    X(cairo_pattern_set_matrix) X(cairo_restore) X(cairo_save) X(cairo_scale) X(cairo_set_line_cap)  \
    X(cairo_set_line_join) X(cairo_set_line_width) X(cairo_set_operator) X(cairo_set_source)         \
    X(cairo_set_source_rgba) X(cairo_set_tolerance) X(cairo_status) X(cairo_status_to_string)        \
    X(cairo_stroke) X(cairo_surface_destroy) X(cairo_surface_flush) X(cairo_surface_mark_dirty)      \
    X(cairo_surface_status) X(cairo_translate)
/* clang-format on */

CAIRO_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_cairo;

#define cairo_arc (*iv_lazy_cairo_arc)
#define cairo_clip (*iv_lazy_cairo_clip)
#define cairo_close_path (*iv_lazy_cairo_close_path)
#define cairo_create (*iv_lazy_cairo_create)
#define cairo_curve_to (*iv_lazy_cairo_curve_to)
#define cairo_destroy (*iv_lazy_cairo_destroy)
#define cairo_fill (*iv_lazy_cairo_fill)
#define cairo_image_surface_create (*iv_lazy_cairo_image_surface_create)
#define cairo_image_surface_get_data (*iv_lazy_cairo_image_surface_get_data)
#define cairo_image_surface_get_height (*iv_lazy_cairo_image_surface_get_height)
#define cairo_image_surface_get_stride (*iv_lazy_cairo_image_surface_get_stride)
#define cairo_image_surface_get_width (*iv_lazy_cairo_image_surface_get_width)
#define cairo_line_to (*iv_lazy_cairo_line_to)
#define cairo_mask_surface (*iv_lazy_cairo_mask_surface)
#define cairo_matrix_init_scale (*iv_lazy_cairo_matrix_init_scale)
#define cairo_matrix_translate (*iv_lazy_cairo_matrix_translate)
#define cairo_move_to (*iv_lazy_cairo_move_to)
#define cairo_new_path (*iv_lazy_cairo_new_path)
#define cairo_new_sub_path (*iv_lazy_cairo_new_sub_path)
#define cairo_paint (*iv_lazy_cairo_paint)
#define cairo_path_extents (*iv_lazy_cairo_path_extents)
#define cairo_pattern_add_color_stop_rgba (*iv_lazy_cairo_pattern_add_color_stop_rgba)
#define cairo_pattern_create_linear (*iv_lazy_cairo_pattern_create_linear)
#define cairo_pattern_create_radial (*iv_lazy_cairo_pattern_create_radial)
#define cairo_pattern_destroy (*iv_lazy_cairo_pattern_destroy)
#define cairo_pattern_set_matrix (*iv_lazy_cairo_pattern_set_matrix)
#define cairo_restore (*iv_lazy_cairo_restore)
#define cairo_save (*iv_lazy_cairo_save)
#define cairo_scale (*iv_lazy_cairo_scale)
#define cairo_set_line_cap (*iv_lazy_cairo_set_line_cap)
#define cairo_set_line_join (*iv_lazy_cairo_set_line_join)
#define cairo_set_line_width (*iv_lazy_cairo_set_line_width)
#define cairo_set_operator (*iv_lazy_cairo_set_operator)
#define cairo_set_source (*iv_lazy_cairo_set_source)
#define cairo_set_source_rgba (*iv_lazy_cairo_set_source_rgba)
#define cairo_set_tolerance (*iv_lazy_cairo_set_tolerance)
#define cairo_status (*iv_lazy_cairo_status)
#define cairo_status_to_string (*iv_lazy_cairo_status_to_string)
#define cairo_stroke (*iv_lazy_cairo_stroke)
#define cairo_surface_destroy (*iv_lazy_cairo_surface_destroy)
#define cairo_surface_flush (*iv_lazy_cairo_surface_flush)
#define cairo_surface_mark_dirty (*iv_lazy_cairo_surface_mark_dirty)
#define cairo_surface_status (*iv_lazy_cairo_surface_status)
#define cairo_translate (*iv_lazy_cairo_translate)

#endif
