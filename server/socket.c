/* socket.c - WebSockets of sessions: the handshake's questions, frames in and out, and the rules of RFC 6455 that libwebsockets
 * leaves to us (how large a message, of how many fragments) or breaks off without a close frame (text that is no UTF-8).
 *
 * The handshake reads one session record here on the loop's thread: libwebsockets cannot put an upgrade off. It is one look-up by
 * key, some tens of microseconds; nothing else of the store is touched on this thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "loop.h"

#define KEY_IS_OVER "the key is not good any more"
#define FRAGMENTS_MAX 512u
#define CLOSE_CODE_MAX 4999
#define CLOSING_S 10
#define OUT_MAX (64u << 20) /* what live.h lets pile up is far less */

struct message {
    struct message *next;
    size_t len;
    bool is_binary;
    unsigned char bytes[]; /* LWS_PRE, then the message */
};

/* Text as far as it came: it is refused at its first wrong byte. */
struct utf8 {
    unsigned need; /* bytes until the character is whole */
    unsigned char low, high; /* what the next of them may be */
};

struct socket_link {
    struct loop *loop;
    struct lws *wsi; /* loop's thread; NULL: closed */
    iv_live_link *live;
    struct iv_principal who;
    char session_id[IV_ID_BYTES];
    struct iv_buf in; /* of the message that comes */
    struct utf8 text; /* of it */
    bool is_refused; /* what comes is not heard any more */
    size_t fragments;
    pthread_mutex_t lock;
    struct message *first, **last; /* {lock} */
    size_t queued; /* {lock} bytes */
    int close_code; /* {lock} 0: open */
    char reason[124]; /* {lock} */
    bool is_closed; /* {lock} nothing is taken any more */
    bool wants; /* {loop->lock} */
    bool is_registered; /* {server->sockets_lock} */
    struct socket_link *next_wanting; /* {loop->lock} */
    struct socket_link *prev, *next; /* {server->sockets_lock} */
};

/* -- the transport of live.h -- */

static void want(struct socket_link *k)
{
    struct loop *l = k->loop;
    bool is_first = false;

    pthread_mutex_lock(&l->lock);
    if (!k->wants) {
        is_first = !l->wanting; /* else the loop is awake for others already */
        k->wants = true;
        k->next_wanting = l->wanting;
        l->wanting = k;
    }
    pthread_mutex_unlock(&l->lock);
    if (is_first)
        iv_loop_wake(l);
}

static bool transport_send(void *arg, bool is_binary, const void *bytes, size_t len)
{
    struct socket_link *k = arg;
    struct message *m = iv_alloc(sizeof *m + LWS_PRE + len);
    bool taken;

    if (!m)
        return false;
    m->len = len;
    m->is_binary = is_binary;
    memcpy(m->bytes + LWS_PRE, bytes, len);
    pthread_mutex_lock(&k->lock);
    taken = !k->is_closed && !k->close_code && k->queued + len <= OUT_MAX;
    if (taken) {
        *k->last = m;
        k->last = &m->next;
        k->queued += len;
    }
    pthread_mutex_unlock(&k->lock);
    if (!taken)
        free(m);
    else
        want(k);
    return taken;
}

static size_t transport_queued(void *arg)
{
    struct socket_link *k = arg;
    size_t n;

    pthread_mutex_lock(&k->lock);
    n = k->queued;
    pthread_mutex_unlock(&k->lock);
    return n;
}

static void transport_close(void *arg, int code, const char *reason)
{
    struct socket_link *k = arg;

    pthread_mutex_lock(&k->lock);
    if (!k->close_code) {
        k->close_code = code;
        snprintf(k->reason, sizeof k->reason, "%s", reason ? reason : "");
    }
    pthread_mutex_unlock(&k->lock);
    want(k);
}

/* -- the handshake -- */

static enum iv_code check_session(struct loop *l, struct iv_request *q, struct iv_error *err)
{
    struct iv_session record;
    const char *id = q->path + 4;
    enum iv_code rc;

