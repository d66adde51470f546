/* fetch.c - see the header. */
#include "provider/fetch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/text.h"

#define CONNECT_MS 5000
#define TOTAL_MS 15000

struct fetch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* {lock} */
    struct iv_buf *out;
    enum iv_code code;
    struct iv_error *err;
    enum iv_code rc;
    int64_t date_ms; /* of a 403 */
};

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    const struct fetch *f = arg;
    char *said;

    if (o->failure == NET_OK)
        return;
    v->code = f->code;
    if (o->failure != NET_STATUS)
        return;
    said = iv_text_visible(iv_utf8_valid(o->body, o->body_len) ? o->body : "");
    if (said && *said)
        snprintf(v->text, sizeof v->text, "%.60s: %.*s", o->text,
                 (int)iv_utf8_cut(said, strlen(said), 160), said);
    free(said);
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct fetch *f = arg;

    pthread_mutex_lock(&f->lock);
    f->rc = v->code ? iv_fail(f->err, v->code, "%s", v->text) : IV_OK;
    f->date_ms = o->status == 403 ? o->date_ms : -1;
    if (!f->rc)
        iv_buf_add(f->out, o->body, o->body_len);
    f->is_done = true;
    pthread_cond_signal(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

enum iv_code iv_fetch_dated(iv_net *net, const char *service, const char *url,
                            const struct net_header *headers, size_t n_headers, enum iv_code code,
                            struct iv_buf *out, int64_t *date_ms, struct iv_error *err)
{
    struct fetch f = {.lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER,
                      .out = out,
                      .code = code,
                      .err = err};
    struct net_request r = {.service = service,
                            .method = "GET",
                            .url = url,
                            .headers = headers,
                            .n_headers = n_headers,
                            .timeouts = {.connect_ms = CONNECT_MS, .total_ms = TOTAL_MS},
                            .max_body = out->max,
                            .judge = judge,
                            .on_done = on_done,
                            .arg = &f};
    net_call *call = NULL;
    enum iv_code rc = iv_net_call(net, &r, &call, err);

    *date_ms = -1;
    if (rc)
        return rc;
    pthread_mutex_lock(&f.lock);
    while (!f.is_done)
        pthread_cond_wait(&f.changed, &f.lock);
    pthread_mutex_unlock(&f.lock);
    iv_net_call_release(call);
    *date_ms = f.date_ms;
    return f.rc ? f.rc : iv_buf_check(out, service, err);
}

enum iv_code iv_fetch(iv_net *net, const char *service, const char *url,
                      const struct net_header *headers, size_t n_headers, enum iv_code code,
                      struct iv_buf *out, struct iv_error *err)
{
    int64_t date_ms;

    return iv_fetch_dated(net, service, url, headers, n_headers, code, out, &date_ms, err);
}
