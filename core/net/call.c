/* call.c - one HTTP call from its opening to on_done: tries, deadlines, verdicts. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"
#include "net/internal.h"

#define NO_DEADLINE INT64_MAX

/* -- deadlines -- */

static int64_t after(int64_t from_us, int64_t ms)
{
    return ms > 0 ? from_us + ms * 1000 : NO_DEADLINE;
}

static void sooner(int64_t *at, enum net_failure *why, int64_t other, enum net_failure if_other)
{
    if (other >= *at)
        return;
    *at = other;
    *why = if_other;
}

static int64_t deadline(const net_call *c, enum net_failure *why)
{
    const struct net_timeouts *l = &c->r.timeouts;
    const struct net_try *t = &c->t;
    int64_t at = NO_DEADLINE;

    *why = NET_TOTAL_TIMEOUT;
    if (t->stage == NET_CONNECTING)
        sooner(&at, why, after(t->start_us, l->connect_ms), NET_CONNECT_TIMEOUT);
    else if (t->stage == NET_ASKED)
        sooner(&at, why, after(t->sent_us, l->first_byte_ms), NET_FIRST_TIMEOUT);
    else
        sooner(&at, why, after(t->last_us, l->gap_ms), NET_GAP_TIMEOUT);
    sooner(&at, why, after(t->start_us, l->total_ms), NET_TOTAL_TIMEOUT);
    sooner(&at, why, after(c->begun_us, l->budget_ms), NET_TOTAL_TIMEOUT);
    return at;
}

/* Set once a stage; what happens later only moves the deadline away, which is seen when it rings. */
static void watch(net_call *c)
{
    enum net_failure why;
    int64_t at = deadline(c, &why);

    if (at == NO_DEADLINE)
        iv_alarm_clear(&c->alarm);
    else
        iv_alarm_set(c->net, &c->alarm, at);
}

void iv_call_stage(net_call *c, enum net_stage stage)
{
    c->t.stage = stage;
    watch(c);
}

/* -- tries -- */

static void begin_try(net_call *c)
{
    struct iv_buf body = c->t.body;
    int64_t now = iv_net_now_us(c->net);

    iv_buf_clear(&body);
    body.failed = false;
    body.max = c->r.max_body > NET_ERROR_BODY_BYTES ? c->r.max_body : NET_ERROR_BODY_BYTES;
    c->t = (struct net_try){.body = body,
                            .start_us = now,
                            .connected_us = -1,
                            .sent_us = -1,
                            .first_us = -1,
                            .done_us = -1};
    iv_answer_init(&c->t.answer);
    c->tries++;
    c->state = CALL_TRYING;
    watch(c);
    if (!iv_http_begin(c)) {
        snprintf(c->t.said, sizeof c->t.said, "out of memory");
        iv_call_over(c, NET_PROTOCOL);
    }
}

static void ring(struct net_alarm *a)
{
    net_call *c = IV_OWNER(a, net_call, alarm);
    enum net_failure why;

    if (c->state == CALL_WAITING)
        begin_try(c);
    else if (deadline(c, &why) <= iv_net_now_us(c->net))
        iv_call_over(c, why);
    else
        watch(c);
}

bool iv_call_data(net_call *c, const char *data, size_t len)
{
    bool is_good;

    if (!c->r.on_data) {
        iv_buf_add(&c->t.body, data, len);
        return !c->t.body.failed;
    }
    if (!iv_net_enter(c->net, &c->gate))
        return false;
    c->t.was_given = true;
    is_good = c->r.on_data(c->r.arg, data, len, c->t.answer.type);
    iv_net_leave(c->net);
    return is_good;
}

/* -- the end of a try -- */

/* System messages may be in the user's language: cut between characters. */
void iv_outcome_say(struct net_outcome *o, const char *fmt, ...)
{
    char text[512];
    size_t n;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    n = iv_utf8_cut(text, strlen(text), sizeof o->text - 1);
    memcpy(o->text, text, n);
    o->text[n] = '\0';
}

