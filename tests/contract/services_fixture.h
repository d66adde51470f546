/* services_fixture.h - services against the fake server: a world with its own clock, and what a sink got. */
#ifndef IV_TESTS_SERVICES_FIXTURE_H
#define IV_TESTS_SERVICES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake/fake.h"
#include "iv/config.h"
#include "iv/tts.h"
#include "iv/usage.h"
#include "net/net.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SLOW 1
#else
#define IS_SLOW 0
#endif
#define KEY "test-key-not-to-be-shown"
#define LIMIT_MS 60000
#define SPEED (IS_SLOW ? 2 : 10) /* of a hurried clock: ms for each real one */

struct hurried_clock {
    struct iv_clock clock;
    _Atomic int64_t ahead_us; /* of the machine's clock */
};

struct world {
    struct fake fake;
    struct iv_config *config;
    struct iv_log log;
    struct hurried_clock clock;
    iv_ctx *ctx;
    iv_net *net;
    char home[64];
    pthread_mutex_t lock;
    char lines[1 << 16]; /* {lock} what was logged */
    size_t n_lines; /* {lock} */
};

/* What a sink got. */
struct said {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct iv_pcm pcm; /* {lock} */
    size_t n_phonemes, dones, after_done; /* {lock} */
    uint32_t first_ms, last_ms; /* {lock} of the mouth */
    bool went_back, lost; /* {lock} lost: there was no memory for it here */
    enum iv_code code;
    char text[480];
    int64_t first_us, done_us; /* real time */
};

static struct world w;

static inline int64_t real_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline void real_sleep_us(int64_t us)
{
    struct timespec t = {us / 1000000, us % 1000000 * 1000};

    nanosleep(&t, NULL);
}

static inline int64_t hurried_mono(void *arg)
{
    return real_us() + atomic_load(&((struct hurried_clock *)arg)->ahead_us);
}

static inline int64_t honest_wall(void *arg)
{
    (void)arg;
    return iv_wall_ms(&iv_clock_system);
}

static inline void keep_line(void *arg, enum iv_log_level level, const char *line)
{
    struct world *in = arg;

    (void)level;
    pthread_mutex_lock(&in->lock);
    if (in->n_lines + strlen(line) + 2 < sizeof in->lines)
        in->n_lines +=
            (size_t)snprintf(in->lines + in->n_lines, sizeof in->lines - in->n_lines, "%s\n", line);
    pthread_mutex_unlock(&in->lock);
}

static inline void set(const char *key, const char *value)
{
    struct iv_error err;

    if (iv_config_set(w.config, key, value, IV_FROM_FLAG, "test", &err))
        fail_msg("%s", err.text);
}

/* "key=value; key=value" */
static inline void set_all(const char *settings)
{
    char copy[1024], *at = copy, *one;

    assert_in_range(snprintf(copy, sizeof copy, "%s", settings ? settings : ""), 0,
                    sizeof copy - 1);
    while ((one = strsep(&at, ";"))) {
        char *value = strchr(one, '=');

        one += strspn(one, " ");
        if (!*one)
            continue;
        *value++ = '\0';
        set(one, value);
    }
}

static inline void set_base(const char *key, int port, const char *path)
{
    char url[128];

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    set(key, url);
}

/* A context in which every service is the fake one. Settings as in set_all(). */
static inline void world_begin(const char *settings)
{
    static unsigned n; /* each world has spent nothing yet */
    struct iv_error err = {0};
    char data[128];

    snprintf(data, sizeof data, "%s/%u", w.home, n++);
    setenv("XDG_DATA_HOME", data, 1);
    w.n_lines = 0;
    atomic_store(&w.clock.ahead_us, 0);
    if (iv_config_new(&w.config, &err))
        fail_msg("%s", err.text);
    set_base("elevenlabs.base_url", w.fake.http, "");
    set_base("edge.base_url", w.fake.http, "");
    set_base("tts.openai.base_url", w.fake.http, "/v1");
    set_base("stt.openai.base_url", w.fake.http, "/v1");
    set_base("deepgram.base_url", w.fake.http, "");
    set("stt.openai.api_key", KEY);
    set("deepgram.api_key", KEY);
    set("elevenlabs.api_key", KEY);
    set("tts.openai.api_key", KEY);
    set("elevenlabs.mode", "timestamps");
    set("cache.enabled", "false");
    set_all(settings);
    if (iv_ctx_new(w.config, &w.log, &w.clock.clock, &w.ctx, &err) ||
        iv_net_of(w.ctx, &w.net, &err))
        fail_msg("%s", err.text);
}

static inline void world_end(void)
{
    iv_ctx_free(w.ctx);
    iv_config_free(w.config);
    assert_null(strstr(w.lines, KEY));
}

