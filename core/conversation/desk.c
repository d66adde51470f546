/* desk.c - the store's side or the server's side. */
#include "iv/desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conversation/remote.h"
#include "iv/alloc.h"
#include "iv/usage.h"

struct iv_desk {
    iv_ctx *ctx;
    iv_store *store; /* NULL: the server's side */
    iv_remote *remote;
};

enum iv_code iv_desk_open_store(iv_ctx *ctx, iv_store *store, iv_desk **out, struct iv_error *err)
{
    *out = iv_alloc(sizeof **out);
    if (!*out)
        return iv_fail(err, IV_E_NOMEM, "sessions: out of memory");
    **out = (struct iv_desk){.ctx = ctx, .store = store};
    return IV_OK;
}

static enum iv_code open_remote(iv_ctx *ctx, const char *url, bool needs_key, iv_desk **out,
                                struct iv_error *err)
{
    enum iv_code rc = iv_desk_open_store(ctx, NULL, out, err);

    if (!rc)
        rc = iv_remote_open(ctx, url, needs_key, &(*out)->remote, err);
    if (rc) {
        iv_desk_close(*out);
        *out = NULL;
    }
    return rc;
}

enum iv_code iv_desk_open_server(iv_ctx *ctx, const char *url, iv_desk **out, struct iv_error *err)
{
    return open_remote(ctx, url, true, out, err);
}

/* Is a program of this very user there? A socket may outlive its server, and must not be another's. */
static bool is_answered(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct ucred peer;
    socklen_t len = sizeof peer;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is = false;

    if (fd < 0 || strlen(path) >= sizeof a.sun_path)
        goto out;
    memcpy(a.sun_path, path, strlen(path) + 1);
    is = !connect(fd, (struct sockaddr *)&a, sizeof a) &&
         !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) && peer.uid == geteuid();
out:
    if (fd >= 0)
        close(fd);
    return is;
}

enum iv_code iv_desk_open_owner(iv_ctx *ctx, const char *store_path, iv_desk **out,
                                struct iv_error *err)
{
    struct iv_buf url = IV_BUF_INIT(8192);
    enum iv_code rc;

    *out = NULL;
    iv_buf_addf(&url, "unix:%s" IV_OWNER_SOCKET, store_path);
    rc = iv_buf_check(&url, "store path", err);
    if (!rc && !is_answered(iv_buf_str(&url) + 5))
        rc = iv_fail(err, IV_E_NOT_FOUND, "%s: no server has it", store_path);
    if (!rc)
        rc = open_remote(ctx, iv_buf_str(&url), false, out, err);
    iv_buf_release(&url);
    return rc;
}

void iv_desk_close(iv_desk *d)
{
    if (!d)
        return;
    iv_remote_close(d->remote);
    free(d);
}

enum iv_code iv_desk_create(iv_desk *d, const struct iv_session_spec *spec,
                            const struct iv_paper *papers, size_t n_papers, iv_json **out,
                            struct iv_error *err)
{
    return d->store ? iv_op_create_with(d->ctx, d->store, spec, papers, n_papers, out, err)
                    : iv_remote_create(d->remote, spec, papers, n_papers, out, err);
}

enum iv_code iv_desk_list(iv_desk *d, const struct iv_session_filter *f, iv_json **out,
                          struct iv_error *err)
{
    return d->store ? iv_op_list(d->ctx, d->store, f, out, err)
                    : iv_remote_list(d->remote, f, out, err);
}

enum iv_code iv_desk_get(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_get(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "GET", id, "", NULL, out, err);
}

enum iv_code iv_desk_start(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_start(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "POST", id, "/start", NULL, out, err);
}

enum iv_code iv_desk_pause(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_pause(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "POST", id, "/pause", NULL, out, err);
}

enum iv_code iv_desk_resume(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_resume(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "POST", id, "/resume", NULL, out, err);
}

enum iv_code iv_desk_end(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_end(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "DELETE", id, "", NULL, out, err);
}

enum iv_code iv_desk_delete(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_delete(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "DELETE", id, "?purge=true", NULL, out, err);
}

enum iv_code iv_desk_ask(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_ask(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "POST", id, "/question", NULL, out, err);
}

enum iv_code iv_desk_answer(iv_desk *d, const char *id, const struct iv_answer *answer,
                            iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_answer(d->ctx, d->store, id, answer, out, err)
                    : iv_remote_answer(d->remote, id, answer, out, err);
}

enum iv_code iv_desk_export(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    return d->store ? iv_op_export(d->ctx, d->store, id, out, err)
                    : iv_remote_session(d->remote, "GET", id, "/export", NULL, out, err);
}

