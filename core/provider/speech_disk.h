/* speech_disk.h - the files of the speech cache. Several processes may share one folder.
 *
 * Owns:    files "<hex key>.ivs" and "counts" below the folder, which is made when first needed (mode 0700).
 * Threads: [any].
 */
#ifndef IV_PROVIDER_SPEECH_DISK_H
#define IV_PROVIDER_SPEECH_DISK_H

#include "provider/speech_cache.h"

struct speech_disk;

struct speech_disk *iv_speech_disk_new(const char *dir,
                                       uint64_t max_bytes); /* NULL without memory */
void iv_speech_disk_free(struct speech_disk *d);
bool iv_speech_disk_get(struct speech_disk *d, const struct speech_key *key, struct iv_speech *out);
void iv_speech_disk_put(struct speech_disk *d, const struct speech_key *key,
                        const struct iv_speech *speech);
void iv_speech_disk_touch(struct speech_disk *d, const struct speech_key *key);
void iv_speech_disk_count(struct speech_disk *d, bool hit, size_t characters);
void iv_speech_disk_stats(struct speech_disk *d, struct iv_tts_stats *out);

#endif
