/* yaml.c - the only door to libyaml. Its events are read, not its documents: limits hold while the tree grows. */
#include "util/yaml.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "iv/alloc.h"
#include "iv/text.h"

#define MAX_BYTES (8u << 20)
#define MAX_DEPTH 16
#define MAX_NODES 200000
#define MAX_KEYS 1024

struct reading {
    yaml_parser_t parser;
    const char *name;
    size_t nodes;
    struct iv_error *err;
};

static enum iv_code fail_at(struct reading *r, size_t line, const char *what)
{
    return iv_fail(r->err, IV_E_DATA, "%s:%zu: %s", r->name, line + 1, what);
}

static enum iv_code next_event(struct reading *r, yaml_event_t *e)
{
    const yaml_parser_t *p = &r->parser;

    if (yaml_parser_parse(&r->parser, e))
        return IV_OK;
    if (p->error == YAML_MEMORY_ERROR)
        return iv_fail(r->err, IV_E_NOMEM, "%s: out of memory", r->name);
    return fail_at(r, p->problem_mark.line, p->problem ? p->problem : "not valid YAML");
}

static enum iv_code new_node(struct reading *r, const yaml_event_t *e, enum iv_yaml_kind kind,
                             struct iv_yaml **out)
{
    if (++r->nodes > MAX_NODES)
        return iv_fail(r->err, IV_E_TOO_LARGE, "%s: more than %d nodes", r->name, MAX_NODES);
    *out = iv_alloc(sizeof **out);
    if (!*out)
        return iv_fail(r->err, IV_E_NOMEM, "%s: out of memory", r->name);
    (*out)->kind = kind;
    (*out)->line = (int)e->start_mark.line + 1;
    return IV_OK;
}

static enum iv_code take_text(struct reading *r, const yaml_event_t *e, char **out)
{
    const char *s = (const char *)e->data.scalar.value;

    if (memchr(s, '\0', e->data.scalar.length))
        return fail_at(r, e->start_mark.line, "a NUL character");
    *out = iv_strdup(s);
    return *out ? IV_OK : iv_fail(r->err, IV_E_NOMEM, "%s: out of memory", r->name);
}

static enum iv_code read_node(struct reading *r, const yaml_event_t *e, int depth,
                              struct iv_yaml **out);

/* The key of the next pair, or *end. */
static enum iv_code read_key(struct reading *r, const struct iv_yaml *map, char **key, int *line,
                             bool *end)
{
    yaml_event_t e;
    enum iv_code rc = next_event(r, &e);

    *key = NULL;
    if (rc)
        return rc;
    *line = (int)e.start_mark.line + 1;
    *end = e.type == YAML_MAPPING_END_EVENT;
    if (*end)
        goto out;
    if (e.type != YAML_SCALAR_EVENT)
        rc = fail_at(r, e.start_mark.line, "a key must be a word");
    else if (map->n >= MAX_KEYS)
        rc = fail_at(r, e.start_mark.line, "more than 1024 keys");
    else
        rc = take_text(r, &e, key);
    if (!rc && iv_yaml_get(map, *key)) {
        rc = iv_fail(r->err, IV_E_DATA, "%s:%d: key \"%.80s\" stands twice", r->name, *line, *key);
        free(*key);
        *key = NULL;
    }
out:
    yaml_event_delete(&e);
    return rc;
}

static void append(struct iv_yaml *parent, struct iv_yaml ***tail, struct iv_yaml *child)
{
    **tail = child;
    *tail = &child->next;
    parent->n++;
}

static enum iv_code read_map(struct reading *r, int depth, struct iv_yaml *map)
{
    struct iv_yaml **tail = &map->first, *child;
    bool end = false;

    for (;;) {
        yaml_event_t e;
        char *key;
        int line;
        enum iv_code rc = read_key(r, map, &key, &line, &end);

        if (rc || end)
            return rc;
        rc = next_event(r, &e);
        if (rc) {
            free(key);
            return rc;
        }
        child = NULL;
        rc = read_node(r, &e, depth + 1, &child);
        yaml_event_delete(&e);
        if (!child)
            free(key);
        else {
            child->key = key;
            child->line = line;
            append(map, &tail, child);
        }
        if (rc)
            return rc;
    }
}

static enum iv_code read_list(struct reading *r, int depth, struct iv_yaml *list)
{
    struct iv_yaml **tail = &list->first, *child;

    for (;;) {
        yaml_event_t e;
        enum iv_code rc = next_event(r, &e);
        bool end = !rc && e.type == YAML_SEQUENCE_END_EVENT;

        if (rc)
            return rc;
        child = NULL;
        if (!end)
            rc = read_node(r, &e, depth + 1, &child);
        yaml_event_delete(&e);
        if (child)
            append(list, &tail, child);
        if (rc || end)
            return rc;
    }
}

