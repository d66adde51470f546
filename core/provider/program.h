/* program.h - run a program, give it a text, take its answer.
 *
 * Why:     what is under the GPL, or has no library, stays a process of its own.
 * Owns:    the process is waited for in every case; it is killed when cancelled or late.
 * Threads: [any].
 * Errors:  IV_E_TTS_ERROR with the exit status, IV_E_TTS_TIMEOUT, IV_E_CANCELLED.
 */
#ifndef IV_PROVIDER_PROGRAM_H
#define IV_PROVIDER_PROGRAM_H

#include "iv/buf.h"

/* argv[0] is a path, or a name looked for in PATH. */
enum iv_code iv_program_run(const char *const *argv, const char *input, int cancel_fd,
                            int64_t timeout_ms, struct iv_buf *output, struct iv_error *err);
/* Is there such a program in the usual folders? */
bool iv_program_exists(const char *name);

#endif
