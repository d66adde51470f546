/* redis_link.c - see redis_link.h. */
#include "store/redis_link.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv_build.h"
#include "store/backend.h"

#define PORT_DEFAULT 6379
#define TIMEOUT_DEFAULT_MS 2000
#define REST_MS 500 /* after a failure: who asks meanwhile is refused at once */
#define PARTS_MAX 80

IV_LAZY_DEFINE(iv_hiredis, IV_HIREDIS_SONAME, IV_HIREDIS_PACKAGE, HIREDIS_FUNCTIONS);

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -- where it is -- */

static bool take_number(const char *text, int max, int *out)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 0 || n > max)
        return false;
    *out = (int)n;
    return true;
}

static enum iv_code bad_url(struct iv_error *err)
{
    return iv_fail(err, IV_E_CONFIG,
                   "redis.url: must be redis://[user:password@]host[:port][/database] or "
                   "unix:PATH");
}

/* Cuts `text` at the first of `sign`; what stood behind it, or NULL. */
static char *cut(char *text, char sign)
{
    char *at = strchr(text, sign);

    if (at)
        *at++ = '\0';
    return at;
}

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* %40 and its like, in place. False for what is none. */
static bool unescape(char *text)
{
    char *out = text;

    for (; *text; text++) {
        if (*text != '%') {
            *out++ = *text;
            continue;
        }
        if (hex(text[1]) < 0 || hex(text[2]) < 0 || !(hex(text[1]) | hex(text[2])))
            return false;
        *out++ = (char)(hex(text[1]) * 16 + hex(text[2]));
        text += 2;
    }
    *out = '\0';
    return true;
}

static enum iv_code take_login(struct redis_link *l, char *login, struct iv_error *err)
{
    char *password = cut(login, ':');

    if (!password || !unescape(password) || !unescape(login))
        return bad_url(err);
    l->password = iv_strdup(password);
    l->user = *login ? iv_strdup(login) : NULL;
    return l->password && (l->user || !*login) ? IV_OK : iv_store_no_memory(err);
}

/* [::1]:6379 has colons of its own. *host NULL: brackets that do not close. */
static char *cut_port(char **host)
{
    char *end;

    if (**host != '[')
        return cut(*host, ':');
    ++*host;
    end = cut(*host, ']');
    if (!end || (*end && *end != ':')) {
        *host = NULL;
        return NULL;
    }
    return *end ? end + 1 : NULL;
}

static enum iv_code take_host(struct redis_link *l, char *rest, struct iv_error *err)
{
    char *database = cut(rest, '/'), *host = strrchr(rest, '@'), *port;
    enum iv_code rc = IV_OK;

    if (host) {
        *host++ = '\0';
        rc = take_login(l, rest, err);
    } else {
        host = rest;
    }
    port = cut_port(&host);
    l->port = PORT_DEFAULT;
    if (rc)
        return rc;
    if (!host || !*host || (port && !take_number(port, 65535, &l->port)) ||
        (database && *database && !take_number(database, 1000, &l->database)))
        return bad_url(err);
    l->host = iv_strdup(host);
    snprintf(l->where, sizeof l->where, "%.200s:%d", host, l->port);
    return l->host ? IV_OK : iv_store_no_memory(err);
}

static enum iv_code take_url(struct redis_link *l, char *url, struct iv_error *err)
{
    char *database;

    if (!strncmp(url, "redis://", 8))
        return take_host(l, url + 8, err);
    if (!strncmp(url, "redis+unix:", 11))
        url += strlen("redis+");
    if (strncmp(url, "unix:", 5) != 0)
        return bad_url(err);
    database = cut(url, '?');
    if (database &&
        (strncmp(database, "db=", 3) != 0 || !take_number(database + 3, 1000, &l->database)))
        return bad_url(err);
    url += !strncmp(url, "unix://", 7) ? 7 : 5;
    if (!*url)
        return bad_url(err);
    l->socket = iv_strdup(url);
    snprintf(l->where, sizeof l->where, "%.240s", url);
    return l->socket ? IV_OK : iv_store_no_memory(err);
}

enum iv_code iv_redis_link_init(struct redis_link *l, iv_ctx *ctx, const char *url,
                                struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    char *copy = iv_strdup(url);
    enum iv_code rc;

    *l = (struct redis_link){.timeout_ms = c ? c->redis_timeout_ms : TIMEOUT_DEFAULT_MS,
                             .replicas = c ? c->redis_replicas : 0,
                             .is_strict = !c || !strcmp(c->redis_durability, "strict")};
    rc = copy ? take_url(l, copy, err) : iv_store_no_memory(err);
    if (copy)
        explicit_bzero(copy, strlen(copy));
    free(copy);
    return rc ? rc : iv_lazy_load(&iv_hiredis, err);
}

