/* sqlite_disk.h - a disk in memory, under SQLite: power goes away, calls fail, syncs lie.
 *
 * What a program wrote is seen by it at once, but safe only after a sync. When power goes, each sector written since may have
 * reached the disk or not, and a deleted file may be there again. The store's own files (lock, the empty file that reserves the
 * name) are made on the real disk; what SQLite puts into them is here.
 */
#ifndef IV_TESTS_SQLITE_DISK_H
#define IV_TESTS_SQLITE_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#define DISK_FILES 8
#define DISK_SECTOR 512

struct disk_bytes {
    unsigned char *at;
    size_t len, cap;
};
struct disk_write {
    size_t offset;
    struct disk_bytes bytes; /* none: the file ends at offset */
};
struct disk_file {
    char name[160];
    bool exists, is_temp, has_ghost;
    bool
        syncs_folder; /* a new journal: its first sync makes all names safe, as SQLite asks of a real disk */
    struct disk_bytes seen, safe, ghost; /* ghost: what a deletion that is not safe yet may leave */
    struct disk_write *pending;
    size_t n_pending, cap_pending;
};

enum disk_call { DISK_READ = 1, DISK_WRITE = 2, DISK_SYNC = 4, DISK_CUT = 8, DISK_DELETE = 16 };
#define DISK_CHANGES (DISK_WRITE | DISK_SYNC | DISK_CUT | DISK_DELETE)

static struct disk {
    struct disk_file files[DISK_FILES];
    uint64_t seed;
    long calls; /* of those in `counts` */
    unsigned counts;
    long power_until; /* calls; 0: for ever */
    bool is_off;
    long fail_at; /* calls; 0: never */
    bool fails_on; /* and each one after it */
    int fail_with; /* SQLITE_FULL or SQLITE_IOERR */
    bool forgets; /* a sync that fails loses what it should have kept, as Linux does */
    bool lies; /* a sync does nothing */
    int characteristics;
} disk;

static inline uint32_t disk_random(void)
{
    disk.seed ^= disk.seed << 13;
    disk.seed ^= disk.seed >> 7;
    disk.seed ^= disk.seed << 17;
    return (uint32_t)(disk.seed >> 16);
}

/* -- bytes -- */

static inline void disk_size(struct disk_bytes *b, size_t len)
{
    if (len > b->cap) {
        b->cap = len * 2;
        b->at = realloc(b->at, b->cap);
        if (!b->at)
            abort();
    }
    if (len > b->len)
        memset(b->at + b->len, 0, len - b->len);
    b->len = len;
}

static inline void disk_put(struct disk_bytes *b, size_t offset, const void *from, size_t len)
{
    if (offset + len > b->len)
        disk_size(b, offset + len);
    memcpy(b->at + offset, from, len);
}

static inline void disk_copy(struct disk_bytes *to, const struct disk_bytes *from)
{
    disk_size(to, from->len);
    if (from->len)
        memcpy(to->at, from->at, from->len);
}

static inline void disk_forget_pending(struct disk_file *f)
{
    for (size_t i = 0; i < f->n_pending; i++)
        free(f->pending[i].bytes.at);
    f->n_pending = 0;
}

static inline void disk_note(struct disk_file *f, size_t offset, const void *bytes, size_t len)
{
    struct disk_write *w;

    if (f->n_pending == f->cap_pending) {
        f->cap_pending = f->cap_pending * 2 + 8;
        f->pending = realloc(f->pending, f->cap_pending * sizeof *f->pending);
        if (!f->pending)
            abort();
    }
    w = &f->pending[f->n_pending++];
    *w = (struct disk_write){.offset = offset};
    if (len)
        disk_put(&w->bytes, 0, bytes, len);
}

/* -- when power comes back -- */

enum disk_luck { DISK_NOTHING, DISK_ALL, DISK_SOME, DISK_FIRST_HALF, DISK_LUCKS };

static inline bool disk_is_kept(enum disk_luck luck, size_t i, size_t n)
{
    if (luck == DISK_SOME)
        return disk_random() % 2;
    return luck == DISK_ALL || (luck == DISK_FIRST_HALF && i < n / 2);
}

