/* mic_sdl.c - microphones that SDL sees: PulseAudio and PipeWire, where PortAudio has no way to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/host.h"
#include "audio/mic_device.h"
#include "iv/alloc.h"
#include "iv/audio.h"
#include "iv_build.h"

#if IV_HAVE_SDL
#include "avatar/sdl.h"

struct sdl_mic {
    struct ring *ring;
    SDL_AudioDeviceID id;
    char wanted[128], name[128]; /* name "": the default device */
    struct iv_error err;
    enum iv_code rc;
};

static void on_input(void *arg, Uint8 *bytes, int len)
{
    struct sdl_mic *p = arg;

    ring_hear(p->ring, (const int16_t *)(const void *)bytes, (size_t)len / sizeof(int16_t), 1,
              false);
}

static bool find(struct sdl_mic *p)
{
    if (!strcmp(p->wanted, "default"))
        return true;
    for (int i = 0; i < SDL_GetNumAudioDevices(1); i++) {
        const char *name = SDL_GetAudioDeviceName(i, 1);

        if (name && strstr(name, p->wanted)) {
            snprintf(p->name, sizeof p->name, "%s", name);
            return true;
        }
    }
    return false;
}

static void open_named(struct sdl_mic *p)
{
    SDL_AudioSpec want = {.freq = (int)IV_STT_RATE_HZ,
                          .format = AUDIO_S16SYS,
                          .channels = 1,
                          .samples = 320,
                          .callback = on_input,
                          .userdata = p};

    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    if (SDL_InitSubSystem(SDL_INIT_AUDIO)) {
        p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "sound system: %s", SDL_GetError());
        return;
    }
    if (!find(p))
        p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "microphone \"%s\": there is no such device",
                        p->wanted);
    else if (!(p->id = SDL_OpenAudioDevice(p->name[0] ? p->name : NULL, 1, &want, NULL, 0)))
        p->rc =
            iv_fail(&p->err, IV_E_UNAVAILABLE, "microphone \"%s\": %s", p->wanted, SDL_GetError());
    if (p->rc)
        SDL_QuitSubSystem(SDL_INIT_AUDIO);
    else
        SDL_PauseAudioDevice(p->id, 0);
}

/* What went wrong is kept for each thread, and this one ends. */
static void open_call(void *arg)
{
    open_named(arg);
    SDL_TLSCleanup();
}

static enum iv_code open_device(struct mic_source *s, const char *device, bool *abandoned,
                                struct iv_error *err)
{
    struct sdl_mic *p;
    enum iv_code rc = iv_lazy_load(&iv_sdl, err);

    if (rc)
        return rc;
    p = iv_alloc(sizeof *p);
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "microphone: out of memory");
    *p = (struct sdl_mic){.ring = s->ring};
    snprintf(p->wanted, sizeof p->wanted, "%s", device);
    s->ring->tenth = IV_STT_RATE_HZ / 10;
    if (!host_call(open_call, p)) {
        *abandoned = true;
        return iv_fail(err, IV_E_UNAVAILABLE, "microphone \"%s\": it does not start within 3 s",
                       device);
    }
    rc = p->rc;
    if (rc) {
        if (err)
            *err = p->err;
        free(p);
        return rc;
    }
    s->stream = p;
    s->rate_hz = IV_STT_RATE_HZ;
    s->channels = 1;
    snprintf(s->name, sizeof s->name, "%s", p->name[0] ? p->name : "default");
    return IV_OK;
}

static void close_call(void *arg)
{
    SDL_CloseAudioDevice(((struct sdl_mic *)arg)->id);
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    SDL_TLSCleanup();
}

static bool close_device(struct mic_source *s)
{
    bool done = host_call(close_call, s->stream);

    if (done)
        free(s->stream);
    return done;
}

#else

static enum iv_code open_device(struct mic_source *s, const char *device, bool *abandoned,
                                struct iv_error *err)
{
    (void)s;
    (void)device;
    (void)abandoned;
    return iv_fail(err, IV_E_UNAVAILABLE, "SDL was left out of this build (package libsdl2-dev)");
}

static bool close_device(struct mic_source *s)
{
    (void)s;
    return true;
}
#endif

const struct mic_device_ops mic_sdl = {"sdl", open_device, close_device, devices_sdl};
