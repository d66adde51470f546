/* device_list.h - the names that sound libraries have for the machine's devices.
 *
 * Why:     PortAudio sees ALSA and JACK only; SDL speaks to PulseAudio and PipeWire too. Microphones and speakers ask both.
 * Threads: [owner]; asking may take a third of a second, and at most the 3 s of host.h.
 * Errors:  none: a library that is not there, or hangs, has no devices.
 */
#ifndef IV_TUI_DEVICE_LIST_H
#define IV_TUI_DEVICE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef void (*device_fn)(void *arg, const char *name, bool is_default);

/* Calls fn for each; returns how many. */
size_t devices_portaudio(bool input, device_fn fn, void *arg);
size_t devices_sdl(bool input, device_fn fn, void *arg);

#endif
