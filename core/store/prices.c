/* prices.c - see the header. */
#include "store/prices.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/data.h"
#include "util/yaml.h"

#define PRICE_MAX 1e6

struct row {
    char service[48], model[64]; /* model "": the default */
    struct iv_price price;
};
struct iv_prices {
    char currency[8];
    struct row *rows;
    size_t n, cap;
};

void iv_prices_free(iv_prices *p)
{
    if (!p)
        return;
    free(p->rows);
    free(p);
}

/* -- reading -- */

struct reading {
    const char *name;
    iv_prices *p;
    struct iv_error *err;
};

static enum iv_code wrong(struct reading *r, const struct iv_yaml *at, const char *what)
{
    return iv_fail(r->err, IV_E_DATA, "%s:%d: %s%s%s", r->name, at->line, at->key ? at->key : "",
                   at->key ? ": " : "", what);
}

static enum iv_code read_price(struct reading *r, const struct iv_yaml *map, struct iv_price *out)
{
    const struct {
        const char *key;
        double *value;
    } units[] = {{"tokens_in", &out->tokens_in},
                 {"tokens_out", &out->tokens_out},
                 {"characters", &out->characters},
                 {"minutes", &out->minutes},
                 {"calls", &out->calls}};

    if (map->kind != IV_YAML_MAP || !map->first)
        return wrong(r, map, "must be prices by unit, such as {characters: 15.00}");
    for (const struct iv_yaml *y = map->first; y; y = y->next) {
        size_t i = 0;

        while (i < IV_LEN(units) && strcmp(units[i].key, y->key))
            i++;
        if (i == IV_LEN(units))
            return wrong(r, y, "no such unit: tokens_in, tokens_out, characters, minutes, calls");
        if (y->kind != IV_YAML_TEXT || !iv_yaml_real(y, units[i].value) ||
            !(*units[i].value >= 0 && *units[i].value <= PRICE_MAX))
            return wrong(r, y, "must be a price from 0 to 1000000");
    }
    return IV_OK;
}

static enum iv_code add_row(struct reading *r, const char *service, const char *model,
                            const struct iv_yaml *map)
{
    struct row row = {.service = ""};
    enum iv_code rc = read_price(r, map, &row.price);

    if (rc)
        return rc;
    if (strlen(service) >= sizeof row.service || strlen(model) >= sizeof row.model)
        return wrong(r, map, "the name is too long");
    memcpy(row.service, service, strlen(service) + 1);
    memcpy(row.model, model, strlen(model) + 1);
    if (iv_grow(&r->p->rows, &r->p->cap, r->p->n + 1, sizeof row))
        return iv_fail(r->err, IV_E_NOMEM, "%s: out of memory", r->name);
    r->p->rows[r->p->n++] = row;
    return IV_OK;
}

static bool is_date(const char *s)
{
    int year, month, used = 0;

    return sscanf(s, "%4d-%2d%n", &year, &month, &used) == 2 && used == 7 && year > 2000 &&
           month >= 1 && month <= 12;
}

static enum iv_code check_service(struct reading *r, const struct iv_yaml *s)
{
    static const char known[] = " source as_of default models ";

    if (s->kind != IV_YAML_MAP || !strchr(s->key, '.'))
        return wrong(r, s, "must be a service such as llm.openai, with its prices");
    for (const struct iv_yaml *y = s->first; y; y = y->next) {
        char word[64];

        snprintf(word, sizeof word, " %.60s ", y->key);
        if (!strstr(known, word))
            return wrong(r, y, "no such key: source, as_of, default, models");
    }
    if (strncmp(iv_yaml_str(s, "source", ""), "https://", 8))
        return wrong(r, s, "source must be the https:// address where the prices stand");
    if (!is_date(iv_yaml_str(s, "as_of", "")))
        return wrong(r, s, "as_of must say when the prices were read, such as \"2026-06\"");
    if (!iv_yaml_get(s, "default"))
        return wrong(r, s, "default is missing: the price of a model that is not listed");
    return IV_OK;
}

