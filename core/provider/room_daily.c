/* room_daily.c - see iv/room.h. */
#include "iv/room.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/json.h"
#include "iv/secret.h"
#include "iv/text.h"
#include "net/net.h"

#define SERVICE "rooms.daily"
#define KEY "daily.api_key"
#define URL_BYTES 1024
#define ANSWER_BYTES (64u << 10)
#define TOKEN_MAX 1200
#define CALL_MS 10000
#define CONNECT_MS 5000
#define PAUSE_MS 500
#define LAST_WAIT_S 2

struct daily {
    iv_ctx *ctx;
    iv_net *net;
    const struct iv_config *config;
    char bearer[4200];
};

bool iv_rooms_are_set(iv_ctx *ctx)
{
    return iv_secret_is_set(ctx, KEY);
}

static enum iv_code daily_open(struct daily *d, iv_ctx *ctx, struct iv_error *err)
{
    char *key = NULL;
    enum iv_code rc = iv_secret_get(ctx, KEY, &key, err);

    *d = (struct daily){.ctx = ctx, .config = iv_ctx_config(ctx)};
    if (!rc && !key)
        rc = iv_fail(err, IV_E_CONFIG, KEY " is not set (DAILY_API_KEY)");
    if (!rc)
        snprintf(d->bearer, sizeof d->bearer, "Bearer %s", key);
    iv_secret_free(key);
    return rc ? rc : iv_net_of(ctx, &d->net, err);
}

static void daily_close(struct daily *d)
{
    sodium_memzero(d->bearer, sizeof d->bearer);
}

static enum iv_code address(const struct daily *d, const char *what, const char *name, char *out,
                            struct iv_error *err)
{
    const char *base = d->config->daily_base_url;
    size_t len = strlen(base);

    while (len && base[len - 1] == '/')
        len--;
    if (len + strlen(what) + strlen(name) + 2 > URL_BYTES)
        return iv_fail(err, IV_E_CONFIG, "daily.base_url: too long");
    snprintf(out, URL_BYTES, "%.*s/%s%s%s", (int)len, base, what, name[0] ? "/" : "", name);
    return IV_OK;
}

/* -- what an answer means -- */

/* {"error": id, "info": text} */
static void say(const struct net_outcome *o, char *out, size_t out_bytes)
{
    iv_json *j = NULL;
    const char *info = "";
    char *shown;

    if (o->failure == NET_STATUS &&
        !iv_json_parse(o->body, o->body_len, NET_ERROR_BODY_BYTES, &j, NULL))
        info = iv_json_get_str(j, "info", iv_json_get_str(j, "error", ""));
    shown = iv_text_visible(info);
    snprintf(out, out_bytes, "daily: %.100s%s%.*s", o->text, shown && *shown ? ": " : "",
             shown ? (int)iv_utf8_cut(shown, strlen(shown), 120) : 0, shown ? shown : "");
    free(shown);
    iv_json_free(j);
}

static bool is_refused_key(const struct net_outcome *o)
{
    return o->failure == NET_STATUS && (o->status == 401 || o->status == 403);
}

/* Statuses that mean the same to every call; what the transport thought of the rest stands. */
static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    (void)arg;
    if (o->failure == NET_OK)
        return;
    say(o, v->text, sizeof v->text);
    v->code = is_refused_key(o) ? IV_E_CONFIG : IV_E_UNAVAILABLE;
    if (o->failure == NET_STATUS)
        v->class = o->status == 429 || o->status == 503 ? NET_WAIT
                   : o->status >= 500                   ? NET_RETRY
                                                        : NET_FAIL;
}

/* The request may have done its work although no good answer came. */
static bool may_have_made_one(const struct net_outcome *o)
{
    switch (o->failure) {
    case NET_RESET:
    case NET_FIRST_TIMEOUT:
    case NET_GAP_TIMEOUT:
    case NET_TOTAL_TIMEOUT:
        return true;
    case NET_STATUS: /* 400: or it was there already */
        return o->status == 400 || o->status >= 500;
    default:
        return false;
    }
}

static void judge_create(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    judge(arg, o, v);
    if (may_have_made_one(o))
        v->class = NET_FIX;
}

