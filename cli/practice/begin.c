/* begin.c - which session is held, and whether all that was asked for is there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/player.h"
#include "avatar/window.h"
#include "cmd/common.h"
#include "iv/alloc.h"
#include "iv/text.h"
#include "practice/practice.h"

const char *begin_named(const struct cli *cli)
{
    const char *resume = cli_opt(cli, "resume");

    if (cli->n_args)
        return cli->args[0];
    return resume && iv_session_id_valid(resume) && access(resume, F_OK) ? resume : NULL;
}

static bool is_pipe(const char *path)
{
    return path && !strcmp(path, "-");
}

static enum iv_code check_inputs(const struct cli *cli, bool unattended, struct iv_error *err)
{
    const char *resume = cli_opt(cli, "resume"), *job = cli_opt(cli, "job");

    if (cli->n_args && (resume || job))
        return iv_fail(err, IV_E_USAGE,
                       "practice: session %s has its papers; --%s is for a new one", cli->args[0],
                       resume ? "resume" : "job");
    if (begin_named(cli) && job)
        return iv_fail(err, IV_E_USAGE,
                       "practice: session %s has its papers; --job is for a new one", resume);
    if ((is_pipe(resume) || is_pipe(job)) && (!unattended || is_pipe(cli_opt(cli, "answers"))))
        return iv_fail(err, IV_E_USAGE,
                       "--%s -: standard input holds the answers; --answers FILE frees it",
                       is_pipe(resume) ? "resume" : "job");
    return IV_OK;
}

/* The folder above takes new ones. */
static bool can_make(const char *dir)
{
    const char *slash = strrchr(dir, '/');
    char *above = slash ? iv_strndup(dir, (size_t)(slash - dir) + 1) : iv_strdup(".");
    bool can = above && !access(above, W_OK | X_OK);

    free(above);
    return can;
}

/* Found before a session is made for them; what opening them later says is said then too. */
static enum iv_code check_files(const struct cli *cli, struct iv_error *err)
{
    const char *answers = cli_opt(cli, "answers"), *dir = cli_opt(cli, "record");

    if (answers && !is_pipe(answers) && access(answers, R_OK))
        return iv_fail(err, errno == ENOENT || errno == ENOTDIR ? IV_E_NOT_FOUND : IV_E_IO,
                       "%s: %s", answers, strerror(errno));
    if (dir && access(dir, W_OK | X_OK) && (errno != ENOENT || !can_make(dir)))
        return iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", dir, strerror(errno));
    return IV_OK;
}

enum iv_code begin_check_lines(const struct cli *cli, bool unattended, struct iv_error *err)
{
    const char *mic = cli_opt(cli, "mic"), *avatar = cli_opt(cli, "avatar");

    if (!unattended && avatar && !strcmp(avatar, "term"))
        return iv_fail(err, IV_E_UNAVAILABLE,
                       "--avatar term: the full screen draws the face, lines of text do not; "
                       "--avatar window does");
    if (!unattended)
        return avatar && !strcmp(avatar, "window") ? window_check(err) : IV_OK;
    if (mic && strcmp(mic, "none"))
        return iv_fail(err, IV_E_USAGE,
                       "--mic \"%s\": the answers are those of --answers; a folder of recordings "
                       "is taken too",
                       mic);
    if (avatar && strcmp(avatar, "none"))
        return iv_fail(err, IV_E_USAGE,
                       "--avatar %s: with --answers nobody looks on; --record DIR films the face",
                       avatar);
    return IV_OK;
}

enum iv_code begin_check(const struct cli *cli, bool unattended, struct iv_error *err)
{
    enum iv_code rc = check_inputs(cli, unattended, err);

    return rc ? rc : check_files(cli, err);
}

static enum iv_code take_up(struct cli *cli, const char *id, struct begun *out,
                            struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(cli->store, id, &s, err);

    if (!rc) {
        snprintf(out->id, sizeof out->id, "%s", s.id);
        out->lang = s.spec.lang;
        snprintf(out->voice, sizeof out->voice, "%s", s.spec.voice);
    }
    return rc;
}

