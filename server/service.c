/* service.c - the server's life: threads, contexts, certificates, the end. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "loop.h"
#include "server.h"

#define LOOPS_MAX 64
#define HEADERS_BYTES 16384
#define PING_S 20
#define HANGUP_S 30
#define ENDING_MS 3000 /* for close frames and replies under way */
#define IDLE_LOOK_MS 500
#define RATE_BYTES (8u << 20)
#define WINDOW_US 60000000
#define LAG_MAX_US 2000000 /* of a loop that is still taken for one that turns */

static atomic_bool told_to_stop, told_to_reload;

void iv_serve_stop(void)
{
    atomic_store(&told_to_stop, true);
}

void iv_serve_reload(void)
{
    atomic_store(&told_to_reload, true);
}

/* -- libwebsockets' calls -- */

void iv_loop_wake(struct loop *l)
{
    int_least64_t none = 0;

    atomic_compare_exchange_strong(&l->woken_us, &none, iv_mono_us(iv_ctx_clock(l->server->ctx)));
    lws_cancel_service(l->cx);
}

static void count_lag(struct loop *l)
{
    int64_t since = atomic_exchange(&l->woken_us, 0), lag;
    int i = 0;

    if (!since)
        return;
    lag = iv_mono_us(iv_ctx_clock(l->server->ctx)) - since;
    while (i < IV_LAG_BUCKETS - 1 && lag > iv_lag_bounds_us[i])
        i++;
    atomic_fetch_add(&l->server->lags[i], 1);
    atomic_fetch_add(&l->server->lag_sum_us, (uint64_t)(lag > 0 ? lag : 0));
}

/* A new certificate is for new connections; what is open stays. */
static void renew_certificate(struct loop *l)
{
    const struct iv_config *c = l->server->config;

    if (!atomic_exchange(&l->reloads, false) || !l->server->is_tls)
        return;
    if (access(c->serve_tls_cert, R_OK) || access(c->serve_tls_key, R_OK) ||
        lws_tls_cert_updated(l->cx, c->serve_tls_cert, c->serve_tls_key, NULL, 0, NULL, 0))
        iv_log(iv_ctx_log(l->server->ctx), IV_LOG_ERROR,
               "serve.tls_cert %s cannot be read again: the old one stays", c->serve_tls_cert);
    else
        iv_log(iv_ctx_log(l->server->ctx), IV_LOG_INFO, "serve.tls_cert %s was read again",
               c->serve_tls_cert);
}

static void take_done(struct loop *l)
{
    struct exchange *x, *next;

    pthread_mutex_lock(&l->lock);
    x = l->done;
    l->done = NULL;
    pthread_mutex_unlock(&l->lock);
    for (; x; x = next) {
        next = x->next;
        x->is_posted = false;
        x->is_answered = true;
        if (x->conn) {
            lws_rx_flow_control(x->conn->wsi, 1); /* 4.1 heeds nothing of a connection without */
            lws_callback_on_writable(x->conn->wsi);
        } else
            iv_exchange_free(x);
    }
}

