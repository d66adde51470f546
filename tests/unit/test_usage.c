/* test_usage.c - counting calls, what they cost, and limits that hold. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iv/config.h"
#include "iv/usage.h"
#include "store/prices.h"
#include "store/usage_free.h"
#include "store/usage_limit.h"
#include "table.h"

#define LAB "tts.elevenlabs"
#define LAB_MODEL "eleven_flash_v2_5" /* 50 micro-units a character */
#define DAY_MS 86400000ll
#define START_MS 1795132800000ll /* 2026-11-20 00:00 UTC */

struct place {
    char dir[64], store[96], file[96];
    struct iv_config *config;
    struct iv_manual_clock clock;
    struct iv_log log;
    iv_ctx *ctx;
    char lines[4096];
};

static void keep_line(void *arg, enum iv_log_level level, const char *line)
{
    struct place *p = arg;
    size_t n = strlen(p->lines);

    (void)level;
    snprintf(p->lines + n, sizeof p->lines - n, "%s\n", line);
}

static void set(struct place *p, const char *key, const char *value)
{
    struct iv_error err;

    if (iv_config_set(p->config, key, value, IV_FROM_FLAG, "test", &err))
        fail_msg("%s", err.text);
}

static void open_ctx(struct place *p)
{
    struct iv_error err;

    p->log = (struct iv_log){keep_line, p, IV_LOG_DEBUG};
    assert_int_equal(iv_ctx_new(p->config, &p->log, &p->clock.clock, &p->ctx, &err), IV_OK);
}

