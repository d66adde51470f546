/* buf.c - growable bytes with a ceiling, and whole files. */
#include "iv/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iv/alloc.h"

#define FIRST_BYTES 256u

static bool reserve(struct iv_buf *b, size_t extra)
{
    size_t need;

    if (b->failed)
        return false;
    b->is_full = __builtin_add_overflow(b->len, extra, &need) || need > b->max;
    b->failed =
        b->is_full || (need >= b->cap &&
                       iv_grow(&b->data, &b->cap, need < FIRST_BYTES ? FIRST_BYTES : need + 1, 1));
    return !b->failed;
}

void iv_buf_add(struct iv_buf *b, const void *bytes, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void iv_buf_adds(struct iv_buf *b, const char *s)
{
    iv_buf_add(b, s, strlen(s));
}

void iv_buf_addc(struct iv_buf *b, char c)
{
    if (!reserve(b, 1))
        return;
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

/* Into what room there is; again when it was too little. */
void iv_buf_addf(struct iv_buf *b, const char *fmt, ...)
{
    size_t room = b->cap > b->len ? b->cap - b->len : 0;
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
    if (n < 0)
        b->failed = true;
    else if (reserve(b, (size_t)n)) {
        if ((size_t)n >= room)
            vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    if (room)
        b->data[b->len] = '\0'; /* also when nothing was added */
    va_end(again);
    va_end(ap);
}

void iv_buf_clear(struct iv_buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

void iv_buf_drop_front(struct iv_buf *b, size_t len)
{
    if (len >= b->len) {
        iv_buf_clear(b);
        return;
    }
    memmove(b->data, b->data + len, b->len - len + 1);
    b->len -= len;
}

const char *iv_buf_str(const struct iv_buf *b)
{
    return b->data ? b->data : "";
}

char *iv_buf_take(struct iv_buf *b)
{
    char *s = NULL;

    if (!b->failed)
        s = b->data ? b->data : iv_strdup("");
    if (s != b->data)
        free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
    b->failed = false;
    return s;
}

void iv_buf_release(struct iv_buf *b)
{
    free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
    b->failed = false;
}

enum iv_code iv_buf_check(const struct iv_buf *b, const char *what, struct iv_error *err)
{
    if (!b->failed)
        return IV_OK;
    if (b->is_full)
        return iv_fail(err, IV_E_TOO_LARGE, "%s: larger than %zu bytes", what, b->max);
    return iv_fail(err, IV_E_NOMEM, "%s: out of memory", what);
}

enum iv_code iv_buf_read_fd(struct iv_buf *b, int fd, const char *name, struct iv_error *err)
{
    char chunk[65536];
    ssize_t n;

    for (;;) {
        n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return iv_fail(err, IV_E_IO, "%s: cannot read: %s", name, strerror(errno));
        if (n == 0)
            return IV_OK;
        iv_buf_add(b, chunk, (size_t)n);
        if (b->failed)
            return iv_fail(err, IV_E_TOO_LARGE, "%s: larger than %zu bytes", name, b->max);
    }
}

enum iv_code iv_buf_read_file(struct iv_buf *b, const char *path, struct iv_error *err)
{
    enum iv_code rc;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return iv_fail(err, errno == ENOENT || errno == ENOTDIR ? IV_E_NOT_FOUND : IV_E_IO,
                       "%s: cannot open: %s", path, strerror(errno));
    rc = iv_buf_read_fd(b, fd, path, err);
    close(fd);
    return rc;
}

static enum iv_code write_all(int fd, const char *bytes, size_t len, const char *path,
                              struct iv_error *err)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return iv_fail(err, IV_E_IO, "%s: cannot write: %s", path, strerror(errno));
        bytes += n;
        len -= (size_t)n;
    }
    if (fsync(fd))
        return iv_fail(err, IV_E_IO, "%s: cannot write: %s", path, strerror(errno));
    return IV_OK;
}

enum iv_code iv_buf_write_file(const struct iv_buf *b, const char *path, unsigned mode,
                               struct iv_error *err)
{
    struct iv_buf temp = IV_BUF_INIT(8192);
    enum iv_code rc;
    int fd;

    iv_buf_addf(&temp, "%s.XXXXXX", path);
    rc = iv_buf_check(&temp, path, err);
    if (rc)
        goto out;
    fd = mkstemp(temp.data);
    if (fd < 0) {
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path, strerror(errno));
        goto out;
    }
    rc = write_all(fd, iv_buf_str(b), b->len, path, err);
    if (fchmod(fd, mode) && !rc)
        rc = iv_fail(err, IV_E_IO, "%s: cannot set its mode: %s", path, strerror(errno));
    if (close(fd) && !rc)
        rc = iv_fail(err, IV_E_IO, "%s: cannot write: %s", path, strerror(errno));
    if (!rc && rename(temp.data, path))
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot replace: %s", path, strerror(errno));
    if (rc)
        unlink(temp.data);
out:
    iv_buf_release(&temp);
    return rc;
}
