/* viseme/hearing.h - for every 10 ms of sound the odds of each mouth shape.
 *
 * Why:     the estimator decides from them as they come, an alignment from all of a word's at once.
 * Owns:    a hearing owns its weights.
 * Threads: one owner.
 * Errors:  new: IV_E_DATA names the file and what is wrong, IV_E_NOMEM.
 */
#ifndef IV_VISEME_HEARING_H
#define IV_VISEME_HEARING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/viseme.h"

#define HEARING_HOP_MS 10
#define HEARING_PAST 12 /* hops before the one in question that a model may look at, at most */
#define HEARING_AHEAD 2 /* after it; with the half window this makes IV_VISEME_LOOKAHEAD_MS */

typedef struct hearing hearing;

struct hearing_odds {
    float p[IV_VIS_COUNT]; /* sum is 1 */
};

enum iv_code iv_hearing_new(hearing **out, struct iv_error *err);
/* Takes up to n samples; *used tells how many. True when *out is the next hop. */
bool iv_hearing_push(hearing *h, const int16_t *samples, size_t n, size_t *used,
                     struct hearing_odds *out);
/* After the last sample: true while there is one more hop. */
bool iv_hearing_drain(hearing *h, struct hearing_odds *out);
void iv_hearing_restart(hearing *h); /* another utterance */
/* What the model knows besides its weights. */
const float *iv_hearing_prior(const hearing *h); /* how common each shape is; over 0 */
float iv_hearing_stay(const hearing *h); /* chance that a shape lasts another hop */
float iv_hearing_prior_power(const hearing *h); /* how much of the prior is taken out of the odds */
void iv_hearing_free(hearing *h); /* NULL is fine */

#endif
