/* gen.c - writes man/, completions/, docs/openapi.json and .env.example from the tables: interviewctl-gen DIR. Built for the targets `generate` and `generated` only. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"
#include "page/openapi.h"

static FILE *create(const char *dir, const char *name)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(73);
    }
    return f;
}

static void write_file(const char *dir, const char *name, void (*fn)(FILE *out))
{
    FILE *f = create(dir, name);

    fn(f);
    fclose(f);
}

static void write_command(const char *dir, const struct cli_command *k)
{
    char name[96];
    FILE *f;

    snprintf(name, sizeof name, "man/interviewctl-%s.1", k->name);
    for (char *p = name; *p; p++)
        if (*p == ' ')
            *p = '-';
    f = create(dir, name);
    gen_man_command(f, k);
    fclose(f);
}

static void write_openapi(FILE *out)
{
    struct iv_buf text = IV_BUF_INIT(1u << 22);
    struct iv_error err = {0};
    iv_json *document = iv_openapi();

    if (iv_json_print(document, IV_JSON_PRETTY, &text, &err)) {
        fprintf(stderr, "openapi.json: %s\n", err.text);
        exit(71);
    }
    fprintf(out, "%s\n", iv_buf_str(&text));
    iv_json_free(document);
    iv_buf_release(&text);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : ".";

    write_file(dir, "man/interviewctl.1", gen_man_main);
    write_file(dir, "man/interviewctl.conf.5", gen_man_conf);
    write_file(dir, "man/interviewctl-events.5", gen_man_events);
    for (size_t i = 0; i < cli_command_count; i++)
        write_command(dir, cli_commands[i]);
    write_file(dir, "completions/interviewctl.bash", gen_bash);
    write_file(dir, "completions/_interviewctl", gen_zsh);
    write_file(dir, "completions/interviewctl.fish", gen_fish);
    write_file(dir, "docs/openapi.json", write_openapi);
    write_file(dir, ".env.example", gen_env);
    return 0;
}
