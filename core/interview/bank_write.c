/* bank_write.c - a bank as YAML that reads back equal, a question as JSON. */
#include <stdio.h>
#include <string.h>

#include "iv/bank.h"
#include "iv/buf.h"

/* Characters that YAML would fold or refuse are escaped; the rest stays as it is. */
static void add_escaped(struct iv_buf *out, const char *s)
{
    for (const char *p = s; *p;) {
        const char *begin = p;
        uint32_t cp = iv_utf8_next(&p);

        if (cp == '"' || cp == '\\')
            iv_buf_addf(out, "\\%c", (char)cp);
        else if (cp < 0x20 || cp == 0x2028 || cp == 0x2029 || cp == 0xfffe || cp == 0xffff)
            iv_buf_addf(out, "\\u%04x", (unsigned)cp);
        else
            iv_buf_add(out, begin, (size_t)(p - begin));
    }
}

static void add_quoted(struct iv_buf *out, const char *s)
{
    iv_buf_addc(out, '"');
    add_escaped(out, s);
    iv_buf_addc(out, '"');
}

static void add_field(struct iv_buf *out, const char *lead, const char *value)
{
    iv_buf_adds(out, lead);
    add_quoted(out, value);
    iv_buf_addc(out, '\n');
}

static void add_list(struct iv_buf *out, const char *lead, char *const *list, size_t n)
{
    if (!n)
        return;
    iv_buf_adds(out, lead);
    for (size_t i = 0; i < n; i++) {
        iv_buf_adds(out, i ? ", " : "[");
        add_quoted(out, list[i]);
    }
    iv_buf_adds(out, "]\n");
}

static void add_point(struct iv_buf *out, const struct iv_point *p, bool is_wrong)
{
    if (!is_wrong)
        iv_buf_addf(out, "      - id: \"%s\"\n", p->id);
    add_field(out, is_wrong ? "      - say: " : "        say: ", p->say);
    add_list(out, "        words: ", p->words, p->n_words);
    if (p->weight != 1)
        iv_buf_addf(out, "        weight: %d\n", p->weight);
}

static void add_probe(struct iv_buf *out, const struct iv_probe *p)
{
    iv_buf_addf(out, "      - when: \"%s%s%s\"\n", iv_lack_name(p->when), p->point_id ? ":" : "",
                p->point_id ? p->point_id : "");
    add_field(out, "        ask: ", p->ask);
}

static void add_question(struct iv_buf *out, const struct iv_question *q)
{
    iv_buf_addf(out, "  - id: \"%s\"\n    competency: \"%s\"\n", q->id, q->competency);
    add_list(out, "    roles: ", q->roles, q->n_roles);
    iv_buf_addf(out, "    seconds: %d\n", q->seconds);
    add_field(out, "    ask: ", q->ask);
    iv_buf_adds(out, "    points:\n");
    for (size_t i = 0; i < q->n_points; i++)
        add_point(out, &q->points[i], false);
    if (q->n_wrong)
        iv_buf_adds(out, "    wrong:\n");
    for (size_t i = 0; i < q->n_wrong; i++)
        add_point(out, &q->wrong[i], true);
    if (q->n_probes)
        iv_buf_adds(out, "    probes:\n");
    for (size_t i = 0; i < q->n_probes; i++)
        add_probe(out, &q->probes[i]);
    add_list(out, "    legal: ", q->legal, q->n_legal);
}

enum iv_code iv_bank_write(const struct iv_bank *b, struct iv_buf *out, struct iv_error *err)
{
    if (!b->n)
        return iv_fail(err, IV_E_DATA, "a bank without questions");
    iv_buf_addf(out, "language: %s\ntype: %s\ndifficulty: %s\nquestions:\n",
                iv_lang_code(b->questions[0].lang), iv_type_name(b->questions[0].type),
                iv_difficulty_name(b->questions[0].difficulty));
    for (size_t i = 0; i < b->n; i++)
        add_question(out, &b->questions[i]);
    return iv_buf_check(out, "question bank", err);
}

static iv_json *strings_json(char *const *list, size_t n)
{
    iv_json *j = iv_json_array();

    for (size_t i = 0; i < n; i++)
        iv_json_append(j, iv_json_str(list[i]));
    return j;
}

static iv_json *points_json(const struct iv_point *points, size_t n)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < n; i++) {
        iv_json *j = iv_json_object();

        iv_json_set_str(j, "id", points[i].id);
        iv_json_set_str(j, "say", points[i].say);
        iv_json_set(j, "words", strings_json(points[i].words, points[i].n_words));
        iv_json_set_int(j, "weight", points[i].weight);
        iv_json_append(list, j);
    }
    return list;
}

static iv_json *probes_json(const struct iv_question *q)
{
    iv_json *list = iv_json_array();
    char when[128];

    for (size_t i = 0; i < q->n_probes; i++) {
        const struct iv_probe *p = &q->probes[i];
        iv_json *j = iv_json_object();

        snprintf(when, sizeof when, "%s%s%s", iv_lack_name(p->when), p->point_id ? ":" : "",
                 p->point_id ? p->point_id : "");
        iv_json_set_str(j, "when", when);
        iv_json_set_str(j, "ask", p->ask);
        iv_json_append(list, j);
    }
    return list;
}

iv_json *iv_question_json(const struct iv_question *q)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "id", q->id);
    iv_json_set_str(j, "language", iv_lang_code(q->lang));
    iv_json_set_str(j, "type", iv_type_name(q->type));
    iv_json_set_str(j, "difficulty", iv_difficulty_name(q->difficulty));
    iv_json_set_str(j, "competency", q->competency);
    iv_json_set(j, "roles", strings_json(q->roles, q->n_roles));
    iv_json_set_int(j, "seconds", q->seconds);
    iv_json_set_str(j, "ask", q->ask);
    iv_json_set(j, "points", points_json(q->points, q->n_points));
    iv_json_set(j, "wrong", points_json(q->wrong, q->n_wrong));
    iv_json_set(j, "probes", probes_json(q));
    iv_json_set(j, "legal", strings_json(q->legal, q->n_legal));
    return j;
}
