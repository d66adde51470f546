/* data.c - where a data file comes from. */
#include "iv/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv/config.h"
#include "iv_build.h"
#include "util/embedded.h"

#define DATA_MAX_BYTES (8u << 20)

static int compare_names(const void *key, const void *row)
{
    return strcmp(key, ((const struct iv_embedded *)row)->name);
}

static enum iv_code load_file(const char *dir, const char *name, struct iv_blob *out,
                              struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(DATA_MAX_BYTES);
    enum iv_code rc;

    snprintf(out->origin, sizeof out->origin, "%s/%s", dir, name);
    rc = iv_buf_read_file(&b, out->origin, err);
    if (!rc) {
        out->len = b.len;
        out->owned = iv_buf_take(&b);
        out->bytes = out->owned;
    }
    iv_buf_release(&b);
    return rc;
}

/* An installed folder of another version would not fit this program. */
static bool installed_fits(void)
{
    struct iv_buf b = IV_BUF_INIT(64);
    bool fits = !iv_buf_read_file(&b, IV_DATA_DIR "/VERSION", NULL) &&
                !strncmp(iv_buf_str(&b), IV_VERSION, strlen(IV_VERSION));

    iv_buf_release(&b);
    return fits;
}

static enum iv_code load_embedded(const char *name, struct iv_blob *out, struct iv_error *err)
{
    const struct iv_embedded *e =
        bsearch(name, iv_embedded_files, iv_embedded_count, sizeof *e, compare_names);

    if (!e)
        return iv_fail(err, IV_E_NOT_FOUND, "data file %s: there is none", name);
    snprintf(out->origin, sizeof out->origin, "embedded:%s", name);
    out->bytes = e->begin;
    out->len = (size_t)(e->end - e->begin);
    return IV_OK;
}

enum iv_code iv_data_load(const iv_ctx *ctx, const char *name, struct iv_blob *out,
                          struct iv_error *err)
{
    const struct iv_config *config = ctx ? iv_ctx_config(ctx) : NULL;
    enum iv_code rc;

    *out = (struct iv_blob){0};
    if (strstr(name, "..") || name[0] == '/')
        return iv_fail(err, IV_E_NOT_FOUND, "data file %s: there is none", name);
    if (config && config->data_dir[0]) {
        rc = load_file(config->data_dir, name, out, err);
        if (rc != IV_E_NOT_FOUND)
            return rc;
    }
    if (installed_fits()) {
        rc = load_file(IV_DATA_DIR, name, out, err);
        if (rc != IV_E_NOT_FOUND)
            return rc;
    }
    return load_embedded(name, out, err);
}

void iv_blob_release(struct iv_blob *b)
{
    free(b->owned);
    *b = (struct iv_blob){0};
}

void iv_data_each(const char *prefix, void (*fn)(void *arg, const char *name), void *arg)
{
    for (size_t i = 0; i < iv_embedded_count; i++)
        if (!strncmp(iv_embedded_files[i].name, prefix, strlen(prefix)))
            fn(arg, iv_embedded_files[i].name);
}
