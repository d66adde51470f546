/* pool.h - worker threads for what may wait: the store, a judge, a file.
 *
 * Owns:    jobs are the caller's; a job runs once.
 * Threads: post: [any]. Jobs: a worker thread each.
 * Errors:  IV_E_BUSY when as many wait as may: nothing was taken.
 */
#ifndef IV_SERVER_POOL_H
#define IV_SERVER_POOL_H

#include <stddef.h>

#include "iv/error.h"

typedef struct iv_pool iv_pool;

struct iv_job {
    struct iv_job *next;
    void (*run)(struct iv_job *job);
};
enum iv_code iv_pool_new(size_t threads, size_t max_waiting, iv_pool **out, struct iv_error *err);
enum iv_code iv_pool_post(iv_pool *p, struct iv_job *job, struct iv_error *err);
size_t iv_pool_waiting(iv_pool *p);
void iv_pool_free(iv_pool *p); /* what waits still runs; NULL is fine */

#endif
