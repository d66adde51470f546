/* parse.c - argv becomes a command, its arguments and its options. getopt_long does the words; the tables say which. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"
#include "values.h"

#define OPTIONS_MAX 64

/* The rows that getopt_long may return; a long option's value is its index here plus this. */
#define FIRST_LONG 256

struct table {
    const struct cli_option *rows[OPTIONS_MAX];
    size_t n;
    struct option longs[OPTIONS_MAX + 1];
    char shorts[OPTIONS_MAX * 2 + 4];
};

static void add_row(void *arg, const struct cli_option *row)
{
    struct table *t = arg;

    if (t->n == OPTIONS_MAX)
        IV_BUG("too many options");
    t->longs[t->n] =
        (struct option){row->name, row->kind == CLI_FLAG ? no_argument : required_argument, NULL,
                        (int)(FIRST_LONG + t->n)};
    if (row->letter) {
        size_t len = strlen(t->shorts);

        t->shorts[len] = row->letter;
        t->shorts[len + 1] = row->kind == CLI_FLAG ? '\0' : ':';
    }
    t->rows[t->n++] = row;
}

static const struct cli_option *row_of(const struct table *t, int c)
{
    if (c >= FIRST_LONG)
        return t->rows[c - FIRST_LONG];
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i]->letter == c)
            return t->rows[i];
    return NULL;
}

static enum iv_code check_number(const struct cli_option *o, const char *text, struct iv_error *err)
{
    char *end;
    double n = strtod(text, &end);

    if (end == text || *end || isnan(n) || (o->kind == CLI_INT && n != floor(n)))
        return iv_fail(err, IV_E_USAGE, "--%s \"%s\": must be %s", o->name, text,
                       o->kind == CLI_INT ? "a whole number" : "a number");
    if (n < o->min || n > o->max)
        return iv_fail(err, IV_E_USAGE, "--%s %s: must be %g to %g", o->name, text, o->min, o->max);
    return IV_OK;
}

