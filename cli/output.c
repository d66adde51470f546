/* output.c - data on stdout in the format that was asked for; words for people on stderr. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "iv/alloc.h"
#include "iv/secret.h"
#include "iv/text.h"

#define OUTPUT_MAX_BYTES (256u << 20)
#define COLUMNS_MAX 24

static enum iv_code out_failed(struct iv_error *err)
{
    return iv_fail(err, IV_E_IO, "standard output: %s", strerror(errno));
}

enum iv_code cli_flush(struct cli *cli, struct iv_error *err)
{
    (void)cli;
    return fflush(stdout) || ferror(stdout) ? out_failed(err) : IV_OK;
}

enum iv_code cli_print_text(struct cli *cli, const char *text, size_t len, struct iv_error *err)
{
    (void)cli;
    return fwrite(text, 1, len, stdout) == len ? IV_OK : out_failed(err);
}

enum iv_code cli_print_line(struct cli *cli, const char *text, struct iv_error *err)
{
    enum iv_code rc = cli_print_text(cli, text, strlen(text), err);

    if (!rc)
        rc = cli_print_text(cli, "\n", 1, err);
    return rc ? rc : cli_flush(cli, err);
}

enum iv_code cli_print_json(struct cli *cli, const iv_json *j, bool pretty, struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(OUTPUT_MAX_BYTES);
    enum iv_code rc = iv_json_print(j, pretty ? IV_JSON_PRETTY : IV_JSON_COMPACT, &b, err);

    if (!rc) {
        iv_buf_addc(&b, '\n');
        rc = cli_print_text(cli, iv_buf_str(&b), b.len, err);
    }
    if (!rc)
        rc = cli_flush(cli, err);
    iv_buf_release(&b);
    return rc;
}

/* "a.b" of an object. */
static const iv_json *look_up(const iv_json *j, const char *key)
{
    const char *dot = strchr(key, '.');
    char head[64];

    if (!dot)
        return iv_json_get(j, key);
    snprintf(head, sizeof head, "%.*s", (int)(dot - key), key);
    return look_up(iv_json_get(j, head), dot + 1);
}

static char *cell_text(const iv_json *j)
{
    struct iv_buf b = IV_BUF_INIT(OUTPUT_MAX_BYTES);

    switch (iv_json_type(j)) {
    case IV_JSON_NULL:
        break;
    case IV_JSON_STRING:
        iv_buf_adds(&b, iv_json_string(j, ""));
        break;
    default:
        iv_json_print(j, IV_JSON_COMPACT, &b, NULL);
    }
    return iv_buf_take(&b);
}

/* --fields, or the command's own columns. */
struct columns {
    struct cli_column items[COLUMNS_MAX];
    char names[COLUMNS_MAX][64];
    size_t n;
};

static enum iv_code choose_columns(const struct cli *cli, const struct cli_column *own,
                                   struct columns *out, struct iv_error *err)
{
    out->n = 0;
    if (!cli->fields) {
        for (; own && own->key; own++)
            out->items[out->n++] = *own;
        return IV_OK;
    }
    for (const char *p = cli->fields; *p;) {
        size_t len = strcspn(p, ",");

        if (!len || len >= 64 || out->n == COLUMNS_MAX)
            return iv_fail(err, IV_E_USAGE,
                           "--fields \"%s\": names separated by commas, at most %d", cli->fields,
                           COLUMNS_MAX);
        snprintf(out->names[out->n], 64, "%.*s", (int)len, p);
        out->items[out->n] = (struct cli_column){out->names[out->n], out->names[out->n], false};
        out->n++;
        p += len + (p[len] == ',');
    }
    return IV_OK;
}

static iv_json *pick(const iv_json *row, const struct columns *c)
{
    iv_json *j = iv_json_object();

    for (size_t i = 0; i < c->n; i++) {
        const iv_json *v = look_up(row, c->items[i].key);

        iv_json_set(j, c->items[i].key, v ? iv_json_dup(v) : iv_json_null());
    }
    return j;
}

static enum iv_code print_ndjson(struct cli *cli, const iv_json *row, const struct columns *c,
                                 struct iv_error *err)
{
    iv_json *picked = cli->fields ? pick(row, c) : NULL;
    enum iv_code rc = cli_print_json(cli, picked ? picked : row, false, err);

    iv_json_free(picked);
    return rc;
}

