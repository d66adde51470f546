/* full_screen.h - practice on the whole screen: what tui/tui.h needs from the command line. */
#ifndef IV_CLI_CMD_FULL_SCREEN_H
#define IV_CLI_CMD_FULL_SCREEN_H

#include "cli.h"

/* Whether practice opens it: a person at a terminal that can be drawn on, who did not ask for lines. */
bool full_screen_wanted(struct cli *cli);
enum iv_code full_screen_run(struct cli *cli, struct iv_error *err);

#endif