/* `in` is never looked at: libwebsockets 4.1 may hand out freed memory there. */
static int confirm_upgrade(struct lws *wsi)
{
    char name[16];

    if (lws_hdr_copy(wsi, name, sizeof name, WSI_TOKEN_UPGRADE) <= 0)
        return -1;
    return strcasecmp(name, "websocket") ? -1 : 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct loop *l = lws_context_user(lws_get_context(wsi));
    struct conn *c = user;

    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        count_lag(l);
        take_done(l);
        iv_sockets_wake(l);
        renew_certificate(l);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return confirm_upgrade(wsi);
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
        return -1;
    case LWS_CALLBACK_HTTP:
        if (c->x || c->lingers)
            return -1;
        c->wsi = wsi;
        return iv_conn_request(l, c);
    case LWS_CALLBACK_HTTP_BODY:
        return iv_conn_body(c, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return iv_conn_body_end(c);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return iv_conn_write(c);
    case LWS_CALLBACK_TIMER:
        return c ? iv_conn_late(c) : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (c)
            iv_conn_gone(c);
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        c->wsi = wsi;
        return iv_socket_filter(l, c);
    case LWS_CALLBACK_ESTABLISHED:
        c->wsi = wsi;
        return iv_socket_open(l, c);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return iv_socket_write(c);
    case LWS_CALLBACK_RECEIVE:
        return iv_socket_receive(c, in, len);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return iv_socket_asked_to_close(c, in, len);
    case LWS_CALLBACK_CLOSED:
        iv_socket_closed(c);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY: /* a handshake that never became a connection */
        if (c && c->socket)
            iv_socket_closed(c);
        iv_peer_gone(wsi);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"interviewctl", on_event, sizeof(struct conn), 4096, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

/* -- a context -- */

struct place {
    char address[256];
    int port;
    bool is_unix;
    bool is_own; /* the store's owner's */
};

static enum iv_code read_place(const char *text, struct place *out, struct iv_error *err)
{
    const char *colon = strrchr(text, ':');
    char *end;
    long port;

    *out = (struct place){0};
    if (!strncmp(text, "unix:", 5) && text[5]) {
        out->is_unix = true;
        snprintf(out->address, sizeof out->address, "%s", text + 5);
        return IV_OK;
    }
    if (!colon)
        return iv_fail(err, IV_E_CONFIG, "serve.listen \"%s\": must be ADDRESS:PORT or unix:PATH",
                       text);
    port = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end || port < 0 || port > 65535)
        return iv_fail(err, IV_E_CONFIG, "serve.listen \"%s\": the port must be 0 to 65535", text);
    out->port = (int)port;
    if (text[0] == '[' && colon > text + 1 && colon[-1] == ']')
        snprintf(out->address, sizeof out->address, "%.*s", (int)(colon - text) - 2, text + 1);
    else
        snprintf(out->address, sizeof out->address, "%.*s", (int)(colon - text), text);
    return IV_OK;
}

/* Port 0 is any free one; it is found here, so that every loop takes the same. */
static enum iv_code find_port(struct place *p, struct iv_error *err)
{
    bool is_v6 = strchr(p->address, ':');
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)p->port)};
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)p->port)};
    struct sockaddr *a = is_v6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4;
    socklen_t len = is_v6 ? sizeof a6 : sizeof a4;
    const char *address = p->address[0] ? p->address : "0.0.0.0";
    int on = 1, fd, why = 0;

    if (!strcmp(address, "localhost"))
        snprintf(p->address, sizeof p->address, "127.0.0.1");
    address = p->address[0] ? p->address : "0.0.0.0";
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, address,
                  is_v6 ? (void *)&a6.sin6_addr : (void *)&a4.sin_addr) != 1)
        return iv_fail(err, IV_E_CONFIG, "serve.listen: \"%s\" is no address of this machine",
                       address);
    fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return iv_fail(err, IV_E_NOMEM, "no socket: %s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, a, len) || listen(fd, 1) || getsockname(fd, a, &len))
        why = errno;
    close(fd);
    if (why)
        return iv_fail(err, IV_E_UNAVAILABLE, "cannot listen at %s:%d: %s", address, p->port,
                       strerror(why));
    p->port = ntohs(is_v6 ? a6.sin6_port : a4.sin_port);
    return IV_OK;
}

static void log_lws(int level, const char *line)
{
    (void)level;
    (void)line; /* what matters comes through callbacks; its lines hold URLs */
}

