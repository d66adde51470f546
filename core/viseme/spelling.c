/* spelling.c - letters to mouth shapes: at each place the rule that matches most letters.
 *
 * A rule is letters, perhaps with ^ before (the word begins here), $ after (it ends here), or what must follow in brackets, where a
 * full stop is any consonant letter: "a(.e$)" is the a of "make".
 */
#include "viseme/spelling.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/data.h"
#include "iv/json.h"
#include "iv/text.h"
#include "viseme/map.h"

#define FILE_NAME "visemes/letters.json"
#define FILE_MAX_BYTES (128u << 10)
#define RULE_MAX_LETTERS 16
#define RULE_MAX_SHAPES 8

struct rule {
    uint32_t letter[RULE_MAX_LETTERS]; /* first those it takes, then those that must follow */
    uint8_t n_taken, n;
    bool begins, ends;
    uint8_t shape[RULE_MAX_SHAPES], n_shapes;
};

struct spelling {
    struct rule *rules; /* the most telling first */
    size_t n, cap;
};

static enum iv_code read_pattern(struct rule *r, const char *pattern, struct iv_error *err)
{
    const char *p = pattern;
    bool follows = false;
    uint32_t c;

    while ((c = iv_utf8_next(&p))) {
        if (c == '^')
            r->begins = true;
        else if (c == '$')
            r->ends = true;
        else if (c == '(')
            follows = true;
        else if (c != ')' && r->n == RULE_MAX_LETTERS)
            return iv_fail(err, IV_E_DATA, "letters: '%.40s': over %d letters", pattern,
                           RULE_MAX_LETTERS);
        else if (c != ')') {
            r->letter[r->n++] = c;
            r->n_taken = follows ? r->n_taken : r->n;
        }
    }
    return r->n_taken ? IV_OK
                      : iv_fail(err, IV_E_DATA, "letters: '%.40s': takes no letter", pattern);
}

static enum iv_code read_rule(struct rule *r, const iv_json *j, struct iv_error *err)
{
    enum iv_code rc = read_pattern(r, iv_json_key(j), err);
    enum iv_viseme shape;

    for (const iv_json *s = iv_json_first(j); s && !rc; s = iv_json_next(s)) {
        if (r->n_shapes == RULE_MAX_SHAPES || !iv_viseme_by_name(iv_json_string(s, ""), &shape))
            rc =
                iv_fail(err, IV_E_DATA, "letters: '%.40s': '%s' is no mouth shape, or one too many",
                        iv_json_key(j), iv_json_string(s, ""));
        else
            r->shape[r->n_shapes++] = (uint8_t)shape;
    }
    return rc;
}

static int telling(const struct rule *r)
{
    return r->n_taken * 64 + r->n * 4 + r->begins + r->ends;
}

static int more_telling_first(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;

    if (telling(x) != telling(y))
        return telling(y) - telling(x);
    return memcmp(x->letter, y->letter, sizeof x->letter);
}

static enum iv_code read_rules(spelling *s, const iv_json *letters, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (const iv_json *j = iv_json_first(letters); j && !rc; j = iv_json_next(j)) {
        if (iv_grow(&s->rules, &s->cap, s->n + 1, sizeof *s->rules))
            return iv_fail(err, IV_E_NOMEM, "letters: out of memory");
        s->rules[s->n] = (struct rule){0};
        rc = read_rule(&s->rules[s->n++], j, err);
    }
    if (!rc && !s->n)
        rc = iv_fail(err, IV_E_DATA, "no 'letters'");
    if (!rc)
        qsort(s->rules, s->n, sizeof *s->rules, more_telling_first);
    return rc;
}

enum iv_code iv_spelling_load(spelling **out, struct iv_error *err)
{
    struct iv_blob blob = {0};
    struct iv_error why;
    spelling *s = NULL;
    iv_json *j = NULL;
    enum iv_code rc;

    *out = NULL;
    rc = iv_data_load(NULL, FILE_NAME, &blob, err);
    if (rc)
        return rc;
    rc = iv_json_parse(blob.bytes, blob.len, FILE_MAX_BYTES, &j, &why);
    if (!rc) {
        s = iv_alloc(sizeof *s);
        rc = s ? read_rules(s, iv_json_get(j, "letters"), &why)
               : iv_fail(&why, IV_E_NOMEM, "out of memory");
    }
    if (rc) {
        iv_fail(err, rc = rc == IV_E_NOMEM ? rc : IV_E_DATA, "%s: %s", blob.origin, why.text);
        iv_spelling_free(s);
    } else {
        *out = s;
    }
    iv_json_free(j);
    iv_blob_release(&blob);
    return rc;
}

static void put(struct spelling_word *w, uint32_t c, uint16_t source)
{
    if (w->n == SPELLING_MAX_LETTERS)
        return;
    w->letter[w->n] = c;
    w->source[w->n++] = source;
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'';
    return (c >= 0xc0 && c < 0x2000) || c == 0x2019 || c == 0x3005 ||
           (c >= 0x3041 && c <= 0x3096) || c == 0x30fc || (c >= 0x3400 && c < 0xa000) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c < 0xfb00) ||
           (c >= 0x20000 && c < 0x32000);
}

static void put_hangul(struct spelling_word *w, uint32_t syllable, uint16_t source)
{
    uint32_t i = syllable - 0xac00;

    put(w, 0x1100 + i / 588, source);
    put(w, 0x1161 + i % 588 / 28, source);
    if (i % 28)
        put(w, 0x11a7 + i % 28, source);
}

size_t iv_spelling_add(struct spelling_word *w, const char *text, uint16_t source)
{
    char *folded = iv_text_nfkc_fold(text);
    size_t before = w->n;
    const char *p = folded;
    uint32_t c;

    while (p && (c = iv_utf8_next(&p))) {
        if (c >= 0x30a1 && c <= 0x30f6)
            c -= 0x60;
        if (c >= 0xac00 && c <= 0xd7a3)
            put_hangul(w, c, source);
        else if (is_letter(c))
            put(w, c, source);
    }
    free(folded);
    return w->n - before;
}

static bool is_consonant(uint32_t c)
{
    return c >= 'a' && c <= 'z' && !strchr("aeiou", (int)c);
}

static bool fits(const struct rule *r, const struct spelling_word *w, size_t at)
{
    if (at + r->n > w->n || (r->begins && at) || (r->ends && at + r->n != w->n))
        return false;
    for (size_t i = 0; i < r->n; i++)
        if (r->letter[i] != w->letter[at + i] &&
            !(r->letter[i] == '.' && is_consonant(w->letter[at + i])))
            return false;
    return true;
}

size_t iv_spelling_read(const spelling *s, const struct spelling_word *w, struct spelling_unit *out)
{
    size_t n = 0;

    for (size_t at = 0, taken; at < w->n; at += taken) {
        const struct rule *r = s->rules, *end = s->rules + s->n;

        while (r < end && !fits(r, w, at))
            r++;
        taken = r < end ? r->n_taken : 1;
        if (r == end && n < SPELLING_MAX_UNITS)
            out[n++] = (struct spelling_unit){SPELLING_ANY, w->source[at], w->source[at]};
        else if (r < end && !r->n_shapes && n)
            out[n - 1].last = w->source[at + taken - 1];
        for (size_t i = 0; r < end && i < r->n_shapes && n < SPELLING_MAX_UNITS; i++)
            out[n++] =
                (struct spelling_unit){r->shape[i], w->source[at], w->source[at + taken - 1]};
    }
    return n;
}

void iv_spelling_free(spelling *s)
{
    if (!s)
        return;
    free(s->rules);
    free(s);
}
