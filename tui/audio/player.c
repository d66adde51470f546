/* player.c - PortAudio behind player.h. What the callback may do is in ring.c; calls that may hang go through host.c. */
#include "player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audio/host.h"
#include "audio/ring.h"
#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv_build.h"

#define STALL_MS 3000

#if IV_HAVE_PORTAUDIO
#include "audio/pa.h"

struct player {
    PaStream *stream;
    struct ring *ring, *heard; /* heard: what the device was given, silence too */
    /* of the call under way, which may outlive its caller */
    uint32_t rate_hz;
    char wanted[128];
    struct iv_error err;
    enum iv_code rc;
};

static int on_output(const void *input, void *output, unsigned long n,
                     const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *arg)
{
    (void)input;
    (void)time;
    (void)flags;
    ring_say(((struct player *)arg)->ring, output, n);
    ring_put(((struct player *)arg)->heard, output, n);
    return paContinue;
}

static PaDeviceIndex find_device(const char *name)
{
    if (!name || !name[0] || !strcmp(name, "default"))
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

static PaError start_stream(struct player *p, PaDeviceIndex device)
{
    PaStreamParameters to = {.device = device, .channelCount = 1, .sampleFormat = paInt16};
    PaError e;

    to.suggestedLatency = Pa_GetDeviceInfo(device)->defaultLowOutputLatency;
    e = Pa_OpenStream(&p->stream, NULL, &to, p->rate_hz, paFramesPerBufferUnspecified, paNoFlag,
                      on_output, p);
    if (e)
        return e;
    e = Pa_StartStream(p->stream);
    if (e)
        Pa_CloseStream(p->stream);
    return e;
}

static void open_call(void *arg)
{
    struct player *p = arg;
    PaError e = Pa_Initialize();
    PaDeviceIndex device;

    if (e) {
        p->rc = iv_fail(&p->err, IV_E_UNAVAILABLE, "sound system: %s", Pa_GetErrorText(e));
        return;
    }
    device = find_device(p->wanted);
    if (device == paNoDevice)
        p->rc = no_such_device(p->wanted, &p->err);
    else if ((e = start_stream(p, device)))
        p->rc =
            iv_fail(&p->err, IV_E_UNAVAILABLE, "speaker \"%s\": %s", p->wanted, Pa_GetErrorText(e));
    if (p->rc)
        Pa_Terminate();
}

static void free_player(struct player *p)
{
    free(p->ring);
    free(p->heard);
    free(p);
}

static struct player *new_player(const char *device, uint32_t rate_hz)
{
    struct player *p = iv_alloc(sizeof *p);

    if (!p)
        return NULL;
    *p = (struct player){
        .ring = iv_alloc(sizeof *p->ring), .heard = iv_alloc(sizeof *p->heard), .rate_hz = rate_hz};
    snprintf(p->wanted, sizeof p->wanted, "%s", device && device[0] ? device : "default");
    if (p->ring && p->heard) {
        memset(p->ring, 0, sizeof *p->ring);
        memset(p->heard, 0, sizeof *p->heard);
        return p;
    }
    free_player(p);
    return NULL;
}

enum iv_code player_open(const char *device, uint32_t rate_hz, struct player **out,
                         struct iv_error *err)
{
    struct player *p;
    enum iv_code rc;

    *out = NULL;
    if (device && !strcmp(device, "none"))
        return iv_fail(err, IV_E_UNAVAILABLE, "speaker \"none\": sound is off");
    rc = host_check(err);
    if (rc)
        return rc;
    p = new_player(device, rate_hz);
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "speaker: out of memory");
    if (!host_call(open_call, p)) /* which keeps what it was given */
        return iv_fail(err, IV_E_UNAVAILABLE, "speaker \"%s\": it does not start within 3 s",
                       device);
    rc = p->rc;
    if (rc && err)
        *err = p->err;
    if (rc)
        free_player(p);
    else
        *out = p;
    return rc;
}

static void sleep_ms(int ms)
{
    struct timespec t = {.tv_nsec = (long)ms * 1000000};

    nanosleep(&t, NULL);
}

enum iv_code player_play(struct player *p, const int16_t *samples, size_t n, struct iv_error *err)
{
    int stalled_ms = 0;

