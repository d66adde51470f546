/* providers_list.c */
#include <string.h>

#include "iv/health.h"
#include "iv/secret.h"
#include "providers_common.h"

#define SERVICES_MAX 32

static const struct cli_column columns[] = {
    {"kind", N_("KIND"), false},
    {"name", N_("NAME"), false},
    {"languages", N_("LANGUAGES"), false},
    {"about", N_("ABOUT"), false},
    {"key", N_("KEY FROM"), false},
    {"why_not", N_("MISSING"), false},
    {NULL, NULL, false},
};

struct listing {
    struct cli *cli;
    iv_json *rows;
    struct iv_health health[SERVICES_MAX];
    size_t n_health;
};

static void set_languages(iv_json *j, const struct provider *p)
{
    struct iv_buf languages = IV_BUF_INIT(64);

    for (unsigned l = 0; l < IV_LANG_COUNT; l++)
        if (p->available[l])
            iv_buf_addf(&languages, "%s%s", languages.len ? " " : "",
                        iv_lang_code((enum iv_lang)l));
    iv_json_set_str(j, "languages", iv_buf_str(&languages));
    iv_buf_release(&languages);
}

/* Of this run: a breaker that has seen no call lets it through. */
static const char *state_of(const struct listing *l, const struct provider *p)
{
    char service[64];

    snprintf(service, sizeof service, "%s.%s", p->kind, p->name);
    for (size_t i = 0; i < l->n_health; i++)
        if (!strcmp(l->health[i].service, service))
            return l->health[i].state;
    return "closed";
}

static enum iv_code add(void *arg, const struct provider *p, struct iv_error *err)
{
    struct listing *l = arg;
    iv_json *j = iv_json_object();
    char origin[400] = "";

    (void)err;
    if (p->key)
        iv_secret_origin(l->cli->ctx, p->key, origin, sizeof origin, NULL);
    iv_json_set_str(j, "kind", p->kind);
    iv_json_set_str(j, "name", p->name);
    set_languages(j, p);
    iv_json_set_str(j, "about", p->about);
    iv_json_set_str(j, "key", origin);
    iv_json_set(j, "breaker", p->key ? iv_json_str(state_of(l, p)) : iv_json_null());
    iv_json_set_str(j, "why_not", p->why_not);
    iv_json_append(l->rows, j);
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct listing l = {.cli = cli, .rows = iv_json_array()};
    enum iv_code rc;

    l.n_health = iv_health_list(cli->ctx, l.health, SERVICES_MAX);
    rc = each_provider(cli, add, &l, err);
    if (!rc)
        rc = cli_print_rows(cli, l.rows, l.rows, columns, "name", err);
    iv_json_free(l.rows);
    return rc;
}

const struct cli_command cli_cmd_providers_list = {
    .name = "providers list",
    .args = "",
    .summary = N_("List recognisers, interviewers, language models, voices and rooms: what each "
                  "needs, and where its key comes from."),
    .run = run,
};
