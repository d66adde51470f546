/* bank_parse.c - the schema of question banks (core/data/README.md). */
#include "interview/bank_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define MAX_QUESTIONS 2000
#define MAX_POINTS 16 /* struct iv_answer_facts keeps one flag for each */
#define MAX_PROBES 32
#define MAX_WORDS 64
#define ID_MAX_BYTES 95 /* struct iv_turn */

static const char *const lack_names[IV_LACK_COUNT] = {
    [IV_LACK_NONE] = "none",
    [IV_LACK_DONT_KNOW] = "dont_know",
    [IV_LACK_OFF_TOPIC] = "off_topic",
    [IV_LACK_TOO_SHORT] = "too_short",
    [IV_LACK_NO_OWN_ACTION] = "no_own_action",
    [IV_LACK_NO_RESULT] = "no_result",
    [IV_LACK_NO_SPECIFICS] = "no_specifics",
    [IV_LACK_POINT] = "missing",
};

const char *iv_lack_name(enum iv_lack lack)
{
    return lack_names[lack];
}

static char *read_id(struct problems *p, const struct iv_yaml *map, const char *key)
{
    char *id = iv_read_text(p, map, key, true);
    const struct iv_yaml *node = iv_yaml_get(map, key);

    if (!id)
        return NULL;
    if (strlen(id) <= ID_MAX_BYTES &&
        strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
            strlen(id))
        return id;
    iv_problem_at(p, node->line, "%s \"%.40s\": letters, digits, - _ . and at most %d of them", key,
                  id, ID_MAX_BYTES);
    free(id);
    return NULL;
}

/* Entries of a list of maps, zeroed; *n is their number. */
static void *read_entries(struct problems *p, const struct iv_yaml *map, const char *key,
                          size_t max, size_t size, const struct iv_yaml **first, size_t *n)
{
    const struct iv_yaml *items = iv_read_items(p, map, key, max);
    void *entries;

    *n = 0;
    *first = NULL;
    if (!items || !items->n)
        return NULL;
    entries = iv_alloc_array(items->n, size);
    if (!entries) {
        p->no_memory = true;
        return NULL;
    }
    *n = items->n;
    *first = items->first;
    return entries;
}

static bool need_map(struct problems *p, const struct iv_yaml *node, const char *what,
                     const char *keys)
{
    if (node->kind != IV_YAML_MAP) {
        iv_problem_at(p, node->line, "%s must be keys with values: %s", what, keys);
        return false;
    }
    iv_check_keys(p, node, keys);
    return true;
}

static void need_words(struct problems *p, const struct iv_yaml *node, const struct iv_point *pt)
{
    if (!pt->n_words)
        iv_problem_at(p, node->line, "words is missing or empty");
}

static void read_point(struct problems *p, const struct iv_yaml *node, struct iv_point *pt)
{
    pt->weight = 1;
    if (!need_map(p, node, "a point", "id say words weight"))
        return;
    pt->id = read_id(p, node, "id");
    pt->say = iv_read_text(p, node, "say", true);
    pt->words = iv_read_list(p, node, "words", MAX_WORDS, &pt->n_words);
    pt->weight = iv_read_int(p, node, "weight", 1, 3, 1);
    need_words(p, node, pt);
}

static void read_wrong(struct problems *p, const struct iv_yaml *node, size_t number,
                       struct iv_point *pt)
{
    char id[32];

    snprintf(id, sizeof id, "wrong-%zu", number);
    pt->id = iv_strdup(id);
    pt->weight = 1;
    p->no_memory |= !pt->id;
    if (!need_map(p, node, "a misconception", "say words"))
        return;
    pt->say = iv_read_text(p, node, "say", true);
    pt->words = iv_read_list(p, node, "words", MAX_WORDS, &pt->n_words);
    need_words(p, node, pt);
}

