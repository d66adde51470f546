/* iv/error.h - a code for programs, a sentence for people.
 *
 * Why:     every function that can fail says how in the same two ways.
 * Owns:    nothing; struct iv_error lives on the caller's stack.
 * Threads: [any].
 * Errors:  the function that knows the cause writes the text: lower case, no newline, no final stop,
 *          naming the thing and the value, never a secret. Callers pass it on unchanged.
 */
#ifndef IV_ERROR_H
#define IV_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum iv_code {
    IV_OK = 0,
#define C(id, slug, exit_status, http_status, retry, meaning) id,
#include "iv/code.def"
#undef C
    IV_CODE_COUNT
};

struct iv_error {
    enum iv_code code;
    char text[480];
};

struct iv_code_info {
    const char *slug, *meaning;
    int exit_status, http_status;
    bool retry_helps;
};

/* Facts of a code; IV_OK has slug "OK" and exit status 0. Never NULL. */
const struct iv_code_info *iv_code_info(enum iv_code code);
/* The code with this slug, or IV_OK when no row has it. */
enum iv_code iv_code_by_slug(const char *slug);

/* Fill `err` (may be NULL) and return `code`, so that a caller can write `return iv_fail(...)`. */
enum iv_code iv_fail(struct iv_error *err, enum iv_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));

/* A broken invariant: says where on stderr and aborts. Never for bad input. */
#define IV_BUG(what) iv_bug(__FILE__, __LINE__, what)
_Noreturn void iv_bug(const char *file, int line, const char *what);

#define IV_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
