/* config/keyring.h - a key from the desktop's keyring: GNOME Keyring, KWallet, KeePassXC by the Secret Service.
 *
 * Threads: [any]. Waits up to three seconds.
 * Errors:  IV_E_NOT_FOUND: no such item; IV_E_UNAVAILABLE: no desktop session, no libsecret, nobody answers.
 */
#ifndef IV_CONFIG_KEYRING_H
#define IV_CONFIG_KEYRING_H

#include "iv/error.h"

/* The item with the attributes application=interviewctl and key=KEY. The caller frees *out. */
enum iv_code iv_keyring_get(const char *key, char **out, struct iv_error *err);

#endif