static inline void disk_settle(struct disk_file *f, enum disk_luck luck)
{
    for (size_t i = 0; i < f->n_pending; i++) {
        const struct disk_write *w = &f->pending[i];

        if (!w->bytes.len && disk_is_kept(luck, i, f->n_pending))
            disk_size(&f->safe, w->offset);
        for (size_t at = 0; at < w->bytes.len;) {
            size_t piece = DISK_SECTOR - (w->offset + at) % DISK_SECTOR;

            if (piece > w->bytes.len - at)
                piece = w->bytes.len - at;
            if (disk_is_kept(luck, i, f->n_pending))
                disk_put(&f->safe, w->offset + at, w->bytes.at + at, piece);
            at += piece;
        }
    }
    disk_forget_pending(f);
}

static inline void disk_lose(struct disk_file *f, enum disk_luck luck)
{
    disk_settle(f, luck);
    if (f->has_ghost && disk_random() % 2) {
        disk_copy(&f->safe, &f->ghost);
        f->exists = true;
    }
    f->has_ghost = false;
    disk_copy(&f->seen, &f->safe);
}

static inline void disk_power_cycle(enum disk_luck luck)
{
    for (int i = 0; i < DISK_FILES; i++)
        if (disk.files[i].is_temp)
            disk.files[i].exists = false;
        else
            disk_lose(&disk.files[i], luck);
    disk.is_off = false;
    disk.calls = 0;
    disk.power_until = disk.fail_at = 0;
}

static inline void disk_wipe(uint64_t seed)
{
    for (int i = 0; i < DISK_FILES; i++) {
        struct disk_file *f = &disk.files[i];

        disk_forget_pending(f);
        free(f->pending);
        free(f->seen.at);
        free(f->safe.at);
        free(f->ghost.at);
    }
    disk = (struct disk){.seed = seed * 2654435761u + 88172645463325252u,
                         .counts = DISK_CHANGES,
                         .fail_with = SQLITE_IOERR,
                         .characteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE};
}

/* -- SQLite's calls -- */

struct disk_handle {
    sqlite3_file base;
    struct disk_file *file;
};

static inline struct disk_file *disk_file_of(sqlite3_file *h)
{
    return ((struct disk_handle *)h)->file;
}

/* What the call answers; SQLITE_OK: it may go on. */
static inline int disk_call(enum disk_call what, int error)
{
    if (disk.is_off)
        return error;
    if (!(disk.counts & what))
        return SQLITE_OK;
    disk.calls++;
    if (disk.power_until && disk.calls > disk.power_until) {
        disk.is_off = true;
        return error;
    }
    if (!disk.fail_at || disk.calls < disk.fail_at || (disk.calls > disk.fail_at && !disk.fails_on))
        return SQLITE_OK;
    return disk.fail_with == SQLITE_FULL ? SQLITE_FULL : error;
}

static int disk_close(sqlite3_file *h)
{
    struct disk_file *f = disk_file_of(h);

    if (f->is_temp)
        f->exists = false;
    return SQLITE_OK;
}

static int disk_read(sqlite3_file *h, void *to, int n, sqlite3_int64 at)
{
    const struct disk_file *f = disk_file_of(h);
    size_t have = (size_t)at < f->seen.len ? f->seen.len - (size_t)at : 0;
    int rc = disk_call(DISK_READ, SQLITE_IOERR_READ);

    if (rc)
        return rc;
    if (have > (size_t)n)
        have = (size_t)n;
    if (have)
        memcpy(to, f->seen.at + at, have);
    memset((char *)to + have, 0, (size_t)n - have);
    return have < (size_t)n ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int disk_write(sqlite3_file *h, const void *from, int n, sqlite3_int64 at)
{
    struct disk_file *f = disk_file_of(h);
    bool was_on = !disk.is_off;
    int rc = disk_call(DISK_WRITE, SQLITE_IOERR_WRITE);

    if (!rc)
        disk_put(&f->seen, (size_t)at, from, (size_t)n);
    if (!rc || (was_on && disk.is_off)) /* the one that power went away under is torn */
        disk_note(f, (size_t)at, from, (size_t)n);
    return rc;
}

static int disk_truncate(sqlite3_file *h, sqlite3_int64 len)
{
    struct disk_file *f = disk_file_of(h);
    int rc = disk_call(DISK_CUT, SQLITE_IOERR_TRUNCATE);

    if (rc)
        return rc;
    disk_size(&f->seen, (size_t)len);
    disk_note(f, (size_t)len, NULL, 0);
    return SQLITE_OK;
}

static int disk_sync(sqlite3_file *h, int flags)
{
    struct disk_file *f = disk_file_of(h);
    int rc = disk_call(DISK_SYNC, SQLITE_IOERR_FSYNC);

    (void)flags;
    if (rc && disk.forgets && !disk.is_off)
        disk_forget_pending(f);
    if (rc || disk.lies)
        return rc;
    disk_settle(f, DISK_ALL);
    for (int i = 0; i < DISK_FILES && f->syncs_folder; i++)
        disk.files[i].has_ghost = false;
    f->has_ghost = f->syncs_folder = false;
    return SQLITE_OK;
}

static int disk_file_size(sqlite3_file *h, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)disk_file_of(h)->seen.len;
    return SQLITE_OK;
}

