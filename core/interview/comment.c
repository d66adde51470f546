/* comment.c - advice in sentences: what was strong, what would help most, and delivery against the user's own earlier sessions.
 *
 * Every sentence comes from core/data/comments/<lang>.yaml. Which wording is taken follows from the scores, so that the same
 * answers always get the same text.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/score_card.h"
#include "iv/alloc.h"

#define TEXT_MAX_BYTES 16384
#define QUOTE_CHARS 90
#define IMPROVEMENTS 2

struct slot {
    const char *name, *value;
};

/* At most QUOTE_CHARS characters, cut at a blank where there is one. Caller frees. */
static char *brief(const char *text)
{
    const char *p = text, *cut = NULL;
    struct iv_buf b = IV_BUF_INIT(4096);
    size_t n = 0;

    while (*p && n < QUOTE_CHARS) {
        if (*p == ' ')
            cut = p;
        (void)iv_utf8_next(&p);
        n++;
    }
    if (!*p)
        return iv_strdup(text);
    if (!cut || cut - text < (p - text) / 2)
        cut = p;
    iv_buf_add(&b, text, (size_t)(cut - text));
    iv_buf_adds(&b, " …");
    return iv_buf_take(&b);
}

/* Japanese sentences follow one another without a blank. */
static bool ends_wide(const struct iv_buf *out)
{
    return out->len >= 3 && !memcmp(out->data + out->len - 3, "。", 3);
}

static void fill(struct iv_buf *out, const char *pattern, const struct slot *slots, size_t n)
{
    if (out->len && !ends_wide(out))
        iv_buf_addc(out, ' ');
    while (*pattern) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;
        size_t i = 0;

        while (end && i < n &&
               (strlen(slots[i].name) != (size_t)(end - pattern - 1) ||
                strncmp(slots[i].name, pattern + 1, (size_t)(end - pattern - 1))))
            i++;
        if (end && i < n) {
            iv_buf_adds(out, slots[i].value);
            pattern = end + 1;
        } else {
            iv_buf_addc(out, *pattern++);
        }
    }
}

/* One wording of a sentence; `turn_of` picks among several. */
static const char *wording(const struct iv_card *c, const char *key, size_t turn_of)
{
    const iv_json *j = iv_json_get(iv_json_get(c->texts, "comments"), key);

    if (iv_json_type(j) == IV_JSON_ARRAY)
        j = iv_json_at(j, turn_of % iv_json_len(j));
    return iv_json_string(j, "");
}

static void say(const struct iv_card *c, struct iv_buf *out, const char *key)
{
    fill(out, wording(c, key, 0), NULL, 0);
}

static const struct iv_scored *strongest(const struct iv_card *c)
{
    const struct iv_scored *best = NULL;

    for (size_t i = 0; i < c->n_scored; i++) {
        const struct iv_scored *s = &c->scored[i];

        if (s->tenths >= 0 && s->level >= 3 && strcmp(s->competency->id, IV_CLARITY) &&
            (!best || s->tenths > best->tenths))
            best = s;
    }
    return best;
}

static char *quote_of(const struct iv_found *f)
{
    char *whole = iv_strndup(f->turn->text + f->quote.start, f->quote.end - f->quote.start), *out;

    out = whole ? brief(whole) : NULL;
    free(whole);
    return out;
}

/* The point of most weight that was made for the competency. */
static const struct iv_found *best_quote(const struct iv_card *c, const struct iv_competency *of)
{
    const struct iv_found *best = NULL;
    int weight = 0;

    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; c->items[i].competency == of && k < IV_POINTS_MAX; k++)
            if (c->items[i].points[k].turn && c->items[i].question->points[k].weight > weight) {
                weight = c->items[i].question->points[k].weight;
                best = &c->items[i].points[k];
            }
    return best;
}

static void say_strong(const struct iv_card *c, struct iv_buf *out)
{
    const struct iv_scored *s = strongest(c);
    const struct iv_found *f = s ? best_quote(c, s->competency) : NULL;
    char *quote = f ? quote_of(f) : NULL;

    if (quote)
        fill(out, wording(c, "strong", (size_t)s->tenths),
             (const struct slot[]){{"name", s->competency->name}, {"quote", quote}}, 2);
    free(quote);
}

