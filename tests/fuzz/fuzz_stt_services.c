/* fuzz_stt_services.c - what Deepgram and services of OpenAI's kind say about sound: messages, transcripts, refusals, closes. */
#include "fuzz.h"
#include "iv/text.h"
#include "provider/deepgram.h"
#include "provider/openai_transcript.h"

#define FROM_MS 1000u
#define UNTIL_MS 9000u

static void check_share(float confidence)
{
    must(confidence >= 0 && confidence <= 1, "a confidence is a share");
}

static void check_message(struct deepgram_message *m)
{
    must(m->kind != DEEPGRAM_RESULTS || m->text, "results have a text");
    must(!m->text || iv_utf8_valid(m->text, strlen(m->text)), "a text is text");
    must(m->n_words <= DEEPGRAM_MAX_WORDS, "words have a measure");
    check_share(m->confidence);
    for (size_t i = 0; i < m->n_words; i++) {
        must(m->words[i].text != NULL, "a word has a text");
        check_share(m->words[i].confidence);
    }
    iv_deepgram_release(m);
    must(!m->text && !m->words, "released");
}

static void deepgram(const char *text, size_t size)
{
    struct deepgram_message m;
    struct iv_error err;

    if (!iv_deepgram_read(text, size, &m, &err))
        check_message(&m);
    else
        must(!m.text && !m.words, "a failure leaves nothing");
    if (!iv_deepgram_read_recording(text, size, &m, &err))
        check_message(&m);
}

static void judge(const char *text, size_t size)
{
    struct net_outcome o = {
        .failure = NET_STATUS, .content_type = "", .body = text, .body_len = size};
    struct net_verdict v;

    o.status = size ? 400 + (unsigned char)text[0] % 120 : 500;
    for (int i = 0; i < 2; i++) {
        v = (struct net_verdict){.code = IV_OK};
        iv_deepgram_judge(&o, &v);
        must(iv_utf8_valid(v.text, strlen(v.text)), "a verdict is text");
        must(!strpbrk(v.text, "\x1b\n\r"), "a verdict is one plain line");
        must(v.code != IV_OK, "a failure is none");
        if (!iv_utf8_valid(text, size)) /* as the transport makes sure of a reason */
            return;
        o.failure = NET_CLOSED;
        o.close_code = 1000 + o.status % 16;
        memcpy(o.reason, text, iv_utf8_cut(text, size, sizeof o.reason - 1));
    }
}

static void transcript(const char *text, size_t size)
{
    struct openai_transcript t;
    struct iv_error err;
    uint32_t last_ms = FROM_MS;

    if (iv_openai_transcript_read(text, size, FROM_MS, UNTIL_MS, &t, &err)) {
        must(!t.text && !t.words, "a failure leaves nothing");
        return;
    }
    must(t.text && iv_utf8_valid(t.text, strlen(t.text)), "a text is text");
    check_share(t.confidence);
    for (size_t i = 0; i < t.n_words; i++) {
        must(t.words[i].start_ms >= last_ms && t.words[i].end_ms >= t.words[i].start_ms &&
                 t.words[i].end_ms <= UNTIL_MS,
             "words lie within the piece, in order");
        check_share(t.words[i].confidence);
        last_ms = t.words[i].start_ms;
    }
    iv_openai_transcript_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);

    deepgram(text, size);
    transcript(text, size);
    judge(text, size);
    free(text);
    return 0;
}
