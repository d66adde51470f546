/* match.c - patterns against an answer, as core/data/README.md defines them.
 *
 * Each part of a pattern yields its places in order of their end, found by one pass over the answer. Parts joined by
 * " & " are merged by end; the latest place of each part so far makes the narrowest window that ends here. */
#include "interview/match.h"

#include <stdlib.h>
#include <string.h>

#include "interview/answer_text.h"
#include "interview/fold.h"

#define MAX_PARTS 6
#define MAX_PART_BYTES 160
#define MAX_PART_WORDS 12

struct word {
    uint64_t key, mask, stem_key;
    size_t at, len;
    size_t stem_at, stem_len; /* in stems; length 0: only the word itself fits */
    bool is_stem;
};
struct part {
    char text[MAX_PART_BYTES], stems[MAX_PART_BYTES];
    size_t len;
    struct word words[MAX_PART_WORDS]; /* en */
    size_t n_words;
};
struct pattern {
    struct part parts[MAX_PARTS];
    size_t n;
};

/* -- reading a pattern -- */

static bool add_word(struct part *p, size_t at, bool is_stem)
{
    struct word *w = &p->words[p->n_words];
    size_t len = p->len - at;

    if (p->n_words == MAX_PART_WORDS)
        return false;
    *w = (struct word){.key = iv_token_key(p->text + at, len),
                       .mask = UINT64_MAX,
                       .at = at,
                       .len = len,
                       .is_stem = is_stem};
    if (is_stem && len < TOKEN_KEY_BYTES)
        w->mask = len ? UINT64_MAX << 8 * (TOKEN_KEY_BYTES - len) : 0;
    p->n_words++;
    return true;
}

/* Folded characters go into the part; every blank ends a word, and the last word may be a stem. */
static bool add_folded(struct part *p, const struct folded *f, bool is_stem)
{
    size_t word_at = p->len;

    for (size_t i = 0; i < f->n; i++) {
        if (f->chars[i].cp == ' ') {
            if (!add_word(p, word_at, false))
                return false;
            word_at = p->len;
            continue;
        }
        if (p->len + 4 > sizeof p->text)
            return false;
        p->len += iv_utf8_put(f->chars[i].cp, p->text + p->len);
    }
    return p->len == word_at || add_word(p, word_at, is_stem);
}

/* Word by word, because folding turns the star of a stem into a blank. */
static bool read_part(const char *s, size_t len, struct part *p)
{
    char raw[MAX_PART_BYTES];
    bool ok = true;

    p->len = p->n_words = 0;
    for (size_t i = 0; ok && i < len;) {
        struct folded f;
        size_t n = 0;

        while (i + n < len && s[i + n] != ' ')
            n++;
        if (n >= sizeof raw)
            return false;
        memcpy(raw, s + i, n);
        raw[n] = '\0';
        if (iv_fold_text(raw, &f, NULL))
            return false;
        ok = add_folded(p, &f, n && raw[n - 1] == '*');
        iv_folded_release(&f);
        i += n + 1;
    }
    return ok && p->len > 0;
}

static bool read_pattern(const char *s, struct pattern *out)
{
    out->n = 0;
    for (;;) {
        const char *joint = strstr(s, " & ");

        if (out->n == MAX_PARTS ||
            !read_part(s, joint ? (size_t)(joint - s) : strlen(s), &out->parts[out->n]))
            return false;
        out->n++;
        if (!joint)
            return true;
        s = joint + 3;
    }
}

static void stem_words(iv_stemmer *stemmer, struct part *p)
{
    size_t at = 0;

    for (size_t i = 0; i < p->n_words; i++) {
        struct word *w = &p->words[i];

        if (w->is_stem || !w->len)
            continue;
        w->stem_at = at;
        w->stem_len = iv_stem(stemmer, p->text + w->at, w->len, p->stems + at);
        w->stem_key = iv_token_key(p->stems + at, w->stem_len);
        at += w->stem_len;
    }
}

/* What kind of words fit: those of a bank's points in any form, those of a cue as they stand ("I asked" is no "I'd ask"). */
enum form { AS_IT_STANDS, ANY_FORM };

static bool read_for(const iv_answer_text *a, const char *s, enum form form, struct pattern *out)
{
    if (!read_pattern(s, out))
        return false;
    for (size_t i = 0; form == ANY_FORM && a->lang == IV_LANG_EN && i < out->n; i++)
        stem_words(a->stemmer, &out->parts[i]);
    return true;
}

