/* store/prices.h - the price table (data file prices.yaml): what a call costs.
 *
 * Owns:    a table owns its rows.
 * Threads: read-only once parsed; [any].
 * Units:   micro-units of the currency: a price for a million of something is the price of one in them.
 * Errors:  IV_E_DATA with "file:line: what": unknown keys, prices below 0, a service without source, date or default.
 */
#ifndef IV_STORE_PRICES_H
#define IV_STORE_PRICES_H

#include "iv/usage.h"

struct iv_price {
    double tokens_in, tokens_out, characters, minutes, calls;
};
typedef struct iv_prices iv_prices;

enum iv_code iv_prices_load(iv_ctx *ctx, iv_prices **out, struct iv_error *err);
enum iv_code iv_prices_parse(const char *bytes, size_t len, const char *name, iv_prices **out,
                             struct iv_error *err);
void iv_prices_free(iv_prices *p);
const char *iv_prices_currency(const iv_prices *p);
/* NULL: it costs nothing. */
const struct iv_price *iv_price_of(const iv_prices *p, const char *service, const char *model);
int64_t iv_price_cost(const struct iv_price *price, const struct iv_amounts *a); /* NULL: 0 */

#endif
