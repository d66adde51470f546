/* guard.h - whatever ends the process, the terminal is as it was.
 *
 * Why:     a terminal that was left raw is unusable for somebody who does not know `reset`.
 * Owns:    while it is on: handlers of signals, chained to those that were there before.
 * Threads: [main]; one at a time. Handlers do only what a handler may.
 */
#ifndef IV_TUI_GUARD_H
#define IV_TUI_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* Before anything is changed. saved_stderr: what fd 2 was, or -1. */
void guard_on(int saved_stderr);
void guard_again(void); /* after a library that may have put its own handlers there */
void guard_off(void);
/* Bytes that give the screen back (copied, at most 256). */
void guard_leave(const char *bytes);
/* Whether there is anything to give back now. */
void guard_modes(bool taken);
int guard_fd(void); /* readable when a signal came */
void guard_drain(void);

/* Each is true once for what came since. */
bool guard_took_resize(void);
bool guard_took_stop(void);
bool guard_hung_up(void); /* stays true */
/* Stops the process as if there were no handler; returns when it goes on. */
void guard_stop_process(void);

#endif