const char *iv_pattern_problem(const char *pattern, enum iv_lang lang)
{
    struct pattern p;
    const char *joint = strchr(pattern, '&');

    if (!iv_utf8_valid(pattern, strlen(pattern)) || !read_pattern(pattern, &p))
        return "it is empty, or has an empty or overlong part";
    if (joint && (joint == pattern || joint[-1] != ' ' || joint[1] != ' ') && lang != IV_LANG_EN)
        return "\"&\" needs a blank on both sides";
    if (lang != IV_LANG_EN)
        return strchr(pattern, '*') ? "\"*\" is for English only" : NULL;
    for (const char *star = pattern; (star = strchr(star, '*')); star++)
        if (star == pattern || star[-1] == ' ' || (star[1] && star[1] != ' '))
            return "\"*\" must end a word";
    return NULL;
}

/* -- places of one part -- */

struct hit {
    size_t first, last; /* units */
    size_t start, end; /* bytes of the original */
};

static bool stem_fits(const struct iv_answer_text *a, const struct part *p, const struct word *w,
                      const struct token *t)
{
    if (!w->stem_len || t->stem_len != w->stem_len || t->stem_key != w->stem_key)
        return false;
    return w->stem_len <= TOKEN_KEY_BYTES ||
           !memcmp(a->stems + t->stem_at, p->stems + w->stem_at, w->stem_len);
}

static bool word_fits(const struct iv_answer_text *a, const struct part *p, const struct word *w,
                      const struct token *t)
{
    if (stem_fits(a, p, w, t))
        return true;
    if ((t->key & w->mask) != w->key || t->len < w->len || (!w->is_stem && t->len != w->len))
        return false;
    return w->len <= TOKEN_KEY_BYTES || !memcmp(a->text + t->at, p->text + w->at, w->len);
}

/* Words back from the one that ends at token `last`, with at most one other between two. Bit j of `reach` says that
 * the words so far can begin j tokens before `last`. Returns tokens back to the nearest beginning, or -1. */
static int words_back(const struct iv_answer_text *a, const struct part *p, size_t last)
{
    uint32_t reach = word_fits(a, p, &p->words[p->n_words - 1], &a->tokens[last]);

    for (size_t w = p->n_words - 1; reach && w-- > 0;) {
        uint32_t candidates = reach << 1 | reach << 2;

        reach = 0;
        for (unsigned j = 1; j < 2 * MAX_PART_WORDS && j <= last; j++)
            if (candidates >> j & 1 && word_fits(a, p, &p->words[w], &a->tokens[last - j]))
                reach |= 1u << j;
    }
    return reach ? __builtin_ctz(reach) : -1;
}

static bool next_words(const struct iv_answer_text *a, const struct part *p, size_t *cursor,
                       struct hit *out)
{
    for (size_t last = *cursor; last < a->n_tokens; last++) {
        int back = words_back(a, p, last);

        if (back < 0)
            continue;
        *out = (struct hit){last - (size_t)back, last, a->tokens[last - (size_t)back].start,
                            a->tokens[last].end};
        *cursor = last + 1;
        return true;
    }
    *cursor = a->n_tokens;
    return false;
}

static struct hit hit_at(const struct iv_answer_text *a, size_t at, size_t len)
{
    const struct place *first = &a->places[a->place_of[at]];
    const struct place *last = &a->places[a->place_of[at + len - 1]];

    return (struct hit){first->unit, last->unit, first->start, last->end};
}

static bool next_eojeol(const struct iv_answer_text *a, const struct part *p, size_t *cursor,
                        struct hit *out)
{
    for (size_t i = *cursor; i < a->n_eojeol; i++) {
        size_t at = a->eojeol_at[i];

        if (a->text_len - at < p->len)
            break;
        if (memcmp(a->text + at, p->text, p->len))
            continue;
        *out = hit_at(a, at, p->len);
        *cursor = i + 1;
        return true;
    }
    *cursor = a->n_eojeol;
    return false;
}

static bool next_anywhere(const struct iv_answer_text *a, const struct part *p, size_t *cursor,
                          struct hit *out)
{
    const char *found = memmem(a->text + *cursor, a->text_len - *cursor, p->text, p->len);
    size_t at;

    if (!found) {
        *cursor = a->text_len;
        return false;
    }
    at = (size_t)(found - a->text);
    *out = hit_at(a, at, p->len);
    *cursor = at + 1; /* inside a character no lead byte can match */
    return true;
}

