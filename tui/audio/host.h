/* host.h - PortAudio, kept quiet and kept from hanging the program.
 *
 * Why:     it writes on stderr, and a call may never return when a device is odd (a start that fails in the callback's thread, a
 *          device that is gone): such a call is left behind on its own thread.
 * Owns:    the one table of functions and the one count of initialisations.
 * Threads: one owner of devices at a time; host_call() runs `fn` on a thread of its own and waits for it.
 * Units:   milliseconds of the monotonic clock.
 * Errors:  IV_E_UNAVAILABLE.
 */
#ifndef IV_TUI_HOST_H
#define IV_TUI_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "iv/error.h"

#define HOST_PATIENCE_MS                                                                           \
    3000 /* what a device may take to start, to stop, or between two of its calls */

/* The library is there, and no earlier call of it hangs. */
enum iv_code host_check(struct iv_error *err);

/* Runs fn(arg) with stderr shut. false: it has not returned in HOST_PATIENCE_MS and never will be waited for again; then `arg`
 * belongs to it for ever, and host_check() fails from now on. A NULL thread (no memory) is false as well. */
bool host_call(void (*fn)(void *arg), void *arg);

uint64_t host_now_ms(void);

#endif