static void start(struct place *p)
{
    struct iv_error err;

    memset(p, 0, sizeof *p);
    snprintf(p->dir, sizeof p->dir, "/tmp/iv-usage-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->store, sizeof p->store, "%s/store.db", p->dir);
    snprintf(p->file, sizeof p->file, "%s/usage.db", p->dir);
    assert_int_equal(iv_config_new(&p->config, &err), IV_OK);
    set(p, "store.path", p->store);
    set(p, "usage.time_zone", "UTC");
    iv_manual_clock_init(&p->clock, START_MS);
    open_ctx(p);
}

static void again(struct place *p)
{
    iv_ctx_free(p->ctx);
    open_ctx(p);
}

static void end(struct place *p)
{
    iv_ctx_free(p->ctx);
    iv_config_free(p->config);
    unlink(p->file);
    assert_int_equal(rmdir(p->dir), 0); /* neither journal nor anything else stays */
}

static enum iv_code call_of(iv_ctx *ctx, int64_t characters, struct iv_error *err)
{
    struct iv_amounts want = {.characters = characters, .calls = 1};
    struct iv_usage_ticket t;
    enum iv_code rc = iv_usage_reserve(ctx, LAB, LAB_MODEL, &want, IV_E_TTS_QUOTA, &t, err);

    if (!rc)
        iv_usage_settle(ctx, &t, &want);
    return rc;
}

static double cost(struct place *p, const char *period, const char *service)
{
    struct iv_error err;
    iv_json *j;
    double got;

    if (iv_usage_report(p->ctx, period, service, &j, &err))
        fail_msg("%s", err.text);
    got = iv_json_get_num(j, "cost", -1);
    iv_json_free(j);
    return got;
}

static int64_t calls(struct place *p, const char *period)
{
    struct iv_error err;
    const iv_json *list;
    int64_t n = 0;
    iv_json *j;

    if (iv_usage_report(p->ctx, period, NULL, &j, &err))
        fail_msg("%s", err.text);
    list = iv_json_get(j, "services");
    for (const iv_json *r = iv_json_first(list); r; r = iv_json_next(r))
        n += iv_json_get_int(r, "calls", 0);
    iv_json_free(j);
    return n;
}

/* -- prices -- */

static void shipped_prices_are_right(void **state)
{
    struct iv_amounts a = {.tokens_in = 1000000, .tokens_out = 100000};
    struct iv_amounts minute = {.audio_ms = 60000}, text = {.characters = 1000};
    struct iv_error err;
    iv_prices *p;

    (void)state;
    if (iv_prices_load(NULL, &p, &err))
        fail_msg("%s", err.text);
    assert_string_equal(iv_prices_currency(p), "USD");
    assert_int_equal(iv_price_cost(iv_price_of(p, "llm.openai", "gpt-4o-mini"), &a), 210000);
    assert_int_equal(iv_price_cost(iv_price_of(p, "llm.openai", "gpt-4o-mini-2024-07-18"), &a),
                     210000);
    assert_int_equal(iv_price_cost(iv_price_of(p, "llm.openai", "gpt-4o-2024-11-20"), &a), 3500000);
    assert_int_equal(iv_price_cost(iv_price_of(p, "llm.openai", "of-next-year"), &a), 3500000);
    assert_int_equal(iv_price_cost(iv_price_of(p, "stt.deepgram", "nova-3"), &minute), 7700);
    assert_int_equal(iv_price_cost(iv_price_of(p, LAB, LAB_MODEL), &text), 50000);
    assert_null(iv_price_of(p, "tts.espeak", ""));
    assert_null(iv_price_of(p, "tts.edge", ""));
    iv_prices_free(p);
}

static const struct bad_prices {
    const char *name, *text, *part;
} bad_prices[] = {
    {"no currency", "services: {}\n", "x:1: currency must be"},
    {"an unknown key", "currency: USD\nservice: {}\n", "x:2: service: no such key"},
    {"services that are a list", "currency: USD\nservices: [a]\n", "services must be"},
    {"a service without a source",
     "currency: USD\nservices:\n  llm.a: {as_of: \"2026-01\", default: {calls: 1}}\n",
     "x:3: llm.a: source"},
    {"a service without a date",
     "currency: USD\nservices:\n  llm.a: {source: \"https://a\", default: {calls: 1}}\n", "as_of"},
    {"a service without a default",
     "currency: USD\nservices:\n  llm.a: {source: \"https://a\", as_of: \"2026-01\"}\n", "default"},
    {"a unit that is not known",
     "currency: USD\nservices:\n  llm.a:\n    source: \"https://a\"\n    as_of: \"2026-01\"\n    "
     "default: {words: 1}\n",
     "x:6: words: no such unit"},
    {"a price below 0",
     "currency: USD\nservices:\n  llm.a:\n    source: \"https://a\"\n    as_of: \"2026-01\"\n    "
     "default: {calls: -1}\n",
     "x:6: calls: must be a price"},
    {"a price that is no number",
     "currency: USD\nservices:\n  llm.a:\n    source: \"https://a\"\n    as_of: \"2026-01\"\n    "
     "default: {calls: cheap}\n",
     "must be a price"},
    {"no prices at all",
     "currency: USD\nservices:\n  llm.a:\n    source: \"https://a\"\n    as_of: \"2026-01\"\n    "
     "default: {}\n",
     "must be prices"},
};

static void refused_prices(void **state)
{
    const struct bad_prices *row = *state;
    struct iv_error err;
    iv_prices *p;

    assert_int_equal(iv_prices_parse(row->text, strlen(row->text), "x", &p, &err), IV_E_DATA);
    assert_null(p);
    if (!strstr(err.text, row->part))
        fail_msg("\"%s\" is not in \"%s\"", row->part, err.text);
}

static const struct place_row {
    const char *name, *url;
    bool is_free;
} urls[] = {
    {"OpenAI costs", "https://api.openai.com/v1", false},
    {"this machine is free", "http://127.0.0.1:8080/v1", true},
    {"localhost is free", "http://localhost:11434/v1", true},
    {"IPv6 loopback is free", "http://[::1]:8080/v1", true},
    {"a private address is free", "http://192.168.1.20/v1", true},
    {"a machine in the own network is free", "http://gpu-box:8000/v1", true},
    {"a public address costs", "https://8.8.8.8/v1", false},
    {"another service costs", "https://llm.example.com/v1", false},
};

static void free_places(void **state)
{
    const struct place_row *row = *state;
    struct place p;

    start(&p);
    set(&p, "openai.base_url", row->url);
    assert_int_equal(iv_usage_is_free(p.config, "llm.openai"), row->is_free);
    set(&p, "llm.base_url", "http://127.0.0.1:1/v1");
    assert_true(iv_usage_is_free(p.config, "llm.openai"));
    assert_int_equal(iv_usage_is_free(p.config, "tts.openai"), row->is_free);
    assert_false(iv_usage_is_free(p.config, LAB));
    end(&p);
}

/* -- counting -- */

static void a_call_is_kept_with_its_cost(void **state)
{
    struct place p;

    (void)state;
    start(&p);
    assert_int_equal(call_of(p.ctx, 1000, NULL), IV_OK);
    assert_float_equal(cost(&p, "today", NULL), 0.05, 1e-9);
    again(&p);
    assert_float_equal(cost(&p, "today", LAB), 0.05, 1e-9);
    assert_float_equal(cost(&p, "all", "llm.openai"), 0, 1e-9);
    end(&p);
}

static void the_settings_name_the_model_of_a_call_without_one(void **state)
{
    struct iv_amounts want = {.characters = 1000, .calls = 1};
    struct iv_usage_ticket t;
    struct place p;

    (void)state;
    start(&p);
    set(&p, "elevenlabs.model", "eleven_multilingual_v2");
    assert_int_equal(iv_usage_reserve(p.ctx, LAB, "", &want, IV_E_TTS_QUOTA, &t, NULL), IV_OK);
    assert_string_equal(t.model, "eleven_multilingual_v2");
    iv_usage_settle(p.ctx, &t, &want);
    assert_float_equal(cost(&p, "today", NULL), 0.1, 1e-9);
    end(&p);
}

static void a_call_that_took_nothing_costs_nothing(void **state)
{
    struct iv_amounts want = {.characters = 100, .calls = 1};
    struct iv_usage_ticket t;
    struct place p;

    (void)state;
    start(&p);
    set(&p, "usage.limits", LAB "=100 characters/day");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(iv_usage_reserve(p.ctx, LAB, LAB_MODEL, &want, IV_E_TTS_QUOTA, &t, NULL),
                         IV_OK);
        iv_usage_settle(p.ctx, &t, NULL);
    }
    assert_int_equal(calls(&p, "all"), 0);
    end(&p);
    assert_int_equal(access(p.file, F_OK), -1); /* nothing to keep: no file */
}