    while (n) {
        size_t take = ring_put(p->ring, samples, n);

        samples += take;
        n -= take;
        stalled_ms = take ? 0 : stalled_ms + 20;
        if (stalled_ms > STALL_MS)
            return iv_fail(err, IV_E_UNAVAILABLE, "the speaker takes no more sound");
        if (n)
            sleep_ms(20);
    }
    return IV_OK;
}

void player_flush(struct player *p)
{
    atomic_store_explicit(&p->ring->flush_to, atomic_load(&p->ring->written), memory_order_release);
}

uint64_t player_position(const struct player *p)
{
    return atomic_load(&p->ring->read);
}

size_t player_queued(const struct player *p)
{
    return ring_queued(p->ring);
}

enum iv_code player_drain(struct player *p, const volatile int *stop, struct iv_error *err)
{
    uint64_t last = player_position(p);
    int stalled_ms = 0;

    while (player_queued(p) && !*stop) {
        sleep_ms(20);
        stalled_ms = player_position(p) != last ? 0 : stalled_ms + 20;
        last = player_position(p);
        if (stalled_ms > STALL_MS)
            return iv_fail(err, IV_E_UNAVAILABLE, "the speaker takes no more sound");
    }
    sleep_ms(100); /* the device's own buffer */
    return *stop ? iv_fail(err, IV_E_CANCELLED, "stopped") : IV_OK;
}

size_t player_heard(struct player *p, int16_t *out, size_t max)
{
    return ring_get(p->heard, out, max);
}

static void close_call(void *arg)
{
    struct player *p = arg;

    Pa_AbortStream(p->stream);
    Pa_CloseStream(p->stream);
    Pa_Terminate();
}

void player_close(struct player *p)
{
    if (p && host_call(close_call, p))
        free_player(p); /* else a device that hangs may still read there */
}

enum iv_code player_check(struct iv_error *err)
{
    return host_check(err);
}

#define LIST_MAX 64

struct listing {
    size_t n;
    int chosen;
    char names[LIST_MAX][128];
};

static void list_call(void *arg)
{
    struct listing *l = arg;

    if (Pa_Initialize())
        return;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount() && l->n < LIST_MAX; i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

        if (!info || info->maxOutputChannels < 1)
            continue;
        if (i == Pa_GetDefaultOutputDevice())
            l->chosen = (int)l->n;
        snprintf(l->names[l->n++], sizeof l->names[0], "%s", info->name);
    }
    Pa_Terminate();
}

size_t player_devices(void (*fn)(void *arg, const char *name, int is_default), void *arg)
{
    struct listing *l;
    size_t n;

    if (host_check(NULL))
        return 0;
    l = iv_alloc(sizeof *l);
    if (!l)
        return 0;
    l->n = 0;
    l->chosen = -1;
    if (!host_call(list_call, l))
        return 0; /* it is the call's now */
    n = l->n;
    for (size_t i = 0; i < n; i++)
        fn(arg, l->names[i], (int)i == l->chosen);
    free(l);
    return n;
}

#else

struct player {
    char unused;
};

enum iv_code player_check(struct iv_error *err)
{
    return host_check(err);
}

enum iv_code player_open(const char *device, uint32_t rate_hz, struct player **out,
                         struct iv_error *err)
{
    (void)device;
    (void)rate_hz;
    *out = NULL;
    return player_check(err);
}

enum iv_code player_play(struct player *p, const int16_t *samples, size_t n, struct iv_error *err)
{
    (void)p;
    (void)samples;
    (void)n;
    return iv_fail(err, IV_E_UNAVAILABLE, "no sound devices");
}

void player_flush(struct player *p)
{
    (void)p;
}

uint64_t player_position(const struct player *p)
{
    (void)p;
    return 0;
}

size_t player_queued(const struct player *p)
{
    (void)p;
    return 0;
}

enum iv_code player_drain(struct player *p, const volatile int *stop, struct iv_error *err)
{
    (void)p;
    (void)stop;
    return iv_fail(err, IV_E_UNAVAILABLE, "no sound devices");
}

size_t player_heard(struct player *p, int16_t *out, size_t max)
{
    (void)p;
    (void)out;
    (void)max;
    return 0;
}

void player_close(struct player *p)
{
    (void)p;
}

size_t player_devices(void (*fn)(void *arg, const char *name, int is_default), void *arg)
{
    (void)fn;
    (void)arg;
    return 0;
}
#endif
