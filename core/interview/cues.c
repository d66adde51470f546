/* cues.c - reading core/data/cues. */
#include "interview/cues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/match.h"
#include "interview/problems.h"
#include "iv/alloc.h"
#include "iv/data.h"

#define MAX_WORDS 256
#define MAX_ROLES 32

static const char *const cue_names[IV_CUE_COUNT] = {
    [IV_CUE_DONT_KNOW] = "dont_know",
    [IV_CUE_OWN_ACTION] = "own_action",
    [IV_CUE_NOT_OWN_ACTION] = "not_own_action",
    [IV_CUE_WE] = "we",
    [IV_CUE_RESULT] = "result",
    [IV_CUE_SPECIFICS] = "specifics",
    [IV_CUE_FILLERS] = "fillers",
    [IV_CUE_COMMON] = "common",
};

static void check_patterns(struct problems *p, const struct iv_yaml *list, enum iv_lang lang)
{
    for (const struct iv_yaml *c = list ? list->first : NULL; c; c = c->next) {
        const char *why = c->kind == IV_YAML_TEXT ? iv_pattern_problem(c->text, lang) : NULL;

        if (why)
            iv_problem_at(p, c->line, "\"%.60s\" can never match: %s", c->text, why);
    }
}

static void read_cues(struct problems *p, const struct iv_yaml *root, struct iv_cues *out)
{
    for (int i = 0; i < IV_CUE_COUNT; i++) {
        struct iv_cue_list *list = &out->lists[i];

        list->words = iv_read_list(p, root, cue_names[i], MAX_WORDS, &list->n);
        if (!list->n)
            iv_problem_at(p, root->line, "%s is missing or empty", cue_names[i]);
        if (i != IV_CUE_COMMON)
            check_patterns(p, iv_yaml_get(root, cue_names[i]), out->lang);
    }
}

static void read_types(struct problems *p, const struct iv_yaml *root, struct iv_cues *out)
{
    const struct iv_yaml *types = iv_yaml_get(root, "types");

    for (int i = 0; i < IV_TYPE_COUNT; i++)
        out->types[i] =
            iv_read_text(p, types ? types : root, iv_type_name((enum iv_session_type)i), true);
}

static void read_roles(struct problems *p, const struct iv_yaml *root, struct iv_cues *out)
{
    const struct iv_yaml *roles = iv_yaml_get(root, "roles");

    if (!roles || roles->kind != IV_YAML_MAP || roles->n > MAX_ROLES) {
        iv_problem_at(p, root->line, "roles must be a map");
        return;
    }
    out->roles = iv_alloc_array(roles->n, sizeof *out->roles);
    if (!out->roles) {
        p->no_memory = true;
        return;
    }
    for (const struct iv_yaml *c = roles->first; c; c = c->next) {
        struct iv_cue_list *role = &out->roles[out->n_roles++];

        role->name = iv_strdup(c->key);
        p->no_memory |= !role->name;
        role->words = iv_read_list(p, roles, c->key, MAX_WORDS, &role->n);
        check_patterns(p, c, out->lang);
    }
}

static void read_all(struct problems *p, const struct iv_yaml *root, struct iv_cues *out)
{
    if (root->kind != IV_YAML_MAP) {
        iv_problem_at(p, root->line, "cues must be keys with values");
        return;
    }
    iv_check_keys(p, root,
                  "language short_units types roles dont_know own_action not_own_action we result "
                  "specifics fillers common");
    out->short_units = (size_t)iv_read_int(p, root, "short_units", 1, 1000, 10);
    read_cues(p, root, out);
    read_types(p, root, out);
    read_roles(p, root, out);
}

enum iv_code iv_cues_load(const iv_ctx *ctx, enum iv_lang lang, struct iv_cues *out,
                          struct iv_error *err)
{
    struct iv_error first = {.code = IV_OK};
    struct problems p = {.fn = iv_problem_keep_first, .arg = &first};
    struct iv_yaml *root = NULL;
    struct iv_blob blob;
    char name[32];
    enum iv_code rc;

    *out = (struct iv_cues){.lang = lang};
    snprintf(name, sizeof name, "cues/%s.yaml", iv_lang_code(lang));
    rc = iv_data_load(ctx, name, &blob, err);
    if (rc)
        return rc;
    p.name = blob.origin;
    rc = iv_yaml_parse(blob.bytes, blob.len, blob.origin, &root, err);
    if (rc)
        goto out;
    read_all(&p, root, out);
    if (p.no_memory)
        rc = iv_fail(err, IV_E_NOMEM, "%s: out of memory", name);
    else if (p.n)
        rc = iv_fail(err, IV_E_DATA, "%s", first.text);
    if (rc)
        iv_cues_release(out);
out:
    iv_yaml_free(root);
    iv_blob_release(&blob);
    return rc;
}

void iv_cues_release(struct iv_cues *c)
{
    for (int i = 0; i < IV_CUE_COUNT; i++)
        iv_free_strings(c->lists[i].words, c->lists[i].n);
    for (int i = 0; i < IV_TYPE_COUNT; i++)
        free(c->types[i]);
    for (size_t i = 0; i < c->n_roles; i++) {
        free(c->roles[i].name);
        iv_free_strings(c->roles[i].words, c->roles[i].n);
    }
    free(c->roles);
    *c = (struct iv_cues){0};
}

bool iv_cue_found(const struct iv_cues *c, enum iv_cue cue, const iv_answer_text *a)
{
    return iv_patterns_find(a, c->lists[cue].words, c->lists[cue].n, NULL);
}

size_t iv_cue_count(const struct iv_cues *c, enum iv_cue cue, const iv_answer_text *a)
{
    return iv_patterns_count(a, c->lists[cue].words, c->lists[cue].n);
}