static void judge_delete(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    judge(arg, o, v);
    if (o->failure == NET_STATUS && o->status == 404) /* gone is gone */
        *v = (struct net_verdict){.code = IV_OK, .class = NET_IGNORE};
}

/* -- one call, waited for -- */

struct exchange {
    const char *method, *what, *name;
    const char *body; /* NULL: none */
    void (*judge)(void *arg, const struct net_outcome *o, struct net_verdict *v);

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* {lock} */
    int status;
    bool may_look_up; /* NET_FIX */
    iv_json *answer; /* of a 2xx that is an object */
    struct iv_error failure;
};

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct exchange *x = arg;

    pthread_mutex_lock(&x->lock);
    x->status = o->status;
    x->may_look_up = v->class == NET_FIX;
    if (v->code)
        iv_fail(&x->failure, v->code, "%s", v->text);
    else if (o->failure == NET_OK &&
             (iv_json_parse(o->body, o->body_len, ANSWER_BYTES, &x->answer, NULL) ||
              iv_json_type(x->answer) != IV_JSON_OBJECT))
        iv_fail(&x->failure, IV_E_UNAVAILABLE, "daily: the answer to %s %s is no JSON object",
                x->method, x->what);
    x->is_done = true;
    pthread_cond_signal(&x->changed);
    pthread_mutex_unlock(&x->lock);
}

static struct net_request request_of(const char *method, const char *url, const char *body,
                                     const struct net_header *headers)
{
    return (struct net_request){.service = SERVICE,
                                .method = method,
                                .url = url,
                                .headers = headers,
                                .n_headers = body ? 2 : 1,
                                .body = body,
                                .body_len = body ? strlen(body) : 0,
                                .timeouts = {.connect_ms = CONNECT_MS, .total_ms = CALL_MS},
                                .max_body = ANSWER_BYTES};
}

static enum iv_code exchange(struct daily *d, struct exchange *x, struct iv_error *err)
{
    struct net_header headers[] = {{"Authorization", d->bearer},
                                   {"Content-Type", "application/json"}};
    char url[URL_BYTES];
    struct net_request r;
    net_call *call = NULL;
    enum iv_code rc = address(d, x->what, x->name, url, err);

    x->is_done = x->may_look_up = false;
    x->status = 0;
    x->failure = (struct iv_error){0};
    iv_json_free(x->answer);
    x->answer = NULL;
    if (rc)
        return rc;
    r = request_of(x->method, url, x->body, headers);
    r.judge = x->judge;
    r.on_done = on_done;
    r.arg = x;
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->changed, NULL);
    rc = iv_net_call(d->net, &r, &call, err);
    if (!rc) {
        pthread_mutex_lock(&x->lock);
        while (!x->is_done)
            pthread_cond_wait(&x->changed, &x->lock);
        pthread_mutex_unlock(&x->lock);
        iv_net_call_release(call);
        if (x->failure.code)
            rc = iv_fail(err, x->failure.code, "%s", x->failure.text);
    }
    pthread_cond_destroy(&x->changed);
    pthread_mutex_destroy(&x->lock);
    return rc;
}

/* -- a room -- */

static enum iv_code take_url(const iv_json *answer, const char *name, struct iv_room *out,
                             struct iv_error *err)
{
    const char *url = iv_json_get_str(answer, "url", "");

    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"<>\\", *p))
            url = "";
    if (strncmp(url, "https://", 8) || strlen(url) > 500 ||
        strcmp(iv_json_get_str(answer, "name", ""), name))
        return iv_fail(err, IV_E_UNAVAILABLE, "daily: the answer names no room %s", name);
    snprintf(out->url, sizeof out->url, "%s", url);
    return IV_OK;
}

static char *create_body(const struct daily *d, const char *name, int64_t ends_ms,
                         struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(4096);
    iv_json *j = iv_json_object(), *p = iv_json_object();
    char *out = NULL;

    iv_json_set_str(j, "name", name);
    iv_json_set_str(j, "privacy", d->config->daily_privacy);
    iv_json_set_int(p, "exp", ends_ms / 1000);
    iv_json_set_bool(p, "eject_at_room_exp", true);
    iv_json_set_bool(p, "enable_chat", false);
    iv_json_set(j, "properties", p);
    if (!iv_json_print(j, IV_JSON_COMPACT, &text, err))
        out = iv_buf_take(&text);
    iv_buf_release(&text);
    iv_json_free(j);
    return out;
}

