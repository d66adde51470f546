/* test_conversation_hear.c - a candidate's voice over the interviewer's: silent at once, and then cut, or going on. */
#include "conversation_world.h"

#include <math.h>

#define PER_MS (IV_STT_RATE_HZ / 1000)
#define PIECE_MS 20
#define SAMPLES_PER_MS (IV_TTS_RATE_HZ / 1000)
#define HEARD_MS 120000

/* -- what a listener hears: each millisecond of the interviewer's sound says which one it is -- */

struct listener {
    struct world w;
    int16_t heard[HEARD_MS]; /* by the presentation clock; 0: silence */
    int hushed; /* messages that say so */
    int waits, waited; /* as told last; how often it began */
    int16_t next; /* millisecond of the voice's own sound */
    char begun[8192],
        begun_ahead
            [8192]; /* every text that the voice was given, a bar before each; before the answer */
    int cancels;
    bool costs;
};

static enum iv_code count_aloud(void *arg, const char *text, const struct iv_tts_sink *sink,
                                struct iv_error *err)
{
    struct listener *l = arg;
    size_t ms = iv_utf8_chars(text) * MS_PER_CHAR;

    (void)err;
    snprintf(l->begun + strlen(l->begun), sizeof l->begun - strlen(l->begun), "|%s", text);
    for (size_t i = 0; i < ms; i++) {
        int16_t sound[SAMPLES_PER_MS];

        l->next++;
        for (size_t k = 0; k < IV_LEN(sound); k++)
            sound[k] = l->next;
        sink->on_audio(sink->arg, sound, IV_LEN(sound));
    }
    sink->on_done(sink->arg, IV_OK, "");
    return IV_OK;
}

static void count_cancel(void *arg)
{
    ((struct listener *)arg)->cancels++;
}

static bool is_local(void *arg)
{
    return !((struct listener *)arg)->costs;
}

static void listen_audio(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct listener *l = arg;

    on_audio(&l->w, samples, n, at_sample);
    for (size_t i = 0; i < n; i += SAMPLES_PER_MS) {
        uint64_t ms = (at_sample + i) / SAMPLES_PER_MS;

        assert_true(ms < HEARD_MS);
        assert_int_equal(l->heard[ms], 0);
        l->heard[ms] = samples[i];
    }
}

static void listen_cut(void *arg, uint64_t at_sample)
{
    struct listener *l = arg;

    on_cut(&l->w, at_sample);
    for (uint64_t ms = at_sample / SAMPLES_PER_MS; ms < HEARD_MS; ms++)
        l->heard[ms] = 0;
}

static void listen_message(void *arg, const struct iv_msg *m)
{
    struct listener *l = arg;

    l->hushed += m->type == IV_MSG_turn && m->turn.has_hushed && m->turn.hushed &&
                 !strcmp(m->turn.state, "listening");
    if (m->type == IV_MSG_stt_final)
        memcpy(l->begun_ahead, l->begun, sizeof l->begun);
    on_message(&l->w, m);
}

static void listen_waits(void *arg, bool waits)
{
    struct listener *l = arg;

    assert_int_not_equal(l->waits, waits);
    l->waits = waits;
    l->waited += waits;
}

static void open_ears_with(struct listener *l, const char *hears, const char *key,
                           const char *value)
{
    char engine[128];
    const char *settings[] = {"stt.engine", engine, key, value, NULL};
    struct world *w = &l->w;
    struct iv_conversation_sink sink = {.arg = l,
                                        .message = listen_message,
                                        .audio = listen_audio,
                                        .cut = listen_cut,
                                        .waits = listen_waits};
    struct iv_error err;

    *l = (struct listener){0};
    snprintf(engine, sizeof engine, "echo:%s", hears);
    world_make_with(w, "memory", 30, settings);
    w->opt.voice = (struct iv_voice){
        .arg = l, .start = count_aloud, .cancel = count_cancel, .is_local = is_local};
    must(iv_conversation_open(w->ctx, w->store, w->id, &w->opt, &sink, &w->c, &err), &err);
    must(iv_conversation_start(w->c, &err), &err);
    pump_until(w, IV_PHASE_SPEAKING);
}

