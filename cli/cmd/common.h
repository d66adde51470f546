/* common.h - what several session commands share: one id in, one object out. */
#ifndef IV_CLI_CMD_COMMON_H
#define IV_CLI_CMD_COMMON_H

#include "cli.h"
#include "iv/desk.h"

typedef enum iv_code (*session_op)(iv_desk *desk, const char *id, iv_json **out,
                                   struct iv_error *err);

extern const struct cli_column session_columns[];
/* Runs op on args[0] and prints the object. */
enum iv_code run_session_op(struct cli *cli, session_op op, const struct cli_column *columns,
                            struct iv_error *err);

/* For dry runs: IV_E_USAGE when `path` is the file of the store. */
enum iv_code not_the_store(struct cli *cli, const char *path, struct iv_error *err);

#endif
