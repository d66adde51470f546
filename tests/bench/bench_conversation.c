/* bench_conversation.c - what the engine adds to the time that services take, and how many interviews over services one thread holds.
 *
 * Everything runs against tests/fake/server.py in its default timings: first word after 250 ms, 60 words a second, first sound after
 * 150 ms, eight times faster than real time. One thread owns all conversations and sleeps until one of them is due or woken.
 */
#include <dirent.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "fake/fake.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/operations.h"

#define MANY 200
#define FIGURES_MAX 20000
#define THINK_MS 1500 /* until the candidate answers */
#define LATE_MS 20

struct figures {
    double v[FIGURES_MAX];
    size_t n;
};

static struct figures to_request, to_server, to_sink, thinking, lag;
static size_t late_pieces, pieces, failures, turns;

static void note(struct figures *f, double v)
{
    if (f->n < FIGURES_MAX)
        f->v[f->n++] = v;
}

static int up(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double part(struct figures *f, double share)
{
    if (!f->n)
        return -1;
    qsort(f->v, f->n, sizeof *f->v, up);
    return f->v[(size_t)((double)(f->n - 1) * share)];
}

static int64_t now_us(void)
{
    return iv_mono_us(&iv_clock_system);
}

/* -- one interview -- */

struct talker {
    char id[IV_ID_BYTES];
    iv_tts *voice;
    iv_conversation *c;
    struct iv_tts_sink front; /* the engine's own sink */
    _Atomic int64_t news_us; /* the first thing that came since the last pump; 0: nothing */
    int64_t seen_us, sound_us, due_us, listening_us, asked_us, started_us;
    bool is_first, is_done;
};

static int wake_fd = -1;

static void on_wake(void *arg)
{
    struct talker *t = arg;
    int64_t none = 0;
    uint64_t one = 1;

    atomic_compare_exchange_strong(&t->news_us, &none, now_us());
    (void)!write(wake_fd, &one, sizeof one);
}

static void on_message(void *arg, const struct iv_msg *m)
{
    struct talker *t = arg;

    if (m->type == IV_MSG_error)
        failures++;
    if (m->type == IV_MSG_error && failures < 4)
        printf("%s: %s\n", m->error.code, m->error.message);
    if (m->type != IV_MSG_turn)
        return;
    if (!strcmp(m->turn.state, "speaking")) {
        turns++;
        note(&thinking, (double)(now_us() - t->asked_us) / 1e3);
    }
    if (!strcmp(m->turn.state, "listening"))
        t->listening_us = now_us();
}

static void on_sound(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct talker *t = arg;
    uint64_t now = iv_conversation_now_ms(t->c);

    (void)samples, (void)n;
    pieces++;
    late_pieces += at_sample / (IV_TTS_RATE_HZ / 1000) + LATE_MS < now;
    if (t->sound_us && t->is_first)
        note(&to_sink, (double)(now_us() - t->sound_us) / 1e3);
    if (t->sound_us)
        t->is_first = false;
    t->sound_us = 0;
}

/* -- a voice that looks at the clock -- */

static void voice_audio(void *arg, const int16_t *samples, size_t n)
{
    struct talker *t = arg;

    if (t->started_us && !t->sound_us) {
        t->sound_us = now_us();
        t->started_us = 0;
    }
    t->front.on_audio(t->front.arg, samples, n);
}

static void voice_phonemes(void *arg, const struct iv_phoneme *ph, size_t n, enum iv_phone_set set)
{
    struct talker *t = arg;

    t->front.on_phonemes(t->front.arg, ph, n, set);
}

static void voice_done(void *arg, enum iv_code code, const char *text)
{
    struct talker *t = arg;

    t->front.on_done(t->front.arg, code, text);
}

static enum iv_code voice_start(void *arg, const char *text, const struct iv_tts_sink *sink,
                                struct iv_error *err)
{
    struct talker *t = arg;
    struct iv_tts_sink mine = {
        .on_audio = voice_audio, .on_phonemes = voice_phonemes, .on_done = voice_done, .arg = t};

    t->front = *sink;
    t->started_us = now_us();
    if (t->is_first && t->seen_us)
        note(&to_request, (double)(t->started_us - t->seen_us) / 1e3);
    return iv_tts_start(t->voice, text, &mine, err);
}

static void voice_cancel(void *arg)
{
    iv_tts_cancel(((struct talker *)arg)->voice);
}

static void voice_warm(void *arg)
{
    iv_tts_warm(((struct talker *)arg)->voice);
}

/* -- the world -- */

struct world {
    struct fake fake;
    struct iv_config *config;
    iv_ctx *ctx;
    iv_store *store;
    iv_llm *model;
};

static void must(enum iv_code rc, const struct iv_error *err)
{
    if (!rc)
        return;
    fprintf(stderr, "bench_conversation: %s\n", err->text);
    exit(1);
}

static void set(struct world *w, const char *key, const char *value)
{
    struct iv_error err;

    must(iv_config_set(w->config, key, value, IV_FROM_FLAG, "", &err), &err);
}

static void world_make(struct world *w, bool tls, bool has_model)
{
    struct iv_error err;
    char url[64];

    memset(w, 0, sizeof *w);
    if (!fake_start(&w->fake, (const char *const[]){"--service", "all", NULL})) {
        fprintf(stderr, "bench_conversation: %s\n", w->fake.error);
        exit(1);
    }
    must(iv_config_new(&w->config, &err), &err);
    if (tls)
        snprintf(url, sizeof url, "https://localhost:%d/v1", w->fake.https);
    else
        snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", w->fake.http);
    set(w, "openai.base_url", url);
    set(w, "openai.api_key", "test-key");
    set(w, "net.ca_file", w->fake.ca);
    must(iv_ctx_new(w->config, NULL, &iv_clock_system, &w->ctx, &err), &err);
    must(iv_store_open(w->ctx, "memory", "", &w->store, &err), &err);
    if (has_model)
        must(iv_llm_open(w->ctx, &(struct iv_llm_choice){.engine = "openai"}, &w->model, &err),
             &err);
}

static void world_drop(struct world *w)
{
    iv_llm_close(w->model);
    iv_store_close(w->store);
    iv_ctx_free(w->ctx);
    iv_config_free(w->config);
    fake_stop(&w->fake);
}

static void begin(struct world *w, struct talker *t, int number)
{
    struct iv_conversation_options opt = {
        .llm = w->model,
        .voice = {.arg = t, .start = voice_start, .cancel = voice_cancel, .warm = voice_warm}};
    struct iv_conversation_sink sink = {
        .arg = t, .message = on_message, .audio = on_sound, .wake = on_wake};
    struct iv_session_spec spec;
    struct iv_error err;
    iv_json *made;

    iv_session_spec_init(&spec);
    snprintf(spec.user_id, sizeof spec.user_id, "u%d", number);
    spec.lang = IV_LANG_EN;
    spec.type = IV_TYPE_BEHAVIORAL;
    spec.duration_minutes = 30;
    spec.seed = 7;
    spec.has_seed = true;
    must(iv_op_create(w->ctx, w->store, &spec, &made, &err), &err);
    snprintf(t->id, sizeof t->id, "%s", iv_json_get_str(made, "session_id", ""));
    iv_json_free(made);
    must(iv_tts_open(w->ctx, &(struct iv_tts_choice){.engine = "openai", .lang = IV_LANG_EN},
                     &t->voice, &err),
         &err);
    must(iv_conversation_open(w->ctx, w->store, t->id, &opt, &sink, &t->c, &err), &err);
    t->asked_us = now_us();
    t->is_first = true;
    must(iv_conversation_start(t->c, &err), &err);
}

static void end(struct talker *t)
{
    iv_conversation_close(t->c);
    iv_tts_close(t->voice);
}

static void candidate(struct talker *t)
{
    struct iv_answer a = {.text = "I measured the slow queries first, then I added an index and a "
                                  "cache, and the response time fell from 900 to 120 milliseconds.",
                          .confidence = 1,
                          .spoken_ms = THINK_MS,
                          .source = "typed"};
    struct iv_error err;

    t->listening_us = 0;
    t->asked_us = now_us();
    t->is_first = true;
    if (iv_conversation_answer(t->c, &a, &err))
        failures++;
}

/* What is due of one interview. */
static void serve(struct talker *t)
{
    int64_t now = now_us(), news = atomic_exchange(&t->news_us, 0);
    bool answers = t->listening_us && now - t->listening_us >= THINK_MS * 1000;

    if (t->is_done || (!news && now < t->due_us && !answers))
        return;
    if (!news && t->due_us && now >= t->due_us)
        note(&lag, (double)(now - t->due_us) / 1e3);
    t->seen_us = news;
    if (answers)
        candidate(t);
    t->due_us = now + 1000 * iv_conversation_pump(t->c);
    t->is_done = iv_conversation_phase(t->c) == IV_PHASE_ENDED;
}

static void serve_all(struct talker *all, size_t n, int64_t until_us)
{
    struct pollfd p = {.fd = wake_fd, .events = POLLIN};
    uint64_t count;

    while (now_us() < until_us) {
        int64_t next = now_us() + 50000;

        for (size_t i = 0; i < n; i++) {
            serve(&all[i]);
            if (!all[i].is_done && all[i].due_us < next)
                next = all[i].due_us;
        }
        next = (next - now_us() + 999) / 1000;
        if (poll(&p, 1, next > 0 ? (int)next : 0) > 0)
            (void)!read(wake_fd, &count, sizeof count);
    }
}

/* -- figures -- */

static void forget(void)
{
    to_request.n = to_server.n = to_sink.n = thinking.n = lag.n = 0;
    late_pieces = pieces = failures = turns = 0;
}

static long resident_kib(void)
{
    long pages = 0, all = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (!f || fscanf(f, "%ld %ld", &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int threads(void)
{
    DIR *d = opendir("/proc/self/task");
    int n = 0;

    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static double processor_s(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static bool row(const char *name, double value, const char *unit, double aim, bool at_least)
{
    bool met = aim < 0 || (at_least ? value >= aim : value <= aim);

    printf("%-56s %9.2f %-6s", name, value, unit);
    if (aim >= 0)
        printf(" aim %s %g: %s", at_least ? ">=" : "<=", aim, met ? "met" : "MISSED");
    printf("\n");
    fflush(stdout);
    return met;
}

static bool delays(void)
{
    static struct talker t;
    struct world w;
    bool met = true;

    forget();
    world_make(&w, false, true);
    begin(&w, &t, 0);
    serve_all(&t, 1, now_us() + 40000000);
    met &= row("one interview: word that ends a clause to its request, p95", part(&to_request, .95),
               "ms", 2, false);
    met &= row("one interview: provider's first sound to the sink, p95", part(&to_sink, .95), "ms",
               2, false);
    row("one interview: answer to first sound, median", part(&thinking, .5), "ms", -1, false);
    end(&t);
    world_drop(&w);
    return met && to_request.n >= 5 && to_sink.n >= 5;
}

static bool handshakes(void)
{
    static struct talker t;
    struct world w;
    long requests, made;

    forget();
    memset(&t, 0, sizeof t);
    world_make(&w, true, true);
    begin(&w, &t, 0);
    serve_all(&t, 1, now_us() + 20000000);
    requests = fake_number(&w.fake, "requests");
    made = fake_number(&w.fake, "tls_handshakes");
    end(&t);
    world_drop(&w);
    row("one interview over TLS: requests", (double)requests, "", -1, false);
    return row("  of them on a connection that was open already",
               100.0 * (1 - (double)made / (double)requests), "%", 50, true);
}

/* The same questions again, with the interviewer's own words. */
static bool cached(void)
{
    long asked[2] = {0, 0};
    struct world w;

    world_make(&w, false, false);
    fake_steer(&w.fake, "/__config", "{\"first_audio_ms\": 0, \"audio_rate\": 0}");
    for (int run = 0; run < 2; run++) {
        static struct talker t;

        forget();
        memset(&t, 0, sizeof t);
        begin(&w, &t, run);
        serve_all(&t, 1, now_us() + 25000000);
        end(&t);
        asked[run] = fake_count(&w.fake, "/v1/audio/speech") - (run ? asked[0] : 0);
    }
    world_drop(&w);
    row("the same questions twice: calls the first time", (double)asked[0], "", -1, false);
    return row("  saved by the cache the second time",
               100.0 * (1 - (double)asked[1] / (double)asked[0]), "%", 80, true);
}

static bool many(void)
{
    static struct talker all[MANY];
    struct world w;
    long before;
    int at_first;
    double worked;
    bool met = true;

    forget();
    world_make(&w, false, true);
    begin(&w, &all[0], 0);
    serve_all(all, 1, now_us() + 3000000);
    before = resident_kib();
    at_first = threads();
    for (int i = 1; i < MANY; i++) {
        begin(&w, &all[i], i);
        serve_all(all, (size_t)i + 1, now_us() + 50000); /* people come one by one */
    }
    forget();
    worked = processor_s();
    serve_all(all, MANY, now_us() + 30000000);
    worked = processor_s() - worked;
    met &= row("200 interviews: memory each", (double)(resident_kib() - before) / (MANY - 1), "KiB",
               2048, false);
    met &= row("200 interviews: threads more than one has", threads() - at_first, "", 0, false);
    row("200 interviews: processor, of one core", 100 * worked / 30, "%", -1, false);
    row("200 interviews: replies in 30 s", (double)turns, "", -1, false);
    row("200 interviews: answer to first sound, median", part(&thinking, .5), "ms", -1, false);
    row("200 interviews: answer to first sound, p95", part(&thinking, .95), "ms", -1, false);
    row("200 interviews: word to request, p95", part(&to_request, .95), "ms", -1, false);
    row("200 interviews: first sound to sink, p95", part(&to_sink, .95), "ms", -1, false);
    met &= row("200 interviews: pump behind its time, p95", part(&lag, .95), "ms", 20, false);
    row("200 interviews: pieces of sound", (double)pieces, "", -1, false);
    met &= row("  later than their time by 20 ms", (double)late_pieces, "", 0, false);
    met &= row("  errors told", (double)failures, "", 0, false);
    for (int i = 0; i < MANY; i++)
        end(&all[i]);
    world_drop(&w);
    return met;
}

int main(void)
{
    char dir[] = "/tmp/iv-bench-XXXXXX", command[64];
    bool met = true;

    if (!mkdtemp(dir))
        return 1;
    setenv("XDG_CACHE_HOME", dir, 1);
    setenv("XDG_DATA_HOME", dir, 1);
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    met &= delays();
    met &= handshakes();
    met &= cached();
    met &= many();
    close(wake_fd);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) || !met;
}
