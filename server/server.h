/* server.h - `interviewctl serve`: the REST and WebSocket API v1 over one store.
 *
 * Why:     existing clients talk to it; every route is a row of route/routes.def.
 * Owns:    borrows ctx and store for as long as it runs.
 * Threads: iv_serve runs on the caller's thread until it is told to stop; iv_serve_stop and _reload: from a signal handler too.
 * Units:   milliseconds; bytes.
 * Errors:  IV_E_CONFIG: an address, certificate or key that cannot be used; IV_E_UNAVAILABLE: the port is taken, or a build without
 *          libwebsockets.
 */
#ifndef IV_SERVER_H
#define IV_SERVER_H

#include "iv/ctx.h"
#include "iv/store.h"

struct iv_serve_options {
    iv_ctx *ctx;
    iv_store *store;
    /* A Unix socket at which this user needs no key; a former one is replaced. NULL: none. */
    const char *local;
    bool check_only; /* everything is checked and opened, nothing is served */
    /* Told once the port is open: "http://127.0.0.1:8000". May be NULL. */
    void (*ready)(void *arg, const char *url);
    void *arg;
};
/* Settings serve.* of ctx say the rest. Ends with IV_OK after iv_serve_stop(), or when nobody came for serve.idle_exit. */
enum iv_code iv_serve(const struct iv_serve_options *options, struct iv_error *err);
void iv_serve_stop(void);
void iv_serve_reload(void); /* certificates are read again */

#endif
