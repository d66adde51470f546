/* latency.c - from the end of an answer to the first sound of the reply, stage by stage, out of the recording.
 *
 *   end_of_turn  the last word's end to the answer taken: the silence that was waited for, and the recogniser's last words
 *   reply        the answer taken to the first words of the reply: the language model, or nothing
 *   voice        the first words to the first audible sample: the first clause, and the voice's first sound
 *   mouth        the first audible sample to the first sound that moves the mouth
 *
 * Times are those of the presentation clock; what a sound card buffers comes on top. Percentiles by nearest rank.
 */
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/operations.h"

#define EVENT_MAX_BYTES (1u << 20)

enum stage { END_OF_TURN, REPLY, VOICE, MOUTH, TOTAL, STAGES };
static const char *const names[STAGES] = {"end_of_turn", "reply", "voice", "mouth", "total"};

struct waterfall {
    int64_t ms[STAGES]; /* -1: not known */
};
struct reading {
    struct waterfall *items;
    size_t n, cap;
    struct waterfall now; /* of the answer last taken */
    int64_t answered_ms, told_ms; /* -1: none is open; nothing told yet */
    enum iv_code rc;
    struct iv_error *err;
};

/* Where speech ended in the answer; -1 when nobody timed its words. */
static int64_t spoken_until(const iv_json *event, int64_t at_ms)
{
    const iv_json *words = iv_json_get(event, "words");
    size_t n = iv_json_len(words);
    double end = n ? iv_json_number(iv_json_at(iv_json_at(words, n - 1), 2), -1) : -1;

    return end < 0 ? -1 : at_ms - iv_json_get_int(event, "spoken_ms", 0) + (int64_t)end;
}

static void take_answer(struct reading *r, const iv_json *event, int64_t at_ms)
{
    int64_t until = spoken_until(event, at_ms);

    r->now = (struct waterfall){.ms = {until < 0 || until > at_ms ? -1 : at_ms - until}};
    r->answered_ms = at_ms;
    r->told_ms = -1;
}

static void take_sound(struct reading *r, const iv_json *event)
{
    int64_t heard = iv_json_get_int(event, "at_sample", 0) / SAMPLES_PER_MS;
    const iv_json *first = iv_json_at(iv_json_get(event, "phonemes"), 0);
    struct waterfall *w = &r->now;

    w->ms[REPLY] = r->told_ms - r->answered_ms;
    w->ms[VOICE] = heard > r->told_ms ? heard - r->told_ms : 0;
    w->ms[MOUTH] = first ? (int64_t)iv_json_number(iv_json_at(first, 1), 0) : -1;
    w->ms[TOTAL] = (w->ms[END_OF_TURN] > 0 ? w->ms[END_OF_TURN] : 0) + w->ms[REPLY] + w->ms[VOICE];
    r->answered_ms = -1;
    if (iv_grow(&r->items, &r->cap, r->n + 1, sizeof *w))
        r->rc = iv_fail(r->err, IV_E_NOMEM, "latency: out of memory");
    else
        r->items[r->n++] = *w;
}

static void take_event(struct reading *r, const iv_json *event)
{
    const char *type = iv_json_get_str(event, "type", "");
    int64_t at_ms = iv_json_get_int(event, "at_ms", 0);

    if (!strcmp(iv_json_get_str(event, "in", ""), "answer"))
        take_answer(r, event, at_ms);
    else if (r->answered_ms < 0)
        return;
    else if (!strcmp(type, "llm_response") && r->told_ms < 0)
        r->told_ms = at_ms;
    else if (!strcmp(type, "speech") && r->told_ms >= 0)
        take_sound(r, event);
}

static int read_one(void *arg, int64_t seq, const char *text)
{
    struct reading *r = arg;
    iv_json *event = NULL;

    (void)seq;
    r->rc = iv_json_parse(text, strlen(text), EVENT_MAX_BYTES, &event, r->err);
    if (!r->rc)
        take_event(r, event);
    iv_json_free(event);
    return r->rc != IV_OK;
}

/* -- percentiles -- */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t percentile(const int64_t *sorted, size_t n, size_t percent)
{
    return sorted[(n * percent + 99) / 100 - 1];
}

/* p50, or -1 where no turn has the stage. */
static int64_t add_stage(iv_json *stages, const struct reading *r, enum stage s, int64_t *sorted)
{
    static const size_t percents[] = {50, 95, 99};
    static const char *const keys[] = {"p50_ms", "p95_ms", "p99_ms"};
    iv_json *j = iv_json_object();
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        if (r->items[i].ms[s] >= 0)
            sorted[n++] = r->items[i].ms[s];
    qsort(sorted, n, sizeof *sorted, by_size);
    iv_json_set_str(j, "stage", names[s]);
    iv_json_set_int(j, "turns", (int64_t)n);
    for (size_t i = 0; i < IV_LEN(percents); i++)
        iv_json_set(j, keys[i],
                    n ? iv_json_int(percentile(sorted, n, percents[i])) : iv_json_null());
    iv_json_append(stages, j);
    return n ? percentile(sorted, n, 50) : -1;
}

static iv_json *turns_json(const struct reading *r)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < r->n; i++) {
        iv_json *j = iv_json_object();

        iv_json_set_int(j, "answer", (int64_t)i + 1);
        for (int s = 0; s < STAGES; s++)
            iv_json_set(j, names[s],
                        r->items[i].ms[s] < 0 ? iv_json_null() : iv_json_int(r->items[i].ms[s]));
        iv_json_append(list, j);
    }
    return list;
}

static enum iv_code write_all(const struct reading *r, const char *id, iv_json **out,
                              struct iv_error *err)
{
    int64_t *sorted = iv_alloc_array(r->n + 1, sizeof *sorted), longest = 0;
    iv_json *stages = iv_json_array();
    const char *dominant = NULL;

    if (!sorted) {
        iv_json_free(stages);
        return iv_fail(err, IV_E_NOMEM, "latency: out of memory");
    }
    for (int s = 0; s < STAGES; s++) {
        int64_t median = add_stage(stages, r, (enum stage)s, sorted);

        if (s < MOUTH && median > longest) {
            longest = median;
            dominant = names[s];
        }
    }
    free(sorted);
    *out = iv_json_object();
    iv_json_set_str(*out, "session_id", id);
    iv_json_set(*out, "stages", stages);
    iv_json_set_str(*out, "dominant", dominant);
    iv_json_set(*out, "turns", turns_json(r));
    return IV_OK;
}

enum iv_code iv_op_latency(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                           struct iv_error *err)
{
    struct reading r = {.answered_ms = -1, .told_ms = -1, .err = err};
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    (void)ctx;
    *out = NULL;
    if (!rc)
        rc = iv_store_events(st, id, 0, read_one, &r, err);
    if (!rc)
        rc = r.rc;
    if (!rc)
        rc = write_all(&r, id, out, err);
    free(r.items);
    return rc;
}
