/* guard.c - a model's reply on its way to the candidate: sentence by sentence, and completed by the built-in words. */
#include <stdlib.h>
#include <string.h>

#include "interview/guard.h"
#include "interview/problems.h"
#include "iv/alloc.h"

#define TEXT_MAX_BYTES (64u << 10)
#define PENDING_MAX_BYTES 4096 /* no sentence is so long */
#define RULES_MAX_BYTES (64u << 10)
#define KNOWN_MAX_BYTES (1u << 20)

const char *iv_guard_stop_name(enum iv_guard_stop s)
{
    static const char *const names[IV_GUARD_STOPS] = {
        "good",        "forbidden", "role", "markup",  "language", "too_long", "questions",
        "no_question", "wanders",   "ends", "repeats", "leaks",    "broken",   "empty"};

    return s < IV_GUARD_STOPS ? names[s] : "";
}

/* -- making -- */

/* Did the candidate, or the built-in wording, speak of it already? */
static bool is_known(const iv_guard *g, const struct iv_wording_now *now, const struct iv_point *pt)
{
    struct iv_buf b = IV_BUF_INIT(KNOWN_MAX_BYTES);
    iv_answer_text *a;
    bool known = true;

    iv_buf_adds(&b, g->built_in);
    for (size_t i = 0; i < now->n_turns; i++)
        iv_buf_addf(&b, "\n%s", now->turns[i].text ? now->turns[i].text : "");
    if (!b.failed && !iv_answer_text_new(iv_buf_str(&b), g->w->prompts.lang, &a, NULL)) {
        known = iv_point_find(a, pt, NULL);
        iv_answer_text_free(a);
    }
    iv_buf_release(&b);
    return known;
}

static bool keep_point(iv_guard *g, const struct iv_wording_now *now, const struct iv_point *from)
{
    struct iv_point *to = &g->points[g->n_points];
    bool with_words =
        g->w->spec.type == IV_TYPE_TECHNICAL; /* in a story "because" gives nothing away */

    if (is_known(g, now, from))
        return true;
    to->say = iv_strdup(from->say);
    to->words = with_words ? iv_alloc_array(from->n_words, sizeof *to->words) : NULL;
    g->n_points++;
    if (!to->say || (with_words && !to->words))
        return false;
    for (size_t i = 0; with_words && i < from->n_words; i++) {
        to->words[i] = iv_strdup(from->words[i]);
        to->n_words += to->words[i] != NULL;
        if (!to->words[i])
            return false;
    }
    return true;
}

static bool keep_points(iv_guard *g, const struct iv_wording_now *now)
{
    const struct iv_question *q = now->question;

    for (size_t i = 0; q && i < q->n_points && i < GUARD_POINTS_MAX; i++)
        if (!keep_point(g, now, &q->points[i]))
            return false;
    return true;
}

static bool keep(char **list, size_t *n, size_t max, const char *text)
{
    if (*n == max)
        return true;
    list[*n] = iv_strdup(text);
    return list[*n] && ++*n;
}

static bool keep_asked(iv_guard *g, const char *text)
{
    for (size_t len = strlen(text), n; len; text += n, len -= n) {
        char *s;

        n = iv_guard_sentence(text, len);
        n = n ? n : len;
        s = iv_guard_tidy(text, n, &g->w->prompts.lists[PROMPT_LABELS], false);
        if (!s)
            return false;
        if (s[0] && iv_guard_asks(g->w, s) && !keep(g->asked, &g->n_asked, GUARD_ASKED_MAX, s)) {
            free(s);
            return false;
        }
        free(s);
    }
    return true;
}

static bool keep_history(iv_guard *g, const struct iv_wording_now *now)
{
    for (size_t i = now->n_turns; i-- > 0;) /* the newest first, should there be too many */
        if (now->turns[i].speaker == IV_INTERVIEWER && now->turns[i].text &&
            !keep_asked(g, now->turns[i].text))
            return false;
    return true;
}

