/* keys_common.h - what the commands for keys share: the keys of the local store, and how one is shown. */
#ifndef IV_CLI_CMD_KEYS_COMMON_H
#define IV_CLI_CMD_KEYS_COMMON_H

#include "cli.h"
#include "iv/keys.h"

extern const struct cli_column key_columns[];

/* Shows a key. A new secret is printed alone, so that it can be caught in a variable; in a dry run there is none. */
enum iv_code show_key(struct cli *cli, const struct iv_key *key, const char *secret,
                      struct iv_error *err);

#endif
