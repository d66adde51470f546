/* store/sqlite_usage.h - the file usage.db: sums by day, service and model, added to by any number of processes.
 *
 * Why:     a file of its own with a rollback journal: unlike the store it belongs to nobody alone.
 * Threads: one at a time.
 * Errors:  IV_E_STORAGE; IV_E_DATA for a damaged file. A reader of a file that is not there finds nothing.
 */
#ifndef IV_STORE_SQLITE_USAGE_H
#define IV_STORE_SQLITE_USAGE_H

#include "iv/usage.h"

struct usage_row {
    int day; /* 20261123 */
    char service[48], model[64];
    struct iv_amounts amounts;
    int64_t cost, cost_saved;
};

typedef struct usage_db usage_db;

/* path NULL: in memory. Opens nothing yet. */
enum iv_code iv_usage_db_new(const char *path, usage_db **out, struct iv_error *err);
void iv_usage_db_free(usage_db *db);
/* All rows or none; makes the file. */
enum iv_code iv_usage_db_add(usage_db *db, const struct usage_row *rows, size_t n,
                             struct iv_error *err);
/* Sums over days from..to by service and model, or with by_model false by service; service NULL: all. The caller frees *rows. */
enum iv_code iv_usage_db_sum(usage_db *db, int from, int to, const char *service, bool by_model,
                             struct usage_row **rows, size_t *n, struct iv_error *err);

#endif
