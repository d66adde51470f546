/* profile.h - what the profile commands share: named servers, a settings file each. */
#ifndef IV_CLI_CMD_PROFILE_H
#define IV_CLI_CMD_PROFILE_H

#include "cli.h"

/* The folder of the profiles; the caller frees. With `make` it exists afterwards. */
enum iv_code profile_dir(bool make, char **out, struct iv_error *err);
/* The file of args[0], whose name is checked; IV_E_NOT_FOUND unless it is there or `may_be_new`. The caller frees. */
enum iv_code profile_path(struct cli *cli, bool may_be_new, char **out, struct iv_error *err);

#endif
