/* remote.h - sessions of a server: one operation of iv/operations.h is one request of API v1.
 *
 * Owns:    a remote borrows ctx and keeps a copy of URL and key, wiped at the end.
 * Threads: any but the net thread; each call waits for its answer.
 * Errors:  iv/desk.h.
 */
#ifndef IV_CONVERSATION_REMOTE_H
#define IV_CONVERSATION_REMOTE_H

#include "iv/operations.h"

typedef struct iv_remote iv_remote;

/* url: http://, https:// or unix:PATH. The key is that of the settings; without one who we are must do. */
enum iv_code iv_remote_open(iv_ctx *ctx, const char *url, bool needs_key, iv_remote **out,
                            struct iv_error *err);
void iv_remote_close(iv_remote *r);

/* `tail` of "/api/sessions/ID", "" or such as "/pause"; body NULL: none, else taken. */
enum iv_code iv_remote_session(iv_remote *r, const char *method, const char *id, const char *tail,
                               iv_json *body_take, iv_json **out, struct iv_error *err);
enum iv_code iv_remote_create(iv_remote *r, const struct iv_session_spec *spec,
                              const struct iv_paper *papers, size_t n_papers, iv_json **out,
                              struct iv_error *err);
enum iv_code iv_remote_list(iv_remote *r, const struct iv_session_filter *f, iv_json **out,
                            struct iv_error *err);
enum iv_code iv_remote_answer(iv_remote *r, const char *id, const struct iv_answer *answer,
                              iv_json **out, struct iv_error *err);
enum iv_code iv_remote_import(iv_remote *r, const iv_json *exported, iv_json **out,
                              struct iv_error *err);
enum iv_code iv_remote_stats(iv_remote *r, const char *period, const char *user_id, iv_json **out,
                             struct iv_error *err);

/* The session in a store in memory, as the server has it now. */
enum iv_code iv_remote_copy(iv_remote *r, const char *id, iv_store **out, struct iv_error *err);

#endif
