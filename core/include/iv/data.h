/* iv/data.h - question banks, rubrics, phrases, rigs: found by name.
 *
 * Why:     data files are installed under share/interviewctl and embedded in the binary, so that one copied file runs.
 * Owns:    a blob is released by its holder; embedded bytes are borrowed from the program itself.
 * Threads: [any].
 * Errors:  IV_E_NOT_FOUND names the file; IV_E_IO.
 *
 * Order: the directory of setting data.dir, then the installed one when its VERSION is this program's, then embedded.
 */
#ifndef IV_DATA_H
#define IV_DATA_H

#include <stddef.h>

#include "iv/ctx.h"

struct iv_blob {
    const char *bytes; /* followed by a NUL */
    size_t len;
    char *owned; /* NULL for embedded bytes */
    char origin[256]; /* path, or "embedded:<name>": what an error message names */
};

/* name: "questions/en/technical-easy.yaml" */
enum iv_code iv_data_load(const iv_ctx *ctx, const char *name, struct iv_blob *out,
                          struct iv_error *err);
void iv_blob_release(struct iv_blob *b);

/* Calls fn for every embedded name that starts with prefix, in order. */
void iv_data_each(const char *prefix, void (*fn)(void *arg, const char *name), void *arg);

#endif
