/* legal.c - topics that must not be asked: core/data/legal.
 *
 * words.yaml says how a topic sounds; one file for each jurisdiction says which topics the law forbids there. What an
 * `allow` pattern finds ("parent process") is crossed out before the words are looked for. */
#include "interview/legal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/match.h"
#include "interview/problems.h"
#include "iv/alloc.h"
#include "iv/data.h"

#define MAX_ALLOWED 100 /* places crossed out in one text */

const char *const iv_legal_jurisdictions[LEGAL_JURISDICTIONS] = {"kr", "jp", "us", "eu"};

static void check_patterns(struct problems *p, const struct iv_yaml *by_lang)
{
    for (const struct iv_yaml *l = by_lang->first; l; l = l->next) {
        enum iv_lang lang;

        if (!iv_lang_parse(l->key, &lang) || l->kind != IV_YAML_LIST)
            continue;
        for (const struct iv_yaml *c = l->first; c; c = c->next) {
            const char *why =
                c->kind == IV_YAML_TEXT ? iv_pattern_problem(c->text, lang) : "it is no text";

            if (why)
                iv_problem_at(p, c->line, "a pattern can never match: %s", why);
        }
    }
}

static void check_words(struct problems *p, const struct iv_yaml *root)
{
    if (root->kind != IV_YAML_MAP)
        iv_problem_at(p, root->line, "must be keys with values");
    for (const struct iv_yaml *t = root->first; t && !p->n; t = t->next) {
        const struct iv_yaml *allow = iv_yaml_get(t, "allow");

        if (t->kind != IV_YAML_MAP) {
            iv_problem_at(p, t->line, "a topic must be languages with patterns");
            continue;
        }
        iv_check_keys(p, t, "en ko ja allow");
        check_patterns(p, t);
        if (allow && allow->kind == IV_YAML_MAP)
            check_patterns(p, allow);
    }
}

static void check_topic(struct problems *p, const struct iv_yaml *topic,
                        const struct iv_yaml *words)
{
    const struct iv_yaml *list = iv_yaml_get(topic, "words");

    if (!list || list->kind != IV_YAML_LIST || !iv_yaml_str(topic, "id", NULL) ||
        !iv_yaml_str(topic, "law", NULL)) {
        iv_problem_at(p, topic->line, "a topic needs id, law and words");
        return;
    }
    iv_check_keys(p, topic, "id law words");
    for (const struct iv_yaml *c = list->first; c; c = c->next)
        if (c->kind != IV_YAML_TEXT || !iv_yaml_get(words, c->text))
            iv_problem_at(p, c->line, "words.yaml has no such entry");
}

static void check_law(struct problems *p, const struct iv_yaml *root, const struct iv_yaml *words)
{
    const struct iv_yaml *topics = iv_yaml_get(root, "topics");

    if (!topics || topics->kind != IV_YAML_LIST) {
        iv_problem_at(p, root->line, "topics must be a list");
        return;
    }
    for (const struct iv_yaml *t = topics->first; t; t = t->next)
        check_topic(p, t, words);
}

static enum iv_code load_tree(const iv_ctx *ctx, const char *name, const struct iv_yaml *words,
                              struct iv_yaml **out, struct iv_error *err)
{
    struct iv_error first = {.code = IV_OK};
    struct problems p = {.fn = iv_problem_keep_first, .arg = &first};
    struct iv_blob blob;
    char path[32];
    enum iv_code rc;

    snprintf(path, sizeof path, "legal/%s.yaml", name);
    rc = iv_data_load(ctx, path, &blob, err);
    if (rc)
        return rc;
    rc = iv_yaml_parse(blob.bytes, blob.len, blob.origin, out, err);
    p.name = blob.origin;
    if (!rc && words)
        check_law(&p, *out, words);
    else if (!rc)
        check_words(&p, *out);
    if (p.n)
        rc = iv_fail(err, IV_E_DATA, "%s", first.text);
    iv_blob_release(&blob);
    return rc;
}

enum iv_code iv_legal_load(const iv_ctx *ctx, struct legal *out, struct iv_error *err)
{
    enum iv_code rc;

    *out = (struct legal){0};
    rc = load_tree(ctx, "words", NULL, &out->words, err);
    for (int i = 0; i < LEGAL_JURISDICTIONS && !rc; i++)
        rc = load_tree(ctx, iv_legal_jurisdictions[i], out->words, &out->laws[i], err);
    if (rc)
        iv_legal_release(out);
    return rc;
}

