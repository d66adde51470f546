/* door.h - the store itself, for the files that are the one door to every back end (store.c, keys.c). */
#ifndef IV_STORE_DOOR_H
#define IV_STORE_DOOR_H

#include <pthread.h>

#include "store/backend.h"
#include "store/group.h"

struct iv_store {
    const struct iv_store_ops *ops;
    iv_ctx *ctx;
    char *path;
    void *state; /* {lock} */
    pthread_mutex_t lock;
    struct iv_group group;
};

#endif
