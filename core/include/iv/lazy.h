/* iv/lazy.h - libraries that are opened at first use instead of at start.
 *
 * Why:     sound, film, speech and drawing pull in 150 shared libraries and 40 ms of linking; `version` and `session list`
 *          use none of them. It also makes a library that is not installed an error of one feature, not of the program.
 * How:     a private header beside the user lists the functions once (X macro), declares a pointer for each, typed by the
 *          library's own header, and gives the pointer the function's name by a macro: the using code looks as if linked.
 *          The soname is that of the library compiled against (cmake/libraries.cmake). Variables of a library cannot be
 *          reached this way.
 * Owns:    an opened library stays open until the process ends.
 * Threads: [any]. The pointers are set before iv_lazy_load() returns IV_OK, and never change again.
 * Errors:  IV_E_UNAVAILABLE; the next call tries again.
 */
#ifndef IV_LAZY_H
#define IV_LAZY_H

#include "iv/error.h"

struct iv_lazy {
    const char *soname, *package; /* package: Debian's, for the error */
    const struct iv_lazy_function {
        const char *name;
        void *slot; /* of the pointer to it */
    } * functions;
    size_t n;
    void *handle; /* {lock of lazy.c} */
    bool is_loaded; /* {lock of lazy.c} every slot is set */
};

/* Cheap once it is loaded: a lock. */
enum iv_code iv_lazy_load(struct iv_lazy *lib, struct iv_error *err);

/* In the private header, before the macros that rename. */
#define IV_LAZY_DECLARE(function) extern __typeof__(function) *iv_lazy_##function;

/* In one source file: the pointers, and struct iv_lazy `lib`. */
#ifdef __cppcheck__ /* which cannot follow a list through a macro */
#define IV_LAZY_DEFINE(lib, soname, package, LIST) struct iv_lazy lib
#else
#define IV_LAZY_DEFINE(lib, soname, package, LIST)                                                 \
    LIST(IV_LAZY_SLOT_)                                                                            \
    static const struct iv_lazy_function lib##_functions[] = {LIST(IV_LAZY_ROW_)};                 \
    struct iv_lazy lib = {soname, package, lib##_functions, IV_LEN(lib##_functions), NULL, false}
#endif
#define IV_LAZY_SLOT_(function) __typeof__(*iv_lazy_##function) *iv_lazy_##function;
#define IV_LAZY_ROW_(function) {#function, &iv_lazy_##function},

#endif
