/* answer_text.c - folding an answer into words, eojeol or characters. */
#include "interview/answer_text.h"

#include <stdlib.h>
#include <string.h>

#include "interview/fold.h"
#include "iv/alloc.h"

#define QUOTE_SIDE_BYTES 240 /* speech may come without a full stop: a quote stays readable */

uint64_t iv_token_key(const char *bytes, size_t len)
{
    uint64_t key = 0;

    for (size_t i = 0; i < TOKEN_KEY_BYTES; i++)
        key = key << 8 | (i < len ? (unsigned char)bytes[i] : 0u);
    return key;
}

static bool make_tables(struct iv_answer_text *a, const struct folded *f)
{
    size_t bytes = 0, words = f->n ? 1 : 0;
    char out[4];

    for (size_t i = 0; i < f->n; i++) {
        bytes += f->chars[i].cp == ' ' ? 0 : iv_utf8_put(f->chars[i].cp, out);
        words += f->chars[i].cp == ' ';
    }
    a->text = iv_alloc(bytes + 1);
    if (a->lang == IV_LANG_EN) {
        a->tokens = iv_alloc_array(words, sizeof *a->tokens);
        a->stems = iv_alloc(bytes + 1);
        a->stemmer = iv_stemmer_new();
    } else
        a->places = iv_alloc_array(f->n, sizeof *a->places);
    if (a->lang != IV_LANG_EN)
        a->place_of = iv_alloc_array(bytes, sizeof *a->place_of);
    if (a->lang == IV_LANG_KO)
        a->eojeol_at = iv_alloc_array(words, sizeof *a->eojeol_at);
    return a->text &&
           (a->lang == IV_LANG_EN ? a->tokens && a->stems && a->stemmer
                                  : a->places && a->place_of) &&
           (a->lang != IV_LANG_KO || a->eojeol_at);
}

static void add_char(struct iv_answer_text *a, const struct fold_char *c)
{
    a->text_len += iv_utf8_put(c->cp, a->text + a->text_len);
}

static void fill_tokens(struct iv_answer_text *a, const struct folded *f)
{
    struct token *t = NULL;

    for (size_t i = 0; i < f->n; i++) {
        const struct fold_char *c = &f->chars[i];

        if (c->cp == ' ') {
            t = NULL;
            continue;
        }
        if (!t) {
            t = &a->tokens[a->n_tokens++];
            *t = (struct token){.at = (uint32_t)a->text_len, .start = c->start};
        }
        add_char(a, c);
        t->len = (uint32_t)a->text_len - t->at;
        t->end = c->end;
    }
    for (size_t i = 0, at = 0; i < a->n_tokens; at += a->tokens[i++].stem_len) {
        t = &a->tokens[i];
        t->key = iv_token_key(a->text + t->at, t->len);
        t->stem_at = (uint32_t)at;
        t->stem_len = (uint32_t)iv_stem(a->stemmer, a->text + t->at, t->len, a->stems + at);
        t->stem_key = iv_token_key(a->stems + at, t->stem_len);
    }
}

static void fill_places(struct iv_answer_text *a, const struct folded *f)
{
    bool begins = true;

    for (size_t i = 0; i < f->n; i++) {
        const struct fold_char *c = &f->chars[i];
        size_t at = a->text_len;

        if (c->cp == ' ') {
            begins = true;
            continue;
        }
        if (begins && a->lang == IV_LANG_KO)
            a->eojeol_at[a->n_eojeol++] = (uint32_t)at;
        begins = false;
        add_char(a, c);
        for (; at < a->text_len; at++)
            a->place_of[at] = (uint32_t)a->n_places;
        a->places[a->n_places] = (struct place){
            c->start, c->end, (uint32_t)(a->lang == IV_LANG_KO ? a->n_eojeol - 1 : a->n_places)};
        a->n_places++;
    }
}

static bool has_blank(const char *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if ((unsigned char)s[i] <= ' ' || !strncmp(s + i, "\u3000", 3))
            return true;
    return false;
}

/* Words between blanks: "don't" and "3.5" are one. */
static size_t count_words(const struct iv_answer_text *a, const struct folded *f)
{
    size_t n = 0, end = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (f->chars[i].cp == ' ')
            continue;
        n += !n || has_blank(a->original, end, f->chars[i].start);
        end = f->chars[i].end;
    }
    return n;
}

