/* test_store_redis.c - what only a store in Redis can go through: other nodes, a server that dies, stops, fills up or is not strict. */
#include "store_place.h"

#include <pthread.h>
#include <sys/stat.h>

#include "store/redis_link.h"

/* -- where it is -- */

static const struct url_row {
    const char *name, *url;
    enum iv_code rc;
    const char *where, *password;
    int database;
} urls[] = {
    {"a host", "redis://cache.example", IV_OK, "cache.example:6379", NULL, 0},
    {"host, port and database", "redis://127.0.0.1:7000/3", IV_OK, "127.0.0.1:7000", NULL, 3},
    {"a password is not shown", "redis://:hidden@h:1", IV_OK, "h:1", NULL, 0},
    {"user and password", "redis://me:hi@d@den@h", IV_OK, "h:6379", NULL, 0},
    {"a socket", "unix:/run/redis.sock", IV_OK, "/run/redis.sock", NULL, 0},
    {"a socket as a URL", "unix:///run/redis.sock", IV_OK, "/run/redis.sock", NULL, 0},
    {"a password with signs", "redis://:a%2Fb%40%25c@h/7", IV_OK, "h:6379", "a/b@%c", 7},
    {"a sign that is none", "redis://:hidden%2@h", IV_E_CONFIG, NULL, NULL, 0},
    {"a sign that ends the text", "redis://:hidden%00@h", IV_E_CONFIG, NULL, NULL, 0},
    {"an IPv6 address", "redis://:pw@[::1]:7000/1", IV_OK, "::1:7000", "pw", 1},
    {"an IPv6 address alone", "redis://[fe80::2]", IV_OK, "fe80::2:6379", NULL, 0},
    {"brackets that do not close", "redis://[::1", IV_E_CONFIG, NULL, NULL, 0},
    {"brackets with something behind", "redis://[::1]7000", IV_E_CONFIG, NULL, NULL, 0},
    {"a database of a socket", "redis+unix:///run/redis.sock?db=3", IV_OK, "/run/redis.sock", NULL,
     3},
    {"a question that is none", "unix:/run/redis.sock?database=3", IV_E_CONFIG, NULL, NULL, 0},
    {"TLS", "rediss://h", IV_E_CONFIG, NULL, NULL, 0},
    {"another scheme", "http://h", IV_E_CONFIG, NULL, NULL, 0},
    {"no host", "redis://", IV_E_CONFIG, NULL, NULL, 0},
    {"no socket", "unix:", IV_E_CONFIG, NULL, NULL, 0},
    {"a port that is none", "redis://h:seven", IV_E_CONFIG, NULL, NULL, 0},
    {"a port too high", "redis://h:70000", IV_E_CONFIG, NULL, NULL, 0},
    {"a database that is none", "redis://h/first", IV_E_CONFIG, NULL, NULL, 0},
    {"a user without a password", "redis://me@h", IV_E_CONFIG, NULL, NULL, 0},
};

static void reads_urls(void **state)
{
    const struct url_row *r = *state;
    struct redis_link l = {0};
    struct iv_error err = {0};
    iv_ctx *ctx;

    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &ctx, NULL), IV_OK);
    assert_int_equal(iv_redis_link_init(&l, ctx, r->url, &err), r->rc);
    if (r->where)
        assert_string_equal(l.where, r->where);
    if (r->password)
        assert_string_equal(l.password, r->password);
    if (!r->rc)
        assert_int_equal(l.database, r->database);
    assert_null(strstr(err.text, "hidden"));
    iv_redis_link_release(&l);
    iv_ctx_free(ctx);
}

/* -- a server under the store -- */

static void command(struct place *p, const char *words)
{
    char line[512];

    snprintf(line, sizeof line, "redis-cli -s '%s' %s >/dev/null", p->path + strlen("unix:"),
             words);
    assert_int_equal(system(line), 0);
}

