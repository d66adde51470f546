/* speaker_sdl.c - loudspeakers that SDL sees: PulseAudio and PipeWire, where PortAudio has no way to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/host.h"
#include "audio/speaker_device.h"
#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv_build.h"

#if IV_HAVE_SDL
#include "avatar/sdl.h"

#define BLOCK 512 /* samples that the device asks for at once; it holds two */

struct sdl_speaker {
    struct ring *queue, *heard;
    uint32_t rate_hz;
    SDL_AudioDeviceID id;
    char wanted[128], name[128]; /* name "": the default device */
    struct iv_error err;
    enum iv_code rc;
};

static void on_output(void *arg, Uint8 *bytes, int len)
{
    struct sdl_speaker *p = arg;
    int16_t *out = (int16_t *)(void *)bytes;
    size_t n = (size_t)len / sizeof *out;

    ring_say(p->queue, out, n);
    ring_put(p->heard, out, n);
}

static bool find(struct sdl_speaker *p)
{
    if (!strcmp(p->wanted, "default"))
        return true;
    for (int i = 0; i < SDL_GetNumAudioDevices(0); i++) {
        const char *name = SDL_GetAudioDeviceName(i, 0);

        if (name && strstr(name, p->wanted)) {
            snprintf(p->name, sizeof p->name, "%s", name);
            return true;
        }
    }
    return false;
}

static enum iv_code no_such_device(struct sdl_speaker *p)
{
    struct iv_buf names = IV_BUF_INIT(4096);
    enum iv_code rc;

    for (int i = 0; i < SDL_GetNumAudioDevices(0); i++)
        if (SDL_GetAudioDeviceName(i, 0))
            iv_buf_addf(&names, "%s\"%s\"", names.len ? ", " : "", SDL_GetAudioDeviceName(i, 0));
    rc = iv_fail(&p->err, IV_E_UNAVAILABLE,
                 "speaker \"%s\": there is no such playback device; there are: %s", p->wanted,
                 names.len ? iv_buf_str(&names) : "none");
    iv_buf_release(&names);
    return rc;
}

static void open_named(struct sdl_speaker *p)
{
    SDL_AudioSpec want = {.freq = (int)p->rate_hz,
                          .format = AUDIO_S16SYS,
                          .channels = 1,
                          .samples = BLOCK,
                          .callback = on_output,
                          .userdata = p};

    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    if (SDL_InitSubSystem(SDL_INIT_AUDIO)) {
        p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "sound system: %s", SDL_GetError());
        return;
    }
    if (!find(p))
        p->rc = no_such_device(p);
    else if (!(p->id = SDL_OpenAudioDevice(p->name[0] ? p->name : NULL, 0, &want, NULL, 0)))
        p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "speaker \"%s\": %s", p->wanted, SDL_GetError());
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

static enum iv_code open_device(struct speaker *s, const char *device, uint32_t want_hz,
                                bool *abandoned, struct iv_error *err)
{
    struct sdl_speaker *p;
    enum iv_code rc = iv_lazy_load(&iv_sdl, err);

    if (rc)
        return rc;
    p = iv_alloc(sizeof *p);
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "speaker: out of memory");
    *p = (struct sdl_speaker){.queue = s->queue, .heard = s->heard, .rate_hz = want_hz};
    snprintf(p->wanted, sizeof p->wanted, "%s", device);
    if (!host_call(open_call, p)) {
        *abandoned = true;
        return iv_fail(err, IV_E_UNAVAILABLE, "speaker \"%s\": it does not start within 3 s",
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
    s->rate_hz = want_hz;
    s->latency_ms = 2 * BLOCK * 1000 / want_hz;
    snprintf(s->name, sizeof s->name, "%s", p->name[0] ? p->name : "default");
    return IV_OK;
}

static void close_call(void *arg)
{
    SDL_CloseAudioDevice(((struct sdl_speaker *)arg)->id);
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    SDL_TLSCleanup();
}

static bool close_device(struct speaker *s)
{
    bool done = host_call(close_call, s->stream);

    if (done)
        free(s->stream);
    return done;
}

#else

static enum iv_code open_device(struct speaker *s, const char *device, uint32_t want_hz,
                                bool *abandoned, struct iv_error *err)
{
    (void)s;
    (void)device;
    (void)want_hz;
    (void)abandoned;
    return iv_fail(err, IV_E_UNAVAILABLE, "SDL was left out of this build (package libsdl2-dev)");
}

static bool close_device(struct speaker *s)
{
    (void)s;
    return true;
}
#endif

const struct speaker_ops speaker_sdl = {"sdl", open_device, close_device, devices_sdl};