static void open_ears(struct listener *l, const char *hears, const char *backchannel)
{
    open_ears_with(l, hears, "turn.backchannel", backchannel);
}

/* -- the candidate -- */

static void hear_ms(struct world *w, int ms, bool is_loud)
{
    static double phase;
    int16_t piece[PIECE_MS * PER_MS];
    struct iv_error err;

    for (; ms > 0; ms -= PIECE_MS) {
        for (size_t i = 0; i < IV_LEN(piece); i++, phase += 2 * 3.14159265358979 * 150 / 16000)
            piece[i] = is_loud ? (int16_t)(5000 * sin(phase) + 2500 * sin(3 * phase)) : 0;
        iv_manual_clock_advance(&w->clock, PIECE_MS * 1000);
        must(iv_conversation_hear(w->c, piece, IV_LEN(piece), IV_STT_RATE_HZ, &err), &err);
        iv_conversation_pump(w->c);
        usleep(200);
    }
}

/* Silence until the phase comes; the recogniser works on a thread of its own. */
static void hear_until(struct world *w, enum iv_phase phase)
{
    for (int i = 0; i < 5000 && iv_conversation_phase(w->c) != phase; i++) {
        hear_ms(w, PIECE_MS, false);
        usleep(1000);
    }
    assert_int_equal(iv_conversation_phase(w->c), phase);
}

/* Three seconds into the greeting a voice of so many milliseconds. */
static uint64_t say_over(struct world *w, int ms)
{
    uint64_t began;

    hear_ms(w, 3000, false);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_SPEAKING);
    began = iv_conversation_now_ms(w->c);
    hear_ms(w, ms, true);
    return began;
}

static size_t n_turns(struct world *w)
{
    size_t n;
    struct iv_turn *t = turns_of(w, &n);

    iv_turns_free(t, n);
    return n;
}

static void expect_turns(struct world *w, size_t wanted, const char *first)
{
    size_t n;
    struct iv_turn *t = turns_of(w, &n);

    assert_int_equal(n, wanted);
    if (first)
        assert_string_equal(t[0].text, first);
    iv_turns_free(t, n);
    check_turns(w);
}

/* Every millisecond of the voice was heard, in its order; after a break it went back by at most 1.5 s. */
static void expect_all_heard(const struct listener *l, int breaks)
{
    int16_t last = 0;
    int found = 0;

    for (size_t ms = 0; ms < HEARD_MS; ms++) {
        int16_t now = l->heard[ms];

        if (!now)
            continue;
        if (now != last + 1) {
            assert_true(now <= last && now >= last - 1500);
            assert_int_equal(l->heard[ms - 1], 0);
            found++;
        }
        last = now;
    }
    assert_int_equal(last, l->next);
    assert_int_equal(found, breaks);
}

static const struct row {
    const char *name, *hears;
    int ms;
} no_interruptions[] = {
    {"a short yes", "yes", 300},
    {"I see", "I see", 500},
    {"yes, yes, right, a long one", "yes yes yes right", 1000},
    {"a cough", " ", 200},
    {"an mm", "mm", 400},
};

static void goes_on(void **state)
{
    const struct row *r = *state;
    struct listener *l = malloc(sizeof *l);
    uint64_t began;
    struct world *w = &l->w;
    struct iv_error err;

    assert_non_null(l);
    open_ears(l, r->hears, "700");
    began = say_over(w, r->ms);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    assert_int_equal(w->cuts, 1);
    assert_true(w->cut_at / SAMPLES_PER_MS <= began + 100);
    hear_until(w, IV_PHASE_SPEAKING);
    assert_true(iv_conversation_now_ms(w->c) <= began + (uint64_t)r->ms + 2000);
    hear_until(w, IV_PHASE_LISTENING);
    expect_turns(w, 1, w->heard[0].text);
    expect_all_heard(l, 1);
    assert_int_equal(count_heard(w, IV_MSG_stt_final, NULL), 0);
    assert_int_equal(count_heard(w, IV_MSG_stt_interim, NULL), 0);
    assert_int_equal(count_heard(w, IV_MSG_turn, "speaking"), 2);
    assert_int_equal(l->hushed, 1);
    must(answer(w, good_answer, &err), &err);
    hear_until(w, IV_PHASE_SPEAKING);
    hear_ms(w, 600, false); /* into its first clause: that is said again */
    hear_ms(w, 200, true);
    hear_until(w, IV_PHASE_SPEAKING);
    hear_until(w, IV_PHASE_LISTENING);
    expect_all_heard(l, 2);
    must(iv_conversation_end(w->c, &err), &err);
    assert_replays(w);
    world_drop(w);
    free(l);
}

