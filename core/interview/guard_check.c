/* guard_check.c - may the interviewer say this sentence?
 *
 * Deterministic and blunt: a good sentence that is stopped costs nothing but its wording, a bad one that passes is heard.
 * Checks go from what is dangerous to what is only unsuitable, so that the reason told is the worst one.
 */
#include <stdlib.h>
#include <string.h>

#include "interview/guard.h"
#include "interview/match.h"
#include "iv/alloc.h"

#define SIMILAR_PERCENT 80 /* of the pairs of characters: the same question again */
#define SAME_POINT_PERCENT 65
#define POINT_WORDS 5 /* shorter ones ("says what came of it") are in any question */
#define POINT_PAIRS 12
#define SAME_QUESTION_PERCENT 18 /* least that the planned question's own words must come back */
#define RUN_EN 36 /* characters in a row that are taken from the rules */
#define RUN_CJK 16
#define POLITE_MIN_CHARS 9

/* -- pairs of characters: how much of one text is in another -- */

static bool has_pair(const struct folded *f, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i + 1 < f->n; i++)
        if (f->chars[i].cp == a && f->chars[i + 1].cp == b)
            return true;
    return false;
}

/* Percent of the pairs of `of` that stand in `in`, blanks left out. -1: it has fewer than `least`. */
static int share_pairs(const struct folded *of, const struct folded *in, int least)
{
    int n = 0, found = 0;

    for (size_t i = 0; i + 1 < of->n; i++) {
        if (of->chars[i].cp == ' ' || of->chars[i + 1].cp == ' ')
            continue;
        n++;
        found += has_pair(in, of->chars[i].cp, of->chars[i + 1].cp);
    }
    return n >= least ? found * 100 / n : -1;
}

/* English has so few letters that pairs say nothing: words count, by their first five letters. */
static bool has_word(const struct folded *f, const struct fold_char *w, size_t len)
{
    for (size_t i = 0; i + len <= f->n; i++) {
        size_t k = 0;

        if (i && f->chars[i - 1].cp != ' ')
            continue;
        while (k < len && f->chars[i + k].cp == w[k].cp)
            k++;
        if (k == len)
            return true;
    }
    return false;
}

static int share_words(const struct folded *of, const struct folded *in, int least)
{
    int n = 0, found = 0;

    for (size_t i = 0, end; i < of->n; i = end + 1) {
        end = i;
        while (end < of->n && of->chars[end].cp != ' ')
            end++;
        if (end - i < 4)
            continue;
        n++;
        found += has_word(in, &of->chars[i], end - i < 5 ? end - i : 5);
    }
    return n >= least ? found * 100 / n : -1;
}

static int share_of(enum iv_lang lang, const struct folded *of, const struct folded *in)
{
    return lang == IV_LANG_EN ? share_words(of, in, 1) : share_pairs(of, in, 1);
}

static int text_share(enum iv_lang lang, const char *of, const struct folded *in, int least)
{
    struct folded f;
    int percent;

    if (iv_fold_text(of, &f, NULL))
        return 100; /* what cannot be compared counts as found */
    percent = lang == IV_LANG_EN ? share_words(&f, in, least) : share_pairs(&f, in, least);
    iv_folded_release(&f);
    return percent;
}

/* -- single checks -- */

