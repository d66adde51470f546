/* resolve.c - getaddrinfo() on threads of its own, answers on the net thread. */
#include "net/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define FRESH_US (60 * (int64_t)1000000)

struct net_lookup { /* {net} one name */
    struct net_lookup *next;
    char host[NET_HOST_BYTES];
    struct net_addresses found;
    int64_t at_us;
    bool is_asking;
    struct net_waiter *waiters;
};

struct question { /* of the thread until it is queued */
    struct net_op op;
    iv_net *net;
    char host[NET_HOST_BYTES];
    struct net_addresses found;
};

static void ask(const char *host, struct net_addresses *out)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &list);

    out->n = 0;
    for (struct addrinfo *a = list; !rc && a && out->n < RESOLVE_MAX; a = a->ai_next)
        if (a->ai_addrlen <= sizeof out->at[0] &&
            (a->ai_family == AF_INET || a->ai_family == AF_INET6))
            memcpy(&out->at[out->n++], a->ai_addr, a->ai_addrlen);
    if (list)
        freeaddrinfo(list);
    if (!out->n)
        snprintf(out->why, sizeof out->why, "%s", rc ? gai_strerror(rc) : "it has no address");
}

static struct net_lookup *find(iv_net *net, const char *host)
{
    struct net_lookup *l = net->lookups;

    while (l && strcmp(l->host, host) != 0)
        l = l->next;
    return l;
}

static void tell_all(struct net_lookup *l)
{
    struct net_waiter *list = l->waiters, *w;

    l->waiters = NULL;
    while ((w = list)) {
        list = w->next;
        w->is_waiting = false;
        w->told(w, &l->found);
    }
}

static void answer(struct net_op *op)
{
    struct question *q = IV_OWNER(op, struct question, op);
    struct net_lookup *l = find(q->net, q->host); /* none after the end */

    if (l) {
        l->found = q->found;
        l->at_us = iv_net_now_us(q->net);
        l->is_asking = false;
        tell_all(l);
    }
    iv_net_unref(q->net);
    free(q);
}

static void *run(void *arg)
{
    struct question *q = arg;

    ask(q->host, &q->found);
    iv_net_queue(q->net, &q->op);
    return NULL;
}

static bool start(iv_net *net, const char *host)
{
    struct question *q = iv_alloc(sizeof *q);
    pthread_t thread;

    if (!q)
        return false;
    q->op.run = answer;
    q->net = net;
    snprintf(q->host, sizeof q->host, "%s", host);
    iv_net_ref(net);
    if (!pthread_create(&thread, NULL, run, q)) {
        pthread_detach(thread);
        return true;
    }
    iv_net_unref(net);
    free(q);
    return false;
}

static struct net_lookup *make(iv_net *net, const char *host)
{
    struct net_lookup *l = iv_alloc(sizeof *l);

    if (!l)
        return NULL;
    snprintf(l->host, sizeof l->host, "%s", host);
    l->next = net->lookups;
    net->lookups = l;
    return l;
}

void iv_resolve(iv_net *net, const char *host, struct net_waiter *w)
{
    struct net_addresses now = {.why = "out of memory"};
    struct net_lookup *l;

    if (iv_net_host_is_address(host)) {
        ask(host, &now); /* asks nobody */
        w->told(w, &now);
        return;
    }
    l = find(net, host);
    if (l && !l->is_asking && l->found.n && iv_net_now_us(net) - l->at_us < FRESH_US) {
        w->told(w, &l->found);
        return;
    }
    if (!l)
        l = make(net, host);
    if (l && !l->is_asking)
        l->is_asking = start(net, host);
    if (!l || !l->is_asking) {
        w->told(w, &now);
        return;
    }
    w->is_waiting = true;
    w->next = l->waiters;
    l->waiters = w;
}

void iv_resolve_cancel(iv_net *net, struct net_waiter *w)
{
    for (struct net_lookup *l = net->lookups; l && w->is_waiting; l = l->next)
        for (struct net_waiter **at = &l->waiters; *at; at = &(*at)->next)
            if (*at == w) {
                *at = w->next;
                break;
            }
    w->is_waiting = false;
}

void iv_resolve_stop(iv_net *net)
{
    while (net->lookups) {
        struct net_lookup *l = net->lookups;

        net->lookups = l->next;
        free(l);
    }
}