static const struct row interruptions[] = {
    {"a voice that lasts", "excuse me", 900},
    {"that lasts, of whom nothing is understood", " ", 900},
    {"a yes that does not end", "yes yes yes yes", 1600},
    {"a short word that is none of a listener's", "wait please", 400},
};

static void takes_the_word(void **state)
{
    const struct row *r = *state;
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;
    struct iv_error err;
    struct iv_turn *t;
    uint64_t began;
    size_t n;

    assert_non_null(l);
    open_ears(l, r->hears, "700");
    began = say_over(w, r->ms);
    for (int i = 0; i < 5000 && !count_heard(w, IV_MSG_turn, "thinking"); i++) {
        t = turns_of(w, &n);
        iv_turns_free(t, n);
        if (n)
            break;
        hear_ms(w, PIECE_MS, false);
        usleep(1000);
    }
    t = turns_of(w, &n);
    assert_int_equal(n, 1);
    assert_true(strlen(t[0].text) && strlen(t[0].text) < strlen(w->heard[0].text));
    assert_true((uint64_t)t[0].end_ms <= began + 100); /* where it fell silent */
    iv_turns_free(t, n);
    assert_int_equal(count_heard(w, IV_MSG_turn, "speaking"), 1);
    must(iv_conversation_end(w->c, &err), &err);
    assert_replays(w);
    world_drop(w);
    free(l);
}

/* "Wait please" may be only the beginning: more of it belongs to the same words. */
static void words_after_a_short_word_belong_to_it(void **state)
{
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;
    struct iv_turn *t;
    iv_json *words = NULL;
    double before = 0;
    size_t n;

    (void)state;
    assert_non_null(l);
    open_ears(l, "wait please", "700");
    say_over(w, 400);
    hear_until(w, IV_PHASE_LISTENING);
    hear_ms(w, 700, false);
    hear_ms(w, 900, true);
    for (int i = 0; i < 5000 && !count_heard(w, IV_MSG_stt_final, NULL); i++) {
        hear_ms(w, PIECE_MS, false);
        usleep(1000);
    }
    t = turns_of(w, &n);
    assert_int_equal(n, 2);
    assert_string_equal(t[1].text, "Wait please. Wait please.");
    must(iv_json_parse(t[1].words_json, strlen(t[1].words_json), 1 << 20, &words, NULL), NULL);
    assert_int_equal(iv_json_len(words), 4);
    for (size_t i = 0; i < 4; i++) {
        double at = iv_json_number(iv_json_at(iv_json_at(words, i), 1), -1);

        assert_true(at >= before);
        before = at;
    }
    assert_true(before > 1000); /* counted from the first voice */
    iv_json_free(words);
    iv_turns_free(t, n);
    world_drop(w);
    free(l);
}

static void without_doubt_every_voice_cuts(void **state)
{
    struct listener *l = malloc(sizeof *l);

    (void)state;
    assert_non_null(l);
    open_ears(l, "yes", "0");
    say_over(&l->w, 200);
    assert_int_equal(n_turns(&l->w), 1);
    world_drop(&l->w);
    free(l);
}