static bool has_point(const struct iv_question *q, const char *id)
{
    for (size_t i = 0; i < q->n_points; i++)
        if (q->points[i].id && !strcmp(q->points[i].id, id))
            return true;
    return false;
}

static void read_condition(struct problems *p, const struct iv_yaml *node,
                           const struct iv_question *q, struct iv_probe *probe)
{
    const struct iv_yaml *when = iv_yaml_get(node, "when");
    const char *s = when && when->kind == IV_YAML_TEXT ? when->text : NULL;

    if (!s) {
        iv_problem_at(p, node->line, "when is missing");
        return;
    }
    if (!strncmp(s, "missing:", 8)) {
        probe->when = IV_LACK_POINT;
        probe->point_id = iv_strdup(s + 8);
        p->no_memory |= !probe->point_id;
        if (!has_point(q, s + 8))
            iv_problem_at(p, when->line, "when \"%.60s\": this question has no such point", s);
        return;
    }
    for (int l = IV_LACK_DONT_KNOW; l < IV_LACK_POINT; l++)
        if (!strcmp(s, lack_names[l]))
            probe->when = (enum iv_lack)l;
    if (!probe->when)
        iv_problem_at(p, when->line,
                      "when \"%.40s\": must be dont_know, off_topic, too_short, no_own_action, "
                      "no_result, no_specifics or missing:<point id>",
                      s);
}

static void read_probe(struct problems *p, const struct iv_yaml *node, const struct iv_question *q,
                       struct iv_probe *probe)
{
    if (!need_map(p, node, "a probe", "when ask"))
        return;
    probe->ask = iv_read_text(p, node, "ask", true);
    read_condition(p, node, q, probe);
}

static void check_point_ids(struct problems *p, const struct iv_question *q,
                            const struct iv_yaml *first)
{
    for (size_t i = 1; i < q->n_points; i++) {
        first = first->next;
        for (size_t k = 0; k < i; k++)
            if (q->points[i].id && q->points[k].id && !strcmp(q->points[i].id, q->points[k].id))
                iv_problem_at(p, first->line, "point id \"%s\" stands twice", q->points[i].id);
    }
}

static void read_points(struct problems *p, const struct iv_yaml *node, struct iv_question *q)
{
    const struct iv_yaml *c, *first;
    size_t i = 0;

    q->points =
        read_entries(p, node, "points", MAX_POINTS, sizeof *q->points, &first, &q->n_points);
    for (c = first; c; c = c->next)
        read_point(p, c, &q->points[i++]);
    if (!q->n_points)
        iv_problem_at(p, node->line, "points is missing or empty");
    else
        check_point_ids(p, q, first);
    q->wrong = read_entries(p, node, "wrong", MAX_POINTS, sizeof *q->wrong, &c, &q->n_wrong);
    for (i = 0; c; c = c->next, i++)
        read_wrong(p, c, i + 1, &q->wrong[i]);
    q->probes = read_entries(p, node, "probes", MAX_PROBES, sizeof *q->probes, &c, &q->n_probes);
    for (i = 0; c; c = c->next)
        read_probe(p, c, q, &q->probes[i++]);
}

static void check_words(struct problems *p, const struct iv_yaml *list, const char *known)
{
    for (const struct iv_yaml *c = list ? list->first : NULL; c; c = c->next)
        if (c->kind == IV_YAML_TEXT && !iv_is_word_of(c->text, known))
            iv_problem_at(p, c->line, "%s \"%.40s\": known are %s", list->key, c->text, known);
}

static void read_question(struct problems *p, const struct iv_yaml *node, struct iv_question *q)
{
    q->line = node->line;
    q->seconds = 120;
    if (!need_map(p, node, "a question",
                  "id competency roles seconds ask points wrong probes legal"))
        return;
    q->id = read_id(p, node, "id");
    q->competency = read_id(p, node, "competency");
    q->ask = iv_read_text(p, node, "ask", true);
    q->seconds = iv_read_int(p, node, "seconds", 30, 300, 120);
    q->roles = iv_read_list(p, node, "roles", 32, &q->n_roles);
    q->legal = iv_read_list(p, node, "legal", 8, &q->n_legal);
    check_words(p, iv_yaml_get(node, "roles"), BANK_ROLES);
    check_words(p, iv_yaml_get(node, "legal"), BANK_JURISDICTIONS);
    read_points(p, node, q);
}

