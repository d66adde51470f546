/* score_clarity.c - how an answer is built and told: measured on every answer, never on the person.
 *
 * An answer in which no answer to the question can be found is not clear, however well it is told: the parts below the first are
 * scaled by min(1, 2 x to_the_point).
 *
 * to_the_point 0.30  coverage less misconceptions, doubled (for a question of no bank: specifics and story parts)
 * structure    0.20  words that lead a listener (first, because, for example), three are enough
 * length       0.20  units against the suggested length: half of it is enough, over twice of it loses
 * sentences    0.10  sentences of a length that can be followed
 * fluency      0.10  fillers for each hundred units, ten take all
 * economy      0.10  sentences that are neither lists of terms nor said before
 */
#include <string.h>

#include "interview/score_judge.h"

#define MARKERS_ENOUGH 3
#define FILLERS_WORST 10

/* Units of a sentence: to here it is easy to follow, from there on it is lost. */
static const int easy_units[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 18, [IV_LANG_EN] = 26, [IV_LANG_JA] = 75};
static const int lost_units[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 45, [IV_LANG_EN] = 70, [IV_LANG_JA] = 190};

static int64_t part_of(int64_t n, int64_t enough)
{
    return iv_bp_clamp(enough > 0 ? iv_round_div(n * IV_BP, enough) : IV_BP);
}

static int64_t length_bp(const struct iv_judged *q)
{
    int64_t n = (int64_t)q->units, good = (int64_t)q->suggested_units;

    if (n <= 2 * good)
        return part_of(2 * n, good);
    return iv_bp_clamp(IV_BP - iv_round_div((n - 2 * good) * IV_BP, 2 * good));
}

static int64_t to_the_point_bp(const struct iv_judged *q)
{
    int64_t n = 0, bp = 0;

    if (!q->question) {
        for (unsigned i = 0; i < IV_STAR_COUNT; i++)
            n += q->star[i].turn != NULL;
        return part_of(n + 2 * (q->specifics.turn != NULL), 6);
    }
    for (size_t i = 0; i < q->content.n; i++) {
        const struct iv_part *p = &q->content.parts[i];

        if (!strcmp(p->name, "coverage"))
            bp += p->value_bp;
        if (!strcmp(p->name, "misconceptions"))
            bp -= p->value_bp / 2;
    }
    return iv_bp_clamp(2 * bp);
}

static int64_t sentences_bp(const struct iv_judge *j, const struct iv_judged *q, size_t n_sentences)
{
    int64_t mean = n_sentences ? iv_round_div((int64_t)q->units, (int64_t)n_sentences) : 0;
    int64_t easy = easy_units[j->lang], lost = lost_units[j->lang];

    return mean <= easy ? IV_BP : iv_bp_clamp(IV_BP - (mean - easy) * IV_BP / (lost - easy));
}

static void add_scaled(struct iv_judged *q, const char *name, int64_t value_bp, int64_t scale_bp,
                       int weight_bp)
{
    iv_measure_add(&q->clarity, name, iv_round_div(value_bp * scale_bp, IV_BP), weight_bp);
}

enum iv_code iv_judge_clarity(const struct iv_judge *j, struct iv_judged *q, struct iv_error *err)
{
    size_t n_sentences = 0, wasted = q->listed + q->repeated;
    int64_t to_the_point, scale;

    for (size_t i = 0; i < q->n_answers; i++) {
        struct iv_spans s;
        enum iv_code rc = iv_text_sentences(q->answers[i]->text, &s, err);

        n_sentences += s.n;
        iv_spans_release(&s);
        if (rc)
            return rc;
        q->fillers += iv_count_fillers(q->answers[i]->text, j->lang, j->speech, NULL, NULL);
    }
    to_the_point = to_the_point_bp(q);
    scale = iv_bp_clamp(2 * to_the_point);
    iv_measure_add(&q->clarity, "to_the_point", to_the_point, 3000);
    add_scaled(q, "structure", part_of((int64_t)q->markers, MARKERS_ENOUGH), scale, 2000);
    add_scaled(q, "length", length_bp(q), scale, 2000);
    add_scaled(q, "sentences", sentences_bp(j, q, n_sentences), scale, 1000);
    add_scaled(q, "fluency",
               IV_BP - part_of((int64_t)q->fillers * 100, (int64_t)q->units * FILLERS_WORST), scale,
               1000);
    add_scaled(q, "economy", IV_BP - part_of((int64_t)wasted, (int64_t)(wasted + q->sentences)),
               scale, 1000);
    iv_measure_close(&q->clarity);
    return IV_OK;
}