/* While it is not clear what the voice wants, all else still works, and leaves nothing hushed. */
static void orders_while_in_doubt(void **state)
{
    static enum iv_code (*const orders[])(iv_conversation *, struct iv_error *) = {
        iv_conversation_interrupt, iv_conversation_skip, iv_conversation_repeat,
        iv_conversation_pause,     iv_conversation_end,  iv_conversation_silence,
        iv_conversation_hear_end,
    };

    (void)state;
    for (size_t i = 0; i < IV_LEN(orders); i++) {
        struct listener *l = malloc(sizeof *l);
        struct iv_error err;
        struct iv_turn *t;
        uint64_t began;
        size_t n;

        assert_non_null(l);
        open_ears(l, "mm", "700");
        began = say_over(&l->w, 200);
        must(orders[i](l->w.c, &err), &err);
        for (int k = 0; k < 3000; k++) {
            t = turns_of(&l->w, &n);
            iv_turns_free(t, n);
            if (n)
                break;
            iv_conversation_pump(l->w.c);
            usleep(1000);
        }
        t = turns_of(&l->w, &n);
        assert_true(n);
        assert_true((uint64_t)t[0].end_ms <= began + 100);
        iv_turns_free(t, n);
        if (iv_conversation_phase(l->w.c) == IV_PHASE_PAUSED)
            must(iv_conversation_resume(l->w.c, &err), &err);
        pump_ms(&l->w, 500, 20);
        must(iv_conversation_end(l->w.c, &err), &err);
        assert_replays(&l->w);
        world_drop(&l->w);
        free(l);
    }
}

/* The line goes dead within the doubt: after a second it goes on. */
static void a_dead_line_ends_the_doubt(void **state)
{
    struct listener *l = malloc(sizeof *l);

    (void)state;
    assert_non_null(l);
    open_ears(l, "yes", "700");
    say_over(&l->w, 300);
    assert_int_equal(iv_conversation_phase(l->w.c), IV_PHASE_LISTENING);
    for (int i = 0; i < 3000 && iv_conversation_phase(l->w.c) != IV_PHASE_SPEAKING; i++) {
        pump_ms(&l->w, 20, 20);
        usleep(1000);
    }
    assert_int_equal(iv_conversation_phase(l->w.c), IV_PHASE_SPEAKING);
    pump_until(&l->w, IV_PHASE_LISTENING);
    expect_all_heard(l, 1);
    world_drop(&l->w);
    free(l);
}

/* -- silence -- */

static void who_is_silent_is_told_once_that_there_is_time(void **state)
{
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    (void)state;
    assert_non_null(l);
    open_ears_with(l, "hello", "turn.prompt_after", "10");
    hear_until(w, IV_PHASE_LISTENING);
    hear_ms(w, 9000, false);
    iv_conversation_alive(w->c); /* a key was pressed */
    hear_ms(w, 9900, false);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    assert_int_equal(n_turns(w), 1);
    hear_ms(w, 300, false);
    hear_until(w, IV_PHASE_SPEAKING);
    hear_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 2);
    assert_int_equal(t[1].kind, IV_TURN_REMARK);
    iv_turns_free(t, n);
    hear_ms(w, 30000, false);
    must(iv_conversation_silence(w->c, &err), &err); /* whoever asks for it */
    hear_ms(w, 1000, false);
    assert_int_equal(n_turns(w), 2);
    must(answer(w, good_answer, &err), &err);
    hear_until(w, IV_PHASE_SPEAKING);
    hear_until(w, IV_PHASE_LISTENING);
    assert_int_equal(n_turns(w), 4);
    hear_ms(w, 10100, false); /* another question */
    hear_until(w, IV_PHASE_SPEAKING);
    hear_until(w, IV_PHASE_LISTENING);
    assert_int_equal(n_turns(w), 5);
    must(iv_conversation_end(w->c, &err), &err);
    assert_replays(w);
    world_drop(w);
    free(l);
}

static void nobody_is_told_who_is_not_listened_to(void **state)
{
    struct listener *l = malloc(sizeof *l);

    (void)state;
    assert_non_null(l);
    open_ears_with(l, "hello", "turn.prompt_after", "10");
    pump_until(&l->w, IV_PHASE_LISTENING);
    pump_ms(&l->w, 40000, 100);
    assert_int_equal(n_turns(&l->w), 1);
    world_drop(&l->w);
    open_ears_with(l, "hello", "turn.prompt_after", "0");
    hear_until(&l->w, IV_PHASE_LISTENING);
    hear_ms(&l->w, 40000, false);
    assert_int_equal(n_turns(&l->w), 1);
    world_drop(&l->w);
    free(l);
}

