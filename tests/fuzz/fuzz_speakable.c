/* fuzz_speakable.c - sentences as they are read aloud. */
#include "fuzz.h"
#include "iv/tts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);

    if (size <= IV_TTS_MAX_TEXT_BYTES && iv_utf8_valid(text, size))
        for (unsigned lang = 0; lang < IV_LANG_COUNT; lang++) {
            char *said = iv_speakable(text, (enum iv_lang)lang);

            must(said && iv_utf8_valid(said, strlen(said)), "what is said is UTF-8");
            free(said);
        }
    free(text);
    return 0;
}
