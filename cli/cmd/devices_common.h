/* devices_common.h - what the commands about microphones and loudspeakers share. */
#ifndef IV_CLI_CMD_DEVICES_COMMON_H
#define IV_CLI_CMD_DEVICES_COMMON_H

#include "cli.h"

#define DEVICES_POLL_MS 20

/* --mic or the setting; where that says none, the system's: whoever tries a microphone wants one. */
const char *devices_mic(const struct cli *cli);
/* A bar on a terminal's standard error, redrawn in place; ended by devices_meter_end(). */
void devices_meter(const struct cli *cli, const char *what, double level_db);
void devices_meter_end(const struct cli *cli);
void devices_rest(void);

#endif