static void a_pause_within_an_answer_is_seen(void **state)
{
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;

    (void)state;
    assert_non_null(l);
    open_ears_with(l, "I led the team and", "vad.hang", "3000");
    hear_until(w, IV_PHASE_LISTENING);
    hear_ms(w, 500, false);
    hear_ms(w, 1000, true);
    hear_ms(w, 600, false);
    assert_int_equal(l->waits, 0);
    hear_ms(w, 400, false);
    assert_int_equal(l->waits, 1);
    hear_ms(w, 500, true);
    assert_int_equal(l->waits, 0);
    for (int i = 0; i < 5000 && !count_heard(w, IV_MSG_stt_final, NULL); i++) {
        hear_ms(w, PIECE_MS, false);
        usleep(1000);
    }
    assert_int_equal(count_heard(w, IV_MSG_stt_final, NULL), 1);
    assert_int_equal(l->waits, 0);
    assert_int_equal(l->waited, 2);
    world_drop(w);
    free(l);
}

/* -- push to talk -- */

static void a_key_takes_the_word_and_gives_it_back(void **state)
{
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    (void)state;
    assert_non_null(l);
    open_ears(l, "I led the team.", "700");
    hear_ms(w, 3000, false);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_SPEAKING);
    must(iv_conversation_hear_begin(w->c, &err), &err);
    assert_true(iv_conversation_has_word(w->c));
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING); /* cut by the key alone */
    hear_ms(w, 1000, true);
    hear_ms(w, 8000, false); /* no silence ends it */
    hear_ms(w, 1000, true);
    assert_true(iv_conversation_has_word(w->c));
    assert_int_equal(count_heard(w, IV_MSG_stt_final, NULL), 0);
    assert_int_equal(l->waited, 0);
    must(iv_conversation_hear_end(w->c, &err), &err);
    assert_false(iv_conversation_has_word(w->c));
    for (int i = 0; i < 5000 && !count_heard(w, IV_MSG_stt_final, NULL); i++) {
        iv_conversation_pump(w->c); /* no sample after the key */
        usleep(1000);
    }
    assert_int_equal(count_heard(w, IV_MSG_stt_final, NULL), 1);
    t = turns_of(w, &n);
    assert_true(n >= 2);
    assert_int_equal(t[1].speaker, IV_CANDIDATE);
    assert_true(t[1].end_ms - t[1].start_ms >= 9900);
    iv_turns_free(t, n);
    world_drop(w);
    free(l);
}

static void the_word_is_lost_with_the_line_and_in_a_pause(void **state)
{
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;
    struct iv_error err;

    (void)state;
    assert_non_null(l);
    open_ears(l, "I led the team.", "700");
    hear_until(w, IV_PHASE_LISTENING);
    must(iv_conversation_hear_begin(w->c, &err), &err);
    must(iv_conversation_pause(w->c, &err), &err);
    assert_false(iv_conversation_has_word(w->c));
    assert_int_equal(iv_conversation_hear_begin(w->c, &err), IV_E_STATE);
    must(iv_conversation_resume(w->c, &err), &err);
    hear_until(w, IV_PHASE_LISTENING);
    must(iv_conversation_hear_begin(w->c, &err), &err);
    hear_ms(w, 1000, true);
    iv_manual_clock_advance(&w->clock, 2000000); /* no samples */
    iv_conversation_pump(w->c);
    assert_false(iv_conversation_has_word(w->c));
    world_drop(w);
    free(l);
}

/* -- the reply's beginning, ahead of time -- */

static void answer_aloud(struct listener *l, bool pauses)
{
    struct world *w = &l->w;

    hear_ms(w, 500, false);
    hear_ms(w, 2000, true);
    if (pauses) {
        hear_ms(w, 1500, false);
        hear_ms(w, 1000, true);
    }
    for (int i = 0; i < 5000 && !count_heard(w, IV_MSG_stt_final, NULL); i++) {
        hear_ms(w, PIECE_MS, false);
        usleep(1000);
    }
    hear_until(w, IV_PHASE_SPEAKING);
    hear_until(w, IV_PHASE_LISTENING);
}

