/* net/resolve.h - names to addresses without holding anyone up.
 *
 * Why:     libwebsockets asks the name server inside its own loop; one slow name would stop every stream.
 * How:     one short-lived thread for each name that is asked for at that moment; an answer is kept for a minute.
 * Owns:    the caller's waiter until it is told or cancelled.
 * Threads: {net}.
 */
#ifndef IV_NET_RESOLVE_H
#define IV_NET_RESOLVE_H

#include <sys/socket.h>

#include "net/internal.h"

#define RESOLVE_MAX 8 /* addresses kept of a name */

struct net_addresses {
    struct sockaddr_storage at[RESOLVE_MAX];
    size_t n;
    char why[100]; /* n == 0 */
};

struct net_waiter {
    struct net_waiter *next;
    void (*told)(struct net_waiter *w, const struct net_addresses *a);
    bool is_waiting;
};

/* `told` comes at once for an address, a fresh answer, or a failure to ask. */
void iv_resolve(iv_net *net, const char *host, struct net_waiter *w);
void iv_resolve_cancel(iv_net *net, struct net_waiter *w);
void iv_resolve_stop(iv_net *net);

#endif