static int disk_lock(sqlite3_file *h, int level)
{
    (void)h;
    (void)level;
    return SQLITE_OK;
}

static int disk_is_locked(sqlite3_file *h, int *out)
{
    (void)h;
    *out = 0;
    return SQLITE_OK;
}

static int disk_control(sqlite3_file *h, int op, void *arg)
{
    (void)h;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int disk_sector(sqlite3_file *h)
{
    (void)h;
    return DISK_SECTOR;
}

static int disk_kind(sqlite3_file *h)
{
    (void)h;
    return disk.characteristics;
}

static const sqlite3_io_methods disk_methods = {.iVersion = 1,
                                                .xClose = disk_close,
                                                .xRead = disk_read,
                                                .xWrite = disk_write,
                                                .xTruncate = disk_truncate,
                                                .xSync = disk_sync,
                                                .xFileSize = disk_file_size,
                                                .xLock = disk_lock,
                                                .xUnlock = disk_lock,
                                                .xCheckReservedLock = disk_is_locked,
                                                .xFileControl = disk_control,
                                                .xSectorSize = disk_sector,
                                                .xDeviceCharacteristics = disk_kind};

static inline struct disk_file *disk_find(const char *name)
{
    for (int i = 0; i < DISK_FILES; i++)
        if (!disk.files[i].is_temp && !strcmp(disk.files[i].name, name))
            return &disk.files[i];
    return NULL;
}

static inline struct disk_file *disk_make(const char *name)
{
    for (int i = 0; i < DISK_FILES; i++) {
        struct disk_file *f = &disk.files[i];

        if (f->exists || (f->name[0] && !f->is_temp))
            continue;
        f->is_temp = !name;
        snprintf(f->name, sizeof f->name, "%s", name ? name : "");
        disk_forget_pending(f);
        f->seen.len = f->safe.len = 0;
        return f;
    }
    abort();
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *h, int flags, int *out)
{
    struct disk_file *f = name ? disk_find(name) : NULL;

    (void)vfs;
    h->pMethods = NULL;
    if (disk.is_off)
        return SQLITE_CANTOPEN;
    if (!f)
        f = disk_make(name);
    if (!f->exists && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)))
        f->syncs_folder = true;
    f->exists = true;
    ((struct disk_handle *)h)->file = f;
    h->pMethods = &disk_methods;
    if (out)
        *out = flags;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk_file *f = disk_find(name);
    int rc = disk_call(DISK_DELETE, SQLITE_IOERR_DELETE);

    (void)vfs;
    if (rc)
        return rc;
    if (!f || !f->exists)
        return SQLITE_IOERR_DELETE_NOENT;
    f->exists = false;
    f->has_ghost = !sync_folder;
    disk_copy(&f->ghost, &f->safe);
    disk_forget_pending(f);
    f->seen.len = f->safe.len = 0;
    return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    const struct disk_file *f = disk_find(name);

    (void)vfs;
    (void)flags;
    *out = f && f->exists;
    return SQLITE_OK;
}

/* From now on SQLite's files are on this disk. */
static inline void disk_plug_in(void)
{
    static sqlite3_vfs vfs;

    vfs = *sqlite3_vfs_find(NULL);
    vfs.zName = "disk";
    vfs.szOsFile = sizeof(struct disk_handle);
    vfs.xOpen = disk_open;
    vfs.xDelete = disk_delete;
    vfs.xAccess = disk_access;
    disk_wipe(1);
    sqlite3_vfs_register(&vfs, 1);
}

#endif
