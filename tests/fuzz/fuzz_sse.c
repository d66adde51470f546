/* fuzz_sse.c - a reply of a language model as it comes from the network: events, chunks, text, errors. */
#include "fuzz.h"
#include "iv/text.h"
#include "provider/openai_chat.h"

struct heard {
    char text[1 << 17];
    size_t len;
};

static void on_text(void *arg, const char *text, size_t len)
{
    struct heard *h = arg;

    must(iv_utf8_valid(text, len), "text is whole characters");
    must(h->len + len < sizeof h->text, "text is not longer than what came");
    memcpy(h->text + h->len, text, len);
    h->len += len;
}

static enum chat_end run(const char *data, size_t size, size_t piece, struct heard *h)
{
    struct chat_stream s;
    enum chat_end end;

    iv_chat_init(&s, NULL, on_text, h);
    for (size_t at = 0; at < size; at += piece)
        if (!iv_chat_feed(&s, data + at, size - at < piece ? size - at : piece,
                          "text/event-stream"))
            break;
    end = iv_chat_finish(&s);
    iv_chat_release(&s);
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct heard whole, cut;
    struct openai_error e;
    char *text = text_of(data, size);

    whole.len = cut.len = 0;
    must(run(text, size, size ? size : 1, &whole) == run(text, size, size % 7 + 1, &cut),
         "how it is cut changes nothing");
    must(whole.len == cut.len && !memcmp(whole.text, cut.text, cut.len),
         "how it is cut changes no text");
    iv_openai_error_read(text, size, &e);
    must(iv_utf8_valid(e.message, strlen(e.message)), "a message is text");
    must(!strpbrk(e.message, "\x1b\n\r"), "a message is one plain line");
    free(text);
    return 0;
}
