/* fetch.h - one GET, waited for: lists of voices and models, for people who ask for them.
 *
 * Threads: any but the net thread.
 * Errors:  `code` with the text of what happened; IV_E_TOO_LARGE over out->max.
 */
#ifndef IV_PROVIDER_FETCH_H
#define IV_PROVIDER_FETCH_H

#include "iv/buf.h"
#include "net/net.h"

enum iv_code iv_fetch(iv_net *net, const char *service, const char *url,
                      const struct net_header *headers, size_t n_headers, enum iv_code code,
                      struct iv_buf *out, struct iv_error *err);
/* The same; *date_ms: what the server's clock said when it refused with 403, else -1. */
enum iv_code iv_fetch_dated(iv_net *net, const char *service, const char *url,
                            const struct net_header *headers, size_t n_headers, enum iv_code code,
                            struct iv_buf *out, int64_t *date_ms, struct iv_error *err);

#endif
