/* fit.c - Viterbi alignment: of all ways to cut a stretch of sound into the given shapes in order, the likeliest.
 *
 * A state for each unit, and where pauses are allowed one of rest before and after. From a hop to the next the path stays or goes on;
 * passing over a unit costs, because letters are sometimes silent and vowels swallowed, but seldom.
 */
#include "viseme/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "viseme/estimator.h"

#define MAX_JUMP 8 /* units passed over at once, and one */
#define SKIP_COST 2.5f
#define ANY_COST 1.0f /* an unknown sound fits a little worse than the best known one */
#define LEAST_ODDS 1e-4f
#define MOUTH_PART 0.6f /* of a fit; the rest is the shape itself, which tells s from t */
#define DOUBT 0.12f /* mean odds of a unit's mouth under which the ear is believed */
#define NEVER (-1e30f)
#define MAX_STATES (SPELLING_MAX_UNITS + 2)

struct path {
    const struct fit_sound *sound;
    uint8_t state[MAX_STATES];
    size_t n_states;
    bool pauses;
    size_t from, hops;
    uint8_t *jump; /* [hops][n_states]: how far back the state before was */
    float score[2][MAX_STATES];
};

struct listener {
    struct fit_sound *sound;
    float lift[IV_VIS_COUNT], mouth_lift[IV_MOUTH_COUNT]; /* take the priors out of the odds */
};

static void weigh(void *arg, const struct hearing_odds *odds)
{
    const struct listener *l = arg;
    struct fit_sound *s = l->sound;
    struct fit_hop *hop;

    if (s->n == s->cap)
        return;
    hop = &s->hops[s->n++];
    *hop = (struct fit_hop){.best = NEVER};
    for (int v = 0; v < IV_VIS_COUNT; v++)
        hop->mouth[s->mouth_of[v]] += odds->p[v];
    for (int v = 0; v < IV_VIS_COUNT; v++) {
        float mouth = hop->mouth[s->mouth_of[v]] + LEAST_ODDS, shape = odds->p[v] + LEAST_ODDS;

        hop->shape[v] = MOUTH_PART * logf(mouth * l->mouth_lift[s->mouth_of[v]]) +
                        (1.0f - MOUTH_PART) * logf(shape * l->lift[v]);
        if (v != IV_VIS_REST && hop->shape[v] > hop->best)
            hop->best = hop->shape[v];
    }
}

static void find_lifts(struct listener *l, const hearing *h)
{
    const enum iv_mouth *mouth_of = l->sound->mouth_of;

    for (int v = 0; v < IV_VIS_COUNT; v++) {
        l->mouth_lift[mouth_of[v]] += iv_hearing_prior(h)[v];
        l->lift[v] = powf(iv_hearing_prior(h)[v], -iv_hearing_prior_power(h));
    }
    for (int m = 0; m < IV_MOUTH_COUNT; m++)
        l->mouth_lift[m] = powf(l->mouth_lift[m] + LEAST_ODDS, -iv_hearing_prior_power(h));
}

static void on_rows(void *arg, const struct iv_phoneme *rows, size_t n)
{
    struct fit_sound *s = ((struct listener *)arg)->sound;
    enum iv_viseme shape = IV_VIS_REST;

    for (size_t i = 0; i < n; i++) {
        for (unsigned v = 0; v < IV_VIS_COUNT; v++)
            if (!strcmp(rows[i].symbol, iv_viseme_name((enum iv_viseme)v)))
                shape = (enum iv_viseme)v;
        for (size_t h = rows[i].start_ms / HEARING_HOP_MS;
             h * HEARING_HOP_MS < rows[i].end_ms && h < s->n; h++)
            s->hops[h].heard = (uint8_t)shape;
    }
}

static enum iv_code listen(struct fit_sound *s, const int16_t *samples, size_t n,
                           struct iv_error *err)
{
    struct listener l = {.sound = s};
    iv_viseme_estimator *e;
    enum iv_code rc = iv_viseme_estimator_new(on_rows, &l, &e, err);

    if (rc)
        return rc;
    find_lifts(&l, iv_viseme_estimator_hearing(e));
    iv_viseme_estimator_watch(e, weigh);
    iv_viseme_estimator_push(e, samples, n);
    iv_viseme_estimator_end(e);
    iv_viseme_estimator_free(e);
    return IV_OK;
}

enum iv_code iv_fit_hear(struct fit_sound *s, const int16_t *samples, size_t n,
                         struct iv_error *err)
{
    enum iv_code rc;