static bool fold_rules(iv_guard *g)
{
    const struct prompt_words *rules = &g->w->prompts.lists[PROMPT_RULES];
    struct iv_buf b = IV_BUF_INIT(RULES_MAX_BYTES);
    bool good;

    for (size_t i = 0; i < rules->n; i++)
        iv_buf_addf(&b, "%s\n", rules->items[i]);
    good = !b.failed && !iv_fold_text(iv_buf_str(&b), &g->rules, NULL);
    iv_buf_release(&b);
    return good;
}

/* How many questions the planned one itself is made of. */
static int count_asks(const iv_guard *g, const char *text)
{
    int asks = 0;

    for (size_t len = strlen(text), n; len; text += n, len -= n) {
        char *s;

        n = iv_guard_sentence(text, len);
        n = n ? n : len;
        s = iv_strndup(text, n);
        asks += s && iv_guard_asks(g->w, s);
        free(s);
    }
    return asks;
}

enum iv_code iv_guard_new(const iv_wording *w, const struct iv_wording_now *now, iv_guard **out,
                          struct iv_error *err)
{
    iv_guard *g = iv_alloc(sizeof *g);

    *out = NULL;
    if (!g)
        return iv_fail(err, IV_E_NOMEM, "guard: out of memory");
    g->w = w;
    g->kind = now->move->kind;
    g->waits = now->move->waits;
    g->ends = now->move->ends;
    g->pending = (struct iv_buf)IV_BUF_INIT(PENDING_MAX_BYTES);
    g->text = (struct iv_buf)IV_BUF_INIT(TEXT_MAX_BYTES);
    g->said = (struct iv_buf)IV_BUF_INIT(TEXT_MAX_BYTES);
    g->built_in = iv_strdup(now->move->text);
    g->question = iv_strdup(now->move->question);
    if (!g->built_in || !g->question || !keep_points(g, now) || !keep_history(g, now) ||
        !fold_rules(g) || iv_fold_text(g->question, &g->question_folded, NULL)) {
        iv_guard_free(g);
        return iv_fail(err, IV_E_NOMEM, "guard: out of memory");
    }
    g->questions_max = g->question[0] ? count_asks(g, g->question) : 0;
    if (g->question[0] && !g->questions_max)
        g->questions_max = 1;
    *out = g;
    return IV_OK;
}

void iv_guard_free(iv_guard *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->n_points; i++) {
        iv_free_strings(g->points[i].words, g->points[i].n_words);
        free(g->points[i].say);
    }
    for (size_t i = 0; i < g->n_asked; i++)
        free(g->asked[i]);
    iv_folded_release(&g->rules);
    iv_folded_release(&g->question_folded);
    iv_buf_release(&g->pending);
    iv_buf_release(&g->text);
    iv_buf_release(&g->said);
    free(g->built_in);
    free(g->question);
    free(g);
}

/* -- streaming -- */

/* Japanese sentences follow each other without a blank. */
static void let_through(iv_guard *g, const char *text)
{
    const char *gap = g->text.len && g->w->prompts.lang != IV_LANG_JA ? " " : "";

    iv_buf_addf(&g->text, "%s%s", gap, text);
    iv_buf_addf(&g->said, "%s%s", gap, text);
}

static void take_sentence(iv_guard *g, size_t len)
{
    char *s =
        iv_guard_tidy(g->pending.data, len, &g->w->prompts.lists[PROMPT_LABELS], !g->is_begun);

    iv_buf_drop_front(&g->pending, len);
    if (!s) {
        g->stop = IV_GUARD_BROKEN;
        return;
    }
    if (s[0]) {
        g->is_begun = true;
        g->stop = iv_guard_check(g, s);
        if (!g->stop)
            let_through(g, s);
    }
    free(s);
}

