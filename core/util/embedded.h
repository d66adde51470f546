/* embedded.h - the data files inside the binary; the table is made by cmake/data.cmake. */
#ifndef IV_UTIL_EMBEDDED_H
#define IV_UTIL_EMBEDDED_H

#include <stddef.h>

struct iv_embedded {
    const char *name, *begin, *end; /* *end is a NUL byte */
};
extern const struct iv_embedded iv_embedded_files[]; /* sorted by name */
extern const size_t iv_embedded_count;

#endif
