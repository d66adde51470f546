/* pool.c - see the header. */
#include "pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

struct iv_pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct iv_job *first, **last; /* {lock} */
    size_t waiting, max_waiting; /* {lock} */
    size_t asleep; /* {lock} */
    bool is_waking; /* {lock} one of them was called and has not come yet */
    bool ends; /* {lock} */
    pthread_t *threads;
    size_t n_threads;
};

/* {lock} At most one is being called, and whoever comes calls the next while there is work: what one thread does in the time that
 * another takes to wake needs no other. */
static bool calls(iv_pool *p)
{
    bool others = p->waiting && p->asleep && !p->is_waking;

    p->is_waking = p->is_waking || others;
    return others;
}

static void wait_for_work(iv_pool *p)
{
    while (!p->first && !p->ends) {
        p->asleep++;
        pthread_cond_wait(&p->changed, &p->lock);
        p->asleep--;
        p->is_waking = false;
    }
}

static struct iv_job *next_job(iv_pool *p)
{
    struct iv_job *job;
    bool others;

    pthread_mutex_lock(&p->lock);
    wait_for_work(p);
    job = p->first;
    if (job) {
        p->first = job->next;
        p->waiting--;
        if (!p->first)
            p->last = &p->first;
    }
    others = calls(p);
    pthread_mutex_unlock(&p->lock);
    if (others)
        pthread_cond_signal(&p->changed);
    return job;
}

static void *work(void *arg)
{
    struct iv_job *job;

    while ((job = next_job(arg)))
        job->run(job);
    return NULL;
}

enum iv_code iv_pool_new(size_t threads, size_t max_waiting, iv_pool **out, struct iv_error *err)
{
    iv_pool *p = iv_alloc(sizeof *p);
    int why = 0;

    *out = NULL;
    if (!p || !(p->threads = iv_alloc(threads * sizeof *p->threads))) {
        free(p);
        return iv_fail(err, IV_E_NOMEM, "workers: out of memory");
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->last = &p->first;
    p->max_waiting = max_waiting;
    while (!why && p->n_threads < threads) {
        why = pthread_create(&p->threads[p->n_threads], NULL, work, p);
        p->n_threads += !why;
    }
    if (why) {
        iv_pool_free(p);
        return iv_fail(err, IV_E_NOMEM, "workers: cannot start a thread: %s", strerror(why));
    }
    *out = p;
    return IV_OK;
}

enum iv_code iv_pool_post(iv_pool *p, struct iv_job *job, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    bool others = false;

    job->next = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->waiting >= p->max_waiting) {
        rc = iv_fail(err, IV_E_BUSY, "%zu requests wait already: try again", p->waiting);
    } else {
        *p->last = job;
        p->last = &job->next;
        p->waiting++;
        others = calls(p);
    }
    pthread_mutex_unlock(&p->lock);
    if (others) /* whoever wakes finds the lock free */
        pthread_cond_signal(&p->changed);
    return rc;
}

size_t iv_pool_waiting(iv_pool *p)
{
    size_t n;

    pthread_mutex_lock(&p->lock);
    n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}

void iv_pool_free(iv_pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->ends = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p->threads);
    free(p);
}