static enum iv_code put(struct place *p, const char *text, struct iv_error *err)
{
    return iv_store_doc_put(p->store, "", "note", text, strlen(text), err);
}

/* Until it is so again, as a client would try. */
static void put_in_the_end(struct place *p, const char *text)
{
    struct iv_error err = {0};

    for (int i = 0; i < REDIS_TRIES; i++) {
        if (!put(p, text, &err))
            return;
        usleep(25000);
    }
    fail_msg("%s", err.text);
}

static void expect_note(struct place *p, const char *text)
{
    struct iv_buf b = IV_BUF_INIT(4096);

    assert_int_equal(iv_store_doc_get(p->store, "", "note", &b, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&b), text);
    iv_buf_release(&b);
}

static void open_again(struct place *p)
{
    iv_store_close(p->store);
    open_store(p);
}

/* Everything acknowledged is there after kill -9, and the same store goes on with the server that comes after. */
static void server_dies(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;
    struct iv_error err;
    int64_t kept = 0;

    for (; kept < 50; kept++) {
        struct iv_turn t = turn_of(kept, "kept");
        struct iv_step step = {.session = &s, .turns = &t, .n_turns = 1};

        assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    }
    kill(p->redis, SIGKILL);
    waitpid(p->redis, NULL, 0);
    assert_int_equal(put(p, "lost", &err), IV_E_REDIS);
    assert_non_null(strstr(err.text, "redis.sock"));
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, &err), IV_E_REDIS);
    unlink(p->path + strlen("unix:"));
    start_redis(p);
    put_in_the_end(p, "back");
    expect_note(p, "back");
    assert_int_equal(count_turns(p, s.id), kept);
}

static void server_stands_still(struct place *p)
{
    struct iv_error err;

    iv_store_close(p->store);
    open_store(p);
    kill(p->redis, SIGSTOP);
    assert_int_equal(put(p, "late", &err), IV_E_REDIS);
    kill(p->redis, SIGCONT);
    put_in_the_end(p, "awake");
    expect_note(p, "awake");
}

/* A transaction that Redis has taken but does not carry out: the caller is told in time, and it does not come true afterwards. */
static void server_holds_a_change_back(struct place *p)
{
    struct iv_error err;
    time_t begun = time(NULL);

    assert_int_equal(put(p, "before", NULL), IV_OK);
    command(p, "client pause 100000 write");
    assert_int_equal(put(p, "refused", &err), IV_E_REDIS);
    assert_true(time(NULL) - begun < 60);
    expect_note(p, "before");
    command(p, "client unpause");
    expect_note(p, "before");
    put_in_the_end(p, "after");
    expect_note(p, "after");
}

static void server_is_full(struct place *p)
{
    struct iv_error err;

    assert_int_equal(put(p, "before", NULL), IV_OK);
    command(p, "config set maxmemory 1");
    assert_int_equal(put(p, "refused", &err), IV_E_REDIS);
    assert_non_null(strstr(err.text, "maxmemory"));
    expect_note(p, "before");
    command(p, "config set maxmemory 0");
    assert_int_equal(put(p, "after", NULL), IV_OK);
}

static void server_is_a_replica(struct place *p)
{
    struct iv_error err;

    assert_int_equal(put(p, "before", NULL), IV_OK);
    command(p, "config set replica-serve-stale-data yes");
    command(p, "replicaof 127.0.0.1 1");
    assert_int_equal(put(p, "refused", &err), IV_E_REDIS);
    assert_non_null(strstr(err.text, "READONLY"));
    command(p, "replicaof no one");
    put_in_the_end(p, "after");
    expect_note(p, "after");
}

