/* test_live_speech.c - a candidate who speaks: espeak-ng's voice into the ear of a live session, PocketSphinx behind it. */
#include "unit/live_client.h"

#include "iv/stt.h"
#include "iv/tts.h"

#define PIECE_MS 20
#define LOUD 4

static const char *const settings[] = {"live.messages_per_minute", "1000", NULL};

static bool has_both(struct world *w)
{
    struct iv_stt_info stt[16];
    struct iv_tts_info tts[16];
    bool hears = false, speaks = false;

    for (size_t i = 0, n = iv_stt_engines(w->ctx, stt, 16); i < n; i++)
        hears |= !strcmp(stt[i].name, "pocketsphinx") && stt[i].available[IV_LANG_EN];
    for (size_t i = 0, n = iv_tts_engines(w->ctx, tts, 16); i < n; i++)
        speaks |= !strcmp(tts[i].name, "espeak") && tts[i].available[IV_LANG_EN];
    return hears && speaks;
}

static void speech(struct world *w, const char *text, uint32_t rate_hz, struct iv_pcm *out)
{
    struct iv_tts_choice choice = {.engine = "espeak", .lang = IV_LANG_EN};
    struct iv_speech s = {0};
    iv_resampler *r;
    struct iv_error err;
    iv_tts *t;

    must(iv_tts_open(w->ctx, &choice, &t, &err), &err);
    must(iv_tts_render(t, text, &s, &err), &err);
    must(iv_resampler_new(s.pcm.rate_hz, rate_hz, &r, &err), &err);
    *out = (struct iv_pcm){.rate_hz = rate_hz};
    must(iv_resampler_push(r, s.pcm.samples, s.pcm.len, out, &err), &err);
    must(iv_resampler_push(r, NULL, 0, out, &err), &err);
    iv_resampler_free(r);
    iv_speech_release(&s);
    iv_tts_close(t);
}

/* At the pace of a microphone, as binary messages; silence where there is no sample left. Whole samples in all. */
static void say_pieces(struct client *c, const struct iv_pcm *pcm, uint32_t rate_hz, int ms,
                       size_t piece)
{
    unsigned char message[24 + 48 * PIECE_MS * 2 * 2] = {3, 1};
    int64_t begun = now_ms();
    size_t at = 0, total = (size_t)ms * rate_hz / 1000 * 2;

    for (int i = 0; i < 4; i++)
        message[4 + i] = (unsigned char)(rate_hz >> 8 * i);
    for (; at < total || at % 2; at += piece) {
        for (size_t i = 0; i < piece; i++)
            message[24 + i] =
                pcm && at + i < pcm->len * 2 ? ((unsigned char *)pcm->samples)[at + i] : 0;
        iv_live_receive(c->link, true, message, 24 + piece);
        while (now_ms() < begun + (int64_t)(at / 2 * 1000 / rate_hz))
            usleep(2000);
    }
}

static const struct row {
    const char *name;
    uint32_t rate_hz;
    size_t piece;
} rows[] = {
    {"16 kHz in pieces of 20 ms", 16000, 640},
    {"48 kHz in pieces of 20 ms", 48000, 1920},
    {"16 kHz in pieces that end in the middle of a sample", 16000, 333},
};

static void is_understood_and_answered(void **state)
{
    const struct row *row = *state;
    struct iv_pcm pcm;
    struct world w;
    struct client c;
    const iv_json *j;

    world_open(&w, settings);
    if (!has_both(&w)) {
        world_close(&w);
        skip();
    }
    speech(&w, "I measured the slow queries first, and then I added an index.", row->rate_hz, &pcm);
    client_init(&c);
    client_connect(&w, &c);
    client_say(&c, "{\"type\":\"start_session\",\"audio\":false,\"avatar\":false}");
    expect_turn(&c, "listening");
    say_pieces(&c, NULL, row->rate_hz, 500, row->piece);
    say_pieces(&c, &pcm, row->rate_hz, (int)iv_pcm_ms(&pcm) + 1500, row->piece);
    j = expect(&c, "stt_final");
    assert_true(iv_json_get_bool(j, "is_final", false));
    assert_true(iv_json_get_num(j, "confidence", 0) > 0);
    assert_true(strlen(iv_json_get_str(j, "transcript", "")) > 20);
    expect(&c, "llm_start");
    expect(&c, "llm_response");
    expect_turn(&c, "listening");
    c.read = 0;
    j = expect(&c, "stt_interim");
    assert_false(iv_json_get_bool(j, "is_final", true));
    client_release(&c);
    iv_pcm_release(&pcm);
    world_close(&w);
}

