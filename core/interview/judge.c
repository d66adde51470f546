/* judge.c - what an answer holds and lacks. Words decide, never a guess about the person. */
#include "interview/judge.h"

#include <stdio.h>
#include <string.h>

#include "interview/fold.h"
#include "interview/match.h"

#define TERM_BYTES 40
#define MAX_TERMS 256
#define FEW_TERMS                                                                                  \
    6 /* a question with fewer says too little about its subject to call an answer off topic */
#define TOUCHES 2 /* this many words of the subject make an answer one about it */

/* -- does it speak of the subject at all -- */

struct terms {
    char items[MAX_TERMS][TERM_BYTES];
    size_t n;
};

static bool starts_with(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

static bool is_common(const struct iv_cues *c, const char *term)
{
    char word[TERM_BYTES];

    for (size_t i = 0; i < c->lists[IV_CUE_COMMON].n; i++)
        for (const char *s = c->lists[IV_CUE_COMMON].words[i]; *s; s += strspn(s, " ")) {
            size_t len = strcspn(s, " ");

            snprintf(word, sizeof word, "%.*s", (int)len, s);
            if (!strcmp(word, term) ||
                (c->lang != IV_LANG_EN && (starts_with(word, term) || starts_with(term, word))))
                return true;
            s += len;
        }
    return false;
}

static void add_term(struct terms *t, const struct iv_cues *c, const char *term)
{
    if (t->n == MAX_TERMS || is_common(c, term))
        return;
    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->items[i], term))
            return;
    snprintf(t->items[t->n++], TERM_BYTES, "%s", term);
}

static bool is_ascii_letter(uint32_t cp)
{
    return cp >= 'a' && cp <= 'z';
}
static bool is_kanji(uint32_t cp)
{
    return cp >= 0x4e00 && cp <= 0x9fff;
}
static bool is_katakana(uint32_t cp)
{
    return cp >= 0x30a1 && cp <= 0x30fe;
}

/* Characters of one kind that may make a word of the subject. */
static int kind_of(enum iv_lang lang, uint32_t cp)
{
    if (is_ascii_letter(cp))
        return 1;
    if (lang == IV_LANG_JA)
        return is_kanji(cp) ? 2 : is_katakana(cp) ? 3 : 0;
    return lang == IV_LANG_KO && cp >= 0xac00 && cp <= 0xd7a3 ? 4 : 0;
}

/* How much of a word is kept: a stem that other forms of it share; 0 leaves the word out. */
static size_t kept_length(enum iv_lang lang, int kind, size_t len)
{
    if (kind == 1)
        return len < (lang == IV_LANG_EN ? 4u : 2u) ? 0 : len < 7 ? len : 6;
    if (kind == 4)
        return len < 2 ? 0 : len < 4 ? 2 : 3;
    if (kind == 3)
        return len < 3 ? 0 : len;
    return len < 2 ? 0 : len < 4 ? len : 4;
}

static void add_run(struct terms *t, const struct iv_cues *c, const struct fold_char *run, size_t n,
                    int kind)
{
    char whole[TERM_BYTES], stem[TERM_BYTES];
    size_t len = 0, keep = kept_length(c->lang, kind, n), kept_len = 0;

    for (size_t i = 0; i < n && len + 4 < sizeof whole; i++) {
        len += iv_utf8_put(run[i].cp, whole + len);
        if (i < keep)
            kept_len = len;
    }
    whole[len] = '\0';
    if (!keep || is_common(c, whole))
        return;
    memcpy(stem, whole, kept_len);
    if (c->lang == IV_LANG_EN)
        stem[kept_len++] = '*';
    stem[kept_len] = '\0';
    add_term(t, c, stem);
}

static void add_text(struct terms *t, const struct iv_cues *c, const char *text)
{
    struct folded f;

    if (iv_fold_text(text, &f, NULL))
        return;
    for (size_t i = 0; i < f.n;) {
        int kind = kind_of(c->lang, f.chars[i].cp);
        size_t n = 1;

        while (i + n < f.n && kind_of(c->lang, f.chars[i + n].cp) == kind)
            n++;
        if (kind)
            add_run(t, c, f.chars + i, n, kind);
        i += n;
    }
    iv_folded_release(&f);
}

static void add_points(struct terms *t, const struct iv_cues *c, const struct iv_point *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_text(t, c, p[i].say);
        for (size_t k = 0; k < p[i].n_words; k++)
            add_text(t, c, p[i].words[k]);
    }
}

