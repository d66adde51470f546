/* net.c - the net thread: its queue, timers, gates, and its end. */
#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv_build.h"
#include "net/internal.h"

#define WAIT_MAX_MS 60000

int64_t iv_net_now_us(const iv_net *net)
{
    return iv_mono_us(net->clock);
}

void iv_net_wake(iv_net *net)
{
    uint64_t one = 1;

    while (write(net->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* -- gates -- */

static bool is_net_thread(const iv_net *net) /* {lock} */
{
    return net->has_thread && pthread_equal(pthread_self(), net->thread);
}

bool iv_net_enter(iv_net *net, const struct net_gate *g)
{
    bool is_open;

    pthread_mutex_lock(&net->lock);
    is_open = !g->is_closed;
    net->running = is_open ? g : NULL;
    pthread_mutex_unlock(&net->lock);
    return is_open;
}

void iv_net_leave(iv_net *net)
{
    pthread_mutex_lock(&net->lock);
    net->running = NULL;
    pthread_cond_broadcast(&net->quiet);
    pthread_mutex_unlock(&net->lock);
}

void iv_net_retire(iv_net *net, struct net_gate *g, struct net_op *drop)
{
    pthread_mutex_lock(&net->lock);
    g->is_closed = true;
    while (net->running == g && !is_net_thread(net))
        pthread_cond_wait(&net->quiet, &net->lock);
    pthread_mutex_unlock(&net->lock);
    iv_net_queue(net, drop);
}

/* -- queue -- */

void iv_net_queue(iv_net *net, struct net_op *op)
{
    bool is_stopped;

    pthread_mutex_lock(&net->lock);
    is_stopped = net->is_stopped;
    if (!is_stopped && !op->is_queued) {
        op->is_queued = true;
        op->next = NULL;
        if (net->last)
            net->last->next = op;
        else
            net->first = op;
        net->last = op;
    }
    pthread_mutex_unlock(&net->lock);
    if (is_stopped) /* nobody else touches it any more */
        op->run(op);
    else
        iv_net_wake(net);
}

static struct net_op *take_op(iv_net *net)
{
    struct net_op *op;

    pthread_mutex_lock(&net->lock);
    op = net->first;
    if (op) {
        net->first = op->next;
        op->is_queued = false;
        if (!net->first)
            net->last = NULL;
    }
    pthread_mutex_unlock(&net->lock);
    return op;
}

static void run_ops(iv_net *net)
{
    struct net_op *op;

    while ((op = take_op(net)))
        op->run(op);
}

struct post {
    struct net_op op;
    void (*fn)(void *arg);
    void *arg;
};

static void run_post(struct net_op *op)
{
    struct post *p = IV_OWNER(op, struct post, op);

    p->fn(p->arg);
    free(p);
}

enum iv_code iv_net_post(iv_net *net, void (*fn)(void *arg), void *arg, struct iv_error *err)
{
    struct post *p;
    enum iv_code rc = iv_net_start(net, err);

    if (rc)
        return rc;
    p = iv_alloc(sizeof *p);
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "net: out of memory");
    *p = (struct post){.op.run = run_post, .fn = fn, .arg = arg};
    iv_net_queue(net, &p->op);
    return IV_OK;
}

struct run {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* {lock} */
    void (*fn)(void *arg);
    void *arg;
};

static void run_and_tell(void *arg)
{
    struct run *r = arg;

    r->fn(r->arg);
    pthread_mutex_lock(&r->lock);
    r->is_done = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void iv_net_run(iv_net *net, void (*fn)(void *arg), void *arg)
{
    struct run r = {.lock = PTHREAD_MUTEX_INITIALIZER,
                    .changed = PTHREAD_COND_INITIALIZER,
                    .fn = fn,
                    .arg = arg};

    if (iv_net_post(net, run_and_tell, &r, NULL)) {
        fn(arg);
        return;
    }
    pthread_mutex_lock(&r.lock);
    while (!r.is_done)
        pthread_cond_wait(&r.changed, &r.lock);
    pthread_mutex_unlock(&r.lock);
}

/* -- timers -- */

void iv_alarm_clear(struct net_alarm *a)
{
    if (!a->is_set)
        return;
    a->prev->next = a->next;
    a->next->prev = a->prev;
    a->is_set = false;
}

/* From the end: a new one is mostly among the last. */
void iv_alarm_set(iv_net *net, struct net_alarm *a, int64_t at_us)
{
    struct net_alarm *before;

    iv_alarm_clear(a);
    before = net->alarms.prev;
    while (before != &net->alarms && before->at_us > at_us)
        before = before->prev;
    a->at_us = at_us;
    a->prev = before;
    a->next = before->next;
    before->next->prev = a;
    before->next = a;
    a->is_set = true;
}

static void ring_alarms(iv_net *net)
{
    int64_t now = iv_net_now_us(net);

    while (net->alarms.next != &net->alarms && net->alarms.next->at_us <= now) {
        struct net_alarm *a = net->alarms.next;

        iv_alarm_clear(a);
        a->ring(a);
    }
}

struct net_timer {
    struct net_gate gate;
    struct net_op begin, drop;
    struct net_alarm alarm;
    iv_net *net;
    int64_t at_us;
    void (*fn)(void *arg);
    void *arg;
};

static void ring_timer(struct net_alarm *a)
{
    net_timer *t = IV_OWNER(a, net_timer, alarm);

    if (!iv_net_enter(t->net, &t->gate))
        return;
    t->fn(t->arg);
    iv_net_leave(t->net);
}

static void begin_timer(struct net_op *op)
{
    net_timer *t = IV_OWNER(op, net_timer, begin);

    iv_alarm_set(t->net, &t->alarm, t->at_us);
}

static void drop_timer(struct net_op *op)
{
    net_timer *t = IV_OWNER(op, net_timer, drop);

    iv_alarm_clear(&t->alarm);
    iv_net_unref(t->net);
    free(t);
}

net_timer *iv_net_after(iv_net *net, int64_t ms, void (*fn)(void *arg), void *arg)
{
    net_timer *t = iv_net_start(net, NULL) ? NULL : iv_alloc(sizeof *t);

    if (!t)
        return NULL;
    *t = (net_timer){.begin.run = begin_timer,
                     .drop.run = drop_timer,
                     .alarm.ring = ring_timer,
                     .net = net,
                     .at_us = iv_net_now_us(net) + (ms > 0 ? ms : 0) * 1000,
                     .fn = fn,
                     .arg = arg};
    iv_net_ref(net);
    iv_net_queue(net, &t->begin);
    return t;
}

void iv_net_timer_release(net_timer *t)
{
    if (t)
        iv_net_retire(t->net, &t->gate, &t->drop);
}

/* -- the thread -- */

static int wait_ms(iv_net *net)
{
    int64_t left;

    if (net->alarms.next == &net->alarms)
        return WAIT_MAX_MS;
    left = (net->alarms.next->at_us - iv_net_now_us(net) + 999) / 1000;
    if (left < 0)
        return 0;
    return left > WAIT_MAX_MS ? WAIT_MAX_MS : (int)left;
}

static void wait_for_something(iv_net *net)
{
    struct pollfd p = {.fd = net->wake_fd, .events = POLLIN};
    uint64_t count;

    if (net->curl)
        iv_http_wait(net, wait_ms(net));
    else
        poll(&p, 1, wait_ms(net));
    while (read(net->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
}

bool iv_net_is_stopping(iv_net *net)
{
    bool b;

    pthread_mutex_lock(&net->lock);
    b = net->is_stopping;
    pthread_mutex_unlock(&net->lock);
    return b;
}

static bool close_queue(iv_net *net)
{
    bool is_empty;

    pthread_mutex_lock(&net->lock);
    is_empty = !net->first;
    net->is_stopped = is_empty;
    pthread_mutex_unlock(&net->lock);
    return is_empty;
}

/* From here on a release is done by whoever releases: nothing of it is in a list of ours. */
static void stop(iv_net *net)
{
    run_ops(net);
    iv_streams_stop(net);
    run_ops(net);
    iv_calls_stop(net);
    do {
        run_ops(net);
        while (net->alarms.next != &net->alarms)
            iv_alarm_clear(net->alarms.next);
    } while (!close_queue(net));
    iv_http_stop(net);
}

static void *run(void *arg)
{
    iv_net *net = arg;

    pthread_setname_np(pthread_self(), "iv-net");
    while (!iv_net_is_stopping(net)) {
        run_ops(net);
        ring_alarms(net);
        iv_http_turn(net);
        wait_for_something(net);
    }
    stop(net);
    return NULL;
}

/* Without signals: they are main's, and a write to a closed connection must not kill the program. */
static int create(iv_net *net)
{
    sigset_t all, old;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&net->thread, NULL, run, net);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}

enum iv_code iv_net_start(iv_net *net, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    pthread_mutex_lock(&net->lock);
    if (net->is_stopping)
        rc = iv_fail(err, IV_E_STATE, "net: it is being closed");
    else if (!net->has_thread && create(net))
        rc = iv_fail(err, IV_E_NOMEM, "net: a thread cannot be created");
    else
        net->has_thread = true;
    pthread_mutex_unlock(&net->lock);
    return rc;
}

/* -- life -- */

void iv_net_seed(iv_net *net, uint64_t seed)
{
    pthread_mutex_lock(&net->lock);
    net->random = seed | 1;
    pthread_mutex_unlock(&net->lock);
}

double iv_net_chance(iv_net *net)
{
    uint64_t x;

    pthread_mutex_lock(&net->lock);
    x = net->random; /* xorshift64: good enough to spread clients */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    net->random = x;
    pthread_mutex_unlock(&net->lock);
    return (double)(x >> 11) / (double)(1ull << 53);
}

void iv_net_ref(iv_net *net)
{
    pthread_mutex_lock(&net->lock);
    net->refs++;
    pthread_mutex_unlock(&net->lock);
}

void iv_net_unref(iv_net *net)
{
    size_t left;

    pthread_mutex_lock(&net->lock);
    left = --net->refs;
    pthread_mutex_unlock(&net->lock);
    if (left)
        return;
    iv_services_free(net);
    iv_streams_free(net);
    iv_config_free(net->own_config);
    if (net->wake_fd >= 0)
        close(net->wake_fd);
    pthread_cond_destroy(&net->quiet);
    pthread_mutex_destroy(&net->lock);
    free(net);
}

enum iv_code iv_net_new(iv_ctx *ctx, const struct iv_clock *clock, iv_net **out,
                        struct iv_error *err)
{
    iv_net *net = iv_alloc(sizeof *net);
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (!net)
        return iv_fail(err, IV_E_NOMEM, "net: out of memory");
    net->clock = clock ? clock : iv_ctx_clock(ctx);
    net->log = iv_ctx_log(ctx);
    net->refs = 1;
    net->alarms.prev = net->alarms.next = &net->alarms;
    pthread_mutex_init(&net->lock, NULL);
    pthread_cond_init(&net->quiet, NULL);
    randombytes_buf(&net->random, sizeof net->random);
    net->random |= 1;
    net->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (net->wake_fd < 0)
        rc = iv_fail(err, IV_E_NOMEM, "net: no descriptor left: %s", strerror(errno));
    net->config = iv_ctx_config(ctx);
    if (!rc && !net->config) {
        rc = iv_config_new(&net->own_config, err);
        net->config = net->own_config;
    }
    if (rc)
        iv_net_unref(net);
    else
        *out = net;
    return rc;
}

void iv_net_free(iv_net *net)
{
    bool has_thread;

    if (!net)
        return;
    pthread_mutex_lock(&net->lock);
    if (is_net_thread(net))
        IV_BUG("iv_net_free() in a callback");
    net->is_stopping = true;
    has_thread = net->has_thread;
    net->is_stopped = !has_thread;
    pthread_mutex_unlock(&net->lock);
    if (has_thread) {
        iv_net_wake(net);
        pthread_join(net->thread, NULL);
    }
    iv_net_unref(net);
}

static void *make(iv_ctx *ctx)
{
    iv_net *net;

    return iv_net_new(ctx, NULL, &net, NULL) ? NULL : net;
}

static void drop(void *state)
{
    iv_net_free(state);
}

bool iv_net_is_possible(const iv_ctx *ctx, char *why, size_t why_bytes)
{
    const struct iv_config *c = iv_ctx_config(ctx);

    if (c && c->net_offline)
        snprintf(why, why_bytes, "offline (net.offline)");
    else if (!IV_HAVE_CURL)
        snprintf(why, why_bytes, "this build has no libcurl (package libcurl4-openssl-dev)");
    else
        return true;
    return false;
}

enum iv_code iv_net_of(iv_ctx *ctx, iv_net **out, struct iv_error *err)
{
    *out = iv_ctx_slot(ctx, IV_SLOT_NET, make, drop);
    return *out ? IV_OK : iv_fail(err, IV_E_NOMEM, "net: out of memory or descriptors");
}
