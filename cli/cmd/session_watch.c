/* session_watch.c - what happens in interviews, as it happens: the messages of their clients, one a line.
 *
 * Only a server changes sessions while somebody looks on: to follow is to ask it, again and again, from where the last answer ended.
 * Without --server that is the one of this user that has the store, as soon as there is one.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"
#include "iv/alloc.h"

#define OWN_ROUND_MS 500
#define SERVER_ROUND_MS 3000 /* a key is good for sixty requests a minute */
#define PAGE 100

static const struct cli_option options[] = {
    {.name = "all",
     .kind = CLI_FLAG,
     .help = N_("Every interview; with --follow what happens from now on.")},
    {.name = "user", .kind = CLI_STR, .arg = "ID", .help = N_("With --all: only this user's.")},
    {.name = "follow",
     .kind = CLI_FLAG,
     .help = N_("Wait for what comes, until the interviews named are over.")},
    {.name = NULL},
};

struct watched {
    char id[IV_ID_BYTES];
    int64_t next;
    bool is_over, is_new; /* new: its beginning is shown too */
};

struct watch {
    struct cli *cli;
    bool follows;
    iv_json *rows; /* without --follow: what will be printed */
    struct watched *items;
    size_t n, cap;
};

static bool is_for_people(const struct cli *cli)
{
    return cli->format != CLI_JSON && cli->format != CLI_NDJSON;
}

/* The words of a message, whatever they are called. */
static const char *about(const iv_json *event)
{
    static const char *const keys[] = {"text", "message", "transcript", "state", "status"};
    const char *text = "";

    for (size_t i = 0; i < IV_LEN(keys) && !*text; i++)
        text = iv_json_get_str(event, keys[i], "");
    return text;
}

static iv_json *row_of(const iv_json *event)
{
    static const char *const keys[] = {"timestamp", "session", "type"};
    iv_json *row = iv_json_object();

    for (size_t i = 0; i < IV_LEN(keys); i++)
        iv_json_set_str(row, keys[i], iv_json_get_str(event, keys[i], ""));
    iv_json_set(row, "seq", iv_json_dup(iv_json_get(event, "seq")));
    iv_json_set_str(row, "about", about(event));
    return row;
}

static enum iv_code print_line(struct cli *cli, const iv_json *event, struct iv_error *err)
{
    struct iv_buf line = IV_BUF_INIT(1u << 20);
    char *text = iv_text_visible(about(event));
    enum iv_code rc;

    iv_buf_addf(&line, "%s  %s  %-15s  %s", iv_json_get_str(event, "timestamp", ""),
                iv_json_get_str(event, "session", ""), iv_json_get_str(event, "type", ""),
                text ? text : "");
    rc = iv_buf_check(&line, "watch", err);
    if (!rc)
        rc = cli_print_line(cli, iv_buf_str(&line), err);
    iv_buf_release(&line);
    free(text);
    return rc;
}

static enum iv_code show(struct watch *w, const iv_json *event, struct iv_error *err)
{
    if (w->follows)
        return is_for_people(w->cli) ? print_line(w->cli, event, err)
                                     : cli_print_json(w->cli, event, false, err);
    iv_json_append(w->rows, is_for_people(w->cli) ? row_of(event) : iv_json_dup(event));
    return IV_OK;
}

static bool is_over(const char *status)
{
    enum iv_session_status s;

    return !iv_status_parse(status, &s, NULL) && s >= IV_SESSION_COMPLETED;
}

/* All that this one has to say now. */
static enum iv_code look_at(struct watch *w, struct watched *one, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    size_t n;

    do {
        iv_json *told = NULL;
        const iv_json *list;

        rc = iv_desk_events(w->cli->desk, one->id, one->next, &told, err);
        list = iv_json_get(told, "events");
        n = iv_json_len(list);
        for (const iv_json *e = iv_json_first(list); e && !rc && one->is_new; e = iv_json_next(e))
            rc = show(w, e, err);
        if (!rc) {
            n = iv_json_get_int(told, "next", one->next) > one->next ? n : 0;
            one->next = iv_json_get_int(told, "next", one->next);
            one->is_over = is_over(iv_json_get_str(told, "status", ""));
        }
        iv_json_free(told);
    } while (!rc && n);
    one->is_new = true; /* from here on it is shown */
    return rc;
}

static struct watched *find(struct watch *w, const char *id)
{
    for (size_t i = w->n; i-- > 0;)
        if (!strcmp(w->items[i].id, id))
            return &w->items[i];
    return NULL;
}

static enum iv_code add(struct watch *w, const char *id, bool is_new, struct iv_error *err)
{
    size_t len = strlen(id);

    if (len >= IV_ID_BYTES)
        return iv_fail(err, IV_E_SESSION_NOT_FOUND, "session \"%.40s\": no session has this id",
                       id);
    if (iv_grow(&w->items, &w->cap, w->n + 1, sizeof *w->items))
        return iv_fail(err, IV_E_NOMEM, "watch: out of memory");
    w->items[w->n] = (struct watched){.is_new = is_new};
    memcpy(w->items[w->n++].id, id, len + 1);
    return IV_OK;
}

/* Those that there are. To follow, the newest are enough: an old one that comes back to life is among them while it lives. */
static enum iv_code take_list(struct watch *w, bool is_first, struct iv_error *err)
{
    char before[IV_ID_BYTES] = "";
    size_t n = PAGE;
    enum iv_code rc = IV_OK;

