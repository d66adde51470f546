/* group.c - leader and followers. */
#include "store/group.h"

/* So that the first of a long queue does not wait for all of it. */
#define GROUP_MAX 256

/* Of those that write to a shared store at once, one succeeds each time. */
#define TRIES_MAX 32

void iv_group_init(struct iv_group *g)
{
    pthread_mutex_init(&g->lock, NULL);
    g->first = NULL;
    g->last = &g->first;
}

void iv_group_release(struct iv_group *g)
{
    pthread_mutex_destroy(&g->lock);
}

/* One change, one transaction. True when another process came between. */
static bool is_overtaken(struct iv_group *g, struct iv_change *c)
{
    bool at_commit;

    c->rc = g->ops->begin(g->state, &c->err);
    if (c->rc)
        return false;
    c->rc = c->apply(g->store, c->arg, &c->err);
    at_commit = !c->rc;
    if (at_commit)
        c->rc = g->ops->commit(g->state, &c->err);
    if (c->rc)
        g->ops->rollback(g->state);
    return at_commit && c->rc == IV_E_BUSY;
}

static void run_alone(struct iv_group *g, struct iv_change *c)
{
    for (int i = 0; i < TRIES_MAX && is_overtaken(g, c); i++)
        ;
}

static enum iv_code run_marked(struct iv_group *g, struct iv_change *c)
{
    enum iv_code rc = g->ops->mark(g->state, NULL);

    if (rc)
        return rc;
    c->rc = c->apply(g->store, c->arg, &c->err);
    if (c->rc)
        return g->ops->undo(g->state, NULL);
    g->ops->keep(g->state);
    return IV_OK;
}

static enum iv_code run_together(struct iv_group *g, struct iv_change *first)
{
    enum iv_code rc = g->ops->begin(g->state, NULL);

    for (struct iv_change *c = first; c && !rc; c = c->next)
        rc = run_marked(g, c);
    if (!rc)
        rc = g->ops->commit(g->state, NULL);
    if (rc)
        g->ops->rollback(g->state);
    return rc;
}

/* A full disk under one large change must not refuse its small neighbours: after a failure each stands for itself. */
static void run_queue(struct iv_group *g, struct iv_change *first)
{
    if (first->next && run_together(g, first) == IV_OK)
        return;
    for (struct iv_change *c = first; c; c = c->next)
        run_alone(g, c);
}

/* {g->lock} */
static struct iv_change *take_queue(struct iv_group *g)
{
    struct iv_change *first = g->first, **end = &g->first;

    for (int n = 0; n < GROUP_MAX && *end; n++)
        end = &(*end)->next;
    g->first = *end;
    if (!g->first)
        g->last = &g->first;
    *end = NULL;
    return first;
}

/* {g->lock}; a change lives on its caller's stack: once the lock is let go, it is not touched again. */
static void wake(struct iv_change *first)
{
    for (; first; first = first->next) {
        first->is_done = true;
        pthread_cond_signal(&first->turn);
    }
}

/* {g->lock}, let go while the store works. Tidying comes after the waking, so that only the leader pays for it. */
static void lead(struct iv_group *g)
{
    struct iv_change *group = take_queue(g);

    g->has_leader = true;
    pthread_mutex_unlock(&g->lock);
    pthread_mutex_lock(g->store_lock);
    run_queue(g, group);
    pthread_mutex_lock(&g->lock);
    wake(group);
    pthread_mutex_unlock(&g->lock);
    g->ops->tidy(g->state);
    pthread_mutex_unlock(g->store_lock);
    pthread_mutex_lock(&g->lock);
    g->has_leader = false;
    if (g->first) /* of those queued meanwhile it leads next */
        pthread_cond_signal(&g->first->turn);
}

enum iv_code iv_group_run(struct iv_group *g, iv_change_fn *apply, const void *arg,
                          struct iv_error *err)
{
    struct iv_change c = {.apply = apply, .arg = arg};

    pthread_cond_init(&c.turn, NULL);
    pthread_mutex_lock(&g->lock);
    *g->last = &c;
    /* the leader takes it off before this returns */
    /* cppcheck-suppress autoVariables */
    g->last = &c.next;
    while (!c.is_done)
        if (g->has_leader)
            pthread_cond_wait(&c.turn, &g->lock);
        else
            lead(g);
    pthread_mutex_unlock(&g->lock);
    pthread_cond_destroy(&c.turn);
    if (c.rc && err)
        *err = c.err;
    return c.rc;
}
