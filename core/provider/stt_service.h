/* stt_service.h - a stream to a recogniser that is a service: no thread of its own, and another recogniser when it fails.
 *
 * Why:     what was said since the last final is kept, so that the next of the list ("deepgram,openai,pocketsphinx") can hear it again
 *          and the answer is whole.
 * Owns:    a copy of the sink; at most stt.kept seconds of samples, of a recording all.
 * Threads: as iv/stt.h; sink functions come on the net thread, after a change of recogniser on a thread of this stream.
 * Units, errors: as iv/stt.h.
 */
#ifndef IV_PROVIDER_STT_SERVICE_H
#define IV_PROVIDER_STT_SERVICE_H

#include "provider/stt.h"

struct stt_service;

/* names: those after the chosen one, "" for none. */
enum iv_code iv_stt_service_open(const struct iv_stt_ops *ops, const struct stt_env *env,
                                 const char *names, bool interim, const struct iv_stt_sink *sink,
                                 int64_t timeout_ms, struct stt_service **out,
                                 struct iv_error *err);
enum iv_code iv_stt_service_feed(struct stt_service *s, const int16_t *samples, size_t n,
                                 struct iv_error *err);
enum iv_code iv_stt_service_end(struct stt_service *s, struct iv_error *err);
enum iv_code iv_stt_service_finish(struct stt_service *s, struct iv_error *err);
/* A whole recording, where the service takes one: IV_E_STATE where it does not. Instead of feed; end or finish follow. */
enum iv_code iv_stt_service_recorded(struct stt_service *s, const int16_t *samples, size_t n,
                                     struct iv_error *err);
void iv_stt_service_close(struct stt_service *s);
const char *iv_stt_service_engine(struct stt_service *s);

#endif
