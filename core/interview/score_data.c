/* score_data.c - a data file as a JSON tree: scoring's tables are small and read by key. */
#include "interview/score_data.h"

#include <stdio.h>
#include <string.h>

#include "iv/data.h"
#include "util/yaml.h"

static iv_json *convert(const struct iv_yaml *node)
{
    iv_json *out;

    if (node->kind == IV_YAML_TEXT)
        return iv_json_str(node->text);
    out = node->kind == IV_YAML_LIST ? iv_json_array() : iv_json_object();
    for (const struct iv_yaml *child = node->first; child; child = child->next) {
        if (node->kind == IV_YAML_LIST)
            iv_json_append(out, convert(child));
        else
            iv_json_set(out, child->key, convert(child));
    }
    return out;
}

enum iv_code iv_score_yaml(const char *bytes, size_t len, const char *name, iv_json **out,
                           struct iv_error *err)
{
    struct iv_yaml *root = NULL;
    enum iv_code rc = iv_yaml_parse(bytes, len, name, &root, err);

    *out = NULL;
    if (!rc) {
        *out = convert(root);
        if (!*out)
            rc = iv_fail(err, IV_E_NOMEM, "%s: out of memory", name);
    }
    iv_yaml_free(root);
    return rc;
}

enum iv_code iv_score_table(const iv_ctx *ctx, const char *folder, enum iv_lang lang, iv_json **out,
                            struct iv_error *err)
{
    struct iv_blob blob;
    char name[64];
    enum iv_code rc;

    *out = NULL;
    snprintf(name, sizeof name, "%s/%s.yaml", folder, iv_lang_code(lang));
    rc = iv_data_load(ctx, name, &blob, err);
    if (rc)
        return rc;
    rc = iv_score_yaml(blob.bytes, blob.len, blob.origin, out, err);
    iv_blob_release(&blob);
    return rc;
}

bool iv_score_listed(const iv_json *array, const char *word, size_t len)
{
    for (const iv_json *j = iv_json_first(array); j; j = iv_json_next(j)) {
        const char *s = iv_json_string(j, "");

        if (strlen(s) == len && !memcmp(s, word, len))
            return true;
    }
    return false;
}

bool iv_score_ends(const iv_json *array, const char *word, size_t len)
{
    for (const iv_json *j = iv_json_first(array); j; j = iv_json_next(j)) {
        const char *s = iv_json_string(j, "");
        size_t n = strlen(s);

        if (n && n < len && !memcmp(word + len - n, s, n))
            return true;
    }
    return false;
}