    while (!rc && n == PAGE) {
        struct iv_session_filter f = {.user_id = cli_opt(w->cli, "user"),
                                      .status = -1,
                                      .limit = PAGE,
                                      .before_id = before[0] ? before : NULL};
        iv_json *page = NULL;
        const iv_json *rows;

        rc = iv_desk_list(w->cli->desk, &f, &page, err);
        rows = iv_json_get(page, "sessions");
        n = w->follows ? 0 : iv_json_len(rows);
        for (const iv_json *row = iv_json_first(rows); row && !rc; row = iv_json_next(row)) {
            const char *id = iv_json_get_str(row, "session_id", "");
            struct watched *known = find(w, id);
            bool over = is_over(iv_json_get_str(row, "status", ""));

            snprintf(before, sizeof before, "%s", id);
            if (!known && !(over && is_first && w->follows))
                rc = add(w, id, !is_first || !w->follows, err);
        }
        iv_json_free(page);
    }
    return rc;
}

/* One look at each. */
static enum iv_code look_around(struct watch *w, bool is_first, struct iv_error *err)
{
    enum iv_code rc = cli_flag(w->cli, "all") ? take_list(w, is_first, err) : IV_OK;

    for (size_t i = 0; i < w->n && !rc && !cli_interrupted; i++)
        if (!w->items[i].is_over)
            rc = look_at(w, &w->items[i], err);
    return rc;
}

static bool is_done(const struct watch *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (!w->items[i].is_over)
            return false;
    return !cli_flag(w->cli, "all");
}

static void rest(int ms)
{
    const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL); /* a signal ends it */
}

/* The server that is named, or the own one as soon as it has the store. */
static enum iv_code find_server(struct cli *cli, struct iv_error *err)
{
    bool is_told = false;

    if (cli->desk)
        return IV_OK;
    if (cli->config->server[0])
        return iv_desk_open_server(cli->ctx, cli->config->server, &cli->desk, err);
    while (!cli_interrupted && !cli_open_owner(cli, &cli->desk)) {
        if (!is_told)
            cli_say(cli, "%s", _("waiting for serve to have the store"));
        is_told = true;
        rest(OWN_ROUND_MS);
    }
    return cli->desk ? IV_OK : iv_fail(err, IV_E_CANCELLED, "interrupted");
}

static enum iv_code follow(struct watch *w, struct iv_error *err)
{
    bool is_own = !w->cli->config->server[0], is_first = true;
    enum iv_code rc = IV_OK;

    while (!rc && !cli_interrupted) {
        rc = find_server(w->cli, err);
        if (!rc)
            rc = look_around(w, is_first, err);
        if (!rc && is_done(w))
            return IV_OK;
        if (!rc && is_first)
            cli_say(w->cli, "%s", _("watching (Ctrl-C ends it)"));
        is_first = is_first && rc;
        if (is_own && rc == IV_E_UNAVAILABLE) { /* it may come back */
            iv_desk_close(w->cli->desk);
            w->cli->desk = NULL;
            rc = IV_OK;
        } else if (rc == IV_E_RATE_LIMIT) {
            rc = IV_OK;
        }
        if (!rc && !cli_interrupted)
            rest(is_own ? OWN_ROUND_MS : SERVER_ROUND_MS);
    }
    return rc ? rc : iv_fail(err, IV_E_CANCELLED, "interrupted");
}

static enum iv_code print_all(struct watch *w, struct iv_error *err)
{
    static const struct cli_column columns[] = {
        {"timestamp", N_("TIME"), false},      {"session", N_("SESSION"), false},
        {"seq", N_("NUMBER"), true},           {"type", N_("TYPE"), false},
        {"about", N_("WHAT WAS SAID"), false}, {NULL, NULL, false},
    };
    iv_json *whole = iv_json_object();
    enum iv_code rc;

    iv_json_set(whole, "events", w->rows);
    w->rows = NULL;
    rc = cli_print_rows(w->cli, whole, iv_json_get(whole, "events"), columns, "session", err);
    iv_json_free(whole);
    return rc;
}

static enum iv_code check(struct cli *cli, struct iv_error *err)
{
    if (cli_flag(cli, "all") == (cli->n_args > 0))
        return iv_fail(err, IV_E_USAGE, "session watch: either sessions or --all");
    if (cli_flag(cli, "follow") && cli->format != CLI_TABLE && is_for_people(cli))
        return iv_fail(err, IV_E_USAGE, "session watch: --follow prints lines: table or ndjson");
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct watch w = {.cli = cli, .follows = cli_flag(cli, "follow"), .rows = iv_json_array()};
    enum iv_code rc = check(cli, err);

    for (int i = 0; i < cli->n_args && !rc; i++)
        rc = add(&w, cli->args[i], true, err);
    if (!rc && w.follows)
        rc = follow(&w, err);
    else if (!rc)
        rc = cli_open_desk(cli, err);
    if (!rc && !w.follows)
        rc = look_around(&w, true, err);
    if (!rc && !w.follows)
        rc = print_all(&w, err);
    iv_json_free(w.rows);
    free(w.items);
    return rc;
}

const struct cli_command cli_cmd_session_watch = {
    .name = "session watch",
    .args = "[SESSION...]",
    .max_args = -1,
    .summary = N_("Show what happens in interviews, as their clients are told it."),
    .details =
        N_("With --json or --format ndjson the objects are those of the WebSocket's table, each "
           "with its session and seq; sound and pictures are left out. --follow asks the "
           "server of --server, else your own one as soon as it has the store."),
    .options = options,
    .complete = "session",
    .examples = "  interviewctl session watch --all --follow --format ndjson | jq --unbuffered "
                "'select(.type==\"error\")'\n",
    .run = run,
};
