/* iv/room.h - a video room at Daily for a session, where a key for it is set.
 *
 * Why:     a session's object names a room that its candidate can open in a browser (daily_room_url).
 * Owns:    nothing of the caller's.
 * Threads: [any] but the net thread. open and check wait for the service; close returns at once.
 * Units:   milliseconds of wall time; Daily counts in seconds.
 * Errors:  IV_E_CONFIG: the key is refused or is in a file others can read; IV_E_UNAVAILABLE: offline, or no use of the service.
 * Source:  shared provider contract "daily"; retry classes: "errors" section 5.
 *
 * A room is named by its session, so one that was made by a call whose answer got lost is found again. It ends by itself at ends_ms,
 * whatever becomes of this program; closing it earlier is best effort.
 */
#ifndef IV_ROOM_H
#define IV_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "iv/ctx.h"

struct iv_room {
    char url[2048]; /* to open as it is: of a private room with a token for that room alone */
};

bool iv_rooms_are_set(iv_ctx *ctx);
enum iv_code iv_room_open(iv_ctx *ctx, const char *session_id, int64_t ends_ms, struct iv_room *out,
                          struct iv_error *err);
/* What is not done yet when the context ends gets two more seconds. */
void iv_room_close(iv_ctx *ctx, const char *session_id);
/* One small call: is the key good? */
enum iv_code iv_room_check(iv_ctx *ctx, struct iv_error *err);

#endif
