/* player.h - sound out through the machine's speakers.
 *
 * Why:     PortAudio is loud on stderr and may hang when a device goes; everything about that stays in here.
 * Owns:    a player owns its stream and a ring of samples.
 * Threads: one owner; the device's callback only reads the ring: no lock, no allocation, no log.
 * Units:   mono samples at the rate given to player_open(); positions count samples since then.
 * Errors:  IV_E_UNAVAILABLE when there is no device of that name, or none at all, or it does not start within 3 s.
 */
#ifndef IV_TUI_PLAYER_H
#define IV_TUI_PLAYER_H

#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

struct player;

/* device: a name or part of one, "default", or "none" (IV_E_UNAVAILABLE). */
enum iv_code player_open(const char *device, uint32_t rate_hz, struct player **out,
                         struct iv_error *err);
/* Queue samples; waits for room. IV_E_UNAVAILABLE when the device stopped taking them for 3 s. */
enum iv_code player_play(struct player *p, const int16_t *samples, size_t n, struct iv_error *err);
/* Drop what is queued. */
void player_flush(struct player *p);
/* Samples heard (given to the device) and queued. */
uint64_t player_position(const struct player *p);
size_t player_queued(const struct player *p);
/* What the device was given since the last call, silence too: the reference of an echo canceller. It keeps ten seconds. */
size_t player_heard(struct player *p, int16_t *out, size_t max);
/* Wait until all was heard, or *stop is not 0. */
enum iv_code player_drain(struct player *p, const volatile int *stop, struct iv_error *err);
void player_close(struct player *p);
/* Is there a sound library at all? IV_E_UNAVAILABLE says what is missing. */
enum iv_code player_check(struct iv_error *err);
/* For doctor: calls fn for each playback device; returns how many. */
size_t player_devices(void (*fn)(void *arg, const char *name, int is_default), void *arg);

#endif
