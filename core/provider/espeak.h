/* provider/espeak.h - libespeak-ng, opened by the helper process when it starts.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_PROVIDER_ESPEAK_H
#define IV_PROVIDER_ESPEAK_H

#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>

#include "iv/lazy.h"

/* clang-format off */
#define ESPEAK_FUNCTIONS(X)                                                         \
    X(espeak_Info) X(espeak_Initialize) X(espeak_ListVoices) X(espeak_SetParameter) \
    X(espeak_SetSynthCallback) X(espeak_SetVoiceByName) X(espeak_Synth)
/* clang-format on */

ESPEAK_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_espeak;

#define espeak_Info (*iv_lazy_espeak_Info)
#define espeak_Initialize (*iv_lazy_espeak_Initialize)
#define espeak_ListVoices (*iv_lazy_espeak_ListVoices)
#define espeak_SetParameter (*iv_lazy_espeak_SetParameter)
#define espeak_SetSynthCallback (*iv_lazy_espeak_SetSynthCallback)
#define espeak_SetVoiceByName (*iv_lazy_espeak_SetVoiceByName)
#define espeak_Synth (*iv_lazy_espeak_Synth)

#endif
