/* usage_report.c - what was used, for people. */
#include <stdlib.h>
#include <string.h>

#include "iv/usage.h"
#include "store/usage_kept.h"

static enum iv_code period_days(const struct usage *u, const char *period, int *from, int *to,
                                struct iv_error *err)
{
    int64_t now = iv_wall_ms(iv_ctx_clock(u->ctx));

    *to = iv_usage_day(u->zone, now, 0);
    if (!strcmp(period, "today"))
        *from = *to;
    else if (!strcmp(period, "week"))
        *from = iv_usage_day(u->zone, now, 6);
    else if (!strcmp(period, "month"))
        *from = *to / 100 * 100 + 1;
    else if (!strcmp(period, "all"))
        *from = 0;
    else
        return iv_fail(err, IV_E_USAGE,
                       "invalid period \"%s\": must be one of today, week, month, all", period);
    return IV_OK;
}

static iv_json *row_json(const struct usage_row *r)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "service", r->service);
    iv_json_set_str(j, "model", r->model);
    iv_json_set_int(j, "calls", r->amounts.calls);
    iv_json_set_int(j, "calls_saved", r->amounts.calls_saved);
    iv_json_set_int(j, "characters", r->amounts.characters);
    iv_json_set_num(j, "audio_seconds", (double)r->amounts.audio_ms / 1000);
    iv_json_set_int(j, "tokens_in", r->amounts.tokens_in);
    iv_json_set_int(j, "tokens_out", r->amounts.tokens_out);
    iv_json_set_num(j, "cost", (double)r->cost / USAGE_MICRO);
    iv_json_set_num(j, "cost_saved", (double)r->cost_saved / USAGE_MICRO);
    return j;
}

static iv_json *money_or_null(int64_t micro)
{
    return micro ? iv_json_num((double)micro / USAGE_MICRO) : iv_json_null();
}

static iv_json *limits_json(struct usage *u)
{
    iv_json *j = iv_json_object(), *list = iv_json_array();
    int today = iv_usage_today(u);
    struct usage_sums all;

    pthread_mutex_lock(&u->lock);
    all = iv_usage_sum(u, NULL, today);
    iv_json_set(j, "day_limit", money_or_null(u->day_limit));
    iv_json_set_num(j, "day_cost", (double)all.cost_day / USAGE_MICRO);
    iv_json_set(j, "month_limit", money_or_null(u->month_limit));
    iv_json_set_num(j, "month_cost", (double)all.cost_month / USAGE_MICRO);
    for (size_t i = 0; i < u->n_limits; i++) {
        const struct usage_limit *l = &u->limits[i];
        struct usage_sums own = iv_usage_sum(u, l->service, today);
        iv_json *row = iv_json_object();
        int64_t used = iv_usage_units(l->is_month ? &own.month : &own.day, l->unit);

        iv_json_set_str(row, "service", l->service);
        iv_json_set_str(row, "unit", iv_usage_unit_name(l->unit));
        iv_json_set_str(row, "period", l->is_month ? "month" : "day");
        iv_json_set_num(row, "limit", iv_usage_shown(l->max, l->unit));
        iv_json_set_num(row, "used", iv_usage_shown(used, l->unit));
        iv_json_append(list, row);
    }
    pthread_mutex_unlock(&u->lock);
    iv_json_set(j, "services", list);
    return j;
}

enum iv_code iv_usage_report(iv_ctx *ctx, const char *period, const char *service, iv_json **out,
                             struct iv_error *err)
{
    struct usage *u = iv_usage_of(ctx);
    struct usage_row *rows = NULL;
    int from = 0, to = 0;
    int64_t cost = 0;
    size_t n = 0;
    iv_json *list;
    enum iv_code rc = u ? IV_OK : iv_fail(err, IV_E_NOMEM, "usage: out of memory");

    *out = NULL;
    if (!rc && u->trouble.code)
        rc = iv_fail(err, u->trouble.code, "%s", u->trouble.text);
    if (!rc)
        rc = period_days(u, period, &from, &to, err);
    if (!rc)
        rc = iv_usage_write(u, err);
    if (rc)
        return rc;
    pthread_mutex_lock(&u->file_lock);
    rc = iv_usage_db_sum(u->db, from, to, service, true, &rows, &n, err);
    pthread_mutex_unlock(&u->file_lock);
    if (rc)
        return rc;
    *out = iv_json_object();
    list = iv_json_array();
    for (size_t i = 0; i < n; i++) {
        cost += rows[i].cost;
        iv_json_append(list, row_json(&rows[i]));
    }
    free(rows);
    iv_json_set_str(*out, "period", period);
    iv_json_set_str(*out, "currency", iv_prices_currency(u->prices));
    iv_json_set(*out, "services", list);
    iv_json_set_num(*out, "cost", (double)cost / USAGE_MICRO);
    iv_json_set(*out, "limits", limits_json(u));
    return IV_OK;
}
