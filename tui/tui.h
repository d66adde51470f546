/* tui.h - the interview on the whole screen of a terminal.
 *
 * Why:     half an hour of talking wants more than lines: what was asked, both sides' words, time, a field to type in, the report.
 *          It is one more sink over iv/conversation.h: what the interview does is decided there.
 * Owns:    everything it opens (voice, model, speaker, conversation, terminal); the host's things are borrowed until tui_run() ends.
 * Threads: [main], one run at a time: a process has one terminal.
 * Errors:  IV_E_UNAVAILABLE where there is no library or no terminal that can be drawn on; IV_E_CANCELLED after Ctrl-C or SIGTERM,
 *          with the session saved. The terminal is as it was before on every way out, crashes and signals included.
 */
#ifndef IV_TUI_H
#define IV_TUI_H

#include "iv/config.h"
#include "iv/conversation.h"
#include "iv/ctx.h"
#include "iv/store.h"

/* What the program around it gives. */
struct tui_host {
    iv_ctx *ctx;
    iv_store *store;
    const struct iv_config *config;
    const char *(*translate)(const char *text) __attribute__((format_arg(1)));
    volatile int *interrupted; /* counted by the host's handlers of SIGINT and SIGTERM */
    struct iv_session_spec spec; /* what the start screen begins with, the user's id included */
    const char *session_id; /* go on with this one at once; NULL: start screen */
    bool at_once; /* without the start screen */
    bool colour;
    void *arg;
    /* A new session with its papers. */
    enum iv_code (*create)(void *arg, const struct iv_session_spec *spec, char id[IV_ID_BYTES],
                           struct iv_error *err);
    /* A setting into the user's file, and into `config`; not called while an interview runs. */
    enum iv_code (*set)(void *arg, const char *key, const char *value, struct iv_error *err);
    /* --record: what is heard and seen is given on; open NULL: nothing is recorded. close after the session's end. */
    enum iv_code (*tape_open)(void *arg, const char *session_id, struct iv_error *err);
    void (*tape_audio)(void *arg, const int16_t *samples, size_t n, uint64_t at_sample);
    void (*tape_frame)(void *arg, const struct iv_picture *p, uint64_t number, uint64_t at_ms);
    enum iv_code (*tape_close)(void *arg, uint64_t end_ms, bool whole, struct iv_error *err);
};

/* Can the screen be drawn on this terminal? Says what is missing; changes nothing. */
enum iv_code tui_check(struct iv_error *err);
/* last: the session that was held last, or "". */
enum iv_code tui_run(const struct tui_host *host, char last[IV_ID_BYTES], struct iv_error *err);

#endif
