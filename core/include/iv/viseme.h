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

/* IV_PHONES_VISEME: the symbol is a shape's own name, from the estimator and the alignments below. */
enum iv_phone_set { IV_PHONES_ESPEAK, IV_PHONES_JTALK, IV_PHONES_IPA, IV_PHONES_VISEME };

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

/* What a viewer can tell apart from outside: shapes whose lips look alike, in data/visemes/mouth.json. After the lip-reading groups
 * of Fisher (1968) and Jeffers & Barley (1971), who sort by the lips where phonetics sorts by the tongue:
 *   rest sil | closed PP | lip-teeth FF | narrow TH DD kk CH SS nn RR | spread E ih | open aa | rounded oh ou */
enum iv_mouth {
    IV_MOUTH_REST,
    IV_MOUTH_CLOSED,
    IV_MOUTH_LIP_TEETH,
    IV_MOUTH_NARROW,
    IV_MOUTH_SPREAD,
    IV_MOUTH_OPEN,
    IV_MOUTH_ROUNDED,
    IV_MOUTH_COUNT
};
const char *iv_mouth_name(enum iv_mouth m); /* "rest" "closed" ... */
/* [any] IV_E_DATA names the file and what is wrong. */
enum iv_code iv_mouth_load(enum iv_mouth of[IV_VIS_COUNT], struct iv_error *err);

/* -- mouth shapes from the sound alone, for voices that tell no times --
 *
 * How:     every 10 ms a spectrum of 20 ms in 20 mel bands, taken relative to the running loudness and the running mean of each band
 *          (so that gain and a voice's own colour fall out); a small network with weights from data/visemes/estimator.json looks
 *          at the 8 spectra around and gives odds for the 15 shapes; a two-parameter hidden Markov filter keeps them from flickering.
 *          The 512-point FFT is our own 60 lines: one fixed size does not earn a library, and fftw is GPL.
 * Latency: a shape from t on needs the sound up to t + IV_VISEME_LOOKAHEAD_MS and no more. Rows are at most IV_VISEME_ROW_MS long,
 *          a longer shape is several rows; iv_viseme_build() joins them again.
 * Streams: rows depend on the samples only, not on how they are cut into pushes. Nothing is allocated after new.
 * Threads: one owner; two estimators share nothing.
 * Trained: core/viseme/train.py, on synthesised speech. Real voices and accents are not measured: expect less there. */
#define IV_VISEME_RATE_HZ 24000
#define IV_VISEME_LOOKAHEAD_MS 35
#define IV_VISEME_ROW_MS 40
typedef struct iv_viseme_estimator iv_viseme_estimator;
typedef void iv_viseme_rows_fn(void *arg, const struct iv_phoneme *rows,
                               size_t n); /* IV_PHONES_VISEME */

/* [any] IV_E_DATA, IV_E_NOMEM. */
enum iv_code iv_viseme_estimator_new(iv_viseme_rows_fn *fn, void *arg, iv_viseme_estimator **out,
                                     struct iv_error *err);
void iv_viseme_estimator_push(iv_viseme_estimator *e, const int16_t *samples, size_t n);
/* Gives what is left, without gap up to the last whole millisecond of sound; the next push begins another utterance at 0. */
void iv_viseme_estimator_end(iv_viseme_estimator *e);
void iv_viseme_estimator_free(iv_viseme_estimator *e); /* NULL is fine */

/* -- mouth shapes from written text with times, for services that tell when characters or words are spoken --
 *
 * How:     rules of data/visemes/letters.json turn English spelling, Hangul and kana into shapes; kanji and digits are sounds of
 *          unknown shape. With the sound of the utterance (samples, 24 kHz; NULL without) the shapes of each word, or of each
 *          character, are laid where they fit it best inside their times (dynamic programming over the network's odds), and where
 *          spelling and sound contradict each other, or the shape is unknown, the estimator decides. Without sound the time is
 *          shared out, vowels a third longer than consonants.
 * Owns:    the caller frees *rows (IV_PHONES_VISEME, ascending). NULL and 0 on failure, or when nothing is spoken.
 * Units:   milliseconds from the first sample, as the service counts them; an `end_ms` before its start counts as the start.
 * Errors:  IV_E_USAGE names the piece: invalid UTF-8, a start before that of the piece before it; IV_E_TOO_LARGE over the limits below;
 *          IV_E_DATA, IV_E_NOMEM. */
#define IV_TIMED_MAX_PIECES 16384
#define IV_TIMED_MAX_BYTES 1024 /* of one piece */
#define IV_TIMED_MAX_MS 1200000
struct iv_timed_text {
    const char *text; /* a character or a word, perhaps with marks around it; borrowed */
    uint32_t start_ms, end_ms;
};
/* [any] Pieces are characters; blanks and marks part words. */
enum iv_code iv_viseme_from_chars(const struct iv_timed_text *chars, size_t n,
                                  const int16_t *samples, size_t n_samples,
                                  struct iv_phoneme **rows, size_t *n_rows, struct iv_error *err);
/* [any] Pieces are words. */
enum iv_code iv_viseme_from_words(const struct iv_timed_text *words, size_t n,
                                  const int16_t *samples, size_t n_samples,
                                  struct iv_phoneme **rows, size_t *n_rows, struct iv_error *err);

#endif
