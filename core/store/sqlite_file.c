/* sqlite_file.c - lock, open, copy, check, restore. */
#include "store/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/sqlite_schema.h"

#define LOCK_WAIT_MS 5000
#define LOCK_STEP_MS 5

static enum iv_code cannot_create(const char *path, struct iv_error *err)
{
    enum iv_code code =
        errno == EROFS || errno == EACCES || errno == ENOSPC ? IV_E_STORAGE : IV_E_CREATE;

    return iv_fail(err, code, "%s: cannot create: %s", path, strerror(errno));
}

static enum iv_code busy(int fd, const char *path, struct iv_error *err)
{
    char owner[16] = "";
    ssize_t n = pread(fd, owner, sizeof owner - 1, 0);

    owner[n > 0 ? strcspn(owner, "\n") : 0] = '\0';
    return iv_fail(err, IV_E_BUSY, "%s: in use by another interviewctl%s%s", path,
                   owner[0] ? ", process " : "", owner);
}

static void write_owner(int fd)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%d\n", (int)getpid());

    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) < 0)
        return; /* only for people: a full disk does not keep anyone out */
}

enum iv_code iv_sqlite_lock(const char *path, int *fd, struct iv_error *err)
{
    const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000};
    struct iv_buf lock = IV_BUF_INIT(4096);

    iv_buf_addf(&lock, "%s.lock", path);
    *fd = open(iv_buf_str(&lock), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0) {
        enum iv_code rc = cannot_create(iv_buf_str(&lock), err);

        iv_buf_release(&lock);
        return rc;
    }
    iv_buf_release(&lock);
    for (int waited = 0; flock(*fd, LOCK_EX | LOCK_NB); waited += LOCK_STEP_MS) {
        if (waited >= LOCK_WAIT_MS) {
            enum iv_code rc = busy(*fd, path, err);

            close(*fd);
            return rc;
        }
        nanosleep(&step, NULL);
    }
    write_owner(*fd);
    return IV_OK;
}

/* Before SQLite opens it, so that no file is ever readable by others. */
static enum iv_code make_private(const char *path, struct iv_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == EEXIST ? IV_OK : cannot_create(path, err);
    close(fd);
    return IV_OK;
}

/* Exclusive before WAL: then no shared memory is needed, and no other process can come between. */
enum iv_code iv_sqlite_connect(const char *path, sqlite3 **db, struct iv_error *err)
{
    enum iv_code rc = make_private(path, err);

    *db = NULL;
    if (rc)
        return rc;
    if (sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        return iv_sqlite_failed(*db, "opening", err);
    sqlite3_extended_result_codes(*db, 1);
    sqlite3_busy_timeout(*db, LOCK_WAIT_MS);
    return iv_sqlite_exec(
        *db,
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA mmap_size = 0; PRAGMA "
        "trusted_schema = OFF;"
        "PRAGMA journal_size_limit = 4194304",
        err);
}

enum iv_code iv_sqlite_integrity(sqlite3 *db, const char *name, struct iv_error *err)
{
    sqlite3_stmt *stmt = NULL;
    const char *text;
    enum iv_code rc = IV_OK;

    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) ||
        sqlite3_step(stmt) != SQLITE_ROW)
        rc = iv_sqlite_failed(db, "checking", err);
    text = rc ? NULL : (const char *)sqlite3_column_text(stmt, 0);
    if (!rc && (!text || strcmp(text, "ok")))
        rc = iv_fail(err, IV_E_DATA, "%s: damaged: %s", name, text ? text : "");
    sqlite3_finalize(stmt);
    return rc;
}

static enum iv_code copy_pages(sqlite3 *from, const char *path, struct iv_error *err)
{
    sqlite3 *to = NULL;
    sqlite3_backup *copy = NULL;
    enum iv_code rc = IV_OK;

    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ||
        !(copy = sqlite3_backup_init(to, "main", from, "main"))) {
        rc = iv_sqlite_failed(to, "copying", err);
        sqlite3_close(to);
        return rc;
    }
    sqlite3_backup_step(copy, -1);
    if (sqlite3_backup_finish(copy))
        rc = iv_sqlite_failed(to, "copying", err);
    if (!rc) /* one file, nothing beside it */
        rc = iv_sqlite_exec(to, "PRAGMA journal_mode = DELETE", err);
    sqlite3_close(to);
    return rc;
}

enum iv_code iv_sqlite_copy(sqlite3 *from, const char *path, struct iv_error *err)
{
    struct iv_buf temp = IV_BUF_INIT(4096);
    enum iv_code rc;
    int fd;

    iv_buf_addf(&temp, "%s.XXXXXX", path);
    fd = mkstemp(temp.data);
    if (fd < 0) {
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path, strerror(errno));
        iv_buf_release(&temp);
        return rc;
    }
    close(fd);
    rc = copy_pages(from, temp.data, err);
    if (!rc && rename(temp.data, path))
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot replace: %s", path, strerror(errno));
    if (rc)
        unlink(temp.data);
    iv_buf_release(&temp);
    return rc;
}

/* A copy is taken only when it is a whole store of this program. */
static enum iv_code open_copy(const char *path, sqlite3 **db, struct iv_error *err)
{
    int64_t application = 0, version = 0;
    enum iv_code rc;

    *db = NULL;
    if (access(path, R_OK))
        return iv_fail(err, errno == ENOENT ? IV_E_NOT_FOUND : IV_E_IO, "%s: %s", path,
                       strerror(errno));
    if (sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY, NULL))
        return iv_sqlite_failed(*db, "opening the copy", err);
    rc = iv_sqlite_int(*db, "PRAGMA application_id", &application, err);
    if (!rc)
        rc = iv_sqlite_int(*db, "PRAGMA user_version", &version, err);
    if (!rc && (application != IV_SQLITE_APPLICATION_ID || version < 1))
        rc = iv_fail(err, IV_E_DATA, "%s: not a backup of interviewctl", path);
    if (!rc && version > iv_sqlite_schema_version())
        rc = iv_fail(err, IV_E_DATA, "%s: written by a newer version", path);
    return rc ? rc : iv_sqlite_integrity(*db, path, err);
}

static void remove_beside(const char *path, const char *ending)
{
    struct iv_buf name = IV_BUF_INIT(4096);

    iv_buf_addf(&name, "%s%s", path, ending);
    unlink(iv_buf_str(&name));
    iv_buf_release(&name);
}

/* The old store is folded into its own file first: a log left beside the new file would be played into it. */
static enum iv_code fold_log(const char *path, struct iv_error *err)
{
    sqlite3 *old = NULL;
    enum iv_code rc = IV_OK;

    if (access(path, F_OK))
        return IV_OK;
    rc = iv_sqlite_connect(path, &old, err);
    sqlite3_close(old);
    if (rc == IV_E_DATA) { /* what is replaced may be damaged: that is why */
        remove_beside(path, "-wal");
        rc = IV_OK;
    }
    return rc;
}

enum iv_code iv_store_restore(iv_ctx *ctx, const char *from, const char *to_path,
                              struct iv_error *err)
{
    sqlite3 *copy = NULL;
    int lock = -1;
    enum iv_code rc = open_copy(from, &copy, err);

    (void)ctx;
    if (!rc)
        rc = iv_sqlite_lock(to_path, &lock, err);
    if (!rc) {
        rc = fold_log(to_path, err);
        if (!rc)
            rc = iv_sqlite_copy(copy, to_path, err);
        close(lock);
    }
    sqlite3_close(copy);
    return rc;
}
