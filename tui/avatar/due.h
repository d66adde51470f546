/* due.h - pictures that wait for their sound.
 *
 * Why:     they are drawn ahead, and sound is heard later than it is handed out by what the device holds.
 * Owns:    copies of at most about a second of pictures; zeroed is empty.
 * Threads: one owner.
 * Units:   milliseconds on the session's presentation clock.
 * Errors:  none: a picture for which there is no memory, or that is larger than 1024 x 1024, is left out.
 */
#ifndef IV_TUI_DUE_H
#define IV_TUI_DUE_H

#include <stddef.h>
#include <stdint.h>

#include "iv/avatar.h"

#define DUE_MAX 24

struct due {
    struct due_picture {
        uint64_t at_ms;
        struct iv_picture picture; /* in `planes` */
        uint8_t *planes;
    } items[DUE_MAX];
    size_t first, n;
    uint64_t dropped; /* of them nobody saw anything */
};

void due_put(struct due *d, const struct iv_picture *p, uint64_t at_ms);
/* The newest whose time has come, borrowed until the next call; those before it are too late to be seen. NULL: none. */
const struct due_picture *due_take(struct due *d, uint64_t now_ms);
/* Until the next one, -1: none waits. */
int due_wait_ms(const struct due *d, uint64_t now_ms);
void due_clear(struct due *d);
void due_release(struct due *d);

#endif
