/* questions_show.c - one question with its points, probes and the anchors it is judged by. */
#include <string.h>

#include "questions_common.h"

struct search {
    const char *id;
    iv_json *found;
};

static enum iv_code look(void *arg, const struct iv_bank *b, struct iv_error *err)
{
    struct search *s = arg;
    const struct iv_question *q = iv_bank_find(b, s->id);

    (void)err;
    if (q && !s->found)
        s->found = iv_question_json(q);
    return IV_OK;
}

static void add_anchors(struct cli *cli, iv_json *question)
{
    struct iv_rubric rubric = {0};
    const struct iv_competency *c = NULL;
    iv_json *levels = iv_json_array();
    enum iv_lang lang;

    if (iv_lang_parse(iv_json_get_str(question, "language", ""), &lang) &&
        !iv_rubric_load(cli->ctx, lang, NULL, &rubric, NULL))
        c = iv_rubric_find(&rubric, iv_json_get_str(question, "competency", ""));
    for (size_t i = 0; c && i < 5; i++)
        iv_json_append(levels, iv_json_str(c->levels[i]));
    iv_json_set(question, "levels", levels);
    iv_rubric_release(&rubric);
}

static void print_list(const iv_json *list, const char *title, const char *key)
{
    if (iv_json_len(list))
        printf("\n%s\n", title);
    for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j))
        printf("  - %s\n", key ? iv_json_get_str(j, key, "") : iv_json_string(j, ""));
}

static void print_question(const iv_json *q)
{
    printf("%s  (%s, %lld s)\n\n%s\n", iv_json_get_str(q, "id", ""),
           iv_json_get_str(q, "competency", ""), (long long)iv_json_get_int(q, "seconds", 0),
           iv_json_get_str(q, "ask", ""));
    print_list(iv_json_get(q, "points"), _("A complete answer contains:"), "say");
    print_list(iv_json_get(q, "wrong"), _("Misconceptions:"), "say");
    print_list(iv_json_get(q, "probes"), _("Follow-up questions:"), "ask");
    print_list(iv_json_get(q, "levels"), _("Levels, lowest first:"), NULL);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct search s = {.id = cli->args[0]};
    enum iv_code rc = each_bank(cli, look, &s, err);

    if (!rc && !s.found)
        rc = iv_fail(err, IV_E_NOT_FOUND, "no question has the id \"%s\"", s.id);
    if (!rc) {
        add_anchors(cli, s.found);
        cli_start_pager(cli);
        if (cli->format == CLI_TABLE)
            print_question(s.found);
        else
            rc = cli_print_object(cli, s.found, NULL, "id", err);
    }
    iv_json_free(s.found);
    return rc;
}

const struct cli_command cli_cmd_questions_show = {
    .name = "questions show",
    .args = "ID",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Show a question: expected points, follow-ups and the levels it is judged by."),
    .options = questions_options,
    .complete = "question",
    .run = run,
};
