/* speaker_portaudio.c - loudspeakers that PortAudio sees. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/host.h"
#include "audio/speaker_device.h"
#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv_build.h"

#if IV_HAVE_PORTAUDIO
#include "audio/pa.h"

#define CHANNELS_MAX 8

struct pa_speaker {
    PaStream *stream;
    struct ring *queue, *heard;
    unsigned channels;
    /* of the call under way, which may outlive its caller */
    uint32_t want_hz, rate_hz, latency_ms;
    char wanted[128], name[128];
    struct iv_error err;
    enum iv_code rc;
};

static int on_output(const void *input, void *output, unsigned long n,
                     const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *arg)
{
    struct pa_speaker *p = arg;

    (void)input;
    (void)time;
    (void)flags;
    ring_say(p->queue, output, n);
    ring_put(p->heard, output, n);
    ring_spread(output, n, p->channels);
    return paContinue;
}

static PaDeviceIndex find(const char *name)
{
    if (!strcmp(name, "default"))
        return Pa_GetDefaultOutputDevice();
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

        if (info && info->maxOutputChannels > 0 && strstr(info->name, name))
            return i;
    }
    return paNoDevice;
}

/* The names that there are, so that one of them can be given. */
static enum iv_code no_such_device(const char *name, struct iv_error *err)
{
    struct iv_buf names = IV_BUF_INIT(4096);
    enum iv_code rc;

    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

        if (info && info->maxOutputChannels > 0)
            iv_buf_addf(&names, "%s\"%s\"", names.len ? ", " : "", info->name);
    }
    rc = iv_fail(err, IV_E_UNAVAILABLE, "speaker \"%s\": there is no such playback device; %s%s",
                 name, names.len ? "there are: " : "this machine shows none",
                 names.len ? iv_buf_str(&names) : "");
    iv_buf_release(&names);
    return rc;
}

static PaError try_open(struct pa_speaker *p, PaDeviceIndex device, double rate_hz, int channels)
{
    PaStreamParameters to = {.device = device, .channelCount = channels, .sampleFormat = paInt16};
    PaError e;

    to.suggestedLatency = Pa_GetDeviceInfo(device)->defaultLowOutputLatency;
    p->channels = (unsigned)channels;
    p->rate_hz = (uint32_t)(rate_hz + 0.5);
    e = Pa_OpenStream(&p->stream, NULL, &to, rate_hz, paFramesPerBufferUnspecified, paNoFlag,
                      on_output, p);
    if (e)
        return e;
    e = Pa_StartStream(p->stream);
    if (e)
        Pa_CloseStream(p->stream);
    return e;
}

/* What is wanted; else the device's own rate; else its own channels too, as bare hardware needs. */
static PaError open_somehow(struct pa_speaker *p, PaDeviceIndex device)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    int channels = info->maxOutputChannels < CHANNELS_MAX ? info->maxOutputChannels : CHANNELS_MAX;
    PaError e = try_open(p, device, p->want_hz, 1);

    if (e)
        e = try_open(p, device, info->defaultSampleRate, 1);
    if (e && channels > 1)
        e = try_open(p, device, info->defaultSampleRate, 2);
    if (e && channels > 2)
        e = try_open(p, device, info->defaultSampleRate, channels);
    return e;
}

static void open_found(struct pa_speaker *p, PaDeviceIndex device)
{
    const PaStreamInfo *info;
    PaError e;

    snprintf(p->name, sizeof p->name, "%s", Pa_GetDeviceInfo(device)->name);
    e = open_somehow(p, device);
    if (e) {
        p->rc =
            iv_fail(&p->err, IV_E_UNAVAILABLE, "speaker \"%s\": %s", p->name, Pa_GetErrorText(e));
        return;
    }
    info = Pa_GetStreamInfo(p->stream);
    p->latency_ms = info && info->outputLatency > 0 && info->outputLatency < 10
                        ? (uint32_t)(info->outputLatency * 1000)
                        : 0;
}

static void open_call(void *arg)
{
    struct pa_speaker *p = arg;
    PaError e = Pa_Initialize();
    PaDeviceIndex device;

    if (e) {
        p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "sound system: %s", Pa_GetErrorText(e));
        return;
    }
    device = find(p->wanted);
    if (device == paNoDevice)
        p->rc = no_such_device(p->wanted, &p->err);
    else
        open_found(p, device);
    if (p->rc)
        Pa_Terminate();
}

static enum iv_code open_device(struct speaker *s, const char *device, uint32_t want_hz,
                                bool *abandoned, struct iv_error *err)
{
    struct pa_speaker *p = iv_alloc(sizeof *p);
    enum iv_code rc;

    if (!p)
        return iv_fail(err, IV_E_NOMEM, "speaker: out of memory");
    *p = (struct pa_speaker){.queue = s->queue, .heard = s->heard, .want_hz = want_hz};
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
    s->rate_hz = p->rate_hz;
    s->latency_ms = p->latency_ms;
    snprintf(s->name, sizeof s->name, "%s", p->name);
    return IV_OK;
}

static void close_call(void *arg)
{
    struct pa_speaker *p = arg;

    Pa_AbortStream(p->stream);
    Pa_CloseStream(p->stream);
    Pa_Terminate();
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
    return host_check(err);
}

static bool close_device(struct speaker *s)
{
    (void)s;
    return true;
}
#endif

const struct speaker_ops speaker_portaudio = {"portaudio", open_device, close_device,
                                              devices_portaudio};