/* A field of TSV holds no tab or newline; of CSV, quotes are doubled (RFC 4180). */
static void put_separated(const char *text, bool csv)
{
    bool quote = csv && strpbrk(text, ",\"\r\n");

    if (quote)
        putchar('"');
    for (; *text; text++) {
        if (quote && *text == '"')
            putchar('"');
        putchar(!csv && (*text == '\t' || *text == '\n' || *text == '\r') ? ' ' : *text);
    }
    if (quote)
        putchar('"');
}

static void print_separated(const iv_json *row, const struct columns *c, bool csv)
{
    for (size_t i = 0; i < c->n; i++) {
        char *text = cell_text(look_up(row, c->items[i].key));

        if (i)
            putchar(csv ? ',' : '\t');
        put_separated(text ? text : "", csv);
        free(text);
    }
    fputs(csv ? "\r\n" : "\n", stdout);
}

static void print_separated_head(const struct columns *c, bool csv)
{
    for (size_t i = 0; i < c->n; i++) {
        if (i)
            putchar(csv ? ',' : '\t');
        put_separated(c->items[i].key, csv);
    }
    fputs(csv ? "\r\n" : "\n", stdout);
}

static void pad(int n)
{
    for (; n > 0; n--)
        putchar(' ');
}

static void put_cell(const char *text, int width, bool right, bool last)
{
    int gap = width - iv_text_width(text);

    if (right)
        pad(gap);
    fputs(text, stdout);
    if (!right && !last)
        pad(gap);
    if (!last)
        fputs("  ", stdout);
}

static int column_width(const iv_json *rows, const struct cli_column *c)
{
    int width = iv_text_width(_(c->title));

    for (const iv_json *row = iv_json_first(rows); row; row = iv_json_next(row)) {
        char *raw = cell_text(look_up(row, c->key));
        char *text = raw ? iv_text_visible(raw) : NULL;
        int w = text ? iv_text_width(text) : 0;

        if (w > width)
            width = w;
        free(text);
        free(raw);
    }
    return width;
}

static void print_table(const struct cli *cli, const iv_json *rows, const struct columns *c)
{
    int widths[COLUMNS_MAX];

    for (size_t i = 0; i < c->n; i++)
        widths[i] = column_width(rows, &c->items[i]);
    if (cli->colour_out)
        fputs("\033[1m", stdout);
    for (size_t i = 0; i < c->n; i++)
        put_cell(_(c->items[i].title), widths[i], c->items[i].right, i + 1 == c->n);
    fputs(cli->colour_out ? "\033[0m\n" : "\n", stdout);
    for (const iv_json *row = iv_json_first(rows); row; row = iv_json_next(row)) {
        for (size_t i = 0; i < c->n; i++) {
            char *raw = cell_text(look_up(row, c->items[i].key));
            char *text = raw ? iv_text_visible(raw) : NULL;

            put_cell(text ? text : "", widths[i], c->items[i].right, i + 1 == c->n);
            free(text);
            free(raw);
        }
        putchar('\n');
    }
}

static void print_id(const iv_json *row, const char *id_key)
{
    char *text = cell_text(look_up(row, id_key));

    printf("%s\n", text ? text : "");
    free(text);
}

enum iv_code cli_print_rows(struct cli *cli, const iv_json *whole, const iv_json *rows,
                            const struct cli_column *columns, const char *id_key,
                            struct iv_error *err)
{
    struct columns c;
    enum iv_code rc = choose_columns(cli, columns, &c, err);
    bool csv = cli->format == CLI_CSV;

    if (rc)
        return rc;
    if (cli->format == CLI_JSON && !cli->fields)
        return cli_print_json(cli, whole, true, err);
    if (cli->format == CLI_TABLE) {
        print_table(cli, rows, &c);
        return cli_flush(cli, err);
    }
    if (cli->format == CLI_JSON) {
        iv_json *list = iv_json_array();

        for (const iv_json *row = iv_json_first(rows); row; row = iv_json_next(row))
            iv_json_append(list, pick(row, &c));
        rc = cli_print_json(cli, list, true, err);
        iv_json_free(list);
        return rc;
    }
    if (cli->format == CLI_CSV || cli->format == CLI_TSV)
        print_separated_head(&c, csv);
    for (const iv_json *row = iv_json_first(rows); row && !rc; row = iv_json_next(row)) {
        if (cli->format == CLI_NDJSON)
            rc = print_ndjson(cli, row, &c, err);
        else if (cli->format == CLI_ID)
            print_id(row, id_key);
        else
            print_separated(row, &c, csv);
    }
    return rc ? rc : cli_flush(cli, err);
}

