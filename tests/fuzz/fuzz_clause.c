/* fuzz_clause.c - a reply cut into clauses, whole and as it grows. */
#include "fuzz.h"
#include "iv/conversation.h"

static void cut(const char *text, size_t size, enum iv_lang lang)
{
    size_t at = 0;

    while (at < size) {
        size_t early = iv_clause_next(text + at, size - at, lang, false);
        size_t n = iv_clause_next(text + at, size - at, lang, true);

        must(early <= size - at && n <= size - at, "a clause lies in its text");
        must(n > 0, "the end of a text is a clause");
        must(!early || early == n, "a clause that is complete does not change");
        must(iv_utf8_valid(text + at, n), "a clause holds whole characters");
        at += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);

    if (iv_utf8_valid(text, size))
        for (unsigned lang = 0; lang < IV_LANG_COUNT; lang++) {
            cut(text, size, (enum iv_lang)lang);
            iv_spoken_estimate_ms(text, (enum iv_lang)lang);
        }
    free(text);
    return 0;
}