    *s = (struct fit_sound){.cap = n / (IV_VISEME_RATE_HZ / 1000 * HEARING_HOP_MS) + 1};
    s->hops = iv_alloc_array(s->cap, sizeof *s->hops);
    if (!s->hops)
        return iv_fail(err, IV_E_NOMEM, "viseme alignment: out of memory");
    rc = iv_mouth_load(s->mouth_of, err);
    if (!rc)
        rc = listen(s, samples, n, err);
    if (rc)
        iv_fit_release(s);
    return rc;
}

static float fit_of(const struct path *p, size_t hop, size_t state)
{
    const struct fit_hop *h = &p->sound->hops[p->from + hop];

    return p->state[state] == SPELLING_ANY ? h->best - ANY_COST : h->shape[p->state[state]];
}

/* What it costs to leave out n states from the first or the last on: a pause costs nothing. */
static float edge_cost(const struct path *p, size_t n)
{
    return SKIP_COST * (float)(n - (p->pauses && n ? 1 : 0));
}

static void step(struct path *p, size_t hop)
{
    const float *before = p->score[(hop + 1) % 2];
    float *now = p->score[hop % 2];

    for (size_t k = 0; k < p->n_states; k++) {
        size_t far = k < MAX_JUMP ? k : MAX_JUMP, best = 0;
        float top = hop ? before[k] : k <= MAX_JUMP ? -edge_cost(p, k) : NEVER;

        for (size_t j = 1; hop && j <= far; j++)
            if (before[k - j] - SKIP_COST * (float)(j - 1) > top) {
                top = before[k - j] - SKIP_COST * (float)(j - 1);
                best = j;
            }
        p->jump[hop * p->n_states + k] = (uint8_t)best;
        now[k] = top + fit_of(p, hop, k);
    }
}

/* The state that the best path ends in; n_states when none gets there. */
static size_t last_state(const struct path *p)
{
    const float *score = p->score[(p->hops + 1) % 2];
    size_t best = p->n_states;
    float top = NEVER / 2;

    for (size_t k = p->n_states, left_out = 0; k-- && left_out <= MAX_JUMP; left_out++)
        if (score[k] - edge_cost(p, left_out) > top) {
            top = score[k] - edge_cost(p, left_out);
            best = k;
        }
    return best;
}

/* Hops begin..end were given to one unit: whose word counts there? */
static void settle(const struct path *p, uint8_t shape, size_t begin, size_t end, uint8_t *shapes)
{
    const struct fit_hop *hop = p->sound->hops + p->from;
    float odds = 0;

    for (size_t h = begin; h < end && shape != SPELLING_ANY; h++)
        odds += hop[h].mouth[p->sound->mouth_of[shape]];
    for (size_t h = begin; h < end; h++)
        shapes[h] =
            odds < DOUBT * (float)(end - begin) || shape == SPELLING_ANY ? hop[h].heard : shape;
}

static void walk_back(const struct path *p, size_t state, uint8_t *shapes)
{
    size_t end = p->hops;

    for (size_t h = p->hops; h--;) {
        size_t jump = p->jump[h * p->n_states + state];

        if (jump || !h) {
            settle(p, p->state[state], h, end, shapes);
            end = h;
        }
        state -= jump;
    }
}

static void set_states(struct path *p, const struct spelling_unit *units, size_t n)
{
    if (p->pauses)
        p->state[p->n_states++] = IV_VIS_REST;
    for (size_t i = 0; i < n; i++)
        p->state[p->n_states++] = units[i].shape;
    if (p->pauses)
        p->state[p->n_states++] = IV_VIS_REST;
}

enum iv_code iv_fit_lay(const struct fit_sound *s, size_t from, size_t to,
                        const struct spelling_unit *units, size_t n_units, bool pauses,
                        uint8_t *shapes, struct iv_error *err)
{
    struct path p = {.sound = s, .pauses = pauses, .from = from, .hops = to - from};
    size_t end;

    if (to <= from)
        return IV_OK;
    for (size_t h = 0; h < p.hops; h++)
        shapes[h] = s->hops[from + h].heard;
    if (!n_units)
        return IV_OK;
    set_states(&p, units, n_units < SPELLING_MAX_UNITS ? n_units : SPELLING_MAX_UNITS);
    p.jump = iv_alloc_array(p.hops, p.n_states);
    if (!p.jump)
        return iv_fail(err, IV_E_NOMEM, "viseme alignment: out of memory");
    for (size_t h = 0; h < p.hops; h++)
        step(&p, h);
    end = last_state(&p);
    if (end < p.n_states)
        walk_back(&p, end, shapes);
    free(p.jump);
    return IV_OK;
}

void iv_fit_release(struct fit_sound *s)
{
    free(s->hops);
    *s = (struct fit_sound){0};
}
