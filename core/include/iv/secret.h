/* iv/secret.h - keys of services: where they come from, and that they go nowhere else.
 *
 * Why:     a key may stand in the environment, .env, a private file, the output of a command, or the desktop's keyring; back ends ask in
 *          one place, and whatever was handed out is cut from every log line and error text.
 * Order:   value (environment, .env, config file that others cannot read), "<key>_file", key_command, keyring.
 * Owns:    the caller owns *out and drops it by iv_secret_free(), which wipes it.
 * Threads: [any]; a key found by command or keyring is kept in the context, wiped with it.
 * Errors:  IV_OK with *out NULL: there is none. IV_E_CONFIG: a file that others can read, a command that fails; the text names the
 *          setting, never the value.
 */
#ifndef IV_SECRET_H
#define IV_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "iv/ctx.h"

/* key: of settings.def, e.g. "deepgram.api_key". */
enum iv_code iv_secret_get(iv_ctx *ctx, const char *key, char **out, struct iv_error *err);
/* The one in a private file, whose setting is "<key>_file", under the same rules; found or refused. */
enum iv_code iv_secret_read_file(iv_ctx *ctx, const char *key, const char *path, char **out,
                                 struct iv_error *err);
void iv_secret_free(char *secret);
/* Whether iv_secret_get() has one, or a failure to tell. Command and keyring are asked once for each key; a command that failed is left
 * alone for half a minute. */
bool iv_secret_is_set(iv_ctx *ctx, const char *key);
/* Where it came from, for doctor: "environment DEEPGRAM_API_KEY", "file ...", "key_command", "keyring"; "" without one. */
enum iv_code iv_secret_origin(iv_ctx *ctx, const char *key, char *out, size_t out_bytes,
                              struct iv_error *err);
/* Replaces each known secret in text by "[redacted]", in place (never longer). */
void iv_secret_redact(const iv_ctx *ctx, char *text);

#endif
