/* lint.c - what is wrong with a bank beyond its form: patterns, ids, repetition, forbidden topics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/bank_parse.h"
#include "interview/legal.h"
#include "interview/match.h"
#include "iv/data.h"

#define MIN_PROBES 2
#define MIN_SHIPPED_PER_BANK 12

struct lint {
    struct problems *p;
    const struct iv_bank *bank;
    const struct iv_yaml *root;
    const struct iv_rubric *rubric; /* NULL: there is none for this language */
    const struct legal *legal; /* NULL: could not be read */
    bool is_shipped;
};

static int line_of_key(const struct iv_yaml *node, const char *key)
{
    const struct iv_yaml *c = iv_yaml_get(node, key);

    return c ? c->line : node->line;
}

/* The line of entry i of a list in a node; the node's own where the list is not that long. */
static int line_of(const struct iv_yaml *node, const char *list, size_t i)
{
    const struct iv_yaml *c = iv_yaml_at(iv_yaml_get(node, list), i);

    return c ? c->line : node->line;
}

static const struct iv_yaml *entry(const struct iv_yaml *node, const char *list, size_t i)
{
    const struct iv_yaml *c = iv_yaml_at(iv_yaml_get(node, list), i);

    return c ? c : node;
}

static void lint_words(struct lint *l, const struct iv_yaml *node, const struct iv_question *q,
                       const struct iv_point *pt, const iv_answer_text *ask)
{
    for (size_t i = 0; i < pt->n_words; i++) {
        const char *why = iv_pattern_problem(pt->words[i], q->lang);
        int line = line_of(node, "words", i);

        if (why)
            iv_problem_at(l->p, line, "words \"%.60s\" can never match: %s", pt->words[i], why);
        else if (ask && iv_pattern_find_any_form(ask, pt->words[i], NULL))
            iv_problem_at(l->p, line, "words \"%.60s\" stands in the question itself",
                          pt->words[i]);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(pt->words[i], pt->words[k]))
                iv_problem_at(l->p, line, "words \"%.60s\" stands twice", pt->words[i]);
    }
}

static void lint_points(struct lint *l, const struct iv_yaml *node, const struct iv_question *q)
{
    iv_answer_text *ask = NULL;

    if (q->ask && iv_answer_text_new(q->ask, q->lang, &ask, NULL))
        l->p->no_memory = true;
    for (size_t i = 0; i < q->n_points; i++)
        lint_words(l, entry(node, "points", i), q, &q->points[i], ask);
    for (size_t i = 0; i < q->n_wrong; i++)
        lint_words(l, entry(node, "wrong", i), q, &q->wrong[i], ask);
    iv_answer_text_free(ask);
}

static bool is_flagged(const struct iv_question *q, const char *jurisdiction)
{
    for (size_t i = 0; i < q->n_legal; i++)
        if (!strcmp(q->legal[i], jurisdiction))
            return true;
    return false;
}

static void lint_legal(struct lint *l, int line, const struct iv_question *q, const char *text)
{
    struct iv_legal_hit hit;

    if (!l->legal || !text)
        return;
    for (int j = 0; j < LEGAL_JURISDICTIONS; j++)
        if (!is_flagged(q, iv_legal_jurisdictions[j]) &&
            iv_legal_touches(l->legal, text, q->lang, iv_legal_jurisdictions[j], &hit))
            iv_problem_at(l->p, line, "\"%s\" touches a forbidden topic (%s, %s: %s)", hit.found,
                          hit.jurisdiction, hit.topic, hit.law);
}

static void lint_probes(struct lint *l, const struct iv_yaml *node, const struct iv_question *q)
{
    if (q->n_probes < MIN_PROBES)
        iv_problem_at(l->p, node->line, "%zu probes: at least %d are needed", q->n_probes,
                      MIN_PROBES);
    for (size_t i = 0; i < q->n_probes; i++) {
        int line = line_of_key(entry(node, "probes", i), "ask");
        const char *ask = q->probes[i].ask;

        lint_legal(l, line, q, ask);
        for (size_t k = 0; k < i && ask; k++)
            if (q->probes[k].ask && !strcmp(ask, q->probes[k].ask))
                iv_problem_at(l->p, line, "this probe stands twice");
    }
}

static void lint_competency(struct lint *l, const struct iv_yaml *node, const struct iv_question *q)
{
    int line = line_of_key(node, "competency");
    const struct iv_competency *c;

    if (!l->rubric || !q->competency)
        return;
    c = iv_rubric_find(l->rubric, q->competency);
    if (!c)
        iv_problem_at(l->p, line, "competency \"%s\": the rubric has none of this name",
                      q->competency);
    else if (c->type >= 0 && c->type != (int)q->type)
        iv_problem_at(l->p, line, "competency \"%s\" is for %s interviews", q->competency,
                      iv_type_name((enum iv_session_type)c->type));
}

