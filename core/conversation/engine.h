/* engine.h - the turn engine's own parts; see iv/conversation.h for what it promises.
 *
 * conversation.c  state machine and entry points       reply.c   a move becomes clauses, speech, a turn
 * speech.c        from the voice's thread to the clock  face.c    frames
 * words.c         from the model's thread into a reply  wake.c    the owner waits for both
 * hear.c          the candidate's voice                 cut.c     silent for good, or for a moment
 * heard.c         from the recogniser's thread          guess.c   a reply's beginning, ahead of time
 * record.c        events and steps into the store       finish.c  summary, report, result
 */
#ifndef IV_CONVERSATION_ENGINE_H
#define IV_CONVERSATION_ENGINE_H

#include <pthread.h>

#include "iv/conversation.h"
#include "iv/interview.h"
#include "iv/score.h"
#include "iv/wording.h"

#define SAMPLES_PER_MS (IV_TTS_RATE_HZ / 1000)
#define ANSWER_MAX_BYTES (64u << 10)
#define GO_BACK_MS 1500 /* of its own words, that a hushed voice says again at most */

/* The owner may be asleep while providers work. */
struct news {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool any; /* {lock} */
    void (*wake)(void *arg);
    void *arg;
};

/* What the voice's thread hands over. {everything: q->lock} */
struct speech_queue {
    struct news *news;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct iv_pcm pcm; /* not yet taken by the owner */
    struct iv_phoneme *phonemes;
    size_t n_phonemes, cap_phonemes;
    enum iv_phone_set set;
    bool done;
    enum iv_code code;
    char text[240];
};

/* What the language model's thread hands over. {everything: q->lock} */
struct words_queue {
    struct news *news;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct iv_buf text; /* not yet taken by the owner */
    bool is_running;
    enum iv_code code;
    char why[240];
    int64_t heard_us; /* when something came last, on the system's clock */
};

/* The words of the present reply, while the model finds them. */
struct wording {
    iv_wording *rules; /* NULL: no model */
    iv_guard *guard; /* NULL: none is being worded */
    uint64_t call;
    int64_t patience_us, begun_us;
    struct words_queue queue;
};

struct clause {
    size_t end_byte; /* of the reply's text */
    uint64_t start_sample, end_sample;
    bool in_pieces; /* its text was given as it came */
    bool is_noted; /* its sound is in the event stream */
    struct iv_phoneme *phonemes; /* so far */
    size_t n_phonemes, cap_phonemes;
    enum iv_phone_set set;
};

/* What the interviewer is saying. */
struct reply {
    char *text; /* NULL: nothing */
    size_t len, requested; /* bytes given to the voice so far */
    char *planned; /* the interviewer's own words for it; NULL: they are the text */
    bool wants_words; /* a model may put it into other words */
    bool is_open; /* words are still coming */
    bool is_told; /* the message with done true was sent */
    char source[16]; /* whose words: "builtin", "fallback", the model's engine */
    enum iv_turn_kind kind;
    char question_id[96];
    int number, of;
    bool waits, ends;
    struct clause *clauses;
    size_t n_clauses, cap_clauses;
    bool clause_open; /* the voice works on the last clause */
    bool clause_grows; /* and takes more text for it */
    bool placed; /* the first sample has its time */
    uint64_t start_ms;
    uint32_t laid_ms; /* how far the last clause's mouth is laid */
    bool is_hushed; /* somebody's voice came over it; whether it goes on is not known yet */
    uint64_t hushed_sample,
        late_samples; /* when; how much later all is said for having been hushed */
    struct iv_pcm ready; /* synthesised; a little of it was */
    size_t handed; /* out already */
    uint64_t ready_sample; /* presentation time of ready.samples[0] */
    uint64_t end_sample; /* where the next sample goes */
};

struct guess {
    char *answer; /* what it was made from; NULL: nothing */
    char *clause; /* the voice makes it, or has made it; NULL: there is none */
};

enum recorded {
    RECORDED_OWN, /* said in the interviewer's own words */
    RECORDED_WORDS, /* a model's words are the next inputs */
    RECORDED_LOST /* the program ended over it */
};

struct iv_conversation {
    iv_ctx *ctx;
    iv_store *store;
    const struct iv_clock *clock;
    struct iv_conversation_options opt;
    struct iv_conversation_sink sink;
    struct iv_session session;
    iv_interviewer *interviewer;
    iv_json *committed; /* the interviewer's state as it is in the store */
    enum iv_phase phase;

    int64_t base_ms, resumed_us; /* presentation clock: base + time since resumed, while it runs */
    bool clock_runs;
    bool is_held;
    int64_t instant_ms; /* the one time of the input that is being taken; -1: none is */
    uint64_t listening_since_ms, answer_end_ms;
    bool wants_latency; /* the next first sound ends a measurement */
    int64_t next_turn;
    int64_t answered_turn; /* number of the last answer */
    bool
        is_unasked; /* the voice was cut before its question: what is said then is no answer to it */
    bool is_prompted; /* it was said for this question that there is time */
    uint64_t alive_ms; /* when the candidate did something last, speaking but for answers */
    bool is_said; /* the closing words are a turn; report and result are still to be kept */

