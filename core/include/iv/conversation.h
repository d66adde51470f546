/* iv/conversation.h - the turn engine: one interview, driven by events and a clock from outside.
 *
 * Why:     terminal, commands and server are three sinks over the same engine; a behaviour fixed once is fixed in all.
 * Owns:    a conversation owns its voice, face and recogniser; it borrows ctx, store and sink.
 * Threads: every function and every sink call on the owner's thread, but for iv_conversation_wait's end and sink.wake. Providers
 *          deliver on their own threads into queues that iv_conversation_pump() empties.
 * Units:   at_ms: the presentation clock, milliseconds of active session time (pauses not counted).
 * Errors:  IV_E_STATE for what the present state does not allow; IV_E_STORAGE when a turn cannot be kept: then it was not taken.
 *
 *   listening --answer--> thinking --first sound--> speaking --last sound or another voice--> listening ... ended
 *                                                      ^------ that voice wanted nothing ------'
 *
 * A turn is in the store before a message about it leaves. What the interviewer says becomes a turn when it has been said, or
 * when it was cut, and then holds only what was said; until then the move stands in the "state" document, so that after a crash
 * it is said again. With score.engine "model" the call in which an interview ends waits for the judgement, score.timeout at most.
 */
#ifndef IV_CONVERSATION_H
#define IV_CONVERSATION_H

#include "iv/avatar.h"
#include "iv/bank.h"
#include "iv/ctx.h"
#include "iv/event.h"
#include "iv/llm.h"
#include "iv/store.h"
#include "iv/stt.h"
#include "iv/tts.h"

struct iv_conversation_sink {
    void *arg;
    void (*message)(void *arg, const struct iv_msg *m);
    /* The interviewer's voice. at_sample: presentation time of the first sample, in samples of IV_TTS_RATE_HZ; pieces come in
     * order, silence between them is not sent. May be NULL. */
    void (*audio)(void *arg, const int16_t *samples, size_t n, uint64_t at_sample);
    /* Somebody else's voice: what was handed out for at_sample and later will not be heard; drop it. It may come again, later. May be NULL. */
    void (*cut)(void *arg, uint64_t at_sample);
    /* The candidate paused within an answer and is still listened to; or speaks again, or the answer is over. May be NULL. */
    void (*waits)(void *arg, bool waits);
    /* Every frame number from 0, one by one. May be NULL. */
    void (*frame)(void *arg, const struct iv_picture *p, uint64_t number, uint64_t at_ms);
    /* The same frames as JPEG (setting avatar.jpeg_quality), encoded once for all sessions of the context that show the same face
     * in the same pose. May be NULL. */
    void (*jpeg)(void *arg, const uint8_t *bytes, size_t len, uint64_t number, uint64_t at_ms);
    /* [any] A provider delivered something: pump soon. Must not call back into the conversation. May be NULL. */
    void (*wake)(void *arg);
};

/* The engine's voice. NULL functions: nothing is spoken and a reply takes no time. */
struct iv_voice {
    void *arg;
    enum iv_code (*start)(void *arg, const char *text, const struct iv_tts_sink *sink,
                          struct iv_error *err);
    void (*cancel)(void *arg);
    /* For a voice that takes text while it is written (iv_tts_takes_pieces); all three or none. append with NULL ends the text. */
    bool (*takes_pieces)(void *arg);
    enum iv_code (*start_open)(void *arg, const char *text, const struct iv_tts_sink *sink,
                               struct iv_error *err);
    enum iv_code (*append)(void *arg, const char *text, struct iv_error *err);
    void (*warm)(void *arg); /* it will speak soon; may be NULL */
    bool (*is_local)(void *arg); /* what it says in vain costs nothing; NULL: it may */
    /* Presentation time (samples) at which the clause started last was laid when it was recorded; -1: as soon as possible.
     * NULL outside a replay. */
    int64_t (*recorded_at)(void *arg);
};

/* An opened voice as the engine's. NULL: a voice that says nothing. The caller keeps `t` until the conversation is closed. */
struct iv_voice iv_voice_of(iv_tts *t);

