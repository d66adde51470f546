/* mic.c - samples of any device at one rate, and a watchdog: a device that gives nothing for 3 s is lost. */
#include "audio/mic.h"

#include <stdlib.h>
#include <string.h>

#include "audio/host.h"
#include "audio/mic_device.h"
#include "iv/alloc.h"
#include "iv/audio.h"

#define LOOK_MAX_MS 250u /* a program that was stopped for long does not blame the device for it */
#define BLOCK 1024u
#define BELIEVED_MS 3000u

struct mic {
    struct mic_source source;
    const struct mic_device_ops *ops;
    iv_resampler *resampler; /* NULL: the device has the rate */
    struct iv_pcm ready; /* resampled, from `taken` on not yet read */
    size_t taken;
    uint64_t seen, looked_ms, silent_ms;
};

static const struct mic_device_ops *const backends[] = {&mic_portaudio, &mic_sdl};

static void count_device(void *arg, const char *name, bool is_default)
{
    (void)name;
    (void)is_default;
    ++*(size_t *)arg;
}

/* The first that sees a microphone. Looking takes a third of a second, and screens ask each time they draw. */
static const struct mic_device_ops *pick(void)
{
    static const struct mic_device_ops *found;
    static uint64_t looked_ms;
    uint64_t now = host_now_ms();
    size_t n = 0;

    if (looked_ms && now - looked_ms < BELIEVED_MS)
        return found;
    found = NULL;
    for (size_t i = 0; i < IV_LEN(backends) && !found; i++)
        if (backends[i]->list(true, count_device, &n))
            found = backends[i];
    looked_ms = host_now_ms();
    return found;
}

enum iv_code mic_check(struct iv_error *err)
{
    enum iv_code rc = host_check(err);

    if (pick())
        return IV_OK;
    return rc ? rc
              : iv_fail(err, IV_E_UNAVAILABLE,
                        "this machine shows no microphone (under PipeWire PortAudio needs package "
                        "pipewire-alsa)");
}

size_t mic_devices(device_fn fn, void *arg, const char **backend)
{
    const struct mic_device_ops *ops = pick();

    if (backend)
        *backend = ops ? ops->name : "";
    return ops ? ops->list(true, fn, arg) : 0;
}

static enum iv_code open_rate(struct mic *m, struct iv_error *err)
{
    m->ready.rate_hz = IV_STT_RATE_HZ;
    m->looked_ms = host_now_ms();
    if (m->source.rate_hz == IV_STT_RATE_HZ)
        return IV_OK;
    return iv_resampler_new(m->source.rate_hz, IV_STT_RATE_HZ, &m->resampler, err);
}

static enum iv_code open_device(struct mic *m, const char *device, struct iv_error *err)
{
    bool abandoned = false;
    enum iv_code rc;

    m->source.ring = iv_alloc(sizeof *m->source.ring);
    if (!m->source.ring)
        return iv_fail(err, IV_E_NOMEM, "microphone: out of memory");
    memset(m->source.ring, 0, sizeof *m->source.ring);
    rc = m->ops->open(&m->source, device, &abandoned, err);
    if (rc && !abandoned)
        free(m->source.ring);
    return rc;
}

enum iv_code mic_open(const char *device, struct mic **out, struct iv_error *err)
{
    struct mic *m;
    enum iv_code rc;

    *out = NULL;
    if (device && !strcmp(device, "none"))
        return iv_fail(err, IV_E_UNAVAILABLE, "microphone \"none\": it is off");
    rc = mic_check(err);
    if (rc)
        return rc;
    m = iv_alloc(sizeof *m);
    if (!m)
        return iv_fail(err, IV_E_NOMEM, "microphone: out of memory");
    *m = (struct mic){.ops = pick()};
    rc = m->ops ? open_device(m, device && device[0] ? device : "default", err)
                : iv_fail(err, IV_E_UNAVAILABLE, "the microphone is gone");
    if (rc) {
        free(m);
        return rc;
    }
    rc = open_rate(m, err);
    if (rc)
        mic_close(m);
    else
        *out = m;
    return rc;
}

uint32_t mic_rate(const struct mic *m)
{
    (void)m;
    return IV_STT_RATE_HZ;
}

static enum iv_code watch(struct mic *m, struct iv_error *err)
{
    uint64_t now = host_now_ms(), written = atomic_load(&m->source.ring->written);
    uint64_t since = now - m->looked_ms;

    m->looked_ms = now;
    if (written != m->seen) {
        m->seen = written;
        m->silent_ms = 0;
        return IV_OK;
    }
    m->silent_ms += since < LOOK_MAX_MS ? since : LOOK_MAX_MS;
    if (m->silent_ms < HOST_PATIENCE_MS - LOOK_MAX_MS)
        return IV_OK;
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "microphone \"%s\": nothing has come from it for 3 s; was it unplugged?",
                   m->source.name);
}

static enum iv_code fetch(struct mic *m, struct iv_error *err)
{
    int16_t block[BLOCK];
    size_t n;
    enum iv_code rc = IV_OK;

    m->ready.len = 0;
    m->taken = 0;
    while (!rc && !m->ready.len && (n = ring_get(m->source.ring, block, BLOCK)))
        rc = m->resampler ? iv_resampler_push(m->resampler, block, n, &m->ready, err)
                          : iv_pcm_append(&m->ready, block, n, err);
    return rc;
}

enum iv_code mic_read(struct mic *m, int16_t *samples, size_t max, size_t *n, struct iv_error *err)
{
    enum iv_code rc = watch(m, err);

    *n = 0;
    while (!rc && *n < max) {
        size_t take = m->ready.len - m->taken;

        if (!take) {
            rc = fetch(m, err);
            if (!m->ready.len)
                break;
            continue;
        }
        if (take > max - *n)
            take = max - *n;
        memcpy(samples + *n, m->ready.samples + m->taken, take * sizeof *samples);
        m->taken += take;
        *n += take;
    }
    return rc;
}

double mic_level(const struct mic *m)
{
    return atomic_load(&m->source.ring->level) / 65536.0;
}

uint32_t mic_gaps(const struct mic *m)
{
    return atomic_load(&m->source.ring->gaps);
}

const char *mic_name(const struct mic *m)
{
    return m->source.name;
}

uint32_t mic_device_rate(const struct mic *m)
{
    return m->source.rate_hz;
}

const char *mic_backend(const struct mic *m)
{
    return m->ops->name;
}

void mic_close(struct mic *m)
{
    if (!m)
        return;
    if (m->ops->close(&m->source))
        free(m->source.ring); /* else a device that hangs may still write there */
    iv_resampler_free(m->resampler);
    iv_pcm_release(&m->ready);
    free(m);
}
