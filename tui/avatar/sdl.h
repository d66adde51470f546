/* sdl.h - SDL2's functions, opened by the first window or by sound where PortAudio sees nothing; see iv/lazy.h.
 *
 * Private to tui/: window.c and audio/sdl_audio.c. Signals stay the program's.
 */
#ifndef IV_TUI_SDL_H
#define IV_TUI_SDL_H

#include <SDL2/SDL.h>

#include "iv/lazy.h"

extern struct iv_lazy iv_sdl;

/* clang-format off */
#define SDL_FUNCTIONS(X)                                                                          \
    X(SDL_CloseAudioDevice) X(SDL_CreateRenderer) X(SDL_CreateTexture) X(SDL_CreateWindow)        \
    X(SDL_DestroyRenderer) X(SDL_DestroyTexture) X(SDL_DestroyWindow) X(SDL_GetAudioDeviceName)   \
    X(SDL_GetError) X(SDL_GetNumAudioDevices) X(SDL_GetRendererOutputSize) X(SDL_GetWindowFlags)  \
    X(SDL_GetWindowID) X(SDL_InitSubSystem) X(SDL_OpenAudioDevice) X(SDL_PauseAudioDevice)        \
    X(SDL_PollEvent) X(SDL_QuitSubSystem) X(SDL_RenderClear) X(SDL_RenderCopy)                    \
    X(SDL_RenderPresent) X(SDL_SetHint) X(SDL_SetRenderDrawColor) X(SDL_SetWindowAlwaysOnTop)     \
    X(SDL_SetWindowFullscreen) X(SDL_SetWindowMinimumSize) X(SDL_SetWindowTitle)                  \
    X(SDL_TLSCleanup)                                                                             \
    X(SDL_UpdateYUVTexture)
/* clang-format on */

SDL_FUNCTIONS(IV_LAZY_DECLARE)

#ifndef IV_SDL_TABLE
#define SDL_CloseAudioDevice (*iv_lazy_SDL_CloseAudioDevice)
#define SDL_CreateRenderer (*iv_lazy_SDL_CreateRenderer)
#define SDL_CreateTexture (*iv_lazy_SDL_CreateTexture)
#define SDL_CreateWindow (*iv_lazy_SDL_CreateWindow)
#define SDL_DestroyRenderer (*iv_lazy_SDL_DestroyRenderer)
#define SDL_DestroyTexture (*iv_lazy_SDL_DestroyTexture)
#define SDL_DestroyWindow (*iv_lazy_SDL_DestroyWindow)
#define SDL_GetAudioDeviceName (*iv_lazy_SDL_GetAudioDeviceName)
#define SDL_GetError (*iv_lazy_SDL_GetError)
#define SDL_GetNumAudioDevices (*iv_lazy_SDL_GetNumAudioDevices)
#define SDL_GetRendererOutputSize (*iv_lazy_SDL_GetRendererOutputSize)
#define SDL_GetWindowFlags (*iv_lazy_SDL_GetWindowFlags)
#define SDL_GetWindowID (*iv_lazy_SDL_GetWindowID)
#define SDL_InitSubSystem (*iv_lazy_SDL_InitSubSystem)
#define SDL_OpenAudioDevice (*iv_lazy_SDL_OpenAudioDevice)
#define SDL_PauseAudioDevice (*iv_lazy_SDL_PauseAudioDevice)
#define SDL_PollEvent (*iv_lazy_SDL_PollEvent)
#define SDL_QuitSubSystem (*iv_lazy_SDL_QuitSubSystem)
#define SDL_RenderClear (*iv_lazy_SDL_RenderClear)
#define SDL_RenderCopy (*iv_lazy_SDL_RenderCopy)
#define SDL_RenderPresent (*iv_lazy_SDL_RenderPresent)
#define SDL_SetHint (*iv_lazy_SDL_SetHint)
#define SDL_SetRenderDrawColor (*iv_lazy_SDL_SetRenderDrawColor)
#define SDL_SetWindowAlwaysOnTop (*iv_lazy_SDL_SetWindowAlwaysOnTop)
#define SDL_SetWindowFullscreen (*iv_lazy_SDL_SetWindowFullscreen)
#define SDL_SetWindowMinimumSize (*iv_lazy_SDL_SetWindowMinimumSize)
#define SDL_SetWindowTitle (*iv_lazy_SDL_SetWindowTitle)
#define SDL_TLSCleanup (*iv_lazy_SDL_TLSCleanup)
#define SDL_UpdateYUVTexture (*iv_lazy_SDL_UpdateYUVTexture)
#endif

#endif
