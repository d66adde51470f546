/* viseme/estimator.h - what the rest of this room may know of an estimator.
 *
 * Why:     an alignment wants the odds behind the rows, and hears the sound once for both.
 * Threads: one owner, as the estimator.
 */
#ifndef IV_VISEME_ESTIMATOR_H
#define IV_VISEME_ESTIMATOR_H

#include "iv/viseme.h"
#include "viseme/hearing.h"

/* fn is told the odds of each hop before a row can tell of it. */
void iv_viseme_estimator_watch(iv_viseme_estimator *e,
                               void (*fn)(void *arg, const struct hearing_odds *odds));
const hearing *iv_viseme_estimator_hearing(const iv_viseme_estimator *e); /* the estimator's own */

#endif