static void lint_id(struct lint *l, const struct iv_yaml *node, const struct iv_question *q)
{
    char prefix[64];

    if (!l->is_shipped || !q->id)
        return;
    snprintf(prefix, sizeof prefix, "%s-%s-%s-", iv_lang_code(q->lang), iv_type_name(q->type),
             iv_difficulty_name(q->difficulty));
    if (strncmp(q->id, prefix, strlen(prefix)) || !q->id[strlen(prefix)])
        iv_problem_at(l->p, node->line, "id \"%s\" must be %s<slug>", q->id, prefix);
}

static void lint_repeats(struct lint *l, const struct iv_yaml *node, size_t i)
{
    const struct iv_question *q = &l->bank->questions[i];

    for (size_t k = 0; k < i && q->ask; k++)
        if (l->bank->questions[k].ask && !strcmp(q->ask, l->bank->questions[k].ask))
            iv_problem_at(l->p, line_of_key(node, "ask"), "the same question stands in line %d",
                          l->bank->questions[k].line);
}

static void lint_questions(struct lint *l)
{
    const struct iv_yaml *node = iv_yaml_get(l->root, "questions");

    node = node && l->bank->n ? node->first : NULL;
    for (size_t i = 0; i < l->bank->n && node; i++, node = node->next) {
        const struct iv_question *q = &l->bank->questions[i];

        if (node->kind != IV_YAML_MAP)
            continue;
        lint_id(l, node, q);
        lint_competency(l, node, q);
        lint_points(l, node, q);
        lint_probes(l, node, q);
        lint_legal(l, line_of_key(node, "ask"), q, q->ask);
        lint_repeats(l, node, i);
    }
}

/* A file below questions/<lang>/ is one of ours: its name, header and ids agree. */
static bool is_shipped_name(const char *name)
{
    const char *at = strstr(name, "questions/");
    enum iv_lang lang;
    char code[3] = {0};

    if (!at)
        return false;
    memcpy(code, at + 10, strnlen(at + 10, 2));
    return iv_lang_parse(code, &lang) && at[12] == '/';
}

static void lint_name(struct lint *l)
{
    const struct iv_question *q = l->bank->questions;
    char expected[96];
    size_t n = strlen(l->p->name);

    snprintf(expected, sizeof expected, "questions/%s/%s-%s.yaml", iv_lang_code(q->lang),
             iv_type_name(q->type), iv_difficulty_name(q->difficulty));
    if (n < strlen(expected) || strcmp(l->p->name + n - strlen(expected), expected))
        iv_problem_at(l->p, l->root->line, "its header belongs to %s", expected);
    if (l->bank->n < MIN_SHIPPED_PER_BANK)
        iv_problem_at(l->p, l->root->line, "%zu questions: a shipped bank has %d or more",
                      l->bank->n, MIN_SHIPPED_PER_BANK);
}

static void lint_tree(const iv_ctx *ctx, const struct iv_yaml *root, struct problems *p)
{
    struct iv_bank bank;
    struct iv_rubric rubric = {0};
    struct legal legal = {0};
    struct lint l = {.p = p, .bank = &bank, .root = root, .is_shipped = is_shipped_name(p->name)};
    struct iv_error err;

    iv_bank_read(root, &bank, p);
    if (bank.n) {
        if (!iv_legal_load(ctx, &legal, &err))
            l.legal = &legal;
        else
            iv_problem_at(p, root->line, "forbidden topics were not checked: %s", err.text);
        if (!iv_rubric_load(ctx, bank.questions[0].lang, NULL, &rubric, &err))
            l.rubric = &rubric;
        lint_questions(&l);
        if (l.is_shipped)
            lint_name(&l);
    }
    iv_rubric_release(&rubric);
    iv_legal_release(&legal);
    iv_bank_release(&bank);
}

size_t iv_bank_lint(const iv_ctx *ctx, const char *bytes, size_t len, const char *name,
                    void (*fn)(void *arg, const char *problem), void *arg)
{
    struct problems p = {.name = name, .fn = fn, .arg = arg};
    struct iv_yaml *root;
    struct iv_error err;

    if (iv_yaml_parse(bytes, len, name, &root, &err)) {
        fn(arg, err.text);
        return 1;
    }
    lint_tree(ctx, root, &p);
    iv_yaml_free(root);
    if (p.no_memory)
        iv_problem_at(&p, 0, "out of memory");
    return p.n;
}
