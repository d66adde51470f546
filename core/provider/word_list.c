/* word_list.c - see word_list.h. */
#include "provider/word_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/data.h"

#define MAX_TEXT_BYTES (1u << 20)
#define MAX_FILE_BYTES (1u << 20)

static int by_byte_then_longest(const void *a, const void *b)
{
    const struct word_row *x = a, *y = b;
    int by_byte = (unsigned char)x->written[0] - (unsigned char)y->written[0];

    if (by_byte)
        return by_byte;
    return (x->len < y->len) - (x->len > y->len);
}

static void index_rows(struct word_list *l)
{
    size_t i = 0;

    qsort(l->rows, l->n, sizeof *l->rows, by_byte_then_longest);
    for (unsigned b = 0; b <= 256; b++) {
        while (i < l->n && (unsigned char)l->rows[i].written[0] < b)
            i++;
        l->first[b] = (uint16_t)i;
    }
}

enum iv_code iv_word_list_load(const iv_json *file, const char *key, const char *origin,
                               struct word_list *out, struct iv_error *err)
{
    const iv_json *object = iv_json_get(file, key);
    size_t n = iv_json_len(object);

    *out = (struct word_list){0};
    if (n > UINT16_MAX)
        return iv_fail(err, IV_E_DATA, "%s: %s: more than %d rows", origin, key, UINT16_MAX);
    out->rows = iv_alloc_array(n + 1, sizeof *out->rows);
    if (!out->rows)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", origin);
    for (const iv_json *c = iv_json_first(object); c; c = iv_json_next(c)) {
        struct word_row *r = &out->rows[out->n++];

        r->written = iv_strdup(iv_json_key(c));
        r->spoken = iv_strdup(iv_json_string(c, NULL));
        if (!r->written || !r->spoken || !r->written[0]) {
            iv_fail(err, IV_E_DATA, "%s: %s: \"%s\" must be a text", origin, key, iv_json_key(c));
            iv_word_list_release(out);
            return IV_E_DATA;
        }
        r->len = strlen(r->written);
    }
    index_rows(out);
    return IV_OK;
}

enum iv_code iv_word_list_of(const iv_ctx *ctx, const char *name, const char *key,
                             struct word_list *out, struct iv_error *err)
{
    struct iv_blob blob = {0};
    iv_json *file = NULL;
    enum iv_code rc = iv_data_load(ctx, name, &blob, err);

    *out = (struct word_list){0};
    if (!rc && iv_json_parse(blob.bytes, blob.len, MAX_FILE_BYTES, &file, err))
        rc = iv_fail(err, IV_E_DATA, "%s: not valid JSON", blob.origin);
    if (!rc)
        rc = iv_word_list_load(file, key, blob.origin, out, err);
    iv_json_free(file);
    iv_blob_release(&blob);
    return rc;
}

void iv_word_list_release(struct word_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->rows[i].written);
        free(l->rows[i].spoken);
    }
    free(l->rows);
    *l = (struct word_list){0};
}

static bool stands_alone(const struct word_row *r, const char *start, const char *at)
{
    unsigned char before = at > start ? (unsigned char)at[-1] : ' ';
    unsigned char after = (unsigned char)at[r->len];

    if (isalnum((unsigned char)r->written[0]) && isalnum(before))
        return false;
    return !(isalnum((unsigned char)r->written[r->len - 1]) && isalnum(after));
}

const struct word_row *iv_word_list_find(const struct word_list *l, const char *start,
                                         const char *at)
{
    unsigned char b = (unsigned char)*at;

    if (!l->n)
        return NULL;
    for (size_t i = l->first[b]; i < l->first[b + 1]; i++)
        if (!strncmp(l->rows[i].written, at, l->rows[i].len) &&
            stands_alone(&l->rows[i], start, at))
            return &l->rows[i];
    return NULL;
}

char *iv_word_list_apply(const struct word_list *l, const char *text)
{
    struct iv_buf b = IV_BUF_INIT(MAX_TEXT_BYTES);

    for (const char *p = text; *p;) {
        const struct word_row *r = iv_word_list_find(l, text, p);

        if (r) {
            iv_buf_adds(&b, r->spoken);
            p += r->len;
        } else {
            iv_buf_addc(&b, *p++);
        }
    }
    return iv_buf_take(&b);
}
