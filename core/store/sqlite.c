/* sqlite.c - sessions in one SQLite file.
 *
 * One process owns the file through a lock beside it, so SQLite itself runs in exclusive mode: one connection that writes and
 * checkpoints, WAL, synchronous=FULL. Statements are prepared once. What acknowledged means: COMMIT returned.
 */
#include "store/sqlite_file.h"
#include "store/sqlite_keys.h"
#include "store/sqlite_query.h"
#include "store/sqlite_session.h"

/* The log is folded in when it has this many pages: a longer one makes each commit dearer. */
#define WAL_PAGES 1000

/* -- groups of changes -- */

static enum iv_code run(void *arg, enum iv_query q, struct iv_error *err)
{
    return iv_sqlite_run(arg, iv_sqlite_query(arg, q), "keeping a change", err);
}

static enum iv_code sqlite_begin(void *arg, struct iv_error *err)
{
    return run(arg, IV_Q_BEGIN, err);
}
static enum iv_code sqlite_commit(void *arg, struct iv_error *err)
{
    return run(arg, IV_Q_COMMIT, err);
}

/* A full disk may have ended the transaction already. */
static bool is_open(const struct iv_sqlite *s)
{
    return !sqlite3_get_autocommit(s->db);
}

static void sqlite_rollback(void *arg)
{
    ((struct iv_sqlite *)arg)->is_counted = false;
    if (is_open(arg))
        run(arg, IV_Q_ROLLBACK, NULL);
}

static enum iv_code sqlite_mark(void *arg, struct iv_error *err)
{
    return run(arg, IV_Q_MARK, err);
}

static void sqlite_keep(void *arg)
{
    run(arg, IV_Q_KEEP, NULL);
}

static enum iv_code sqlite_undo(void *arg, struct iv_error *err)
{
    enum iv_code rc;

    ((struct iv_sqlite *)arg)->is_counted = false;
    if (!is_open(arg))
        return iv_fail(err, IV_E_STORAGE, "store: the changes were taken back");
    rc = run(arg, IV_Q_UNDO, err);
    return rc ? rc : run(arg, IV_Q_KEEP, err);
}

/* A checkpoint that fails is tried again after the next group; nothing is lost meanwhile. */
static void sqlite_tidy(void *arg)
{
    struct iv_sqlite *s = arg;

    if (s->wal_pages < WAL_PAGES)
        return;
    if (!sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL))
        s->wal_pages = 0;
}

static int count_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct iv_sqlite *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

/* -- opening and closing -- */

static enum iv_code sqlite_open(void *arg, iv_ctx *ctx, const char *path, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    enum iv_code rc = iv_sqlite_lock(path, &s->lock_fd, err);

    (void)ctx;
    s->has_lock = !rc;
    if (!rc)
        rc = iv_sqlite_connect(path, &s->db, err);
    if (!rc)
        sqlite3_wal_hook(s->db, count_pages, s);
    return rc;
}

/* Closing folds the log in; where it cannot, the next opening does. */
static void sqlite_close(void *arg)
{
    struct iv_sqlite *s = arg;

    iv_sqlite_finalize_all(s);
    sqlite3_close(s->db);
    if (s->has_lock)
        iv_sqlite_unlock(s->lock_fd);
}

static enum iv_code sqlite_backup(void *arg, const char *path, void (*let_others)(void *),
                                  void *others, struct iv_error *err)
{
    const struct iv_sqlite *s = arg;

    return iv_sqlite_copy(s->db, path, let_others, others, err);
}

const struct iv_store_ops iv_store_sqlite = {
    .name = "sqlite",
    .state_size = sizeof(struct iv_sqlite),
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .mark = sqlite_mark,
    .keep = sqlite_keep,
    .undo = sqlite_undo,
    .tidy = sqlite_tidy,
    .insert = iv_sqlite_insert,
    .get = iv_sqlite_get,
    .update = iv_sqlite_update,
    .remove = iv_sqlite_remove,
    .list = iv_sqlite_list,
    .due = iv_sqlite_due,
    .count_open = iv_sqlite_count_open,
    .add_turn = iv_sqlite_add_turn,
    .turns = iv_sqlite_turns,
    .add_event = iv_sqlite_add_event,
    .events = iv_sqlite_events,
    .doc_get = iv_sqlite_doc_get,
    .doc_put = iv_sqlite_doc_put,
    .stats = iv_sqlite_stats,
    .key_insert = iv_sqlite_key_insert,
    .key_update = iv_sqlite_key_update,
    .key_get = iv_sqlite_key_get,
    .key_find = iv_sqlite_key_find,
    .key_list = iv_sqlite_key_list,
    .admin_get = iv_sqlite_admin_get,
    .admin_put = iv_sqlite_admin_put,
    .backup = sqlite_backup,
    .check = iv_sqlite_check,
};