static enum iv_code create(struct cli *cli, iv_ctx *ctx, struct begun *out, struct iv_error *err)
{
    struct cli_papers papers = {.n = 0};
    struct iv_session_spec spec;
    iv_json *made = NULL;
    enum iv_code rc = cli_session_spec(cli, &spec, err);

    if (!rc)
        rc = cli_read_papers(cli, &papers, err);
    if (!rc)
        rc = iv_op_create_with(ctx, cli->store, &spec, papers.items, papers.n, &made, err);
    if (!rc) {
        snprintf(out->id, sizeof out->id, "%s", iv_json_get_str(made, "session_id", ""));
        out->lang = spec.lang;
        snprintf(out->voice, sizeof out->voice, "%s", spec.voice);
    }
    iv_json_free(made);
    cli_papers_release(&papers);
    return rc;
}

/* The newest session of this user that was interrupted (paused), or cut off (active, and nobody else has the store open). */
static bool find_left(struct cli *cli, char id[IV_ID_BYTES])
{
    static const enum iv_session_status open[] = {IV_SESSION_PAUSED, IV_SESSION_ACTIVE};
    int64_t newest = -1;

    for (size_t i = 0; i < IV_LEN(open); i++) {
        struct iv_session_filter f = {
            .user_id = cli_user_id(cli), .status = (int)open[i], .limit = 1};
        struct iv_session *rows = NULL;
        size_t n = 0;
        int64_t total;

        if (!iv_store_session_list(cli->store, &f, &rows, &n, &total, NULL) && n &&
            rows[0].created_ms > newest) {
            newest = rows[0].created_ms;
            snprintf(id, IV_ID_BYTES, "%s", rows[0].id);
        }
        free(rows);
    }
    return newest >= 0;
}

enum iv_code begin_session(struct cli *cli, iv_ctx *ctx, bool unattended, struct begun *out,
                           struct iv_error *err)
{
    char left[IV_ID_BYTES];

    if (begin_named(cli))
        return take_up(cli, begin_named(cli), out, err);
    if (!unattended && !cli->yes && !cli->dry_run && find_left(cli, left) &&
        cli_confirm(cli, _("An interview was left unfinished. Go on with it?")))
        return take_up(cli, left, out, err);
    return create(cli, ctx, out, err);
}

static enum iv_code try_files(struct cli *cli, const struct begun *b, struct iv_error *err)
{
    const char *path = cli_opt(cli, "answers"), *speaker = cli_opt(cli, "speaker");
    struct answers *answers = NULL;
    struct player *player = NULL;
    enum iv_code rc = path ? answers_open(cli, path, b->lang, &answers, err) : IV_OK;

    answers_close(answers);
    if (!rc && !path && speaker && strcmp(speaker, "none"))
        rc = player_open(speaker, IV_TTS_RATE_HZ, &player, err);
    player_close(player);
    return rc;
}

static enum iv_code try_session(struct cli *cli, const char *id, struct iv_error *err)
{
    struct iv_conversation_options opt = {.record_events = false};
    struct iv_conversation_sink sink = {0};
    iv_conversation *c = NULL;
    iv_json *session = NULL;
    enum iv_code rc = iv_conversation_open(cli->ctx, cli->store, id, &opt, &sink, &c, err);

    iv_conversation_close(c);
    if (!rc)
        rc = iv_op_get(cli->ctx, cli->store, id, &session, err);
    if (!rc)
        rc = cli_print_object(cli, session, session_columns, "session_id", err);
    iv_json_free(session);
    return rc;
}

enum iv_code begin_try_out(struct cli *cli, bool unattended, struct iv_error *err)
{
    struct begun begun = {0};
    enum iv_code rc = begin_check(cli, unattended, err);

    if (!rc)
        rc = begin_session(cli, cli->ctx, unattended, &begun, err);
    if (!rc)
        rc = try_files(cli, &begun, err);
    return rc ? rc : try_session(cli, begun.id, err);
}
