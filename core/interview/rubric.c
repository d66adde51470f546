/* rubric.c - competencies and the anchors of their levels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "interview/score_data.h"
#include "iv/alloc.h"
#include "iv/bank.h"
#include "iv/buf.h"
#include "iv/data.h"

#define RUBRIC_MAX_BYTES (1u << 20)
#define LEVELS 5

static const char *const dimension_names[IV_DIM_COUNT] = {
    [IV_DIM_COMMUNICATION] = "communication",
    [IV_DIM_TECHNICAL] = "technical_knowledge",
    [IV_DIM_PROBLEM_SOLVING] = "problem_solving",
};

const char *iv_dimension_name(enum iv_dimension d)
{
    return dimension_names[d];
}

static bool parse_dimension(const char *s, enum iv_dimension *out)
{
    for (unsigned i = 0; i < IV_DIM_COUNT; i++)
        if (!strcmp(s, dimension_names[i])) {
            *out = (enum iv_dimension)i;
            return true;
        }
    return false;
}

static bool parse_type(const char *s, int *out)
{
    enum iv_session_type type;

    *out = -1;
    if (!strcmp(s, "any"))
        return true;
    if (iv_type_parse(s, &type, NULL))
        return false;
    *out = (int)type;
    return true;
}

static enum iv_code take_levels(const iv_json *j, struct iv_competency *c, const char *name,
                                struct iv_error *err)
{
    const iv_json *levels = iv_json_get(j, "levels");
    size_t i = 0;

    if (iv_json_type(levels) != IV_JSON_ARRAY || iv_json_len(levels) != LEVELS)
        return iv_fail(err, IV_E_DATA, "%s: competency %s: levels: must be five sentences", name,
                       c->id);
    for (const iv_json *l = iv_json_first(levels); l; l = iv_json_next(l), i++) {
        const char *text = iv_json_string(l, "");

        if (!*text)
            return iv_fail(err, IV_E_DATA, "%s: competency %s: level %zu is empty", name, c->id,
                           i + 1);
        c->levels[i] = iv_strdup(text);
        if (!c->levels[i])
            return iv_fail(err, IV_E_NOMEM, "rubric: out of memory");
    }
    return IV_OK;
}

static enum iv_code take_competency(const iv_json *j, struct iv_competency *c, const char *name,
                                    struct iv_error *err)
{
    const char *id = iv_json_get_str(j, "id", ""), *title = iv_json_get_str(j, "name", "");

    if (!*id || !*title)
        return iv_fail(err, IV_E_DATA, "%s: a competency has no id or no name", name);
    if (!parse_type(iv_json_get_str(j, "type", ""), &c->type) ||
        !parse_dimension(iv_json_get_str(j, "dimension", ""), &c->dimension))
        return iv_fail(err, IV_E_DATA, "%s: competency %s: unknown type or dimension", name, id);
    c->id = iv_strdup(id);
    c->name = iv_strdup(title);
    c->about = iv_strdup(iv_json_get_str(j, "about", ""));
    if (!c->id || !c->name || !c->about)
        return iv_fail(err, IV_E_NOMEM, "rubric: out of memory");
    return take_levels(j, c, name, err);
}

static enum iv_code take_all(const iv_json *tree, struct iv_rubric *out, const char *name,
                             struct iv_error *err)
{
    const iv_json *list = iv_json_get(tree, "competencies");
    enum iv_code rc = IV_OK;

    if (iv_json_type(list) != IV_JSON_ARRAY || !iv_json_len(list))
        return iv_fail(err, IV_E_DATA, "%s: competencies: must be a list", name);
    out->items = iv_alloc_array(iv_json_len(list), sizeof *out->items);
    if (!out->items)
        return iv_fail(err, IV_E_NOMEM, "rubric: out of memory");
    for (const iv_json *j = iv_json_first(list); j && !rc; j = iv_json_next(j)) {
        if (iv_rubric_find(out, iv_json_get_str(j, "id", "")))
            return iv_fail(err, IV_E_DATA, "%s: competency %s stands twice", name,
                           iv_json_get_str(j, "id", ""));
        rc = take_competency(j, &out->items[out->n++], name, err);
    }
    return rc;
}

static void digest(const char *bytes, size_t len, char hex[65])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)bytes, len);
    sodium_bin2hex(hex, 65, hash, sizeof hash);
}

static enum iv_code parse(const char *bytes, size_t len, const char *name, struct iv_rubric *out,
                          struct iv_error *err)
{
    iv_json *tree = NULL;
    enum iv_code rc = iv_score_yaml(bytes, len, name, &tree, err);

    if (!rc)
        rc = take_all(tree, out, name, err);
    if (!rc)
        digest(bytes, len, out->digest);
    else
        iv_rubric_release(out);
    iv_json_free(tree);
    return rc;
}

static enum iv_code load_file(const char *path, struct iv_rubric *out, struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(RUBRIC_MAX_BYTES);
    enum iv_code rc = iv_buf_read_file(&b, path, err);

    if (!rc)
        rc = parse(iv_buf_str(&b), b.len, path, out, err);
    iv_buf_release(&b);
    return rc;
}

enum iv_code iv_rubric_load(const iv_ctx *ctx, enum iv_lang lang, const char *path,
                            struct iv_rubric *out, struct iv_error *err)
{
    struct iv_blob blob;
    char name[64];
    enum iv_code rc;

    *out = (struct iv_rubric){0};
    if (path)
        return load_file(path, out, err);
    snprintf(name, sizeof name, "rubric/%s.yaml", iv_lang_code(lang));
    rc = iv_data_load(ctx, name, &blob, err);
    if (rc)
        return rc;
    rc = parse(blob.bytes, blob.len, blob.origin, out, err);
    iv_blob_release(&blob);
    return rc;
}

const struct iv_competency *iv_rubric_find(const struct iv_rubric *r, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->items[i].id && !strcmp(r->items[i].id, id))
            return &r->items[i];
    return NULL;
}

void iv_rubric_release(struct iv_rubric *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->items[i].id);
        free(r->items[i].name);
        free(r->items[i].about);
        for (size_t l = 0; l < LEVELS; l++)
            free(r->items[i].levels[l]);
    }
    free(r->items);
    *r = (struct iv_rubric){0};
}
