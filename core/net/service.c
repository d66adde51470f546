/* service.c - what is remembered of each service: breaker, retry budget, health. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "net/internal.h"

static struct net_service *find(iv_net *net, const char *name) /* {lock} */
{
    struct net_service *s = net->services;

    while (s && strncmp(s->health.service, name, sizeof s->health.service - 1) != 0)
        s = s->next;
    if (s)
        return s;
    s = iv_alloc(sizeof *s);
    if (!s)
        return NULL;
    snprintf(s->health.service, sizeof s->health.service, "%s", name);
    s->breaker.limit = (int)net->config->net_breaker_faults;
    s->breaker.pause_us = net->config->net_breaker_ms * 1000;
    iv_budget_init(&s->budget, (double)net->config->net_retry_share / 100, iv_net_now_us(net));
    s->next = net->services;
    net->services = s;
    return s;
}

enum iv_code iv_service_admit(iv_net *net, const char *name, struct net_service **out,
                              bool *is_probe, struct iv_error *err)
{
    int64_t now = iv_net_now_us(net);
    enum iv_code rc = IV_OK;

    pthread_mutex_lock(&net->lock);
    *out = find(net, name);
    if (!*out) {
        rc = iv_fail(err, IV_E_NOMEM, "net: out of memory");
    } else if (!iv_breaker_admit(&(*out)->breaker, now, is_probe)) {
        rc = iv_fail(err, IV_E_UNAVAILABLE,
                     "%s: left alone after %d faults in a row, the last: %.150s", name,
                     (*out)->breaker.faults, (*out)->health.last_fault);
    } else {
        iv_budget_call(&(*out)->budget, now);
        (*out)->health.calls++;
    }
    pthread_mutex_unlock(&net->lock);
    return rc;
}

/* The service, or the way to it, did not do its part. A refusal (4xx) shows that it works. */
static bool is_fault(const struct net_try_result *r)
{
    switch (r->failure) {
    case NET_DNS:
    case NET_CONNECT:
    case NET_TLS:
    case NET_RESET:
    case NET_CONNECT_TIMEOUT:
    case NET_FIRST_TIMEOUT:
    case NET_GAP_TIMEOUT:
    case NET_TOTAL_TIMEOUT:
    case NET_PROTOCOL:
        return true;
    case NET_STATUS:
        return r->status >= 500;
    default:
        return false;
    }
}

static bool is_result(enum net_failure f)
{
    return f != NET_CANCELLED && f != NET_OFFLINE && f != NET_NOT_ALLOWED && f != NET_BREAKER;
}

static void count_fault(iv_net *net, struct net_service *s, const char *text) /* {lock} */
{
    enum net_state before = s->breaker.state;

    iv_breaker_fault(&s->breaker, iv_net_now_us(net));
    s->health.faults++;
    snprintf(s->health.last_fault, sizeof s->health.last_fault, "%s", text);
    if (before != NET_OPEN && s->breaker.state == NET_OPEN)
        iv_log(net->log, IV_LOG_WARN, "%s: left alone for %lld ms after %d faults in a row: %s",
               s->health.service, (long long)(s->breaker.pause_us / 1000), s->breaker.faults, text);
}

void iv_service_tell(iv_net *net, struct net_service *s, const struct net_try_result *r)
{
    if (!s)
        return;
    pthread_mutex_lock(&net->lock);
    s->health.connections += (uint64_t)(r->new_connections > 0 ? r->new_connections : 0);
    s->health.reused += r->reused;
    s->health.last_ms = iv_wall_ms(net->clock);
    if (!is_result(r->failure)) {
        if (r->is_probe)
            iv_breaker_unused(&s->breaker);
    } else if (is_fault(r)) {
        count_fault(net, s, r->text);
    } else {
        iv_breaker_good(&s->breaker);
    }
    pthread_mutex_unlock(&net->lock);
}

bool iv_service_may_retry(iv_net *net, struct net_service *s)
{
    int64_t now = iv_net_now_us(net);
    bool may;

    if (!s)
        return false;
    pthread_mutex_lock(&net->lock);
    may = s->breaker.state == NET_CLOSED_STATE && iv_budget_take(&s->budget, now);
    s->health.retries += may;
    pthread_mutex_unlock(&net->lock);
    return may;
}

void iv_net_report(iv_net *net, const char *service, bool is_good)
{
    struct net_service *s;

    pthread_mutex_lock(&net->lock);
    s = find(net, service);
    if (s && is_good)
        iv_breaker_good(&s->breaker);
    else if (s)
        count_fault(net, s, "it did not do what it should");
    pthread_mutex_unlock(&net->lock);
}

size_t iv_net_health(iv_net *net, struct net_health *out, size_t max)
{
    int64_t now = iv_net_now_us(net);
    size_t n = 0;

    pthread_mutex_lock(&net->lock);
    for (const struct net_service *s = net->services; s && n < max; s = s->next) {
        out[n] = s->health;
        out[n++].state = iv_breaker_state(&s->breaker, now);
    }
    pthread_mutex_unlock(&net->lock);
    return n;
}

void iv_services_free(iv_net *net)
{
    while (net->services) {
        struct net_service *s = net->services;

        net->services = s->next;
        free(s);
    }
}
