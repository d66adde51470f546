/* score_evidence.c - what the answers to a question say, each thing with the sentence that says it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "interview/match.h"
#include "interview/score_judge.h"
#include "iv/alloc.h"
#include "iv/buf.h"

#define QUOTE_MAX_BYTES 320
#define SEEN_MAX_BYTES (1u << 20)
#define SPECIFICS_ENOUGH 3
#define DEVELOPED_PERCENT 50 /* of the suggested length */
#define WRONG_BP -3000

/* More points than this much speech can make were named, not made. */
static const size_t units_per_point[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 3, [IV_LANG_EN] = 6, [IV_LANG_JA] = 12};

struct reading {
    const struct iv_judge *judge;
    struct iv_judged *q;
    const struct iv_turn *turn;
    const iv_answer_text *said; /* real sentences that wave nothing away */
    const iv_answer_text *claimed; /* real sentences */
    const iv_answer_text *whole;
    struct iv_spans sentences;
    bool after_probe;
};

bool iv_find_any(const iv_answer_text *a, const iv_json *patterns, struct iv_match *out)
{
    for (const iv_json *j = iv_json_first(patterns); j; j = iv_json_next(j))
        if (iv_pattern_find(a, iv_json_string(j, ""), out))
            return true;
    return false;
}

size_t iv_count_any(const iv_answer_text *a, const iv_json *patterns)
{
    size_t n = 0;

    for (const iv_json *j = iv_json_first(patterns); j; j = iv_json_next(j))
        n += iv_pattern_count(a, iv_json_string(j, ""));
    return n;
}

static bool is_blank_at(const char *text, size_t i)
{
    return text[i] == ' ' || text[i] == '\n';
}

/* Speech without full stops can be one sentence of a thousand words: a quote keeps what stands around the match. */
static struct iv_span shorten(const char *text, struct iv_span s, struct iv_match m)
{
    size_t spare =
        m.end - m.start < QUOTE_MAX_BYTES ? (QUOTE_MAX_BYTES - (m.end - m.start)) / 2 : 0;
    size_t start = s.start, end = s.end;

    if (s.end - s.start <= QUOTE_MAX_BYTES)
        return s;
    if (m.start > s.start + spare)
        start = m.start - spare;
    if (m.end + spare < s.end)
        end = m.end + spare;
    while (start < m.start && start > s.start && !is_blank_at(text, start - 1) &&
           (text[start] & 0x80) == 0)
        start++;
    while (start < m.start && ((unsigned char)text[start] & 0xc0) == 0x80)
        start++;
    while (end > m.end && end < s.end && !is_blank_at(text, end) && (text[end] & 0x80) == 0)
        end--;
    while (end > m.end && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    return (struct iv_span){start, end};
}

static struct iv_span quote_around(const struct reading *r, struct iv_match m)
{
    const char *text = r->turn->text;
    struct iv_span s = {m.start, m.end};