static bool next_hit(const struct iv_answer_text *a, const struct part *p, size_t *cursor,
                     struct hit *out)
{
    switch (a->lang) {
    case IV_LANG_EN:
        return next_words(a, p, cursor, out);
    case IV_LANG_KO:
        return next_eojeol(a, p, cursor, out);
    default:
        return next_anywhere(a, p, cursor, out);
    }
}

/* -- parts near each other -- */

struct stream {
    size_t cursor;
    struct hit next, latest;
    bool has_next, has_latest;
};

static struct stream *earliest(struct stream *s, size_t n)
{
    struct stream *best = NULL;

    for (size_t i = 0; i < n; i++)
        if (s[i].has_next && (!best || s[i].next.last < best->next.last))
            best = &s[i];
    return best;
}

static bool fits_window(const struct stream *s, size_t n, size_t window, struct iv_match *out)
{
    size_t first = SIZE_MAX, last = 0;

    *out = (struct iv_match){SIZE_MAX, 0};
    for (size_t i = 0; i < n; i++) {
        if (!s[i].has_latest)
            return false;
        first = s[i].latest.first < first ? s[i].latest.first : first;
        last = s[i].latest.last > last ? s[i].latest.last : last;
        out->start = s[i].latest.start < out->start ? s[i].latest.start : out->start;
        out->end = s[i].latest.end > out->end ? s[i].latest.end : out->end;
    }
    return last - first < window;
}

static bool find_together(const struct iv_answer_text *a, const struct pattern *p,
                          struct iv_match *out)
{
    static const size_t windows[IV_LANG_COUNT] = {
        [IV_LANG_EN] = 25, [IV_LANG_KO] = 15, [IV_LANG_JA] = 60};
    struct stream s[MAX_PARTS] = {0}, *at;

    for (size_t i = 0; i < p->n; i++) {
        s[i].has_next = next_hit(a, &p->parts[i], &s[i].cursor, &s[i].next);
        if (!s[i].has_next)
            return false;
    }
    while ((at = earliest(s, p->n))) {
        at->latest = at->next;
        at->has_latest = true;
        if (fits_window(s, p->n, windows[a->lang], out))
            return true;
        at->has_next = next_hit(a, &p->parts[at - s], &at->cursor, &at->next);
    }
    return false;
}

static bool find_form(const iv_answer_text *a, const char *pattern, enum form form,
                      struct iv_match *out)
{
    struct pattern p;
    struct iv_match m;
    struct hit hit;
    size_t cursor = 0;

    if (!read_for(a, pattern, form, &p))
        return false;
    if (p.n > 1) {
        if (!find_together(a, &p, &m))
            return false;
    } else {
        if (!next_hit(a, &p.parts[0], &cursor, &hit))
            return false;
        m = (struct iv_match){hit.start, hit.end};
    }
    if (out)
        *out = m;
    return true;
}

bool iv_pattern_find(const iv_answer_text *a, const char *pattern, struct iv_match *out)
{
    return find_form(a, pattern, AS_IT_STANDS, out);
}

bool iv_pattern_find_any_form(const iv_answer_text *a, const char *pattern, struct iv_match *out)
{
    return find_form(a, pattern, ANY_FORM, out);
}

size_t iv_pattern_count(const iv_answer_text *a, const char *pattern)
{
    struct pattern p;
    struct hit hit;
    size_t cursor = 0, n = 0, end = 0;

    if (!read_pattern(pattern, &p))
        return 0;
    if (p.n > 1)
        return iv_pattern_find(a, pattern, NULL);
    while (next_hit(a, &p.parts[0], &cursor, &hit)) {
        if (n && hit.start < end)
            continue;
        n++;
        end = hit.end;
    }
    return n;
}

size_t iv_patterns_count(const iv_answer_text *a, char *const *patterns, size_t n)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += iv_pattern_count(a, patterns[i]);
    return sum;
}

bool iv_patterns_find(const iv_answer_text *a, char *const *patterns, size_t n,
                      struct iv_match *out)
{
    for (size_t i = 0; i < n; i++)
        if (iv_pattern_find(a, patterns[i], out))
            return true;
    return false;
}

bool iv_point_find(const iv_answer_text *a, const struct iv_point *p, struct iv_match *out)
{
    for (size_t i = 0; i < p->n_words; i++)
        if (find_form(a, p->words[i], ANY_FORM, out))
            return true;
    return false;
}
