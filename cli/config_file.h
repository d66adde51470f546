/* config_file.h - the user's configuration file. */
#ifndef IV_CLI_CONFIG_FILE_H
#define IV_CLI_CONFIG_FILE_H

#include "cli.h"

/* Its path; the caller frees. With `make` its folder exists afterwards. */
enum iv_code user_config_path(bool make, char **out, struct iv_error *err);

#endif