    for (size_t i = 0; i < r->sentences.n; i++) {
        const struct iv_span *whole = &r->sentences.items[i];

        if (whole->start < m.end && whole->end > m.start) {
            s.start = whole->start < s.start ? whole->start : s.start;
            s.end = whole->end > s.end ? whole->end : s.end;
        }
    }
    s = shorten(text, s, m);
    while (s.start < s.end && is_blank_at(text, s.start))
        s.start++;
    while (s.end > s.start && is_blank_at(text, s.end - 1))
        s.end--;
    return s;
}

static void note(const struct reading *r, struct iv_found *f, struct iv_match m)
{
    if (f->turn)
        return;
    *f = (struct iv_found){r->turn, quote_around(r, m), r->after_probe};
}

static void read_points(const struct reading *r)
{
    struct iv_match m;

    for (size_t i = 0; i < r->q->question->n_points && i < IV_POINTS_MAX; i++) {
        const struct iv_point *p = &r->q->question->points[i];

        if (iv_point_find(r->said, p, &m))
            note(r, &r->q->points[i], m);
        else if (iv_point_find(r->whole, p, &m))
            r->q->named_only[i] = true;
    }
}

/* "It is a misconception that ..." names the mistake without making it. */
static bool is_denied(const struct reading *r, struct iv_span s)
{
    char *sentence = iv_strndup(r->turn->text + s.start, s.end - s.start);
    iv_answer_text *a = NULL;
    struct iv_match m;
    bool denied = false;

    if (sentence && !iv_answer_text_new(sentence, r->judge->lang, &a, NULL))
        denied = iv_find_any(a, iv_json_get(r->judge->speech, "denials"), &m);
    iv_answer_text_free(a);
    free(sentence);
    return denied;
}

static void read_wrong(const struct reading *r)
{
    struct iv_match m;

    for (size_t i = 0; i < r->q->question->n_wrong && i < IV_POINTS_MAX; i++)
        if (iv_point_find(r->claimed, &r->q->question->wrong[i], &m) &&
            !is_denied(r, quote_around(r, m)))
            note(r, &r->q->wrong[i], m);
}

static void read_star(const struct reading *r)
{
    struct iv_match m;

    for (unsigned i = 0; i < IV_STAR_COUNT; i++)
        if (iv_find_any(r->said, iv_json_get(r->judge->star, iv_star_name((enum iv_star)i)), &m))
            note(r, &r->q->star[i], m);
}

static bool find_digit(const char *text, struct iv_match *m)
{
    const char *p = strpbrk(text, "0123456789");

    if (!p)
        return false;
    *m = (struct iv_match){(size_t)(p - text), (size_t)(p - text) + 1};
    return true;
}

static size_t count_numbers(const char *text)
{
    size_t n = 0;

    for (size_t i = 0; text[i]; i++)
        n += isdigit((unsigned char)text[i]) && (!i || !isdigit((unsigned char)text[i - 1]));
    return n;
}

static size_t read_specifics(const struct reading *r, const char *screened)
{
    const iv_json *numbers = iv_json_get(r->judge->speech, "numbers");
    const iv_json *examples = iv_json_get(r->judge->speech, "examples");
    struct iv_match m;

    if (find_digit(screened, &m) || iv_find_any(r->said, numbers, &m) ||
        iv_find_any(r->said, examples, &m))
        note(r, &r->q->specifics, m);
    return count_numbers(screened) + iv_count_any(r->said, numbers) +
           iv_count_any(r->said, examples);
}

struct totals {
    size_t real_units, specifics, unknown, dismissed;
    bool is_on_topic;
    struct iv_buf seen; /* what was said so far, to see repetition */
};

static enum iv_code read_answer(struct reading *r, struct totals *t, struct iv_error *err)
{
    struct iv_screened s = {0};
    iv_answer_text *said = NULL, *claimed = NULL, *whole = NULL;
    enum iv_code rc = iv_text_screen(r->turn->text, r->judge->lang, r->judge->speech, r->q->ask,
                                     iv_buf_str(&t->seen), &s, err);

