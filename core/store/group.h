/* group.h - changes of several threads, made durable by one commit.
 *
 * Why:     a durable commit costs a disk flush, whether it holds one change or fifty.
 * How:     a caller queues its change. The first that finds nobody at work leads: it takes the queue, runs it in one
 *          transaction, each change behind a mark of its own, commits, and wakes the others. What fails takes only itself back.
 * Threads: [any]. The queue's lock is never held while the store works.
 */
#ifndef IV_STORE_GROUP_H
#define IV_STORE_GROUP_H

#include <pthread.h>

#include "store/backend.h"

/* What a caller wants done to the store; run again, alone, when a neighbour broke the whole group. */
typedef enum iv_code iv_change_fn(iv_store *st, const void *arg, struct iv_error *err);

struct iv_change {
    iv_change_fn *apply;
    const void *arg;
    struct iv_error err;
    enum iv_code rc; /* of apply, then of the commit */
    bool is_done; /* {group->lock} */
    pthread_cond_t turn; /* it is done, or its caller leads */
    struct iv_change *next; /* {group->lock} */
};

struct iv_group {
    iv_store *store;
    const struct iv_store_ops *ops;
    void *state;
    pthread_mutex_t *store_lock; /* held while the back end works */
    pthread_mutex_t lock;
    struct iv_change *first, **last; /* {lock} the queue */
    bool has_leader; /* {lock} */
};

void iv_group_init(struct iv_group *g);
void iv_group_release(struct iv_group *g);
/* Returns when the change is durable, or refused. */
enum iv_code iv_group_run(struct iv_group *g, iv_change_fn *apply, const void *arg,
                          struct iv_error *err);

#endif