    struct reply reply;
    struct news news;
    struct speech_queue queue;
    struct wording wording;
    struct guess guess;
    /* A replay: what became of the reply that begins now. NULL otherwise. */
    enum recorded (*recorded)(void *arg);
    void *recorded_arg;

    iv_animator *animator;
    iv_renderer *renderer;
    iv_rig *rig;
    iv_jpeg *jpeg; /* NULL: the sink wants none */
    bool looks_away; /* nobody sees the frames: none are drawn */
    uint64_t next_frame, frames_sent; /* the next one's place in time; those handed out */

    struct ear *ear; /* NULL: nothing was heard yet */

    char **events; /* not yet in the store */
    size_t n_events, cap_events;
    iv_json *result;
};

/* clause.c: where the question begins in what an interviewer said (the first sentence with a question mark, else the last one), and
 * whether it was said to its end. */
size_t iv_clause_question(const char *text);
bool iv_clause_is_whole(const char *text);

/* conversation.c, for the ear */
enum iv_code iv_engine_answer(struct iv_conversation *c, const struct iv_answer *a,
                              struct iv_error *err);
enum iv_code iv_engine_interrupt(struct iv_conversation *c, struct iv_error *err);

/* hear.c */
enum iv_code iv_engine_hear(struct iv_conversation *c, const int16_t *samples, size_t n,
                            uint32_t rate_hz, struct iv_error *err);
bool iv_ear_has_word(const struct iv_conversation *c);
enum iv_code iv_engine_hear_begin(struct iv_conversation *c, struct iv_error *err);
enum iv_code iv_engine_hear_end(struct iv_conversation *c, struct iv_error *err);
void iv_ear_pump(struct iv_conversation *c);
bool iv_ear_is_idle(const struct iv_conversation *c); /* samples come, but no voice */
void iv_ear_forget(struct iv_conversation *c); /* what was heard and not answered yet */
void iv_ear_close(struct iv_conversation *c);

/* record.c */
uint64_t iv_engine_now_ms(const struct iv_conversation *c);
void iv_engine_emit(struct iv_conversation *c, struct iv_msg *m);
void iv_engine_note(struct iv_conversation *c, iv_json *event_take);
/* Back to the first n events that are not yet in the store: an input that was refused did not happen. */
void iv_engine_forget(struct iv_conversation *c, size_t n);
/* Session, turns, pending events and documents in one step. */
enum iv_code iv_engine_commit(struct iv_conversation *c, const struct iv_turn *turns,
                              size_t n_turns, const struct iv_doc *docs, size_t n_docs,
                              struct iv_error *err);
enum iv_code iv_engine_save_state(struct iv_conversation *c, const struct iv_turn *answer,
                                  struct iv_error *err);
enum iv_code iv_engine_load_state(struct iv_conversation *c, struct iv_error *err);
void iv_engine_events_release(struct iv_conversation *c);

/* reply.c */
enum iv_code iv_engine_take_move(struct iv_conversation *c, const struct iv_move *move,
                                 struct iv_error *err);
enum iv_code iv_engine_begin_reply(struct iv_conversation *c, struct iv_error *err);
enum iv_code iv_engine_pump_reply(struct iv_conversation *c, struct iv_error *err);
void iv_engine_reply_release(struct reply *r);
/* For cut.c: the reply becomes a turn of its first said_bytes, and the candidate has the word. */
enum iv_code iv_engine_close_reply(struct iv_conversation *c, size_t said_bytes, uint64_t end_ms,
                                   struct iv_error *err);
void iv_engine_emit_text(struct iv_conversation *c, size_t bytes, bool done);
void iv_engine_note_speech(struct iv_conversation *c, struct clause *clause);
void iv_engine_drop_clauses(struct reply *r, size_t keep);
void iv_engine_lay_again(struct iv_conversation *c); /* the mouth of what is still to be heard */
void iv_engine_turn_message(struct iv_conversation *c);
bool iv_engine_speaks(const struct iv_conversation *c);

/* cut.c */
enum iv_code iv_engine_cut_reply(struct iv_conversation *c, struct iv_error *err);
/* Nobody heard or read anything of it: it waits, and is said from its beginning by the next iv_engine_begin_reply(). */
bool iv_engine_is_unheard(const struct iv_conversation *c);
void iv_engine_hold_reply(struct iv_conversation *c);
/* Before a cut is noted: the sound that came of a clause is that of the recording. */
void iv_engine_note_cut(struct iv_conversation *c);
/* Cancels the utterance that is under way and waits for its end: nothing of it comes later. */
void iv_engine_stop_voice(struct iv_conversation *c);
/* Silent at once, in the middle of a word, until the reply is cut or goes on. Nothing happens where nothing is being said. */
void iv_engine_hush(struct iv_conversation *c);
/* Nobody wanted the word. recorded_back: samples that a recording went back; -1: by the sound. */
void iv_engine_go_on(struct iv_conversation *c, int64_t recorded_back);