enum iv_code iv_desk_events(iv_desk *d, const char *id, int64_t from, iv_json **out,
                            struct iv_error *err)
{
    char tail[48];

    snprintf(tail, sizeof tail, "/events?from=%" PRId64, from);
    return d->store ? iv_op_events(d->ctx, d->store, id, from, out, err)
                    : iv_remote_session(d->remote, "GET", id, tail, NULL, out, err);
}

enum iv_code iv_desk_import(iv_desk *d, const iv_json *exported, iv_json **out,
                            struct iv_error *err)
{
    return d->store ? iv_op_import(d->ctx, d->store, exported, out, err)
                    : iv_remote_import(d->remote, exported, out, err);
}

enum iv_code iv_desk_stats(iv_desk *d, const char *period, const char *user_id, iv_json **out,
                           struct iv_error *err)
{
    return d->store ? iv_op_stats(d->ctx, d->store, period, user_id, out, err)
                    : iv_remote_stats(d->remote, period, user_id, out, err);
}

enum iv_code iv_desk_usage(iv_desk *d, const char *period, iv_json **out, struct iv_error *err)
{
    iv_json *stats = NULL;
    enum iv_code rc;

    *out = NULL;
    if (d->store)
        return iv_usage_report(d->ctx, period, NULL, out, err);
    rc = iv_remote_stats(d->remote, period, NULL, &stats, err);
    if (!rc && iv_json_type(iv_json_get(stats, "usage")) != IV_JSON_OBJECT)
        rc = iv_fail(err, IV_E_FORBIDDEN,
                     "usage: the server tells it to keys that are bound to no user");
    if (!rc)
        *out = iv_json_dup(iv_json_get(stats, "usage"));
    iv_json_free(stats);
    return rc;
}

/* -- what is computed here, from a copy -- */

/* The store to look at; *copy: to be closed afterwards, NULL for the own one. */
static enum iv_code store_with(iv_desk *d, const char *id, iv_store **out, iv_store **copy,
                               struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    *copy = NULL;
    if (!d->store)
        rc = iv_remote_copy(d->remote, id, copy, err);
    *out = d->store ? d->store : *copy;
    return rc;
}

enum iv_code iv_desk_session(iv_desk *d, const char *id, struct iv_session *out,
                             struct iv_error *err)
{
    iv_store *st, *copy;
    enum iv_code rc = store_with(d, id, &st, &copy, err);

    if (!rc)
        rc = iv_store_session_get(st, id, out, err);
    iv_store_close(copy);
    return rc;
}

enum iv_code iv_desk_report(iv_desk *d, const char *id, const char *rubric_path, iv_json **out,
                            struct iv_error *err)
{
    iv_store *st, *copy;
    enum iv_code rc;

    if (!d->store && !rubric_path) /* it compares with the user's other sessions, which are there */
        return iv_remote_session(d->remote, "GET", id, "/feedback", NULL, out, err);
    *out = NULL;
    rc = store_with(d, id, &st, &copy, err);
    if (!rc)
        rc = iv_op_report(d->ctx, st, id, rubric_path, out, err);
    iv_store_close(copy);
    return rc;
}

enum iv_code iv_desk_transcript(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    iv_store *st, *copy;
    enum iv_code rc = store_with(d, id, &st, &copy, err);

    *out = NULL;
    if (!rc)
        rc = iv_op_transcript(d->ctx, st, id, out, err);
    iv_store_close(copy);
    return rc;
}

enum iv_code iv_desk_transcript_as(iv_desk *d, const char *id, const char *form, struct iv_buf *out,
                                   struct iv_error *err)
{
    iv_store *st, *copy;
    enum iv_code rc = store_with(d, id, &st, &copy, err);

    if (!rc)
        rc = iv_op_transcript_as(d->ctx, st, id, form, out, err);
    iv_store_close(copy);
    return rc;
}

enum iv_code iv_desk_replay(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    iv_store *st, *copy;
    enum iv_code rc = store_with(d, id, &st, &copy, err);

    *out = NULL;
    if (!rc)
        rc = iv_op_replay(d->ctx, st, id, out, err);
    iv_store_close(copy);
    return rc;
}

enum iv_code iv_desk_latency(iv_desk *d, const char *id, iv_json **out, struct iv_error *err)
{
    iv_store *st, *copy;
    enum iv_code rc = store_with(d, id, &st, &copy, err);

    *out = NULL;
    if (!rc)
        rc = iv_op_latency(d->ctx, st, id, out, err);
    iv_store_close(copy);
    return rc;
}
