/* lives.c - which sessions are live, the connections that come and go, and what REST asks of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "ws/own.h"

#define SEND_WINDOW (32u << 10) /* what a transport holds: the rest waits where it can be dropped */

/* -- sending -- */

static bool is_there_room(const iv_live *l)
{
    return l->link->to.queued(l->link->to.arg) < SEND_WINDOW;
}

void iv_live_drain(iv_live *l)
{
    while (l->link && !l->is_settling && l->outbox.first && is_there_room(l)) {
        struct wire_out *m = iv_live_outbox_pop(&l->outbox);
        bool sent = l->link->to.send(l->link->to.arg, m->is_binary, m->bytes, m->len);

        atomic_fetch_add(&l->all->frames_sent, sent && m->kind == WIRE_FRAME);
        atomic_fetch_add(&l->all->audio_sent, sent && m->kind == WIRE_AUDIO);
        free(m);
        if (!sent)
            break;
    }
}

/* {l->lock held} */
static void let_go(iv_live *l, int code, const char *reason)
{
    if (!l->link)
        return;
    l->link->to.close(l->link->to.arg, code, reason);
    l->link = NULL;
    l->comings++;
    pthread_cond_signal(&l->changed);
}

void iv_live_push(iv_live *l, struct wire_out *m)
{
    unsigned dropped;

    if (!m)
        return;
    pthread_mutex_lock(&l->lock);
    if (!l->link && l->state != OWNER_RUNS) { /* nobody will ever read it */
        pthread_mutex_unlock(&l->lock);
        free(m);
        return;
    }
    dropped = iv_live_outbox_push(&l->outbox, m);
    atomic_fetch_add(&l->all->frames_dropped, dropped);
    iv_live_drain(l);
    if (iv_live_outbox_is_full(&l->outbox) && l->link) {
        atomic_fetch_add(&l->all->too_slow, 1);
        let_go(l, IV_CLOSE_TOO_SLOW, "read too slowly");
    }
    pthread_mutex_unlock(&l->lock);
}

void iv_live_error(iv_live *l, enum iv_code code, const char *text, const char *details)
{
    struct iv_msg m = {.type = IV_MSG_error,
                       .timestamp_ms = iv_wall_ms(l->all->clock),
                       .error = {.code = iv_code_info(code)->slug,
                                 .message = text,
                                 .details = details,
                                 .has_details = details != NULL}};

    atomic_fetch_add(&l->all->errors, 1);
    iv_live_push(l, iv_live_wire_message(&m));
}

void iv_live_close_link(iv_live *l, int code, const char *reason)
{
    pthread_mutex_lock(&l->lock);
    let_go(l, code, reason);
    pthread_mutex_unlock(&l->lock);
}

/* -- the table -- */

static iv_live **bucket_of(iv_lives *all, const char *id)
{
    uint64_t h = 1469598103934665603u;

    while (*id)
        h = (h ^ (unsigned char)*id++) * 1099511628211u;
    return &all->buckets[h % BUCKETS];
}

/* {all->lock held} one that is over is none any more */
static iv_live *find(iv_lives *all, const char *id)
{
    iv_live *l = *bucket_of(all, id);

    while (l && strcmp(l->id, id) != 0)
        l = l->next;
    return l;
}

static iv_live *make(iv_lives *all, const char *id)
{
    iv_live *l = iv_alloc(sizeof *l);
    iv_live **bucket = bucket_of(all, id);
    pthread_condattr_t attr;

    if (!l)
        return NULL;
    l->all = all;
    snprintf(l->id, sizeof l->id, "%s", id);
    l->outbox.max_bytes = (size_t)all->config->live_queue_kib << 10;
    l->form =
        (struct live_form){.audio = true, .avatar = true, .fps = (int)all->config->avatar_fps};
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_cond_init(&l->answered, NULL);
    l->next = *bucket;
    *bucket = l;
    return l;
}