static void print_lines(const struct cli *cli, const iv_json *object, const struct columns *c)
{
    int width = 0;

    for (size_t i = 0; i < c->n; i++)
        if (iv_text_width(_(c->items[i].title)) > width)
            width = iv_text_width(_(c->items[i].title));
    for (size_t i = 0; i < c->n; i++) {
        char *raw = cell_text(look_up(object, c->items[i].key));
        char *text = raw ? iv_text_visible(raw) : NULL;

        if (cli->colour_out)
            fputs("\033[1m", stdout);
        put_cell(_(c->items[i].title), width, false, false);
        if (cli->colour_out)
            fputs("\033[0m", stdout);
        printf("%s\n", text ? text : "");
        free(text);
        free(raw);
    }
}

/* The object of a dry run says what it is. */
static iv_json *marked(const iv_json *object)
{
    iv_json *j = iv_json_dup(object);

    iv_json_set_bool(j, "dry_run", true);
    return j;
}

static enum iv_code print_object(struct cli *cli, const iv_json *object,
                                 const struct cli_column *columns, const char *id_key,
                                 struct iv_error *err)
{
    struct columns c;
    iv_json *picked;
    enum iv_code rc = choose_columns(cli, columns, &c, err);

    if (rc)
        return rc;
    switch (cli->format) {
    case CLI_JSON:
        picked = cli->fields ? pick(object, &c) : NULL;
        rc = cli_print_json(cli, picked ? picked : object, true, err);
        iv_json_free(picked);
        return rc;
    case CLI_NDJSON:
        return print_ndjson(cli, object, &c, err);
    case CLI_ID:
        print_id(object, id_key);
        break;
    case CLI_CSV:
    case CLI_TSV:
        print_separated_head(&c, cli->format == CLI_CSV);
        print_separated(object, &c, cli->format == CLI_CSV);
        break;
    case CLI_TABLE:
        print_lines(cli, object, &c);
    }
    return cli_flush(cli, err);
}

enum iv_code cli_print_object(struct cli *cli, const iv_json *object,
                              const struct cli_column *columns, const char *id_key,
                              struct iv_error *err)
{
    iv_json *copy = cli->dry_run ? marked(object) : NULL;
    enum iv_code rc = print_object(cli, copy ? copy : object, columns, id_key, err);

    iv_json_free(copy);
    return rc;
}

enum iv_code cli_print_facts(struct cli *cli, const struct cli_fact *facts, struct iv_error *err)
{
    struct cli_column columns[COLUMNS_MAX + 1] = {{0}};
    iv_json *j = iv_json_object();
    enum iv_code rc;

    for (size_t i = 0; i < COLUMNS_MAX && facts[i].key; i++) {
        columns[i] = (struct cli_column){facts[i].key, facts[i].title, false};
        iv_json_set_str(j, facts[i].key, facts[i].value);
    }
    rc = cli_print_object(cli, j, columns, facts[0].key, err);
    iv_json_free(j);
    return rc;
}

enum iv_code cli_write_output(struct cli *cli, const char *path, const char *bytes, size_t len,
                              struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(OUTPUT_MAX_BYTES);
    enum iv_code rc;

    if (!strcmp(path, "-")) {
        rc = cli_print_text(cli, bytes, len, err);
        return rc ? rc : cli_flush(cli, err);
    }
    iv_buf_add(&b, bytes, len);
    rc = iv_buf_check(&b, path, err);
    if (!rc)
        rc = iv_buf_write_file(&b, path, 0644, err);
    iv_buf_release(&b);
    return rc;
}

void cli_say(const struct cli *cli, const char *fmt, ...)
{
    char text[4096];
    va_list ap;

    if (cli->quiet)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    iv_secret_redact(cli->ctx, text);
    fprintf(stderr, "interviewctl: %s\n", text);
}

void cli_hint(const struct cli *cli, const char *text)
{
    if (!cli->quiet)
        fprintf(stderr, "%s: %s\n", _("hint"), text);
}