static bool is_direction(uint32_t cp)
{
    return cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

bool iv_guard_has_markup(const char *s)
{
    static const char *const marks[] = {"```", "`", "http:", "https:", "www.", "](", "<",  ">",
                                        "{",   "}", "[",     "]",      "|",    "\\", "\t", "__"};
    const char *p = s;

    for (size_t i = 0; i < IV_LEN(marks); i++)
        if (strstr(s, marks[i]))
            return true;
    while (*p)
        if (is_direction(iv_utf8_next(&p)))
            return true;
    if (*s == '#' || !strncmp(s, "- ", 2) || !strncmp(s, "\xe2\x80\xa2", 3))
        return true;
    return *s >= '0' && *s <= '9' && (s[1] == '.' || s[1] == ')') && (s[2] == ' ' || !s[2]);
}

struct scripts {
    int latin, hangul, kana, han, other;
};

static void count_letter(uint32_t cp, struct scripts *n)
{
    if ((cp | 0x20) >= 'a' && (cp | 0x20) <= 'z')
        n->latin++;
    else if ((cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0x1100 && cp <= 0x11ff) ||
             (cp >= 0x3130 && cp <= 0x318f))
        n->hangul++;
    else if ((cp >= 0x3041 && cp <= 0x30ff && cp != 0x30fb) || (cp >= 0xff66 && cp <= 0xff9f))
        n->kana++;
    else if ((cp >= 0x4e00 && cp <= 0x9fff) || (cp >= 0x3400 && cp <= 0x4dbf))
        n->han++;
    else if (cp >= 0xc0 && cp <= 0x24f)
        n->latin++; /* résumé, naïve */
    else if (cp >= 0x370 && cp <= 0x1fff && cp != 0x1100)
        n->other++;
}

/* Terms and names of another script may stand in a sentence, not carry it. */
bool iv_guard_is_foreign(enum iv_lang lang, const char *s)
{
    struct scripts n = {0};

    while (*s)
        count_letter(iv_utf8_next(&s), &n);
    if (n.other > 2)
        return true;
    switch (lang) {
    case IV_LANG_EN:
        return n.hangul + n.kana + n.han > 8 || n.hangul + n.kana + n.han > n.latin;
    case IV_LANG_KO:
        return n.kana > 2 || (!n.hangul && n.latin + n.han > 6) || n.han > n.hangul;
    case IV_LANG_JA:
        return n.hangul > 2 || (!n.kana && n.latin + n.han > 12);
    case IV_LANG_COUNT:
        break;
    }
    return false;
}

static bool is_mark(uint32_t cp)
{
    return cp < '0' || (cp > '9' && cp < 'A') || (cp > 'Z' && cp < 'a') ||
           (cp > 'z' && cp < 0xa0) || (cp >= 0x2010 && cp <= 0x206f) ||
           (cp >= 0x3000 && cp <= 0x303f && cp != 0x3005) || (cp >= 0xff01 && cp <= 0xff20);
}

/* Length of the sentence without the marks at its end. */
static size_t bare_len(const char *s)
{
    size_t len = 0;

    for (const char *p = s; *p;)
        if (!is_mark(iv_utf8_next(&p)))
            len = (size_t)(p - s);
    return len;
}

static bool ends_in(const char *s, const struct prompt_words *ends)
{
    size_t len = bare_len(s);

    for (size_t i = 0; i < ends->n; i++) {
        size_t n = strlen(ends->items[i]);

        if (len >= n && !memcmp(s + len - n, ends->items[i], n))
            return true;
    }
    return false;
}

static bool is_rude(const struct prompts *p, const char *s)
{
    const struct prompt_words *ends = &p->lists[PROMPT_POLITE_ENDS];

    return ends->n && iv_utf8_chars(s) >= POLITE_MIN_CHARS && !ends_in(s, ends);
}

static bool has_question_mark(const char *s)
{
    return strchr(s, '?') || strstr(s, "\xef\xbc\x9f");
}

static bool finds(const struct prompts *p, enum prompt_list list, const iv_answer_text *a)
{
    return iv_patterns_find(a, p->lists[list].items, p->lists[list].n, NULL);
}

static bool is_question(const iv_wording *w, const char *sentence)
{
    return has_question_mark(sentence) || ends_in(sentence, &w->prompts.lists[PROMPT_ASK_ENDS]);
}

bool iv_guard_asks(const iv_wording *w, const char *sentence)
{
    iv_answer_text *a;
    bool asks;

    if (is_question(w, sentence) || ends_in(sentence, &w->prompts.lists[PROMPT_WISH_ENDS]))
        return true;
    if (iv_answer_text_new(sentence, w->prompts.lang, &a, NULL))
        return true;
    asks = finds(&w->prompts, PROMPT_ASKS, a);
    iv_answer_text_free(a);
    return asks;
}

/* The longest run of characters that stands in the rules too, against what chance gives. */
static bool repeats_rules(const struct iv_guard *g, const struct folded *s)
{
    size_t least = g->w->prompts.lang == IV_LANG_EN ? RUN_EN : RUN_CJK;

    for (size_t i = 0; i + least <= s->n; i++)
        for (size_t k = 0; k + least <= g->rules.n; k++) {
            size_t n = 0;

            while (n < least && s->chars[i + n].cp == g->rules.chars[k + n].cp)
                n++;
            if (n == least)
                return true;
        }
    return false;
}

/* Most of a point's sentence, or a word that only a good answer would have brought up. */
static bool tells_point(const struct iv_guard *g, const iv_answer_text *a, const struct folded *s)
{
    enum iv_lang lang = g->w->prompts.lang;
    int least = lang == IV_LANG_EN ? POINT_WORDS : POINT_PAIRS;

    for (size_t i = 0; i < g->n_points; i++)
        if (text_share(lang, g->points[i].say, s, least) >= SAME_POINT_PERCENT ||
            iv_point_find(a, &g->points[i], NULL))
            return true;
    return false;
}

static bool was_asked(const struct iv_guard *g, const char *sentence, const struct folded *s)
{
    enum iv_lang lang = g->w->prompts.lang;

    if (share_of(lang, s, &g->question_folded) >= SIMILAR_PERCENT)
        return false; /* what the move itself asks may have been asked before: a repetition */
    for (size_t i = 0; i < g->n_asked; i++) {
        struct folded f;
        int there = text_share(lang, g->asked[i], s, 1), back = 0;

        if (!iv_fold_text(g->asked[i], &f, NULL)) {
            back = share_of(lang, s, &f);
            iv_folded_release(&f);
        }
        if (!strcmp(g->asked[i], sentence) || (there >= SIMILAR_PERCENT && back >= SIMILAR_PERCENT))
            return true;
    }
    return false;
}

/* Is the planned question in what has been said with this sentence? */
static bool is_planned(const struct iv_guard *g, const char *sentence)
{
    struct iv_buf b = IV_BUF_INIT(IV_LLM_MAX_REPLY_BYTES);
    struct folded f;
    int percent = 0;

    iv_buf_addf(&b, "%s %s", iv_buf_str(&g->text), sentence);
    if (!b.failed && !iv_fold_text(iv_buf_str(&b), &f, NULL)) {
        percent = share_of(g->w->prompts.lang, &g->question_folded, &f);
        iv_folded_release(&f);
    }
    iv_buf_release(&b);
    return percent < 0 || percent >= SAME_QUESTION_PERCENT;
}

static int units(enum iv_lang lang, const char *s)
{
    int n = 0;

    if (lang != IV_LANG_EN)
        return (int)iv_utf8_chars(s);
    for (bool in_word = false; *s; s++) {
        n += *s != ' ' && !in_word;
        in_word = *s != ' ';
    }
    return n;
}

static bool is_too_long(const struct iv_guard *g, const char *sentence)
{
    enum iv_lang lang = g->w->prompts.lang;

    return units(lang, iv_buf_str(&g->text)) + units(lang, sentence) >
           g->w->prompts.limit + units(lang, g->question);
}

/* -- together -- */

static enum iv_guard_stop check_words(const struct iv_guard *g, const char *sentence)
{
    const struct prompts *p = &g->w->prompts;
    enum iv_guard_stop stop = IV_GUARD_GOOD;
    iv_answer_text *a;

    if (iv_answer_text_new(sentence, p->lang, &a, NULL))
        return IV_GUARD_BROKEN;
    if (finds(p, PROMPT_ROLE, a))
        stop = IV_GUARD_ROLE;
    else if (finds(p, PROMPT_LEAKS, a))
        stop = IV_GUARD_LEAKS;
    else if (!g->ends && finds(p, PROMPT_ENDS, a))
        stop = IV_GUARD_ENDS;
    iv_answer_text_free(a);
    return stop;
}

static enum iv_guard_stop check_meaning(const struct iv_guard *g, const char *sentence)
{
    enum iv_guard_stop stop = IV_GUARD_GOOD;
    iv_answer_text *a;
    struct folded f;

    if (iv_answer_text_new(sentence, g->w->prompts.lang, &a, NULL))
        return IV_GUARD_BROKEN;
    if (iv_fold_text(sentence, &f, NULL)) {
        iv_answer_text_free(a);
        return IV_GUARD_BROKEN;
    }
    if (repeats_rules(g, &f) || tells_point(g, a, &f))
        stop = IV_GUARD_LEAKS;
    else if (iv_guard_asks(g->w, sentence) && was_asked(g, sentence, &f))
        stop = IV_GUARD_REPEATS;
    iv_folded_release(&f);
    iv_answer_text_free(a);
    return stop;
}

static bool needs_plan(const struct iv_guard *g)
{
    return g->kind == IV_TURN_QUESTION || g->kind == IV_TURN_GREETING;
}

/* A question is always one. A wish ("tell me more") is one where it fits the plan; "please tell me if you need a break" is not. */
static enum iv_guard_stop check_question(struct iv_guard *g, const char *sentence)
{
    bool asks = is_question(g->w, sentence);
    bool is_right;

    if (!asks && !iv_guard_asks(g->w, sentence))
        return IV_GUARD_GOOD;
    if (!g->questions_max)
        return asks ? IV_GUARD_QUESTIONS : IV_GUARD_GOOD;
    is_right = !needs_plan(g) || is_planned(g, sentence);
    if (!is_right)
        return asks ? IV_GUARD_WANDERS : IV_GUARD_GOOD;
    if (asks && g->questions >= g->questions_max)
        return IV_GUARD_QUESTIONS;
    g->questions += asks;
    g->has_asked = true;
    return IV_GUARD_GOOD;
}

/* Topics hide between sentences ("One more thing. Are you?" "Married, I mean."): the whole turn is looked at. */
static bool is_forbidden(const struct iv_guard *g, const char *sentence)
{
    struct iv_buf b = IV_BUF_INIT(IV_LLM_MAX_REPLY_BYTES);
    bool hit;

    iv_buf_addf(&b, "%s %s", iv_buf_str(&g->text), sentence);
    hit = b.failed || iv_legal_touches(&g->w->legal, iv_buf_str(&b), g->w->prompts.lang,
                                       g->w->jurisdictions, NULL);
    iv_buf_release(&b);
    return hit;
}

/* The built-in interviewer's own words. Its question need not look like one ("Show me with an example what ..."). */
static enum iv_guard_stop check_own(struct iv_guard *g, const char *sentence)
{
    enum iv_guard_stop stop = check_question(g, sentence);
    size_t n = strlen(sentence), len = strlen(g->question);

    g->has_asked |= !stop && len >= n && !strcmp(g->question + len - n, sentence);
    return stop;
}

enum iv_guard_stop iv_guard_check(struct iv_guard *g, const char *sentence)
{
    enum iv_guard_stop stop;

    if (strstr(g->built_in, sentence))
        return check_own(g, sentence);
    if (is_forbidden(g, sentence))
        return IV_GUARD_FORBIDDEN;
    stop = check_words(g, sentence);
    if (stop)
        return stop;
    if (iv_guard_has_markup(sentence))
        return IV_GUARD_MARKUP;
    if (iv_guard_is_foreign(g->w->prompts.lang, sentence) || is_rude(&g->w->prompts, sentence))
        return IV_GUARD_LANGUAGE;
    stop = check_meaning(g, sentence);
    if (stop)
        return stop;
    if (is_too_long(g, sentence))
        return IV_GUARD_TOO_LONG;
    return check_question(g, sentence);
}