static const struct iv_point *heaviest_missing(const struct iv_judged *q)
{
    const struct iv_point *best = NULL;

    for (size_t i = 0; i < q->question->n_points && i < IV_POINTS_MAX; i++)
        if (!q->points[i].turn && (!best || q->question->points[i].weight > best->weight))
            best = &q->question->points[i];
    return best;
}

static const struct iv_judged *weakest(const struct iv_card *c, const struct iv_judged *but)
{
    const struct iv_judged *worst = NULL;

    for (size_t i = 0; i < c->n; i++) {
        const struct iv_judged *q = &c->items[i];

        if (q != but && q->why == IV_SCORED && q->question && heaviest_missing(q) &&
            (!worst || q->content.bp < worst->content.bp))
            worst = q;
    }
    return worst;
}

static void say_improvements(const struct iv_card *c, struct iv_buf *out)
{
    const struct iv_judged *done = NULL;
    bool any = false;

    for (int i = 0; i < IMPROVEMENTS; i++) {
        const struct iv_judged *q = weakest(c, done);
        char *ask = q ? brief(q->ask) : NULL;

        if (ask)
            fill(out, wording(c, i ? "improve_more" : "improve", (size_t)q->content.tenths),
                 (const struct slot[]){{"ask", ask}, {"say", heaviest_missing(q)->say}}, 2);
        any = any || q;
        done = q;
        free(ask);
        if (!q)
            break;
    }
    if (!any && strongest(c))
        say(c, out, "full");
}

static void say_wrong(const struct iv_card *c, struct iv_buf *out)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < IV_POINTS_MAX; k++)
            if (c->items[i].wrong[k].turn) {
                char *quote = quote_of(&c->items[i].wrong[k]);

                if (quote)
                    fill(out, wording(c, "wrong", 0),
                         (const struct slot[]){{"quote", quote},
                                               {"say", c->items[i].question->wrong[k].say}},
                         2);
                free(quote);
                return;
            }
}

/* One hint on how answers are built: the first that applies to at least half of them. */
static void say_build(const struct iv_card *c, struct iv_buf *out)
{
    size_t judged = 0, listed = 0, no_action = 0, no_result = 0, vague = 0, loose = 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct iv_judged *q = &c->items[i];

        if (!iv_has_clarity(q))
            continue;
        judged++;
        listed += q->listed * 3 > q->sentences + q->listed;
        no_action += !q->star[IV_STAR_ACTION].turn;
        no_result += !q->star[IV_STAR_RESULT].turn;
        vague += !q->specifics.turn;
        loose += q->markers < 2;
    }
    if (!judged)
        return;
    if (listed)
        say(c, out, "listed");
    else if (c->type == IV_TYPE_BEHAVIORAL && no_action * 2 >= judged)
        say(c, out, "action");
    else if (c->type == IV_TYPE_BEHAVIORAL && no_result * 2 >= judged)
        say(c, out, "result");
    else if (vague * 2 >= judged)
        say(c, out, "specifics");
    else if (loose * 2 >= judged)
        say(c, out, "structure");
}

static void say_length(const struct iv_card *c, struct iv_buf *out)
{
    const struct iv_judged *shortest = NULL;
    size_t judged = 0, n_short = 0;
    char seconds[16], *ask;

    for (size_t i = 0; i < c->n; i++) {
        const struct iv_judged *q = &c->items[i];

        if (!iv_has_clarity(q) || !q->question)
            continue;
        judged++;
        n_short += q->units * 4 < q->suggested_units;
        if (!shortest || q->units < shortest->units)
            shortest = q;
    }
    if (!shortest || n_short * 2 < judged || !n_short)
        return;
    ask = brief(shortest->ask);
    snprintf(seconds, sizeof seconds, "%d", shortest->question->seconds);
    if (ask)
        fill(out, wording(c, "longer", 0),
             (const struct slot[]){{"ask", ask}, {"seconds", seconds}}, 2);
    free(ask);
}