/* The context is made with the first place. */
static enum iv_code open_place(struct loop *l, const struct place *p, struct iv_error *err)
{
    static const lws_retry_bo_t policy = {.secs_since_valid_ping = PING_S,
                                          .secs_since_valid_hangup = PING_S + HANGUP_S};
    const struct iv_config *cfg = l->server->config;
    bool has_tls = l->server->is_tls && !p->is_own;
    struct lws_vhost *vhost;
    struct lws_context_creation_info info = {
        .vhost_name = p->is_own ? "own" : "default",
        .port = p->is_unix ? 0 : p->port,
        .iface = p->address[0] ? p->address : NULL,
        .protocols = protocols,
        .user = l,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE |
                   (p->is_unix ? LWS_SERVER_OPTION_UNIX_SOCK : 0) |
                   (l->server->is_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .alpn = "http/1.1",
        .server_string = "interviewctl",
        .max_http_header_data = HEADERS_BYTES,
        .pt_serv_buf_size = SEND_BYTES + LWS_PRE,
        .timeout_secs = 10,
        .keepalive_timeout = 60,
        .retry_and_idle_policy = &policy,
        .gid = -1,
        .uid = -1,
        .fd_limit_per_thread = 0,
    };

    if (has_tls) {
        info.ssl_cert_filepath = cfg->serve_tls_cert;
        info.ssl_private_key_filepath = cfg->serve_tls_key;
        info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
        info.ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_SSLv3;
    }
    if (!l->cx)
        l->cx = lws_create_context(&info);
    if (!l->cx)
        return iv_fail(err, IV_E_NOMEM, "libwebsockets: no context");
    vhost = lws_create_vhost(l->cx, &info);
    if (!vhost)
        return has_tls
                   ? iv_fail(err, IV_E_CONFIG, "cannot listen with TLS: check %s and %s",
                             cfg->serve_tls_cert, cfg->serve_tls_key)
                   : iv_fail(err, IV_E_UNAVAILABLE, "cannot listen at %s:%d", p->address, p->port);
    return IV_OK;
}

/* Without it commands are told that the store is in use; the server is none the worse. */
static void open_own(struct loop *l, struct place *own, const char *path)
{
    mode_t mask = umask(0177); /* nobody else may connect, from the first moment on */
    struct iv_error err;

    *own = (struct place){.is_unix = true, .is_own = true};
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        iv_fail(&err, IV_E_CONFIG, "its path is too long");
    else if (unlink(path) && errno != ENOENT)
        iv_fail(&err, IV_E_CONFIG, "%s", strerror(errno));
    else if (snprintf(own->address, sizeof own->address, "%s", path) > 0 &&
             !open_place(l, own, &err) && !chmod(path, 0600)) /* libwebsockets made it 0660 */
        l->server->local = path;
    umask(mask);
    if (!l->server->local)
        iv_log(iv_ctx_log(l->server->ctx), IV_LOG_WARN,
               "%s: commands cannot find this server there: %s", path, err.text);
}

static void *run_loop(void *arg)
{
    struct loop *l = arg;

    while (!atomic_load(&l->ends))
        lws_service(l->cx, 0);
    return NULL;
}

static void stop_loop(struct loop *l)
{
    if (!l->has_thread)
        return;
    atomic_store(&l->ends, true);
    iv_loop_wake(l);
    pthread_join(l->thread, NULL);
}

/* Its thread has ended, and no worker has a request of it any more. */
static void close_loop(struct loop *l)
{
    if (l->cx) {
        lws_context_destroy(l->cx);
        take_done(l);
    }
    pthread_mutex_destroy(&l->lock);
}

/* -- the server -- */

/* On a live session's thread: session_ended names the same addresses as DELETE. */
static void tell_urls(void *arg, const char *session_id, iv_json *summary)
{
    const struct iv_server *s = arg;
    char base[600];

    iv_public_base(s, NULL, base, sizeof base);
    iv_urls_summary(s, base, session_id, summary);
}

static enum iv_code open_parts(struct iv_server *s, struct iv_error *err)
{
    const struct iv_config *c = s->config;
    struct iv_lives_options lives = {.ctx = s->ctx, .store = s->store, .urls = tell_urls, .arg = s};
    enum iv_code rc = iv_keys_open(s->ctx, s->store, &s->keys, err);

