/* iv/viseme.h - turn timed phonemes into mouth shapes.
 *
 * Why:     services disagree (espeak mnemonics, IPA, Open JTalk's phones, letters); the animator wants one list of 15 shapes.
 * Owns:    a track owns its keys. Arguments are borrowed for the length of the call.
 * Threads: one writer builds a track; once built it is read-only and any thread may read it.
 * Units:   milliseconds from the first sample of the utterance; weights 0..1.
 * Source:  the 15 shapes are those of the MPEG-4 / Oculus viseme set (sil PP FF TH DD kk CH SS nn RR aa E ih oh ou).
 */
#ifndef IV_VISEME_H
#define IV_VISEME_H

#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

enum iv_viseme {
    IV_VIS_REST,
    IV_VIS_PP,
    IV_VIS_FF,
    IV_VIS_TH,
    IV_VIS_DD,
    IV_VIS_KK,
    IV_VIS_CH,
    IV_VIS_SS,
    IV_VIS_NN,
    IV_VIS_RR,
    IV_VIS_AA,
    IV_VIS_E,
    IV_VIS_IH,
    IV_VIS_OH,
    IV_VIS_OU,
    IV_VIS_COUNT
};
const char *iv_viseme_name(enum iv_viseme v); /* "sil" "PP" ... */

enum iv_phone_set { IV_PHONES_ESPEAK, IV_PHONES_JTALK, IV_PHONES_IPA };

struct iv_phoneme {
    uint32_t start_ms, end_ms;
    char symbol[12]; /* as the back end names it */
};

struct iv_viseme_key {
    uint32_t start_ms, end_ms;
    enum iv_viseme shape;
    float weight; /* how far the mouth gets there: short sounds less */
};

typedef struct iv_viseme_track iv_viseme_track;

/* Build a track. n == 0 is valid: one IV_VIS_REST key of total_ms. Free with iv_viseme_free().
 * [any] IV_E_USAGE if times go backwards, IV_E_NOMEM. Unknown symbols fall back to the class of their first letter. */
enum iv_code iv_viseme_build(const struct iv_phoneme *ph, size_t n, enum iv_phone_set set,
                             uint32_t total_ms, iv_viseme_track **out, struct iv_error *err);
size_t iv_viseme_count(const iv_viseme_track *t);
const struct iv_viseme_key *iv_viseme_keys(const iv_viseme_track *t);
void iv_viseme_free(iv_viseme_track *t); /* NULL is fine */

#endif
