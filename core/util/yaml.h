/* util/yaml.h - data files as a small tree with line numbers.
 *
 * Why:     every data reader names file and line in its errors, and none may be harmed by a hostile file:
 *          8 MiB, 16 levels, 200000 nodes and 1024 keys in a map at most; no aliases, no tags, no second document,
 *          no key twice. Values are text; the reader that knows the schema turns them into numbers.
 * Owns:    a tree owns its nodes and strings; free the root.
 * Threads: read-only after parsing; [any].
 * Errors:  IV_E_DATA with "name:line: what"; IV_E_TOO_LARGE, IV_E_NOMEM.
 */
#ifndef IV_UTIL_YAML_H
#define IV_UTIL_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "iv/error.h"

enum iv_yaml_kind { IV_YAML_TEXT, IV_YAML_LIST, IV_YAML_MAP };

struct iv_yaml {
    enum iv_yaml_kind kind;
    int line; /* from 1; that of the key for a value in a map */
    char *key; /* NULL outside a map */
    char *text; /* IV_YAML_TEXT only */
    bool plain; /* written without quotes: `null` and "null" differ */
    struct iv_yaml *first; /* children in order of the file */
    struct iv_yaml *next;
    size_t n; /* children */
};

enum iv_code iv_yaml_parse(const char *bytes, size_t len, const char *name, struct iv_yaml **out,
                           struct iv_error *err);
void iv_yaml_free(struct iv_yaml *root);
/* NULL when the node is not a map or has no such key. */
const struct iv_yaml *iv_yaml_get(const struct iv_yaml *map, const char *key);
/* NULL when there are fewer. */
const struct iv_yaml *iv_yaml_at(const struct iv_yaml *node, size_t i);
/* The text of a value in a map; `otherwise` when it is absent or no text. */
const char *iv_yaml_str(const struct iv_yaml *map, const char *key, const char *otherwise);
/* A whole number, nothing around it. */
bool iv_yaml_int(const struct iv_yaml *node, int *out);
bool iv_yaml_real(const struct iv_yaml *node, double *out);

#endif
