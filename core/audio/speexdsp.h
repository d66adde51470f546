/* audio/speexdsp.h - speexdsp, opened by the first echo canceller; see iv/lazy.h. */
#ifndef IV_AUDIO_SPEEXDSP_H
#define IV_AUDIO_SPEEXDSP_H

#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#include "iv/lazy.h"

extern struct iv_lazy iv_speexdsp;

/* clang-format off */
#define SPEEXDSP_FUNCTIONS(X)                                                                     \
    X(speex_echo_cancellation) X(speex_echo_ctl) X(speex_echo_state_destroy)                      \
    X(speex_echo_state_init) X(speex_echo_state_reset) X(speex_preprocess_ctl) X(speex_preprocess_run)                      \
    X(speex_preprocess_state_destroy) X(speex_preprocess_state_init)
/* clang-format on */

SPEEXDSP_FUNCTIONS(IV_LAZY_DECLARE)

#ifndef IV_SPEEXDSP_TABLE
#define speex_echo_cancellation (*iv_lazy_speex_echo_cancellation)
#define speex_echo_ctl (*iv_lazy_speex_echo_ctl)
#define speex_echo_state_destroy (*iv_lazy_speex_echo_state_destroy)
#define speex_echo_state_init (*iv_lazy_speex_echo_state_init)
#define speex_echo_state_reset (*iv_lazy_speex_echo_state_reset)
#define speex_preprocess_ctl (*iv_lazy_speex_preprocess_ctl)
#define speex_preprocess_run (*iv_lazy_speex_preprocess_run)
#define speex_preprocess_state_destroy (*iv_lazy_speex_preprocess_state_destroy)
#define speex_preprocess_state_init (*iv_lazy_speex_preprocess_state_init)
#endif

#endif
