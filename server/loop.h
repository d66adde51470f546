/* loop.h - one libwebsockets context on one thread, and the exchanges and sockets that it holds. For service.c, request.c, reply.c
 * and socket.c: no other file of the server knows libwebsockets.
 *
 * Threads: everything on the loop's thread but iv_loop_done and iv_loop_wake.
 */
#ifndef IV_SERVER_LOOP_H
#define IV_SERVER_LOOP_H

#include "lws.h"
#include "own.h"

#define SEND_BYTES 16384u

struct conn;
struct socket_link;

/* One request and its reply. The worker has it between post and done; conn NULL: the client has gone. */
struct exchange {
    struct iv_job job; /* first: a job is its exchange */
    struct exchange *next; /* {loop->lock} among those that are done */
    struct loop *loop;
    struct conn *conn;
    struct iv_request q;
    struct iv_reply r;
    bool closes; /* the connection ends after it */
    bool is_posted; /* a worker has it */
    bool is_answered; /* the reply is complete and may be written */
    bool has_head;
    bool is_refused; /* and its client may still be sending */
    int64_t began_us;
    size_t sent, total; /* of the body */
    int fd; /* of a file; -1 */
};

/* libwebsockets' own memory for each connection. */
struct conn {
    struct lws *wsi;
    struct exchange *x; /* the present one */
    struct socket_link *socket; /* of a WebSocket */
    size_t body_max, body_len;
    bool lingers; /* refused: what still comes is dropped, until its client has read why */
};

struct loop {
    struct iv_server *server;
    struct lws_context *cx;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    struct exchange *done; /* {lock} answered, to be written */
    struct socket_link *wanting; /* {lock} sockets that have something to write */
    atomic_bool ends;
    atomic_size_t n_exchanges, n_sockets; /* open */
    unsigned char random[1536]; /* of which the last n_random were not used yet */
    size_t n_random;
    atomic_bool reloads; /* certificates */
    atomic_int_least64_t
        woken_us; /* [any] when somebody wanted something first; 0: nothing waits */
};

void iv_loop_wake(struct loop *l); /* [any] */

/* request.c */
int iv_conn_request(struct loop *l, struct conn *c); /* its headers are complete */
int iv_conn_body(struct conn *c, const void *bytes, size_t len);
int iv_conn_body_end(struct conn *c);
/* The time for a body, or for reading a refusal, may be over: -1. */
int iv_conn_late(struct conn *c);
void iv_conn_gone(struct conn *c);
/* Fills a request from the headers of the handshake. IV_E_USAGE and its like: what the gate refuses. */
enum iv_code iv_read_request(struct loop *l, struct lws *wsi, struct iv_request *q,
                             struct iv_error *err);
/* A header's value, to be freed; NULL: there is none. The second's name is in lower case, with its colon. */
char *iv_header(struct lws *wsi, enum lws_token_indexes index);
char *iv_header_custom(struct lws *wsi, const char *name);

/* peer.c */
void iv_read_peer(const struct iv_server *s, struct lws *wsi, struct iv_request *q);
void iv_peer_gone(struct lws *wsi); /* the connection is being freed */

/* reply.c */
int iv_conn_write(struct conn *c);
void iv_exchange_free(struct exchange *x);
/* Writes it whole, at once: for refusals of handshakes. */
void iv_refuse_now(struct loop *l, struct lws *wsi, const struct iv_request *q, struct iv_reply *r);
bool iv_cors_allows(const struct iv_server *s, const char *origin);

/* socket.c */
int iv_socket_filter(struct loop *l, struct conn *c);
int iv_socket_open(struct loop *l, struct conn *c);
int iv_socket_write(struct conn *c);
int iv_socket_receive(struct conn *c, const void *bytes, size_t len);
int iv_socket_asked_to_close(struct conn *c, const void *bytes, size_t len);
void iv_socket_closed(struct conn *c);
void iv_sockets_wake(struct loop *l); /* those that want to write */
#endif
