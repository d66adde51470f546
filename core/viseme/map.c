/* map.c - symbols of a phone set, longest first. */
#include "viseme/map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/data.h"
#include "iv/json.h"

#define MAP_MAX_BYTES (64u << 10)

static const char *const files[] = {
    [IV_PHONES_ESPEAK] = "visemes/espeak.json",
    [IV_PHONES_JTALK] = "visemes/jtalk.json",
    [IV_PHONES_IPA] = "visemes/ipa.json",
    [IV_PHONES_VISEME] = "visemes/viseme.json",
};

static const char *const names[IV_VIS_COUNT] = {"sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS",
                                                "nn",  "RR", "aa", "E",  "ih", "oh", "ou"};

const char *iv_viseme_name(enum iv_viseme v)
{
    return (unsigned)v < IV_VIS_COUNT ? names[v] : "sil";
}

bool iv_viseme_by_name(const char *name, enum iv_viseme *out)
{
    for (unsigned i = 0; i < IV_VIS_COUNT; i++)
        if (!strcmp(names[i], name)) {
            *out = (enum iv_viseme)i;
            return true;
        }
    return false;
}

static enum iv_code add_row(struct viseme_map *m, const char *symbol, struct viseme_map_row **out,
                            struct iv_error *err)
{
    struct viseme_map_row *row;
    size_t len = strlen(symbol);

    if (!len || len >= sizeof row->symbol)
        return iv_fail(err, IV_E_DATA, "symbol '%s': 1 to %zu bytes are allowed", symbol,
                       sizeof row->symbol - 1);
    if (iv_grow(&m->rows, &m->cap, m->n + 1, sizeof *m->rows))
        return iv_fail(err, IV_E_NOMEM, "viseme map: out of memory");
    row = &m->rows[m->n++];
    *row = (struct viseme_map_row){.len = len};
    memcpy(row->symbol, symbol, len);
    *out = row;
    return IV_OK;
}

/* "PP": ["p", "b"]: one shape, many symbols */
static enum iv_code read_shape(struct viseme_map *m, const iv_json *list, struct iv_error *err)
{
    const char *name = iv_json_key(list);
    struct viseme_map_row *row;
    enum iv_viseme shape;
    enum iv_code rc;

    if (!iv_viseme_by_name(name, &shape))
        return iv_fail(err, IV_E_DATA, "shapes: there is no mouth shape '%s'", name);
    for (const iv_json *s = iv_json_first(list); s; s = iv_json_next(s)) {
        rc = add_row(m, iv_json_string(s, ""), &row, err);
        if (rc)
            return rc;
        row->shapes[row->n_shapes++] = shape;
    }
    return IV_OK;
}

/* "aI": ["aa", "ih"]: one symbol, shapes in order */
static enum iv_code read_glide(struct viseme_map *m, const iv_json *list, struct iv_error *err)
{
    struct viseme_map_row *row;
    enum iv_code rc = add_row(m, iv_json_key(list), &row, err);

    if (rc)
        return rc;
    for (const iv_json *s = iv_json_first(list); s; s = iv_json_next(s)) {
        const char *name = iv_json_string(s, "");

        if (row->n_shapes == MAP_MAX_SHAPES ||
            !iv_viseme_by_name(name, &row->shapes[row->n_shapes]))
            return iv_fail(err, IV_E_DATA, "glides: %s: '%s' is no mouth shape, or one too many",
                           row->symbol, name);
        row->n_shapes++;
    }
    if (!row->n_shapes)
        return iv_fail(err, IV_E_DATA, "glides: %s: no mouth shape", row->symbol);
    return IV_OK;
}

static enum iv_code read_rows(struct viseme_map *m, const iv_json *j, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (const iv_json *s = iv_json_first(iv_json_get(j, "shapes")); s && !rc; s = iv_json_next(s))
        rc = read_shape(m, s, err);
    for (const iv_json *s = iv_json_first(iv_json_get(j, "glides")); s && !rc; s = iv_json_next(s))
        rc = read_glide(m, s, err);
    if (!rc && !m->n)
        rc = iv_fail(err, IV_E_DATA, "no 'shapes'");
    return rc;
}

static int longer_first(const void *a, const void *b)
{
    const struct viseme_map_row *x = a, *y = b;

    return x->len != y->len ? (x->len < y->len) - (x->len > y->len) : strcmp(x->symbol, y->symbol);
}

enum iv_code iv_viseme_map_load(enum iv_phone_set set, struct viseme_map *out, struct iv_error *err)
{
    struct iv_blob blob = {0};
    struct iv_error why;
    iv_json *j = NULL;
    enum iv_code rc;

    *out = (struct viseme_map){0};
    if ((unsigned)set >= IV_LEN(files))
        return iv_fail(err, IV_E_USAGE, "phone set %d: there is none", (int)set);
    rc = iv_data_load(NULL, files[set], &blob, err);
    if (rc)
        return rc;
    rc = iv_json_parse(blob.bytes, blob.len, MAP_MAX_BYTES, &j, &why);
    if (!rc)
        rc = read_rows(out, j, &why);
    if (rc) {
        iv_fail(err, rc = rc == IV_E_NOMEM ? rc : IV_E_DATA, "%s: %s", blob.origin, why.text);
        iv_viseme_map_release(out);
    } else {
        qsort(out->rows, out->n, sizeof *out->rows, longer_first);
    }
    iv_json_free(j);
    iv_blob_release(&blob);
    return rc;
}

static const struct viseme_map_row *longest(const struct viseme_map *m, const char *s)
{
    for (size_t i = 0; i < m->n; i++)
        if (!strncmp(m->rows[i].symbol, s, m->rows[i].len))
            return &m->rows[i];
    return NULL;
}

/* A symbol that no row knows takes the class of its first letter in the other case, else a slack tongue. */
static enum iv_viseme guess(const struct viseme_map *m, const char *symbol)
{
    const char letter[2] = {(char)(islower((unsigned char)symbol[0])
                                       ? toupper((unsigned char)symbol[0])
                                       : tolower((unsigned char)symbol[0])),
                            '\0'};
    const struct viseme_map_row *row = letter[0] ? longest(m, letter) : NULL;

    if (row)
        return row->shapes[0];
    return symbol[0] ? IV_VIS_DD : IV_VIS_REST;
}

size_t iv_viseme_map_find(const struct viseme_map *m, const char *symbol,
                          enum iv_viseme shapes[MAP_MAX_SHAPES])
{
    const char *s = symbol;
    size_t n = 0;

    if (symbol[0] == '(') { /* "(en)": the voice changes language here */
        shapes[0] = IV_VIS_REST;
        return 1;
    }
    while (*s && n < MAP_MAX_SHAPES) {
        const struct viseme_map_row *row = longest(m, s);

        if (row && row->shapes[0] == IV_VIS_REST && s[row->len] &&
            isalpha((unsigned char)s[row->len]))
            row = NULL; /* "_j" is a palatal release, not a pause */
        for (size_t i = 0; row && i < row->n_shapes && n < MAP_MAX_SHAPES; i++)
            if (!n || shapes[n - 1] != row->shapes[i])
                shapes[n++] = row->shapes[i];
        s += row ? row->len : 1;
    }
    if (!n)
        shapes[n++] = guess(m, symbol);
    return n;
}

void iv_viseme_map_release(struct viseme_map *m)
{
    free(m->rows);
    *m = (struct viseme_map){0};
}
