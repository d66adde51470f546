/* generate_read.c - a question as a model wrote it, into the bank's schema. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "interview/bank_parse.h"
#include "interview/generate.h"
#include "interview/match.h"
#include "iv/alloc.h"

#define TEXT_BYTES 1200
#define WORD_BYTES 160
#define WORDS_MAX 12
#define POINTS_MAX 8
#define PROBES_MAX 6
#define SECONDS_DEFAULT 120

struct drafting {
    struct iv_question *q;
    iv_answer_text *ask; /* words that stand in it say nothing */
    bool no_memory;
};

/* One line, cut at max bytes. */
static char *line_of(struct drafting *d, const char *text, size_t max)
{
    char *cut = iv_strndup(text, iv_utf8_cut(text, strlen(text), max));
    char *clean = cut ? iv_text_clean(cut) : NULL;

    for (char *p = clean; p && *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    free(cut);
    d->no_memory |= !clean;
    return clean;
}

static bool is_of_use(const struct drafting *d, const struct iv_point *p, const char *word)
{
    if (!*word || iv_pattern_problem(word, d->q->lang) ||
        (d->ask && iv_pattern_find_any_form(d->ask, word, NULL)))
        return false;
    for (size_t i = 0; i < p->n_words; i++)
        if (!strcmp(p->words[i], word))
            return false;
    return true;
}

static void read_words(struct drafting *d, const iv_json *list, struct iv_point *p)
{
    p->words = iv_alloc_array(WORDS_MAX, sizeof *p->words);
    d->no_memory |= !p->words;
    for (const iv_json *j = iv_json_first(list); p->words && j && p->n_words < WORDS_MAX;
         j = iv_json_next(j)) {
        char *word = line_of(d, iv_json_string(j, ""), WORD_BYTES);

        if (word && is_of_use(d, p, word))
            p->words[p->n_words++] = word;
        else
            free(word);
    }
}

static struct iv_point *read_points(struct drafting *d, const iv_json *list, const char *prefix,
                                    size_t *n)
{
    struct iv_point *points = iv_alloc_array(POINTS_MAX, sizeof *points);

    *n = 0;
    d->no_memory |= !points;
    for (const iv_json *j = iv_json_first(list); points && j && *n < POINTS_MAX;
         j = iv_json_next(j)) {
        struct iv_point *p = &points[(*n)++];
        int64_t weight = iv_json_get_int(j, "weight", 1);
        char id[32];

        snprintf(id, sizeof id, "%s%zu", prefix, *n);
        p->id = iv_strdup(id);
        p->say = line_of(d, iv_json_get_str(j, "say", ""), TEXT_BYTES);
        p->weight = weight >= 1 && weight <= 3 ? (int)weight : 1;
        d->no_memory |= !p->id;
        read_words(d, iv_json_get(j, "words"), p);
    }
    return points;
}

static enum iv_lack lack_of(const char *name)
{
    for (int l = IV_LACK_DONT_KNOW; l < IV_LACK_COUNT; l++)
        if (!strcmp(name, iv_lack_name((enum iv_lack)l)))
            return (enum iv_lack)l;
    return IV_LACK_NONE;
}

/* Whose condition means nothing (a point that is not there) is left out. */
static void read_probe(struct drafting *d, const iv_json *j)
{
    struct iv_question *q = d->q;
    enum iv_lack when = lack_of(iv_json_get_str(j, "when", ""));
    int64_t point = iv_json_get_int(j, "point", 0);
    struct iv_probe *p = &q->probes[q->n_probes];

    if (when == IV_LACK_NONE ||
        (when == IV_LACK_POINT && (point < 1 || point > (int64_t)q->n_points)))
        return;
    q->n_probes++;
    p->when = when;
    p->ask = line_of(d, iv_json_get_str(j, "ask", ""), TEXT_BYTES);
    if (when == IV_LACK_POINT) {
        p->point_id = iv_strdup(q->points[point - 1].id);
        d->no_memory |= !p->point_id;
    }
}

static void read_probes(struct drafting *d, const iv_json *list)
{
    d->q->probes = iv_alloc_array(PROBES_MAX, sizeof *d->q->probes);
    d->no_memory |= !d->q->probes;
    for (const iv_json *j = iv_json_first(list); d->q->probes && j && d->q->n_probes < PROBES_MAX;
         j = iv_json_next(j))
        read_probe(d, j);
}

/* The same question always has the same id. */
static void set_id(struct drafting *d)
{
    struct iv_question *q = d->q;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[17], id[96];

    crypto_hash_sha256(hash, (const unsigned char *)q->ask, strlen(q->ask));
    sodium_bin2hex(hex, sizeof hex, hash, 8);
    snprintf(id, sizeof id, "%s-%s-%s-%s", iv_lang_code(q->lang), iv_type_name(q->type),
             iv_difficulty_name(q->difficulty), hex);
    q->id = iv_strdup(id);
    d->no_memory |= !q->id;
}

/* "Backend engineer" is for one of the bank's roles; another title leaves the question to everybody. */
static void set_role(struct drafting *d, const char *title)
{
    char *folded = title ? iv_text_nfkc_fold(title) : NULL, *save = NULL, *word;

    for (word = folded ? strtok_r(folded, " ,/", &save) : NULL; word && !d->q->n_roles;
         word = strtok_r(NULL, " ,/", &save)) {
        if (!iv_is_word_of(word, BANK_ROLES))
            continue;
        d->q->roles = iv_alloc_array(1, sizeof *d->q->roles);
        if (d->q->roles)
            d->q->roles[d->q->n_roles++] = iv_strdup(word);
        d->no_memory |= !d->q->roles || !d->q->roles[0];
    }
    free(folded);
}

enum iv_code iv_draft_read(const struct iv_generate_input *in, const iv_json *j,
                           struct iv_question *out, struct iv_error *err)
{
    struct drafting d = {.q = out};
    int64_t seconds = iv_json_get_int(j, "seconds", SECONDS_DEFAULT);

    *out = (struct iv_question){.lang = in->lang, .type = in->type, .difficulty = in->difficulty};
    out->seconds = seconds < 30 ? 30 : seconds > 300 ? 300 : (int)seconds;
    out->competency = line_of(&d, iv_json_get_str(j, "competency", ""), 64);
    out->ask = line_of(&d, iv_json_get_str(j, "ask", ""), TEXT_BYTES);
    if (out->ask)
        set_id(&d);
    if (out->ask && *out->ask && iv_answer_text_new(out->ask, in->lang, &d.ask, NULL))
        d.no_memory = true;
    set_role(&d, in->role);
    out->points = read_points(&d, iv_json_get(j, "points"), "p", &out->n_points);
    out->wrong = read_points(&d, iv_json_get(j, "wrong"), "wrong-", &out->n_wrong);
    if (!d.no_memory)
        read_probes(&d, iv_json_get(j, "probes"));
    iv_answer_text_free(d.ask);
    return d.no_memory ? iv_fail(err, IV_E_NOMEM, "questions: out of memory") : IV_OK;
}
