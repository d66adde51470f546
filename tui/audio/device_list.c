/* device_list.c - see device_list.h. */
#include "audio/device_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "audio/host.h"
#include "iv/alloc.h"
#include "iv_build.h"

#if IV_HAVE_PORTAUDIO
#include "audio/pa.h"
#endif
#if IV_HAVE_SDL
#include "avatar/sdl.h"
#endif

#define LIST_MAX 64

struct listing {
    bool input;
    size_t n, chosen;
    char names[LIST_MAX][128];
};

/* The call keeps the listing when it hangs. */
static size_t tell(bool input, void (*call)(void *arg), device_fn fn, void *arg)
{
    struct listing *l = iv_alloc(sizeof *l);
    size_t n;

    if (!l)
        return 0;
    l->input = input;
    l->n = 0;
    l->chosen = LIST_MAX;
    if (!host_call(call, l))
        return 0;
    n = l->n;
    for (size_t i = 0; i < n; i++)
        fn(arg, l->names[i], i == l->chosen);
    free(l);
    return n;
}

#if IV_HAVE_PORTAUDIO
static void portaudio_call(void *arg)
{
    struct listing *l = arg;
    PaDeviceIndex chosen;

    if (Pa_Initialize())
        return;
    chosen = l->input ? Pa_GetDefaultInputDevice() : Pa_GetDefaultOutputDevice();
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount() && l->n < LIST_MAX; i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

        if (!info || (l->input ? info->maxInputChannels : info->maxOutputChannels) < 1)
            continue;
        if (i == chosen)
            l->chosen = l->n;
        snprintf(l->names[l->n++], sizeof l->names[0], "%s", info->name);
    }
    Pa_Terminate();
}
#endif

size_t devices_portaudio(bool input, device_fn fn, void *arg)
{
#if IV_HAVE_PORTAUDIO
    return host_check(NULL) ? 0 : tell(input, portaudio_call, fn, arg);
#else
    (void)tell;
    (void)input;
    (void)fn;
    (void)arg;
    return 0;
#endif
}

#if IV_HAVE_SDL
static void list_sdl(struct listing *l)
{
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    if (SDL_InitSubSystem(SDL_INIT_AUDIO))
        return;
    l->chosen = 0;
    for (int i = 0; i < SDL_GetNumAudioDevices(l->input) && l->n < LIST_MAX; i++)
        if (SDL_GetAudioDeviceName(i, l->input))
            snprintf(l->names[l->n++], sizeof l->names[0], "%s",
                     SDL_GetAudioDeviceName(i, l->input));
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
}

static void sdl_call(void *arg)
{
    list_sdl(arg);
    SDL_TLSCleanup(); /* what went wrong is kept for each thread, and this one ends */
}
#endif

size_t devices_sdl(bool input, device_fn fn, void *arg)
{
#if IV_HAVE_SDL
    return iv_lazy_load(&iv_sdl, NULL) ? 0 : tell(input, sdl_call, fn, arg);
#else
    (void)tell;
    (void)input;
    (void)fn;
    (void)arg;
    return 0;
#endif
}