static void what_the_cache_saved_is_told_apart(void **state)
{
    struct place p;
    struct iv_error err;
    const iv_json *row;
    iv_json *j;

    (void)state;
    start(&p);
    iv_usage_saved(p.ctx, LAB, LAB_MODEL, 2, 1000);
    assert_int_equal(iv_usage_report(p.ctx, "today", NULL, &j, &err), IV_OK);
    row = iv_json_at(iv_json_get(j, "services"), 0);
    assert_int_equal(iv_json_get_int(row, "calls_saved", 0), 2);
    assert_int_equal(iv_json_get_int(row, "characters", -1), 0);
    assert_float_equal(iv_json_get_num(row, "cost_saved", 0), 0.05, 1e-9);
    assert_float_equal(iv_json_get_num(j, "cost", -1), 0, 1e-9);
    iv_json_free(j);
    end(&p);
}

/* -- limits -- */

static void a_day_limit_refuses_before_the_call_and_names_itself(void **state)
{
    struct iv_error err = {0};
    struct place p;

    (void)state;
    start(&p);
    set(&p, "usage.day_limit", "0.10");
    assert_int_equal(call_of(p.ctx, 1000, &err), IV_OK);
    assert_int_equal(call_of(p.ctx, 1001, &err), IV_E_TTS_QUOTA);
    assert_non_null(strstr(err.text, "usage.day_limit"));
    assert_non_null(strstr(err.text, "0.0500 of the 0.10 USD"));
    assert_int_equal(call_of(p.ctx, 1000, &err), IV_OK); /* exactly the limit */
    assert_int_equal(call_of(p.ctx, 1, &err), IV_E_TTS_QUOTA);
    again(&p);
    assert_int_equal(call_of(p.ctx, 1, &err), IV_E_TTS_QUOTA); /* what was written counts */
    iv_manual_clock_advance(&p.clock, DAY_MS * 1000);
    assert_int_equal(call_of(p.ctx, 1000, &err), IV_OK); /* another day */
    assert_float_equal(cost(&p, "today", NULL), 0.05, 1e-9);
    assert_float_equal(cost(&p, "month", NULL), 0.15, 1e-9);
    end(&p);
}

static void a_month_limit_holds_over_days_and_ends_with_the_month(void **state)
{
    struct iv_error err = {0};
    struct place p;

    (void)state;
    start(&p);
    set(&p, "usage.month_limit", "0.10");
    assert_int_equal(call_of(p.ctx, 1500, &err), IV_OK);
    iv_manual_clock_advance(&p.clock, DAY_MS * 1000);
    assert_int_equal(call_of(p.ctx, 1000, &err), IV_E_TTS_QUOTA);
    assert_non_null(strstr(err.text, "usage.month_limit"));
    iv_manual_clock_advance(&p.clock, 10 * DAY_MS * 1000); /* 1 December */
    assert_int_equal(call_of(p.ctx, 1000, &err), IV_OK);
    end(&p);
}

