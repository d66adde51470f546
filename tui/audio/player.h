/* player.h - sound out through the machine's speakers.
 *
 * Why:     sound libraries are loud on stderr and may hang when a device goes; everything about that stays in here.
 * Owns:    a player owns its stream, what waits to be heard, and where the device has a rate of its own a resampler.
 * Threads: one owner; the device's callback only reads the ring: no lock, no allocation, no log.
 * Units:   mono samples at the rate given to player_open(); positions count samples since then.
 * Errors:  IV_E_UNAVAILABLE when there is no device of that name, or none at all, or it does not start within 3 s.
 */
#ifndef IV_TUI_PLAYER_H
#define IV_TUI_PLAYER_H

#include <stddef.h>
#include <stdint.h>

#include "audio/device_list.h"
#include "iv/error.h"

struct player;

/* device: a name or part of one, "default", or "none" (IV_E_UNAVAILABLE). */
enum iv_code player_open(const char *device, uint32_t rate_hz, struct player **out,
                         struct iv_error *err);
/* Queue samples; waits for room. IV_E_UNAVAILABLE when sound waited and the device took none for 3 s of calls. */
enum iv_code player_play(struct player *p, const int16_t *samples, size_t n, struct iv_error *err);
/* Drop what is queued. */
void player_flush(struct player *p);
/* Samples given to the device, and queued. The device itself holds player_latency_ms() more, as far as it says. */
uint64_t player_position(const struct player *p);
size_t player_queued(const struct player *p);
uint32_t player_latency_ms(const struct player *p);
/* What the device was given since the last call, silence too, at player_device_rate(): the reference of an echo canceller. It keeps
 * five seconds and more. */
size_t player_heard(struct player *p, int16_t *out, size_t max);
uint32_t player_device_rate(const struct player *p);
/* The device that was opened, and "portaudio" or "sdl". */
const char *player_name(const struct player *p);
const char *player_backend(const struct player *p);
/* Wait until all was heard, or *stop is not 0. */
enum iv_code player_drain(struct player *p, const volatile int *stop, struct iv_error *err);
void player_close(struct player *p); /* NULL is fine */
/* Is there a sound library at all? IV_E_UNAVAILABLE says what is missing. */
enum iv_code player_check(struct iv_error *err);
/* Calls fn for each playback device; returns how many. *backend (may be NULL): which library's they are. */
size_t player_devices(device_fn fn, void *arg, const char **backend);

#endif
