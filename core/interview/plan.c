/* plan.c - see plan.h. */
#include "interview/plan.h"

#include <stdlib.h>
#include <string.h>

#include "interview/legal.h"
#include "interview/random.h"
#include "interview/timing.h"
#include "iv/alloc.h"
#include "iv/buf.h"

#define LEAST_QUESTIONS 2
#define BANK_TEXT_MAX_BYTES (8u << 20)
#define NEIGHBOUR_ROUNDS 1000 /* questions of another difficulty come after all of the wanted one */

struct pick {
    size_t at; /* in the bank */
    size_t competency; /* its place in this interview's order of competencies */
    size_t round; /* how often its competency was used before */
    int preference; /* lower is taken first */
    int relevance; /* how much of it the papers speak of; 0 without papers */
};

int iv_plan_demand(const struct iv_question *q)
{
    int weight = 0;

    for (size_t i = 0; i < q->n_points; i++)
        weight += q->points[i].weight;
    return (int)q->difficulty * 10000 + weight * 100 + q->seconds;
}

/* -- who is asked -- */

/* Bit i: the text names role i of the cues. */
static uint32_t roles_in(const struct iv_cues *c, const iv_answer_text *text)
{
    uint32_t roles = 0;

    for (size_t i = 0; text && i < c->n_roles; i++)
        for (size_t k = 0; k < c->roles[i].n; k++)
            if (iv_pattern_find(text, c->roles[i].words[k], NULL))
                roles |= 1u << i;
    return roles;
}

static enum iv_code read_role(const struct plan_input *in, uint32_t *roles, struct iv_error *err)
{
    iv_answer_text *title;
    enum iv_code rc = iv_answer_text_new(in->spec->role, in->cues->lang, &title, err);

    *roles = 0;
    if (rc)
        return rc;
    *roles = roles_in(in->cues, title);
    iv_answer_text_free(title);
    return IV_OK;
}

static bool suits_role(const struct iv_cues *c, uint32_t roles, const struct iv_question *q)
{
    for (size_t i = 0; i < c->n_roles; i++)
        for (size_t k = 0; k < q->n_roles; k++)
            if (roles >> i & 1 && !strcmp(q->roles[k], c->roles[i].name))
                return true;
    return false;
}

/* The points of a good answer stand in words that a job description uses as well; a role it names counts as two of them. */
static int relevance_of(const struct plan_input *in, uint32_t roles, const struct iv_question *q)
{
    int found = suits_role(in->cues, roles, q) ? 2 : 0;

    for (size_t i = 0; in->papers && i < q->n_points; i++)
        found += iv_point_find(in->papers, &q->points[i], NULL);
    return found;
}

static bool is_flagged(const struct iv_question *q, const char *jurisdictions)
{
    for (size_t i = 0; i < q->n_legal; i++)
        if (iv_legal_is_named(jurisdictions, q->legal[i]))
            return true;
    return false;
}

/* Of questions from..to: nothing that is said touches a forbidden topic. */
static bool is_lawful(const struct plan_input *in, const struct legal *l, const struct iv_bank *b,
                      size_t from, size_t to)
{
    struct iv_buf all = IV_BUF_INIT(BANK_TEXT_MAX_BYTES);
    bool lawful;

    for (size_t i = from; i < to; i++) {
        iv_buf_addf(&all, "%s\n", b->questions[i].ask);
        for (size_t k = 0; k < b->questions[i].n_probes; k++)
            iv_buf_addf(&all, "%s\n", b->questions[i].probes[k].ask);
    }
    lawful = !all.failed &&
             !iv_legal_touches(l, iv_buf_str(&all), in->spec->lang, in->jurisdictions, NULL);
    iv_buf_release(&all);
    return lawful;
}

static bool is_asked_already(const struct iv_bank *b, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (!strcmp(b->questions[i].ask, b->questions[at].ask))
            return true;
    return false;
}

static enum iv_code choose_eligible(const struct plan_input *in, const struct iv_bank *b,
                                    struct pick *picks, size_t *n, struct iv_error *err)
{
    struct legal legal;
    uint32_t roles, brought = roles_in(in->cues, in->papers);
    bool all_lawful;
    enum iv_code rc = read_role(in, &roles, err);

