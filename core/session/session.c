/* session.c - the life of a session: what clients and time may do to it. */
#include "iv/session.h"

#include <string.h>

#define MINUTE_MS 60000ll
#define MAX_ACTIVE_MS (IV_SESSION_MAX_MINUTES * MINUTE_MS)

static const char *const types[IV_TYPE_COUNT] = {"technical", "behavioral", "general"};
static const char *const difficulties[IV_DIFFICULTY_COUNT] = {"easy", "medium", "hard"};
static const char *const statuses[IV_SESSION_STATUS_COUNT] = {"created",   "active",     "paused",
                                                              "completed", "terminated", "expired"};

const char *iv_type_name(enum iv_session_type t)
{
    return types[t];
}
const char *iv_difficulty_name(enum iv_difficulty d)
{
    return difficulties[d];
}
const char *iv_status_name(enum iv_session_status s)
{
    return statuses[s];
}

static int find(const char *const *names, int n, const char *s)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], s))
            return i;
    return -1;
}

enum iv_code iv_type_parse(const char *s, enum iv_session_type *out, struct iv_error *err)
{
    int i = find(types, IV_TYPE_COUNT, s);

    if (i < 0)
        return iv_fail(
            err, IV_E_USAGE,
            "invalid interview_type \"%.60s\": must be one of technical, behavioral, general", s);
    *out = (enum iv_session_type)i;
    return IV_OK;
}

enum iv_code iv_difficulty_parse(const char *s, enum iv_difficulty *out, struct iv_error *err)
{
    int i = find(difficulties, IV_DIFFICULTY_COUNT, s);

    if (i < 0)
        return iv_fail(err, IV_E_USAGE,
                       "invalid difficulty \"%.60s\": must be one of easy, medium, hard", s);
    *out = (enum iv_difficulty)i;
    return IV_OK;
}

enum iv_code iv_status_parse(const char *s, enum iv_session_status *out, struct iv_error *err)
{
    int i = find(statuses, IV_SESSION_STATUS_COUNT, s);

    if (i < 0)
        return iv_fail(err, IV_E_USAGE,
                       "invalid status \"%.60s\": must be one of created, active, paused, "
                       "completed, terminated, expired, all",
                       s);
    *out = (enum iv_session_status)i;
    return IV_OK;
}

enum iv_code iv_language_parse(const char *s, enum iv_lang *out, struct iv_error *err)
{
    if (!iv_lang_parse(s, out))
        return iv_fail(err, IV_E_USAGE, "invalid language \"%.60s\": must be one of ko, en, ja", s);
    return IV_OK;
}

void iv_session_spec_init(struct iv_session_spec *spec)
{
    *spec = (struct iv_session_spec){.type = IV_TYPE_GENERAL,
                                     .lang = IV_LANG_KO,
                                     .difficulty = IV_MEDIUM,
                                     .duration_minutes = 30,
                                     .record = true};
}

enum iv_code iv_session_spec_check(const struct iv_session_spec *spec, struct iv_error *err)
{
    static const char *const personas[] = {"", "neutral", "warm", "strict"};
    size_t chars = iv_utf8_chars(spec->user_id);

    if (chars < 1 || chars > IV_USER_ID_MAX)
        return iv_fail(err, IV_E_USAGE, "user_id of %zu characters: must have 1 to %d", chars,
                       IV_USER_ID_MAX);
    if (spec->duration_minutes < IV_SESSION_MIN_MINUTES ||
        spec->duration_minutes > IV_SESSION_MAX_MINUTES)
        return iv_fail(err, IV_E_USAGE, "duration_minutes %d: must be %d to %d",
                       spec->duration_minutes, IV_SESSION_MIN_MINUTES, IV_SESSION_MAX_MINUTES);
    if (!iv_utf8_valid(spec->user_id, strlen(spec->user_id)))
        return iv_fail(err, IV_E_USAGE, "user_id: not valid UTF-8");
    if (find(personas, IV_LEN(personas), spec->persona) < 0)
        return iv_fail(err, IV_E_USAGE,
                       "invalid persona \"%s\": must be one of neutral, warm, strict",
                       spec->persona);
    return IV_OK;
}

bool iv_session_is_open(const struct iv_session *s)
{
    return s->status <= IV_SESSION_PAUSED;
}
bool iv_session_is_over(const struct iv_session *s)
{
    return !iv_session_is_open(s);
}