static int read_choice(struct problems *p, const struct iv_yaml *root, const char *key,
                       const char *const *names, int n)
{
    const struct iv_yaml *node = iv_yaml_get(root, key);
    const char *s = iv_yaml_str(root, key, "");

    for (int i = 0; i < n; i++)
        if (!strcmp(s, names[i]))
            return i;
    iv_problem_at(p, node ? node->line : root->line, "%s \"%.40s\": must be %s, %s or %s", key, s,
                  names[0], names[1], names[2]);
    return 0;
}

struct header {
    enum iv_lang lang;
    enum iv_session_type type;
    enum iv_difficulty difficulty;
};

static struct header read_header(struct problems *p, const struct iv_yaml *root)
{
    const char *langs[IV_LANG_COUNT], *types[IV_TYPE_COUNT], *levels[IV_DIFFICULTY_COUNT];

    for (int i = 0; i < 3; i++) {
        langs[i] = iv_lang_code((enum iv_lang)i);
        types[i] = iv_type_name((enum iv_session_type)i);
        levels[i] = iv_difficulty_name((enum iv_difficulty)i);
    }
    return (struct header){
        (enum iv_lang)read_choice(p, root, "language", langs, IV_LANG_COUNT),
        (enum iv_session_type)read_choice(p, root, "type", types, IV_TYPE_COUNT),
        (enum iv_difficulty)read_choice(p, root, "difficulty", levels, IV_DIFFICULTY_COUNT),
    };
}

static void check_ids(struct problems *p, const struct iv_bank *b)
{
    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; k < i && b->questions[i].id; k++)
            if (b->questions[k].id && !strcmp(b->questions[i].id, b->questions[k].id)) {
                iv_problem_at(p, b->questions[i].line, "id \"%s\" stands twice, first in line %d",
                              b->questions[i].id, b->questions[k].line);
                break;
            }
}

void iv_bank_read(const struct iv_yaml *root, struct iv_bank *out, struct problems *p)
{
    const struct iv_yaml *c;
    struct header h;
    size_t i = 0;

    *out = (struct iv_bank){0};
    if (!need_map(p, root, "a bank", "language type difficulty questions"))
        return;
    h = read_header(p, root);
    out->questions =
        read_entries(p, root, "questions", MAX_QUESTIONS, sizeof *out->questions, &c, &out->n);
    if (!out->n)
        iv_problem_at(p, root->line, "questions is missing or empty");
    for (; c; c = c->next, i++) {
        struct iv_question *q = &out->questions[i];

        q->lang = h.lang;
        q->type = h.type;
        q->difficulty = h.difficulty;
        read_question(p, c, q);
    }
    check_ids(p, out);
}

enum iv_code iv_bank_parse(const char *bytes, size_t len, const char *name, struct iv_bank *out,
                           struct iv_error *err)
{
    struct iv_error first = {.code = IV_OK};
    struct problems p = {.name = name, .fn = iv_problem_keep_first, .arg = &first};
    struct iv_yaml *root;
    enum iv_code rc = iv_yaml_parse(bytes, len, name, &root, err);

    *out = (struct iv_bank){0};
    if (rc)
        return rc;
    iv_bank_read(root, out, &p);
    iv_yaml_free(root);
    if (p.no_memory)
        rc = iv_fail(err, IV_E_NOMEM, "%s: out of memory", name);
    else if (p.n)
        rc = iv_fail(err, IV_E_DATA, "%s", first.text);
    if (rc)
        iv_bank_release(out);
    return rc;
}