    *n = 0;
    if (rc)
        return rc;
    rc = iv_legal_load(in->ctx, &legal, err);
    if (rc)
        return rc;
    all_lawful = is_lawful(in, &legal, b, 0, b->n); /* one look at a clean bank instead of many */
    for (size_t i = 0; i < b->n; i++) {
        const struct iv_question *q = &b->questions[i];
        bool suits = suits_role(in->cues, roles, q);
        bool is_set = in->spec->question_set[0];

        if ((roles && q->n_roles && !suits) || is_asked_already(b, i) ||
            is_flagged(q, in->jurisdictions) ||
            (!all_lawful && !is_lawful(in, &legal, b, i, i + 1)))
            continue;
        picks[(*n)++] =
            (struct pick){.at = i,
                          .preference = !is_set && q->difficulty != in->spec->difficulty ? 2 : 0,
                          .relevance = relevance_of(in, brought, q)};
        /* with a role its own questions come first, without one those for everybody */
        picks[*n - 1].preference += roles ? !suits : q->n_roles != 0;
    }
    iv_legal_release(&legal);
    return IV_OK;
}

/* -- spreading -- */

static size_t competency_place(const struct iv_bank *b, const struct pick *picks, size_t n,
                               size_t places[], size_t *used)
{
    const char *name = b->questions[picks[n].at].competency;

    for (size_t i = 0; i < n; i++)
        if (!strcmp(b->questions[picks[i].at].competency, name))
            return picks[i].competency;
    return places[(*used)++];
}

static void number_competencies(const struct iv_bank *b, struct pick *picks, size_t n,
                                size_t places[], uint64_t *seed)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        places[i] = i;
    for (size_t i = 0; i < n; i++)
        picks[i].competency = competency_place(b, picks, i, places, &used);
    RANDOM_SHUFFLE(seed, places, used)
    for (size_t i = 0; i < n; i++)
        picks[i].competency = places[picks[i].competency];
}

/* Insertion sort: stable, the same everywhere, and n is a few dozen. */
static void sort_picks(struct pick *picks, size_t n,
                       bool (*before)(const struct pick *, const struct pick *))
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && before(&picks[k], &picks[k - 1]); k--) {
            struct pick keep = picks[k];

            picks[k] = picks[k - 1];
            picks[k - 1] = keep;
        }
}

static bool by_preference(const struct pick *a, const struct pick *b)
{
    return a->preference != b->preference ? a->preference < b->preference
                                          : a->relevance > b->relevance;
}

static bool by_round(const struct pick *a, const struct pick *b)
{
    return a->round != b->round ? a->round < b->round : a->competency < b->competency;
}

/* The competencies' order is the seed's; those of which the papers say more come forward in it. `totals` has room for all. */
static void raise_competencies(struct pick *picks, size_t n, size_t totals[])
{
    memset(totals, 0, n * sizeof *totals);
    for (size_t i = 0; i < n; i++)
        totals[picks[i].competency] += (size_t)picks[i].relevance;
    for (size_t i = 0; i < n; i++) {
        size_t ahead = 0;

        for (size_t k = 0; k < n; k++)
            ahead += totals[k] > totals[picks[i].competency] ||
                     (k < picks[i].competency && totals[k] == totals[picks[i].competency]);
        picks[i].competency = ahead;
    }
}

static void number_rounds(struct pick *picks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_neighbour = picks[i].preference >= 2;

        picks[i].round = is_neighbour ? NEIGHBOUR_ROUNDS : 0;
        for (size_t k = 0; k < i; k++)
            picks[i].round += picks[k].competency == picks[i].competency &&
                              (picks[k].preference >= 2) == is_neighbour;
    }
}

static void swap_questions(struct pick *a, struct pick *b)
{
    size_t keep = a->at;

    a->at = b->at;
    b->at = keep;
}

/* Rising demand: each competency brings its easier questions first, and each round begins with its easiest. */
static void order_by_demand(const struct iv_bank *b, struct pick *picks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            if (picks[i].competency == picks[k].competency &&
                iv_plan_demand(&b->questions[picks[k].at]) <
                    iv_plan_demand(&b->questions[picks[i].at]))
                swap_questions(&picks[i], &picks[k]);
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && picks[k].round == picks[k - 1].round &&
                           iv_plan_demand(&b->questions[picks[k].at]) <
                               iv_plan_demand(&b->questions[picks[k - 1].at]);
             k--) {
            struct pick keep = picks[k];

            picks[k] = picks[k - 1];
            picks[k - 1] = keep;
        }
}

/* The end of one round and the beginning of the next may meet in one competency. */
static void part_neighbours(struct pick *picks, size_t n)
{
    for (size_t i = 1; i + 1 < n; i++)
        if (picks[i].competency == picks[i - 1].competency &&
            picks[i].round == picks[i + 1].round) {
            struct pick keep = picks[i];

            picks[i] = picks[i + 1];
            picks[i + 1] = keep;
        }
}

/* -- how many -- */

