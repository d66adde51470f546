/* fuzz_text.c - UTF-8: what comes from outside is made clean, visible and comparable. */
#include "fuzz.h"
#include "iv/text.h"

/* Takes ownership of the result. */
static void check_result(char *made, bool one_line)
{
    must(made != NULL, "there is memory");
    must(iv_utf8_valid(made, strlen(made)), "what is made is UTF-8");
    for (const char *p = made; one_line && *p; p++)
        must((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t', "no control characters");
    free(made);
}

static void check_clean(const char *text)
{
    char *once = iv_text_clean(text), *twice = iv_text_clean(once);

    must(once && twice && !strcmp(once, twice), "clean text stays as it is");
    free(twice);
    check_result(once, true);
}

static void check_characters(const char *text, size_t size)
{
    const char *p = text;
    size_t n = 0;

    while (iv_utf8_next(&p))
        n++;
    must(n == iv_utf8_chars(text) && p == text + size, "every character is counted");
    for (size_t max = 0; max < 8; max++) {
        size_t cut = iv_utf8_cut(text, size, max);

        must(cut <= max && cut <= size && iv_utf8_valid(text, cut),
             "a cut leaves whole characters");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);

    if (iv_utf8_valid(text, size)) {
        check_characters(text, size);
        check_result(iv_text_visible(text), false);
        check_result(iv_text_nfc(text), false);
        check_result(iv_text_nfkc_fold(text), false);
        check_clean(text);
        iv_text_is_blank(text);
        iv_text_width(text);
    } else {
        check_result(iv_text_visible(text), false); /* a message may hold what was refused */
    }
    iv_text_distance(text, "session list");
    iv_session_id_valid(text);
    free(text);
    return 0;
}