    if (!rc && r->q->question)
        rc = iv_blank_dense(r->q->question, r->judge->lang, &s, err);
    if (!rc)
        rc = iv_answer_text_new(s.text, r->judge->lang, &claimed, err);
    if (!rc)
        rc = iv_blank_dismissed(r->judge, &s, err);
    if (!rc)
        rc = iv_answer_text_new(s.text, r->judge->lang, &said, err);
    if (!rc)
        rc = iv_answer_text_new(r->turn->text, r->judge->lang, &whole, err);
    if (!rc)
        rc = iv_text_sentences(r->turn->text, &r->sentences, err);
    if (!rc) {
        r->said = said;
        r->claimed = claimed;
        r->whole = whole;
        r->q->listed += s.n_listed;
        r->q->repeated += s.n_repeated;
        r->q->sentences += s.n_sentences;
        t->real_units += s.units;
        t->dismissed += s.n_dismissed;
        t->specifics += read_specifics(r, s.text);
        r->q->markers += iv_count_any(said, iv_json_get(r->judge->speech, "markers"));
        read_star(r);
        if (r->q->question) {
            read_points(r);
            read_wrong(r);
        }
    }
    iv_spans_release(&r->sentences);
    iv_answer_text_free(said);
    iv_answer_text_free(claimed);
    iv_answer_text_free(whole);
    free(s.text);
    return rc;
}

static void cap_points(struct iv_judged *q, size_t real_units, enum iv_lang lang)
{
    size_t left = real_units / units_per_point[lang];

    for (size_t i = 0; i < IV_POINTS_MAX; i++) {
        if (!q->points[i].turn)
            continue;
        if (left) {
            left--;
            continue;
        }
        q->points[i] = (struct iv_found){0};
        q->named_only[i] = true;
    }
}

int iv_coverage_bp(int64_t got, int64_t all)
{
    return all > 0 ? iv_bp_clamp(iv_round_div(got * IV_BP, all * IV_ENOUGH_BP)) : 0;
}

static int coverage_bp(const struct iv_judged *q)
{
    int64_t got = 0, all = 0;

    for (size_t i = 0; i < q->question->n_points && i < IV_POINTS_MAX; i++) {
        int weight = q->question->points[i].weight;

        all += weight;
        if (q->points[i].turn)
            got += (int64_t)weight * (q->points[i].after_probe ? IV_PROBE_BP : IV_BP);
    }
    return iv_coverage_bp(got, all);
}

static int ratio_bp(size_t n, size_t enough)
{
    return iv_bp_clamp(enough ? iv_round_div((int64_t)n * IV_BP, (int64_t)enough) : IV_BP);
}

static int scaled(int bp, int scale)
{
    return (int)iv_round_div((int64_t)bp * scale, IV_BP);
}

static size_t count_wrong(const struct iv_judged *q)
{
    size_t n = 0;

    for (size_t i = 0; i < IV_POINTS_MAX; i++)
        n += q->wrong[i].turn != NULL;
    return n;
}

static void measure_content(const struct iv_judge *j, struct iv_judged *q, const struct totals *t)
{
    int coverage = coverage_bp(q), scale = iv_bp_clamp(2ll * coverage);
    int specifics = scaled(ratio_bp(t->specifics, SPECIFICS_ENOUGH), scale);
    size_t enough = q->suggested_units * DEVELOPED_PERCENT / 100;
    int developed = scaled(ratio_bp(t->real_units, enough), scale);
    bool story = j->type == IV_TYPE_BEHAVIORAL;
    size_t n_wrong = count_wrong(q);
    bool on_topic = t->is_on_topic && t->real_units >= j->cues->short_units && !q->listed &&
                    !t->dismissed && !n_wrong;

    iv_measure_add(&q->content, "coverage", coverage, story ? 5500 : 8000);
    iv_measure_add(&q->content, "on_topic", on_topic ? IV_BP : 0, 500);
    if (story) {
        iv_measure_add(&q->content, "own_action", q->star[IV_STAR_ACTION].turn ? scale : 0, 1000);
        iv_measure_add(&q->content, "result", q->star[IV_STAR_RESULT].turn ? scale : 0, 1000);
    }
    iv_measure_add(&q->content, "specifics", specifics, 1000);
    iv_measure_add(&q->content, "development", developed, story ? 1000 : 500);
    if (n_wrong)
        iv_measure_add(&q->content, "misconceptions", (int64_t)n_wrong * IV_BP, WRONG_BP);
    iv_measure_close(&q->content);
}

enum iv_code iv_find_evidence(const struct iv_judge *j, struct iv_judged *q, struct iv_error *err)
{
    struct totals t = {.seen = IV_BUF_INIT(SEEN_MAX_BYTES)};
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < q->n_answers && !rc; i++) {
        struct reading r = {
            .judge = j, .q = q, .turn = q->answers[i], .after_probe = q->is_probe[i]};
        struct iv_answer_facts facts;
        static const struct iv_question none = {0};

        rc = iv_judge_answer(j->cues, q->question ? q->question : &none, r.turn->text, &facts, err);
        if (rc)
            break;
        if (facts.dont_know) {
            t.unknown++;
            continue;
        }
        t.is_on_topic |= facts.near_topic && !facts.too_short;
        rc = read_answer(&r, &t, err);
        iv_buf_adds(&t.seen, r.turn->text);
        iv_buf_addc(&t.seen, '\n');
    }
    if (!rc && q->n_answers && t.unknown == q->n_answers)
        q->why = IV_DIDNT_KNOW;
    if (!rc && q->question) {
        cap_points(q, t.real_units, j->lang);
        measure_content(j, q, &t);
    }
    iv_buf_release(&t.seen);
    return rc;
}
