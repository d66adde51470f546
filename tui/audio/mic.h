/* mic.h - sound in from a microphone.
 *
 * Why:     the screen wants samples, a level and an honest "no"; what a device needs stays in here.
 * Owns:    a mic owns its stream and a ring of samples.
 * Threads: one owner; the device's callback only writes the ring: no lock, no allocation, no log.
 * Units:   mono samples at mic_rate(), which is IV_STT_RATE_HZ whatever the device's own rate is.
 * Errors:  IV_E_UNAVAILABLE when there is no such device, when it does not start or gives no samples for 3 s, and in a build
 *          without microphones. After such an error close it and open another: devices may be changed at any time.
 */
#ifndef IV_TUI_MIC_H
#define IV_TUI_MIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/device_list.h"
#include "iv/error.h"

struct mic;

/* Is there microphone input at all? Says what is missing. */
enum iv_code mic_check(struct iv_error *err);
/* device: a name or part of one, "default", or "none" (IV_E_UNAVAILABLE). */
enum iv_code mic_open(const char *device, struct mic **out, struct iv_error *err);
uint32_t mic_rate(const struct mic *m);
/* What came since, at most max; *n 0: nothing yet. Never waits. Call it at least every second or two: the ring holds 5 s. */
enum iv_code mic_read(struct mic *m, int16_t *samples, size_t max, size_t *n, struct iv_error *err);
/* Of the last tenth of a second: 0 silence, 1 full scale. */
double mic_level(const struct mic *m);
/* How often samples are missing in what was read: the machine or the reader was too slow. */
uint32_t mic_gaps(const struct mic *m);
/* The device that was opened: its full name, its own rate, "portaudio" or "sdl". */
const char *mic_name(const struct mic *m);
uint32_t mic_device_rate(const struct mic *m);
const char *mic_backend(const struct mic *m);
void mic_close(struct mic *m); /* NULL is fine; waits at most 3 s for a device that hangs */

/* Each device that hears; returns how many. *backend (may be NULL): which list it is. */
size_t mic_devices(device_fn fn, void *arg, const char **backend);

#endif
