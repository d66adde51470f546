/* fuzz.h - what the targets share.
 *
 * A target feeds a parser whatever comes, and aborts where a promise of its header does not hold; the sanitizers see the rest.
 */
#ifndef IV_FUZZ_H
#define IV_FUZZ_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool holds, const char *promise)
{
    if (holds)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

/* A copy with a NUL behind it, as callers with text from a pipe have it. */
static inline char *text_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    must(text != NULL, "memory for the input");
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* The bytes as a file without a name on disk; path is good until close(fd). */
static inline int file_of(const uint8_t *data, size_t size, char path[64])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file in memory");
    lseek(fd, 0, SEEK_SET);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

#endif
