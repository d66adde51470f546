/* chafa_lib.h - Chafa's functions, opened by the first face in a terminal; see iv/lazy.h. For term_face.c. */
#ifndef IV_TUI_CHAFA_LIB_H
#define IV_TUI_CHAFA_LIB_H

#include <chafa.h>

#include "iv/lazy.h"

#undef g_string_free /* a macro in newer ones; GLib comes with Chafa */

extern struct iv_lazy iv_chafa;

/* clang-format off */
#define CHAFA_FUNCTIONS(X)                                                                        \
    X(chafa_canvas_config_new) X(chafa_canvas_config_set_canvas_mode)                             \
    X(chafa_canvas_config_set_cell_geometry) X(chafa_canvas_config_set_dither_mode)               \
    X(chafa_canvas_config_set_geometry) X(chafa_canvas_config_set_optimizations)                  \
    X(chafa_canvas_config_set_pixel_mode) X(chafa_canvas_config_set_symbol_map)                   \
    X(chafa_canvas_config_unref) X(chafa_canvas_draw_all_pixels) X(chafa_canvas_new)              \
    X(chafa_canvas_print) X(chafa_canvas_unref) X(chafa_symbol_map_add_by_tags)                   \
    X(chafa_symbol_map_new) X(chafa_symbol_map_unref) X(chafa_term_db_detect)                     \
    X(chafa_term_db_get_default) X(chafa_term_info_have_seq) X(chafa_term_info_unref)             \
    X(g_string_free)
/* clang-format on */

CHAFA_FUNCTIONS(IV_LAZY_DECLARE)

#ifndef IV_CHAFA_TABLE
#define chafa_canvas_config_new (*iv_lazy_chafa_canvas_config_new)
#define chafa_canvas_config_set_canvas_mode (*iv_lazy_chafa_canvas_config_set_canvas_mode)
#define chafa_canvas_config_set_cell_geometry (*iv_lazy_chafa_canvas_config_set_cell_geometry)
#define chafa_canvas_config_set_dither_mode (*iv_lazy_chafa_canvas_config_set_dither_mode)
#define chafa_canvas_config_set_geometry (*iv_lazy_chafa_canvas_config_set_geometry)
#define chafa_canvas_config_set_optimizations (*iv_lazy_chafa_canvas_config_set_optimizations)
#define chafa_canvas_config_set_pixel_mode (*iv_lazy_chafa_canvas_config_set_pixel_mode)
#define chafa_canvas_config_set_symbol_map (*iv_lazy_chafa_canvas_config_set_symbol_map)
#define chafa_canvas_config_unref (*iv_lazy_chafa_canvas_config_unref)
#define chafa_canvas_draw_all_pixels (*iv_lazy_chafa_canvas_draw_all_pixels)
#define chafa_canvas_new (*iv_lazy_chafa_canvas_new)
#define chafa_canvas_print (*iv_lazy_chafa_canvas_print)
#define chafa_canvas_unref (*iv_lazy_chafa_canvas_unref)
#define chafa_symbol_map_add_by_tags (*iv_lazy_chafa_symbol_map_add_by_tags)
#define chafa_symbol_map_new (*iv_lazy_chafa_symbol_map_new)
#define chafa_symbol_map_unref (*iv_lazy_chafa_symbol_map_unref)
#define chafa_term_db_detect (*iv_lazy_chafa_term_db_detect)
#define chafa_term_db_get_default (*iv_lazy_chafa_term_db_get_default)
#define chafa_term_info_have_seq (*iv_lazy_chafa_term_info_have_seq)
#define chafa_term_info_unref (*iv_lazy_chafa_term_info_unref)
#define g_string_free (*iv_lazy_g_string_free)
#endif

#endif
