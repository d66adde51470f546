/* status.c - health, figures, settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/gpu.h"
#include "iv/health.h"
#include "iv/llm.h"
#include "iv/operations.h"
#include "iv/stt.h"
#include "iv/tts.h"
#include "iv_build.h"
#include "own.h"
#include "route/route.h"

#define ENGINES_MAX 16
#define SERVICES_MAX 32

#define FRESH_US 200000 /* of what /health found */

enum grade { WORKS, LIMPS, IS_DOWN };
static const char *const words[] = {"operational", "degraded", "down"};

/* -- health: what is here, and what recent calls found; nothing is asked now -- */

static bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);
    const char *at = list;

    while ((at = strstr(at, name))) {
        if ((at == list || at[-1] == ',' || at[-1] == ' ') &&
            (!at[len] || at[len] == ',' || at[len] == ' ' || at[len] == ':'))
            return true;
        at += len;
    }
    return false;
}

/* Breakers of "kind.*": all of them open is down where nothing else can do it, one is degraded. */
static enum grade breakers(const struct iv_health *all, size_t n, const char *kind, iv_json *detail)
{
    size_t len = strlen(kind), open = 0;

    for (size_t i = 0; i < n; i++) {
        iv_json *row;

        if (strncmp(all[i].service, kind, len) || all[i].service[len] != '.')
            continue;
        row = iv_json_object();
        iv_json_set_str(row, "breaker", all[i].state);
        iv_json_set_int(row, "calls", (int64_t)all[i].calls);
        iv_json_set_int(row, "faults", (int64_t)all[i].faults);
        iv_json_set_time(row, "last_call_at", all[i].last_ms ? all[i].last_ms : -1);
        iv_json_set(detail, all[i].service + len + 1, row);
        open += !strcmp(all[i].state, "open");
    }
    return open ? LIMPS : WORKS;
}

static void add(iv_json *health, const char *name, enum grade g, iv_json *detail)
{
    iv_json_set_str((iv_json *)(uintptr_t)iv_json_get(health, "services"), name, words[g]);
    iv_json_set((iv_json *)(uintptr_t)iv_json_get(health, "services_detail"), name, detail);
}

/* Speech of a language that nobody here understands is typed: that is degraded, not down. */
static enum grade speech_grade(const bool any[IV_LANG_COUNT], iv_json *detail)
{
    size_t n = 0;

    for (int l = 0; l < IV_LANG_COUNT; l++) {
        iv_json_set_bool(detail, iv_lang_code((enum iv_lang)l), any[l]);
        n += any[l];
    }
    return n == IV_LANG_COUNT ? WORKS : n ? LIMPS : IS_DOWN;
}

static enum grade stt_grade(struct iv_server *s, iv_json *detail)
{
    struct iv_stt_info list[ENGINES_MAX];
    size_t n = iv_stt_engines(s->ctx, list, ENGINES_MAX);
    bool any[IV_LANG_COUNT] = {false};

    for (size_t i = 0; i < n; i++)
        for (int l = 0; l < IV_LANG_COUNT; l++)
            any[l] |= list[i].available[l] && strcmp(list[i].name, "echo");
    return speech_grade(any, detail);
}

static enum grade tts_grade(struct iv_server *s, iv_json *detail)
{
    struct iv_tts_info list[ENGINES_MAX];
    size_t n = iv_tts_engines(s->ctx, list, ENGINES_MAX);
    bool any[IV_LANG_COUNT] = {false};

    for (size_t i = 0; i < n; i++)
        for (int l = 0; l < IV_LANG_COUNT; l++)
            any[l] |= list[i].available[l] && strcmp(list[i].name, "tone");
    return speech_grade(any, detail);
}

static enum grade worse(enum grade a, enum grade b)
{
    return a > b ? a : b;
}

static bool store_works(struct iv_server *s)
{
    struct iv_session_filter f = {.status = -1, .limit = 1, .user_id = "-"};
    struct iv_session *rows = NULL;
    int64_t total;
    size_t n;
    bool works = !iv_store_session_list(s->store, &f, &rows, &n, &total, NULL);

    free(rows);
    return works;
}

static bool is_on_redis(const struct iv_server *s)
{
    return !strcmp(iv_store_backend(s->store), "redis");
}

static enum grade services(struct iv_server *s, iv_json *health, bool has_store)
{
    struct iv_health known[SERVICES_MAX];
    size_t n = iv_health_list(s->ctx, known, SERVICES_MAX);
    iv_json *stt = iv_json_object(), *llm = iv_json_object(), *tts = iv_json_object(),
            *avatar = iv_json_object(), *redis = iv_json_object();
    enum grade g_stt = worse(stt_grade(s, stt), breakers(known, n, "stt", stt));
    enum grade g_llm =
        breakers(known, n, "llm", llm); /* the built-in interviewer stands behind it */
    enum grade g_tts = worse(tts_grade(s, tts), breakers(known, n, "tts", tts));

