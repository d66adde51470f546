/* usage_kept.c - see the header. */
#include "store/usage_kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv/config.h"

#define WRITE_EVERY_S 1

/* -- adding up -- */

static void add_amounts(struct iv_amounts *to, const struct iv_amounts *a, int sign)
{
    to->characters += sign * a->characters;
    to->audio_ms += sign * a->audio_ms;
    to->tokens_in += sign * a->tokens_in;
    to->tokens_out += sign * a->tokens_out;
    to->calls += sign * a->calls;
    to->calls_saved += sign * a->calls_saved;
}

static void add_row(struct usage_row *to, const struct usage_row *r, int sign)
{
    add_amounts(&to->amounts, &r->amounts, sign);
    to->cost += sign * r->cost;
    to->cost_saved += sign * r->cost_saved;
}

static struct usage_row *find_row(struct usage_rows *rows, const struct usage_row *like)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->items[i].day == like->day && !strcmp(rows->items[i].service, like->service) &&
            !strcmp(rows->items[i].model, like->model))
            return &rows->items[i];
    return NULL;
}

static enum iv_code merge(struct usage_rows *rows, const struct usage_row *r, int sign)
{
    struct usage_row *old = find_row(rows, r);

    if (old) {
        add_row(old, r, sign);
        return IV_OK;
    }
    if (iv_grow(&rows->items, &rows->cap, rows->n + 1, sizeof *rows->items))
        return IV_E_NOMEM;
    rows->items[rows->n] = *r;
    rows->items[rows->n].amounts = (struct iv_amounts){0};
    rows->items[rows->n].cost = rows->items[rows->n].cost_saved = 0;
    add_row(&rows->items[rows->n++], r, sign);
    return IV_OK;
}

/* service NULL: all. Rows of another month, or with month_only of another day, are passed over. */
static void sum_rows(const struct usage_rows *rows, const char *service, int today,
                     struct usage_sums *out)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct usage_row *r = &rows->items[i];
        int day = r->day ? r->day : today;

        if ((service && strcmp(r->service, service)) || day / 100 != today / 100)
            continue;
        add_amounts(&out->month, &r->amounts, 1);
        out->cost_month += r->cost;
        if (day != today)
            continue;
        add_amounts(&out->day, &r->amounts, 1);
        out->cost_day += r->cost;
    }
}

struct usage_sums iv_usage_sum(const struct usage *u, const char *service, int today)
{
    struct usage_sums s = {.cost_day = 0}, stored = {.cost_day = 0};

    if (u->stored_on / 100 == today / 100) {
        sum_rows(&u->stored_month, service, u->stored_on, &stored);
        s.month = stored.month;
        s.cost_month = stored.cost_month;
    }
    if (u->stored_on == today) {
        stored = (struct usage_sums){.cost_day = 0};
        sum_rows(&u->stored_day, service, today, &stored);
        s.day = stored.day;
        s.cost_day = stored.cost_day;
    }
    sum_rows(&u->waiting, service, today, &s);
    sum_rows(&u->writing, service, today, &s);
    sum_rows(&u->held, service, today, &s);
    return s;
}

/* -- the file -- */

int iv_usage_today(const struct usage *u)
{
    return iv_usage_day(u->zone, iv_wall_ms(iv_ctx_clock(u->ctx)), 0);
}

/* {file_lock} What the file holds of this day and month, in place of what was read before; `writing` is in it now. */
static enum iv_code read_sums(struct usage *u, struct iv_error *err)
{
    struct usage_rows day = {NULL, 0, 0}, month = {NULL, 0, 0};
    int today = iv_usage_today(u), first = today / 100 * 100 + 1;
    enum iv_code rc = iv_usage_db_sum(u->db, first, today / 100 * 100 + 31, NULL, false,
                                      &month.items, &month.n, err);

    if (!rc)
        rc = iv_usage_db_sum(u->db, today, today, NULL, false, &day.items, &day.n, err);
    if (rc) {
        free(month.items);
        return rc;
    }
    pthread_mutex_lock(&u->lock);
    free(u->stored_day.items);
    free(u->stored_month.items);
    u->stored_day = day;
    u->stored_month = month;
    u->stored_on = today;
    u->writing.n = 0;
    pthread_mutex_unlock(&u->lock);
    return IV_OK;
}

static void begin_write(struct usage *u)
{
    struct usage_rows swap = u->writing;

    pthread_mutex_lock(&u->lock);
    u->writing = u->waiting;
    u->waiting = swap; /* empty; its memory is used again */
    pthread_mutex_unlock(&u->lock);
}

/* They wait on; what came meanwhile is merged into them. */
static void undo_write(struct usage *u)
{
    pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < u->waiting.n; i++)
        merge(&u->writing, &u->waiting.items[i], 1);
    u->waiting.n = 0;
    struct usage_rows swap = u->waiting;
    u->waiting = u->writing;
    u->writing = swap;
    pthread_mutex_unlock(&u->lock);
}

enum iv_code iv_usage_write(struct usage *u, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    pthread_mutex_lock(&u->file_lock);
    begin_write(u);
    if (u->writing.n)
        rc = iv_usage_db_add(u->db, u->writing.items, u->writing.n, err);
    if (rc)
        undo_write(u);
    else
        rc = read_sums(u, err);
    pthread_mutex_unlock(&u->file_lock);
    return rc;
}

static void write_and_say(struct usage *u)
{
    struct iv_error why;
    enum iv_code rc = iv_usage_write(u, &why);

    if (rc && !u->said_failure)
        iv_log(iv_ctx_log(u->ctx), IV_LOG_WARN, "usage is not kept: %s", why.text);
    u->said_failure = rc != IV_OK;
}

