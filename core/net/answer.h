/* net/answer.h - what is kept of the head of an answer; the same for an HTTP call and a refused upgrade.
 *
 * Why:     headers come from outside: few are wanted, each with a ceiling.
 * Threads: none of its own.
 */
#ifndef IV_NET_ANSWER_H
#define IV_NET_ANSWER_H

#include "net/net.h"

struct net_answer {
    int status;
    char type[128];
    int64_t retry_ms_header,
        retry_header_ms; /* retry-after-ms; Retry-After as milliseconds from now; -1: none */
    int should_retry;
    int64_t date_ms;
    int64_t length; /* Content-Length, -1: none */
    char request_id[NET_ID_BYTES];
};

void iv_answer_init(struct net_answer *a);
/* One field; the value is cut where it is too long, blanks around it are dropped. now_ms: wall clock. */
void iv_answer_field(struct net_answer *a, const char *name, size_t name_len, const char *value,
                     size_t value_len, int64_t now_ms);
/* "HTTP/1.1 503 ..." -> 503, or 0. */
int iv_answer_status(const char *line, size_t len);
/* Into the outcome: status, content_type, retry_after_ms, should_retry, date_ms, request_id. */
void iv_answer_tell(const struct net_answer *a, struct net_outcome *o);
/* An HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT") as wall clock, -1: not one. */
int64_t iv_answer_date(const char *text);

#endif
