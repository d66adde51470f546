/* sound_row.h - the microphone on the start screen: a meter beside its name, and the test of three seconds.
 *
 * Why:     whoever chooses a device wants to see at once that it hears.
 * Owns:    the devices while it looks or tests; nobody else has them then.
 * Threads: [main].
 * Units:   microseconds of the monotonic clock, milliseconds to wait.
 * Errors:  none: what does not work is sound_row_text().
 */
#ifndef IV_TUI_SOUND_ROW_H
#define IV_TUI_SOUND_ROW_H

#include "audio/mic.h"
#include "audio/sound_check.h"
#include "audio/sound_level.h"
#include "screen/canvas.h"

struct sound_row {
    struct mic *mic; /* while it looks */
    struct sound_check *check; /* while it tests; never both */
    char device[160]; /* looked at, or about to be; "": none */
    int64_t open_us; /* a little later: whoever walks past the row does not wait for a device */
    struct sound_level now;
    double level_db;
    int shown; /* cells of the meter at the last tick */
    char text[1100];
    bool is_bad;
};

/* Look at this microphone from now on; NULL or "none": at none. */
void sound_row_look(struct sound_row *s, const char *device, int64_t now_us);
void sound_row_test(struct sound_row *s, const char *mic, const char *speaker);
/* How long until the next time, -1: nothing goes on. *changed: something else is to be drawn. */
int sound_row_tick(struct sound_row *s, int64_t now_us, bool *changed);
/* A microphone is open: nobody need ask whether there is one, which takes time. */
bool sound_row_hears(const struct sound_row *s);
/* The meter, in a box of one line, where one is to be seen. */
void sound_row_draw(const struct sound_row *s, struct canvas *c, struct box b);
/* What the test says, or went wrong; NULL: nothing. */
const char *sound_row_text(const struct sound_row *s);
void sound_row_forget(struct sound_row *s); /* the text */
void sound_row_release(struct sound_row *s);

#endif
