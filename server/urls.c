/* urls.c - where a session's socket, room, transcript and film are, as its client sees this server. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <stdlib.h>

#include "own.h"

#define ROOM_MS (24 * INT64_C(3600000)) /* no session lives longer */

void iv_urls_begin(const struct iv_server *s, const struct iv_request *q, struct iv_urls *out)
{
    out->server = s;
    out->request = q;
    out->until_ms = iv_wall_ms(iv_ctx_clock(s->ctx)) + ROOM_MS;
    iv_public_base(s, q, out->base, sizeof out->base);
}

/* The page with a pass behind #, which a browser sends to nobody: whoever is given the URL gets in, without a key. */
static const char *room(struct iv_urls *u, const char *id)
{
    struct iv_signature signature;
    char path[160];

    snprintf(path, sizeof path, "/rooms/%.120s", id);
    if (u->request->by_pass) /* who came by a pass gets no other */
        snprintf(u->room, sizeof u->room, "%s%s", u->base, path);
    else if (iv_keys_sign_until(u->server->keys, path, u->until_ms, &signature, NULL))
        return NULL;
    else
        snprintf(u->room, sizeof u->room, "%s%s#pass=%s.%s", u->base, path, signature.expires,
                 signature.mac);
    return u->room;
}

void iv_urls_of(void *arg, const char *session_id, struct iv_session_urls *urls)
{
    struct iv_urls *u = arg;

    if (!urls->room)
        urls->room = room(u, session_id);
    snprintf(u->socket, sizeof u->socket, "ws%s/ws/%s", u->base + 4, session_id); /* https: wss */
    urls->socket = u->socket;
}

void iv_urls_session(const struct iv_server *s, const struct iv_request *q, iv_json *session)
{
    struct iv_session_urls met = {.room = iv_json_get_str(session, "daily_room_url", NULL)};
    struct iv_urls u;

    iv_urls_begin(s, q, &u);
    iv_urls_of(&u, iv_json_get_str(session, "session_id", ""), &met);
    if (met.room == u.room)
        iv_json_set_str(session, "daily_room_url", met.room);
    iv_json_set_str(session, "websocket_url", met.socket);
}

/* A URL that whoever has it may use for a while. */
static void set_link(const struct iv_server *s, const char *base, const char *path, const char *key,
                     iv_json *summary)
{
    char signature[IV_SIGNATURE_BYTES], url[IV_URL_BYTES];

    if (iv_keys_sign(s->keys, path, signature, NULL))
        return;
    snprintf(url, sizeof url, "%s%s?%s", base, path, signature);
    iv_json_set_str(summary, key, url);
}

void iv_urls_summary(const struct iv_server *s, const char *base, const char *session_id,
                     iv_json *summary)
{
    char path[160];
    char *film = iv_live_film_path(session_id);

    snprintf(path, sizeof path, "/transcripts/%.80s.txt", session_id);
    set_link(s, base, path, "transcript_url", summary);
    if (film && !access(film, R_OK)) {
        snprintf(path, sizeof path, "/videos/%.80s.mp4", session_id);
        set_link(s, base, path, "video_url", summary);
    }
    free(film);
}
