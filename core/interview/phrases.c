/* phrases.c - reading core/data/phrases and choosing from it. */
#include "interview/phrases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/problems.h"
#include "interview/random.h"
#include "iv/alloc.h"
#include "iv/data.h"

#define MAX_LINES 200
#define SAME_START_BYTES 10 /* three characters of Korean or Japanese, a word or two of English */

static const char *const moment_names[MOMENT_COUNT] = {
    "greeting",
    "greeting_role",
    "first_question",
    "next_question",
    "ack_full",
    "ack_partial",
    "ack_short",
    "ack_unknown",
    "ack_story",
    "probe_dont_know",
    "probe_off_topic",
    "probe_too_short",
    "probe_no_own_action",
    "probe_no_result",
    "probe_no_specifics",
    "time_half",
    "time_short",
    "last_question",
    "wrap_up",
    "closing",
    "closing_time",
    "silence",
    "repeat",
    "skip",
};

static int moment_of(const char *name)
{
    for (int m = 0; m < MOMENT_COUNT; m++)
        if (!strcmp(name, moment_names[m]))
            return m;
    return -1;
}

/* Takes each moment of a map; one that was there before is replaced. */
static void read_moments(struct problems *p, const struct iv_yaml *map, struct phrases *out)
{
    for (const struct iv_yaml *c = map ? map->first : NULL; c; c = c->next) {
        int m = moment_of(c->key);

        if (m < 0) {
            iv_problem_at(p, c->line, "unknown moment \"%.60s\"", c->key);
            continue;
        }
        iv_free_strings(out->moments[m].lines, out->moments[m].n);
        out->moments[m].lines = iv_read_list(p, map, c->key, MAX_LINES, &out->moments[m].n);
    }
}

static void read_book(struct problems *p, const struct iv_yaml *root, const char *persona,
                      struct phrases *out)
{
    const struct iv_yaml *personas = iv_yaml_get(root, "personas");

    if (root->kind != IV_YAML_MAP) {
        iv_problem_at(p, root->line, "phrases must be keys with values");
        return;
    }
    iv_check_keys(p, root, "language moments personas");
    read_moments(p, iv_yaml_get(root, "moments"), out);
    if (persona && persona[0])
        read_moments(p, iv_yaml_get(personas, persona), out);
    for (int m = 0; m < MOMENT_COUNT; m++)
        if (!out->moments[m].n)
            iv_problem_at(p, root->line, "moment %s is missing or empty", moment_names[m]);
}

static enum iv_code parse_book(const struct iv_blob *blob, const char *persona, struct phrases *out,
                               struct iv_error *err)
{
    struct iv_error first = {.code = IV_OK};
    struct problems p = {.name = blob->origin, .fn = iv_problem_keep_first, .arg = &first};
    struct iv_yaml *root;
    enum iv_code rc = iv_yaml_parse(blob->bytes, blob->len, blob->origin, &root, err);

    if (rc)
        return rc;
    read_book(&p, root, persona, out);
    iv_yaml_free(root);
    if (p.no_memory)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", blob->origin);
    return p.n ? iv_fail(err, IV_E_DATA, "%s", first.text) : IV_OK;
}

enum iv_code iv_phrases_load(const iv_ctx *ctx, enum iv_lang lang, const char *persona,
                             uint64_t seed, struct phrases *out, struct iv_error *err)
{
    struct iv_blob blob;
    char name[32];
    enum iv_code rc;

    *out = (struct phrases){.lang = lang};
    snprintf(name, sizeof name, "phrases/%s.yaml", iv_lang_code(lang));
    rc = iv_data_load(ctx, name, &blob, err);
    if (rc)
        return rc;
    rc = parse_book(&blob, persona, out, err);
    iv_blob_release(&blob);
    for (int m = 0; m < MOMENT_COUNT; m++)
        RANDOM_SHUFFLE(&seed, out->moments[m].lines, out->moments[m].n)
    if (rc)
        iv_phrases_release(out);
    return rc;
}

void iv_phrases_release(struct phrases *b)
{
    for (int m = 0; m < MOMENT_COUNT; m++)
        iv_free_strings(b->moments[m].lines, b->moments[m].n);
    *b = (struct phrases){0};
}

/* Place of the last use, or -1. */
static long last_use(const struct said *s, const char *line)
{
    for (size_t i = s->n; i-- > 0;)
        if (!strcmp(s->lines[i], line))
            return (long)i;
    return -1;
}

bool iv_said_has(const struct said *s, const char *line)
{
    return last_use(s, line) >= 0;
}

bool iv_said_add(struct said *s, const char *line)
{
    long at = last_use(s, line);
    char *copy;

    if (at >= 0) { /* said again: it becomes the newest */
        copy = s->lines[at];
        memmove(&s->lines[at], &s->lines[at + 1], (s->n - (size_t)at - 1) * sizeof *s->lines);
        s->lines[s->n - 1] = copy;
        return true;
    }
    copy = iv_strdup(line);
    if (!copy || iv_grow(&s->lines, &s->cap, s->n + 1, sizeof *s->lines)) {
        free(copy);
        return false;
    }
    s->lines[s->n++] = copy;
    return true;
}

void iv_said_release(struct said *s)
{
    iv_free_strings(s->lines, s->n);
    *s = (struct said){0};
}

const char *iv_phrase_fresh(const struct phrases *b, enum moment m, const struct said *s,
                            const char *last)
{
    const char *second_best = NULL;

    for (size_t i = 0; i < b->moments[m].n; i++) {
        const char *line = b->moments[m].lines[i];

        if (iv_said_has(s, line))
            continue;
        if (!last || strncmp(line, last, SAME_START_BYTES))
            return line;
        second_best = second_best ? second_best : line;
    }
    return second_best;
}

const char *iv_phrase_any(const struct phrases *b, enum moment m, const struct said *s)
{
    const char *line = iv_phrase_fresh(b, m, s, NULL);

    if (line)
        return line;
    line = b->moments[m].lines[0];
    for (size_t i = 1; i < b->moments[m].n; i++)
        if (last_use(s, b->moments[m].lines[i]) < last_use(s, line))
            line = b->moments[m].lines[i];
    return line;
}

static bool fill_one(const char *s, const struct phrase_facts *f, struct iv_buf *out, size_t *len)
{
    static const char *const names[] = {"{minutes}", "{count}", "{role}", "{type}"};
    size_t i = 0;

    while (i < IV_LEN(names) && strncmp(s, names[i], strlen(names[i])))
        i++;
    if (i == IV_LEN(names))
        return false;
    *len = strlen(names[i]);
    if (i == 0)
        iv_buf_addf(out, "%d", f->minutes);
    else if (i == 1)
        iv_buf_addf(out, "%zu", f->count);
    else
        iv_buf_adds(out, i == 2 ? f->role : f->type);
    return true;
}

void iv_phrase_fill(const char *line, const struct phrase_facts *f, struct iv_buf *out)
{
    while (*line) {
        size_t len = 1;

        if (*line != '{' || !fill_one(line, f, out, &len))
            iv_buf_addc(out, *line);
        line += len;
    }
}