static void disconnect(struct redis_link *l)
{
    if (l->c)
        redisFree(l->c);
    l->c = NULL;
    l->is_stale = false;
}

void iv_redis_link_release(struct redis_link *l)
{
    disconnect(l);
    if (l->password)
        explicit_bzero(l->password, strlen(l->password));
    free(l->password);
    free(l->user);
    free(l->host);
    free(l->socket);
    *l = (struct redis_link){0};
}

/* -- errors -- */

enum iv_code iv_redis_refused(const struct redis_link *l, const char *what, struct iv_error *err)
{
    return iv_fail(err, IV_E_REDIS, "Redis at %s: %.200s", l->where, what);
}

static enum iv_code is_lost(struct redis_link *l, struct iv_error *err)
{
    char why[128];

    /* who waited in vain once does not wait a second time for the same answer */
    l->is_slow = l->c && l->c->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (l->is_slow)
        l->down_until_ms = now_ms() + REST_MS;
    snprintf(why, sizeof why, "%.120s", l->c && l->c->err ? l->c->errstr : "the connection broke");
    disconnect(l);
    return iv_redis_refused(l, why, err);
}

/* -- batches -- */

void iv_redis_add_bytes(struct redis_batch *b, size_t n, const char **parts, const size_t *lens)
{
    char *command = NULL;
    int len = redisFormatCommandArgv(&command, (int)n, parts, lens);

    if (len < 0) {
        b->bytes.failed = true;
        return;
    }
    iv_buf_add(&b->bytes, command, (size_t)len);
    redisFreeCommand(command);
    b->n++;
}

void iv_redis_add(struct redis_batch *b, const char *command, ...)
{
    const char *parts[PARTS_MAX], *p = command;
    size_t lens[PARTS_MAX], n = 0;
    va_list ap;

    va_start(ap, command);
    for (; p && n < PARTS_MAX; p = va_arg(ap, const char *)) {
        parts[n] = p;
        lens[n++] = strlen(p);
    }
    va_end(ap);
    if (p)
        IV_BUG("a command for Redis has too many parts");
    iv_redis_add_bytes(b, n, parts, lens);
}

static void empty(struct redis_batch *b)
{
    iv_buf_clear(&b->bytes);
    b->n = 0;
}

void iv_redis_batch_release(struct redis_batch *b)
{
    iv_buf_release(&b->bytes);
    b->n = 0;
}

void iv_redis_replies_release(struct redis_replies *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->items[i])
            freeReplyObject(r->items[i]);
    free(r->items);
    *r = (struct redis_replies){0};
}

static void note_stale(struct redis_link *l, const redisReply *reply)
{
    static const char *const words[] = {"READONLY", "LOADING", "MASTERDOWN"};

    for (size_t i = 0; i < IV_LEN(words) && reply->type == REDIS_REPLY_ERROR; i++)
        l->is_stale |= !strncmp(reply->str, words[i], strlen(words[i]));
}

enum iv_code iv_redis_exchange(struct redis_link *l, struct redis_batch *b,
                               struct redis_replies *out, struct iv_error *err)
{
    enum iv_code rc = iv_buf_check(&b->bytes, "commands for Redis", err);

    *out = (struct redis_replies){0};
    if (!rc && !l->c)
        rc = iv_redis_refused(l, "not connected", err);
    if (!rc) {
        out->items = iv_alloc_array(b->n ? b->n : 1, sizeof *out->items);
        if (!out->items)
            rc = iv_store_no_memory(err);
    }
    if (!rc && redisAppendFormattedCommand(l->c, iv_buf_str(&b->bytes), b->bytes.len))
        rc = is_lost(l, err);
    for (; !rc && out->n < b->n; out->n++) {
        void *reply = NULL;

        if (redisGetReply(l->c, &reply) || !reply) {
            rc = is_lost(l, err);
            break;
        }
        out->items[out->n] = reply;
        note_stale(l, reply);
    }
    empty(b);
    if (rc)
        iv_redis_replies_release(out);
    return rc;
}

enum iv_code iv_redis_run(struct redis_link *l, struct redis_batch *b, struct redis_replies *out,
                          struct iv_error *err)
{
    enum iv_code rc = iv_redis_exchange(l, b, out, err);

