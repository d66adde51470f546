/* questions_common.h - which banks a questions command means. */
#ifndef IV_CLI_CMD_QUESTIONS_COMMON_H
#define IV_CLI_CMD_QUESTIONS_COMMON_H

#include "cli.h"
#include "iv/bank.h"
#include "iv/data.h"

extern const struct cli_option questions_options[];
/* Calls fn for each bank that --type, --language, --difficulty and --set select; stops at the first failure. */
enum iv_code each_bank(struct cli *cli,
                       enum iv_code (*fn)(void *arg, const struct iv_bank *b, struct iv_error *err),
                       void *arg, struct iv_error *err);

#endif
