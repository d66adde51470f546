/* bank.c - where banks come from, and taking them apart. */
#include "iv/bank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/problems.h"
#include "iv/buf.h"
#include "iv/config.h"
#include "iv/data.h"

#define SET_MAX_BYTES (8u << 20)

static void release_points(struct iv_point *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(points[i].id);
        free(points[i].say);
        iv_free_strings(points[i].words, points[i].n_words);
    }
    free(points);
}

static void release_question(struct iv_question *q)
{
    free(q->id);
    free(q->competency);
    free(q->ask);
    iv_free_strings(q->roles, q->n_roles);
    iv_free_strings(q->legal, q->n_legal);
    release_points(q->points, q->n_points);
    release_points(q->wrong, q->n_wrong);
    for (size_t i = 0; i < q->n_probes; i++) {
        free(q->probes[i].point_id);
        free(q->probes[i].ask);
    }
    free(q->probes);
}

void iv_bank_release(struct iv_bank *b)
{
    for (size_t i = 0; i < b->n; i++)
        release_question(&b->questions[i]);
    free(b->questions);
    *b = (struct iv_bank){0};
}

const struct iv_question *iv_bank_find(const struct iv_bank *b, const char *id)
{
    for (size_t i = 0; i < b->n; i++)
        if (!strcmp(b->questions[i].id, id))
            return &b->questions[i];
    return NULL;
}

static enum iv_code load_shipped(const iv_ctx *ctx, enum iv_lang lang, enum iv_session_type type,
                                 enum iv_difficulty difficulty, struct iv_bank *out,
                                 struct iv_error *err)
{
    struct iv_blob blob;
    char name[96];
    enum iv_code rc;

    snprintf(name, sizeof name, "questions/%s/%s-%s.yaml", iv_lang_code(lang), iv_type_name(type),
             iv_difficulty_name(difficulty));
    rc = iv_data_load(ctx, name, &blob, err);
    if (rc)
        return rc;
    rc = iv_bank_parse(blob.bytes, blob.len, blob.origin, out, err);
    iv_blob_release(&blob);
    return rc;
}

/* A name has no slash and no suffix: "mine" stands for questions/mine.yaml in the user's data folder. */
static enum iv_code set_path(const char *set, struct iv_buf *path, struct iv_error *err)
{
    char *dir = NULL;
    enum iv_code rc;

    if (strchr(set, '/') || strchr(set, '.')) {
        iv_buf_adds(path, set);
        return iv_buf_check(path, "question set", err);
    }
    rc = iv_config_dir(IV_DIR_DATA, false, &dir, err);
    if (!rc) {
        iv_buf_addf(path, "%s/questions/%s.yaml", dir, set);
        rc = iv_buf_check(path, "question set", err);
    }
    free(dir);
    return rc;
}

static enum iv_code load_set(const char *set, struct iv_bank *out, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(8192), text = IV_BUF_INIT(SET_MAX_BYTES);
    enum iv_code rc = set_path(set, &path, err);

    if (!rc)
        rc = iv_buf_read_file(&text, iv_buf_str(&path), err);
    if (rc == IV_E_NOT_FOUND)
        rc = iv_fail(err, IV_E_NOT_FOUND, "question set \"%.200s\": there is no %s", set,
                     iv_buf_str(&path));
    if (!rc)
        rc = iv_bank_parse(iv_buf_str(&text), text.len, iv_buf_str(&path), out, err);
    iv_buf_release(&text);
    iv_buf_release(&path);
    return rc;
}

enum iv_code iv_bank_load(const iv_ctx *ctx, enum iv_lang lang, enum iv_session_type type,
                          enum iv_difficulty difficulty, const char *set, struct iv_bank *out,
                          struct iv_error *err)
{
    *out = (struct iv_bank){0};
    if (set && set[0])
        return load_set(set, out, err);
    return load_shipped(ctx, lang, type, difficulty, out, err);
}