    add(health, "stt", g_stt, stt);
    add(health, "llm", g_llm, llm);
    add(health, "tts", g_tts, tts);
    iv_json_set_str(avatar, "backend", "cpu");
    add(health, "avatar", WORKS, avatar);
    iv_json_set_bool(redis, "configured", is_on_redis(s));
    add(health, "redis", is_on_redis(s) && !has_store ? IS_DOWN : WORKS, redis);
    return worse(worse(g_stt, g_llm), g_tts) == WORKS ? WORKS : LIMPS;
}

static void keep(struct iv_server *s, const iv_json *j, int status)
{
    struct iv_buf text = IV_BUF_INIT(sizeof s->health.text);

    if (!iv_json_print(j, IV_JSON_COMPACT, &text, NULL)) {
        pthread_mutex_lock(&s->health_lock);
        memcpy(s->health.text, text.data, text.len);
        s->health.len = text.len;
        s->health.status = status;
        s->health.at_us = iv_mono_us(iv_ctx_clock(s->ctx));
        pthread_mutex_unlock(&s->health_lock);
    }
    iv_buf_release(&text);
}

bool iv_health_again(struct iv_server *s, struct iv_reply *r)
{
    int64_t now = iv_mono_us(iv_ctx_clock(s->ctx));
    bool is_fresh;

    pthread_mutex_lock(&s->health_lock);
    is_fresh = s->health.at_us && now - s->health.at_us < FRESH_US;
    if (is_fresh) {
        r->status = s->health.status;
        r->body.max = sizeof s->health.text;
        iv_buf_add(&r->body, s->health.text, s->health.len);
        is_fresh = !r->body.failed;
    }
    pthread_mutex_unlock(&s->health_lock);
    if (is_fresh)
        iv_reply_header(r, "Cache-Control", "no-store");
    return is_fresh;
}

iv_handler iv_route_health_get;
enum iv_code iv_route_health_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    static const char *const all[] = {"healthy", "degraded", "unhealthy"};
    iv_json *j = iv_json_object();
    struct iv_gpu_facts gpu;
    bool has_store;
    enum grade g;

    (void)q;
    (void)err;
    iv_json_set_str(j, "status", "");
    iv_json_set_str(j, "version", IV_VERSION);
    iv_json_set_time(j, "timestamp", iv_wall_ms(iv_ctx_clock(s->ctx)));
    iv_gpu_facts(iv_mono_us(iv_ctx_clock(s->ctx)), &gpu);
    iv_json_set_bool(j, "gpu_available", gpu.n > 0);
    iv_json_set_int(j, "gpu_memory_used_mb", gpu.used_mb);
    iv_json_set_int(j, "gpu_memory_total_mb", gpu.total_mb);
    iv_json_set(j, "services", iv_json_object());
    iv_json_set(j, "services_detail", iv_json_object());
    has_store = store_works(s);
    g = services(s, j, has_store);
    if (!has_store) /* without Redis every node is as bad off: none should be taken out for it */
        g = is_on_redis(s) ? LIMPS : IS_DOWN;
    if (!strcmp(s->config->health_detail, "minimal")) {
        iv_json_remove(j, "services_detail");
        iv_json_remove(j, "version");
    }
    iv_json_set_str(j, "status", all[g]);
    r->json = j;
    r->status = g == IS_DOWN ? 503 : 200;
    keep(s, j, r->status);
    iv_reply_header(r, "Cache-Control", "no-store");
    return IV_OK;
}

/* -- figures -- */

iv_handler iv_route_stats_get;
enum iv_code iv_route_stats_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                struct iv_error *err)
{
    const char *period = iv_query(q, "period"), *user = iv_query(q, "user_id");
    enum iv_code rc;

    if (!user && q->who.user_id[0])
        user = q->who.user_id;
    rc = iv_auth_owner(&q->who, user ? user : "", err);
    return rc ? rc : iv_op_stats(s->ctx, s->store, period ? period : "today", user, &r->json, err);
}

static iv_json *provider(const char *engine)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "provider", engine);
    return j;
}