static const iv_json *baseline_of(const iv_json *delivery, const char *name)
{
    const iv_json *list = iv_json_get(iv_json_get(delivery, "baseline"), "measures");

    for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "name", ""), name))
            return j;
    return NULL;
}

/* Worth a sentence: more than one of the user's own standard deviations away. */
static bool say_against_own(const struct iv_card *c, const iv_json *delivery, const char *measure,
                            const char *key, struct iv_buf *out)
{
    const iv_json *j = baseline_of(delivery, measure);
    double sd = iv_json_get_num(j, "sd", NAN), diff = iv_json_get_num(j, "difference", 0);
    char now[32], mean[32], name[32];

    if (!j || !(sd > 0) || fabs(diff) <= sd)
        return false;
    snprintf(name, sizeof name, "%s_%s", key, diff > 0 ? "up" : "down");
    snprintf(now, sizeof now, "%.2f", iv_json_get_num(j, "now", 0));
    snprintf(mean, sizeof mean, "%.2f", iv_json_get_num(j, "mean", 0));
    fill(out, wording(c, name, 0),
         (const struct slot[]){
             {"now", now},
             {"mean", mean},
             {"unit", iv_json_get_str(iv_json_get(c->texts, "labels"), measure, "")}},
         3);
    return true;
}

static void say_delivery(const struct iv_card *c, const iv_json *delivery, struct iv_buf *out)
{
    const char *rate = c->lang == IV_LANG_JA   ? "morae_per_s"
                       : c->lang == IV_LANG_KO ? "syllables_per_s"
                                               : "words_per_s";

    if (!say_against_own(c, delivery, "fillers_per_100", "fillers", out))
        (void)say_against_own(c, delivery, rate, "rate", out);
}

static size_t count_why(const struct iv_card *c, enum iv_no_score why)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += c->items[i].why == why;
    return n;
}

static void say_counted(const struct iv_card *c, const char *key, size_t n, const char *reason,
                        struct iv_buf *out)
{
    char count[24], of[24];

    snprintf(count, sizeof count, "%zu", n);
    snprintf(of, sizeof of, "%zu", c->n);
    fill(out, wording(c, key, 0),
         (const struct slot[]){{"n", count}, {"of", of}, {"reason", reason}}, 3);
}

static void say_gaps(const struct iv_card *c, struct iv_buf *out)
{
    static const enum iv_no_score gaps[] = {IV_NO_ANSWER, IV_TOO_SHORT, IV_POOR_TRANSCRIPT};

    for (size_t i = 0; i < IV_LEN(gaps); i++) {
        size_t n = count_why(c, gaps[i]);

        if (n)
            say_counted(c, "unscored", n, iv_card_reason(c, iv_no_score_name(gaps[i])), out);
    }
    if (count_why(c, IV_DIDNT_KNOW))
        say_counted(c, "didnt_know", count_why(c, IV_DIDNT_KNOW), "", out);
    if (count_why(c, IV_NOT_IN_BANK))
        say(c, out, "generic");
}

static void say_nothing(const struct iv_card *c, struct iv_buf *out)
{
    enum iv_no_score why = c->n && c->items[0].why ? c->items[0].why : IV_NO_ANSWER;

    fill(out, wording(c, "nothing", 0),
         (const struct slot[]){{"reason", iv_card_reason(c, iv_no_score_name(why))}}, 1);
}

char *iv_card_comments(const struct iv_card *c, const iv_json *delivery)
{
    struct iv_buf out = IV_BUF_INIT(TEXT_MAX_BYTES);
    char *text;

    if (c->overall < 0) {
        say_nothing(c, &out);
    } else {
        say_strong(c, &out);
        say_improvements(c, &out);
        say_wrong(c, &out);
        say_build(c, &out);
        say_length(c, &out);
        say_delivery(c, delivery, &out);
        say_gaps(c, &out);
    }
    text = iv_buf_take(&out);
    iv_buf_release(&out);
    return text;
}