static enum iv_code read_service(struct reading *r, const struct iv_yaml *s)
{
    const struct iv_yaml *models = iv_yaml_get(s, "models");
    enum iv_code rc = check_service(r, s);

    if (!rc)
        rc = add_row(r, s->key, "", iv_yaml_get(s, "default"));
    if (!rc && models && models->kind != IV_YAML_MAP)
        rc = wrong(r, models, "must be models with their prices");
    for (const struct iv_yaml *m = models ? models->first : NULL; m && !rc; m = m->next)
        rc = add_row(r, s->key, m->key, m);
    return rc;
}

static enum iv_code read_table(struct reading *r, const struct iv_yaml *root)
{
    const char *currency = iv_yaml_str(root, "currency", "");
    const struct iv_yaml *services = iv_yaml_get(root, "services");
    enum iv_code rc = IV_OK;

    if (root->kind != IV_YAML_MAP)
        return wrong(r, root, "must be currency and services");
    for (const struct iv_yaml *y = root->first; y; y = y->next)
        if (strcmp(y->key, "currency") && strcmp(y->key, "services"))
            return wrong(r, y, "no such key: currency, services");
    if (strlen(currency) != 3)
        return wrong(r, root, "currency must be three letters, such as USD");
    if (!services || services->kind != IV_YAML_MAP)
        return wrong(r, root, "services must be services with their prices");
    memcpy(r->p->currency, currency, 4);
    for (const struct iv_yaml *s = services->first; s && !rc; s = s->next)
        rc = read_service(r, s);
    return rc;
}

enum iv_code iv_prices_parse(const char *bytes, size_t len, const char *name, iv_prices **out,
                             struct iv_error *err)
{
    struct reading r = {.name = name, .p = iv_alloc(sizeof *r.p), .err = err};
    struct iv_yaml *root = NULL;
    enum iv_code rc = r.p ? iv_yaml_parse(bytes, len, name, &root, err)
                          : iv_fail(err, IV_E_NOMEM, "%s: out of memory", name);

    *out = NULL;
    if (!rc)
        rc = read_table(&r, root);
    iv_yaml_free(root);
    if (rc)
        iv_prices_free(r.p);
    else
        *out = r.p;
    return rc;
}

enum iv_code iv_prices_load(iv_ctx *ctx, iv_prices **out, struct iv_error *err)
{
    struct iv_blob blob;
    enum iv_code rc = iv_data_load(ctx, "prices.yaml", &blob, err);

    *out = NULL;
    if (!rc)
        rc = iv_prices_parse(blob.bytes, blob.len, blob.origin, out, err);
    iv_blob_release(&blob);
    return rc;
}

/* -- asking -- */

const char *iv_prices_currency(const iv_prices *p)
{
    return p ? p->currency : "";
}

/* A whole name, or one followed by the date of a version. */
static bool fits(const char *listed, const char *model)
{
    size_t n = strlen(listed);

    return !strncmp(listed, model, n) &&
           (!model[n] || (n && model[n] == '-' && model[n + 1] >= '0' && model[n + 1] <= '9'));
}

const struct iv_price *iv_price_of(const iv_prices *p, const char *service, const char *model)
{
    const struct row *best = NULL;

    for (size_t i = 0; p && i < p->n; i++) {
        const struct row *r = &p->rows[i];

        if (!strcmp(r->service, service) && (!r->model[0] || fits(r->model, model)) &&
            (!best || strlen(r->model) > strlen(best->model)))
            best = r;
    }
    return best ? &best->price : NULL;
}

int64_t iv_price_cost(const struct iv_price *price, const struct iv_amounts *a)
{
    double micro;

    if (!price)
        return 0;
    micro = (double)a->tokens_in * price->tokens_in + (double)a->tokens_out * price->tokens_out +
            (double)a->characters * price->characters +
            (double)a->audio_ms / 60000 * price->minutes * 1e6 +
            (double)a->calls * price->calls * 1e6;
    return micro < 9e15 ? (int64_t)llround(micro) : (int64_t)9e15;
}
