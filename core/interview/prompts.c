/* prompts.c - reading core/data/prompts. */
#include "interview/prompts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/match.h"
#include "interview/problems.h"
#include "iv/data.h"

#define MAX_WORDS 200

static const char *const line_names[PROMPT_LINES] = {
    "setting", "setting_role", "resume",   "job",   "arrival", "competency",
    "points",  "progress",     "question", "plain", "now"};
static const char *const list_names[PROMPT_LISTS] = {
    "rules", "labels", "ask_ends", "asks", "wish_ends", "polite_ends", "ends", "role", "leaks"};
static const char *const persona_names[] = {"neutral", "warm", "strict"};
static const char *const move_names[IV_TURN_CLOSING + 1] = {[IV_TURN_GREETING] = "greeting",
                                                            [IV_TURN_QUESTION] = "question",
                                                            [IV_TURN_PROBE] = "probe",
                                                            [IV_TURN_REMARK] = "remark",
                                                            [IV_TURN_CLOSING] = "closing"};

static bool is_pattern_list(int list)
{
    return list == PROMPT_ASKS || list == PROMPT_ENDS || list == PROMPT_ROLE ||
           list == PROMPT_LEAKS;
}

static void check_patterns(struct problems *p, const struct iv_yaml *list, enum iv_lang lang)
{
    for (const struct iv_yaml *c = list ? list->first : NULL; c; c = c->next) {
        const char *why = c->kind == IV_YAML_TEXT ? iv_pattern_problem(c->text, lang) : NULL;

        if (why)
            iv_problem_at(p, c->line, "\"%.60s\" can never match: %s", c->text, why);
    }
}

/* Lists may be empty, but each must stand there. */
static void read_lists(struct problems *p, const struct iv_yaml *root, struct prompts *out)
{
    for (int i = 0; i < PROMPT_LISTS; i++) {
        const struct iv_yaml *list = iv_yaml_get(root, list_names[i]);

        if (!list || list->kind != IV_YAML_LIST) {
            iv_problem_at(p, root->line, "%s is missing or no list", list_names[i]);
            continue;
        }
        if (list->first)
            out->lists[i].items = iv_read_list(p, root, list_names[i], MAX_WORDS, &out->lists[i].n);
        if (is_pattern_list(i))
            check_patterns(p, list, out->lang);
    }
}

static const struct iv_yaml *read_map(struct problems *p, const struct iv_yaml *root,
                                      const char *key)
{
    const struct iv_yaml *map = iv_yaml_get(root, key);

    if (map && map->kind == IV_YAML_MAP)
        return map;
    iv_problem_at(p, root->line, "%s is missing or has no keys", key);
    return NULL;
}

static void read_maps(struct problems *p, const struct iv_yaml *root, struct prompts *out)
{
    const struct iv_yaml *types = read_map(p, root, "types"),
                         *levels = read_map(p, root, "difficulties"),
                         *personas = read_map(p, root, "personas"),
                         *moves = read_map(p, root, "moves"), *lacks = read_map(p, root, "lacks");

    for (int i = 0; i < IV_TYPE_COUNT && types; i++)
        out->types[i] = iv_read_text(p, types, iv_type_name((enum iv_session_type)i), true);
    for (int i = 0; i < IV_DIFFICULTY_COUNT && levels; i++)
        out->difficulties[i] =
            iv_read_text(p, levels, iv_difficulty_name((enum iv_difficulty)i), true);
    for (size_t i = 0; i < IV_LEN(persona_names) && personas; i++)
        out->personas[i] = iv_read_text(p, personas, persona_names[i], true);
    for (size_t i = 0; i < IV_LEN(move_names) && moves; i++)
        if (move_names[i])
            out->moves[i] = iv_read_text(p, moves, move_names[i], true);
    for (int i = IV_LACK_NONE + 1; i < IV_LACK_COUNT && lacks; i++)
        out->lacks[i] = iv_read_text(p, lacks, iv_lack_name((enum iv_lack)i), true);
}

static void read_prompts(struct problems *p, const struct iv_yaml *root, struct prompts *out)
{
    if (root->kind != IV_YAML_MAP) {
        iv_problem_at(p, root->line, "prompts must be keys with values");
        return;
    }
    out->limit = iv_read_int(p, root, "limit", 10, 2000, 60);
    for (int i = 0; i < PROMPT_LINES; i++)
        out->lines[i] = iv_read_text(p, root, line_names[i], true);
    read_lists(p, root, out);
    read_maps(p, root, out);
}

enum iv_code iv_prompts_load(const iv_ctx *ctx, enum iv_lang lang, struct prompts *out,
                             struct iv_error *err)
{
    struct iv_error first = {.code = IV_OK};
    struct problems p = {.fn = iv_problem_keep_first, .arg = &first};
    struct iv_yaml *root = NULL;
    struct iv_blob blob;
    char name[32];
    enum iv_code rc;

    *out = (struct prompts){.lang = lang};
    snprintf(name, sizeof name, "prompts/%s.yaml", iv_lang_code(lang));
    rc = iv_data_load(ctx, name, &blob, err);
    if (rc)
        return rc;
    p.name = blob.origin;
    rc = iv_yaml_parse(blob.bytes, blob.len, blob.origin, &root, err);
    if (!rc)
        read_prompts(&p, root, out);
    if (!rc && p.no_memory)
        rc = iv_fail(err, IV_E_NOMEM, "%s: out of memory", blob.origin);
    else if (!rc && p.n)
        rc = iv_fail(err, IV_E_DATA, "%s", first.text);
    iv_yaml_free(root);
    iv_blob_release(&blob);
    if (rc)
        iv_prompts_release(out);
    return rc;
}

static void free_all(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
}

void iv_prompts_release(struct prompts *p)
{
    free_all(p->lines, PROMPT_LINES);
    for (int i = 0; i < PROMPT_LISTS; i++)
        iv_free_strings(p->lists[i].items, p->lists[i].n);
    free_all(p->types, IV_LEN(p->types));
    free_all(p->difficulties, IV_LEN(p->difficulties));
    free_all(p->personas, IV_LEN(p->personas));
    free_all(p->moves, IV_LEN(p->moves));
    free_all(p->lacks, IV_LEN(p->lacks));
    *p = (struct prompts){0};
}
