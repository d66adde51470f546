/* usage.c - see iv/usage.h: limits before a call, counting after it. */
#include "iv/usage.h"

#include <stdio.h>
#include <string.h>

#include "iv/config.h"
#include "store/usage_free.h"
#include "store/usage_kept.h"

/* -- limits -- */

static enum iv_code over_money(const struct usage *u, const struct usage_row *want, int64_t used,
                               int64_t limit, const char *period, enum iv_code refusal,
                               struct iv_error *err)
{
    const char *currency = iv_prices_currency(u->prices);

    if (!limit || want->cost <= 0 || used + want->cost <= limit)
        return IV_OK;
    return iv_fail(err, refusal,
                   "%s: this call costs about %.4f %s, and %.4f of the %.2f %s for a %s are used "
                   "(usage.%s_limit)",
                   want->service, (double)want->cost / USAGE_MICRO, currency,
                   (double)used / USAGE_MICRO, (double)limit / USAGE_MICRO, currency, period,
                   period);
}

static enum iv_code over_units(const struct usage_limit *l, const struct usage_row *want,
                               const struct usage_sums *used, enum iv_code refusal,
                               struct iv_error *err)
{
    int64_t taken = iv_usage_units(l->is_month ? &used->month : &used->day, l->unit);
    int64_t more = iv_usage_units(&want->amounts, l->unit);

    if (!more || taken + more <= l->max)
        return IV_OK;
    return iv_fail(err, refusal,
                   "%s: this call takes %.6g %s, and %.6g of the %.10g for a %s are used "
                   "(usage.limits)",
                   want->service, iv_usage_shown(more, l->unit), iv_usage_unit_name(l->unit),
                   iv_usage_shown(taken, l->unit), iv_usage_shown(l->max, l->unit),
                   l->is_month ? "month" : "day");
}

static enum iv_code check_limits(const struct usage *u, const struct usage_row *want, int today,
                                 enum iv_code refusal, struct iv_error *err)
{
    struct usage_sums all = iv_usage_sum(u, NULL, today),
                      own = iv_usage_sum(u, want->service, today);
    enum iv_code rc = over_money(u, want, all.cost_day, u->day_limit, "day", refusal, err);

    if (!rc)
        rc = over_money(u, want, all.cost_month, u->month_limit, "month", refusal, err);
    for (size_t i = 0; i < u->n_limits && !rc; i++)
        if (!strcmp(u->limits[i].service, want->service))
            rc = over_units(&u->limits[i], want, &own, refusal, err);
    return rc;
}

/* {lock} Once a day and once a month; *text is what to say after the lock is given back. */
static void note_warning(struct usage *u, int today, char *text, size_t text_bytes)
{
    struct usage_sums all = iv_usage_sum(u, NULL, today);
    const char *currency = iv_prices_currency(u->prices);

    if (u->day_warning && all.cost_day >= u->day_warning && u->warned_day != today) {
        u->warned_day = today;
        snprintf(text, text_bytes, "services cost %.2f %s today (usage.day_warning %.2f)",
                 (double)all.cost_day / USAGE_MICRO, currency,
                 (double)u->day_warning / USAGE_MICRO);
    } else if (u->month_warning && all.cost_month >= u->month_warning &&
               u->warned_month != today / 100) {
        u->warned_month = today / 100;
        snprintf(text, text_bytes, "services cost %.2f %s this month (usage.month_warning %.2f)",
                 (double)all.cost_month / USAGE_MICRO, currency,
                 (double)u->month_warning / USAGE_MICRO);
    }
}

/* -- calls -- */

static const struct iv_price *price_of(const struct usage *u, const char *service,
                                       const char *model)
{
    const struct iv_config *c = iv_ctx_config(u->ctx);

    if (c && iv_usage_is_free(c, service))
        return NULL;
    return iv_price_of(u->prices, service, model);
}

static struct usage_row row_of(const struct usage *u, const char *service, const char *model,
                               const struct iv_amounts *a)
{
    const struct iv_config *c = iv_ctx_config(u->ctx);
    struct usage_row r = {.amounts = *a};

    if (!model[0] && c)
        model = iv_usage_model_set(c, service);
    snprintf(r.service, sizeof r.service, "%s", service);
    snprintf(r.model, sizeof r.model, "%s", model);
    r.cost = iv_price_cost(price_of(u, service, r.model), a);
    return r;
}

enum iv_code iv_usage_reserve(iv_ctx *ctx, const char *service, const char *model,
                              const struct iv_amounts *estimate, enum iv_code refusal,
                              struct iv_usage_ticket *out, struct iv_error *err)
{
    struct usage *u = iv_usage_of(ctx);
    struct usage_row want;
    enum iv_code rc;

    *out = (struct iv_usage_ticket){.service = ""};
    if (!u)
        return iv_fail(err, IV_E_NOMEM, "usage: out of memory");
    if (u->trouble.code)
        return iv_fail(err, u->trouble.code, "%s", u->trouble.text);
    want = row_of(u, service, model ? model : "", estimate);
    pthread_mutex_lock(&u->lock);
    rc = check_limits(u, &want, iv_usage_today(u), refusal, err);
    if (!rc && iv_usage_hold(u, &want, 1))
        rc = iv_fail(err, IV_E_NOMEM, "usage: out of memory");
    pthread_mutex_unlock(&u->lock);
    if (rc)
        return rc;
    memcpy(out->service, want.service, sizeof out->service);
    memcpy(out->model, want.model, sizeof out->model);
    out->reserved = want.amounts;
    out->reserved_cost = want.cost;
    return IV_OK;
}

void iv_usage_settle(iv_ctx *ctx, const struct iv_usage_ticket *t, const struct iv_amounts *actual)
{
    struct usage *u = t->service[0] ? iv_usage_of(ctx) : NULL;
    struct usage_row held = {.amounts = t->reserved, .cost = t->reserved_cost}, took;
    char warning[160] = "";

    if (!u)
        return;
    memcpy(held.service, t->service, sizeof held.service);
    if (actual)
        took = row_of(u, t->service, t->model, actual);
    pthread_mutex_lock(&u->lock);
    iv_usage_hold(u, &held, -1);
    if (actual) {
        took.day = iv_usage_today(u);
        iv_usage_count(u, &took);
        note_warning(u, took.day, warning, sizeof warning);
    }
    pthread_mutex_unlock(&u->lock);
    if (warning[0])
        iv_log(iv_ctx_log(ctx), IV_LOG_WARN, "%s", warning);
}

void iv_usage_saved(iv_ctx *ctx, const char *service, const char *model, int64_t calls,
                    int64_t characters)
{
    struct iv_amounts would = {.characters = characters, .calls = calls};
    struct usage *u = iv_usage_of(ctx);
    struct usage_row r;

    if (!u || u->trouble.code)
        return;
    r = row_of(u, service, model ? model : "", &would);
    r.cost_saved = r.cost;
    r.cost = 0;
    r.amounts = (struct iv_amounts){.calls_saved = calls};
    pthread_mutex_lock(&u->lock);
    r.day = iv_usage_today(u);
    iv_usage_count(u, &r);
    pthread_mutex_unlock(&u->lock);
}

enum iv_code iv_usage_flush(iv_ctx *ctx, struct iv_error *err)
{
    struct usage *u = iv_usage_of(ctx);

    return u ? iv_usage_write(u, err) : iv_fail(err, IV_E_NOMEM, "usage: out of memory");
}