static void *write_behind(void *arg)
{
    struct usage *u = arg;
    struct timespec next;

    pthread_mutex_lock(&u->lock);
    while (!u->is_ending) {
        clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec += WRITE_EVERY_S;
        while (!u->is_ending && pthread_cond_timedwait(&u->changed, &u->lock, &next) != ETIMEDOUT)
            ;
        pthread_mutex_unlock(&u->lock);
        write_and_say(u);
        pthread_mutex_lock(&u->lock);
    }
    pthread_mutex_unlock(&u->lock);
    return NULL;
}

/* {lock} Without a thread the end of the context writes it. */
static void need_thread(struct usage *u)
{
    if (!u->has_thread)
        u->has_thread = !pthread_create(&u->thread, NULL, write_behind, u);
}

/* -- life -- */

static void drop_usage(void *state)
{
    struct usage *u = state;

    pthread_mutex_lock(&u->lock);
    u->is_ending = true;
    pthread_cond_signal(&u->changed);
    pthread_mutex_unlock(&u->lock);
    if (u->has_thread)
        pthread_join(u->thread, NULL);
    if (u->waiting.n)
        write_and_say(u);
    iv_usage_db_free(u->db);
    iv_prices_free(u->prices);
    free(u->limits);
    free(u->zone);
    free(u->stored_day.items);
    free(u->stored_month.items);
    free(u->waiting.items);
    free(u->writing.items);
    free(u->held.items);
    pthread_cond_destroy(&u->changed);
    pthread_mutex_destroy(&u->lock);
    pthread_mutex_destroy(&u->file_lock);
    free(u);
}

static enum iv_code read_settings(struct usage *u, const struct iv_config *c, struct iv_error *err)
{
    enum iv_code rc = iv_usage_zone_check(c->usage_time_zone, err);

    if (!rc)
        rc = iv_usage_limits_parse(c->usage_limits, &u->limits, &u->n_limits, err);
    u->day_limit = (int64_t)(c->usage_day_limit * USAGE_MICRO);
    u->month_limit = (int64_t)(c->usage_month_limit * USAGE_MICRO);
    u->day_warning = (int64_t)(c->usage_day_warning * USAGE_MICRO);
    u->month_warning = (int64_t)(c->usage_month_warning * USAGE_MICRO);
    return rc;
}

/* Beside the store; NULL: in memory, as the store is. */
static enum iv_code usage_path(const struct iv_config *c, char **out, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(8192);
    const char *slash;
    char *dir = NULL;
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (!c || !strcmp(c->store_backend, "memory"))
        return IV_OK;
    slash = strrchr(c->store_path, '/');
    if (c->store_path[0]) {
        iv_buf_add(&path, c->store_path, slash ? (size_t)(slash - c->store_path) + 1 : 0);
    } else {
        rc = iv_config_dir(IV_DIR_DATA, true, &dir, err);
        iv_buf_addf(&path, "%s/", dir ? dir : "");
    }
    iv_buf_adds(&path, "usage.db");
    if (!rc)
        rc = iv_buf_check(&path, "store path", err);
    if (!rc)
        *out = iv_buf_take(&path);
    iv_buf_release(&path);
    free(dir);
    return rc;
}

static bool has_limits(const struct usage *u)
{
    return u->day_limit || u->month_limit || u->n_limits;
}

/* Without a place for the file sums last as long as the context: a failure only where limits rest on them. */
static enum iv_code set_up(struct usage *u, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(u->ctx);
    struct iv_error why = {.code = IV_OK};
    char *path = NULL;
    enum iv_code rc;

    usage_path(c, &path, &why);
    rc = iv_usage_db_new(path, &u->db, err);
    free(path);
    if (!rc && c)
        rc = read_settings(u, c, err);
    if (!rc && why.code && has_limits(u))
        rc = iv_fail(err, why.code, "%s", why.text);
    return rc ? rc : iv_prices_load(u->ctx, &u->prices, err);
}

static void *new_usage(iv_ctx *ctx)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    struct usage *u = iv_alloc(sizeof *u);
    pthread_condattr_t attr;

    if (!u)
        return NULL;
    u->ctx = ctx;
    pthread_mutex_init(&u->lock, NULL);
    pthread_mutex_init(&u->file_lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&u->changed, &attr);
    pthread_condattr_destroy(&attr);
    u->zone = iv_strdup(c ? c->usage_time_zone : "UTC");
    if (!u->zone || (set_up(u, &u->trouble) && !u->db)) {
        drop_usage(u);
        return NULL;
    }
    if (!u->trouble.code && read_sums(u, &u->trouble) && !has_limits(u))
        u->trouble.code = IV_OK; /* the next write says it */
    return u;
}

struct usage *iv_usage_of(iv_ctx *ctx)
{
    return iv_ctx_slot(ctx, IV_SLOT_USAGE, new_usage, drop_usage);
}

enum iv_code iv_usage_check(iv_ctx *ctx, struct iv_error *err)
{
    const struct usage *u = iv_usage_of(ctx);

    if (!u)
        return iv_fail(err, IV_E_NOMEM, "usage: out of memory");
    return u->trouble.code ? iv_fail(err, u->trouble.code, "%s", u->trouble.text) : IV_OK;
}

enum iv_code iv_usage_count(struct usage *u, const struct usage_row *r)
{
    need_thread(u);
    return merge(&u->waiting, r, 1);
}

/* By service, whatever the model and day. */
enum iv_code iv_usage_hold(struct usage *u, const struct usage_row *r, int sign)
{
    struct usage_row held = *r;

    held.day = 0;
    held.model[0] = '\0';
    return merge(&u->held, &held, sign);
}
