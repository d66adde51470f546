/* problems.c - fields of a data file, read with their complaints. */
#include "interview/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"

#define TEXT_MAX_CHARS 2000

void iv_problem_at(struct problems *p, int line, const char *fmt, ...)
{
    char what[320], whole[480];
    va_list ap;

    p->n++;
    if (!p->fn)
        return;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    snprintf(whole, sizeof whole, "%s:%d: %s", p->name, line, what);
    whole[iv_utf8_cut(whole, strlen(whole), sizeof whole - 1)] = '\0';
    p->fn(p->arg, whole);
}

void iv_problem_keep_first(void *arg, const char *problem)
{
    struct iv_error *err = arg;

    if (!err || err->code == IV_E_DATA)
        return;
    iv_fail(err, IV_E_DATA, "%s", problem);
}

bool iv_is_word_of(const char *word, const char *words)
{
    size_t n = strlen(word);

    if (!n || strchr(word, ' '))
        return false;
    for (const char *s = words; (s = strstr(s, word)); s += n)
        if ((s == words || s[-1] == ' ') && (s[n] == ' ' || !s[n]))
            return true;
    return false;
}

void iv_check_keys(struct problems *p, const struct iv_yaml *map, const char *known)
{
    for (const struct iv_yaml *c = map->first; c; c = c->next)
        if (!iv_is_word_of(c->key, known))
            iv_problem_at(p, c->line, "unknown key \"%.60s\": known are %s", c->key, known);
}

/* One line of clean text, or NULL with a problem. */
static char *clean_text(struct problems *p, const struct iv_yaml *node, const char *what)
{
    char *s;

    if (node->kind != IV_YAML_TEXT) {
        iv_problem_at(p, node->line, "%s must be text", what);
        return NULL;
    }
    s = iv_text_clean(node->text);
    if (!s) {
        p->no_memory = true;
        return NULL;
    }
    for (char *c = s; (c = strchr(c, '\n'));)
        *c = ' ';
    if (s[0] && iv_utf8_chars(s) <= TEXT_MAX_CHARS)
        return s;
    iv_problem_at(p, node->line, s[0] ? "%s is longer than 2000 characters" : "%s is empty", what);
    free(s);
    return NULL;
}

char *iv_read_text(struct problems *p, const struct iv_yaml *map, const char *key, bool required)
{
    const struct iv_yaml *node = iv_yaml_get(map, key);

    if (node)
        return clean_text(p, node, key);
    if (required)
        iv_problem_at(p, map->line, "%s is missing", key);
    return NULL;
}

const struct iv_yaml *iv_read_items(struct problems *p, const struct iv_yaml *map, const char *key,
                                    size_t max)
{
    const struct iv_yaml *node = iv_yaml_get(map, key);

    if (!node)
        return NULL;
    if (node->kind != IV_YAML_LIST) {
        iv_problem_at(p, node->line, "%s must be a list", key);
        return NULL;
    }
    if (node->n > max) {
        iv_problem_at(p, node->line, "%s has %zu entries: at most %zu are taken", key, node->n,
                      max);
        return NULL;
    }
    return node;
}

char **iv_read_list(struct problems *p, const struct iv_yaml *map, const char *key, size_t max,
                    size_t *n)
{
    const struct iv_yaml *items = iv_read_items(p, map, key, max);
    char **list;

    *n = 0;
    if (!items || !items->n)
        return NULL;
    list = iv_alloc_array(items->n, sizeof *list);
    if (!list) {
        p->no_memory = true;
        return NULL;
    }
    for (const struct iv_yaml *c = items->first; c; c = c->next) {
        char *s = clean_text(p, c, key);

        if (s)
            list[(*n)++] = s;
    }
    return list;
}

int iv_read_int(struct problems *p, const struct iv_yaml *map, const char *key, int min, int max,
                int otherwise)
{
    const struct iv_yaml *node = iv_yaml_get(map, key);
    int n;

    if (!node)
        return otherwise;
    if (iv_yaml_int(node, &n) && n >= min && n <= max)
        return n;
    iv_problem_at(p, node->line, "%s must be a whole number from %d to %d", key, min, max);
    return otherwise;
}

void iv_free_strings(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}