struct iv_conversation_options {
    struct iv_voice voice;
    iv_llm *
        llm; /* finds the words for what the interviewer decides; borrowed, may serve many. NULL: the built-in words */
    bool avatar; /* draw frames */
    int fps, size; /* 0: IV_FRAME_FPS, IV_FRAME_SIZE */
    bool record_events; /* keep the event stream with the session */
    bool
        unattended; /* wait for each provider inside pump, so that a run gives the same result at any speed */
    int lead_ms; /* audio is handed out at most this long before its time; 0: 400 */
};

typedef struct iv_conversation iv_conversation;

/* ctx's clock drives everything. IV_E_SESSION_NOT_FOUND, IV_E_SESSION_EXPIRED, IV_E_STATE when it is over. */
enum iv_code iv_conversation_open(iv_ctx *ctx, iv_store *store, const char *session_id,
                                  const struct iv_conversation_options *options,
                                  const struct iv_conversation_sink *sink, iv_conversation **out,
                                  struct iv_error *err);
/* Created: greets and asks. Active: goes on where it was (says again what was not finished). Paused: resumes. */
enum iv_code iv_conversation_start(iv_conversation *c, struct iv_error *err);

struct iv_answer {
    const char *text;
    float confidence; /* 1 for typed text */
    uint64_t spoken_ms; /* how long it took to say; 0 for typed text */
    const struct iv_word *words; /* times from the first sample of the answer; may be NULL */
    size_t n_words;
    const char *source; /* "typed", "speech" */
};
/* The candidate's answer is complete. While the interviewer speaks it is a barge-in first. IV_E_USAGE: empty;
 * IV_E_TOO_LARGE: over 64 KiB; IV_E_DATA: not UTF-8. */
enum iv_code iv_conversation_answer(iv_conversation *c, const struct iv_answer *answer,
                                    struct iv_error *err);
/* Samples of the candidate's microphone, any number, 8 to 48 kHz, silence too: finds where a voice begins and when its answer is over
 * (iv/turn.h, turn.patience), tells stt_interim, and takes what was understood as an answer. Over the interviewer's voice any other hushes
 * it at once (sink.cut, turn "listening" with hushed); when it lasts or says something that is an interruption, else (turn.backchannel) the interviewer
 * goes on (turn "speaking") with what was not heard yet and at most 1.5 s of what was. Waits while the
 * recogniser is two seconds behind. IV_E_STT_ERROR, IV_E_BUSY: this utterance is lost. */
enum iv_code iv_conversation_hear(iv_conversation *c, const int16_t *samples, size_t n,
                                  uint32_t rate_hz, struct iv_error *err);
/* Push to talk: the candidate has the word, over the interviewer's voice too, and until iv_conversation_hear_end() no silence ends the
 * answer; samples that stop coming for a second do. IV_E_STATE when nobody listens, IV_E_BUSY while an answer is being understood. */
enum iv_code iv_conversation_hear_begin(iv_conversation *c, struct iv_error *err);
bool iv_conversation_has_word(const iv_conversation *c); /* taken so, and not ended yet */
/* The answer is complete, whatever the silence after it. IV_E_STT_NO_SPEECH when there is none. */
enum iv_code iv_conversation_hear_end(iv_conversation *c, struct iv_error *err);
enum iv_code iv_conversation_interrupt(iv_conversation *c, struct iv_error *err);
enum iv_code iv_conversation_skip(iv_conversation *c, struct iv_error *err);
enum iv_code iv_conversation_repeat(iv_conversation *c, struct iv_error *err);
/* Nobody spoke or typed for long: the interviewer says that there is time, once for a question. Where a voice is listened to the
 * conversation does so itself (turn.prompt_after). */