/* Bytes that the character at `p` takes when it is whole and good; 0: more of it may come; -1: it is none. */
static int char_at(const char *p, size_t len)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    if (len >= n)
        return iv_utf8_valid(p, n) ? (int)n : -1;
    if (c < 0xc2 || c > 0xf4)
        return -1;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return -1;
    return 0;
}

/* Bytes of `pending` that are whole characters; *is_broken: what follows them is no text. */
static size_t whole_chars(const struct iv_buf *b, bool *is_broken)
{
    size_t at = 0;
    int n = 1;

    while (at < b->len && (n = char_at(b->data + at, b->len - at)) > 0)
        at += (size_t)n;
    *is_broken = n < 0;
    return at;
}

/* What came before a byte that is no text is as good as if it had come alone, however the pieces were cut. */
static void take_pending(iv_guard *g)
{
    while (!g->stop && g->pending.len) {
        bool is_broken;
        size_t whole = whole_chars(&g->pending, &is_broken),
               n = iv_guard_sentence(g->pending.data, whole);

        if (!n) {
            g->stop = is_broken ? IV_GUARD_BROKEN : IV_GUARD_GOOD;
            return;
        }
        take_sentence(g, n);
    }
}

enum iv_guard_stop iv_guard_feed(iv_guard *g, const char *text, size_t len, const char **say)
{
    iv_buf_clear(&g->said);
    while (len && !g->stop && !g->is_finished) {
        size_t room = PENDING_MAX_BYTES - g->pending.len, n = len < room ? len : room;

        iv_buf_add(&g->pending, text, n);
        text += n;
        len -= n;
        if (g->pending.failed)
            g->stop = IV_GUARD_BROKEN;
        take_pending(g);
        if (!g->stop && g->pending.len == PENDING_MAX_BYTES)
            g->stop = IV_GUARD_TOO_LONG;
    }
    *say = iv_buf_str(&g->said);
    return g->stop;
}

/* -- the end -- */

/* A sentence without its closing mark was cut off: it is not said. A blank behind the last mark tells that no more of it comes. */
static void take_last(iv_guard *g)
{
    iv_buf_addc(&g->pending, '\n');
    if (g->pending.failed)
        g->stop = IV_GUARD_TOO_LONG;
    while (!g->stop && g->pending.len) {
        size_t n = iv_utf8_valid(g->pending.data, g->pending.len)
                       ? iv_guard_sentence(g->pending.data, g->pending.len)
                       : 0;
        const char *line = n ? memchr(g->pending.data, '\n', n) : NULL;

        if (!n || (line && (size_t)(line - g->pending.data) + 1 == n && n == g->pending.len))
            break; /* what ends in nothing but the blank just added */
        take_sentence(g, n);
    }
}

static enum iv_guard_stop complete(iv_guard *g)
{
    if (!g->text.len) {
        let_through(g, g->built_in);
        return g->stop ? g->stop : IV_GUARD_EMPTY;
    }
    if (g->ends && g->stop) { /* half a farewell is none */
        let_through(g, g->built_in);
        return g->stop;
    }
    if (g->questions_max && !g->has_asked) {
        let_through(g, g->question);
        return g->stop ? g->stop : IV_GUARD_NO_QUESTION;
    }
    return g->stop;
}

enum iv_guard_stop iv_guard_finish(iv_guard *g, const char **say)
{
    iv_buf_clear(&g->said);
    if (!g->is_finished) {
        if (!g->stop)
            take_last(g);
        g->is_begun = g->text.len > 0; /* from here: did the model contribute? */
        g->stop = complete(g);
        g->is_finished = true;
    }
    *say = iv_buf_str(&g->said);
    return g->stop;
}

const char *iv_guard_text(const iv_guard *g)
{
    return iv_buf_str(&g->text);
}

bool iv_guard_has_model_words(const iv_guard *g)
{
    return g->is_finished ? g->is_begun : g->text.len > 0;
}
