/* sqlite_backup.c - copies out and copies back, each whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite_file.h"
#include "store/sqlite_query.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_session.h"

/* Half a megabyte: a writer waits for one piece, not for the whole copy. */
#define PIECE_PAGES 128

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* SQLite brings pages that change behind the copy up to date in it, as long as this connection is the one that changes them. */
static void copy_in_pieces(sqlite3_backup *copy, void (*let_others)(void *), void *arg)
{
    while (sqlite3_backup_step(copy, let_others ? PIECE_PAGES : -1) == SQLITE_OK)
        if (let_others)
            let_others(arg);
}

static enum iv_code copy_pages(sqlite3 *from, const char *path, void (*let_others)(void *),
                               void *arg, struct iv_error *err)
{
    sqlite3 *to = NULL;
    sqlite3_backup *copy = NULL;
    enum iv_code rc = IV_OK;

    if (!sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL))
        copy = sqlite3_backup_init(to, "main", from, "main");
    if (copy)
        copy_in_pieces(copy, let_others, arg);
    if (!copy || sqlite3_backup_finish(copy))
        rc = iv_sqlite_failed(to, "copying", err);
    if (!rc) /* one file, nothing beside it */
        rc = iv_sqlite_exec(to, "PRAGMA journal_mode = DELETE", err);
    sqlite3_close(to);
    return rc;
}

/* The new name is on disk too. */
static void sync_folder(const char *path)
{
    struct iv_buf folder = IV_BUF_INIT(PATH_BYTES);
    const char *slash = strrchr(path, '/');
    int fd;

    iv_buf_add(&folder, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
    fd = open(iv_buf_str(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    iv_buf_release(&folder);
}

static enum iv_code put_in_place(const char *temp, const char *path, struct iv_error *err)
{
    if (rename(temp, path))
        return iv_fail(err, IV_E_CREATE, "%s: cannot replace: %s", path, strerror(errno));
    sync_folder(path);
    return IV_OK;
}

enum iv_code iv_sqlite_copy(sqlite3 *from, const char *path, void (*let_others)(void *), void *arg,
                            struct iv_error *err)
{
    struct iv_buf temp = IV_BUF_INIT(PATH_BYTES);
    enum iv_code rc;
    int fd = -1;

    iv_buf_addf(&temp, "%s.XXXXXX", path);
    rc = iv_buf_check(&temp, "path", err);
    if (!rc && is_same_file(path, sqlite3_db_filename(from, "main")))
        rc = iv_fail(err, IV_E_USAGE, "%s: is the store itself", path);
    if (!rc)
        fd = mkstemp(temp.data);
    if (!rc && fd < 0)
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path, strerror(errno));
    if (rc)
        goto out;
    close(fd);
    rc = copy_pages(from, temp.data, let_others, arg, err);
    if (!rc)
        rc = put_in_place(temp.data, path, err);
    if (rc)
        unlink(temp.data);
out:
    iv_buf_release(&temp);
    return rc;
}

/* -- back -- */

/* A copy is taken only when it is a whole store of this program. */
static enum iv_code open_copy(const char *path, struct iv_sqlite *copy, struct iv_error *err)
{
    enum iv_code rc;

    if (access(path, R_OK))
        return iv_fail(err, errno == ENOENT ? IV_E_NOT_FOUND : IV_E_IO, "%s: %s", path,
                       strerror(errno));
    if (sqlite3_open_v2(path, &copy->db, SQLITE_OPEN_READONLY, NULL))
        return iv_sqlite_failed(copy->db, path, err);
    rc = iv_sqlite_need_store(copy->db, path, err);
    return rc ? rc : iv_sqlite_check(copy, err);
}

static bool is_damage(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

/* A log left beside the new file would be played into it. */
static enum iv_code drop_log(const char *path, bool may_unlink, struct iv_error *err)
{
    struct iv_buf log = IV_BUF_INIT(PATH_BYTES);
    enum iv_code rc = IV_OK;

    iv_buf_addf(&log, "%s-wal", path);
    if (may_unlink)
        unlink(iv_buf_str(&log));
    if (!access(iv_buf_str(&log), F_OK))
        rc = iv_fail(err, IV_E_STORAGE, "%s: cannot be folded into the store", log.data);
    iv_buf_release(&log);
    return rc;
}

/* The old store is folded into its own file: until the new one takes its name, it is whole. What is damaged may go: that is why
 * someone restores. Another program's file, or a newer store, stays. */
static enum iv_code prepare_target(const char *path, struct iv_error *err)
{
    sqlite3 *old = NULL;
    bool is_damaged;
    enum iv_code rc;

    if (access(path, F_OK))
        return drop_log(path, true, err);
    rc = iv_sqlite_connect(path, &old, err);
    is_damaged = rc == IV_E_DATA && is_damage(sqlite3_errcode(old));
    sqlite3_close(old);
    return rc && !is_damaged ? rc : drop_log(path, is_damaged, err);
}

enum iv_code iv_store_restore(iv_ctx *ctx, const char *from, const char *to_path,
                              struct iv_error *err)
{
    struct iv_sqlite copy = {0};
    int lock = -1;
    enum iv_code rc;

    (void)ctx;
    if (is_same_file(from, to_path))
        return iv_fail(err, IV_E_USAGE, "%s: is the store itself", from);
    rc = open_copy(from, &copy, err);
    if (!rc)
        rc = iv_sqlite_lock(to_path, &lock, err);
    if (!rc) {
        rc = prepare_target(to_path, err);
        if (!rc)
            rc = iv_sqlite_copy(copy.db, to_path, NULL, NULL, err);
        iv_sqlite_unlock(lock);
    }
    sqlite3_close(copy.db);
    return rc;
}
