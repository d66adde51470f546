/* error.c - the table of codes. */
#include "iv/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct iv_code_info infos[IV_CODE_COUNT] = {
    [IV_OK] = {"OK", "Done.", 0, 200, false},
#define C(id, slug, exit_status, http_status, retry, meaning)                                      \
    [id] = {slug, meaning, exit_status, http_status, retry},
#include "iv/code.def"
#undef C
};

const struct iv_code_info *iv_code_info(enum iv_code code)
{
    if ((unsigned)code >= IV_CODE_COUNT)
        code = IV_E_INTERNAL;
    return &infos[code];
}

enum iv_code iv_code_by_slug(const char *slug)
{
    for (unsigned i = 1; i < IV_CODE_COUNT; i++)
        if (!strcmp(infos[i].slug, slug))
            return (enum iv_code)i;
    return IV_OK;
}

enum iv_code iv_fail(struct iv_error *err, enum iv_code code, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return code;
    err->code = code;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return code;
}

void iv_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "interviewctl: bug at %s:%d: %s\n", file, line, what);
    abort();
}