static void units_of_one_service_are_limited(void **state)
{
    struct iv_amounts minutes = {.audio_ms = 90000, .calls = 1};
    struct iv_usage_ticket t;
    struct iv_error err = {0};
    struct place p;

    (void)state;
    start(&p);
    set(&p, "usage.limits", "stt.deepgram = 2 minutes/day, " LAB "=10 calls/month");
    assert_int_equal(
        iv_usage_reserve(p.ctx, "stt.deepgram", "nova-3", &minutes, IV_E_STT_ERROR, &t, &err),
        IV_OK);
    assert_int_equal(
        iv_usage_reserve(p.ctx, "stt.deepgram", "nova-3", &minutes, IV_E_STT_ERROR, &t, &err),
        IV_E_STT_ERROR);
    assert_non_null(strstr(err.text, "takes 1.5 minutes, and 1.5 of the 2 for a day"));
    for (int i = 0; i < 10; i++)
        assert_int_equal(call_of(p.ctx, 1, &err), IV_OK);
    assert_int_equal(call_of(p.ctx, 1, &err), IV_E_TTS_QUOTA);
    end(&p);
}

static void money_limits_leave_free_services_alone(void **state)
{
    struct iv_amounts want = {.characters = 1000000, .calls = 1};
    struct iv_usage_ticket t;
    struct place p;

    (void)state;
    start(&p);
    set(&p, "usage.day_limit", "0.000001");
    set(&p, "elevenlabs.base_url", "http://127.0.0.1:1");
    assert_int_equal(iv_usage_reserve(p.ctx, LAB, LAB_MODEL, &want, IV_E_TTS_QUOTA, &t, NULL),
                     IV_OK);
    iv_usage_settle(p.ctx, &t, &want);
    assert_int_equal(iv_usage_reserve(p.ctx, "tts.espeak", "", &want, IV_E_TTS_QUOTA, &t, NULL),
                     IV_OK);
    end(&p);
}

static void a_warning_is_said_once_a_day(void **state)
{
    struct place p;

    (void)state;
    start(&p);
    set(&p, "usage.day_warning", "0.05");
    call_of(p.ctx, 500, NULL);
    assert_string_equal(p.lines, "");
    for (int i = 0; i < 3; i++)
        call_of(p.ctx, 1000, NULL);
    assert_string_equal(p.lines, "services cost 0.07 USD today (usage.day_warning 0.05)\n");
    end(&p);
}

static const struct bad_limits {
    const char *name, *text;
} bad_limits[] = {
    {"no number", LAB "=characters/day"},
    {"a unit that is not known", LAB "=1 words/day"},
    {"a period that is not known", LAB "=1 calls/week"},
    {"below 0", LAB "=-1 calls/day"},
    {"no service", "=1 calls/day"},
    {"something behind", LAB "=1 calls/day or so"},
};

static void refused_limits(void **state)
{
    const struct bad_limits *row = *state;
    struct iv_error err = {0};
    struct place p;

    start(&p);
    set(&p, "usage.limits", row->text);
    assert_int_equal(call_of(p.ctx, 1, &err), IV_E_CONFIG);
    assert_non_null(strstr(err.text, "usage.limits \""));
    end(&p);
}

/* -- many at once -- */

#define THREADS 64
#define EACH 200

struct crowd {
    iv_ctx *ctx;
    _Atomic int done, refused;
};

static void *ask_often(void *arg)
{
    struct crowd *c = arg;

    for (int i = 0; i < EACH; i++)
        if (call_of(c->ctx, 10, NULL))
            c->refused++;
        else
            c->done++;
    return NULL;
}

static void a_limit_is_exact_under_64_threads(void **state)
{
    pthread_t threads[THREADS];
    struct crowd crowd;
    struct place p;

    (void)state;
    start(&p);
    set(&p, "usage.limits", LAB "=7777 calls/day");
    memset(&crowd, 0, sizeof crowd);
    crowd.ctx = p.ctx;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &crowd), 0);
    for (int i = 0; i < 20; i++) /* written while they ask */
        assert_int_equal(iv_usage_flush(p.ctx, NULL), IV_OK);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.done, 7777);
    assert_int_equal(crowd.refused, THREADS * EACH - 7777);
    assert_int_equal(calls(&p, "today"), 7777);
    end(&p);
}

#define PROCESSES 6