    if (!iv_session_id_valid(id))
        return iv_fail(err, IV_E_SESSION_NOT_FOUND, "session \"%.40s\": no session has this id",
                       id);
    rc = iv_store_session_get(l->server->store, id, &record, err);
    if (!rc)
        rc = iv_auth_owner(&q->who, record.spec.user_id, err);
    if (rc || !iv_session_is_over(&record))
        return rc;
    return record.status == IV_SESSION_EXPIRED
               ? iv_fail(err, IV_E_SESSION_EXPIRED, "session %s: its time is over", id)
               : iv_fail(err, IV_E_STATE, "session %s: it is %s", id,
                         iv_status_name(record.status));
}

/* Another site's page must not speak with the key that it was lent; programs send no Origin. */
static enum iv_code check_origin(struct loop *l, const struct iv_request *q, struct iv_error *err)
{
    char base[512];

    if (!q->origin)
        return IV_OK;
    iv_public_base(l->server, q, base, sizeof base);
    if (!strcmp(q->origin, base) || iv_cors_allows(l->server, q->origin))
        return IV_OK;
    return iv_fail(err, IV_E_FORBIDDEN, "origin %.100s: is not on the list serve.cors", q->origin);
}

static enum iv_code check(struct loop *l, struct lws *wsi, struct iv_request *q, struct iv_reply *r,
                          struct iv_error *err)
{
    enum iv_code rc = iv_read_request(l, wsi, q, err);

    if (!rc && strncmp(q->path, "/ws/", 4))
        rc = iv_fail(err, IV_E_NOT_FOUND, "%.200s: WebSockets are at /ws/{session_id}", q->path);
    if (!rc)
        rc = iv_auth_socket(l->server, q, q->path + 4, r, err);
    if (!rc)
        rc = check_origin(l, q, err);
    return rc ? rc : check_session(l, q, err);
}

static struct socket_link *new_link(struct loop *l, struct lws *wsi, const struct iv_request *q)
{
    struct socket_link *k = iv_alloc(sizeof *k);

