/* speech_disk.c - see speech_disk.h. No fsync: a file torn by a power cut fails its hash and is made again. */
#include "provider/speech_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "provider/speech_file.h"

#define NAME_BYTES 80
#define ENDING ".ivs"
#define KEEP_PERCENT 90 /* of the limit after an eviction, so that it does not run at each put */
#define STALE_TEMP_S 3600

struct speech_disk {
    char *dir;
    uint64_t max_bytes;
    pthread_mutex_t lock;
    uint64_t bytes; /* {lock} as far as this process knows */
    bool measured; /* {lock} */
};

struct counts {
    uint64_t requests, hits, characters;
};

struct file {
    char name[NAME_BYTES];
    struct timespec used;
    uint64_t bytes;
};

struct listing {
    struct file *files;
    size_t n, cap;
    uint64_t bytes;
};

struct speech_disk *iv_speech_disk_new(const char *dir, uint64_t max_bytes)
{
    struct speech_disk *d = iv_alloc(sizeof *d);

    if (!d)
        return NULL;
    d->dir = iv_strdup(dir);
    if (!d->dir) {
        free(d);
        return NULL;
    }
    d->max_bytes = max_bytes;
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

void iv_speech_disk_free(struct speech_disk *d)
{
    if (!d)
        return;
    pthread_mutex_destroy(&d->lock);
    free(d->dir);
    free(d);
}

static int open_dir(const struct speech_disk *d)
{
    int fd = open(d->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && !mkdir(d->dir, 0700))
        fd = open(d->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd;
}

static void name_of(const struct speech_key *key, char out[NAME_BYTES])
{
    char hex[2 * SPEECH_KEY_BYTES + 1];

    sodium_bin2hex(hex, sizeof hex, key->bytes, sizeof key->bytes);
    snprintf(out, NAME_BYTES, "%s" ENDING, hex);
}

static bool read_entry(int dir, const char *name, struct iv_speech *out)
{
    struct iv_buf b = IV_BUF_INIT(SPEECH_FILE_MAX_BYTES);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok;

    if (fd < 0)
        return false;
    ok = !iv_buf_read_fd(&b, fd, name, NULL) && iv_speech_decode(b.data ? b.data : "", b.len, out);
    close(fd);
    iv_buf_release(&b);
    if (!ok)
        unlinkat(dir, name, 0);
    return ok;
}

bool iv_speech_disk_get(struct speech_disk *d, const struct speech_key *key, struct iv_speech *out)
{
    char name[NAME_BYTES];
    int dir = open_dir(d);
    bool ok;

    if (dir < 0)
        return false;
    name_of(key, name);
    ok = read_entry(dir, name, out);
    if (ok)
        utimensat(dir, name, NULL, 0);
    close(dir);
    return ok;
}

void iv_speech_disk_touch(struct speech_disk *d, const struct speech_key *key)
{
    char name[NAME_BYTES];
    int dir = open_dir(d);

    if (dir < 0)
        return;
    name_of(key, name);
    utimensat(dir, name, NULL, 0);
    close(dir);
}

static bool write_bytes(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool write_entry(int dir, const char *name, const struct iv_buf *b)
{
    char temp[NAME_BYTES];
    int fd;
    bool ok;

    snprintf(temp, sizeof temp, "temp-%d-%08x", getpid(), randombytes_random());
    fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    ok = write_bytes(fd, b->data, b->len);
    ok = !close(fd) && ok && !renameat(dir, temp, dir, name);
    if (!ok)
        unlinkat(dir, temp, 0);
    return ok;
}

static bool is_entry(const char *name)
{
    size_t n = strlen(name);

    return n < NAME_BYTES && n > strlen(ENDING) && !strcmp(name + n - strlen(ENDING), ENDING);
}

/* What a killed process left behind. */
static void remove_stale_temp(int dir, const char *name)
{
    struct stat st;

    if (strncmp(name, "temp-", 5) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
        return;
    if (st.st_mtime + STALE_TEMP_S < time(NULL))
        unlinkat(dir, name, 0);
}

static void list_one(int dir, const char *name, struct listing *l)
{
    struct stat st;

    if (!is_entry(name)) {
        remove_stale_temp(dir, name);
        return;
    }
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
        iv_grow(&l->files, &l->cap, l->n + 1, sizeof *l->files))
        return;
    l->files[l->n] = (struct file){.used = st.st_mtim, .bytes = (uint64_t)st.st_size};
    snprintf(l->files[l->n].name, NAME_BYTES, "%s", name);
    l->bytes += (uint64_t)st.st_size;
    l->n++;
}

static void list_files(int dir, struct listing *l)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *e;

    if (!stream) {
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((e = readdir(stream)))
        list_one(dir, e->d_name, l);
    closedir(stream);
}

static int by_use(const void *a, const void *b)
{
    const struct file *x = a, *y = b;

    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    return (x->used.tv_nsec > y->used.tv_nsec) - (x->used.tv_nsec < y->used.tv_nsec);
}

static void remove_unused(int dir, struct listing *l, uint64_t keep_bytes)
{
    qsort(l->files, l->n, sizeof *l->files, by_use);
    for (size_t i = 0; i < l->n && l->bytes > keep_bytes; i++)
        if (!unlinkat(dir, l->files[i].name, 0))
            l->bytes -= l->files[i].bytes;
}

/* {lock} held. The folder is only read at the first put and when it seems full. */
static void keep_below_max(struct speech_disk *d, int dir, uint64_t added)
{
    struct listing l = {0};

    d->bytes += added;
    if (d->measured && d->bytes <= d->max_bytes)
        return;
    list_files(dir, &l);
    if (l.bytes > d->max_bytes)
        remove_unused(dir, &l, d->max_bytes / 100 * KEEP_PERCENT);
    d->bytes = l.bytes;
    d->measured = true;
    free(l.files);
}

void iv_speech_disk_put(struct speech_disk *d, const struct speech_key *key,
                        const struct iv_speech *speech)
{
    struct iv_buf b = IV_BUF_INIT(SPEECH_FILE_MAX_BYTES);
    char name[NAME_BYTES];
    int dir = open_dir(d);

    iv_speech_encode(speech, &b);
    name_of(key, name);
    if (dir >= 0 && !b.failed && b.len <= d->max_bytes && write_entry(dir, name, &b)) {
        pthread_mutex_lock(&d->lock);
        keep_below_max(d, dir, b.len);
        pthread_mutex_unlock(&d->lock);
    }
    if (dir >= 0)
        close(dir);
    iv_buf_release(&b);
}

static int open_counts(struct speech_disk *d, struct counts *out)
{
    int dir = open_dir(d), fd = -1;

    *out = (struct counts){0};
    if (dir >= 0)
        fd = openat(dir, "counts", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (dir >= 0)
        close(dir);
    if (fd < 0)
        return -1;
    flock(fd, LOCK_EX); /* other processes; closing lets go */
    if (pread(fd, out, sizeof *out, 0) != sizeof *out)
        *out = (struct counts){0};
    return fd;
}

void iv_speech_disk_count(struct speech_disk *d, bool hit, size_t characters)
{
    struct counts c;
    int fd = open_counts(d, &c);

    if (fd < 0)
        return;
    c.requests++;
    c.hits += hit;
    c.characters += characters;
    if (pwrite(fd, &c, sizeof c, 0) != sizeof c)
        (void)!ftruncate(fd, 0); /* a full disk: the counts start again */
    close(fd);
}

void iv_speech_disk_stats(struct speech_disk *d, struct iv_tts_stats *out)
{
    struct listing l = {0};
    struct counts c;
    int fd = open_counts(d, &c), dir = open_dir(d);

    if (dir >= 0) {
        list_files(dir, &l);
        close(dir);
    }
    if (fd >= 0)
        close(fd);
    free(l.files);
    *out = (struct iv_tts_stats){.requests = c.requests,
                                 .cache_hits = c.hits,
                                 .characters = c.characters,
                                 .cache_bytes = (int64_t)l.bytes};
}
