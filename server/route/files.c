/* files.c - transcripts as files, and films. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/operations.h"
#include "own.h"
#include "route/route.h"

static const struct {
    const char *end, *form, *type;
} forms[] = {
    {".txt", "text", "text/plain; charset=utf-8"},
    {".json", "json", NULL},
    {".srt", "srt", "application/x-subrip; charset=utf-8"},
    {".vtt", "vtt", "text/vtt; charset=utf-8"},
    {".md", "md", "text/markdown; charset=utf-8"},
};

/* "SESSION.end" of the path; the session is the caller's to see. */
static enum iv_code session_of(struct iv_server *s, const struct iv_request *q, const char *end,
                               char id[IV_ID_BYTES], struct iv_error *err)
{
    const char *file = q->params[0];
    size_t len = strlen(file), tail = strlen(end);
    struct iv_session record;
    enum iv_code rc;

    if (len <= tail || strcmp(file + len - tail, end) || len - tail >= IV_ID_BYTES)
        return iv_fail(err, IV_E_NOT_FOUND, "%.100s: there is no such file", file);
    memcpy(id, file, len - tail);
    id[len - tail] = '\0';
    rc = iv_store_session_get(s->store, id, &record, err);
    return rc ? rc : iv_auth_owner(&q->who, record.spec.user_id, err);
}

iv_handler iv_route_transcript_file;
enum iv_code iv_route_transcript_file(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                      struct iv_error *err)
{
    const char *end = strrchr(q->params[0], '.');
    char id[IV_ID_BYTES];
    enum iv_code rc;

    iv_reply_header(r, "Cache-Control", "no-store");
    for (size_t i = 0; end && i < IV_LEN(forms); i++) {
        if (strcmp(forms[i].end, end))
            continue;
        rc = session_of(s, q, end, id, err);
        if (rc)
            return rc;
        r->type = forms[i].type;
        if (!strcmp(forms[i].form, "json"))
            return iv_op_transcript(s->ctx, s->store, id, &r->json, err);
        r->body.max = IV_HTTP_REPLY_MAX;
        return iv_op_transcript_as(s->ctx, s->store, id, forms[i].form, &r->body, err);
    }
    return iv_fail(err, IV_E_NOT_FOUND, "%.100s: there is txt, json, srt, vtt and md",
                   q->params[0]);
}

iv_handler iv_route_video_file;
enum iv_code iv_route_video_file(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    char id[IV_ID_BYTES];
    enum iv_code rc = session_of(s, q, ".mp4", id, err);

    iv_reply_header(r, "Cache-Control", "no-store");
    if (rc)
        return rc;
    r->file = iv_live_film_path(id);
    r->type = "video/mp4";
    if (r->file && !access(r->file, R_OK))
        return IV_OK;
    free(r->file);
    r->file = NULL;
    return iv_fail(err, IV_E_NOT_FOUND, "%s: no film was kept", id);
}