static bool is_word_of(const char *words, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = words; n && (p = strstr(p, word)); p += n)
        if ((p == words || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    return false;
}

static enum iv_code check_value(const struct cli_option *o, const char *text, struct iv_error *err)
{
    if (o->kind == CLI_INT || o->kind == CLI_REAL)
        return check_number(o, text, err);
    if (!iv_utf8_valid(text, strlen(text)))
        return iv_fail(err, IV_E_USAGE, "--%s: not valid UTF-8", o->name);
    if (o->kind == CLI_CHOICE && !is_word_of(o->choices, text))
        return iv_fail(err, IV_E_USAGE, "--%s \"%s\": must be one of %s", o->name, text,
                       o->choices);
    return IV_OK;
}

static enum iv_code add_value(struct cli_values *v, const struct cli_option *o, const char *text,
                              struct iv_error *err)
{
    enum iv_code rc = o->kind == CLI_FLAG ? IV_OK : check_value(o, text, err);

    if (rc)
        return rc;
    if (iv_grow(&v->items, &v->cap, v->n + 1, sizeof *v->items))
        return iv_fail(err, IV_E_NOMEM, "options: out of memory");
    v->items[v->n++] = (struct cli_value){o, text ? text : ""};
    return IV_OK;
}

static const char *nearest_option(const struct table *t, const char *word)
{
    const char *best = NULL;
    size_t best_distance = 3;

    for (size_t i = 0; i < t->n; i++) {
        size_t d = iv_text_distance(word, t->rows[i]->name);

        if (d < best_distance) {
            best_distance = d;
            best = t->rows[i]->name;
        }
    }
    return best;
}

static enum iv_code bad_option(const struct table *t, int c, char **argv, struct iv_error *err)
{
    const char *word = argv[optind - 1], *near;

    if (c == ':')
        return iv_fail(err, IV_E_USAGE, "option %s needs a value", word);
    if (strncmp(word, "--", 2))
        return iv_fail(err, IV_E_USAGE, "unknown option -%c", optopt);
    if (optopt >= FIRST_LONG)
        return iv_fail(err, IV_E_USAGE, "option %s takes no value", word);
    near = nearest_option(t, word + 2);
    return iv_fail(err, IV_E_USAGE, "unknown option %s%s%s%s", word,
                   near ? ": did you mean --" : "", near ? near : "", near ? "?" : "");
}

static enum iv_code parse_words(struct cli *cli, struct table *t, int argc, char **argv, bool stop,
                                struct iv_error *err)
{
    enum iv_code rc;
    char shorts[sizeof t->shorts + 2];
    int c;

    snprintf(shorts, sizeof shorts, "%s:%s", stop ? "+" : "", t->shorts);
    while ((c = getopt_long(argc, argv, shorts, t->longs, NULL)) != -1) {
        if (c == '?' || c == ':')
            return bad_option(t, c, argv, err);
        rc = add_value(cli->values, row_of(t, c), optarg, err);
        if (rc)
            return rc;
    }
    return IV_OK;
}

static enum iv_code unknown_command(const char *word, struct iv_error *err)
{
    const char *near = cli_nearest_command(word);

    return iv_fail(err, IV_E_USAGE, "unknown command \"%s\"%s%s%s", word,
                   near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* "session list": one word, or two where the first is a group. *words says how many were used. */
static enum iv_code find_command(struct cli *cli, int argc, char **argv, int *words,
                                 struct iv_error *err)
{
    char name[64];

    *words = 0;
    if (argc < 1)
        return IV_OK;
    if (cli_is_group(argv[0])) {
        *words = argc > 1 ? 2 : 1;
        snprintf(name, sizeof name, "%s%s%s", argv[0], argc > 1 ? " " : "",
                 argc > 1 ? argv[1] : "");
        cli->command = cli_find_command(name);
        if (!cli->command && argc > 1 && argv[1][0] != '-')
            return unknown_command(name, err);
        return IV_OK;
    }
    *words = 1;
    cli->command = cli_find_command(argv[0]);
    return cli->command ? IV_OK : unknown_command(argv[0], err);
}

static enum iv_code check_count(const struct cli *cli, struct iv_error *err)
{
    const struct cli_command *k = cli->command;

    if (cli->n_args < k->min_args)
        return iv_fail(err, IV_E_USAGE, "%s: missing argument; usage: interviewctl %s %s", k->name,
                       k->name, k->args);
    if (k->max_args >= 0 && cli->n_args > k->max_args)
        return iv_fail(err, IV_E_USAGE, "%s: unexpected argument \"%s\"", k->name,
                       cli->args[k->max_args]);
    return IV_OK;
}

enum iv_code cli_parse(struct cli *cli, int argc, char **argv, struct iv_error *err)
{
    struct table t = {0};
    enum iv_code rc;
    int words;

    cli->values = iv_alloc(sizeof *cli->values);
    if (!cli->values)
        return iv_fail(err, IV_E_NOMEM, "options: out of memory");
    for (const struct cli_option *o = cli_global_options; o->name; o++)
        add_row(&t, o);
    opterr = 0;
    optind = 0;
    rc = parse_words(cli, &t, argc, argv, true, err); /* options before the command */
    if (rc)
        return rc;
    argc -= optind;
    argv += optind;
    rc = find_command(cli, argc, argv, &words, err);
    if (rc || !words)
        return rc;
    cli->args = argv;
    cli->n_args = argc;
    if (!cli->command)
        return IV_OK; /* a group alone: its help */
    cli_each_option(cli->command, add_row, &t);
    optind = 0;
    argc -= words - 1; /* getopt passes over argv[0] */
    argv += words - 1;
    rc = parse_words(cli, &t, argc, argv, false, err);
    cli->args = argv + optind;
    cli->n_args = argc - optind;
    if (rc || cli_flag(cli, "help"))
        return rc;
    return check_count(cli, err);
}

void cli_values_free(struct cli_values *v)
{
    if (!v)
        return;
    free(v->items);
    free(v->list);
    free(v);
}

static const struct cli_value *last_value(const struct cli *cli, const char *name)
{
    for (size_t i = cli->values ? cli->values->n : 0; i-- > 0;)
        if (!strcmp(cli->values->items[i].option->name, name))
            return &cli->values->items[i];
    return NULL;
}

const char *cli_opt(const struct cli *cli, const char *name)
{
    const struct cli_value *v = last_value(cli, name);

    return v ? v->text : NULL;
}

bool cli_flag(const struct cli *cli, const char *name)
{
    return last_value(cli, name) != NULL;
}

int64_t cli_opt_int(const struct cli *cli, const char *name, int64_t otherwise)
{
    const struct cli_value *v = last_value(cli, name);

    return v ? (int64_t)strtoll(v->text, NULL, 10) : otherwise;
}

double cli_opt_real(const struct cli *cli, const char *name, double otherwise)
{
    const struct cli_value *v = last_value(cli, name);

    return v ? strtod(v->text, NULL) : otherwise;
}

size_t cli_opt_list(const struct cli *cli, const char *name, const char *const **out)
{
    struct cli_values *v = cli->values;
    size_t n = 0;

    *out = NULL;
    free(v->list);
    v->list = iv_alloc_array(v->n + 1, sizeof *v->list);
    for (size_t i = 0; v->list && i < v->n; i++)
        if (!strcmp(v->items[i].option->name, name))
            v->list[n++] = v->items[i].text;
    *out = v->list;
    return n;
}