static size_t count_that_fit(const struct plan_input *in, const struct iv_bank *b,
                             const struct pick *picks, size_t n)
{
    int64_t have = (int64_t)in->spec->duration_minutes * 60000 - TIME_GREETING_MS - TIME_WRAP_UP_MS;
    int64_t sum = 0, fit;

    for (size_t i = 0; i < n; i++)
        sum += iv_time_of_question(&b->questions[picks[i].at], 100) + iv_time_of_probes(in->probes);
    fit = sum ? have * (int64_t)n / sum : 0;
    return fit < LEAST_QUESTIONS ? LEAST_QUESTIONS : (size_t)fit;
}

static enum iv_code add_bank(const struct plan_input *in, enum iv_difficulty difficulty,
                             const char *set, struct iv_bank *bank, struct iv_error *err)
{
    const struct iv_session_spec *s = in->spec;
    struct iv_bank more;
    struct iv_question *grown;
    enum iv_code rc = iv_bank_load(in->ctx, s->lang, s->type, difficulty, set, &more, err);

    if (rc)
        return rc;
    if (set[0] && more.questions[0].lang != s->lang) {
        rc = iv_fail(err, IV_E_DATA,
                     "question set \"%.200s\" is in language %s, the interview in %s", set,
                     iv_lang_code(more.questions[0].lang), iv_lang_code(s->lang));
        goto out;
    }
    grown = iv_realloc_array(bank->questions, bank->n + more.n, sizeof *grown);
    if (!grown) {
        rc = iv_fail(err, IV_E_NOMEM, "question bank: out of memory");
        goto out;
    }
    memcpy(grown + bank->n, more.questions, more.n * sizeof *grown);
    bank->questions = grown;
    bank->n += more.n;
    more.n = 0; /* its questions belong to the other bank now */
out:
    iv_bank_release(&more);
    return rc;
}

/* A long interview needs more than one cell holds: the difficulties beside it help out. */
static enum iv_code add_neighbours(const struct plan_input *in, struct iv_bank *bank,
                                   struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (int d = 0; d < IV_DIFFICULTY_COUNT && !rc; d++)
        if (abs(d - (int)in->spec->difficulty) == 1)
            rc = add_bank(in, (enum iv_difficulty)d, "", bank, err);
    return rc;
}

static enum iv_code arrange(const struct plan_input *in, const struct iv_bank *b, size_t *wanted,
                            struct plan *out, struct iv_error *err)
{
    struct pick *picks = iv_alloc_array(b->n, sizeof *picks);
    size_t *places = iv_alloc_array(b->n, sizeof *places), n = 0;
    uint64_t seed = in->spec->seed;
    enum iv_code rc = IV_OK;

    out->order = iv_alloc_array(b->n, sizeof *out->order);
    if (!picks || !places || !out->order)
        rc = iv_fail(err, IV_E_NOMEM, "plan: out of memory");
    if (!rc)
        rc = choose_eligible(in, b, picks, &n, err);
    if (rc)
        goto out;
    *wanted = count_that_fit(in, b, picks, n);
    number_competencies(b, picks, n, places, &seed);
    RANDOM_SHUFFLE(&seed, picks, n)
    raise_competencies(picks, n, places);
    sort_picks(picks, n, by_preference);
    number_rounds(picks, n);
    sort_picks(picks, n, by_round);
    out->n_order = n;
    out->n = *wanted < n ? *wanted : n;
    order_by_demand(b, picks, out->n);
    part_neighbours(picks, out->n);
    for (size_t i = 0; i < n; i++)
        out->order[i] = picks[i].at;
out:
    free(picks);
    free(places);
    return rc;
}

enum iv_code iv_plan_make(const struct plan_input *in, struct iv_bank *bank, struct plan *out,
                          struct iv_error *err)
{
    const char *set = in->spec->question_set;
    size_t wanted = 0;
    enum iv_code rc;

    *bank = (struct iv_bank){0};
    *out = (struct plan){0};
    rc = add_bank(in, in->spec->difficulty, set, bank, err);
    if (!rc)
        rc = arrange(in, bank, &wanted, out, err);
    if (!rc && !set[0] && wanted > out->n_order) {
        iv_plan_release(out);
        rc = add_neighbours(in, bank, err);
        if (!rc)
            rc = arrange(in, bank, &wanted, out, err);
    }
    if (!rc && !out->n)
        rc = iv_fail(err, IV_E_DATA,
                     "no question of the bank may be asked: role, jurisdictions (%s)",
                     in->jurisdictions);
    if (rc) {
        iv_plan_release(out);
        iv_bank_release(bank);
    }
    return rc;
}

void iv_plan_release(struct plan *p)
{
    free(p->order);
    *p = (struct plan){0};
}