    if (!rc)
        iv_keys_watch(s->keys, iv_sockets_revoke, s);
    if (!rc)
        rc = iv_rate_new((unsigned)c->serve_rate, WINDOW_US, RATE_BYTES, &s->by_key, err);
    if (!rc)
        rc = iv_rate_new((unsigned)c->serve_rate, WINDOW_US, RATE_BYTES, &s->by_address, err);
    if (!rc)
        rc = iv_pool_new((size_t)c->serve_workers, (size_t)c->serve_waiting, &s->pool, err);
    if (!rc)
        rc = iv_lives_new(&lives, &s->lives, err);
    if (!rc && !(s->once = iv_once_new()))
        rc = iv_fail(err, IV_E_NOMEM, "server: out of memory");
    return rc;
}

static void close_parts(struct iv_server *s)
{
    iv_pool_free(s->pool);
    iv_lives_free(s->lives);
    iv_once_free(s->once);
    iv_rate_free(s->by_key);
    iv_rate_free(s->by_address);
    iv_keys_close(s->keys);
    pthread_mutex_destroy(&s->sockets_lock);
    pthread_mutex_destroy(&s->health_lock);
}

static void set_base(struct iv_server *s, const struct place *p)
{
    const char *address = p->address[0] && strcmp(p->address, "0.0.0.0") ? p->address : "localhost";

    if (p->is_unix)
        snprintf(s->base, sizeof s->base, "http://localhost");
    else
        snprintf(s->base, sizeof s->base, strchr(address, ':') ? "%s://[%s]:%d" : "%s://%s:%d",
                 s->is_tls ? "https" : "http", address, p->port);
}

static enum iv_code check_tls(struct iv_server *s, struct iv_error *err)
{
    const struct iv_config *c = s->config;

    s->is_tls = c->serve_tls_cert[0];
    if (!c->serve_tls_cert[0] != !c->serve_tls_key[0])
        return iv_fail(err, IV_E_CONFIG, "serve.tls_cert and serve.tls_key: one needs the other");
    if (s->is_tls && access(c->serve_tls_cert, R_OK))
        return iv_fail(err, IV_E_CONFIG, "serve.tls_cert %s: %s", c->serve_tls_cert,
                       strerror(errno));
    if (s->is_tls && access(c->serve_tls_key, R_OK))
        return iv_fail(err, IV_E_CONFIG, "serve.tls_key %s: %s", c->serve_tls_key, strerror(errno));
    return IV_OK;
}

static bool is_idle(struct iv_server *s)
{
    int64_t limit_us = s->config->serve_idle_exit_s * 1000000;
    struct iv_live_stats live;

    if (!limit_us)
        return false;
    iv_lives_stats(s->lives, &live);
    return !live.links && !live.sessions &&
           iv_mono_us(iv_ctx_clock(s->ctx)) - atomic_load(&s->used_us) > limit_us;
}

/* libwebsockets is touched by the loops' own threads alone. */
static void reload(struct loop *loops, size_t n)
{
    iv_notify("RELOADING=1");
    for (size_t i = 0; i < n; i++) {
        atomic_store(&loops[i].reloads, true);
        iv_loop_wake(&loops[i]);
    }
    iv_notify("READY=1");
}

/* systemd hears that we live only while every loop turns and the store answers. */
static void feed_watchdog(struct iv_server *s, struct loop *loops, size_t n, int64_t every_us,
                          int64_t *fed_us)
{
    int64_t now = iv_mono_us(iv_ctx_clock(s->ctx)), since;
    struct iv_session ignored;
    enum iv_code rc;

    if (!every_us || now - *fed_us < every_us / 3)
        return;
    for (size_t i = 0; i < n; i++) {
        since = atomic_load(&loops[i].woken_us);
        if (since && now - since > LAG_MAX_US)
            return;
        iv_loop_wake(&loops[i]); /* seen to turn by the next look */
    }
    rc = iv_store_session_get(s->store, "sess_000000000000", &ignored, NULL);
    if (rc && rc != IV_E_SESSION_NOT_FOUND)
        return;
    *fed_us = now;
    iv_notify("WATCHDOG=1");
}

static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

static void wait_for_the_end(struct iv_server *s, struct loop *loops, size_t n)
{
    int64_t watchdog_us = iv_notify_watchdog_us(), fed_us = 0;

    while (!atomic_load(&told_to_stop) && !is_idle(s)) {
        if (atomic_exchange(&told_to_reload, false))
            reload(loops, n);
        feed_watchdog(s, loops, n, watchdog_us, &fed_us);
        sleep_ms(IDLE_LOOK_MS / 5);
    }
}

static size_t still_open(struct loop *loops, size_t n)
{
    size_t open = 0;

    for (size_t i = 0; i < n; i++)
        open += loops[i].n_exchanges + loops[i].n_sockets;
    return open;
}

static enum iv_code serve(struct iv_server *s, const struct iv_serve_options *o, struct place *p,
                          struct loop *loops, struct iv_error *err)
{
    size_t n = (size_t)s->config->serve_loops, opened = 0;
    struct place own;
    enum iv_code rc = IV_OK;