/* Characters that take time to say: all but the small kana that melt into the one before. */
static size_t count_japanese(const struct folded *f)
{
    static const uint32_t small[] = {0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3083,
                                     0x3085, 0x3087, 0x30a1, 0x30a3, 0x30a5, 0x30a7,
                                     0x30a9, 0x30e3, 0x30e5, 0x30e7};
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++) {
        bool counts = f->chars[i].cp != ' ';

        for (size_t k = 0; k < IV_LEN(small) && counts; k++)
            counts = f->chars[i].cp != small[k];
        n += counts;
    }
    return n;
}

enum iv_code iv_answer_text_new(const char *text, enum iv_lang lang, iv_answer_text **out,
                                struct iv_error *err)
{
    struct folded f = {0};
    struct iv_answer_text *a = NULL;
    enum iv_code rc;

    *out = NULL;
    if (!iv_utf8_valid(text, strlen(text)))
        return iv_fail(err, IV_E_DATA, "an answer that is not valid UTF-8");
    rc = iv_fold_text(text, &f, err);
    if (rc)
        return rc;
    a = iv_alloc(sizeof *a);
    if (a) {
        a->lang = lang;
        a->original = iv_strdup(text);
        a->original_len = strlen(text);
    }
    if (!a || !a->original || !make_tables(a, &f)) {
        rc = iv_fail(err, IV_E_NOMEM, "answer: out of memory");
        goto out;
    }
    if (lang == IV_LANG_EN)
        fill_tokens(a, &f);
    else
        fill_places(a, &f);
    a->units = lang == IV_LANG_JA ? count_japanese(&f) : count_words(a, &f);
    *out = a;
    a = NULL;
out:
    iv_answer_text_free(a);
    iv_folded_release(&f);
    return rc;
}

void iv_answer_text_free(iv_answer_text *a)
{
    if (!a)
        return;
    free(a->original);
    free(a->text);
    free(a->tokens);
    free(a->stems);
    iv_stemmer_free(a->stemmer);
    free(a->places);
    free(a->place_of);
    free(a->eojeol_at);
    free(a);
}

size_t iv_answer_units(const iv_answer_text *a)
{
    return a->units;
}

size_t iv_answer_bytes(const iv_answer_text *a)
{
    return a->original_len;
}

/* Length of the sentence end at s, 0 where there is none. A stop inside "3.5" or "e.g" is none. */
static size_t sentence_end(const char *s)
{
    static const char *const wide[] = {"。", "！", "？", "．"};

    if (*s == '\n')
        return 1;
    if (strchr(".!?", *s) && *s)
        return !s[1] || strchr(" \n\t\"')", s[1]) ? 1 : 0;
    for (size_t i = 0; i < IV_LEN(wide); i++)
        if (!strncmp(s, wide[i], strlen(wide[i])))
            return strlen(wide[i]);
    return 0;
}

static bool is_inside_char(const char *s)
{
    return ((unsigned char)*s & 0xc0) == 0x80;
}

static size_t sentence_start(const char *s, size_t at)
{
    size_t limit = at > QUOTE_SIDE_BYTES ? at - QUOTE_SIDE_BYTES : 0, i = at;

    while (i > limit) {
        size_t before = i - 1, n;

        while (before && is_inside_char(s + before))
            before--;
        n = sentence_end(s + before);
        if (n && before + n <= at)
            return i;
        i = before;
    }
    if (!i)
        return 0;
    for (size_t k = i; k < at; k++) /* cut: begin with a whole word where there are blanks */
        if (s[k] == ' ')
            return k + 1;
    return i;
}

static size_t sentence_stop(const char *s, size_t len, size_t from)
{
    size_t limit = len - from > QUOTE_SIDE_BYTES ? from + QUOTE_SIDE_BYTES : len, i = from;

    for (; i < limit; i++) {
        size_t n = is_inside_char(s + i) ? 0 : sentence_end(s + i);

        if (n)
            return s[i] == '\n' ? i : i + n;
    }
    if (i == len)
        return len;
    for (size_t k = i; k > from; k--)
        if (s[k] == ' ')
            return k;
    while (i > from && is_inside_char(s + i))
        i--;
    return i;
}

struct iv_match iv_answer_sentence(const iv_answer_text *a, struct iv_match m)
{
    const char *s = a->original;
    struct iv_match out = {sentence_start(s, m.start), sentence_stop(s, a->original_len, m.end)};

    while (out.start < m.start && strchr(" \t\n", s[out.start]))
        out.start++;
    while (out.end > m.end && strchr(" \t\n", s[out.end - 1]))
        out.end--;
    return out;
}
