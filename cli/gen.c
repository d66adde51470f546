/* gen.c - writes man/ and completions/ from the tables: interviewctl-gen DIR. Built for the targets `generate` and `generated` only. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"

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
    return 0;
}