static void a_voice_stops_the_interviewer(void **state)
{
    struct iv_pcm pcm;
    struct world w;
    struct client c;
    int64_t turn, last = 0;

    (void)state;
    world_open(&w, settings);
    if (!has_both(&w)) {
        world_close(&w);
        skip();
    }
    speech(&w, "Excuse me, may I say something about that project now?", 16000, &pcm);
    client_init(&c);
    client_connect(&w, &c);
    client_say(&c, "{\"type\":\"start_session\",\"avatar\":false}");
    for (int i = 0; i < LOUD; i++)
        expect(&c, "tts_audio");
    say_pieces(&c, NULL, 16000, 400, 640);
    say_pieces(&c, &pcm, 16000, 1500, 640);
    expect_turn(&c, "listening");
    turn = c.got[c.read - 1].at_ms;
    pthread_mutex_lock(&c.lock);
    for (size_t i = 0; i < c.n; i++)
        if (is_such(&c.got[i], "tts_audio", NULL, NULL))
            last = c.got[i].at_ms;
    pthread_mutex_unlock(&c.lock);
    assert_true(last <= turn + 100);
    say_pieces(&c, NULL, 16000, 1500, 640);
    expect(&c, "stt_final");
    client_release(&c);
    iv_pcm_release(&pcm);
    world_close(&w);
}

/* What PocketSphinx makes of a short "yes" is enough to know that nobody wants the word. */
static void a_yes_leaves_it_speaking(void **state)
{
    struct iv_pcm pcm;
    struct world w;
    struct client c;

    (void)state;
    world_open(&w, settings);
    if (!has_both(&w)) {
        world_close(&w);
        skip();
    }
    speech(&w, "Yes.", 16000, &pcm);
    client_init(&c);
    client_connect(&w, &c);
    client_say(&c, "{\"type\":\"start_session\",\"avatar\":false}");
    for (int i = 0; i < LOUD; i++)
        expect(&c, "tts_audio");
    say_pieces(&c, NULL, 16000, 400, 640);
    say_pieces(&c, &pcm, 16000, 1200, 640);
    expect_turn(&c, "listening"); /* hushed */
    say_pieces(&c, NULL, 16000, 1500, 640);
    expect_turn(&c, "speaking");
    expect(&c, "tts_audio");
    assert_int_equal(client_count(&c, "stt_final"), 0);
    client_release(&c);
    iv_pcm_release(&pcm);
    world_close(&w);
}

static void the_client_ends_the_answer(void **state)
{
    struct iv_pcm pcm;
    struct world w;
    struct client c;

    (void)state;
    world_open(&w, settings);
    if (!has_both(&w)) {
        world_close(&w);
        skip();
    }
    speech(&w, "I led the team and I wrote the tests.", 16000, &pcm);
    client_init(&c);
    client_connect(&w, &c);
    client_say(&c, "{\"type\":\"start_session\",\"audio\":false,\"avatar\":false}");
    expect_turn(&c, "listening");
    client_say(&c, "{\"type\":\"end_of_speech\"}");
    expect_error(&c, "STT_NO_SPEECH");
    say_pieces(&c, NULL, 16000, 300, 640);
    say_pieces(&c, &pcm, 16000, (int)iv_pcm_ms(&pcm), 640);
    client_say(&c, "{\"type\":\"end_of_speech\"}");
    expect(&c, "stt_final");
    client_release(&c);
    iv_pcm_release(&pcm);
    world_close(&w);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "__tts-helper"))
        return iv_tts_helper_main(argc, argv);
    TABLE_ROWS(is_understood_and_answered, rows);
    TABLE_TEST(a_voice_stops_the_interviewer);
    TABLE_TEST(a_yes_leaves_it_speaking);
    TABLE_TEST(the_client_ends_the_answer);
    return table_run("live speech");
}