static void processes_add_up(void **state)
{
    pid_t children[PROCESSES];
    struct place p;

    (void)state;
    start(&p);
    for (int c = 0; c < PROCESSES; c++) {
        children[c] = fork();
        if (!children[c]) {
            for (int i = 0; i < 50; i++) {
                if (call_of(p.ctx, 10, NULL) || (i % 5 == 0 && iv_usage_flush(p.ctx, NULL)))
                    _exit(1);
            }
            iv_ctx_free(p.ctx);
            _exit(0);
        }
    }
    for (int c = 0; c < PROCESSES; c++) {
        int status;

        assert_int_equal(waitpid(children[c], &status, 0), children[c]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(calls(&p, "today"), PROCESSES * 50);
    assert_float_equal(cost(&p, "today", NULL), PROCESSES * 50 * 0.0005, 1e-9);
    set(&p, "usage.limits", LAB "=300 calls/day");
    again(&p);
    assert_int_equal(call_of(p.ctx, 1, NULL), IV_E_TTS_QUOTA); /* the others' calls count */
    end(&p);
}

static void a_damaged_file_is_named_and_stops_only_what_is_limited(void **state)
{
    struct iv_error err = {0};
    struct place p;
    FILE *f;

    (void)state;
    start(&p);
    f = fopen(p.file, "w");
    for (int i = 0; i < 4096; i++)
        fputc('x', f);
    fclose(f);
    assert_int_equal(call_of(p.ctx, 1, &err), IV_OK);
    again(&p);
    assert_non_null(strstr(p.lines, "usage is not kept"));
    assert_non_null(strstr(p.lines, p.file));
    set(&p, "usage.day_limit", "1");
    again(&p);
    assert_int_equal(call_of(p.ctx, 1, &err), IV_E_DATA);
    end(&p);
}

static void without_a_place_for_the_file_only_limits_are_refused(void **state)
{
    const char *home = getenv("HOME"), *data = getenv("XDG_DATA_HOME");
    char *kept = home ? strdup(home) : NULL, *kept_data = data ? strdup(data) : NULL;
    struct iv_error err = {0};
    struct place p;

    (void)state;
    start(&p);
    set(&p, "store.path", "");
    unsetenv("HOME");
    unsetenv("XDG_DATA_HOME");
    assert_int_equal(call_of(p.ctx, 1, &err), IV_OK);
    assert_int_equal(calls(&p, "today"), 1);
    set(&p, "usage.day_limit", "1");
    again(&p);
    assert_int_equal(call_of(p.ctx, 1, &err), IV_E_CONFIG);
    assert_non_null(strstr(err.text, "HOME"));
    if (kept)
        setenv("HOME", kept, 1);
    if (kept_data)
        setenv("XDG_DATA_HOME", kept_data, 1);
    free(kept);
    free(kept_data);
    end(&p);
}

static void days_begin_where_the_zone_says(void **state)
{
    (void)state;
    assert_int_equal(iv_usage_day("UTC", START_MS, 0), 20261119 + 1);
    assert_int_equal(iv_usage_day("UTC", START_MS - 1, 0), 20261119);
    assert_int_equal(iv_usage_day("+09:00", START_MS - 1, 0), 20261120);
    assert_int_equal(iv_usage_day("-03:30", START_MS, 0), 20261119);
    assert_int_equal(iv_usage_day("UTC", START_MS, 20), 20261031);
    assert_int_equal(iv_usage_zone_check("Seoul", NULL), IV_E_CONFIG);
    assert_int_equal(iv_usage_zone_check("+9", NULL), IV_E_CONFIG);
    assert_int_equal(iv_usage_zone_check("+09:00", NULL), IV_OK);
}

int main(void)
{
    TABLE_TEST(shipped_prices_are_right);
    TABLE_ROWS(refused_prices, bad_prices);
    TABLE_ROWS(free_places, urls);
    TABLE_TEST(a_call_is_kept_with_its_cost);
    TABLE_TEST(the_settings_name_the_model_of_a_call_without_one);
    TABLE_TEST(a_call_that_took_nothing_costs_nothing);
    TABLE_TEST(what_the_cache_saved_is_told_apart);
    TABLE_TEST(a_day_limit_refuses_before_the_call_and_names_itself);
    TABLE_TEST(a_month_limit_holds_over_days_and_ends_with_the_month);
    TABLE_TEST(units_of_one_service_are_limited);
    TABLE_TEST(money_limits_leave_free_services_alone);
    TABLE_TEST(a_warning_is_said_once_a_day);
    TABLE_ROWS(refused_limits, bad_limits);
    TABLE_TEST(a_limit_is_exact_under_64_threads);
    TABLE_TEST(processes_add_up);
    TABLE_TEST(a_damaged_file_is_named_and_stops_only_what_is_limited);
    TABLE_TEST(without_a_place_for_the_file_only_limits_are_refused);
    TABLE_TEST(days_begin_where_the_zone_says);
    return table_run("usage");
}
