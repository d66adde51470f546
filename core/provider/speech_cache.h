/* speech_cache.h - speech that was made before: in memory for this process, on disk for the next.
 *
 * Why:     interviewers repeat themselves, and espeak-ng gives other samples each time: equal requests get equal sound.
 * Owns:    the cache owns its entries; get gives a copy.
 * Threads: [any].
 * Units:   bytes.
 * Errors:  none: a cache that cannot read or write is an empty one; what it finds damaged it removes.
 *
 * One file for each key below `dir`: a header, phonemes, samples, and a hash of them. Files are written beside their name
 * and renamed; the time of last use is the file's modification time, and the longest unused go first.
 */
#ifndef IV_PROVIDER_SPEECH_CACHE_H
#define IV_PROVIDER_SPEECH_CACHE_H

#include "iv/tts.h"

#define SPEECH_KEY_BYTES 32

typedef struct speech_cache speech_cache;
struct speech_key {
    uint8_t bytes[SPEECH_KEY_BYTES];
};

/* dir NULL: memory only. */
enum iv_code iv_speech_cache_new(const char *dir, uint64_t disk_max_bytes,
                                 uint64_t memory_max_bytes, speech_cache **out,
                                 struct iv_error *err);
void iv_speech_cache_free(speech_cache *c);
/* The hash of some texts in order, NULL-terminated. */
struct speech_key iv_speech_key_of(const char *const *parts);
bool iv_speech_cache_get(speech_cache *c, const struct speech_key *key, struct iv_speech *out);
void iv_speech_cache_put(speech_cache *c, const struct speech_key *key,
                         const struct iv_speech *speech);
/* One request was answered: `made` anew (kept; NULL when it cannot be), or from the cache. Files are written by the cache's own
 * thread, for callers that must not wait for a disk. */
void iv_speech_cache_note(speech_cache *c, const struct speech_key *key,
                          const struct iv_speech *made, bool hit, size_t characters);
/* Each sound is made once, however many ask for it at the same time. Zeroed: claims nothing. */
struct speech_claim {
    struct speech_claim *next; /* the cache's */
    struct speech_key key;
    bool is_listed, is_maker; /* the cache's */
    void (*ready)(void *arg); /* the maker has ended, well or not: look again */
    void *arg;
};
/* true: nobody makes it yet, the caller does. false: `ready` is called once, on the maker's thread, unless it is given up before.
 * A key's claims are all made, given up and told on one thread. */
bool iv_speech_cache_claim(speech_cache *c, struct speech_claim *claim);
/* A maker's end, or a wait that is given up. Fine where nothing is claimed. */
void iv_speech_cache_unclaim(speech_cache *c, struct speech_claim *claim);
/* Adds to the counts beside the files. */
void iv_speech_cache_count(speech_cache *c, bool hit, size_t characters);
/* Waits for the notes that are not written yet. */
void iv_speech_cache_stats(speech_cache *c, struct iv_tts_stats *out);

/* The context's cache as the settings say; NULL when it is switched off. */
speech_cache *iv_speech_cache_of(iv_ctx *ctx);

#endif
