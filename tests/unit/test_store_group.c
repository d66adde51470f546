/* test_store_group.c - changes of several threads in one commit: what is shared, and what a failure takes back. */
#include "table.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/group.h"

/* -- a back end of numbers -- */

#define CHANGES 20

struct book {
    pthread_mutex_t lock;
    int kept[CHANGES], n_kept; /* as of the last commit */
    int open[CHANGES], n_open, mark;
    bool is_gone; /* the transaction vanished, as SQLite's does on a full disk */
    int begins, commits, tidies;
    bool no_begin, no_shared_commit, no_undo;
    int overtaken; /* so many commits come after another process */
};

static enum iv_code book_begin(void *st, struct iv_error *err)
{
    struct book *b = st;

    b->begins++;
    b->n_open = 0;
    b->is_gone = false;
    return b->no_begin ? iv_fail(err, IV_E_STORAGE, "no begin") : IV_OK;
}

static bool has(const int *list, int n, int what)
{
    for (int i = 0; i < n; i++)
        if (list[i] == what)
            return true;
    return false;
}

/* Number 7 is too large for the disk. */
static enum iv_code book_commit(void *st, struct iv_error *err)
{
    struct book *b = st;

    if (b->overtaken > 0 && b->overtaken--)
        return iv_fail(err, IV_E_BUSY, "overtaken");
    if (b->is_gone || (b->no_shared_commit && (b->n_open > 1 || has(b->open, b->n_open, 7))))
        return iv_fail(err, IV_E_STORAGE, "no commit");
    b->commits++;
    for (int i = 0; i < b->n_open; i++)
        b->kept[b->n_kept++] = b->open[i];
    return IV_OK;
}

static void book_rollback(void *st)
{
    ((struct book *)st)->n_open = 0;
}

static enum iv_code book_mark(void *st, struct iv_error *err)
{
    struct book *b = st;

    (void)err;
    b->mark = b->n_open;
    return IV_OK;
}

static void book_keep(void *st)
{
    (void)st;
}

static enum iv_code book_undo(void *st, struct iv_error *err)
{
    struct book *b = st;

    b->n_open = b->mark;
    b->is_gone = b->no_undo;
    return b->no_undo ? iv_fail(err, IV_E_STORAGE, "gone") : IV_OK;
}

static void book_tidy(void *st)
{
    ((struct book *)st)->tidies++;
}

static const struct iv_store_ops book_ops = {.begin = book_begin,
                                             .commit = book_commit,
                                             .rollback = book_rollback,
                                             .mark = book_mark,
                                             .keep = book_keep,
                                             .undo = book_undo,
                                             .tidy = book_tidy};

struct entry {
    struct book *book;
    struct iv_group *group;
    int number;
    enum iv_code rc;
    struct iv_error err;
};

/* Number 13 is refused whatever happens, after it wrote something. */
static enum iv_code write_entry(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct entry *e = arg;

    (void)st;
    e->book->open[e->book->n_open++] = e->number;
    return e->number == 13 ? iv_fail(err, IV_E_STATE, "13 is refused") : IV_OK;
}

static void *run_entry(void *arg)
{
    struct entry *e = arg;

    e->rc = iv_group_run(e->group, write_entry, e, &e->err);
    return NULL;
}

static int queued(struct iv_group *g)
{
    int n = 0;

    pthread_mutex_lock(&g->lock);
    for (struct iv_change *c = g->first; c; c = c->next)
        n++;
    pthread_mutex_unlock(&g->lock);
    return n;
}

/* One leads with its own change and waits for the store; the others queue behind it. */
static void run_all(struct book *b, struct entry entries[CHANGES])
{
    struct iv_group g = {.ops = &book_ops, .state = b, .store_lock = &b->lock};
    pthread_t threads[CHANGES];

    pthread_mutex_init(&b->lock, NULL);
    iv_group_init(&g);
    pthread_mutex_lock(&b->lock);
    for (int i = 0; i < CHANGES; i++) {
        entries[i] = (struct entry){.book = b, .group = &g, .number = i};
        pthread_create(&threads[i], NULL, run_entry, &entries[i]);
    }
    while (queued(&g) < CHANGES - 1)
        usleep(100);
    pthread_mutex_unlock(&b->lock);
    for (int i = 0; i < CHANGES; i++)
        pthread_join(threads[i], NULL);
    iv_group_release(&g);
    pthread_mutex_destroy(&b->lock);
}