static void tell_what(const net_call *c, struct net_outcome *o)
{
    const struct net_timeouts *l = &c->r.timeouts;
    const char *host = c->url.host, *said = c->t.said;

    switch (o->failure) {
    case NET_OK:
    case NET_STATUS:
        iv_outcome_say(o, "%s: HTTP %d", host, o->status);
        break;
    case NET_NOT_ALLOWED:
        iv_outcome_say(
            o, "%s: its name leads to an address that is not public (net.local allows that)", host);
        break;
    case NET_DNS:
    case NET_CONNECT:
        iv_outcome_say(o, "%s: no connection: %s", host, said);
        break;
    case NET_TLS:
        iv_outcome_say(o, "%s: no secure connection: %s", host, said);
        break;
    case NET_RESET:
        iv_outcome_say(o, "%s: the connection was lost %s: %s", host,
                       c->t.received ? "in the middle of the answer" : "before the answer", said);
        break;
    case NET_CONNECT_TIMEOUT:
        iv_outcome_say(o, "%s: no connection within %" PRId64 " ms", host, l->connect_ms);
        break;
    case NET_FIRST_TIMEOUT:
        iv_outcome_say(o, "%s: no answer within %" PRId64 " ms", host, l->first_byte_ms);
        break;
    case NET_GAP_TIMEOUT:
        iv_outcome_say(o, "%s: silence for %" PRId64 " ms in the middle of the answer", host,
                       l->gap_ms);
        break;
    case NET_TOTAL_TIMEOUT:
        iv_outcome_say(o, "%s: not finished within %" PRId64 " ms", host, o->timing.done_us / 1000);
        break;
    case NET_TOO_LARGE:
        iv_outcome_say(o, "%s: the answer is larger than %zu bytes", host, c->r.max_body);
        break;
    case NET_CANCELLED:
        iv_outcome_say(o, "%s: cancelled", host);
        break;
    default:
        iv_outcome_say(o, "%s: the answer makes no sense%s%s", host, said[0] ? ": " : "", said);
    }
}

static int64_t since(const struct net_try *t, int64_t at_us)
{
    return at_us < 0 ? -1 : at_us - t->start_us;
}

/* An answer that refuses is one, however its body ended. */
static enum net_failure what_counts(const net_call *c, enum net_failure failure)
{
    bool is_refusal = c->t.is_head_whole && c->t.answer.status >= 300;

    return is_refusal && failure != NET_CANCELLED ? NET_STATUS : failure;
}

static void make_outcome(net_call *c, enum net_failure failure, struct net_outcome *o)
{
    const struct net_try *t = &c->t;

    *o = (struct net_outcome){.failure = failure, .tries = c->tries};
    iv_answer_tell(&t->answer, o);
    o->body = iv_buf_str(&t->body);
    o->body_len = t->body.len;
    o->timing = (struct net_timing){since(t, t->connected_us), since(t, t->sent_us),
                                    since(t, t->first_us), since(t, t->done_us), t->reused};
    tell_what(c, o);
}

static void preset(const struct net_outcome *o, struct net_verdict *v)
{
    *v = (struct net_verdict){.code = IV_E_UNAVAILABLE, .class = NET_FAIL};
    snprintf(v->text, sizeof v->text, "%s", o->text);
    switch (o->failure) {
    case NET_OK:
        *v = (struct net_verdict){.code = IV_OK, .class = NET_IGNORE};
        break;
    case NET_CANCELLED:
        v->code = IV_E_CANCELLED;
        break;
    case NET_DNS:
    case NET_CONNECT:
    case NET_RESET:
    case NET_CONNECT_TIMEOUT:
    case NET_FIRST_TIMEOUT:
    case NET_GAP_TIMEOUT:
        v->class = NET_RETRY;
        break;
    case NET_STATUS:
        if (o->status == 429 || o->status == 503)
            v->class = NET_WAIT;
        else if (o->status == 408 || o->status >= 500)
            v->class = NET_RETRY;
        break;
    default:
        break;
    }
}

