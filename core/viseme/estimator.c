/* estimator.c - odds of mouth shapes into rows that hold still.
 *
 * A forward filter of a hidden Markov model: the belief in each shape is carried over with the chance that a shape lasts, then
 * multiplied by what the network says now, less how common the shape is anyway (the network has learnt that too). It needs no later
 * sound. The mouth with the greatest belief wins, and within it its likeliest shape.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "viseme/estimator.h"

#define SAMPLES_PER_MS (IV_VISEME_RATE_HZ / 1000)

struct iv_viseme_estimator {
    hearing *hearing;
    enum iv_mouth mouth_of[IV_VIS_COUNT];
    float arrive[IV_VIS_COUNT]; /* chance that a new shape is this one */
    float lift[IV_VIS_COUNT]; /* takes the prior out of the odds */
    float belief[IV_VIS_COUNT];
    iv_viseme_rows_fn *fn;
    void (*watch)(void *arg, const struct hearing_odds *odds); /* or NULL */
    void *arg;
    uint64_t samples; /* of this utterance */
    uint32_t at_ms; /* decided so far */
    uint32_t row_ms; /* start of the row not yet given */
    enum iv_viseme shape; /* of that row */
};

static void restart(iv_viseme_estimator *e)
{
    iv_hearing_restart(e->hearing);
    e->samples = 0;
    e->at_ms = e->row_ms = 0;
    e->shape = IV_VIS_REST;
    memcpy(e->belief, e->arrive, sizeof e->belief);
}

enum iv_code iv_viseme_estimator_new(iv_viseme_rows_fn *fn, void *arg, iv_viseme_estimator **out,
                                     struct iv_error *err)
{
    iv_viseme_estimator *e = iv_alloc(sizeof *e);
    enum iv_code rc;

    *out = NULL;
    if (!e)
        return iv_fail(err, IV_E_NOMEM, "viseme estimator: out of memory");
    rc = iv_mouth_load(e->mouth_of, err);
    if (!rc)
        rc = iv_hearing_new(&e->hearing, err);
    if (rc) {
        iv_viseme_estimator_free(e);
        return rc;
    }
    for (int v = 0; v < IV_VIS_COUNT; v++) {
        e->arrive[v] = iv_hearing_prior(e->hearing)[v];
        e->lift[v] = powf(e->arrive[v], -iv_hearing_prior_power(e->hearing));
    }
    e->fn = fn;
    e->arg = arg;
    restart(e);
    *out = e;
    return IV_OK;
}

void iv_viseme_estimator_watch(iv_viseme_estimator *e,
                               void (*fn)(void *arg, const struct hearing_odds *odds))
{
    e->watch = fn;
}

const hearing *iv_viseme_estimator_hearing(const iv_viseme_estimator *e)
{
    return e->hearing;
}

static void believe(iv_viseme_estimator *e, const struct hearing_odds *odds)
{
    float stay = iv_hearing_stay(e->hearing), sum = 0;

    for (int v = 0; v < IV_VIS_COUNT; v++) {
        e->belief[v] =
            (stay * e->belief[v] + (1.0f - stay) * e->arrive[v]) * odds->p[v] * e->lift[v];
        sum += e->belief[v];
    }
    for (int v = 0; v < IV_VIS_COUNT; v++)
        e->belief[v] = sum > 0 ? e->belief[v] / sum : e->arrive[v];
}

static enum iv_viseme decide(const iv_viseme_estimator *e)
{
    float mouth[IV_MOUTH_COUNT] = {0};
    unsigned best = 0;
    int shape = -1;

    for (int v = 0; v < IV_VIS_COUNT; v++)
        mouth[e->mouth_of[v]] += e->belief[v];
    for (unsigned m = 1; m < IV_MOUTH_COUNT; m++)
        best = mouth[m] > mouth[best] ? m : best;
    for (int v = 0; v < IV_VIS_COUNT; v++)
        if (e->mouth_of[v] == best && (shape < 0 || e->belief[v] > e->belief[shape]))
            shape = v;
    return (enum iv_viseme)(shape < 0 ? IV_VIS_REST : shape);
}

static void give_row(iv_viseme_estimator *e, uint32_t end_ms)
{
    struct iv_phoneme row = {.start_ms = e->row_ms, .end_ms = end_ms};

    if (end_ms <= e->row_ms)
        return;
    snprintf(row.symbol, sizeof row.symbol, "%s", iv_viseme_name(e->shape));
    e->row_ms = end_ms;
    e->fn(e->arg, &row, 1);
}

static void take_hop(iv_viseme_estimator *e, const struct hearing_odds *odds)
{
    enum iv_viseme shape;

    if (e->watch)
        e->watch(e->arg, odds);
    believe(e, odds);
    shape = decide(e);
    if (shape != e->shape || e->at_ms - e->row_ms >= IV_VISEME_ROW_MS)
        give_row(e, e->at_ms);
    e->shape = shape;
    e->at_ms += HEARING_HOP_MS;
}

void iv_viseme_estimator_push(iv_viseme_estimator *e, const int16_t *samples, size_t n)
{
    struct hearing_odds odds;
    size_t used;

    e->samples += n;
    for (; n; samples += used, n -= used)
        if (iv_hearing_push(e->hearing, samples, n, &used, &odds))
            take_hop(e, &odds);
}

void iv_viseme_estimator_end(iv_viseme_estimator *e)
{
    uint32_t total_ms = (uint32_t)(e->samples / SAMPLES_PER_MS);
    struct hearing_odds odds;

    while (iv_hearing_drain(e->hearing, &odds))
        take_hop(e, &odds);
    while (total_ms > e->row_ms + IV_VISEME_ROW_MS)
        give_row(e, e->row_ms + IV_VISEME_ROW_MS);
    give_row(e, total_ms);
    restart(e);
}

void iv_viseme_estimator_free(iv_viseme_estimator *e)
{
    if (!e)
        return;
    iv_hearing_free(e->hearing);
    free(e);
}