/* A fail-over: the server behind the name is a replica now, and another stands behind it for whoever connects anew. */
static void another_server_takes_over(struct place *p)
{
    struct place other = *p;
    struct iv_error err;

    assert_int_equal(put(p, "before", NULL), IV_OK);
    snprintf(other.dir, sizeof other.dir, "%.50s/other", p->dir);
    assert_int_equal(mkdir(other.dir, 0700), 0);
    start_redis(&other);
    command(p, "replicaof 127.0.0.1 1");
    assert_int_equal(rename(other.path + strlen("unix:"), p->path + strlen("unix:")), 0);
    assert_int_equal(put(p, "refused", &err), IV_E_REDIS);
    assert_non_null(strstr(err.text, "READONLY"));
    put_in_the_end(p, "after");
    expect_note(p, "after");
    kill(p->redis, SIGKILL);
    waitpid(p->redis, NULL, 0);
    p->redis = other.redis;
}

static void server_is_not_strict(struct place *p)
{
    iv_store *other;
    struct iv_error err;

    command(p, "config set appendfsync everysec");
    assert_int_equal(iv_store_open(p->ctx, "redis", p->path, &other, &err), IV_E_CONFIG);
    assert_non_null(strstr(err.text, "appendfsync always"));
    assert_non_null(strstr(err.text, "redis.durability"));
    command(p, "config set appendfsync always");
    command(p, "config set appendonly no");
    assert_int_equal(iv_store_open(p->ctx, "redis", p->path, &other, &err), IV_E_CONFIG);
    assert_non_null(strstr(err.text, "appendonly yes"));
    command(p, "config set appendonly yes");
}

static void server_wants_a_password(struct place *p)
{
    struct iv_error err;
    iv_store *other;

    command(p, "config set requirepass let-me-in");
    assert_int_equal(iv_store_open(p->ctx, "redis", p->path, &other, &err), IV_E_REDIS);
    assert_non_null(strstr(err.text, "NOAUTH"));
}

static void connection_is_cut(struct place *p)
{
    assert_int_equal(put(p, "one", NULL), IV_OK);
    command(p, "client kill type normal");
    expect_note(p, "one"); /* a read asks again */
    command(p, "client kill type normal");
    assert_int_equal(put(p, "two", NULL), IV_OK); /* a change asks first */
    expect_note(p, "two");
}

static void record_is_damaged(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_turn t = turn_of(0, "said"), *rows;
    struct iv_step step = {.session = &s, .turns = &t, .n_turns = 1};
    char words[160];
    size_t n;

    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(iv_store_check(p->store, NULL), IV_OK);
    snprintf(words, sizeof words, "lset ic:t:%s 0 nonsense", s.id);
    command(p, words);
    assert_int_equal(iv_store_turns(p->store, s.id, &rows, &n, NULL), IV_E_DATA);
    assert_int_equal(iv_store_check(p->store, NULL), IV_E_DATA);
    snprintf(words, sizeof words, "hset ic:s:%s status 77", s.id);
    command(p, words);
    assert_int_equal(iv_store_session_get(p->store, s.id, &s, NULL), IV_E_DATA);
}

static void index_lost_a_session(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_error err;
    char words[160];

    snprintf(words, sizeof words, "zrem ic:all:u:u %s", s.id);
    command(p, words);
    assert_int_equal(iv_store_check(p->store, &err), IV_E_DATA);
    assert_non_null(strstr(err.text, s.id));
}

/* -- several nodes -- */

#define NODES 4
#define EACH 25

struct node {
    struct place *p;
    iv_store *store;
    const char *id;
    int done;
};

/* Turns are numbered without gaps: who comes late reads again and tries once more. */
static void *add_turns(void *arg)
{
    struct node *n = arg;

    while (n->done < EACH) {
        struct iv_session s;
        struct iv_turn *rows, t;
        struct iv_step step = {.session = &s, .turns = &t, .n_turns = 1};
        size_t have;
        enum iv_code rc;

        if (iv_store_session_get(n->store, n->id, &s, NULL) ||
            iv_store_turns(n->store, n->id, &rows, &have, NULL))
            break;
        iv_turns_free(rows, have);
        t = turn_of((int64_t)have, "of one node");
        rc = iv_store_step(n->store, &step, NULL);
        if (!rc)
            n->done++;
        else if (rc != IV_E_STATE && rc != IV_E_BUSY)
            break;
    }
    return NULL;
}

