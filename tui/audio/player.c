/* player.c - samples of one rate to any device, and a watchdog: a device that takes nothing for 3 s is lost. */
#include "player.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audio/host.h"
#include "audio/speaker_device.h"
#include "iv/alloc.h"
#include "iv/audio.h"

#define LOOK_MAX_MS 250u /* a program that was stopped for long does not blame the device for it */
#define BELIEVED_MS 3000u

struct player {
    struct speaker speaker;
    const struct speaker_ops *ops;
    uint32_t rate_hz;
    iv_resampler *resampler; /* NULL: the device has the rate */
    struct iv_pcm ready;
    uint64_t seen, looked_ms, still_ms; /* of the watchdog */
};

static const struct speaker_ops *const backends[] = {&speaker_portaudio, &speaker_sdl};

static void count_device(void *arg, const char *name, bool is_default)
{
    (void)name;
    (void)is_default;
    ++*(size_t *)arg;
}

/* The first that sees a loudspeaker; NULL: none. */
static const struct speaker_ops *pick(void)
{
    static const struct speaker_ops *found;
    static uint64_t looked_ms;
    uint64_t now = host_now_ms();
    size_t n = 0;

    if (looked_ms && now - looked_ms < BELIEVED_MS)
        return found;
    found = NULL;
    for (size_t i = 0; i < IV_LEN(backends) && !found; i++)
        if (backends[i]->list(false, count_device, &n))
            found = backends[i];
    looked_ms = host_now_ms();
    return found;
}

enum iv_code player_check(struct iv_error *err)
{
    return pick() ? IV_OK : host_check(err);
}

size_t player_devices(device_fn fn, void *arg, const char **backend)
{
    const struct speaker_ops *ops = pick();

    if (backend)
        *backend = ops ? ops->name : "";
    return ops ? ops->list(false, fn, arg) : 0;
}

static void free_rings(struct player *p)
{
    free(p->speaker.queue);
    free(p->speaker.heard);
}

static enum iv_code open_device(struct player *p, const char *device, struct iv_error *err)
{
    struct speaker *s = &p->speaker;
    bool abandoned = false;
    enum iv_code rc;

    s->queue = iv_alloc(sizeof *s->queue);
    s->heard = iv_alloc(sizeof *s->heard);
    if (!s->queue || !s->heard) {
        free_rings(p);
        return iv_fail(err, IV_E_NOMEM, "speaker: out of memory");
    }
    memset(s->queue, 0, sizeof *s->queue);
    memset(s->heard, 0, sizeof *s->heard);
    rc = p->ops->open(s, device, p->rate_hz, &abandoned, err);
    if (rc && !abandoned)
        free_rings(p);
    return rc;
}

static enum iv_code open_rate(struct player *p, struct iv_error *err)
{
    p->ready.rate_hz = p->speaker.rate_hz;
    p->looked_ms = host_now_ms();
    if (p->speaker.rate_hz == p->rate_hz)
        return IV_OK;
    return iv_resampler_new(p->rate_hz, p->speaker.rate_hz, &p->resampler, err);
}

enum iv_code player_open(const char *device, uint32_t rate_hz, struct player **out,
                         struct iv_error *err)
{
    const struct speaker_ops *ops;
    struct player *p;
    enum iv_code rc;

    *out = NULL;
    if (device && !strcmp(device, "none"))
        return iv_fail(err, IV_E_UNAVAILABLE, "speaker \"none\": sound is off");
    rc = player_check(err);
    if (rc)
        return rc;
    ops = pick();
    p = iv_alloc(sizeof *p);
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "speaker: out of memory");
    *p = (struct player){.ops = ops ? ops : &speaker_portaudio, .rate_hz = rate_hz};
    rc = open_device(p, device && device[0] ? device : "default", err);
    if (rc) {
        free(p);
        return rc;
    }
    rc = open_rate(p, err);
    if (rc)
        player_close(p);
    else
        *out = p;
    return rc;
}

static void sleep_ms(int ms)
{
    struct timespec t = {.tv_nsec = (long)ms * 1000000};

    nanosleep(&t, NULL);
}

