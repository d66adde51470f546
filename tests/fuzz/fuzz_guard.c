/* fuzz_guard.c - whatever a language model says: the candidate hears a whole, lawful turn. */
#include "fuzz.h"
#include "iv/config.h"
#include "iv/text.h"
#include "iv/wording.h"

static iv_wording *wordings[IV_LANG_COUNT];

static struct iv_point point = {.id = "p", .say = "Lookup takes constant time on average."};
static const struct iv_question question = {
    .id = "q", .competency = "teamwork", .points = &point, .n_points = 1};
static struct iv_turn turn = {.speaker = IV_INTERVIEWER, .text = "Who decided that?"};
static const struct iv_move moves[] = {
    /* by enum iv_lang */
    {IV_TURN_PROBE, "그 결과는 어땠나요?", "q", "그 결과는 어땠나요?", 2, 5, true, false,
     IV_LACK_NO_RESULT},
    {IV_TURN_QUESTION, "I see. What came of it?", "q", "What came of it?", 2, 5, true, false,
     IV_LACK_NONE},
    {IV_TURN_CLOSING, "本日はありがとうございました。", "", "", 5, 5, false, true, IV_LACK_NONE},
};

static void load(void)
{
    for (int i = 0; i < IV_LANG_COUNT && !wordings[i]; i++) {
        struct iv_session_spec spec;

        iv_session_spec_init(&spec);
        spec.lang = (enum iv_lang)i;
        spec.type = IV_TYPE_TECHNICAL;
        must(!iv_wording_new(NULL, &spec, NULL, &wordings[i], NULL), "the prompts are read");
    }
}

static enum iv_guard_stop run(int i, const char *text, size_t size, size_t piece,
                              struct iv_buf *out)
{
    struct iv_wording_now now = {
        .move = &moves[i], .question = &question, .turns = &turn, .n_turns = 1};
    enum iv_guard_stop stop;
    const char *say;
    iv_guard *g;

    must(!iv_guard_new(wordings[i], &now, &g, NULL), "a guard is made");
    for (size_t at = 0; at < size; at += piece) {
        stop = iv_guard_feed(g, text + at, size - at < piece ? size - at : piece, &say);
        iv_buf_adds(out, say);
        if (stop)
            break;
    }
    stop = iv_guard_finish(g, &say);
    iv_buf_adds(out, say);
    must(!strcmp(iv_guard_text(g), iv_buf_str(out)), "the turn is what was spoken");
    iv_guard_free(g);
    return stop;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iv_buf whole = IV_BUF_INIT(1 << 20), cut = IV_BUF_INIT(1 << 20);
    char *text = text_of(data, size);

    load();
    for (int i = 0; i < IV_LANG_COUNT; i++) {
        iv_buf_clear(&whole);
        iv_buf_clear(&cut);
        must(run(i, text, size, size ? size : 1, &whole) == run(i, text, size, size % 5 + 1, &cut),
             "how it is cut changes nothing");
        must(!strcmp(iv_buf_str(&whole), iv_buf_str(&cut)), "how it is cut changes no word");
        must(whole.len > 0 && iv_utf8_valid(whole.data, whole.len), "something is said, as text");
        must(!strpbrk(whole.data, "\x1b\n`<>"), "nothing that cannot be spoken");
    }
    iv_buf_release(&whole);
    iv_buf_release(&cut);
    free(text);
    return 0;
}
