/* viseme/map.h - which mouth shapes a symbol of a phone set stands for; read from core/data/visemes/.
 *
 * Owns:    a map owns its rows.
 * Errors:  IV_E_DATA names the file and the row.
 */
#ifndef IV_VISEME_MAP_H
#define IV_VISEME_MAP_H

#include <stdbool.h>

#include "iv/viseme.h"

#define MAP_MAX_SHAPES 3 /* of one symbol: a diphthong has 2, "ky" before a vowel 2 */

struct viseme_map_row {
    char symbol[12];
    size_t len;
    enum iv_viseme shapes[MAP_MAX_SHAPES];
    size_t n_shapes;
};

struct viseme_map {
    struct viseme_map_row *rows; /* longest symbol first */
    size_t n, cap;
};

enum iv_code iv_viseme_map_load(enum iv_phone_set set, struct viseme_map *out,
                                struct iv_error *err);
/* The shapes of a symbol in order; at least one. */
size_t iv_viseme_map_find(const struct viseme_map *m, const char *symbol,
                          enum iv_viseme shapes[MAP_MAX_SHAPES]);
bool iv_viseme_by_name(const char *name, enum iv_viseme *out);
void iv_viseme_map_release(struct viseme_map *m);

#endif
