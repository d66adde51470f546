/* reply.c - one reply of the interviewer: from a move to clauses, to sound on the clock, to a turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"

#define DEFAULT_LEAD_MS 400
#define LAY_STEP_MS 80
#define PIECE_SAMPLES (IV_TTS_RATE_HZ / 10)

void iv_engine_drop_clauses(struct reply *r, size_t keep)
{
    while (r->n_clauses > keep)
        free(r->clauses[--r->n_clauses].phonemes);
}

bool iv_engine_speaks(const struct iv_conversation *c)
{
    return c->opt.voice.start != NULL;
}

void iv_engine_reply_release(struct reply *r)
{
    free(r->text);
    free(r->planned);
    iv_engine_drop_clauses(r, 0);
    free(r->clauses);
    iv_pcm_release(&r->ready);
    *r = (struct reply){0};
}

enum iv_code iv_engine_take_move(struct iv_conversation *c, const struct iv_move *move,
                                 struct iv_error *err)
{
    struct reply *r = &c->reply;

    iv_engine_reply_release(r);
    c->is_unasked = false;
    if (move->kind != IV_TURN_REMARK)
        c->is_prompted = false;
    r->text = iv_strdup(move->text);
    if (!r->text)
        return iv_fail(err, IV_E_NOMEM, "reply: out of memory");
    r->len = strlen(r->text);
    r->kind = move->kind;
    snprintf(r->question_id, sizeof r->question_id, "%s", move->question_id);
    r->number = move->number;
    r->of = move->of;
    r->waits = move->waits;
    r->ends = move->ends;
    r->wants_words = iv_wording_wants(move);
    snprintf(r->source, sizeof r->source, "builtin");
    return IV_OK;
}

static const char *phase_name(enum iv_phase phase)
{
    static const char *const names[] = {"listening", "listening", "thinking",
                                        "speaking",  "paused",    "ended"};
    return names[phase];
}

void iv_engine_turn_message(struct iv_conversation *c)
{
    int64_t left = iv_session_remaining_ms(&c->session, iv_wall_ms(c->clock));
    struct iv_msg m = {.type = IV_MSG_turn,
                       .turn = {.state = phase_name(c->phase),
                                .question = c->reply.number,
                                .questions = c->reply.of,
                                .remaining_seconds = left / 1000,
                                .hushed = c->reply.is_hushed,
                                .has_hushed = c->reply.is_hushed}};

    iv_engine_emit(c, &m);
}

void iv_engine_emit_text(struct iv_conversation *c, size_t bytes, bool done)
{
    char *so_far = iv_strndup(c->reply.text, bytes);
    struct iv_msg m = {.type = IV_MSG_llm_response,
                       .llm_response = {.text = so_far ? so_far : "", .done = done}};

    iv_engine_emit(c, &m);
    c->reply.is_told = done;
    free(so_far);
}

/* What was said becomes a turn, and the candidate has the word. */
enum iv_code iv_engine_close_reply(struct iv_conversation *c, size_t said_bytes, uint64_t end_ms,
                                   struct iv_error *err)
{
    struct reply *r = &c->reply;
    struct iv_turn turn = {.number = c->next_turn,
                           .speaker = IV_INTERVIEWER,
                           .kind = r->kind,
                           .text = iv_strndup(r->text, said_bytes),
                           .start_ms = (int64_t)r->start_ms,
                           .end_ms = (int64_t)end_ms,
                           .wall_ms = iv_wall_ms(c->clock),
                           .confidence = 1};
    bool asked = r->question_id[0] && r->kind != IV_TURN_REMARK;
    struct iv_session before = c->session;
    uint64_t listened_since = c->listening_since_ms;
    char *text = r->text;
    enum iv_code rc;

