/* cut.c - the interviewer falls silent: for good, or until it is clear that nobody wanted the word.
 *
 * A voice over the interviewer's hushes it at once. Was it an interruption, the reply is cut where it was hushed; was it only a listener's
 * "mm" or a cough, the reply goes on. In the middle of a word nobody goes on: it goes back to the beginning of a clause that has just
 * begun, else to the quietest moment shortly before, which is mostly a gap between words, so that the broken word is said again, whole.
 * The text is the same, said once. Everything not heard yet moves on the clock by the same distance, the mouth too.
 */
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"

#define QUIET_SAMPLES (60 * SAMPLES_PER_MS)
#define STEP_SAMPLES (10 * SAMPLES_PER_MS)
#define WORD_MS 250 /* a word that broke off is not resumed from within */

/* Bytes said of a clause when `part` of 0..1 of its sound was heard: whole words, whole characters. */
static size_t said_of(const char *text, size_t len, double part)
{
    size_t n = iv_utf8_cut(text, len, (size_t)((double)len * part));

    if (memchr(text, ' ', len))
        while (n && text[n] != ' ' && n < len)
            n--;
    return n;
}

/* Where the text stood when the sound stopped at `sample`. */
static size_t said_until(const struct reply *r, uint64_t sample)
{
    size_t start = 0;

    for (size_t i = 0; i < r->n_clauses; i++) {
        const struct clause *k = &r->clauses[i];

        if (!k->end_sample || sample <= k->start_sample)
            return start;
        if (sample < k->end_sample)
            return start + said_of(r->text + start, k->end_byte - start,
                                   (double)(sample - k->start_sample) /
                                       (double)(k->end_sample - k->start_sample));
        start = k->end_byte;
    }
    return start;
}

void iv_engine_stop_voice(struct iv_conversation *c)
{
    if (!c->reply.clause_open)
        return;
    if (c->opt.voice.cancel)
        c->opt.voice.cancel(c->opt.voice.arg);
    iv_speech_queue_wait(&c->queue);
    c->reply.clause_open = false;
}

bool iv_engine_is_unheard(const struct iv_conversation *c)
{
    const struct reply *r = &c->reply;

    return r->text && (iv_engine_speaks(c) ? !r->placed : !r->requested);
}

void iv_engine_hold_reply(struct iv_conversation *c)
{
    struct reply *r = &c->reply;

    iv_words_stop(c);
    iv_engine_stop_voice(c);
    if (!r->is_told)
        iv_engine_emit_text(c, 0, true);
    if (r->planned) {
        free(r->text);
        r->text = r->planned;
        r->planned = NULL;
        r->len = strlen(r->text);
    }
    iv_engine_drop_clauses(r, 0);
    r->requested = 0;
    r->ready.len = r->handed = 0;
    r->clause_grows = false;
    c->phase = IV_PHASE_LISTENING;
}

void iv_engine_note_cut(struct iv_conversation *c)
{
    struct reply *r = &c->reply;

    if (r->text && r->clause_open && r->n_clauses && r->clauses[r->n_clauses - 1].end_sample)
        iv_engine_note_speech(c, &r->clauses[r->n_clauses - 1]);
}

/* Does the question come only after the first `said` bytes? A reply that asks nothing, as "Take your time", leaves nothing open. */
static bool asks_later(struct iv_conversation *c, size_t said)
{
    const struct reply *r = &c->reply;
    struct iv_move move;
    const char *at;

    if (!r->waits || iv_interviewer_current(c->interviewer, &move, NULL))
        return false;
    at = move.question[0] ? strstr(r->text, move.question) : NULL;
    if (!at && r->kind == IV_TURN_REMARK)
        return false;
    return said <= (at ? (size_t)(at - r->text) : iv_clause_question(r->text));
}

static void fall_silent(struct iv_conversation *c, uint64_t at_ms)
{
    if (c->sink.cut)
        c->sink.cut(c->sink.arg, at_ms * SAMPLES_PER_MS);
    iv_face_cut(c, at_ms);
}

enum iv_code iv_engine_cut_reply(struct iv_conversation *c, struct iv_error *err)
{
    struct reply *r = &c->reply;
    uint64_t now = r->is_hushed ? r->hushed_sample / SAMPLES_PER_MS : iv_engine_now_ms(c);
    size_t said;