static void print_error_json(enum iv_code code, const struct iv_error *err)
{
    const struct iv_code_info *info = iv_code_info(code);
    struct iv_buf b = IV_BUF_INIT(64u << 10);
    iv_json *body = iv_json_object(), *inner = iv_json_object();

    iv_json_set_str(inner, "code", info->slug);
    iv_json_set_str(inner, "message", err->text);
    iv_json_set_str(inner, "details", info->meaning);
    iv_json_set_time(inner, "timestamp", iv_wall_ms(&iv_clock_system));
    iv_json_set_str(body, "detail", err->text);
    iv_json_set_int(body, "status_code", info->http_status);
    iv_json_set(body, "error", inner);
    if (!iv_json_print(body, IV_JSON_COMPACT, &b, NULL))
        fprintf(stderr, "%s\n", iv_buf_str(&b));
    iv_json_free(body);
    iv_buf_release(&b);
}

/* What the user can do about a code that has one good answer. */
static const char *hint_for(enum iv_code code)
{
    switch (code) {
    case IV_E_SESSION_NOT_FOUND:
        return N_("interviewctl session list shows the sessions there are");
    case IV_E_SESSION_LIMIT:
        return N_("end one with interviewctl session end SESSION, or raise session.max_open");
    case IV_E_CONFIG:
        return N_("interviewctl config validate checks every setting; config list --show-origin "
                  "says where each comes from");
    case IV_E_BUSY:
        return N_("another interviewctl has the store open; try again when it is done");
    default:
        return NULL;
    }
}

void cli_print_error(const struct cli *cli, enum iv_code code, const struct iv_error *err)
{
    struct iv_error safe = *err;
    char *shown;

    fflush(stdout);
    if (!err->text[0])
        return;
    iv_secret_redact(cli->ctx, safe.text);
    if (cli->format == CLI_JSON || cli->format == CLI_NDJSON) {
        print_error_json(code, &safe);
        return;
    }
    shown = iv_text_visible(safe.text);
    fprintf(stderr, "%sinterviewctl: error[%s]:%s %s\n", cli->colour_err ? "\033[31m" : "",
            iv_code_info(code)->slug, cli->colour_err ? "\033[0m" : "", shown ? shown : "");
    free(shown);
    if (hint_for(code))
        cli_hint(cli, _(hint_for(code)));
    else if (code == IV_E_USAGE && cli->command)
        fprintf(stderr, "%s: interviewctl %s --help\n", _("hint"), cli->command->name);
    else if (code == IV_E_USAGE)
        cli_hint(cli, "interviewctl help");
}

void cli_progress(const struct cli *cli, const char *what, double done, double total)
{
    if (cli->quiet || !cli_is_terminal(STDERR_FILENO) || total <= 0)
        return;
    fprintf(stderr, "\r%s %3.0f %%%s", what, 100 * (done < total ? done / total : 1),
            done >= total ? "\n" : "");
}

bool cli_confirm(const struct cli *cli, const char *question)
{
    char line[16];

    if (cli->yes || cli->dry_run)
        return true;
    if (cli->no_input || !cli_is_terminal(STDIN_FILENO) || !cli_is_terminal(STDERR_FILENO))
        return false;
    fprintf(stderr, "%s [y/N] ", question);
    return fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

static bool is_stdin(const char *path)
{
    return !path || !strcmp(path, "-");
}

enum iv_code cli_read_bytes(struct cli *cli, const char *path, struct iv_buf *out,
                            struct iv_error *err)
{
    bool from_stdin = is_stdin(path);

    if (from_stdin && cli_is_terminal(STDIN_FILENO)) {
        cli_print_help(stderr, cli->command);
        return iv_fail(err, IV_E_USAGE,
                       "%s: expects a pipe or a file, and standard input is a terminal",
                       cli->command->name);
    }
    return from_stdin ? iv_buf_read_fd(out, STDIN_FILENO, "standard input", err)
                      : iv_buf_read_file(out, path, err);
}

enum iv_code cli_read_text(struct cli *cli, const char *path, size_t max_bytes, struct iv_buf *out,
                           struct iv_error *err)
{
    enum iv_code rc;

    out->max = max_bytes;
    rc = cli_read_bytes(cli, path, out, err);
    if (!rc && !iv_utf8_valid(iv_buf_str(out), out->len))
        rc = iv_fail(err, IV_E_DATA, "%s: not valid UTF-8 text",
                     is_stdin(path) ? "standard input" : path);
    return rc;
}

enum iv_code cli_text_argument(struct cli *cli, size_t max_bytes, struct iv_buf *store,
                               const char **text, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (cli->n_args && strcmp(cli->args[0], "-")) {
        *text = cli->args[0];
        return IV_OK;
    }
    rc = cli_read_text(cli, "-", max_bytes, store, err);
    *text = iv_buf_str(store);
    return rc;
}
