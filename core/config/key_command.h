/* config/key_command.h - a key from a program such as pass.
 *
 * Threads: [any]. Waits up to ten seconds: pass may ask its user for a passphrase.
 * Errors:  IV_E_CONFIG with what became of the command; never what it wrote.
 */
#ifndef IV_CONFIG_KEY_COMMAND_H
#define IV_CONFIG_KEY_COMMAND_H

#include "iv/buf.h"

/* Runs `command` by /bin/sh with the setting's name in INTERVIEWCTL_KEY; out gets its output as it is. IV_E_NOT_FOUND: it ended
 * with status 1, as pass does for what it does not hold. */
enum iv_code iv_key_command(const char *command, const char *key, struct iv_buf *out,
                            struct iv_error *err);

#endif
