/* values.h - the options that were given. */
#ifndef IV_CLI_VALUES_H
#define IV_CLI_VALUES_H

#include "cli.h"

struct cli_value {
    const struct cli_option *option;
    const char *text; /* "" for a flag */
};
struct cli_values {
    struct cli_value *items;
    size_t n, cap;
    const char **list; /* scratch for cli_opt_list() */
};

/* Parses argv[1..]: finds the command, fills cli->command, args and values. IV_E_USAGE with a text that names the word. */
enum iv_code cli_parse(struct cli *cli, int argc, char **argv, struct iv_error *err);
void cli_values_free(struct cli_values *v);

#endif
