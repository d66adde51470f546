/* pa.h - PortAudio's functions, opened by the first question for a device; see iv/lazy.h. For player.c, mic.c and host.c. */
#ifndef IV_TUI_PA_H
#define IV_TUI_PA_H

#include <portaudio.h>

#include "iv/lazy.h"

extern struct iv_lazy iv_portaudio;

/* clang-format off */
#define PORTAUDIO_FUNCTIONS(X)                                                                    \
    X(Pa_AbortStream) X(Pa_CloseStream) X(Pa_GetDefaultInputDevice) X(Pa_GetDefaultOutputDevice)  \
    X(Pa_GetDeviceCount) X(Pa_GetDeviceInfo) X(Pa_GetErrorText) X(Pa_GetStreamInfo)               \
    X(Pa_Initialize) X(Pa_OpenStream) X(Pa_StartStream) X(Pa_Terminate)
/* clang-format on */

PORTAUDIO_FUNCTIONS(IV_LAZY_DECLARE)

#ifndef IV_PORTAUDIO_TABLE
#define Pa_AbortStream (*iv_lazy_Pa_AbortStream)
#define Pa_CloseStream (*iv_lazy_Pa_CloseStream)
#define Pa_GetDefaultInputDevice (*iv_lazy_Pa_GetDefaultInputDevice)
#define Pa_GetDefaultOutputDevice (*iv_lazy_Pa_GetDefaultOutputDevice)
#define Pa_GetDeviceCount (*iv_lazy_Pa_GetDeviceCount)
#define Pa_GetDeviceInfo (*iv_lazy_Pa_GetDeviceInfo)
#define Pa_GetErrorText (*iv_lazy_Pa_GetErrorText)
#define Pa_GetStreamInfo (*iv_lazy_Pa_GetStreamInfo)
#define Pa_Initialize (*iv_lazy_Pa_Initialize)
#define Pa_OpenStream (*iv_lazy_Pa_OpenStream)
#define Pa_StartStream (*iv_lazy_Pa_StartStream)
#define Pa_Terminate (*iv_lazy_Pa_Terminate)
#endif

#endif
