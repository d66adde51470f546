/* registry.c - the back ends there are; the order is the preference of "auto". */
#include "iv_build.h"
#include "provider/tts.h"

const struct iv_tts_ops *const iv_tts_list[] = {
    &iv_tts_elevenlabs,
#if IV_HAVE_JTALK
    &iv_tts_jtalk,
#endif
#if IV_HAVE_ESPEAK
    &iv_tts_espeak,
#endif
    &iv_tts_openai,     &iv_tts_edge, &iv_tts_tone, NULL,
};