    if (!k)
        return NULL;
    *k = (struct socket_link){
        .loop = l, .wsi = wsi, .who = q->who, .in = IV_BUF_INIT(IV_LIVE_MAX_MESSAGE_BYTES)};
    k->last = &k->first;
    snprintf(k->session_id, sizeof k->session_id, "%s", q->path + 4);
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

int iv_socket_filter(struct loop *l, struct conn *c)
{
    struct iv_request q = {0};
    struct iv_reply r = {0};
    struct iv_error err = {0};
    enum iv_code rc = check(l, c->wsi, &q, &r, &err);

    atomic_fetch_add(&l->server->requests, 1);
    atomic_store(&l->server->used_us, iv_mono_us(iv_ctx_clock(l->server->ctx)));
    if (!rc && !(c->socket = new_link(l, c->wsi, &q)))
        rc = iv_fail(&err, IV_E_NOMEM, "out of memory");
    if (rc) {
        iv_reply_error(&r, &q, rc, &err, iv_wall_ms(iv_ctx_clock(l->server->ctx)));
        iv_refuse_now(l, c->wsi, &q, &r);
    }
    iv_log(iv_ctx_log(l->server->ctx), IV_LOG_INFO, "%s WS %.100s %s key=%s from=%s", q.id,
           q.path ? q.path : "-", rc ? iv_code_info(rc)->slug : "101",
           q.who.key_id[0] ? q.who.key_id : "-", q.address);
    iv_request_release(&q);
    iv_reply_release(&r);
    return rc ? -1 : 0;
}

/* -- open, in, out, closed -- */

static void drop_messages(struct socket_link *k)
{
    struct message *m = k->first, *next;

    for (; m; m = next) {
        next = m->next;
        free(m);
    }
    k->first = NULL;
    k->last = &k->first;
    k->queued = 0;
}

static void free_link(struct socket_link *k)
{
    drop_messages(k);
    iv_buf_release(&k->in);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

static int end_with(struct conn *c, enum lws_close_status code, const char *why)
{
    lws_close_reason(c->wsi, code, (unsigned char *)(uintptr_t)why, strlen(why));
    return -1;
}

/* At the next chance to write, not at once: libwebsockets would lose its place among the frames, take the next bytes for nonsense and
 * break off before the reason is out. */
static int refuse(struct socket_link *k, enum lws_close_status code, const char *why)
{
    k->is_refused = true;
    transport_close(k, (int)code, why);
    lws_set_timeout(k->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSING_S); /* if it does not read */
    return 0;
}

static void register_link(struct iv_server *s, struct socket_link *k)
{
    pthread_mutex_lock(&s->sockets_lock);
    k->next = s->sockets;
    if (k->next)
        k->next->prev = k;
    s->sockets = k;
    k->is_registered = true;
    pthread_mutex_unlock(&s->sockets_lock);
}

static void unregister_link(struct iv_server *s, struct socket_link *k)
{
    pthread_mutex_lock(&s->sockets_lock);
    if (k->is_registered) {
        *(k->prev ? &k->prev->next : &s->sockets) = k->next;
        if (k->next)
            k->next->prev = k->prev;
    }
    pthread_mutex_unlock(&s->sockets_lock);
}

/* What waits to be written is not for this client any more. */
void iv_sockets_revoke(void *server, const char *key_id)
{
    struct iv_server *s = server;

    pthread_mutex_lock(&s->sockets_lock);
    for (struct socket_link *k = s->sockets; k; k = k->next) {
        if (strcmp(k->who.key_id, key_id))
            continue;
        pthread_mutex_lock(&k->lock);
        drop_messages(k);
        pthread_mutex_unlock(&k->lock);
        transport_close(k, LWS_CLOSE_STATUS_POLICY_VIOLATION, KEY_IS_OVER);
    }
    pthread_mutex_unlock(&s->sockets_lock);
}

int iv_socket_open(struct loop *l, struct conn *c)
{
    struct socket_link *k = c->socket;
    struct iv_live_transport transport = {k, transport_send, transport_queued, transport_close};
    struct iv_error err;

    if (!k)
        return -1;
    l->n_sockets++;
    register_link(l->server, k);
    if (!iv_keys_still_good(l->server->keys, &k->who)) /* revoked since the handshake */
        return end_with(c, LWS_CLOSE_STATUS_POLICY_VIOLATION, KEY_IS_OVER);
    if (!iv_live_connect(l->server->lives, k->session_id, &transport, &k->live, &err))
        return 0;
    lws_close_reason(c->wsi, LWS_CLOSE_STATUS_GOINGAWAY, (unsigned char *)err.text,
                     strlen(err.text) < 120 ? strlen(err.text) : 120);
    return -1;
}

static struct message *next_message(struct socket_link *k, bool *more, int *close_code,
                                    char reason[124])
{
    struct message *m;

    pthread_mutex_lock(&k->lock);
    m = k->first;
    if (m) {
        k->first = m->next;
        if (!k->first)
            k->last = &k->first;
        k->queued -= m->len;
    }
    *more = k->first || k->close_code;
    *close_code = m ? 0 : k->close_code;
    memcpy(reason, k->reason, 124);
    pthread_mutex_unlock(&k->lock);
    return m;
}

/* The close frame is written or about to be: nothing may follow it, and what comes until its answer is not heard. libwebsockets
 * goes on calling, and waits for the answer no longer than five seconds. */
static bool is_closing(struct conn *c)
{
    return lws_get_close_length(c->wsi) > 0;
}

static bool utf8_step(struct utf8 *u, unsigned char b)
{
    bool good;

    if (u->need) {
        good = b >= u->low && b <= u->high;
        *u = (struct utf8){u->need - 1, 0x80, 0xbf};
        return good;
    }
    if (b < 0x80)
        return true;
    u->need = b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
    u->low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
    u->high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
    return b >= 0xc2 && b <= 0xf4;
}

static bool utf8_take(struct utf8 *u, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!utf8_step(u, bytes[i]))
            return false;
    return true;
}

/* libwebsockets lets half a code and codes above every range pass. */
int iv_socket_asked_to_close(struct conn *c, const void *bytes, size_t len)
{
    const unsigned char *b = bytes;
    struct utf8 reason = {0};

    if (len > 2 && (!utf8_take(&reason, b + 2, len - 2) || reason.need))
        return end_with(c, LWS_CLOSE_STATUS_INVALID_PAYLOAD, "not UTF-8");
    if (len == 1 || (len >= 2 && (b[0] << 8 | b[1]) > CLOSE_CODE_MAX))
        return end_with(c, LWS_CLOSE_STATUS_PROTOCOL_ERR, "no such close code");
    return 0;
}

int iv_socket_write(struct conn *c)
{
    struct socket_link *k = c->socket;
    struct message *m;
    char reason[124];
    bool more;
    int code, written;

    if (!k || is_closing(c))
        return 0;
    if (lws_partial_buffered(c->wsi)) {
        lws_callback_on_writable(c->wsi);
        return 0;
    }
    m = next_message(k, &more, &code, reason);
    if (code) {
        lws_close_reason(c->wsi, (enum lws_close_status)code, (unsigned char *)reason,
                         strlen(reason));
        return -1;
    }
    if (!m)
        return 0;
    written = lws_write(c->wsi, m->bytes + LWS_PRE, m->len,
                        m->is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
    free(m);
    if (written < 0)
        return -1;
    if (k->live)
        iv_live_writable(k->live);
    if (more)
        lws_callback_on_writable(c->wsi);
    return 0;
}

int iv_socket_receive(struct conn *c, const void *bytes, size_t len)
{
    struct socket_link *k = c->socket;
    size_t left = lws_remaining_packet_payload(c->wsi);
    bool is_whole;

    if (!k || !k->live)
        return -1;
    if (k->is_refused || is_closing(c))
        return 0;
    if (lws_is_first_fragment(c->wsi)) {
        iv_buf_clear(&k->in);
        k->text = (struct utf8){0};
        k->fragments = 0;
    }
    if (!left && ++k->fragments > FRAGMENTS_MAX)
        return refuse(k, LWS_CLOSE_STATUS_POLICY_VIOLATION, "too many fragments");
    if (k->in.len + len + left > IV_LIVE_MAX_MESSAGE_BYTES)
        return refuse(k, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
    is_whole = !left && lws_is_final_fragment(c->wsi);
    if (!lws_frame_is_binary(c->wsi) &&
        (!utf8_take(&k->text, bytes, len) || (is_whole && k->text.need)))
        return refuse(k, LWS_CLOSE_STATUS_INVALID_PAYLOAD, "not UTF-8");
    iv_buf_add(&k->in, bytes, len);
    if (k->in.failed)
        return refuse(k, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "out of memory");
    if (!is_whole)
        return 0;
    if (!iv_keys_still_good(k->loop->server->keys, &k->who))
        return refuse(k, LWS_CLOSE_STATUS_POLICY_VIOLATION, KEY_IS_OVER);
    atomic_store(&k->loop->server->used_us, iv_mono_us(iv_ctx_clock(k->loop->server->ctx)));
    iv_live_receive(k->live, lws_frame_is_binary(c->wsi), iv_buf_str(&k->in), k->in.len);
    iv_buf_clear(&k->in);
    return 0;
}

static void stop_wanting(struct socket_link *k)
{
    pthread_mutex_lock(&k->loop->lock);
    for (struct socket_link **p = &k->loop->wanting; *p; p = &(*p)->next_wanting)
        if (*p == k) {
            *p = k->next_wanting;
            break;
        }
    pthread_mutex_unlock(&k->loop->lock);
}

void iv_socket_closed(struct conn *c)
{
    struct socket_link *k = c->socket;

    c->socket = NULL;
    if (!k)
        return;
    pthread_mutex_lock(&k->lock);
    k->is_closed = true;
    pthread_mutex_unlock(&k->lock);
    unregister_link(k->loop->server, k);
    if (k->live)
        iv_live_disconnect(k->live); /* from here on the transport is not called */
    stop_wanting(k);
    k->loop->n_sockets--;
    free_link(k);
}

void iv_sockets_wake(struct loop *l)
{
    struct socket_link *k, *next;

    pthread_mutex_lock(&l->lock);
    k = l->wanting;
    l->wanting = NULL;
    for (struct socket_link *p = k; p; p = p->next_wanting)
        p->wants = false;
    pthread_mutex_unlock(&l->lock);
    for (; k; k = next) {
        next = k->next_wanting;
        lws_callback_on_writable(k->wsi);
    }
}