    if (!turn.text)
        return iv_fail(err, IV_E_NOMEM, "turn: out of memory");
    memcpy(turn.question_id, r->question_id, sizeof turn.question_id);
    snprintf(turn.source, sizeof turn.source, "%s", r->source[0] ? r->source : "builtin");
    c->session.message_count++;
    c->session.questions_asked += asked;
    c->listening_since_ms = end_ms;
    c->is_said = r->ends;
    r->text = NULL;
    r->is_hushed = false;
    rc = iv_engine_save_state(c, &turn, err);
    iv_turn_release(&turn);
    if (rc) { /* not kept: the next pump tries again */
        r->text = text;
        c->session = before;
        c->is_said = false;
        c->listening_since_ms = listened_since;
        return rc;
    }
    free(text);
    c->phase = IV_PHASE_LISTENING;
    iv_face_mood(c, IV_MOOD_LISTENING);
    iv_engine_turn_message(c);
    return c->is_said ? iv_engine_finish(c, err) : IV_OK;
}

/* Text that nobody heard yet, as much of it as is fit to be spoken. A model's words come by whole sentences: none has to wait for the
 * next one, and the space between two is the second one's, so that cuts do not depend on when which of them came. */
static size_t next_clause(const struct iv_conversation *c)
{
    const struct reply *r = &c->reply;
    const char *text = r->text + r->requested;
    size_t len = iv_clause_next(text, r->len - r->requested, c->session.spec.lang, true);

    while (r->planned && len > 1 && text[len - 1] == ' ')
        len--;
    return len;
}

static bool takes_pieces(const struct iv_conversation *c)
{
    const struct iv_voice *v = &c->opt.voice;

    return c->reply.is_open && v->takes_pieces && v->takes_pieces(v->arg);
}

/* Give the next clause to the voice; to one that takes pieces all that is there, and later the rest. */
static enum iv_code request_clause(struct iv_conversation *c, struct iv_error *err)
{
    struct reply *r = &c->reply;
    struct iv_voice *v = &c->opt.voice;
    size_t len = next_clause(c);
    struct iv_tts_sink sink = iv_speech_queue_sink(&c->queue);
    struct clause clause = {.end_byte = r->requested + len};
    char *text = iv_strndup(r->text + r->requested, len);
    bool is_made;
    enum iv_code rc;

    if (!text || iv_grow(&r->clauses, &r->cap_clauses, r->n_clauses + 1, sizeof clause)) {
        free(text);
        return iv_fail(err, IV_E_NOMEM, "reply: out of memory");
    }
    r->requested += len;
    r->laid_ms = 0;
    r->clauses[r->n_clauses++] = clause;
    iv_engine_emit_text(c, r->requested, r->requested == r->len && !r->is_open);
    r->clause_grows = false;
    is_made = !takes_pieces(c) && iv_guess_take(c, text);
    if (!is_made) {
        iv_guess_drop(c);
        iv_speech_queue_clear(&c->queue);
    }
    if (is_made || iv_text_is_blank(text)) {
        rc = IV_OK;
    } else if (takes_pieces(c)) {
        rc = v->start_open(v->arg, text, &sink, err);
        r->clause_grows = r->clauses[r->n_clauses - 1].in_pieces = !rc;
    } else {
        rc = v->start(v->arg, text, &sink, err);
    }
    r->clause_open = !rc && !iv_text_is_blank(text);
    free(text);
    return rc;
}

/* What came since for a clause whose voice takes pieces. */
static enum iv_code grow_clause(struct iv_conversation *c, struct iv_error *err)
{
    struct reply *r = &c->reply;
    struct iv_voice *v = &c->opt.voice;
    enum iv_code rc = IV_OK;

    if (r->len > r->requested) {
        rc = v->append(v->arg, r->text + r->requested, err);
        r->requested = r->len;
        r->clauses[r->n_clauses - 1].end_byte = r->len;
        iv_engine_emit_text(c, r->requested, !r->is_open);
    }
    if (!rc && !r->is_open) {
        rc = v->append(v->arg, NULL, err);
        r->clause_grows = false;
    }
    return rc;
}