static enum iv_code watch(struct player *p, struct iv_error *err)
{
    uint64_t now = host_now_ms(), read = atomic_load(&p->speaker.queue->read);
    uint64_t since = now - p->looked_ms;

    p->looked_ms = now;
    if (read != p->seen || !ring_queued(p->speaker.queue)) {
        p->seen = read;
        p->still_ms = 0;
        return IV_OK;
    }
    p->still_ms += since < LOOK_MAX_MS ? since : LOOK_MAX_MS;
    if (p->still_ms < HOST_PATIENCE_MS - LOOK_MAX_MS)
        return IV_OK;
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "speaker \"%s\": it has taken no sound for 3 s; was it unplugged?",
                   p->speaker.name);
}

static enum iv_code queue(struct player *p, const int16_t *samples, size_t n, struct iv_error *err)
{
    enum iv_code rc;

    for (;;) {
        size_t take = ring_put(p->speaker.queue, samples, n);

        samples += take;
        n -= take;
        rc = watch(p, err);
        if (!n || rc)
            return rc;
        sleep_ms(20);
    }
}

enum iv_code player_play(struct player *p, const int16_t *samples, size_t n, struct iv_error *err)
{
    enum iv_code rc;

    if (!p->resampler)
        return queue(p, samples, n, err);
    p->ready.len = 0;
    rc = n ? iv_resampler_push(p->resampler, samples, n, &p->ready, err) : IV_OK;
    return rc ? rc : queue(p, p->ready.samples, p->ready.len, err);
}

void player_flush(struct player *p)
{
    struct ring *r = p->speaker.queue;

    atomic_store_explicit(&r->flush_to, atomic_load(&r->written), memory_order_release);
}

/* The device's samples in the caller's. */
static uint64_t in_rate(const struct player *p, uint64_t samples)
{
    return samples * p->rate_hz / p->speaker.rate_hz;
}

uint64_t player_position(const struct player *p)
{
    return in_rate(p, atomic_load(&p->speaker.queue->read));
}

size_t player_queued(const struct player *p)
{
    size_t queued = ring_queued(p->speaker.queue);

    return queued ? (size_t)in_rate(p, queued) + 1 : 0;
}

uint32_t player_latency_ms(const struct player *p)
{
    return p->speaker.latency_ms;
}

/* What the resampler still holds; it can be used again after that. */
static enum iv_code play_tail(struct player *p, struct iv_error *err)
{
    enum iv_code rc;

    if (!p->resampler)
        return IV_OK;
    p->ready.len = 0;
    rc = iv_resampler_push(p->resampler, NULL, 0, &p->ready, err);
    if (!rc)
        rc = queue(p, p->ready.samples, p->ready.len, err);
    iv_resampler_free(p->resampler);
    p->resampler = NULL;
    return rc ? rc : iv_resampler_new(p->rate_hz, p->speaker.rate_hz, &p->resampler, err);
}

enum iv_code player_drain(struct player *p, const volatile int *stop, struct iv_error *err)
{
    enum iv_code rc = play_tail(p, err);

    while (!rc && player_queued(p) && !*stop) {
        sleep_ms(20);
        rc = watch(p, err);
    }
    if (rc)
        return rc;
    sleep_ms(p->speaker.latency_ms < 500 ? 100 + (int)p->speaker.latency_ms : 500);
    return *stop ? iv_fail(err, IV_E_CANCELLED, "stopped") : IV_OK;
}

size_t player_heard(struct player *p, int16_t *out, size_t max)
{
    return ring_get(p->speaker.heard, out, max);
}

uint32_t player_device_rate(const struct player *p)
{
    return p->speaker.rate_hz;
}

const char *player_name(const struct player *p)
{
    return p->speaker.name;
}

const char *player_backend(const struct player *p)
{
    return p->ops->name;
}

void player_close(struct player *p)
{
    if (!p)
        return;
    if (p->ops->close(&p->speaker))
        free_rings(p); /* else a device that hangs may still read there */
    iv_resampler_free(p->resampler);
    iv_pcm_release(&p->ready);
    free(p);
}