    for (size_t i = 0; i < out->n && !rc; i++)
        if (out->items[i]->type == REDIS_REPLY_ERROR)
            rc = iv_redis_refused(l, out->items[i]->str, err);
    if (rc)
        iv_redis_replies_release(out);
    return rc;
}

/* -- connecting -- */

/* What Redis acknowledges before it is on disk is gone after a power failure, and with it an answer that a client was told is kept. */
static enum iv_code check_durable(struct redis_link *l, struct iv_error *err)
{
    static const char *const wanted[2][2] = {{"appendonly", "yes"}, {"appendfsync", "always"}};
    struct redis_batch b = REDIS_BATCH_INIT;
    struct redis_replies r;
    enum iv_code rc = IV_OK;

    for (int i = 0; i < 2 && !rc; i++) {
        iv_redis_add(&b, "CONFIG", "GET", wanted[i][0], NULL);
        rc = iv_redis_run(l, &b, &r, err);
        if (!rc && (r.items[0]->elements != 2 ||
                    strcmp(iv_redis_text(r.items[0]->element[1]), wanted[i][1]) != 0))
            rc = iv_fail(err, IV_E_CONFIG,
                         "Redis at %s: must be set to %s %s, or what it acknowledged is lost when "
                         "it dies; redis.durability = relaxed accepts that",
                         l->where, wanted[i][0], wanted[i][1]);
        iv_redis_replies_release(&r);
    }
    iv_redis_batch_release(&b);
    return rc;
}

static enum iv_code greet(struct redis_link *l, struct iv_error *err)
{
    struct redis_batch b = REDIS_BATCH_INIT;
    struct redis_replies r = {0};
    char database[16];
    enum iv_code rc;

    if (l->password && l->user)
        iv_redis_add(&b, "AUTH", l->user, l->password, NULL);
    else if (l->password)
        iv_redis_add(&b, "AUTH", l->password, NULL);
    snprintf(database, sizeof database, "%d", l->database);
    iv_redis_add(&b, "SELECT", database, NULL);
    iv_redis_add(&b, "CLIENT", "ID", NULL);
    rc = iv_redis_run(l, &b, &r, err);
    if (!rc)
        l->client_id = iv_redis_number(r.items[r.n - 1]);
    iv_redis_replies_release(&r);
    if (b.bytes.data)
        explicit_bzero(b.bytes.data, b.bytes.cap);
    iv_redis_batch_release(&b);
    return rc || !l->is_strict ? rc : check_durable(l, err);
}

static struct timeval timeval_of(int64_t ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static enum iv_code connect_once(struct redis_link *l, struct iv_error *err)
{
    struct timeval limit = timeval_of(l->timeout_ms);
    enum iv_code rc;

    l->c = l->socket ? redisConnectUnixWithTimeout(l->socket, limit)
                     : redisConnectWithTimeout(l->host, l->port, limit);
    if (!l->c || l->c->err || redisSetTimeout(l->c, limit))
        return is_lost(l, err);
    rc = greet(l, err);
    if (rc)
        disconnect(l);
    return rc;
}

static bool still_there(struct redis_link *l)
{
    struct redis_batch b = REDIS_BATCH_INIT;
    struct redis_replies r = {0};
    bool there;

    iv_redis_add(&b, "PING", NULL);
    there = !iv_redis_run(l, &b, &r, NULL);
    iv_redis_replies_release(&r);
    iv_redis_batch_release(&b);
    if (!there)
        disconnect(l);
    return there;
}

enum iv_code iv_redis_ready(struct redis_link *l, struct iv_error *err)
{
    enum iv_code rc;

    if (l->c && l->is_stale)
        disconnect(l);
    if (l->c && still_there(l))
        return IV_OK;
    if (now_ms() < l->down_until_ms)
        return iv_redis_refused(l, "was not reached a moment ago", err);
    rc = connect_once(l, err);
    l->down_until_ms = rc ? now_ms() + REST_MS : 0;
    return rc;
}

/* -- replies -- */

int64_t iv_redis_number(const redisReply *r)
{
    if (r && r->type == REDIS_REPLY_INTEGER)
        return r->integer;
    return r && r->type == REDIS_REPLY_STRING ? strtoll(r->str, NULL, 10) : 0;
}

const char *iv_redis_text(const redisReply *r)
{
    return r && r->type == REDIS_REPLY_STRING ? r->str : "";
}

bool iv_redis_is_nil(const redisReply *r)
{
    return !r || r->type == REDIS_REPLY_NIL;
}
