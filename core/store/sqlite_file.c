/* sqlite_file.c - lock and open. */
#include "store/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "iv/buf.h"
#include "store/sqlite_query.h"
#include "store/sqlite_schema.h"

#define LOCK_WAIT_MS 5000
#define LOCK_STEP_MS 5
#define CACHE_KIB 16384

static enum iv_code cannot_create(const char *path, struct iv_error *err)
{
    enum iv_code code =
        errno == EROFS || errno == EACCES || errno == ENOSPC ? IV_E_STORAGE : IV_E_CREATE;

    if (errno == EMFILE || errno == ENFILE)
        code = IV_E_NOMEM;
    return iv_fail(err, code, "%s: cannot create: %s", path, strerror(errno));
}

/* -- who owns it -- */

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

static enum iv_code open_lock_file(const char *path, int *fd, struct iv_error *err)
{
    struct iv_buf lock = IV_BUF_INIT(PATH_BYTES);
    enum iv_code rc;

    iv_buf_addf(&lock, "%s.lock", path);
    rc = iv_buf_check(&lock, "store path", err);
    if (!rc) {
        *fd = open(iv_buf_str(&lock), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (*fd < 0)
            rc = cannot_create(iv_buf_str(&lock), err);
    }
    iv_buf_release(&lock);
    return rc;
}

enum iv_code iv_sqlite_lock(const char *path, int *fd, struct iv_error *err)
{
    const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000};
    enum iv_code rc = open_lock_file(path, fd, err);

    if (rc)
        return rc;
    for (int waited = 0; flock(*fd, LOCK_EX | LOCK_NB); waited += LOCK_STEP_MS) {
        if (waited >= LOCK_WAIT_MS) {
            rc = busy(*fd, path, err);
            close(*fd);
            return rc;
        }
        nanosleep(&step, NULL);
    }
    write_owner(*fd);
    return IV_OK;
}

/* Unlocked by name: a helper process that inherited the descriptor must not keep the store. */
void iv_sqlite_unlock(int fd)
{
    flock(fd, LOCK_UN);
    close(fd);
}

/* -- opening -- */

/* Before SQLite opens it, so that the file is never readable by others. */
static enum iv_code make_private(const char *path, struct iv_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == EEXIST ? IV_OK : cannot_create(path, err);
    close(fd);
    return IV_OK;
}

static enum iv_code configure(sqlite3 *db, struct iv_error *err)
{
    char cache[64];
    enum iv_code rc = iv_sqlite_exec(
        db,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
        "PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA journal_size_limit = 4194304",
        err);

    snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d", CACHE_KIB);
    return rc ? rc : iv_sqlite_exec(db, cache, err);
}

/* Exclusive before the first look: then WAL needs no shared memory, and no other process can come between. Another program's file
 * is recognised before anything is written to it. */
enum iv_code iv_sqlite_connect(const char *path, sqlite3 **db, struct iv_error *err)
{
    enum iv_code rc = make_private(path, err);

    *db = NULL;
    if (rc)
        return rc;
    if (sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        return iv_sqlite_failed(*db, path, err);
    sqlite3_extended_result_codes(*db, 1);
    sqlite3_busy_timeout(*db, LOCK_WAIT_MS);
    rc = iv_sqlite_exec(*db, "PRAGMA locking_mode = EXCLUSIVE", err);
    if (!rc)
        rc = iv_sqlite_recognise(*db, path, err);
    if (!rc)
        rc = configure(*db, err);
    return rc ? rc : iv_sqlite_migrate(*db, err);
}
