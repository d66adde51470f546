/* iv/desk.h - where sessions are asked for: a store of this machine, or a server that keeps them.
 *
 * Why:     every command works on both with the same output. The store's side is iv/operations.h itself; the server's side speaks
 *          API v1. What only looks at a session (transcript, replay, report by a rubric of one's own) is computed here from a copy
 *          that the server gives.
 * Owns:    a desk borrows ctx and store. Results are JSON trees owned by the caller.
 * Threads: [any] that may wait for a service; calls of one desk one at a time.
 * Errors:  those of iv/operations.h, with the server's own code and text. IV_E_UNAVAILABLE: it cannot be reached, or --offline;
 *          IV_E_PROTOCOL: it speaks something else; IV_E_UNAUTHORIZED: server.api_key is missing or wrong.
 */
#ifndef IV_DESK_H
#define IV_DESK_H

#include "iv/operations.h"

typedef struct iv_desk iv_desk;

enum iv_code iv_desk_open_store(iv_ctx *ctx, iv_store *store, iv_desk **out, struct iv_error *err);
/* url: "http://localhost:8000" or "unix:PATH", with the setting server.api_key. Nothing is sent yet. IV_E_CONFIG: no URL of a server. */
enum iv_code iv_desk_open_server(iv_ctx *ctx, const char *url, iv_desk **out, struct iv_error *err);
/* The server of this user that has the store open: it answers at a Unix socket beside it, without a key. IV_E_NOT_FOUND: there is
 * none. */
#define IV_OWNER_SOCKET ".sock" /* behind the store's path */
enum iv_code iv_desk_open_owner(iv_ctx *ctx, const char *store_path, iv_desk **out,
                                struct iv_error *err);
void iv_desk_close(iv_desk *d);

/* As the iv_op_ functions of the same names. */
enum iv_code iv_desk_create(iv_desk *d, const struct iv_session_spec *spec,
                            const struct iv_paper *papers, size_t n_papers, iv_json **out,
                            struct iv_error *err);
enum iv_code iv_desk_list(iv_desk *d, const struct iv_session_filter *f, iv_json **out,
                          struct iv_error *err);
enum iv_code iv_desk_get(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
/* The record itself, for what the object of the contract does not show. */
enum iv_code iv_desk_session(iv_desk *d, const char *id, struct iv_session *out,
                             struct iv_error *err);
enum iv_code iv_desk_start(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_pause(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_resume(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_end(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_delete(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_ask(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_answer(iv_desk *d, const char *id, const struct iv_answer *answer,
                            iv_json **out, struct iv_error *err);
enum iv_code iv_desk_report(iv_desk *d, const char *id, const char *rubric_path, iv_json **out,
                            struct iv_error *err);
enum iv_code iv_desk_transcript(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_transcript_as(iv_desk *d, const char *id, const char *form, struct iv_buf *out,
                                   struct iv_error *err);
enum iv_code iv_desk_export(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_events(iv_desk *d, const char *id, int64_t from, iv_json **out,
                            struct iv_error *err);
enum iv_code iv_desk_import(iv_desk *d, const iv_json *exported, iv_json **out,
                            struct iv_error *err);
enum iv_code iv_desk_replay(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_latency(iv_desk *d, const char *id, iv_json **out, struct iv_error *err);
enum iv_code iv_desk_stats(iv_desk *d, const char *period, const char *user_id, iv_json **out,
                           struct iv_error *err);
/* As iv_usage_report, of every service. */
enum iv_code iv_desk_usage(iv_desk *d, const char *period, iv_json **out, struct iv_error *err);

#endif
