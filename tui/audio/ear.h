/* ear.h - the microphone without the interviewer's own voice in it.
 *
 * Why:     the terminal programs want samples to hand to the engine, with or without a loudspeaker beside the microphone.
 * Owns:    an ear owns its microphone, its echo canceller and what waits between them; it borrows the player of each call.
 * Threads: one owner.
 * Units:   mono samples at IV_STT_RATE_HZ.
 * Errors:  those of mic.h. Without speexdsp nothing is cancelled or made louder; ear_cancels() says so.
 */
#ifndef IV_TUI_EAR_H
#define IV_TUI_EAR_H

#include "audio/mic.h"
#include "audio/player.h"

struct ear;

/* cancel: what plays is taken out. gain: a soft voice is made louder. */
enum iv_code ear_open(const char *device, bool cancel, bool gain, struct ear **out,
                      struct iv_error *err);
/* At most max cleaned samples. p: what plays now, or NULL. */
enum iv_code ear_read(struct ear *e, struct player *p, int16_t *samples, size_t max, size_t *n,
                      struct iv_error *err);
const struct mic *ear_mic(const struct ear *e);
bool ear_cancels(const struct ear *e);
/* What the microphone gave in the last tenth of a second, with the gain: 0..1; and the gain. */
double ear_level(const struct ear *e);
int ear_gain_db(const struct ear *e);
void ear_close(struct ear *e); /* NULL is fine */

#endif
