/* store/usage_kept.h - the sums behind iv/usage.h, in memory and in the file. Shared by the usage*.c files only.
 *
 * What counts is the sum of four lists: what the file held when it was last read, what waits to be written, what is being written, and
 * what calls under way have reserved. The first is read anew after each write, so that other processes' calls come in.
 */
#ifndef IV_STORE_USAGE_KEPT_H
#define IV_STORE_USAGE_KEPT_H

#include <pthread.h>

#include "store/prices.h"
#include "store/sqlite_usage.h"
#include "store/usage_limit.h"

#define USAGE_MICRO 1000000

struct usage_rows {
    struct usage_row *items;
    size_t n, cap;
};
struct usage_sums {
    struct iv_amounts day, month;
    int64_t cost_day, cost_month;
};

struct usage {
    iv_ctx *ctx;
    struct iv_error trouble; /* of the settings: every reservation says so */
    iv_prices *prices;
    struct usage_limit *limits;
    size_t n_limits;
    char *zone;
    int64_t day_limit, month_limit, day_warning, month_warning; /* micro; 0: none */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct usage_rows stored_day, stored_month; /* {lock} of stored_on */
    int stored_on; /* {lock} */
    struct usage_rows waiting, writing, held; /* {lock} held: by service, no day */
    int warned_day, warned_month; /* {lock} */
    bool has_thread, is_ending; /* {lock} */
    pthread_t thread;

    pthread_mutex_t file_lock; /* before lock */
    usage_db *db; /* {file_lock} */
    bool said_failure; /* {file_lock} */
};

/* The context's; NULL without memory. */
struct usage *iv_usage_of(iv_ctx *ctx);
int iv_usage_today(const struct usage *u);
/* {lock} service NULL: all. */
struct usage_sums iv_usage_sum(const struct usage *u, const char *service, int today);
/* {lock} Add sign times a row: to what waits for the file, or to what is reserved. IV_E_NOMEM. */
enum iv_code iv_usage_count(struct usage *u, const struct usage_row *r);
enum iv_code iv_usage_hold(struct usage *u, const struct usage_row *r, int sign);
/* Writes what waits, and reads the sums anew. */
enum iv_code iv_usage_write(struct usage *u, struct iv_error *err);

#endif
