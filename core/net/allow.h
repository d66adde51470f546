/* net/allow.h - to whom this program may speak: hosts, addresses, proxy.
 *
 * Why:     a URL out of a setting or a service's answer must not reach the machine's own services or the local network unasked.
 * Threads: [any]; pure but for reading the configuration.
 * Errors:  IV_E_UNAVAILABLE offline; IV_E_CONFIG otherwise.
 */
#ifndef IV_NET_ALLOW_H
#define IV_NET_ALLOW_H

#include <sys/socket.h>

#include "iv/config.h"
#include "net/url.h"

enum iv_code iv_net_allow(const struct iv_config *c, const char *text, struct net_url *out,
                          struct iv_error *err);

/* After resolving: may this address be connected to for that URL? */
bool iv_net_allow_address(const struct iv_config *c, const struct net_url *u,
                          const struct sockaddr *a);
bool iv_net_address_is_public(const struct sockaddr *a);

/* The proxy for it, or NULL. Never for localhost and addresses of the machine itself. */
const char *iv_net_proxy_for(const struct iv_config *c, const struct net_url *u);

#endif
