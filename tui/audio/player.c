/* player.c - PortAudio behind player.h.
 *
 * The ring has one writer (the owner) and one reader (the callback). Positions only grow; the difference is what is queued.
 * A flush is asked for by the owner and done by the reader, so that no sample is read while it moves.
 */
#include "player.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv/lazy.h"
#include "iv_build.h"

#define RING_SAMPLES (1u << 18) /* 10 s at 24 kHz; a power of two */
#define STALL_MS 3000

#if IV_HAVE_PORTAUDIO
#include <portaudio.h>

/* PortAudio is opened by the first question for a device; see iv/lazy.h. */
/* clang-format off */
#define PORTAUDIO_FUNCTIONS(X)                                                                    \
    X(Pa_AbortStream) X(Pa_CloseStream) X(Pa_GetDefaultOutputDevice) X(Pa_GetDeviceCount)         \
    X(Pa_GetDeviceInfo) X(Pa_GetErrorText) X(Pa_Initialize) X(Pa_OpenStream) X(Pa_StartStream)    \
    X(Pa_Terminate)
/* clang-format on */

PORTAUDIO_FUNCTIONS(IV_LAZY_DECLARE)
IV_LAZY_DEFINE(iv_portaudio, IV_PORTAUDIO_SONAME, IV_PORTAUDIO_PACKAGE, PORTAUDIO_FUNCTIONS);

#define Pa_AbortStream (*iv_lazy_Pa_AbortStream)
#define Pa_CloseStream (*iv_lazy_Pa_CloseStream)
#define Pa_GetDefaultOutputDevice (*iv_lazy_Pa_GetDefaultOutputDevice)
#define Pa_GetDeviceCount (*iv_lazy_Pa_GetDeviceCount)
#define Pa_GetDeviceInfo (*iv_lazy_Pa_GetDeviceInfo)
#define Pa_GetErrorText (*iv_lazy_Pa_GetErrorText)
#define Pa_Initialize (*iv_lazy_Pa_Initialize)
#define Pa_OpenStream (*iv_lazy_Pa_OpenStream)
#define Pa_StartStream (*iv_lazy_Pa_StartStream)
#define Pa_Terminate (*iv_lazy_Pa_Terminate)

struct player {
    PaStream *stream;
    int16_t *ring;
    _Atomic uint64_t written, read;
    _Atomic uint64_t flush_to;
};

/* Host libraries write on fd 2 while they look for devices; it goes nowhere meanwhile. */
static int silence_stderr(void)
{
    int saved = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    return saved;
}

static void restore_stderr(int saved)
{
    if (saved >= 0) {
        dup2(saved, STDERR_FILENO);
        close(saved);
    }
}

static int on_output(const void *input, void *output, unsigned long n,
                     const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *arg)
{
    struct player *p = arg;
    int16_t *out = output;
    uint64_t at = atomic_load_explicit(&p->read, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&p->written, memory_order_acquire);
    uint64_t flush = atomic_load_explicit(&p->flush_to, memory_order_acquire);

    (void)input;
    (void)time;
    (void)flags;
    if (flush > at)
        at = flush;
    for (unsigned long i = 0; i < n; i++)
        out[i] = at < end ? p->ring[at++ & (RING_SAMPLES - 1)] : 0;
    atomic_store_explicit(&p->read, at, memory_order_release);
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

static enum iv_code open_stream(struct player *p, const char *device, uint32_t rate_hz,
                                struct iv_error *err)
{
    PaStreamParameters to = {.channelCount = 1, .sampleFormat = paInt16};
    PaError e;

    to.device = find_device(device);
    if (to.device == paNoDevice)
        return no_such_device(device, err);
    to.suggestedLatency = Pa_GetDeviceInfo(to.device)->defaultLowOutputLatency;
    e = Pa_OpenStream(&p->stream, NULL, &to, rate_hz, paFramesPerBufferUnspecified, paNoFlag,
                      on_output, p);
    if (!e)
        e = Pa_StartStream(p->stream);
    if (e)
        return iv_fail(err, IV_E_UNAVAILABLE, "speaker \"%s\": %s", device, Pa_GetErrorText(e));
    return IV_OK;
}

enum iv_code player_open(const char *device, uint32_t rate_hz, struct player **out,
                         struct iv_error *err)
{
    struct player *p;
    int saved;
    enum iv_code rc;
    PaError e;

    *out = NULL;
    if (device && !strcmp(device, "none"))
        return iv_fail(err, IV_E_UNAVAILABLE, "speaker \"none\": sound is off");
    rc = iv_lazy_load(&iv_portaudio, err);
    if (rc)
        return rc;
    p = iv_alloc(sizeof *p);
    if (p)
        p->ring = iv_alloc_array(RING_SAMPLES, sizeof *p->ring);
    if (!p || !p->ring) {
        free(p);
        return iv_fail(err, IV_E_NOMEM, "speaker: out of memory");
    }
    saved = silence_stderr();
    e = Pa_Initialize();
    rc = e ? iv_fail(err, IV_E_UNAVAILABLE, "sound system: %s", Pa_GetErrorText(e))
           : open_stream(p, device, rate_hz, err);
    restore_stderr(saved);
    if (!rc) {
        *out = p;
        return IV_OK;
    }
    if (!e)
        Pa_Terminate();
    free(p->ring);
    free(p);
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
        uint64_t end = atomic_load_explicit(&p->written, memory_order_relaxed);
        uint64_t at = atomic_load_explicit(&p->read, memory_order_acquire);
        size_t room = RING_SAMPLES - (size_t)(end - at), take = n < room ? n : room;

        for (size_t i = 0; i < take; i++)
            p->ring[(end + i) & (RING_SAMPLES - 1)] = samples[i];
        atomic_store_explicit(&p->written, end + take, memory_order_release);
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
    atomic_store_explicit(&p->flush_to, atomic_load(&p->written), memory_order_release);
}

uint64_t player_position(const struct player *p)
{
    return atomic_load(&p->read);
}

size_t player_queued(const struct player *p)
{
    uint64_t end = atomic_load(&p->written), at = atomic_load(&p->read);

    return end > at ? (size_t)(end - at) : 0;
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

void player_close(struct player *p)
{
    int saved;

    if (!p)
        return;
    saved = silence_stderr();
    Pa_AbortStream(p->stream);
    Pa_CloseStream(p->stream);
    Pa_Terminate();
    restore_stderr(saved);
    free(p->ring);
    free(p);
}

enum iv_code player_check(struct iv_error *err)
{
    return iv_lazy_load(&iv_portaudio, err);
}

size_t player_devices(void (*fn)(void *arg, const char *name, int is_default), void *arg)
{
    int saved;
    size_t found = 0;

    if (iv_lazy_load(&iv_portaudio, NULL))
        return 0;
    saved = silence_stderr();
    if (!Pa_Initialize()) {
        for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
            const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

            if (!info || info->maxOutputChannels < 1)
                continue;
            fn(arg, info->name, i == Pa_GetDefaultOutputDevice());
            found++;
        }
        Pa_Terminate();
    }
    restore_stderr(saved);
    return found;
}

#else

struct player {
    char unused;
};

enum iv_code player_check(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "sound devices were left out of this build (package portaudio19-dev)");
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