enum iv_code iv_conversation_silence(iv_conversation *c, struct iv_error *err);
void iv_conversation_alive(iv_conversation *c); /* the candidate does something, such as typing */
enum iv_code iv_conversation_pause(iv_conversation *c, struct iv_error *err);
enum iv_code iv_conversation_resume(iv_conversation *c, struct iv_error *err);
enum iv_code iv_conversation_end(iv_conversation *c,
                                 struct iv_error *err); /* terminated by the client */

/* Do what is due: hand out sound and frames, notice ends of speech and of time. Returns milliseconds until it wants to be called again. */
int iv_conversation_pump(iv_conversation *c);

/* Frames from now on, or none, for owners whose face is opened and closed while the interview runs; what draws them is opened with the
 * first wish (avatar false is fine then), and the mouth follows from the next clause on. Errors of iv_renderer_open. */
enum iv_code iv_conversation_watch(iv_conversation *c, bool on, struct iv_error *err);

/* Nobody is there for a moment: the presentation clock stands and nothing is handed out, until it goes on exactly where it was.
 * The session's own time runs on. Nothing happens in a phase in which the clock does not run. */
void iv_conversation_hold(iv_conversation *c, bool hold);

/* Until a provider delivers something, at most ms of the system's time. For owners that have no loop of their own. */
void iv_conversation_wait(iv_conversation *c, int ms);

enum iv_phase {
    IV_PHASE_IDLE,
    IV_PHASE_LISTENING,
    IV_PHASE_THINKING,
    IV_PHASE_SPEAKING,
    IV_PHASE_PAUSED,
    IV_PHASE_ENDED
};
enum iv_phase iv_conversation_phase(const iv_conversation *c);
uint64_t iv_conversation_now_ms(const iv_conversation *c); /* presentation clock */
const struct iv_session *iv_conversation_session(const iv_conversation *c);
/* What the interviewer asks, or asked last: strings and question are borrowed until the next call. Before the first question text is
 * "". question: what a good answer holds, for hints; NULL where there is none. */
struct iv_asked {
    const char *text, *id;
    int number, of;
    const struct iv_question *question;
};
enum iv_code iv_conversation_asked(iv_conversation *c, struct iv_asked *out, struct iv_error *err);
/* The DELETE object of the contract once ended; borrowed. NULL before. */
const iv_json *iv_conversation_result(const iv_conversation *c);
void iv_conversation_close(iv_conversation *c);

/* -- unattended runs: answers from a file or a recording instead of a person -- */
struct iv_answer_source {
    void *arg;
    /* The next answer, valid until the next call. *out NULL: there are no more (the session is then ended). A spoken or estimated
     * length is waited for on the clock before the answer is given. */
    enum iv_code (*next)(void *arg, const struct iv_session *s, const struct iv_answer **out,
                         struct iv_error *err);
};
/* Runs to the end. With `manual` the conversation's clock is it, and time passes as fast as the machine allows; NULL: the clock is
 * the system's and time is waited for. */
enum iv_code iv_conversation_run(iv_conversation *c, struct iv_manual_clock *manual,
                                 const struct iv_answer_source *source, struct iv_error *err);

/* -- speech that is made before it is needed (setting cache.prewarm) -- */

/* Has the fixed lines of a session's plan spoken into the cache, on a thread of its own, by a voice of its own. */
typedef struct iv_prewarm iv_prewarm;
enum iv_code iv_prewarm_start(iv_ctx *ctx, iv_store *store, const char *session_id,
                              const struct iv_tts_choice *voice, iv_prewarm **out,
                              struct iv_error *err);
/* Waits until all is made (`whole`) or stops at once; frees. Clauses made or found, or 0. NULL is fine. */
size_t iv_prewarm_end(iv_prewarm *p, bool whole);

/* Pieces that are fit to be spoken on their own, for streaming synthesis; Korean and Japanese rules included.
 * Returns the length in bytes of the first clause of text, 0 when `final` is false and none is complete yet. */
size_t iv_clause_next(const char *text, size_t len, enum iv_lang lang, bool final);
/* How long a text takes to say, for typed answers in unattended runs and for estimates. */
uint64_t iv_spoken_estimate_ms(const char *text, enum iv_lang lang);

#endif