void iv_legal_release(struct legal *l)
{
    iv_yaml_free(l->words);
    for (int i = 0; i < LEGAL_JURISDICTIONS; i++)
        iv_yaml_free(l->laws[i]);
    *l = (struct legal){0};
}

static bool find_any(const iv_answer_text *a, const struct iv_yaml *list, struct iv_match *out)
{
    for (const struct iv_yaml *c = list ? list->first : NULL; c; c = c->next)
        if (iv_pattern_find(a, c->text, out))
            return true;
    return false;
}

/* A copy of the text in which everything allowed for this topic is crossed out; NULL when memory ran out. */
static iv_answer_text *without_allowed(const char *text, enum iv_lang lang,
                                       const struct iv_yaml *topic)
{
    const struct iv_yaml *allow = iv_yaml_get(iv_yaml_get(topic, "allow"), iv_lang_code(lang));
    char *copy = iv_strdup(text);
    iv_answer_text *a = NULL;
    struct iv_match m;

    for (int i = 0; copy && i < MAX_ALLOWED; i++) {
        iv_answer_text_free(a);
        if (iv_answer_text_new(copy, lang, &a, NULL))
            break;
        if (!find_any(a, allow, &m))
            break;
        memset(copy + m.start, 'x', m.end - m.start); /* blanks would join what stands around */
    }
    free(copy);
    return a;
}

static bool touches_topic(const struct iv_yaml *topic, const iv_answer_text *plain,
                          const char *text, enum iv_lang lang, char found[64])
{
    const struct iv_yaml *words = iv_yaml_get(topic, iv_lang_code(lang));
    iv_answer_text *a;
    struct iv_match m;
    bool hit;

    if (!find_any(plain, words, &m))
        return false;
    a = without_allowed(text, lang, topic);
    hit = !a || find_any(a, words, &m);
    if (hit) {
        size_t n = iv_utf8_cut(text + m.start, m.end - m.start, 63);

        memcpy(found, text + m.start, n);
        found[n] = '\0';
    }
    iv_answer_text_free(a);
    return hit;
}

static void copy_text(char *out, size_t size, const char *s)
{
    size_t n = iv_utf8_cut(s, strlen(s), size - 1);

    memcpy(out, s, n);
    out[n] = '\0';
}

static bool touches_law(const struct legal *l, int j, const iv_answer_text *a, const char *text,
                        enum iv_lang lang, struct iv_legal_hit *out)
{
    const struct iv_yaml *topics = iv_yaml_get(l->laws[j], "topics");

    for (const struct iv_yaml *t = topics->first; t; t = t->next)
        for (const struct iv_yaml *w = iv_yaml_get(t, "words")->first; w; w = w->next) {
            if (!touches_topic(iv_yaml_get(l->words, w->text), a, text, lang, out->found))
                continue;
            copy_text(out->jurisdiction, sizeof out->jurisdiction, iv_legal_jurisdictions[j]);
            copy_text(out->topic, sizeof out->topic, iv_yaml_str(t, "id", ""));
            copy_text(out->law, sizeof out->law, iv_yaml_str(t, "law", ""));
            return true;
        }
    return false;
}

bool iv_legal_is_named(const char *jurisdictions, const char *name)
{
    size_t n = strlen(name);

    if (!jurisdictions)
        return true;
    for (const char *s = jurisdictions; (s = strstr(s, name)); s += n)
        if ((s == jurisdictions || strchr(" ,", s[-1])) && (!s[n] || strchr(" ,", s[n])))
            return true;
    return false;
}

bool iv_legal_touches(const struct legal *l, const char *text, enum iv_lang lang,
                      const char *jurisdictions, struct iv_legal_hit *out)
{
    struct iv_legal_hit unused;
    iv_answer_text *a;
    bool hit = false;

    if (iv_answer_text_new(text, lang, &a, NULL))
        return true; /* what cannot be checked is not said */
    for (int i = 0; i < LEGAL_JURISDICTIONS && !hit; i++)
        if (iv_legal_is_named(jurisdictions, iv_legal_jurisdictions[i]))
            hit = touches_law(l, i, a, text, lang, out ? out : &unused);
    iv_answer_text_free(a);
    return hit;
}

bool iv_legal_check(const iv_ctx *ctx, const char *text, enum iv_lang lang,
                    const char *jurisdiction, struct iv_legal_hit *out)
{
    struct legal l;
    bool hit;

    if (out)
        *out = (struct iv_legal_hit){0};
    if (iv_legal_load(ctx, &l, NULL))
        return true;
    hit = iv_legal_touches(&l, text, lang, jurisdiction, out);
    iv_legal_release(&l);
    return hit;
}