/* On failure *out may hold what was read so far; it hangs in the tree and goes with it. */
static enum iv_code read_node(struct reading *r, const yaml_event_t *e, int depth,
                              struct iv_yaml **out)
{
    enum iv_code rc;

    if (depth > MAX_DEPTH)
        return fail_at(r, e->start_mark.line, "nested too deep");
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        if (e->data.scalar.tag)
            return fail_at(r, e->start_mark.line, "tags are not taken");
        rc = new_node(r, e, IV_YAML_TEXT, out);
        if (rc)
            return rc;
        (*out)->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        return take_text(r, e, &(*out)->text);
    case YAML_MAPPING_START_EVENT:
        rc = new_node(r, e, IV_YAML_MAP, out);
        return rc ? rc : read_map(r, depth, *out);
    case YAML_SEQUENCE_START_EVENT:
        rc = new_node(r, e, IV_YAML_LIST, out);
        return rc ? rc : read_list(r, depth, *out);
    case YAML_ALIAS_EVENT:
        return fail_at(r, e->start_mark.line, "aliases are not taken");
    default:
        return fail_at(r, e->start_mark.line, "no content");
    }
}

/* Passes over the events before the content; *e is the content's first. */
static enum iv_code find_content(struct reading *r, yaml_event_t *e)
{
    for (;;) {
        enum iv_code rc = next_event(r, e);

        if (rc || (e->type != YAML_STREAM_START_EVENT && e->type != YAML_DOCUMENT_START_EVENT))
            return rc;
        yaml_event_delete(e);
    }
}

static enum iv_code read_end(struct reading *r)
{
    yaml_event_t e;
    enum iv_code rc = IV_OK;
    bool end = false;

    while (!rc && !end) {
        rc = next_event(r, &e);
        if (rc)
            break;
        end = e.type == YAML_STREAM_END_EVENT;
        if (e.type == YAML_DOCUMENT_START_EVENT)
            rc = fail_at(r, e.start_mark.line, "a second document");
        yaml_event_delete(&e);
    }
    return rc;
}

static enum iv_code read_document(struct reading *r, struct iv_yaml **out)
{
    yaml_event_t e;
    enum iv_code rc = find_content(r, &e);

    if (rc)
        return rc;
    rc = read_node(r, &e, 0, out);
    yaml_event_delete(&e);
    return rc ? rc : read_end(r);
}

enum iv_code iv_yaml_parse(const char *bytes, size_t len, const char *name, struct iv_yaml **out,
                           struct iv_error *err)
{
    struct reading r = {.name = name, .err = err};
    struct iv_yaml *root = NULL;
    enum iv_code rc;

    *out = NULL;
    if (len > MAX_BYTES)
        return iv_fail(err, IV_E_TOO_LARGE, "%s: larger than %u bytes", name, MAX_BYTES);
    if (!iv_utf8_valid(bytes, len))
        return iv_fail(err, IV_E_DATA, "%s: not valid UTF-8", name);
    if (!yaml_parser_initialize(&r.parser))
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", name);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, len);
    rc = read_document(&r, &root);
    yaml_parser_delete(&r.parser);
    if (rc)
        iv_yaml_free(root);
    else
        *out = root;
    return rc;
}

/* Recursion is as deep as the tree: MAX_DEPTH. */
void iv_yaml_free(struct iv_yaml *node)
{
    while (node) {
        struct iv_yaml *next = node->next;

        iv_yaml_free(node->first);
        free(node->key);
        free(node->text);
        free(node);
        node = next;
    }
}

const struct iv_yaml *iv_yaml_get(const struct iv_yaml *map, const char *key)
{
    if (!map || map->kind != IV_YAML_MAP)
        return NULL;
    for (const struct iv_yaml *c = map->first; c; c = c->next)
        if (!strcmp(c->key, key))
            return c;
    return NULL;
}

const struct iv_yaml *iv_yaml_at(const struct iv_yaml *node, size_t i)
{
    const struct iv_yaml *c = node ? node->first : NULL;

    while (c && i--)
        c = c->next;
    return c;
}

const char *iv_yaml_str(const struct iv_yaml *map, const char *key, const char *otherwise)
{
    const struct iv_yaml *c = iv_yaml_get(map, key);

    return c && c->kind == IV_YAML_TEXT ? c->text : otherwise;
}

bool iv_yaml_int(const struct iv_yaml *node, int *out)
{
    char *end;
    long n;

    if (!node || node->kind != IV_YAML_TEXT || !node->text[0])
        return false;
    errno = 0;
    n = strtol(node->text, &end, 10);
    if (*end || errno || n < INT_MIN || n > INT_MAX)
        return false;
    *out = (int)n;
    return true;
}

bool iv_yaml_real(const struct iv_yaml *node, double *out)
{
    char *end;

    if (!node || node->kind != IV_YAML_TEXT || !node->text[0])
        return false;
    *out = strtod(node->text, &end);
    return !*end && isfinite(*out);
}
