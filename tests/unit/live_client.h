/* live_client.h - for the tests of live sessions: a client that is a function call away, and all it was sent. */
#ifndef IV_TESTS_LIVE_CLIENT_H
#define IV_TESTS_LIVE_CLIENT_H

#include "table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "iv/config.h"
#include "iv/operations.h"
#include "ws/live.h"

#define WAIT_MS 20000 /* for what must come: long, because nobody waits for it in vain */

struct got {
    iv_json *j; /* NULL: binary */
    unsigned char *bytes;
    size_t len;
    int64_t at_ms; /* when it came */
};

struct client {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct got *got; /* {lock} */
    size_t n, cap; /* {lock} */
    size_t read; /* up to here expect() has looked */
    size_t stuck; /* {lock} bytes that are said to wait; 0: it reads */
    int closed; /* {lock} */
    iv_live_link *link;
};

struct world {
    struct iv_config *config;
    iv_ctx *ctx;
    iv_store *store;
    iv_lives *lives;
    char id[IV_ID_BYTES];
};

static inline int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void must(enum iv_code rc, const struct iv_error *err)
{
    if (rc)
        fail_msg("%s: %s", iv_code_info(rc)->slug, err->text);
}

/* -- the transport -- */

static inline bool client_send(void *arg, bool is_binary, const void *bytes, size_t len)
{
    struct client *c = arg;
    struct got g = {.len = len, .at_ms = now_ms()};

    if (is_binary) {
        g.bytes = malloc(len);
        memcpy(g.bytes, bytes, len);
    } else if (iv_json_parse(bytes, len, 16u << 20, &g.j, NULL)) {
        fail_msg("not JSON: %.*s", (int)(len < 200 ? len : 200), (const char *)bytes);
    }
    pthread_mutex_lock(&c->lock);
    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 256;
        c->got = realloc(c->got, c->cap * sizeof *c->got);
    }
    c->got[c->n++] = g;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return true;
}

static inline size_t client_queued(void *arg)
{
    struct client *c = arg;
    size_t n;

    pthread_mutex_lock(&c->lock);
    n = c->stuck;
    pthread_mutex_unlock(&c->lock);
    return n;
}

