/* mic_portaudio.c - microphones that PortAudio sees. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/host.h"
#include "audio/mic_device.h"
#include "iv/alloc.h"
#include "iv/audio.h"
#include "iv/buf.h"
#include "iv_build.h"

#if IV_HAVE_PORTAUDIO
#include "audio/pa.h"

#define CHANNELS_MAX 16

struct pa_mic {
    PaStream *stream;
    struct ring *ring;
    unsigned channels;
    /* of the call under way, which may outlive its caller */
    uint32_t rate_hz;
    char wanted[128], name[128];
    struct iv_error err;
    enum iv_code rc;
};

static int on_input(const void *input, void *output, unsigned long n,
                    const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *arg)
{
    struct pa_mic *p = arg;

    (void)output;
    (void)time;
    ring_hear(p->ring, input, n, p->channels, (flags & paInputOverflow) != 0);
    return paContinue;
}

static PaDeviceIndex find(const char *name)
{
    if (!strcmp(name, "default"))
        return Pa_GetDefaultInputDevice();
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

        if (info && info->maxInputChannels > 0 && strstr(info->name, name))
            return i;
    }
    return paNoDevice;
}

static enum iv_code no_such_device(const char *name, struct iv_error *err)
{
    struct iv_buf names = IV_BUF_INIT(4096);
    enum iv_code rc;

    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

        if (info && info->maxInputChannels > 0)
            iv_buf_addf(&names, "%s\"%s\"", names.len ? ", " : "", info->name);
    }
    rc = iv_fail(err, IV_E_UNAVAILABLE, "microphone \"%s\": there is no such device; there are: %s",
                 name, names.len ? iv_buf_str(&names) : "none");
    iv_buf_release(&names);
    return rc;
}

static PaError try_open(struct pa_mic *p, PaDeviceIndex device, double rate_hz, int channels)
{
    PaStreamParameters from = {.device = device, .channelCount = channels, .sampleFormat = paInt16};
    PaError e;

    from.suggestedLatency = Pa_GetDeviceInfo(device)->defaultLowInputLatency;
    p->channels = (unsigned)channels;
    p->rate_hz = (uint32_t)(rate_hz + 0.5);
    p->ring->tenth = p->rate_hz / 10;
    e = Pa_OpenStream(&p->stream, &from, NULL, rate_hz, paFramesPerBufferUnspecified, paNoFlag,
                      on_input, p);
    if (e)
        return e;
    e = Pa_StartStream(p->stream);
    if (e)
        Pa_CloseStream(p->stream);
    return e;
}

/* What is wanted; else the device's own rate; else its own channels too, as interfaces with eight inputs need. */
static PaError open_somehow(struct pa_mic *p, PaDeviceIndex device)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    int channels = info->maxInputChannels < CHANNELS_MAX ? info->maxInputChannels : CHANNELS_MAX;
    PaError e = try_open(p, device, IV_STT_RATE_HZ, 1);

    if (e)
        e = try_open(p, device, info->defaultSampleRate, 1);
    if (e && channels > 1)
        e = try_open(p, device, info->defaultSampleRate, channels);
    return e;
}

static void open_call(void *arg)
{
    struct pa_mic *p = arg;
    PaError e = Pa_Initialize();
    PaDeviceIndex device;

    if (e) {
        p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "sound system: %s", Pa_GetErrorText(e));
        return;
    }
    device = find(p->wanted);
    if (device == paNoDevice) {
        p->rc = no_such_device(p->wanted, &p->err);
    } else {
        snprintf(p->name, sizeof p->name, "%s", Pa_GetDeviceInfo(device)->name);
        e = open_somehow(p, device);
        if (e)
            p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "microphone \"%s\": %s", p->name,
                            Pa_GetErrorText(e));
    }
    if (p->rc)
        Pa_Terminate();
}

static enum iv_code open_device(struct mic_source *s, const char *device, bool *abandoned,
                                struct iv_error *err)
{
    struct pa_mic *p = iv_alloc(sizeof *p);
    enum iv_code rc;

    if (!p)
        return iv_fail(err, IV_E_NOMEM, "microphone: out of memory");
    *p = (struct pa_mic){.ring = s->ring};
    snprintf(p->wanted, sizeof p->wanted, "%s", device);
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
    s->rate_hz = p->rate_hz;
    s->channels = p->channels;
    snprintf(s->name, sizeof s->name, "%s", p->name);
    return IV_OK;
}

static void close_call(void *arg)
{
    struct pa_mic *p = arg;

    Pa_AbortStream(p->stream);
    Pa_CloseStream(p->stream);
    Pa_Terminate();
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
    return host_check(err);
}

static bool close_device(struct mic_source *s)
{
    (void)s;
    return true;
}
#endif

const struct mic_device_ops mic_portaudio = {"portaudio", open_device, close_device,
                                             devices_portaudio};