static const struct group_row {
    const char *name;
    struct book faults;
    int kept, commits; /* -1: as it comes */
    enum iv_code of_7, of_13;
} group_rows[] = {
    {"twenty changes take two commits", {.n_kept = 0}, CHANGES - 1, 2, IV_OK, IV_E_STATE},
    {"after a failed commit each stands for itself",
     {.no_shared_commit = true},
     CHANGES - 2,
     -1,
     IV_E_STORAGE,
     IV_E_STATE},
    {"what a lost transaction held is done again",
     {.no_undo = true},
     CHANGES - 1,
     -1,
     IV_OK,
     IV_E_STATE},
    {"who was overtaken runs again", {.overtaken = 9}, CHANGES - 1, -1, IV_OK, IV_E_STATE},
    {"but not for ever", {.overtaken = 1000000}, 0, 0, IV_E_BUSY, IV_E_STATE},
    {"where nothing begins all are told", {.no_begin = true}, 0, 0, IV_E_STORAGE, IV_E_STORAGE},
};

static void group_is_fair(void **state)
{
    const struct group_row *r = *state;
    struct entry entries[CHANGES];
    struct book b = r->faults;

    run_all(&b, entries);
    assert_int_equal(b.n_kept, r->kept);
    if (r->commits >= 0)
        assert_in_range(b.commits, r->commits - (r->commits > 0), r->commits);
    assert_int_equal(entries[7].rc, r->of_7);
    assert_int_equal(entries[13].rc, r->of_13);
    for (int i = 0; i < CHANGES; i++) { /* told to have been kept: kept, and only once */
        int times = 0;

        for (int k = 0; k < b.n_kept; k++)
            times += b.kept[k] == i;
        assert_int_equal(times, entries[i].rc == IV_OK);
        assert_int_equal(entries[i].rc, entries[i].rc ? entries[i].err.code : IV_OK);
    }
    assert_true(b.tidies >= 2);
}

/* -- on disk, killed -- */

#define WRITERS 8

struct writer {
    iv_store *store;
    int fd, number;
};

static void *write_until_killed(void *arg)
{
    const struct writer *w = arg;
    struct iv_session_spec spec;
    struct iv_session s;
    enum iv_code rc;

    iv_session_spec_init(&spec);
    snprintf(spec.user_id, sizeof spec.user_id, "writer%d", w->number);
    for (;;) {
        iv_session_create(&s, &spec, iv_wall_ms(&iv_clock_system));
        rc = iv_store_session_new(w->store, &s, 1 << 30, NULL);
        if (rc == IV_E_STATE) /* of some ten thousand ids one was drawn twice */
            continue;
        if (rc || write(w->fd, s.id, sizeof s.id) != sizeof s.id)
            _exit(1);
    }
}

static void write_from_threads(iv_ctx *ctx, const char *path, int fd)
{
    struct writer w[WRITERS];
    pthread_t thread;
    iv_store *st;

    if (iv_store_open(ctx, "sqlite", path, &st, NULL))
        _exit(2);
    for (int i = 0; i < WRITERS; i++) {
        w[i] = (struct writer){st, fd, i};
        pthread_create(&thread, NULL, write_until_killed, &w[i]);
    }
    for (;;)
        pause();
}

/* Each id that came through the pipe is in the store. */
static void check_told(iv_store *st, int fd)
{
    struct iv_session s;
    char id[IV_ID_BYTES];

    while (read(fd, id, sizeof id) == sizeof id)
        assert_int_equal(iv_store_session_get(st, id, &s, NULL), IV_OK);
}

static void read_whole(int fd, char *out, size_t len)
{
    while (len) {
        ssize_t n = read(fd, out, len);

        assert_true(n > 0);
        out += n;
        len -= (size_t)n;
    }
}

static void acknowledged_in_a_group_survives_kill(void **state)
{
    char dir[] = "/tmp/iv-group-XXXXXX", path[64], command[64];
    iv_ctx *ctx;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/s.db", dir);
    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &ctx, NULL), IV_OK);
    for (int i = 0; i < 30; i++) {
        char first[IV_ID_BYTES * 16];
        struct iv_session s;
        int fds[2];
        pid_t pid;
        iv_store *st;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (!pid)
            write_from_threads(ctx, path, fds[1]);
        close(fds[1]);
        read_whole(fds[0], first, sizeof first);
        usleep((useconds_t)(i * 1117 % 9000));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        assert_int_equal(iv_store_open(ctx, "sqlite", path, &st, NULL), IV_OK);
        for (size_t k = 0; k < sizeof first; k += IV_ID_BYTES)
            assert_int_equal(iv_store_session_get(st, first + k, &s, NULL), IV_OK);
        check_told(st, fds[0]);
        assert_int_equal(iv_store_check(st, NULL), IV_OK);
        iv_store_close(st);
        close(fds[0]);
    }
    iv_ctx_free(ctx);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    TABLE_ROWS(group_is_fair, group_rows);
    TABLE_TEST(acknowledged_in_a_group_survives_kill);
    return table_run("store_group");
}