iv_handler iv_route_config_get;
enum iv_code iv_route_config_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    const struct iv_config *c = s->config;
    iv_json *j = iv_json_object(), *stt = provider(c->stt_engine), *llm = provider(c->llm_engine),
            *tts = provider(c->tts_engine), *avatar = iv_json_object(), *size = iv_json_array(),
            *opt = iv_json_object();

    (void)q;
    (void)err;
    iv_json_set_str(stt, "model", is_listed(c->stt_engine, "deepgram") ? c->deepgram_model : "");
    iv_json_set_str(stt, "language", c->session_language);
    iv_json_set(j, "stt", stt);
    iv_json_set_str(llm, "model", c->llm_model);
    iv_json_set_num(llm, "temperature", c->llm_temperature);
    iv_json_set(j, "llm", llm);
    iv_json_set_str(tts, "voice_id", c->tts_voice);
    iv_json_set(j, "tts", tts);
    iv_json_set_int(avatar, "fps", c->avatar_fps);
    iv_json_append(size, iv_json_int(512));
    iv_json_append(size, iv_json_int(512));
    iv_json_set(avatar, "resolution", size);
    iv_json_set_bool(avatar, "use_tensorrt", false);
    iv_json_set_str(avatar, "backend", "cpu");
    iv_json_set(j, "avatar", avatar);
    iv_json_set_bool(opt, "enable_cache", c->cache_enabled);
    iv_json_set_bool(opt, "enable_batching", false);
    iv_json_set_int(opt, "batch_size", 1);
    iv_json_set(j, "optimization", opt);
    r->json = j;
    return IV_OK;
}

/* -- Prometheus' text format -- */

static void metric(struct iv_buf *b, const char *name, const char *kind, const char *help,
                   uint64_t value)
{
    iv_buf_addf(b, "# HELP interviewctl_%s %s\n# TYPE interviewctl_%s %s\ninterviewctl_%s %llu\n",
                name, help, name, kind, name, (unsigned long long)value);
}

/* Whole numbers only: how a fraction is written hangs on the locale. */
static void add_seconds(struct iv_buf *b, int64_t us)
{
    iv_buf_addf(b, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

const int64_t iv_lag_bounds_us[IV_LAG_BUCKETS - 1] = {1000,  2000,  5000,   10000,
                                                      20000, 50000, 100000, 1000000};

static void lag_metric(struct iv_buf *b, struct iv_server *s)
{
    uint64_t n = 0;

    iv_buf_adds(b, "# HELP interviewctl_loop_lag_seconds From a wish to the loop's attention.\n"
                   "# TYPE interviewctl_loop_lag_seconds histogram\n");
    for (int i = 0; i < IV_LAG_BUCKETS; i++) {
        n += atomic_load(&s->lags[i]);
        iv_buf_adds(b, "interviewctl_loop_lag_seconds_bucket{le=\"");
        if (i < IV_LAG_BUCKETS - 1)
            add_seconds(b, iv_lag_bounds_us[i]);
        else
            iv_buf_adds(b, "+Inf");
        iv_buf_addf(b, "\"} %llu\n", (unsigned long long)n);
    }
    iv_buf_adds(b, "interviewctl_loop_lag_seconds_sum ");
    add_seconds(b, (int64_t)atomic_load(&s->lag_sum_us));
    iv_buf_addf(b, "\ninterviewctl_loop_lag_seconds_count %llu\n", (unsigned long long)n);
}

iv_handler iv_route_metrics_get;
enum iv_code iv_route_metrics_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    struct iv_live_stats live;
    struct iv_buf *b = &r->body;

    (void)q;
    (void)err;
    iv_lives_stats(s->lives, &live);
    b->max = 1u << 20;
    metric(b, "requests_total", "counter", "Requests that were answered.",
           atomic_load(&s->requests));
    iv_buf_adds(b, "# HELP interviewctl_responses_total Answers by status.\n"
                   "# TYPE interviewctl_responses_total counter\n");
    for (int i = 1; i < 6; i++)
        iv_buf_addf(b, "interviewctl_responses_total{class=\"%dxx\"} %llu\n", i,
                    (unsigned long long)atomic_load(&s->by_status[i]));
    metric(b, "requests_waiting", "gauge", "Requests that wait for a worker.",
           iv_pool_waiting(s->pool));
    metric(b, "connections", "gauge", "Open WebSockets.", live.links);
    metric(b, "live_sessions", "gauge", "Interviews that are held.", live.sessions);
    metric(b, "frames_sent_total", "counter", "Frames that were sent.", live.frames_sent);
    metric(b, "frames_dropped_total", "counter", "Frames that slow readers lost.",
           live.frames_dropped);
    metric(b, "audio_sent_total", "counter", "Pieces of speech that were sent.", live.audio_sent);
    metric(b, "slow_readers_total", "counter", "Connections closed for reading too slowly.",
           live.too_slow);
    metric(b, "takeovers_total", "counter", "Sessions that another connection took over.",
           live.taken_over);
    lag_metric(b, s);
    r->type = "text/plain; version=0.0.4; charset=utf-8";
    return IV_OK;
}