/* A voice that fails costs the sound of a clause, not the interview: the text stands on the screen. */
static void voice_failed(struct iv_conversation *c, const struct iv_error *why)
{
    struct iv_msg m = {
        .type = IV_MSG_error,
        .error = {.code = iv_code_info(why->code)->slug,
                  .message = why->text,
                  .details = "the interview goes on without the sound of this clause",
                  .has_details = true}};

    c->reply.clause_open = false;
    iv_log(iv_ctx_log(c->ctx), IV_LOG_WARN, "%s", why->text);
    iv_engine_emit(c, &m);
}

/* Without a voice a reply takes no time but that of its words. */
static enum iv_code show_reply(struct iv_conversation *c, struct iv_error *err)
{
    struct reply *r = &c->reply;
    uint64_t now;

    iv_words_take(c, c->opt.unattended);
    if (r->is_open) {
        if (r->len > r->requested)
            iv_engine_emit_text(c, r->len, false);
        r->requested = r->len;
        return IV_OK;
    }
    iv_engine_emit_text(c, r->len, true);
    c->wants_latency = false;
    now = iv_engine_now_ms(c);
    r->start_ms = now;
    return iv_engine_close_reply(c, r->len, now, err);
}

enum iv_code iv_engine_begin_reply(struct iv_conversation *c, struct iv_error *err)
{
    struct iv_msg m = {.type = IV_MSG_llm_start};
    struct iv_error why;

    iv_engine_emit(c, &m);
    c->reply.is_told = false;
    c->reply.start_ms = iv_engine_now_ms(c);
    iv_words_begin(c);
    c->phase = IV_PHASE_THINKING;
    if (!iv_engine_speaks(c))
        return show_reply(c, err);
    iv_face_mood(c, IV_MOOD_THINKING);
    c->reply.ready.rate_hz = IV_TTS_RATE_HZ;
    if (c->reply.is_open && c->opt.voice.warm)
        c->opt.voice.warm(c->opt.voice.arg);
    if (next_clause(c) && request_clause(c, &why))
        voice_failed(c, &why);
    return IV_OK;
}

/* The first sound of a reply: the end of thinking. */
static void begin_speaking(struct iv_conversation *c)
{
    struct reply *r = &c->reply;

    r->placed = true;
    r->start_ms = r->end_sample / SAMPLES_PER_MS;
    c->phase = IV_PHASE_SPEAKING;
    iv_face_mood(c, IV_MOOD_SPEAKING);
    iv_engine_turn_message(c);
    if (c->wants_latency) {
        c->session.latency_ms_sum += (int64_t)(r->start_ms - c->answer_end_ms);
        c->session.latency_ms_n++;
        c->wants_latency = false;
    }
}

static void place_clause(struct iv_conversation *c)
{
    struct reply *r = &c->reply;
    uint64_t now = r->is_hushed ? r->hushed_sample : iv_engine_now_ms(c) * SAMPLES_PER_MS;
    int64_t recorded = c->opt.voice.recorded_at ? c->opt.voice.recorded_at(c->opt.voice.arg) : -1;

    if (recorded >= 0)
        r->end_sample = (uint64_t)recorded + r->late_samples;
    else if (r->end_sample < now)
        r->end_sample = now;
    r->clauses[r->n_clauses - 1].start_sample = r->end_sample;
    if (r->handed == r->ready.len && r->ready_sample + r->handed != r->end_sample) {
        r->ready.len = r->handed = 0; /* after a gap there is no going back */
        r->ready_sample = r->end_sample;
    }
    if (!r->placed)
        begin_speaking(c);
}

static iv_json *phonemes_json(const struct iv_phoneme *ph, size_t n)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < n; i++) {
        iv_json *row = iv_json_array();

        iv_json_append(row, iv_json_str(ph[i].symbol));
        iv_json_append(row, iv_json_int(ph[i].start_ms));
        iv_json_append(row, iv_json_int(ph[i].end_ms));
        iv_json_append(list, row);
    }
    return list;
}