static inline int world_start(void **state)
{
    static char home[] = "/tmp/iv-services-XXXXXX";

    (void)state;
    if (!mkdtemp(home))
        return -1;
    setenv("XDG_CACHE_HOME", home, 1);
    pthread_mutex_init(&w.lock, NULL);
    w.log = (struct iv_log){keep_line, &w, IV_LOG_DEBUG};
    w.clock.clock = (struct iv_clock){honest_wall, hurried_mono, &w.clock};
    snprintf(w.home, sizeof w.home, "%s", home);
    return fake_start(&w.fake, (const char *const[]){"--service", "all", "--fast", NULL}) ? 0 : -1;
}

static inline int world_stop(void **state)
{
    char order[128];

    (void)state;
    fake_stop(&w.fake);
    snprintf(order, sizeof order, "rm -rf %s", w.home);
    return system(order);
}

/* -- the sink -- */

static inline void got_audio(void *arg, const int16_t *samples, size_t n)
{
    struct said *s = arg;

    pthread_mutex_lock(&s->lock);
    if (!s->pcm.len)
        s->first_us = real_us();
    s->after_done += s->dones;
    s->lost |= iv_pcm_append(&s->pcm, samples, n, NULL) != IV_OK;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static inline void got_phonemes(void *arg, const struct iv_phoneme *ph, size_t n,
                                enum iv_phone_set set_of)
{
    struct said *s = arg;

    (void)set_of;
    pthread_mutex_lock(&s->lock);
    if (!s->n_phonemes && n)
        s->first_ms = ph[0].start_ms;
    for (size_t i = 0; i < n; i++) {
        s->went_back |= ph[i].start_ms < s->last_ms || ph[i].end_ms < ph[i].start_ms;
        s->last_ms = ph[i].end_ms;
    }
    s->n_phonemes += n;
    s->after_done += s->dones;
    pthread_mutex_unlock(&s->lock);
}

static inline void got_done(void *arg, enum iv_code code, const char *text)
{
    struct said *s = arg;

    pthread_mutex_lock(&s->lock);
    s->dones++;
    s->code = code;
    snprintf(s->text, sizeof s->text, "%s", text);
    s->done_us = real_us();
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static inline struct iv_tts_sink sink_of(struct said *s)
{
    *s = (struct said){.pcm.rate_hz = IV_TTS_RATE_HZ};
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    return (struct iv_tts_sink){
        .on_audio = got_audio, .on_phonemes = got_phonemes, .on_done = got_done, .arg = s};
}

static inline void said_release(struct said *s)
{
    iv_pcm_release(&s->pcm);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
}

static inline bool is_done(struct said *s)
{
    bool is;

    pthread_mutex_lock(&s->lock);
    is = s->dones;
    pthread_mutex_unlock(&s->lock);
    return is;
}

/* The clock hurries meanwhile where `speed` is more than 1. */
static inline void wait_done(struct said *s, int speed)
{
    int64_t limit = real_us() + LIMIT_MS * 1000;

    while (!is_done(s)) {
        if (real_us() > limit)
            fail_msg("no end in %d ms", LIMIT_MS);
        real_sleep_us(speed > 1 ? 1000 : 100);
        if (speed > 1) {
            atomic_fetch_add(&w.clock.ahead_us, (speed - 1) * 1000);
            iv_net_wake(w.net);
        }
    }
}

static inline void wait_sound(struct said *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->pcm.len && !s->dones)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

/* -- speaking -- */

static inline iv_tts *voice_of(const char *engine, const char *voice)
{
    struct iv_tts_choice choice = {.engine = engine, .voice = voice, .lang = IV_LANG_KO};
    struct iv_error err = {0};
    iv_tts *t;

    if (iv_tts_open(w.ctx, &choice, &t, &err))
        fail_msg("%s: %s", engine, err.text);
    return t;
}

static inline void begin_say(iv_tts *t, const char *text, struct said *s)
{
    struct iv_tts_sink sink = sink_of(s);
    struct iv_error err = {0};

    if (iv_tts_start(t, text, &sink, &err))
        fail_msg("%s", err.text);
}

static inline void check_said(struct said *s)
{
    assert_int_equal(s->dones, 1);
    assert_int_equal(s->after_done, 0);
    assert_false(s->went_back || s->lost);
    assert_null(strstr(s->text, KEY));
    if (s->code)
        assert_string_not_equal(s->text, "");
}

static inline void say_with(iv_tts *t, const char *text, int speed, struct said *s)
{
    begin_say(t, text, s);
    wait_done(s, speed);
    check_said(s);
}

/* One utterance of a voice of its own. */
static inline void say(const char *engine, const char *text, int speed, struct said *s)
{
    iv_tts *t = voice_of(engine, NULL);

    say_with(t, text, speed, s);
    iv_tts_close(t);
    assert_int_equal(s->dones, 1);
}

static inline void play(const char *scenario)
{
    if (!fake_post(&w.fake, scenario))
        fail_msg("%s", w.fake.error);
}

static inline bool has_logged(const char *what)
{
    bool has;

    pthread_mutex_lock(&w.lock);
    has = strstr(w.lines, what);
    pthread_mutex_unlock(&w.lock);
    return has;
}

#endif
