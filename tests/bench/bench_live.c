/* bench_live.c - many live sessions at once, each with speech and frames, without sockets: what comes late, what it costs.
 *
 * usage: bench_live [sessions [seconds [binary|json [answer seconds]]]]
 *
 * A client plays what it gets: a gap is the time by which a piece of speech came after the one before was over. A frame is late when
 * it comes more than its own length (40 ms) after its display time. The last client stops reading after a third of the time; its
 * frames are not counted. Each answers when it had the word for so many seconds (20).
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/operations.h"
#include "iv/tts.h"
#include "ws/live.h"

#define FRAME_MS 40

static const char answer[] =
    "{\"type\":\"user_text\",\"text\":\"I led the migration of our billing service. First I "
    "measured the slow queries, then I added an index and a cache, and as a result the response "
    "time fell from 900 to 120 milliseconds.\"}";

struct client {
    iv_live_link *link;
    char id[IV_ID_BYTES];
    pthread_mutex_t lock;
    bool is_stuck; /* {lock} */
    int64_t has_word_us; /* {lock} since when; 0: it has not */
    int64_t plays_until_us; /* {lock} when all that it has will have been played */
    int64_t at_ms_next; /* {lock} presentation time that would follow without a pause */
    uint64_t frames, late, pieces, gaps, bytes; /* {lock} */
    int64_t worst_gap_us, worst_late_ms, sum_late_ms; /* {lock} */
    int closed;
};

static int64_t mono_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t wall_ms(void)
{
    return iv_wall_ms(&iv_clock_system);
}

static void die(const struct iv_error *err)
{
    fprintf(stderr, "bench_live: %s\n", err->text);
    exit(1);
}

static void take_sound(struct client *c, int64_t at_ms, int64_t length_ms)
{
    int64_t now = mono_us();

    if (at_ms == c->at_ms_next && now > c->plays_until_us) {
        int64_t gap = now - c->plays_until_us;

        c->gaps += gap > 20000;
        if (gap > c->worst_gap_us)
            c->worst_gap_us = gap;
    }
    if (at_ms != c->at_ms_next || now > c->plays_until_us)
        c->plays_until_us = now;
    c->plays_until_us += length_ms * 1000;
    c->at_ms_next = at_ms + length_ms;
    c->pieces++;
}

static void take_frame(struct client *c, int64_t shown_ms)
{
    int64_t late = wall_ms() - shown_ms;

    c->frames++;
    c->late += late > FRAME_MS;
    c->sum_late_ms += late;
    if (late > c->worst_late_ms)
        c->worst_late_ms = late;
}

static int64_t get_le(const unsigned char *p)
{
    int64_t v = 0;

    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* As much of JSON as the server writes of it. */
static int64_t number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at ? strtoll(at + strlen(key), NULL, 10) : -1;
}

static int64_t time_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    char when[IV_TIME_BYTES];

    snprintf(when, sizeof when, "%.24s", at ? at + strlen(key) : "");
    return iv_time_parse(when);
}

static void take_text(struct client *c, const char *text, size_t len)
{
    char tail[260], head[80];
    size_t n = len < sizeof tail - 1 ? len : sizeof tail - 1;

    memcpy(tail, text + len - n, n);
    tail[n] = '\0';
    snprintf(head, sizeof head, "%.*s", (int)(len < 79 ? len : 79), text);
    if (strstr(head, "\"tts_audio\""))
        take_sound(c, number_after(tail, "\"at_ms\":"), number_after(tail, "\"duration_ms\":"));
    else if (strstr(head, "\"avatar_frame\""))
        take_frame(c, time_after(tail, "\"timestamp\":\""));
    else if (strstr(head, "\"state\":\"listening\""))
        c->has_word_us = mono_us();
    else if (strstr(head, "\"state\":"))
        c->has_word_us = 0;
}

static bool on_send(void *arg, bool is_binary, const void *bytes, size_t len)
{
    struct client *c = arg;
    const unsigned char *b = bytes;

    pthread_mutex_lock(&c->lock);
    c->bytes += len;
    if (!is_binary) {
        take_text(c, bytes, len);
    } else if (b[0] == 1) {
        take_sound(c, get_le(b + 8), (int64_t)(len - 24) / 48);
    } else {
        take_frame(c, get_le(b + 16));
    }
    pthread_mutex_unlock(&c->lock);
    return true;
}

static size_t on_queued(void *arg)
{
    struct client *c = arg;
    bool stuck;

    pthread_mutex_lock(&c->lock);
    stuck = c->is_stuck;
    pthread_mutex_unlock(&c->lock);
    return stuck ? 1u << 20 : 0;
}

static void on_close(void *arg, int code, const char *reason)
{
    (void)reason;
    ((struct client *)arg)->closed = code;
}

/* -- figures of this process and of its children -- */

static long rss_kib(void)
{
    char line[128];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "RssAnon:", 8))
            kib = strtol(line + 8, NULL, 10);
    if (f)
        fclose(f);
    return kib;
}

static double cpu_s(void)
{
    struct rusage self, children;

    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    return (double)(self.ru_utime.tv_sec + self.ru_stime.tv_sec) +
           (double)(self.ru_utime.tv_usec + self.ru_stime.tv_usec) / 1e6;
}