/* guess.c */
/* The answer may be over with this. */
void iv_guess_make(struct iv_conversation *c, const char *answer, uint64_t spoken_ms);
/* This clause is said now: true when the voice works on it, or is done with it, into the queue; else the voice is free. */
bool iv_guess_take(struct iv_conversation *c, const char *clause);
void iv_guess_drop(struct iv_conversation *c);

/* wake.c */
void iv_news_init(struct news *n, const struct iv_conversation_sink *sink);
void iv_news_release(struct news *n);
void iv_news_tell(struct news *n); /* [any] */

/* words.c */
enum iv_code iv_words_open(struct iv_conversation *c, struct iv_error *err);
void iv_words_close(struct iv_conversation *c);
/* Asks for other words for the reply that was taken; without a model, or when it cannot be asked, the planned ones stand. */
void iv_words_begin(struct iv_conversation *c);
/* What came since goes into the reply; with `wait` it blocks until all of it is there. */
void iv_words_take(struct iv_conversation *c, bool wait);
void iv_words_stop(struct iv_conversation *c); /* nothing of it comes later */
/* Recorded ones. */
void iv_words_add(struct iv_conversation *c, const char *text, bool done, const char *source);

/* speech.c */
void iv_speech_queue_init(struct speech_queue *q, struct news *news);
void iv_speech_queue_release(struct speech_queue *q);
void iv_speech_queue_clear(struct speech_queue *q);
void iv_speech_queue_wait(struct speech_queue *q); /* until its utterance is done */
struct iv_tts_sink iv_speech_queue_sink(struct speech_queue *q);
/* Moves what came since (the caller frees *ph); *done says that the clause is complete. With `wait` it blocks until then. */
enum iv_code iv_speech_queue_take(struct speech_queue *q, bool wait, struct iv_pcm *pcm,
                                  struct iv_phoneme **ph, size_t *n_ph, enum iv_phone_set *set,
                                  bool *done, struct iv_error *err);

/* face.c */
enum iv_code iv_face_open(struct iv_conversation *c, struct iv_error *err);
void iv_face_close(struct iv_conversation *c);
void iv_face_speak(struct iv_conversation *c, const struct iv_phoneme *ph, size_t n,
                   enum iv_phone_set set, uint64_t start_ms, uint64_t length_ms);
void iv_face_mood(struct iv_conversation *c, enum iv_mood mood);
void iv_face_cut(struct iv_conversation *c, uint64_t at_ms);
enum iv_code iv_face_pump(struct iv_conversation *c, struct iv_error *err);
uint64_t iv_face_next_ms(const struct iv_conversation *c);

/* record.c: the interviewer as it stands in a state document (NULL: not begun), else planned anew with what the candidate brought. */
enum iv_code iv_engine_interviewer(const struct iv_conversation *c, const iv_json *state,
                                   iv_interviewer **out, struct iv_error *err);

/* finish.c: also used by operations.c. ask_model: by score.engine, which may wait for score.timeout; a replay does not. */
enum iv_code iv_session_result(iv_ctx *ctx, iv_store *store, const struct iv_session *s,
                               const char *rubric_path, bool ask_model, iv_json **report,
                               iv_json **result, struct iv_error *err);
/* The report of these turns; `store` gives the user's earlier reports. in: session, turns, rubric and judgement. */
enum iv_code iv_report_of(iv_ctx *ctx, iv_store *store, struct iv_score_input in, iv_json **out,
                          struct iv_error *err);
/* Documents "report" and "result" for a session that is over now; one step. After a failure it is called again: by the next pump,
 * by end, or by start once the session is opened anew. A session that another ended meanwhile ends with what that one kept. */
enum iv_code iv_engine_finish(struct iv_conversation *c, struct iv_error *err);
bool iv_engine_ended_by_another(const struct iv_conversation *c);
/* Text of a JSON tree; the caller frees. */
enum iv_code iv_json_text(const iv_json *j, char **out, size_t *len, struct iv_error *err);
/* -- the session's room at Daily, where a key for it is set (room.c): best effort, no failure of the session's -- */

/* Waits for the service, and puts the address into the session's object. Not where the store is a rehearsal's copy. */
void iv_session_room_open(iv_ctx *ctx, iv_store *store, const struct iv_session *s,
                          iv_json *object);
/* Its address, which the caller frees, or NULL; one that time ended is closed. */
char *iv_session_room_url(iv_ctx *ctx, iv_store *store, const struct iv_session *s);
/* Puts it into the session's object. */
void iv_session_room_show(iv_ctx *ctx, iv_store *store, const struct iv_session *s,
                          iv_json *object);
void iv_session_room_close(iv_ctx *ctx, iv_store *store, const char *id); /* returns at once */

enum iv_code iv_load_doc(iv_store *st, const char *session_id, const char *name, iv_json **out,
                         struct iv_error *err);

#endif