    for (; opened < n && !rc; opened++) {
        loops[opened].server = s;
        pthread_mutex_init(&loops[opened].lock, NULL);
        rc = open_place(&loops[opened], p, err);
    }
    if (!rc && o->local)
        open_own(&loops[0], &own, o->local);
    for (size_t i = 0; i < n && !rc; i++) {
        int why = pthread_create(&loops[i].thread, NULL, run_loop, &loops[i]);

        loops[i].has_thread = !why;
        if (why)
            rc = iv_fail(err, IV_E_NOMEM, "cannot start a thread: %s", strerror(why));
    }
    if (!rc) {
        if (o->ready)
            o->ready(o->arg, s->base);
        iv_notify("READY=1\nSTATUS=Serving");
        wait_for_the_end(s, loops, n);
        iv_notify("STOPPING=1");
        iv_lives_stop(s->lives); /* every connection is told 1001 */
        for (int waited = 0; waited < ENDING_MS && still_open(loops, n); waited += 20)
            sleep_ms(20);
    }
    for (size_t i = 0; i < opened; i++)
        stop_loop(&loops[i]);
    iv_pool_free(s->pool); /* what a worker still does ends first: it hands its reply to a loop */
    s->pool = NULL;
    for (size_t i = 0; i < opened; i++)
        close_loop(&loops[i]);
    if (s->local)
        unlink(s->local);
    return rc;
}

enum iv_code iv_serve(const struct iv_serve_options *o, struct iv_error *err)
{
    struct iv_server *s = iv_alloc(sizeof *s);
    struct loop *loops = iv_alloc(LOOPS_MAX * sizeof *loops);
    struct place p;
    enum iv_code rc = s && loops ? IV_OK : iv_fail(err, IV_E_NOMEM, "server: out of memory");

    if (rc)
        goto out;
    rc = iv_lazy_load(&iv_server_lws, err);
    if (rc)
        goto out;
    atomic_store(&told_to_stop, false);
    lws_set_log_level(0, log_lws);
    pthread_mutex_init(&s->sockets_lock, NULL);
    pthread_mutex_init(&s->health_lock, NULL);
    s->ctx = o->ctx;
    s->config = iv_ctx_config(o->ctx);
    s->store = o->store;
    s->started_ms = iv_wall_ms(iv_ctx_clock(o->ctx));
    atomic_store(&s->used_us, iv_mono_us(iv_ctx_clock(o->ctx)));
    rc = check_tls(s, err);
    if (!rc)
        rc = read_place(s->config->serve_listen, &p, err);
    if (!rc && !p.is_unix)
        rc = find_port(&p, err);
    if (!rc)
        rc = open_parts(s, err);
    if (!rc)
        set_base(s, &p);
    if (!rc && !o->check_only)
        rc = serve(s, o, &p, loops, err);
    close_parts(s);
out:
    free(loops);
    free(s);
    return rc;
}
