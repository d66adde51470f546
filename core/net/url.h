/* net/url.h - the URLs this program is given: http, https, ws, wss, and nothing clever.
 *
 * Why:     one strict reading decides about hosts; a URL that two parsers could read differently is refused.
 * Threads: [any]; pure.
 * Units:   bytes.
 */
#ifndef IV_NET_URL_H
#define IV_NET_URL_H

#include <stdbool.h>

#include "iv/error.h"

#define NET_URL_BYTES 8192
#define NET_HOST_BYTES 256

struct net_url {
    bool is_tls, is_ws;
    char host[NET_HOST_BYTES]; /* lower case, an IPv6 address without brackets */
    int port;
    const char *path; /* into the text: with its query; may be "" */
};

/* IV_E_CONFIG; the text names the host at most, never path or query. */
enum iv_code iv_net_url_parse(const char *text, struct net_url *out, struct iv_error *err);

bool iv_net_host_is_address(const char *host);
bool iv_net_host_is_localhost(const char *host); /* localhost, *.localhost */

/* Is `host` one of a list by commas or blanks: a name, "*.name" or ".name" (below it), "*". */
bool iv_net_host_in(const char *host, const char *list);

#endif