/* For a replay: when the clause was laid (or would have been, had nothing hushed the voice), how long it was and how the mouth moved. */
void iv_engine_note_speech(struct iv_conversation *c, struct clause *clause)
{
    const struct reply *r = &c->reply;
    size_t start = r->n_clauses > 1 ? r->clauses[r->n_clauses - 2].end_byte : 0;
    char *text;
    iv_json *j;

    if (!c->opt.record_events || clause->is_noted)
        return;
    clause->is_noted = true;
    text = iv_strndup(r->text + start, clause->end_byte - start);
    j = iv_json_object();
    iv_json_set_str(j, "type", "speech");
    iv_json_set_str(j, "text", text);
    free(text);
    iv_json_set_bool(j, "in_pieces", clause->in_pieces);
    iv_json_set_int(j, "at_sample", (int64_t)(clause->start_sample - r->late_samples));
    iv_json_set_int(j, "samples", (int64_t)(clause->end_sample - clause->start_sample));
    iv_json_set_int(j, "phone_set", clause->set);
    iv_json_set(j, "phonemes", phonemes_json(clause->phonemes, clause->n_phonemes));
    iv_engine_note(c, j);
}

static void keep_phonemes(struct clause *k, const struct iv_phoneme *ph, size_t n)
{
    if (!n || iv_grow(&k->phonemes, &k->cap_phonemes, k->n_phonemes + n, sizeof *ph))
        return; /* without memory the mouth stands still */
    memcpy(k->phonemes + k->n_phonemes, ph, n * sizeof *ph);
    k->n_phonemes += n;
}

/* The mouth is laid as its phonemes come, for sound that plays while the rest is made, and once more when all are known. */
static void lay_mouth(struct iv_conversation *c, const struct clause *clause, bool done)
{
    struct reply *r = &c->reply;
    uint64_t length = (clause->end_sample - clause->start_sample) / SAMPLES_PER_MS;
    uint32_t known = clause->n_phonemes ? clause->phonemes[clause->n_phonemes - 1].end_ms : 0;

    if (r->is_hushed || (!done && (known < r->laid_ms + LAY_STEP_MS || c->opt.unattended)))
        return;
    iv_face_speak(c, clause->phonemes, clause->n_phonemes, clause->set,
                  clause->start_sample / SAMPLES_PER_MS, done ? length : known);
    r->laid_ms = known;
}

void iv_engine_lay_again(struct iv_conversation *c)
{
    struct reply *r = &c->reply;
    uint64_t now = iv_engine_now_ms(c) * SAMPLES_PER_MS;

    r->laid_ms = 0;
    for (size_t i = 0; i < r->n_clauses; i++)
        if (r->clauses[i].end_sample > now)
            lay_mouth(c, &r->clauses[i], i + 1 < r->n_clauses || !r->clause_open);
}

static bool is_unheard(const struct clause *clause, const struct reply *r)
{
    return clause->in_pieces && !clause->end_sample && r->handed == r->ready.len;
}

/* A voice that took pieces failed before its first sound: the same text goes clause by clause, to whoever can. */
static void say_again(struct reply *r)
{
    iv_engine_drop_clauses(r, r->n_clauses - 1);
    r->requested = r->n_clauses ? r->clauses[r->n_clauses - 1].end_byte : 0;
    r->clause_open = r->clause_grows = false;
}

/* Take what the voice made since, and ask for the next clause as soon as one is complete. */
static enum iv_code take_speech(struct iv_conversation *c, struct iv_error *err)
{
    struct reply *r = &c->reply;
    struct iv_phoneme *ph = NULL;
    size_t before = r->ready.len, n_ph = 0;
    struct clause *clause = &r->clauses[r->n_clauses - 1];
    enum iv_phone_set set = clause->set;
    bool done = false;
    struct iv_error why;