/* Words of the subject that the answer has, up to TOUCHES. */
static size_t touches_of(const struct iv_cues *c, const struct iv_question *q,
                         const iv_answer_text *a)
{
    struct terms t = {.n = 0};
    size_t touched = 0;

    if (!q->ask) /* scoring judges answers to questions that no bank knows */
        return TOUCHES;
    add_text(&t, c, q->ask);
    add_points(&t, c, q->points, q->n_points);
    add_points(&t, c, q->wrong, q->n_wrong);
    if (t.n < FEW_TERMS)
        return TOUCHES;
    for (size_t i = 0; i < t.n && touched < TOUCHES; i++)
        touched += iv_pattern_find_any_form(a, t.items[i], NULL);
    return touched;
}

/* -- facts -- */

static size_t find_points(const iv_answer_text *a, const struct iv_point *p, size_t n, bool *found)
{
    size_t hits = 0;

    for (size_t i = 0; i < n; i++) {
        found[i] = iv_point_find(a, &p[i], NULL);
        hits += found[i];
    }
    return hits;
}

static bool has_digit(const char *s)
{
    return strpbrk(s, "0123456789") != NULL;
}

static bool tells_result(const struct iv_cues *c, const struct iv_question *q,
                         const iv_answer_text *a, const struct iv_answer_facts *f)
{
    for (size_t i = 0; i < q->n_points; i++)
        if (f->covered[i] && starts_with(q->points[i].id, "result"))
            return true;
    return iv_cue_found(c, IV_CUE_RESULT, a);
}

enum iv_code iv_judge_answer(const struct iv_cues *c, const struct iv_question *q, const char *text,
                             struct iv_answer_facts *f, struct iv_error *err)
{
    iv_answer_text *a;
    enum iv_code rc = iv_answer_text_new(text, c->lang, &a, err);
    size_t wrong, touches;

    *f = (struct iv_answer_facts){.n_points = q->n_points};
    if (rc)
        return rc;
    f->units = iv_answer_units(a);
    f->n_covered = find_points(a, q->points, q->n_points, f->covered);
    wrong = find_points(a, q->wrong, q->n_wrong, f->wrong);
    f->too_short = f->units < c->short_units;
    /* "I don't know the exact figure, but ..." is an answer */
    f->dont_know =
        f->units < 2 * c->short_units && f->n_covered < 2 && iv_cue_found(c, IV_CUE_DONT_KNOW, a);
    touches = f->n_covered || wrong ? TOUCHES : touches_of(c, q, a);
    f->near_topic = touches > 0 || f->units < 2 * c->short_units;
    f->off_topic = !f->dont_know && f->units >= 2 * c->short_units && touches < TOUCHES;
    f->own_action =
        iv_cue_count(c, IV_CUE_OWN_ACTION, a) > iv_cue_count(c, IV_CUE_NOT_OWN_ACTION, a);
    f->says_we = iv_cue_found(c, IV_CUE_WE, a);
    f->result = tells_result(c, q, a, f);
    f->specifics = has_digit(text) || iv_cue_found(c, IV_CUE_SPECIFICS, a);
    iv_answer_text_free(a);
    return IV_OK;
}

enum iv_code iv_answer_judge(const iv_ctx *ctx, const struct iv_question *q, const char *text,
                             struct iv_answer_facts *out, struct iv_error *err)
{
    struct iv_cues cues;
    enum iv_code rc = iv_cues_load(ctx, q->lang, &cues, err);

    if (rc)
        return rc;
    rc = iv_judge_answer(&cues, q, text, out, err);
    iv_cues_release(&cues);
    return rc;
}

void iv_judge_merge(const struct iv_cues *c, struct iv_answer_facts *all,
                    const struct iv_answer_facts *newest)
{
    all->n_points = newest->n_points;
    all->units += newest->units;
    all->dont_know = newest->dont_know;
    all->off_topic = newest->off_topic;
    all->too_short = all->units < c->short_units;
    all->own_action |= newest->own_action;
    all->says_we |= newest->says_we;
    all->result |= newest->result;
    all->specifics |= newest->specifics;
    all->n_covered = 0;
    for (size_t i = 0; i < IV_LEN(all->covered); i++) {
        all->covered[i] |= newest->covered[i];
        all->wrong[i] |= newest->wrong[i];
        all->n_covered += all->covered[i];
    }
}

int iv_judge_coverage(const struct iv_question *q, const struct iv_answer_facts *f)
{
    int all = 0, covered = 0;

    for (size_t i = 0; i < q->n_points; i++) {
        all += q->points[i].weight;
        covered += f->covered[i] ? q->points[i].weight : 0;
    }
    return all ? covered * 100 / all : 0;
}