void iv_session_create(struct iv_session *s, const struct iv_session_spec *spec, int64_t now_ms)
{
    *s = (struct iv_session){.spec = *spec, .status = IV_SESSION_CREATED, .created_ms = now_ms};
    iv_id_new("sess_", now_ms, s->id);
    s->expires_ms = now_ms + spec->duration_minutes * MINUTE_MS;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A wall clock that went back gives no negative stretch. */
static int64_t open_stretch(const struct iv_session *s, int64_t now_ms)
{
    return s->status == IV_SESSION_ACTIVE && now_ms > s->resumed_ms ? now_ms - s->resumed_ms : 0;
}

int64_t iv_session_active_ms(const struct iv_session *s, int64_t now_ms)
{
    return earlier(s->active_ms + open_stretch(s, now_ms), MAX_ACTIVE_MS);
}

static int64_t last_ms(const struct iv_session *s)
{
    return s->created_ms + IV_SESSION_MAX_WALL_MS;
}

static int64_t pause_so_far(const struct iv_session *s, int64_t now_ms)
{
    return s->status == IV_SESSION_PAUSED && now_ms > s->paused_ms ? now_ms - s->paused_ms : 0;
}

int64_t iv_session_expires_ms(const struct iv_session *s, int64_t now_ms)
{
    return earlier(s->expires_ms + pause_so_far(s, now_ms), last_ms(s));
}

int64_t iv_session_remaining_ms(const struct iv_session *s, int64_t now_ms)
{
    int64_t left = iv_session_expires_ms(s, now_ms) - now_ms;

    return iv_session_is_over(s) || left < 0 ? 0 : left;
}

static void finish(struct iv_session *s, enum iv_session_status status, int64_t at_ms)
{
    s->active_ms = iv_session_active_ms(s, at_ms);
    s->status = status;
    s->ended_ms = at_ms;
}

/* Its own time, its share of talking, or a day on the wall; a pause stops all but the last. */
int64_t iv_session_due_ms(const struct iv_session *s)
{
    int64_t end = earlier(s->expires_ms, last_ms(s));

    if (s->status == IV_SESSION_PAUSED)
        return last_ms(s);
    if (s->status == IV_SESSION_ACTIVE)
        end = earlier(end, s->resumed_ms + MAX_ACTIVE_MS - s->active_ms);
    return end;
}

bool iv_session_tick(struct iv_session *s, int64_t now_ms)
{
    int64_t end = iv_session_due_ms(s);

    if (iv_session_is_over(s) || now_ms < end)
        return false;
    finish(s, s->status == IV_SESSION_ACTIVE ? IV_SESSION_COMPLETED : IV_SESSION_EXPIRED, end);
    return true;
}

static enum iv_code refuse(const struct iv_session *s, const char *verb, struct iv_error *err)
{
    if (s->status == IV_SESSION_EXPIRED)
        return iv_fail(err, IV_E_SESSION_EXPIRED, "session %s: its time is over", s->id);
    return iv_fail(err, IV_E_STATE, "session %s is %s: it cannot be %s", s->id,
                   iv_status_name(s->status), verb);
}

enum iv_code iv_session_start(struct iv_session *s, int64_t now_ms, struct iv_error *err)
{
    iv_session_tick(s, now_ms);
    if (s->status == IV_SESSION_ACTIVE)
        return iv_fail(err, IV_E_SESSION_ALREADY_ACTIVE, "session %s is active already", s->id);
    if (s->status != IV_SESSION_CREATED)
        return refuse(s, "started", err);
    s->status = IV_SESSION_ACTIVE;
    s->started_ms = s->resumed_ms = now_ms;
    return IV_OK;
}

enum iv_code iv_session_pause(struct iv_session *s, int64_t now_ms, struct iv_error *err)
{
    iv_session_tick(s, now_ms);
    if (s->status != IV_SESSION_ACTIVE)
        return refuse(s, "paused", err);
    s->active_ms = iv_session_active_ms(s, now_ms);
    s->status = IV_SESSION_PAUSED;
    s->paused_ms = now_ms;
    return IV_OK;
}

enum iv_code iv_session_resume(struct iv_session *s, int64_t now_ms, struct iv_error *err)
{
    iv_session_tick(s, now_ms);
    if (s->status == IV_SESSION_ACTIVE)
        return iv_fail(err, IV_E_SESSION_ALREADY_ACTIVE, "session %s is active already", s->id);
    if (s->status != IV_SESSION_PAUSED)
        return refuse(s, "resumed", err);
    s->expires_ms += pause_so_far(s, now_ms);
    s->status = IV_SESSION_ACTIVE;
    s->resumed_ms = now_ms;
    s->paused_ms = 0;
    return IV_OK;
}

/* The last words may be spoken a little after the time: they still complete it. */
enum iv_code iv_session_complete(struct iv_session *s, int64_t now_ms, struct iv_error *err)
{
    if (s->status != IV_SESSION_ACTIVE)
        return refuse(s, "completed", err);
    finish(s, IV_SESSION_COMPLETED, now_ms);
    return IV_OK;
}

enum iv_code iv_session_end(struct iv_session *s, int64_t now_ms, struct iv_error *err)
{
    (void)err;
    iv_session_tick(s, now_ms);
    if (iv_session_is_open(s))
        finish(s, IV_SESSION_TERMINATED, now_ms);
    return IV_OK;
}

enum iv_code iv_session_conclude(struct iv_session *s, int64_t now_ms, struct iv_error *err)
{
    return s->status == IV_SESSION_ACTIVE ? iv_session_complete(s, now_ms, err)
                                          : iv_session_end(s, now_ms, err);
}

enum iv_code iv_session_may_follow(const struct iv_session *is, const struct iv_session *next,
                                   struct iv_error *err)
{
    if (is->status >= IV_SESSION_TERMINATED &&
        (next->status != is->status || next->ended_ms != is->ended_ms))
        return iv_fail(err, IV_E_STATE, "session %s is %s meanwhile", is->id,
                       iv_status_name(is->status));
    if (is->status == IV_SESSION_PAUSED && next->status == IV_SESSION_ACTIVE &&
        next->resumed_ms == is->resumed_ms)
        return iv_fail(err, IV_E_STATE, "session %s was paused meanwhile", is->id);
    if (next->resumed_ms < is->resumed_ms)
        return iv_fail(err, IV_E_STATE, "session %s was resumed meanwhile", is->id);
    return IV_OK;
}

int64_t iv_session_average_response_ms(const struct iv_session *s)
{
    return s->response_ms_n ? s->response_ms_sum / s->response_ms_n : -1;
}

int64_t iv_session_average_latency_ms(const struct iv_session *s)
{
    return s->latency_ms_n ? s->latency_ms_sum / s->latency_ms_n : -1;
}
