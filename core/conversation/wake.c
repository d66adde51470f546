/* wake.c - an owner that sleeps until a provider delivers. */
#include <errno.h>
#include <time.h>

#include "conversation/engine.h"

void iv_news_init(struct news *n, const struct iv_conversation_sink *sink)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&n->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&n->lock, NULL);
    n->wake = sink->wake;
    n->arg = sink->arg;
}

void iv_news_release(struct news *n)
{
    pthread_cond_destroy(&n->changed);
    pthread_mutex_destroy(&n->lock);
}

void iv_news_tell(struct news *n)
{
    pthread_mutex_lock(&n->lock);
    n->any = true;
    pthread_cond_broadcast(&n->changed);
    pthread_mutex_unlock(&n->lock);
    if (n->wake)
        n->wake(n->arg);
}

void iv_conversation_wait(iv_conversation *c, int ms)
{
    struct news *n = &c->news;
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&n->lock);
    while (!n->any && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&n->changed, &n->lock, &until);
    n->any = false;
    pthread_mutex_unlock(&n->lock);
}