static void start(struct client *c, iv_ctx *ctx, iv_store *store, iv_lives *lives, int n,
                  bool binary)
{
    struct iv_live_transport to = {
        .arg = c, .send = on_send, .queued = on_queued, .close = on_close};
    struct iv_session_spec spec;
    struct iv_error err;
    iv_json *made;
    char text[100];

    iv_session_spec_init(&spec);
    snprintf(spec.user_id, sizeof spec.user_id, "u%d", n);
    spec.lang = IV_LANG_EN;
    spec.seed = (uint64_t)n;
    spec.has_seed = true;
    if (iv_op_create(ctx, store, &spec, &made, &err))
        die(&err);
    snprintf(c->id, sizeof c->id, "%s", iv_json_get_str(made, "session_id", ""));
    iv_json_free(made);
    pthread_mutex_init(&c->lock, NULL);
    c->at_ms_next = -1;
    if (iv_live_connect(lives, c->id, &to, &c->link, &err))
        die(&err);
    snprintf(text, sizeof text, "{\"type\":\"start_session\",\"binary\":%s}",
             binary ? "true" : "false");
    iv_live_receive(c->link, false, text, strlen(text));
}

static void let_answer(struct client *c, int answer_s)
{
    bool wants;

    pthread_mutex_lock(&c->lock);
    wants = c->has_word_us && mono_us() - c->has_word_us > answer_s * 1000000ll && !c->is_stuck &&
            !c->closed;
    if (wants)
        c->has_word_us = 0;
    pthread_mutex_unlock(&c->lock);
    if (wants)
        iv_live_receive(c->link, false, answer, sizeof answer - 1);
}

static void run(struct client *clients, int n, int seconds, int answer_s)
{
    int64_t begun = mono_us(), third = begun + seconds * 1000000ll / 3;

    while (mono_us() < begun + seconds * 1000000ll) {
        for (int i = 0; i < n; i++) {
            pthread_mutex_lock(&clients[i].lock);
            clients[i].is_stuck = i == n - 1 && mono_us() > third;
            pthread_mutex_unlock(&clients[i].lock);
            let_answer(&clients[i], answer_s);
        }
        usleep(20000);
    }
}

static void report(struct client *clients, int n, int seconds, double cpu, long kib)
{
    uint64_t frames = 0, late = 0, pieces = 0, gaps = 0, bytes = 0;
    int64_t worst_gap = 0, worst_late = 0, sum_late = 0;

    for (int i = 0; i < n - 1; i++) {
        frames += clients[i].frames;
        late += clients[i].late;
        pieces += clients[i].pieces;
        gaps += clients[i].gaps;
        bytes += clients[i].bytes;
        sum_late += clients[i].sum_late_ms;
        if (clients[i].worst_gap_us > worst_gap)
            worst_gap = clients[i].worst_gap_us;
        if (clients[i].worst_late_ms > worst_late)
            worst_late = clients[i].worst_late_ms;
    }
    printf("%d sessions, %d s: %.1f frames/s each, %.2f %% late (mean %.1f ms, worst %lld ms)\n", n,
           seconds, (double)frames / (n - 1) / seconds,
           frames ? 100.0 * (double)late / (double)frames : 0,
           frames ? (double)sum_late / (double)frames : 0, (long long)worst_late);
    printf("%llu pieces of speech, %llu gaps over 20 ms (worst %.1f ms)\n",
           (unsigned long long)pieces, (unsigned long long)gaps, (double)worst_gap / 1000);
    printf("%.2f cores, %.1f MB/s sent, %.2f MB a session above the idle process; slow reader "
           "closed with %d\n",
           cpu / seconds, (double)bytes / seconds / 1e6, (double)kib / 1024 / n,
           clients[n - 1].closed);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 50;
    int seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 30;
    bool binary = argc <= 3 || !strcmp(argv[3], "binary");
    struct iv_lives_options opt = {0};
    struct iv_config *config;
    struct client *clients;
    struct iv_error err;
    iv_lives *lives;
    long kib;
    double cpu;

    if (argc > 1 && !strcmp(argv[1], "__tts-helper"))
        return iv_tts_helper_main(argc, argv);
    clients = iv_alloc_array((size_t)n, sizeof *clients);
    if (iv_config_new(&config, &err) ||
        iv_config_set(config, "tts.engine", "espeak", IV_FROM_FLAG, "", &err) ||
        iv_config_set(config, "llm.engine", "builtin", IV_FROM_FLAG, "", &err) ||
        iv_config_set(config, "live.messages_per_minute", "100000", IV_FROM_FLAG, "", &err) ||
        iv_ctx_new(config, NULL, NULL, &opt.ctx, &err) ||
        iv_store_open(opt.ctx, "memory", "", &opt.store, &err))
        die(&err);
    if (iv_lives_new(&opt, &lives, &err))
        die(&err);
    kib = rss_kib();
    for (int i = 0; i < n; i++) {
        start(&clients[i], opt.ctx, opt.store, lives, i, binary);
        usleep(100000);
    }
    cpu = cpu_s();
    run(clients, n, seconds, argc > 4 ? (int)strtol(argv[4], NULL, 10) : 20);
    report(clients, n, seconds, cpu_s() - cpu, rss_kib() - kib);
    iv_lives_stop(lives);
    for (int i = 0; i < n; i++)
        iv_live_disconnect(clients[i].link);
    iv_lives_free(lives);
    iv_store_close(opt.store);
    iv_ctx_free(opt.ctx);
    iv_config_free(config);
    free(clients);
    return 0;
}
