/* stt_fixture.h - recognisers of services against the fake server: sound that our own detector takes for speech, and what a sink got. */
#ifndef IV_TESTS_STT_FIXTURE_H
#define IV_TESTS_STT_FIXTURE_H

#include "iv/alloc.h"
#include "iv/stt.h"
#include "services_fixture.h"

#define FEED 1600u

struct heard {
    pthread_mutex_t lock;
    char text[1024]; /* {lock} finals, joined */
    int finals, interims, endpoints, dones, after_done; /* {lock} */
    uint32_t first_ms, last_ms; /* {lock} starts of the first and the last word */
    enum iv_code code;
    char why[480];
    int64_t done_us; /* clock of the world */
};

/* A voice-like tone between silences. */
static inline void make_sound(int16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t ms = i / 16;
        bool on = ms % 2000 > 300 && ms % 2000 < 1300;
        int saw = (int)(i % 107) * 200 - 10700;

        out[i] = (int16_t)(on ? saw * (int)(50 + ms % 50) / 100 : (int)(i * 7919 % 5) - 2);
    }
}

static inline int64_t world_us(void)
{
    return hurried_mono(&w.clock);
}

static inline void heard_result(void *arg, const struct iv_stt_result *r)
{
    struct heard *h = arg;
    size_t len;

    pthread_mutex_lock(&h->lock);
    len = strlen(h->text);
    h->after_done += h->dones;
    h->interims += !r->is_final;
    if (r->is_final) {
        h->finals++;
        if (r->n_words && !h->last_ms)
            h->first_ms = r->words[0].start_ms;
        if (r->n_words)
            h->last_ms = r->words[r->n_words - 1].start_ms;
        snprintf(h->text + len, sizeof h->text - len, "%s%s", len ? " " : "", r->text);
    }
    pthread_mutex_unlock(&h->lock);
}

static inline void heard_endpoint(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    struct heard *h = arg;

    (void)kind, (void)at_ms;
    pthread_mutex_lock(&h->lock);
    h->endpoints++;
    pthread_mutex_unlock(&h->lock);
}

static inline void heard_done(void *arg, enum iv_code code, const char *text)
{
    struct heard *h = arg;

    pthread_mutex_lock(&h->lock);
    h->dones++;
    h->code = code;
    h->done_us = world_us();
    snprintf(h->why, sizeof h->why, "%s", text);
    pthread_mutex_unlock(&h->lock);
}

static inline iv_stt *listen_with(const char *engine, struct heard *h)
{
    struct iv_stt_choice choice = {.engine = engine, .lang = IV_LANG_KO, .interim = true};
    struct iv_stt_sink sink = {
        .on_result = heard_result, .on_done = heard_done, .arg = h, .on_endpoint = heard_endpoint};
    struct iv_error err = {0};
    iv_stt *s;

    *h = (struct heard){0};
    pthread_mutex_init(&h->lock, NULL);
    if (iv_stt_open(w.ctx, &choice, &sink, &s, &err))
        fail_msg("%s: %s", engine, err.text);
    return s;
}

/* From `from_ms` of the sound on; stops where the recogniser has failed. */
static inline void give_sound(iv_stt *s, unsigned from_ms, unsigned ms)
{
    size_t from = (size_t)from_ms * 16, n = (size_t)ms * 16;
    int16_t *sound = iv_alloc_array(from + n, sizeof *sound);
    struct iv_error err;

    make_sound(sound, from + n);
    for (size_t at = 0; at < n; at += FEED)
        if (iv_stt_feed(s, sound + from + at, n - at < FEED ? n - at : FEED, &err))
            break;
    free(sound);
}

static inline bool heard_is(struct heard *h, const int *count, int least)
{
    bool is;

    pthread_mutex_lock(&h->lock);
    is = *count >= least;
    pthread_mutex_unlock(&h->lock);
    return is;
}

/* Until a count of `h` is reached; the clock hurries meanwhile where `speed` is more than 1. */
static inline void await(struct heard *h, const int *count, int least, int speed)
{
    int64_t limit = real_us() + (int64_t)LIMIT_MS * 1000;

    while (!heard_is(h, count, least)) {
        if (real_us() > limit)
            fail_msg("it did not come within %d ms", LIMIT_MS);
        real_sleep_us(1000);
        if (speed > 1) {
            atomic_fetch_add(&w.clock.ahead_us, (speed - 1) * 1000);
            iv_net_wake(w.net);
        }
    }
}

static inline void await_requests(long least, int speed)
{
    int64_t limit = real_us() + (int64_t)LIMIT_MS * 1000;

    while (fake_number(&w.fake, "requests") < least) {
        if (real_us() > limit)
            fail_msg("request %ld did not come within %d ms", least, LIMIT_MS);
        real_sleep_us(5000);
        if (speed > 1) {
            atomic_fetch_add(&w.clock.ahead_us, (speed - 1) * 5000);
            iv_net_wake(w.net);
        }
    }
}

/* No more sound; how long it took to the end, in ms of the world's clock. */
static inline int64_t end_of(iv_stt *s, struct heard *h, int speed)
{
    int64_t begun = world_us();
    struct iv_error err = {0};

    if (iv_stt_end(s, &err))
        fail_msg("%s", err.text);
    await(h, &h->dones, 1, speed);
    iv_stt_close(s);
    assert_int_equal(h->dones, 1);
    assert_int_equal(h->after_done, 0);
    assert_null(strstr(h->why, KEY));
    pthread_mutex_destroy(&h->lock);
    return (h->done_us - begun) / 1000;
}

#endif