static enum iv_code look_up(struct daily *d, const char *name, iv_json **room, int *status,
                            struct iv_error *err)
{
    struct exchange x = {.method = "GET", .what = "rooms", .name = name, .judge = judge};
    enum iv_code rc = exchange(d, &x, err);

    *room = x.answer;
    *status = x.status;
    return rc;
}

struct pause {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_over; /* {lock} */
};

static void end_pause(void *arg)
{
    struct pause *p = arg;

    pthread_mutex_lock(&p->lock);
    p->is_over = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void wait_a_little(struct daily *d, int64_t ms)
{
    struct pause p = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    net_timer *t = iv_net_after(d->net, ms, end_pause, &p);

    pthread_mutex_lock(&p.lock);
    while (t && !p.is_over)
        pthread_cond_wait(&p.changed, &p.lock);
    pthread_mutex_unlock(&p.lock);
    iv_net_timer_release(t);
}

/* POST; where that leaves it open whether there is a room, GET; where there is none, POST again. A 400 with no room by that name is a
 * refusal and stays one. */
static enum iv_code create(struct daily *d, const char *name, const char *body, struct iv_room *out,
                           struct iv_error *err)
{
    struct exchange x = {
        .method = "POST", .what = "rooms", .name = "", .body = body, .judge = judge_create};
    enum iv_code rc = IV_E_UNAVAILABLE;

    for (int64_t try = 0; rc && try <= d->config->net_retries; try++) {
        struct iv_error unused;
        iv_json *room = NULL;
        int status = 0;

        if (try)
            wait_a_little(d, PAUSE_MS << (try - 1 < 4 ? try - 1 : 4));
        rc = exchange(d, &x, err);
        if (!rc)
            rc = take_url(x.answer, name, out, err);
        else if (x.may_look_up && !look_up(d, name, &room, &status, &unused))
            rc = take_url(room, name, out, err);
        iv_json_free(room);
        if (rc && (!x.may_look_up || x.status == 400 || status != 404))
            break;
    }
    iv_json_free(x.answer);
    return rc;
}

static bool is_token(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    return n && n <= TOKEN_MAX && !s[n];
}

/* Without room_name a token would open every room of the domain. */
static enum iv_code add_token(struct daily *d, const char *name, int64_t ends_ms,
                              struct iv_room *out, struct iv_error *err)
{
    char body[256];
    struct exchange x = {
        .method = "POST", .what = "meeting-tokens", .name = "", .body = body, .judge = judge};
    size_t n = strlen(out->url);
    const char *token;
    enum iv_code rc;

    snprintf(body, sizeof body,
             "{\"properties\":{\"room_name\":\"%s\",\"exp\":%lld,\"eject_at_token_exp\":true,"
             "\"is_owner\":false}}",
             name, (long long)(ends_ms / 1000));
    rc = exchange(d, &x, err);
    token = iv_json_get_str(x.answer, "token", "");
    if (!rc && !is_token(token))
        rc = iv_fail(err, IV_E_UNAVAILABLE, "daily: the answer holds no token");
    if (!rc)
        snprintf(out->url + n, sizeof out->url - n, "?t=%s", token);
    iv_json_free(x.answer);
    return rc;
}

enum iv_code iv_room_open(iv_ctx *ctx, const char *session_id, int64_t ends_ms, struct iv_room *out,
                          struct iv_error *err)
{
    struct daily d;
    char *body = NULL;
    enum iv_code rc;

    out->url[0] = '\0';
    if (!iv_session_id_valid(session_id))
        return iv_fail(err, IV_E_USAGE, "\"%s\" is no session's id", session_id);
    rc = daily_open(&d, ctx, err);
    if (!rc && !(body = create_body(&d, session_id, ends_ms, err)))
        rc = IV_E_NOMEM;
    if (!rc)
        rc = create(&d, session_id, body, out, err);
    if (!rc && !strcmp(d.config->daily_privacy, "private"))
        rc = add_token(&d, session_id, ends_ms, out, err);
    if (rc)
        out->url[0] = '\0';
    free(body);
    daily_close(&d);
    return rc;
}

enum iv_code iv_room_check(iv_ctx *ctx, struct iv_error *err)
{
    struct daily d;
    iv_json *room = NULL;
    int status = 0;
    enum iv_code rc = daily_open(&d, ctx, err);

    if (!rc)
        rc = look_up(&d, "interviewctl-check", &room, &status, err);
    iv_json_free(room);
    daily_close(&d);
    return status == 404 ? IV_OK : rc; /* no such room, said to somebody it knows */
}

/* -- closing, in the background -- */

struct closing {
    struct rooms *rooms;
    net_call *call; /* {rooms->lock} */
    char name[IV_ID_BYTES];
    struct closing *next;
};
struct rooms {
    iv_ctx *ctx;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int n_open; /* {lock} */
    struct closing
        *first; /* {lock} also those that are done: their calls are released at the end */
};

static void *new_rooms(iv_ctx *ctx)
{
    struct rooms *r = iv_alloc(sizeof *r);
    pthread_condattr_t attr;

    if (!r)
        return NULL;
    r->ctx = ctx;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);
    return r;
}

