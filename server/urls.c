/* urls.c - where a session's socket, room, transcript and film are, as its client sees this server. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <stdlib.h>

#include "own.h"

#define URL_BYTES 1024
#define ROOM_MS (24 * INT64_C(3600000)) /* no session lives longer */

/* The page with a pass behind #, which a browser sends to nobody: whoever is given the URL gets in, without a key. */
static void set_room(const struct iv_server *s, const struct iv_request *q, const char *base,
                     const char *id, iv_json *session)
{
    char path[160], signed_as[IV_SIGNATURE_BYTES],
        expires[32] = "", signature[IV_SIGNATURE_BYTES] = "", url[URL_BYTES];

    snprintf(path, sizeof path, "/rooms/%.120s", id);
    if (iv_keys_sign_until(s->keys, path, iv_wall_ms(iv_ctx_clock(s->ctx)) + ROOM_MS, signed_as,
                           NULL) ||
        sscanf(signed_as, "expires=%31[0-9]&signature=%127s", expires, signature) != 2)
        return;
    if (q->by_pass) /* who came by a pass gets no other */
        snprintf(url, sizeof url, "%s%s", base, path);
    else
        snprintf(url, sizeof url, "%s%s#pass=%s.%s", base, path, expires, signature);
    iv_json_set_str(session, "daily_room_url", url);
}

void iv_urls_session(const struct iv_server *s, const struct iv_request *q, iv_json *session)
{
    const char *id = iv_json_get_str(session, "session_id", "");
    char base[512], url[URL_BYTES];

    iv_public_base(s, q, base, sizeof base);
    if (iv_json_type(iv_json_get(session, "daily_room_url")) == IV_JSON_NULL)
        set_room(s, q, base, id, session);
    snprintf(url, sizeof url, "ws%s/ws/%s", base + 4, id); /* http: ws, https: wss */
    iv_json_set_str(session, "websocket_url", url);
}

/* A URL that whoever has it may use for a while. */
static void set_link(const struct iv_server *s, const char *base, const char *path, const char *key,
                     iv_json *summary)
{
    char signature[IV_SIGNATURE_BYTES], url[URL_BYTES];

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
