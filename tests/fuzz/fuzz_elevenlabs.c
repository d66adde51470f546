/* fuzz_elevenlabs.c - what ElevenLabs says: sound with character times, refusals, failure frames; and a WAV where PCM was asked for. */
#include "fuzz.h"
#include "iv/text.h"
#include "provider/elevenlabs.h"
#include "provider/tts_wav.h"

static void check_text(const struct net_verdict *v)
{
    must(iv_utf8_valid(v->text, strlen(v->text)), "a verdict is text");
    must(!strpbrk(v->text, "\x1b\n\r"), "a verdict is one plain line");
    must(v->code != IV_OK, "a failure is none");
}

static void judge(char *text, size_t size)
{
    struct net_outcome o = {
        .failure = NET_STATUS, .content_type = "", .body = text, .body_len = size};
    struct net_verdict v;

    o.status = size ? 400 + (unsigned char)text[0] % 120 : 500;
    iv_elevenlabs_judge(&o, false, &v);
    check_text(&v);
    if (!iv_utf8_valid(text, size)) /* as the transport makes sure */
        return;
    iv_elevenlabs_judge_frame(text, text, &v);
    check_text(&v);
    o.failure = NET_CLOSED;
    o.close_code = 1000 + o.status % 16;
    memcpy(o.reason, text, iv_utf8_cut(text, size, sizeof o.reason - 1));
    iv_elevenlabs_judge(&o, false, &v);
    check_text(&v);
}

static void piece(const char *data, size_t size)
{
    struct elevenlabs_piece p;
    struct iv_error err;

    if (iv_elevenlabs_read(data, size, &p, &err))
        return;
    for (size_t i = 0; i < p.n_chars; i++) {
        const char *text = p.chars[i].text;

        must(text >= p.words.data && text < p.words.data + p.words.len, "a character is ours");
        must(p.chars[i].end_ms < 2u * IV_TIMED_MAX_MS, "a time has a measure");
    }
    must(p.sound.len <= size, "sound does not grow");
    iv_elevenlabs_release(&p);
}

/* Bytes of sound, whatever way it is cut. */
static size_t eat(const uint8_t *data, size_t size, size_t step, bool *is_good)
{
    struct tts_wav w = {0};
    struct iv_error err;
    size_t total = 0;

    *is_good = true;
    for (size_t at = 0; at < size && *is_good; at += step) {
        const uint8_t *p = data + at;
        size_t len = size - at < step ? size - at : step, n;

        while (len && (*is_good = !iv_tts_wav_eat(&w, &p, &len, &n, &err))) {
            must(n <= len && p + len <= data + size, "sound lies in what came");
            total += n + (w.state == TTS_WAV_RAW ? w.n_part : 0);
            if (w.state == TTS_WAV_RAW)
                w.n_part = 0;
            p += n;
            len -= n;
        }
    }
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    bool whole_is_good, cut_is_good;
    size_t whole = eat(data, size, size ? size : 1, &whole_is_good);

    must(eat(data, size, size % 7 + 1, &cut_is_good) == whole && cut_is_good == whole_is_good,
         "how it is cut changes nothing");
    piece(text, size);
    judge(text, size);
    free(text);
    return 0;
}