    if (!r->text)
        return IV_OK;
    iv_engine_note_cut(c);
    if (!r->is_hushed)
        fall_silent(c, now);
    iv_words_stop(c);
    said = iv_engine_speaks(c) ? said_until(r, now * SAMPLES_PER_MS) : r->requested;
    if (said > r->len) /* cut before, and not kept then */
        said = r->len;
    while (said && r->text[said - 1] == ' ')
        said--;
    c->is_unasked = iv_engine_speaks(c) && asks_later(c, said);
    if (!r->is_told)
        iv_engine_emit_text(c, said, true);
    iv_engine_stop_voice(c);
    r->ready.len = r->handed = 0;
    r->len = r->requested = said;
    r->end_sample = now * SAMPLES_PER_MS;
    return iv_engine_close_reply(c, said, now, err);
}

/* -- hushed -- */

static iv_json *input(const char *name)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "in", name);
    return j;
}

/* All of it was heard; the next pump finds that. */
static bool is_over(const struct iv_conversation *c)
{
    const struct reply *r = &c->reply;

    return !r->clause_open && !r->is_open && r->requested == r->len && r->handed == r->ready.len &&
           iv_engine_now_ms(c) * SAMPLES_PER_MS >= r->end_sample;
}

void iv_engine_hush(struct iv_conversation *c)
{
    struct reply *r = &c->reply;
    uint64_t now = iv_engine_now_ms(c);
    uint64_t heard = now * SAMPLES_PER_MS;

    if (c->phase != IV_PHASE_SPEAKING || !r->text || is_over(c))
        return;
    iv_engine_note(c, input("hush"));
    r->is_hushed = true;
    r->hushed_sample = heard;
    heard = heard > r->ready_sample ? heard - r->ready_sample : 0;
    if (r->handed > heard)
        r->handed = (size_t)heard;
    fall_silent(c, now);
    c->phase = IV_PHASE_LISTENING;
    iv_face_mood(c, IV_MOOD_LISTENING);
    iv_engine_turn_message(c);
}

static double loudness(const int16_t *samples, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * samples[i];
    return sum;
}

/* How far back the quietest moment lies within `most` samples before the hush; of equal ones the latest. */
static size_t back_to_quiet(const struct reply *r, size_t most)
{
    const int16_t *end = r->ready.samples + r->handed;
    size_t best = 0;
    double least = 0;

    for (size_t back = WORD_MS * SAMPLES_PER_MS; back <= most; back += STEP_SAMPLES) {
        double now = loudness(end - back, QUIET_SAMPLES);

        if (!best || now < least) {
            best = back;
            least = now;
        }
    }
    return best > QUIET_SAMPLES / 2 ? best - QUIET_SAMPLES / 2 : 0; /* the middle of it */
}

static const struct clause *clause_at(const struct reply *r, uint64_t sample)
{
    for (size_t i = 0; i < r->n_clauses; i++)
        if (r->clauses[i].start_sample <= sample && sample < r->clauses[i].end_sample)
            return &r->clauses[i];
    return NULL;
}

static size_t way_back(const struct reply *r)
{
    const struct clause *k = clause_at(r, r->hushed_sample);
    uint64_t said = k ? r->hushed_sample - k->start_sample : 0;
    size_t most = GO_BACK_MS * SAMPLES_PER_MS;

    if (!k)
        return 0;
    if (said <= most && said <= r->handed)
        return (size_t)said;
    return back_to_quiet(r, most < r->handed ? most : r->handed);
}

void iv_engine_go_on(struct iv_conversation *c, int64_t recorded_back)
{
    struct reply *r = &c->reply;
    uint64_t now = iv_engine_now_ms(c) * SAMPLES_PER_MS, from, later;
    size_t back;
    iv_json *j;

    if (!r->text || !r->is_hushed)
        return;
    back = recorded_back < 0 ? way_back(r) : (size_t)recorded_back;
    j = input("go_on");
    iv_json_set_int(j, "back", (int64_t)back);
    iv_engine_note(c, j);
    from = r->hushed_sample > back ? r->hushed_sample - back : 0;
    later = now - from;
    r->handed -= back < r->handed ? back : r->handed;
    for (size_t i = 0; i < r->n_clauses; i++)
        if (r->clauses[i].end_sample > from) {
            r->clauses[i].start_sample += later;
            r->clauses[i].end_sample += later;
        }
    r->ready_sample += later;
    r->end_sample += later;
    r->late_samples += later;
    r->is_hushed = false;
    c->phase = IV_PHASE_SPEAKING;
    iv_face_mood(c, IV_MOOD_SPEAKING);
    iv_engine_lay_again(c);
    iv_engine_turn_message(c);
}