    if (iv_speech_queue_take(&c->queue, c->opt.unattended && !r->clause_grows, &r->ready, &ph,
                             &n_ph, &set, &done, &why)) {
        if (is_unheard(clause, r)) {
            free(ph);
            say_again(r);
            return IV_OK;
        }
        voice_failed(c, &why);
        done = true;
    }
    if (r->ready.len > before) {
        size_t fresh = r->ready.len - before;

        if (!clause->end_sample) {
            r->ready.len = before;
            place_clause(c);
            memmove(r->ready.samples + r->ready.len, r->ready.samples + before,
                    fresh * sizeof(int16_t));
            r->ready.len += fresh;
        }
        r->end_sample += fresh;
        clause->end_sample = r->end_sample;
    }
    keep_phonemes(clause, ph, n_ph);
    clause->set = set;
    free(ph);
    r->clause_open = !done;
    if (clause->end_sample)
        lay_mouth(c, clause, done);
    if (clause->end_sample && done)
        iv_engine_note_speech(c, clause);
    (void)err;
    return IV_OK;
}

/* What was handed out is kept for a while: a voice that was hushed goes back a little. */
static void forget_handed(struct reply *r, uint64_t keep)
{
    size_t n = r->handed > keep ? r->handed - (size_t)keep : 0;

    if (n < PIECE_SAMPLES)
        return;
    memmove(r->ready.samples, r->ready.samples + n, (r->ready.len - n) * sizeof(int16_t));
    r->ready.len -= n;
    r->handed -= n;
    r->ready_sample += n;
}

static void hand_out(struct iv_conversation *c)
{
    struct reply *r = &c->reply;
    uint64_t lead = c->opt.lead_ms ? (uint64_t)c->opt.lead_ms : DEFAULT_LEAD_MS;
    uint64_t until = (iv_engine_now_ms(c) + lead) * SAMPLES_PER_MS;

    while (r->handed < r->ready.len && r->ready_sample + r->handed <= until) {
        size_t left = r->ready.len - r->handed, n = left < PIECE_SAMPLES ? left : PIECE_SAMPLES;
        const int16_t *samples = r->ready.samples + r->handed;
        uint64_t at = r->ready_sample + r->handed;
        struct iv_msg m = {.type = IV_MSG_tts_audio,
                           .tts_audio = {.audio_data = {samples, n * sizeof *samples},
                                         .sample_rate = IV_TTS_RATE_HZ,
                                         .format = "pcm16",
                                         .duration_ms = (int64_t)(n / SAMPLES_PER_MS),
                                         .at_ms = (int64_t)(at / SAMPLES_PER_MS),
                                         .has_at_ms = true}};

        r->handed += n;
        if (c->sink.audio)
            c->sink.audio(c->sink.arg, samples, n, at);
        iv_engine_emit(c, &m);
    }
    forget_handed(r, (lead + GO_BACK_MS) * SAMPLES_PER_MS);
}

enum iv_code iv_engine_pump_reply(struct iv_conversation *c, struct iv_error *err)
{
    struct reply *r = &c->reply;
    struct iv_error why;
    uint64_t end_ms;

    if (!r->text)
        return IV_OK;
    if (!iv_engine_speaks(c))
        return show_reply(c, err);
    iv_words_take(c, c->opt.unattended);
    do {
        if (r->clause_open && r->clause_grows && grow_clause(c, &why))
            iv_log(iv_ctx_log(c->ctx), IV_LOG_WARN, "%s", why.text);
        if (r->clause_open)
            take_speech(c, err);
        if (!r->clause_open && next_clause(c) && request_clause(c, &why))
            voice_failed(c, &why);
    } while (c->opt.unattended && (r->clause_open ? !r->clause_grows : next_clause(c) > 0));
    if (r->is_hushed)
        return IV_OK;
    if (r->handed < r->ready.len)
        hand_out(c);
    if (r->clause_open || r->is_open || next_clause(c) || r->handed < r->ready.len)
        return IV_OK;
    end_ms =
        r->placed ? (r->end_sample + SAMPLES_PER_MS - 1) / SAMPLES_PER_MS : iv_engine_now_ms(c);
    return iv_engine_now_ms(c) >= end_ms ? iv_engine_close_reply(c, r->len, end_ms, err) : IV_OK;
}