static void destroy(iv_live *l)
{
    struct item *i;

    while ((i = l->first_item)) {
        l->first_item = i->next;
        free(i);
    }
    iv_live_outbox_release(&l->outbox);
    pthread_cond_destroy(&l->changed);
    pthread_cond_destroy(&l->answered);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* {all->lock held} out of the table, so that a new one may stand for the session */
static void take_out(iv_live *l)
{
    iv_live **at = bucket_of(l->all, l->id);

    while (*at && *at != l)
        at = &(*at)->next;
    if (*at)
        *at = l->next;
}

void iv_live_ref(iv_live *l)
{
    pthread_mutex_lock(&l->all->lock);
    l->refs++;
    pthread_mutex_unlock(&l->all->lock);
}

/* {all->lock held} */
static void drop_ref(iv_live *l)
{
    if (--l->refs)
        return;
    take_out(l);
    destroy(l);
}

void iv_live_unref(iv_live *l)
{
    iv_lives *all = l->all;

    pthread_mutex_lock(&all->lock);
    drop_ref(l);
    pthread_mutex_unlock(&all->lock);
}

void iv_live_owner_done(iv_live *l)
{
    iv_lives *all = l->all;

    pthread_mutex_lock(&all->lock);
    drop_ref(l);
    all->owners--;
    pthread_cond_broadcast(&all->idle);
    pthread_mutex_unlock(&all->lock);
}

/* -- connections -- */

static void budget_init(struct budget *b, double max, double per_s, int64_t now_us)
{
    *b = (struct budget){.level = max, .max = max, .per_s = per_s, .at_us = now_us};
}

/* {l->lock held} */
static void greet(iv_live *l, iv_live_link *link)
{
    struct iv_msg m = {
        .type = IV_MSG_connected,
        .timestamp_ms = iv_wall_ms(l->all->clock),
        .connected = {.session_id = l->id,
                      .message = l->state == OWNER_RUNS
                                     ? "Connected again; the interview goes on where it was"
                                     : "Connected; start_session begins the interview"}};
    struct wire_out *out = iv_live_wire_message(&m);

    if (out)
        link->to.send(link->to.arg, false, out->bytes, out->len);
    free(out);
}

/* {l->lock held} */
static void say_taken_over(const iv_live *l)
{
    struct iv_msg m = {.type = IV_MSG_error,
                       .timestamp_ms = iv_wall_ms(l->all->clock),
                       .error = {.code = iv_code_info(IV_E_SESSION_ALREADY_ACTIVE)->slug,
                                 .message = "another connection took this session over"}};
    struct wire_out *out = iv_live_wire_message(&m);

    if (out)
        l->link->to.send(l->link->to.arg, false, out->bytes, out->len);
    free(out);
}

static void attach(iv_live *l, iv_live_link *link)
{
    pthread_mutex_lock(&l->lock);
    if (l->link) {
        atomic_fetch_add(&l->all->taken_over, 1);
        say_taken_over(l);
        let_go(l, IV_CLOSE_TAKEN_OVER, "taken over");
    } else if (l->state == OWNER_RUNS) {
        atomic_fetch_add(&l->all->returned, 1);
    }
    /* Pictures are of the past; so is speech that a slow reader was too far behind with. */
    iv_live_outbox_cut(&l->outbox, l->outbox.bytes > l->outbox.max_bytes / 2 ? 0 : UINT64_MAX);
    greet(l, link);
    l->link = link;
    l->comings++;
    l->is_settling = l->state == OWNER_RUNS;
    iv_live_drain(l);
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

enum iv_code iv_live_connect(iv_lives *all, const char *session_id,
                             const struct iv_live_transport *transport, iv_live_link **out,
                             struct iv_error *err)
{
    iv_live_link *link = iv_alloc(sizeof *link);
    double per_minute = (double)all->config->live_messages_per_minute;
    int64_t now_us = iv_mono_us(all->clock);
    enum iv_code rc = link ? IV_OK : iv_fail(err, IV_E_NOMEM, "connection: out of memory");

    *out = NULL;
    if (rc)
        return rc;
    link->to = *transport;
    budget_init(&link->control, per_minute, per_minute / 60, now_us);
    budget_init(&link->sound, 30, 2, now_us);
    pthread_mutex_lock(&all->lock);
    if (all->is_stopping)
        rc = iv_fail(err, IV_E_UNAVAILABLE, "the server is ending");
    if (!rc) {
        link->live = find(all, session_id);
        if (!link->live)
            link->live = make(all, session_id);
        if (!link->live)
            rc = iv_fail(err, IV_E_NOMEM, "connection: out of memory");
        else
            link->live->refs++;
    }
    pthread_mutex_unlock(&all->lock);
    if (rc) {
        free(link);
        return rc;
    }
    atomic_fetch_add(&all->links, 1);
    attach(link->live, link);
    *out = link;
    return IV_OK;
}

void iv_live_writable(iv_live_link *link)
{
    iv_live *l = link->live;

    pthread_mutex_lock(&l->lock);
    if (l->link == link)
        iv_live_drain(l);
    pthread_mutex_unlock(&l->lock);
}

void iv_live_disconnect(iv_live_link *link)
{
    iv_live *l;

    if (!link)
        return;
    l = link->live;
    pthread_mutex_lock(&l->lock);
    if (l->link == link) {
        l->link = NULL;
        l->comings++;
        pthread_cond_signal(&l->changed);
    }
    pthread_mutex_unlock(&l->lock);
    atomic_fetch_sub(&l->all->links, 1);
    iv_live_unref(l);
    free(link);
}

/* -- what REST asks -- */

/* With a reference, when it has an owner. */
static iv_live *hold_live(iv_lives *all, const char *id)
{
    iv_live *l;
    bool runs = false;

    pthread_mutex_lock(&all->lock);
    l = find(all, id);
    if (l) {
        pthread_mutex_lock(&l->lock);
        runs = l->state == OWNER_RUNS;
        pthread_mutex_unlock(&l->lock);
    }
    if (runs)
        l->refs++;
    pthread_mutex_unlock(&all->lock);
    return runs ? l : NULL;
}

bool iv_live_is_held(iv_lives *all, const char *session_id)
{
    iv_live *l = hold_live(all, session_id);

    if (l)
        iv_live_unref(l);
    return l != NULL;
}

static bool ask_owner(iv_lives *all, const char *session_id, struct ask ask, enum iv_code *rc,
                      iv_json **out, struct iv_error *err)
{
    iv_live *l = hold_live(all, session_id);
    struct item *item = l ? iv_alloc(sizeof *item) : NULL;

    *out = NULL;
    if (!l)
        return false;
    if (!item) {
        iv_live_unref(l);
        *rc = iv_fail(err, IV_E_NOMEM, "session %s: out of memory", session_id);
        return true;
    }
    item->ask = &ask;
    pthread_mutex_lock(&l->lock);
    if (l->state != OWNER_RUNS) {
        ask.is_lost = true;
        free(item);
    } else {
        if (l->last_item)
            l->last_item->next = item;
        else
            l->first_item = item;
        l->last_item = item;
        pthread_cond_signal(&l->changed);
    }
    while (!ask.is_done && !ask.is_lost)
        pthread_cond_wait(&l->answered, &l->lock);
    pthread_mutex_unlock(&l->lock);
    iv_live_unref(l);
    *rc = ask.rc;
    *out = ask.out;
    return !ask.is_lost;
}

bool iv_live_ask(iv_lives *all, const char *session_id, enum iv_live_wish wish, enum iv_code *rc,
                 iv_json **out, struct iv_error *err)
{
    return ask_owner(all, session_id, (struct ask){.wish = wish, .err = err}, rc, out, err);
}

bool iv_live_answer(iv_lives *all, const char *session_id, const struct iv_answer *answer,
                    enum iv_code *rc, iv_json **out, struct iv_error *err)
{
    struct ask ask = {.wish = IV_LIVE_ANSWER, .answer = answer, .err = err};

    return ask_owner(all, session_id, ask, rc, out, err);
}

void iv_lives_stats(iv_lives *all, struct iv_live_stats *out)
{
    pthread_mutex_lock(&all->lock);
    out->sessions = all->owners;
    pthread_mutex_unlock(&all->lock);
    out->links = atomic_load(&all->links);
    out->frames_sent = atomic_load(&all->frames_sent);
    out->frames_dropped = atomic_load(&all->frames_dropped);
    out->audio_sent = atomic_load(&all->audio_sent);
    out->too_slow = atomic_load(&all->too_slow);
    out->taken_over = atomic_load(&all->taken_over);
    out->returned = atomic_load(&all->returned);
    out->errors = atomic_load(&all->errors);
}

/* -- all of them -- */

enum iv_code iv_lives_new(const struct iv_lives_options *options, iv_lives **out,
                          struct iv_error *err)
{
    iv_lives *all = iv_alloc(sizeof *all);
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (!all)
        return iv_fail(err, IV_E_NOMEM, "live sessions: out of memory");
    all->opt = *options;
    all->clock = iv_ctx_clock(options->ctx);
    all->config = iv_ctx_config(options->ctx);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->idle, NULL);
    if (!all->config) {
        rc = iv_config_new(&all->defaults, err);
        all->config = all->defaults;
    }
    if (rc)
        iv_lives_free(all);
    else
        *out = all;
    return rc;
}

void iv_lives_stop(iv_lives *all)
{
    pthread_mutex_lock(&all->lock);
    all->is_stopping = true;
    for (size_t i = 0; i < BUCKETS; i++)
        for (iv_live *l = all->buckets[i]; l; l = l->next) {
            pthread_mutex_lock(&l->lock);
            l->is_stopping = true;
            if (l->state != OWNER_RUNS)
                let_go(l, IV_CLOSE_GOING_AWAY, "the server ends");
            pthread_cond_signal(&l->changed);
            pthread_mutex_unlock(&l->lock);
        }
    while (all->owners)
        pthread_cond_wait(&all->idle, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

void iv_lives_free(iv_lives *all)
{
    if (!all)
        return;
    pthread_cond_destroy(&all->idle);
    pthread_mutex_destroy(&all->lock);
    iv_config_free(all->defaults);
    free(all);
}