static void drop_rooms(void *state)
{
    struct rooms *r = state;
    struct timespec end;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += LAST_WAIT_S;
    pthread_mutex_lock(&r->lock);
    while (r->n_open && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&r->changed, &r->lock, &end);
    pthread_mutex_unlock(&r->lock);
    while (r->first) {
        struct closing *c = r->first;

        r->first = c->next;
        iv_net_call_release(c->call);
        free(c);
    }
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static void on_closed(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct closing *c = arg;
    struct rooms *r = c->rooms;

    if (v->code && o->failure != NET_CANCELLED)
        iv_log(iv_ctx_log(r->ctx), IV_LOG_INFO, "room %s ends by itself: %s", c->name, v->text);
    pthread_mutex_lock(&r->lock);
    r->n_open--;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static enum iv_code start_closing(struct rooms *r, struct daily *d, struct closing *c,
                                  struct iv_error *err)
{
    struct net_header header = {"Authorization", d->bearer};
    char url[URL_BYTES];
    struct net_request request;
    enum iv_code rc = address(d, "rooms", c->name, url, err);

    if (rc)
        return rc;
    request = request_of("DELETE", url, NULL, &header);
    request.judge = judge_delete;
    request.on_done = on_closed;
    request.arg = c;
    pthread_mutex_lock(&r->lock);
    r->n_open++;
    c->next = r->first;
    r->first = c;
    pthread_mutex_unlock(&r->lock);
    return iv_net_call(d->net, &request, &c->call, err);
}

/* Taken back: it never began. */
static void forget(struct rooms *r, struct closing *c)
{
    struct closing **p;

    pthread_mutex_lock(&r->lock);
    for (p = &r->first; *p && *p != c; p = &(*p)->next)
        ;
    if (*p) {
        *p = c->next;
        r->n_open--;
    }
    pthread_mutex_unlock(&r->lock);
    free(c);
}

void iv_room_close(iv_ctx *ctx, const char *session_id)
{
    struct rooms *r = iv_ctx_slot(ctx, IV_SLOT_ROOMS, new_rooms, drop_rooms);
    struct closing *c = r ? iv_alloc(sizeof *c) : NULL;
    struct iv_error why = {0};
    struct daily d;
    enum iv_code rc;

    if (!c || !iv_session_id_valid(session_id)) {
        free(c);
        return;
    }
    c->rooms = r;
    snprintf(c->name, sizeof c->name, "%s", session_id);
    rc = daily_open(&d, ctx, &why);
    if (!rc)
        rc = start_closing(r, &d, c, &why);
    if (rc) {
        iv_log(iv_ctx_log(ctx), IV_LOG_INFO, "room %s ends by itself: %s", session_id, why.text);
        forget(r, c);
    }
    daily_close(&d);
}