static void nodes_write_one_session(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct node nodes[NODES];
    pthread_t threads[NODES];

    for (int i = 0; i < NODES; i++) {
        nodes[i] = (struct node){.p = p, .id = s.id};
        assert_int_equal(iv_store_open(p->ctx, "redis", p->path, &nodes[i].store, NULL), IV_OK);
    }
    for (int i = 0; i < NODES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_turns, &nodes[i]), 0);
    for (int i = 0; i < NODES; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(nodes[i].done, EACH);
        iv_store_close(nodes[i].store);
    }
    assert_int_equal(count_turns(p, s.id), NODES * EACH);
    assert_int_equal(iv_store_check(p->store, NULL), IV_OK);
}

static void *open_sessions(void *arg)
{
    struct node *n = arg;

    for (int i = 0; i < EACH; i++) {
        struct iv_session s = session_of("u", T0 + i);

        n->done += !iv_store_session_new(n->store, &s, 10, NULL);
    }
    return NULL;
}

static void limit_holds_across_nodes(struct place *p)
{
    struct node nodes[NODES];
    pthread_t threads[NODES];
    int made = 0;

    for (int i = 0; i < NODES; i++) {
        nodes[i] = (struct node){.p = p};
        assert_int_equal(iv_store_open(p->ctx, "redis", p->path, &nodes[i].store, NULL), IV_OK);
        assert_int_equal(pthread_create(&threads[i], NULL, open_sessions, &nodes[i]), 0);
    }
    for (int i = 0; i < NODES; i++) {
        pthread_join(threads[i], NULL);
        made += nodes[i].done;
        iv_store_close(nodes[i].store);
    }
    assert_int_equal(made, 10);
}

static void what_one_writes_the_other_reads(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;
    struct place other = *p;

    open_store(&other);
    assert_int_equal(iv_store_change(p->store, s.id, iv_session_start, &s, NULL), IV_OK);
    assert_int_equal(iv_store_session_get(other.store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_ACTIVE);
    assert_int_equal(iv_store_session_delete(other.store, s.id, NULL), IV_OK);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_E_SESSION_NOT_FOUND);
    iv_store_close(other.store);
}

static void it_is_there_when_opened_again(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;

    assert_int_equal(put(p, "note", NULL), IV_OK);
    open_again(p);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    expect_note(p, "note");
}

static const struct story {
    const char *name;
    void (*tell)(struct place *p);
} stories[] = {
    {"it is there when opened again", it_is_there_when_opened_again},
    {"what one node writes the other reads", what_one_writes_the_other_reads},
    {"four nodes write one session", nodes_write_one_session},
    {"the limit of open sessions holds across nodes", limit_holds_across_nodes},
    {"a server that dies loses nothing", server_dies},
    {"a server that stands still", server_stands_still},
    {"a server that holds a change back", server_holds_a_change_back},
    {"a server that is full", server_is_full},
    {"a server that became a replica", server_is_a_replica},
    {"another server that took over", another_server_takes_over},
    {"a server that is not strict is refused", server_is_not_strict},
    {"a server that wants a password", server_wants_a_password},
    {"a connection that was cut", connection_is_cut},
    {"a damaged record is found", record_is_damaged},
    {"a lost index is found", index_lost_a_session},
};

static void on_redis(void **state)
{
    const struct story *s = *state;
    struct place p;

    place_make(&p, "redis");
    s->tell(&p);
    place_drop(&p);
}

int main(void)
{
    if (!has_redis())
        return 77; /* skipped: no Redis on this machine, or in this build */
    signal(SIGPIPE, SIG_IGN); /* as the program does */
    TABLE_ROWS(reads_urls, urls);
    TABLE_ROWS(on_redis, stories);
    return table_run("store_redis");
}