static void judge(net_call *c, const struct net_outcome *o, struct net_verdict *v)
{
    preset(o, v);
    if (o->failure == NET_CANCELLED || !c->r.judge || !iv_net_enter(c->net, &c->gate))
        return;
    c->r.judge(c->r.arg, o, v);
    iv_net_leave(c->net);
}

static bool is_delivered(net_call *c)
{
    bool is = c->t.was_given;

    if (!c->r.is_delivered)
        return is;
    if (!iv_net_enter(c->net, &c->gate))
        return true;
    is = c->r.is_delivered(c->r.arg);
    iv_net_leave(c->net);
    return is;
}

/* Milliseconds until the next try; -1: this was the last. */
static int64_t next_try(net_call *c, const struct net_outcome *o, const struct net_verdict *v)
{
    const struct net_policy p = {(int)c->net->config->net_retries, c->net->config->net_wait_ms};
    const struct net_attempt a = {.class = v->class,
                                  .tries = c->tries,
                                  .told_ms = o->retry_after_ms,
                                  .spent_ms = (iv_net_now_us(c->net) - c->begun_us) / 1000,
                                  .budget_ms = c->r.timeouts.budget_ms};
    int64_t ms = iv_policy_delay(&p, &a, iv_net_chance(c->net));

    if (o->failure == NET_CANCELLED || ms < 0 || is_delivered(c) ||
        !iv_service_may_retry(c->net, c->service))
        return -1;
    return ms;
}

static void unlink_call(net_call *c)
{
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->net->calls = c->next;
    c->next = c->prev = NULL;
}

static void finish(net_call *c, const struct net_outcome *o, const struct net_verdict *v)
{
    c->state = CALL_OVER;
    unlink_call(c);
    if (!iv_net_enter(c->net, &c->gate))
        return;
    if (c->r.on_done)
        c->r.on_done(c->r.arg, o, v);
    iv_net_leave(c->net);
}

static void report(net_call *c, const struct net_outcome *o)
{
    const struct net_try_result r = {.failure = o->failure,
                                     .status = o->status,
                                     .new_connections = c->t.new_connections,
                                     .reused = o->timing.reused,
                                     .is_probe = c->is_probe,
                                     .text = o->text};

    iv_service_tell(c->net, c->service, &r);
    c->is_probe = false;
    iv_log(c->net->log, IV_LOG_DEBUG, "%s: %s %s%s, %" PRId64 " ms%s, try %d",
           c->r.service ? c->r.service : "net", c->r.method, o->text,
           c->t.reused ? " (kept connection)" : "", o->timing.done_us / 1000,
           o->failure == NET_OK ? "" : " (failed)", c->tries);
}

void iv_call_over(net_call *c, enum net_failure failure)
{
    struct net_outcome o;
    struct net_verdict v;
    int64_t ms;

    if (c->state == CALL_OVER)
        return;
    iv_alarm_clear(&c->alarm);
    c->t.done_us = iv_net_now_us(c->net);
    iv_http_end(c);
    make_outcome(c, what_counts(c, failure), &o);
    report(c, &o);
    judge(c, &o, &v);
    ms = next_try(c, &o, &v);
    if (ms < 0) {
        finish(c, &o, &v);
        return;
    }
    c->state = CALL_WAITING;
    iv_alarm_set(c->net, &c->alarm, iv_net_now_us(c->net) + ms * 1000);
}

/* -- ops -- */

static void begin(struct net_op *op)
{
    net_call *c = IV_OWNER(op, net_call, begin);

    c->next = c->net->calls;
    if (c->next)
        c->next->prev = c;
    c->net->calls = c;
    c->begun_us = iv_net_now_us(c->net);
    if (iv_net_is_stopping(c->net))
        iv_call_over(c, NET_CANCELLED);
    else
        begin_try(c);
}

