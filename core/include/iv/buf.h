/* iv/buf.h - a growable run of bytes with a ceiling.
 *
 * Why:     every buffer states how large it may ever get, so hostile input cannot fill memory.
 * Owns:    the buffer owns its bytes; they are always followed by a NUL that is not counted.
 * Threads: one owner at a time.
 * Units:   bytes.
 * Errors:  sticky: after a failed add, `failed` stays set and later adds do nothing; check once at the end.
 */
#ifndef IV_BUF_H
#define IV_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

struct iv_buf {
    char *data; /* NULL until the first add */
    size_t len, cap, max;
    bool failed; /* an add did not fit below max, or memory ran out */
    bool is_full; /* it was the former */
};

#define IV_BUF_INIT(max_bytes)                                                                     \
    {                                                                                              \
        .max = (max_bytes)                                                                         \
    }

void iv_buf_add(struct iv_buf *b, const void *bytes, size_t len);
void iv_buf_adds(struct iv_buf *b, const char *s);
void iv_buf_addc(struct iv_buf *b, char c);
void iv_buf_addf(struct iv_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void iv_buf_clear(struct iv_buf *b); /* keeps the memory */
void iv_buf_drop_front(struct iv_buf *b, size_t len);
const char *iv_buf_str(const struct iv_buf *b); /* never NULL */
/* Move the string out; the caller frees it. NULL when `failed`. The buffer is empty afterwards. */
char *iv_buf_take(struct iv_buf *b);
void iv_buf_release(struct iv_buf *b);
/* IV_E_NOMEM or IV_E_TOO_LARGE when `failed`, naming `what`. */
enum iv_code iv_buf_check(const struct iv_buf *b, const char *what, struct iv_error *err);

/* Read a whole file or descriptor. IV_E_NOT_FOUND, IV_E_IO, IV_E_TOO_LARGE. */
enum iv_code iv_buf_read_fd(struct iv_buf *b, int fd, const char *name, struct iv_error *err);
enum iv_code iv_buf_read_file(struct iv_buf *b, const char *path, struct iv_error *err);
/* Replace a file whole: temporary file beside it, fsync, rename. IV_E_CREATE, IV_E_IO. */
enum iv_code iv_buf_write_file(const struct iv_buf *b, const char *path, unsigned mode,
                               struct iv_error *err);

#endif