static inline void client_close(void *arg, int code, const char *reason)
{
    struct client *c = arg;

    assert_non_null(reason);
    pthread_mutex_lock(&c->lock);
    c->closed = code;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

/* -- what a client does -- */

static inline void client_init(struct client *c)
{
    pthread_condattr_t attr;

    *c = (struct client){0};
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
}

static inline void client_connect(struct world *w, struct client *c)
{
    struct iv_live_transport to = {
        .arg = c, .send = client_send, .queued = client_queued, .close = client_close};
    struct iv_error err;

    must(iv_live_connect(w->lives, w->id, &to, &c->link, &err), &err);
}

static inline void client_say(struct client *c, const char *text)
{
    iv_live_receive(c->link, false, text, strlen(text));
}

static inline void client_gone(struct client *c)
{
    iv_live_disconnect(c->link);
    c->link = NULL;
}

static inline void client_release(struct client *c)
{
    client_gone(c);
    for (size_t i = 0; i < c->n; i++) {
        iv_json_free(c->got[i].j);
        free(c->got[i].bytes);
    }
    free(c->got);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
}

static inline void client_stick(struct client *c, size_t bytes)
{
    pthread_mutex_lock(&c->lock);
    c->stuck = bytes;
    pthread_mutex_unlock(&c->lock);
    if (!bytes)
        iv_live_writable(c->link);
}

static inline struct timespec after_ms(int ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static inline bool is_such(const struct got *g, const char *type, const char *key,
                           const char *value)
{
    return g->j && !strcmp(iv_json_get_str(g->j, "type", ""), type) &&
           (!key || !strcmp(iv_json_get_str(g->j, key, ""), value));
}

/* The next message of this type, from where the last search ended; NULL after so long. Its tree lives as long as the client. */
static inline const iv_json *client_find(struct client *c, const char *type, const char *key,
                                         const char *value, int ms)
{
    struct timespec until = after_ms(ms);
    const iv_json *found = NULL;
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    while (!found && !rc) {
        while (c->read < c->n && !found) {
            if (is_such(&c->got[c->read], type, key, value))
                found = c->got[c->read].j;
            c->read++;
        }
        if (!found)
            rc = pthread_cond_timedwait(&c->changed, &c->lock, &until);
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

static inline const iv_json *expect_as(struct client *c, const char *type, const char *key,
                                       const char *value)
{
    const iv_json *j = client_find(c, type, key, value, WAIT_MS);

    if (!j)
        fail_msg("no %s%s%s came", type, value ? " " : "", value ? value : "");
    return j;
}

static inline const iv_json *expect(struct client *c, const char *type)
{
    return expect_as(c, type, NULL, NULL);
}

static inline const iv_json *expect_turn(struct client *c, const char *state)
{
    return expect_as(c, "turn", "state", state);
}

static inline void expect_error(struct client *c, const char *code)
{
    const iv_json *j = expect_as(c, "error", "code", code);

    assert_true(iv_json_get_str(j, "message", "")[0]);
    assert_true(iv_time_parse(iv_json_get_str(j, "timestamp", "")) > 0);
}

static inline void expect_closed(struct client *c, int code)
{
    struct timespec until = after_ms(WAIT_MS);
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    while (!c->closed && !rc)
        rc = pthread_cond_timedwait(&c->changed, &c->lock, &until);
    assert_int_equal(c->closed, code);
    pthread_mutex_unlock(&c->lock);
}

static inline size_t client_count(struct client *c, const char *type)
{
    size_t n = 0;

    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->n; i++)
        n += is_such(&c->got[i], type, NULL, NULL);
    pthread_mutex_unlock(&c->lock);
    return n;
}

/* -- the world -- */

static inline void set(struct world *w, const char *key, const char *value)
{
    struct iv_error err;

    must(iv_config_set(w->config, key, value, IV_FROM_FLAG, "test", &err), &err);
}

static inline void new_session(struct world *w)
{
    struct iv_session_spec spec;
    struct iv_error err;
    iv_json *made;

    iv_session_spec_init(&spec);
    SET_TEXT(spec.user_id, "u1");
    spec.lang = IV_LANG_EN;
    spec.seed = 42;
    spec.has_seed = true;
    must(iv_op_create(w->ctx, w->store, &spec, &made, &err), &err);
    SET_TEXT(w->id, iv_json_get_str(made, "session_id", ""));
    iv_json_free(made);
}

/* settings: key, value, ... NULL */
static inline void world_open(struct world *w, const char *const *settings)
{
    struct iv_lives_options opt = {0};
    struct iv_error err;

    *w = (struct world){0};
    must(iv_config_new(&w->config, &err), &err);
    set(w, "tts.engine", "tone");
    set(w, "llm.engine", "builtin");
    set(w, "cache.enabled", "false");
    set(w, "session.max_open", "1000");
    for (; settings && settings[0]; settings += 2)
        set(w, settings[0], settings[1]);
    must(iv_ctx_new(w->config, NULL, NULL, &w->ctx, &err), &err);
    must(iv_store_open(w->ctx, "memory", "", &w->store, &err), &err);
    opt.ctx = w->ctx;
    opt.store = w->store;
    must(iv_lives_new(&opt, &w->lives, &err), &err);
    new_session(w);
}

static inline void world_close(struct world *w)
{
    iv_lives_stop(w->lives);
    iv_lives_free(w->lives);
    iv_store_close(w->store);
    iv_ctx_free(w->ctx);
    iv_config_free(w->config);
}

static inline enum iv_session_status status_of(struct world *w)
{
    struct iv_session s;
    struct iv_error err;

    must(iv_store_session_get(w->store, w->id, &s, &err), &err);
    return s.status;
}

static inline void wait_for_status(struct world *w, enum iv_session_status status)
{
    int64_t until = now_ms() + WAIT_MS;

    while (status_of(w) != status && now_ms() < until)
        usleep(10000);
    assert_int_equal(status_of(w), status);
}

#endif
