/* viseme/fit.h - known shapes laid where they fit the sound best.
 *
 * Owns:    a fit_sound owns its arrays.
 * Threads: one owner.
 * Units:   hops of HEARING_HOP_MS.
 * Errors:  IV_E_DATA, IV_E_NOMEM.
 */
#ifndef IV_VISEME_FIT_H
#define IV_VISEME_FIT_H

#include "viseme/hearing.h"
#include "viseme/spelling.h"

/* What one hop of sound says. */
struct fit_hop {
    float shape[IV_VIS_COUNT]; /* logarithm of how well each shape fits */
    float best; /* the best of them but rest */
    float mouth[IV_MOUTH_COUNT]; /* odds */
    uint8_t heard; /* the estimator's shape */
};

struct fit_sound {
    struct fit_hop *hops;
    size_t n, cap;
    enum iv_mouth mouth_of[IV_VIS_COUNT];
};

enum iv_code iv_fit_hear(struct fit_sound *s, const int16_t *samples, size_t n,
                         struct iv_error *err);
/* Shapes of the hops from..to (to <= s->n) for units in order, shapes[0] being that of `from`. With `pauses` there may be silence before
 * and after them. Where the units do not fit at all the estimator's shapes stand. */
enum iv_code iv_fit_lay(const struct fit_sound *s, size_t from, size_t to,
                        const struct spelling_unit *units, size_t n_units, bool pauses,
                        uint8_t *shapes, struct iv_error *err);
void iv_fit_release(struct fit_sound *s);

#endif
