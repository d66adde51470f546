/* score_measure.h - the arithmetic of a score, in whole numbers so that every machine gets the same report.
 *
 * Why:     a total that a reader can add up again, and that `verify` does.
 * Units:   bp: ten-thousandths (10000 is 1.0). tenths: tenths of a point of the 0 to 10 scale.
 *
 * measure = sum of value x weight over the parts, kept within 0 and 1, each product rounded to four decimals.
 * The bounds 0.15, 0.35, 0.55 and 0.78 cut 0..1 into the five levels. score = 2 x (level - 1 + place within the level),
 * so a level is two points wide and the score moves without a jump. Everything is rounded half away from zero.
 */
#ifndef IV_INTERVIEW_SCORE_MEASURE_H
#define IV_INTERVIEW_SCORE_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "iv/json.h"

#define IV_BP 10000
#define IV_PARTS_MAX 8

struct iv_part {
    const char *name;
    int value_bp, weight_bp; /* weight may be negative: what counts against */
};
struct iv_measure {
    struct iv_part parts[IV_PARTS_MAX];
    size_t n;
    int bp, level, tenths;
};

int64_t iv_round_div(int64_t n, int64_t d); /* d > 0 */
int iv_bp_clamp(int64_t bp); /* into 0..10000 */
int iv_level_of(int bp);
int iv_tenths_of(int bp);

void iv_measure_add(struct iv_measure *m, const char *name, int64_t value_bp, int weight_bp);
void iv_measure_close(struct iv_measure *m);
/* {parts:[{name,value,weight,product}], measure, level, bounds, score, text} */
iv_json *iv_measure_json(const struct iv_measure *m);
/* The mean of parts [{question_id, measure}]: {parts, measure, bounds, level, score, text} */
iv_json *iv_mean_json(iv_json *parts_take);
/* The weighted mean of parts [{..., score, weight}]: {parts, score|null, text|null} */
iv_json *iv_weighted_json(iv_json *parts_take);

/* Numbers of a report as they were made: 0.6321 is 6321, 7.5 is 75. */
int iv_bp_of(const iv_json *object, const char *key, int otherwise);
int iv_tenths_in(const iv_json *object, const char *key, int otherwise);
iv_json *iv_bp_json(int bp);
iv_json *iv_tenths_json(int tenths); /* negative makes null */

#endif
