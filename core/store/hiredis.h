/* store/hiredis.h - libhiredis, opened by a store that is in Redis.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_STORE_HIREDIS_H
#define IV_STORE_HIREDIS_H

#include <hiredis.h>

#include "iv/lazy.h"

/* clang-format off */
#define HIREDIS_FUNCTIONS(X)                                                                              \
    X(freeReplyObject) X(redisAppendFormattedCommand) X(redisConnectUnixWithTimeout)                      \
    X(redisConnectWithTimeout) X(redisFormatCommandArgv) X(redisFree) X(redisFreeCommand) X(redisGetReply) \
    X(redisSetTimeout)
/* clang-format on */

HIREDIS_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_hiredis;

#define freeReplyObject (*iv_lazy_freeReplyObject)
#define redisAppendFormattedCommand (*iv_lazy_redisAppendFormattedCommand)
#define redisConnectUnixWithTimeout (*iv_lazy_redisConnectUnixWithTimeout)
#define redisConnectWithTimeout (*iv_lazy_redisConnectWithTimeout)
#define redisFormatCommandArgv (*iv_lazy_redisFormatCommandArgv)
#define redisFree (*iv_lazy_redisFree)
#define redisFreeCommand (*iv_lazy_redisFreeCommand)
#define redisGetReply (*iv_lazy_redisGetReply)
#define redisSetTimeout (*iv_lazy_redisSetTimeout)

#endif
