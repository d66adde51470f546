/* tts_retry.h - when a stream that failed before its first sound is opened again; HTTP calls are tried again by net/ itself.
 *
 * Threads: [any].
 * Units:   milliseconds.
 */
#ifndef IV_PROVIDER_TTS_RETRY_H
#define IV_PROVIDER_TTS_RETRY_H

#include "net/net.h"

/* Until the next try, -1: there is none. tries: made so far; told_ms: by the service, -1: nothing. */
int64_t iv_tts_retry_ms(iv_ctx *ctx, enum net_class class, int tries, int64_t told_ms);

/* Timeouts of whatever stage. */
bool iv_tts_is_timeout(enum net_failure f);

#endif
