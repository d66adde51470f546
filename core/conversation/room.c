/* room.c - which room a session has: made with it, shown with it, closed when it ends. */
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/room.h"

#define DOCUMENT "room"
#define LIFE_MS (24ll * 3600 * 1000) /* no session lives longer, whatever its pauses */

/* --dry-run works on a copy in memory of a store that is elsewhere: nothing may be made outside for it. */
static bool is_rehearsal(iv_ctx *ctx, const iv_store *store)
{
    const struct iv_config *c = iv_ctx_config(ctx);

    return !c || strcmp(iv_store_backend(store), c->store_backend) != 0;
}

static enum iv_code keep(iv_store *store, const char *id, const char *url, bool is_closed,
                         struct iv_error *err)
{
    iv_json *j = iv_json_object();
    char *text = NULL;
    size_t len = 0;
    enum iv_code rc;

    iv_json_set_str(j, "url", url);
    iv_json_set_bool(j, "closed", is_closed);
    rc = iv_json_text(j, &text, &len, err);
    if (!rc)
        rc = iv_store_doc_put(store, id, DOCUMENT, text, len, err);
    free(text);
    iv_json_free(j);
    return rc;
}

void iv_session_room_open(iv_ctx *ctx, iv_store *store, const struct iv_session *s, iv_json *object)
{
    struct iv_room room;
    struct iv_error why;
    enum iv_code rc;

    if (is_rehearsal(ctx, store) || !iv_rooms_are_set(ctx))
        return;
    rc = iv_room_open(ctx, s->id, s->created_ms + LIFE_MS, &room, &why);
    if (!rc)
        rc = keep(store, s->id, room.url, false, &why);
    if (rc)
        iv_log(iv_ctx_log(ctx), IV_LOG_WARN, "session %s has no room: %s", s->id, why.text);
    else
        iv_json_set_str(object, "daily_room_url", room.url);
}

char *iv_session_room_url(iv_ctx *ctx, iv_store *store, const struct iv_session *s)
{
    const char *url;
    iv_json *j = NULL;
    char *copy;

    if (iv_load_doc(store, s->id, DOCUMENT, &j, NULL))
        return NULL;
    url = iv_json_get_str(j, "url", "");
    copy = url[0] ? iv_strdup(url) : NULL;
    iv_json_free(j);
    if (iv_session_is_over(s))
        iv_session_room_close(ctx, store, s->id);
    return copy;
}

void iv_session_room_show(iv_ctx *ctx, iv_store *store, const struct iv_session *s, iv_json *object)
{
    char *url = iv_session_room_url(ctx, store, s);

    if (url)
        iv_json_set_str(object, "daily_room_url", url);
    free(url);
}

void iv_session_room_close(iv_ctx *ctx, iv_store *store, const char *id)
{
    iv_json *j = NULL;

    if (iv_load_doc(store, id, DOCUMENT, &j, NULL))
        return;
    if (!iv_json_get_bool(j, "closed", true) && !is_rehearsal(ctx, store)) {
        keep(store, id, iv_json_get_str(j, "url", ""), true, NULL);
        iv_room_close(ctx, id);
    }
    iv_json_free(j);
}
