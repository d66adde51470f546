/* iv/session.h - the life of a session: pure rules, no I/O, time is an argument.
 *
 * Why:     what time and clients do to a session is decided here once, for the CLI, the server and every store.
 * Owns:    a plain value; strings inside are its own.
 * Threads: [any] on one's own value.
 * Units:   wall_ms for instants; active_ms counts active time only.
 * Errors:  IV_E_STATE, IV_E_SESSION_EXPIRED, IV_E_SESSION_ALREADY_ACTIVE, IV_E_USAGE (naming field, value and what is allowed).
 *
 *   created --start--> active <--resume/pause--> paused
 *   created|paused --time--> expired        active --time or last question--> completed
 *   created|active|paused --end--> terminated
 */
#ifndef IV_SESSION_H
#define IV_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/clock.h"
#include "iv/error.h"
#include "iv/json.h"
#include "iv/text.h"

enum iv_session_type { IV_TYPE_TECHNICAL, IV_TYPE_BEHAVIORAL, IV_TYPE_GENERAL, IV_TYPE_COUNT };
enum iv_difficulty { IV_EASY, IV_MEDIUM, IV_HARD, IV_DIFFICULTY_COUNT };
enum iv_session_status {
    IV_SESSION_CREATED,
    IV_SESSION_ACTIVE,
    IV_SESSION_PAUSED,
    IV_SESSION_COMPLETED,
    IV_SESSION_TERMINATED,
    IV_SESSION_EXPIRED,
    IV_SESSION_STATUS_COUNT
};
const char *iv_type_name(enum iv_session_type t);
const char *iv_difficulty_name(enum iv_difficulty d);
const char *iv_status_name(enum iv_session_status s);
/* IV_E_USAGE: "invalid interview_type \"x\": must be one of technical, behavioral, general" */
enum iv_code iv_type_parse(const char *s, enum iv_session_type *out, struct iv_error *err);
enum iv_code iv_difficulty_parse(const char *s, enum iv_difficulty *out, struct iv_error *err);
enum iv_code iv_status_parse(const char *s, enum iv_session_status *out, struct iv_error *err);
enum iv_code iv_language_parse(const char *s, enum iv_lang *out, struct iv_error *err);

#define IV_USER_ID_MAX 128
#define IV_SESSION_MIN_MINUTES 5
#define IV_SESSION_MAX_MINUTES 120
#define IV_SESSION_MAX_WALL_MS (24ll * 3600 * 1000)

/* What a client asks for; text fields are cut at nothing: too long is IV_E_USAGE. */
struct iv_session_spec {
    char user_id[IV_USER_ID_MAX * 4 + 1];
    enum iv_session_type type;
    enum iv_lang lang;
    enum iv_difficulty difficulty;
    int duration_minutes;
    char persona[32], voice[64], avatar[64], role[128], question_set[256];
    uint64_t seed;
    bool has_seed;
    bool record;
};
/* Defaults of the contract: general, ko, medium, 30 minutes. */
void iv_session_spec_init(struct iv_session_spec *spec);
enum iv_code iv_session_spec_check(const struct iv_session_spec *spec, struct iv_error *err);

struct iv_session {
    char id[IV_ID_BYTES];
    struct iv_session_spec spec;
    enum iv_session_status status;
    int64_t created_ms, started_ms, paused_ms, ended_ms; /* wall; 0: not yet */
    int64_t expires_ms; /* as of the last resume; see iv_session_expires_ms */
    int64_t active_ms; /* closed stretches only; see iv_session_active_ms */
    int64_t resumed_ms; /* wall, start of the open stretch */
    int64_t message_count, questions_asked, responses_received;
    int64_t response_ms_sum, response_ms_n; /* end of a question to the start of the answer */
    int64_t latency_ms_sum, latency_ms_n; /* end of the answer to the first audio of the reply */
};

void iv_session_create(struct iv_session *s, const struct iv_session_spec *spec, int64_t now_ms);
enum iv_code iv_session_start(struct iv_session *s, int64_t now_ms, struct iv_error *err);
enum iv_code iv_session_pause(struct iv_session *s, int64_t now_ms, struct iv_error *err);
enum iv_code iv_session_resume(struct iv_session *s, int64_t now_ms, struct iv_error *err);
enum iv_code iv_session_complete(struct iv_session *s, int64_t now_ms,
                                 struct iv_error *err); /* last question answered */
/* On one that ended already: IV_OK and nothing changes. */
enum iv_code iv_session_end(struct iv_session *s, int64_t now_ms, struct iv_error *err);
/* Ends an interview whose last words are said: it is completed. Any other is ended. */
enum iv_code iv_session_conclude(struct iv_session *s, int64_t now_ms, struct iv_error *err);
/* Whether a writer who knew the session earlier may put `next` in the place of `is`. IV_E_STATE when another ended, paused or
 * resumed it meanwhile. What only time did may be overtaken: the last words may be spoken a little after it. */
enum iv_code iv_session_may_follow(const struct iv_session *is, const struct iv_session *next,
                                   struct iv_error *err);
/* What time did since it was last looked at; true when the status changed. Call before showing or changing a session. */
bool iv_session_tick(struct iv_session *s, int64_t now_ms);
/* When iv_session_tick() will end an open session, should nobody touch it. */
int64_t iv_session_due_ms(const struct iv_session *s);

/* Never more than 120 minutes. */
int64_t iv_session_active_ms(const struct iv_session *s, int64_t now_ms);
/* When time will end it: a pause that lasts moves it on, a day after the creation is the last. */
int64_t iv_session_expires_ms(const struct iv_session *s, int64_t now_ms);
int64_t iv_session_remaining_ms(const struct iv_session *s, int64_t now_ms);
bool iv_session_is_open(const struct iv_session *s); /* created, active or paused */
bool iv_session_is_over(const struct iv_session *s);
/* Averages; -1 when there is nothing to average. */
int64_t iv_session_average_response_ms(const struct iv_session *s);
int64_t iv_session_average_latency_ms(const struct iv_session *s);

/* The object of GET /api/sessions/{id}. Where a session is met is known to a server alone: NULL makes null. */
struct iv_session_urls {
    const char *room, *socket;
};
typedef void iv_session_urls_fn(void *arg, const char *session_id, struct iv_session_urls *urls);
void iv_session_put(const struct iv_session *s, int64_t now_ms, const struct iv_session_urls *urls,
                    struct iv_buf *out); /* appends its text */
iv_json *iv_session_json(const struct iv_session *s, int64_t now_ms); /* the caller frees */
/* "summary" of DELETE /api/sessions/{id}; the URLs may be NULL. The caller frees. */
iv_json *iv_session_summary_json(const struct iv_session *s, int64_t now_ms,
                                 const char *transcript_url, const char *video_url);

#endif