static const struct guess_row {
    const char *name, *speculate;
    bool costs, pauses;
    int ahead, cancels; /* clauses made before the answer was taken; thrown away */
} guesses[] = {
    {"nothing is made ahead when it is switched off", "off", false, false, 0, 0},
    {"the first clause is made ahead", "local", false, false, 1, 0},
    {"one that was made ahead is thrown away when the answer goes on", "local", false, true, 2, 1},
    {"a voice that costs says nothing in vain", "local", true, true, 0, 0},
    {"unless it may", "all", true, false, 1, 0},
};

/* The reply is the same with and without, made once more than needed at most, and heard whole. */
static void a_guess_changes_nothing_but_the_time(void **state)
{
    static char *said[2]; /* without and with a pause, by the first row that came so far */
    const struct guess_row *r = *state;
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;
    struct iv_error err;
    struct iv_turn *t;
    size_t n;
    int ahead = 0;

    assert_non_null(l);
    open_ears_with(l, "I measured the slow queries and added an index.", "turn.speculate",
                   r->speculate);
    l->costs = r->costs;
    hear_until(w, IV_PHASE_LISTENING);
    l->begun[0] = 0;
    answer_aloud(l, r->pauses);
    for (const char *at = l->begun_ahead; (at = strchr(at, '|')); at++)
        ahead++;
    assert_int_equal(ahead, r->ahead);
    assert_int_equal(l->cancels, r->cancels);
    t = turns_of(w, &n);
    assert_int_equal(n, 3);
    if (!said[r->pauses])
        said[r->pauses] = strdup(t[2].text);
    assert_string_equal(t[2].text, said[r->pauses]);
    assert_int_equal(t[2].end_ms - t[2].start_ms, (int64_t)iv_utf8_chars(t[2].text) * MS_PER_CHAR);
    iv_turns_free(t, n);
    must(iv_conversation_end(w->c, &err), &err);
    assert_replays(w);
    world_drop(w);
    free(l);
}

/* A pause while a guess is being made: what comes after is not its sound. */
static void a_guess_is_forgotten_over_a_pause(void **state)
{
    struct listener *l = malloc(sizeof *l);
    struct world *w = &l->w;
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    (void)state;
    assert_non_null(l);
    open_ears(l, "I measured the slow queries and added an index.", "700");
    hear_until(w, IV_PHASE_LISTENING);
    l->begun[0] = 0;
    hear_ms(w, 500, false);
    hear_ms(w, 2000, true);
    for (int i = 0; i < 500 && !l->begun[0]; i++)
        hear_ms(w, PIECE_MS, false);
    assert_true(l->begun[0]);
    must(iv_conversation_pause(w->c, &err), &err);
    assert_int_equal(l->cancels, 1);
    must(iv_conversation_resume(w->c, &err), &err);
    must(iv_conversation_repeat(w->c, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 2);
    assert_int_equal(t[1].end_ms - t[1].start_ms, (int64_t)iv_utf8_chars(t[1].text) * MS_PER_CHAR);
    iv_turns_free(t, n);
    world_drop(w);
    free(l);
}

int main(void)
{
    TABLE_ROWS(goes_on, no_interruptions);
    TABLE_ROWS(takes_the_word, interruptions);
    TABLE_TEST(words_after_a_short_word_belong_to_it);
    TABLE_TEST(without_doubt_every_voice_cuts);
    TABLE_TEST(orders_while_in_doubt);
    TABLE_TEST(a_dead_line_ends_the_doubt);
    TABLE_TEST(who_is_silent_is_told_once_that_there_is_time);
    TABLE_TEST(nobody_is_told_who_is_not_listened_to);
    TABLE_TEST(a_pause_within_an_answer_is_seen);
    TABLE_TEST(a_key_takes_the_word_and_gives_it_back);
    TABLE_TEST(the_word_is_lost_with_the_line_and_in_a_pause);
    TABLE_ROWS(a_guess_changes_nothing_but_the_time, guesses);
    TABLE_TEST(a_guess_is_forgotten_over_a_pause);
    return table_run("a voice over the interviewer's");
}