static void cancel(struct net_op *op)
{
    iv_call_over(IV_OWNER(op, net_call, cancel), NET_CANCELLED);
}

/* The gate is closed: no callback follows. */
static void drop(struct net_op *op)
{
    net_call *c = IV_OWNER(op, net_call, drop);
    iv_net *net = c->net;

    iv_call_over(c, NET_CANCELLED);
    iv_call_free(c);
    iv_net_unref(net);
}

void iv_calls_stop(iv_net *net)
{
    while (net->calls)
        iv_call_over(net->calls, NET_CANCELLED);
}

enum iv_code iv_net_call(iv_net *net, const struct net_request *r, net_call **out,
                         struct iv_error *err)
{
    struct net_url url;
    net_call *c = NULL;
    enum iv_code rc;

    *out = NULL;
    rc = r->socket ? iv_net_url_parse(r->url, &url, err)
                   : iv_net_allow(net->config, r->url, &url, err);
    if (!rc && url.is_ws)
        rc = iv_fail(err, IV_E_CONFIG, "%s: a WebSocket URL where http or https is needed",
                     url.host);
    if (!rc)
        rc = iv_call_check(r, err);
    if (!rc)
        rc = iv_http_ready(err);
    if (!rc)
        rc = iv_net_start(net, err);
    if (rc)
        return rc;
    c = iv_alloc(sizeof *c);
    if (!c)
        return iv_fail(err, IV_E_NOMEM, "net: out of memory");
    *c = (net_call){.begin.run = begin,
                    .cancel.run = cancel,
                    .drop.run = drop,
                    .alarm.ring = ring,
                    .net = net,
                    .url = url,
                    .proxy = r->socket ? NULL : iv_net_proxy_for(net->config, &url)};
    rc = iv_call_copy(c, r, err);
    if (!rc && r->service)
        rc = iv_service_admit(net, r->service, &c->service, &c->is_probe, err);
    if (rc) {
        iv_call_free(c);
        return rc;
    }
    iv_net_ref(net);
    *out = c; /* before it begins: on_done may look at it */
    iv_net_queue(net, &c->begin);
    return IV_OK;
}

void iv_net_call_cancel(net_call *c)
{
    if (c)
        iv_net_queue(c->net, &c->cancel);
}

void iv_net_call_release(net_call *c)
{
    if (c)
        iv_net_retire(c->net, &c->gate, &c->drop);
}

/* -- warming -- */

/* Releases itself: nobody else has it. The call may be over before `call` is set, so both meet under the net's own order. */
struct warming {
    struct net_op op;
    iv_net *net;
    net_call *call;
    char url[NET_HOST_BYTES + 32];
};

static void warmed(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct warming *w = arg;

    (void)o;
    (void)v;
    iv_net_call_release(w->call);
    free(w);
}

/* On the net thread, so that warmed() cannot come before w->call is set. */
static void warm(struct net_op *op)
{
    struct warming *w = IV_OWNER(op, struct warming, op);
    const struct net_request r = {.method = "HEAD",
                                  .url = w->url,
                                  .timeouts = {.connect_ms = 5000, .total_ms = 10000},
                                  .on_done = warmed,
                                  .arg = w};

    if (iv_net_call(w->net, &r, &w->call, NULL))
        free(w);
}

void iv_net_warm(iv_net *net, const char *url)
{
    struct net_url u;
    struct warming *w;

    if (iv_net_allow(net->config, url, &u, NULL) || u.is_ws || iv_http_ready(NULL) ||
        iv_net_start(net, NULL))
        return;
    w = iv_alloc(sizeof *w);
    if (!w)
        return;
    w->op.run = warm;
    w->net = net;
    snprintf(w->url, sizeof w->url, strchr(u.host, ':') ? "%s://[%s]:%d/" : "%s://%s:%d/",
             u.is_tls ? "https" : "http", u.host, u.port);
    iv_net_queue(net, &w->op);
}
