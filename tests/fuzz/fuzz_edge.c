/* fuzz_edge.c - frames of the Edge voices, word times in them, and text on its way there. */
#include "fuzz.h"
#include "provider/edge.h"

static void frames(const char *data, size_t size)
{
    const char *sound, *body;
    size_t n, body_len;
    struct iv_error err;

    if (!iv_edge_sound_frame(data, size, &sound, &n, &err))
        must(sound >= data + 2 && sound + n == data + size, "sound lies in its frame");
    iv_edge_text_frame(data, size, &body, &body_len);
    must(body >= data && body + body_len == data + size, "a body lies in its frame");
}

static void words(const char *data, size_t size)
{
    struct edge_word list[8];
    struct iv_buf texts = IV_BUF_INIT(512);
    struct iv_error err;
    size_t n = 0;

    for (int i = 0; i < 2; i++)
        iv_edge_words(data, size, list, &n, 8, &texts, &err);
    must(n <= 8, "no more words than there is room for");
    for (size_t i = 0; i < n && !texts.failed; i++)
        must(list[i].text < texts.len &&
                 memchr(texts.data + list[i].text, 0, texts.len - list[i].text),
             "a word's text is whole");
    iv_buf_release(&texts);
}

static size_t escaped_bytes(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '&' ? 5 : text[i] == '<' || text[i] == '>' ? 4 : 1;
    return n;
}

static void pieces(const char *text)
{
    struct iv_buf b = IV_BUF_INIT(16 << 10);

    while (*text) {
        size_t len = iv_edge_piece(text);
        const char *inside;

        must(len > 0 && len <= strlen(text), "a piece gets on");
        must(escaped_bytes(text, len) <= EDGE_PIECE_BYTES, "a piece fits");
        must(iv_utf8_valid(text, len), "a piece is whole characters");
        iv_buf_clear(&b);
        iv_edge_ssml_message(0, "0", "ko-KR-SunHiNeural", 1, text, len, &b);
        must(!b.failed, "a piece fits its message");
        inside = strstr(b.data, "volume='+0%'>");
        must(inside && strstr(inside, "</prosody></voice></speak>") == strchr(inside + 13, '<'),
             "no text becomes markup");
        text += len;
    }
    iv_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size), *exact = malloc(size ? size : 1);

    memcpy(exact, data, size);
    frames(exact, size);
    words(exact, size);
    if (iv_utf8_valid(text, size)) /* as tts_speak.c has made sure */
        pieces(text);
    free(exact);
    free(text);
    return 0;
}
