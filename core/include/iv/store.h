/* iv/store.h - sessions, turns, events and results on disk.
 *
 * Why:     one interface, several back ends (sqlite, redis, memory), one contract suite (tests/contract/).
 * Owns:    the store owns its connection and lock; records are copied in and out; iv_turn and row arrays are released by the caller.
 * Threads: [any]; a lock inside. Changes of several threads share one commit. A callback must not call the store.
 * Errors:  IV_E_STORAGE, IV_E_SESSION_NOT_FOUND, IV_E_SESSION_LIMIT, IV_E_BUSY when another process owns the file, IV_E_DATA for a damaged
 *          file, IV_E_REDIS when Redis is not reached.
 *
 * Several writers: nobody reads, decides and writes in three calls. A state is changed by iv_store_change(); a step and a put are
 * refused (IV_E_STATE) when another ended, paused or resumed the session since the writer read it.
 *
 * Durable means: a call that changes something returns after the change would survive kill -9 and power loss.
 */
#ifndef IV_STORE_H
#define IV_STORE_H

#include "iv/buf.h"
#include "iv/ctx.h"
#include "iv/session.h"

typedef struct iv_store iv_store;

/* A turn: one thing said by one side. Its number is its place in the session, from 0, without gaps. */
enum iv_speaker { IV_INTERVIEWER, IV_CANDIDATE };
enum iv_turn_kind {
    IV_TURN_GREETING,
    IV_TURN_QUESTION,
    IV_TURN_PROBE,
    IV_TURN_ANSWER,
    IV_TURN_REMARK,
    IV_TURN_CLOSING
};
struct iv_turn {
    int64_t number;
    enum iv_speaker speaker;
    enum iv_turn_kind kind;
    char question_id[96]; /* for questions, probes and answers */
    char *text; /* what was really said (cut at a barge-in) */
    int64_t start_ms, end_ms; /* active time of the session */
    int64_t wall_ms;
    float confidence; /* of the transcript; 1 for typed text, negative when unknown */
    char *words_json; /* [[text,start_ms,end_ms,confidence],...] of speech, or NULL */
    char source[16]; /* "typed", "speech", "builtin", or the provider's name */
};
void iv_turn_release(struct iv_turn *t);

struct iv_session_filter {
    const char *user_id; /* NULL: every user */
    int status; /* enum iv_session_status, or -1: all */
    int64_t created_from_ms, created_to_ms; /* 0: open */
    int limit, offset; /* limit 1..100 */
    const char *before_id; /* keyset: older than this one; NULL: from the newest */
};

enum iv_code iv_store_open(iv_ctx *ctx, const char *backend, const char *path, iv_store **out,
                           struct iv_error *err);
void iv_store_close(iv_store *st);
const char *iv_store_backend(const iv_store *st);
const char *iv_store_path(const iv_store *st); /* "" for memory */

/* Sessions. The first counts the user's open sessions and refuses over max_open in the same transaction; ids are new.
 * Every read applies iv_session_tick(now) and stores what time changed. user_id and created_ms never change: IV_E_USAGE. */
enum iv_code iv_store_session_new(iv_store *st, const struct iv_session *s, int max_open,
                                  struct iv_error *err);
/* The same with all that belongs to it: the session, its turns, events and documents, whole or not at all. */
struct iv_step;
enum iv_code iv_store_session_new_with(iv_store *st, const struct iv_step *whole, int max_open,
                                       struct iv_error *err);
enum iv_code iv_store_session_get(iv_store *st, const char *id, struct iv_session *out,
                                  struct iv_error *err);
enum iv_code iv_store_session_put(iv_store *st, const struct iv_session *s, struct iv_error *err);
/* What a rule makes of a session at an instant: iv_session_pause() and its like. It may be asked again, on any thread, and must
 * depend on its arguments alone. */
typedef enum iv_code iv_session_rule(struct iv_session *s, int64_t now_ms, struct iv_error *err);
/* Reads, lets time and the rule decide, and writes, as one change that nobody else comes between. A refusal of the rule is
 * returned and changes nothing. *out: the session as it is then; undefined after a failure. */
enum iv_code iv_store_change(iv_store *st, const char *id, iv_session_rule *rule,
                             struct iv_session *out, struct iv_error *err);
enum iv_code iv_store_session_delete(iv_store *st, const char *id,
                                     struct iv_error *err); /* and all that belongs to it */
/* Newest first. *total counts what the filter matches. rows: array the caller frees with free(). */
enum iv_code iv_store_session_list(iv_store *st, const struct iv_session_filter *f,
                                   struct iv_session **rows, size_t *n, int64_t *total,
                                   struct iv_error *err);

/* One step of an interview, whole or not at all: the changed session, its new turns (numbers continue), new events, and changed documents. */
struct iv_doc {
    const char *name;
    const char *text;
    size_t len;
}; /* text NULL deletes */
struct iv_step {
    const struct iv_session *session;
    const struct iv_turn *turns;
    size_t n_turns;
    const char *const *events;
    size_t n_events; /* JSON objects, numbered on from the last */
    const struct iv_doc *docs;
    size_t n_docs;
};
enum iv_code iv_store_step(iv_store *st, const struct iv_step *step, struct iv_error *err);

enum iv_code iv_store_turns(iv_store *st, const char *session_id, struct iv_turn **rows, size_t *n,
                            struct iv_error *err);
void iv_turns_free(struct iv_turn *rows, size_t n);
/* Each recorded event in order: seq from 0. Stops when fn returns non-zero. */
enum iv_code iv_store_events(iv_store *st, const char *session_id, int64_t from_seq,
                             int (*fn)(void *arg, int64_t seq, const char *json), void *arg,
                             struct iv_error *err);

/* Documents of a session: "plan", "state", "report", "job", "resume", ... JSON or text; IV_E_NOT_FOUND when absent.
 * session_id "" holds documents of the store itself. */
enum iv_code iv_store_doc_get(iv_store *st, const char *session_id, const char *name,
                              struct iv_buf *out, struct iv_error *err);
enum iv_code iv_store_doc_put(iv_store *st, const char *session_id, const char *name,
                              const char *text, size_t len, struct iv_error *err);

/* Figures for stats, computed in the store. */
struct iv_store_stats {
    int64_t total, open, active, completed, terminated, expired, messages;
    double average_duration_s; /* of ended sessions; -1: none */
    double average_latency_ms; /* -1: none */
};
enum iv_code iv_store_stats(iv_store *st, const char *user_id, int64_t from_ms, int64_t to_ms,
                            struct iv_store_stats *out, struct iv_error *err);

/* A consistent copy while the store is in use; restore checks the copy before it replaces anything. */
enum iv_code iv_store_backup(iv_store *st, const char *path, struct iv_error *err);
enum iv_code iv_store_restore(iv_ctx *ctx, const char *from, const char *to_path,
                              struct iv_error *err);
/* Full check, every row: IV_OK, or IV_E_DATA with the first thing found. */
enum iv_code iv_store_check(iv_store *st, struct iv_error *err);

#endif
