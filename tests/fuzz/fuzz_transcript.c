/* fuzz_transcript.c - a transcript from elsewhere, for `score`. */
#include "fuzz.h"
#include "iv/score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iv_session session;
    struct iv_turn *turns = NULL;
    struct iv_error err = {0};
    size_t n = 0;
    char *text = text_of(data, size);
    enum iv_code rc;

    iv_session_spec_init(&session.spec);
    session.spec.lang = (enum iv_lang)(size % IV_LANG_COUNT);
    iv_session_create(&session, &session.spec, 0);
    rc = iv_transcript_parse(text, size, &session, &turns, &n, &err);
    if (rc)
        must(err.text[0] != '\0', "a refusal says why");
    for (size_t i = 0; !rc && i < n; i++)
        must(turns[i].text && turns[i].number == (int64_t)i, "turns are numbered and hold text");
    if (!rc)
        iv_turns_free(turns, n);
    free(text);
    return 0;
}
