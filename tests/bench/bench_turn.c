/* bench_turn.c - cut-offs against delay on tests/turn/set.tsv: plain silence, and the detector with and without words and melody.
 *
 * The answers are spoken by espeak-ng (Open JTalk for Japanese where it is there) in front of a quiet room, with the pauses of the set; words
 * are known 300 ms after they were said, as from a recogniser with interim results. Each way to decide is tried at many thresholds; what is
 * compared is the mean delay after true ends at the threshold that takes 5 % of the pauses for an end. Then noise is added to a fifth of the
 * answers (hiss, a fan with its hum, keys, other people's talk): how many frames are taken for voice, or are not, other than without it; how
 * much of the pauses is cut off and how long ends take at an interview's patience. Exits 1 when the detector needs more
 * than 60 % of plain silence's delay on the held-out part of a language that has a voice.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/audio.h"
#include "iv/config.h"
#include "iv/tts.h"
#include "turn/listener.h"

#define PIECES_MAX 1200
#define ANSWERS_MAX 300
#define FRAMES_MAX 6000 /* of an answer: a minute */
#define STEPS 90
#define WORDS_LATE_FRAMES 30
#define AFTER_FRAMES 900
#define CUT_SHARE 0.05
#define NOISY 5

struct piece {
    bool held;
    enum iv_lang lang;
    int answer;
    uint32_t pause_ms;
    char said[200], heard[200];
};

struct answer {
    bool held;
    enum iv_lang lang;
    size_t first, n; /* pieces */
    uint32_t starts[16], ends[16]; /* frames: of the pieces' sound */
    struct iv_eot_frame *frames;
    uint32_t n_frames;
    struct iv_pcm sound; /* without noise; of one in NOISY answers */
};

enum way { PLAIN, SOUND_ONLY, WORDS_ONLY, ALL, WAYS };
static const char *const way_names[] = {"silence alone", "voice, no words", "words, no melody",
                                        "all of it"};

static struct piece pieces[PIECES_MAX];
static struct answer answers[ANSWERS_MAX];
static size_t n_pieces, n_answers;

static void must(enum iv_code rc, const struct iv_error *err)
{
    if (!rc)
        return;
    fprintf(stderr, "bench_turn: %s\n", err->text);
    exit(2);
}

static void load(const char *path)
{
    FILE *f = fopen(path, "r");
    char part[8], lang[4], line[700];

    if (!f) {
        perror(path);
        exit(2);
    }
    while (n_pieces < PIECES_MAX && fgets(line, sizeof line, f)) {
        struct piece *p = &pieces[n_pieces];

        if (sscanf(line, "%7[^\t]\t%3[^\t]\t%d\t%u\t%199[^\t]\t%199[^\n]", part, lang, &p->answer,
                   &p->pause_ms, p->said, p->heard) != 6 ||
            !iv_lang_parse(lang, &p->lang)) {
            fprintf(stderr, "bench_turn: %s: bad line: %s", path, line);
            exit(2);
        }
        p->held = !strcmp(part, "held");
        n_pieces++;
    }
    fclose(f);
}

/* -- sound -- */

static void trim(struct iv_pcm *pcm)
{
    size_t from = 0;

    while (pcm->len && abs(pcm->samples[pcm->len - 1]) < 200)
        pcm->len--;
    while (from < pcm->len && abs(pcm->samples[from]) < 200)
        from++;
    memmove(pcm->samples, pcm->samples + from, (pcm->len - from) * sizeof(int16_t));
    pcm->len -= from;
}

static void speak(iv_tts *t, const char *text, struct iv_pcm *out)
{
    struct iv_speech s = {0};
    struct iv_error err;
    iv_resampler *r;

    must(iv_tts_render(t, text, &s, &err), &err);
    trim(&s.pcm);
    must(iv_resampler_new(s.pcm.rate_hz, PITCH_RATE_HZ, &r, &err), &err);
    must(iv_resampler_push(r, s.pcm.samples, s.pcm.len, out, &err), &err);
    must(iv_resampler_push(r, NULL, 0, out, &err), &err);
    iv_resampler_free(r);
    iv_speech_release(&s);
}

static void silence(struct iv_pcm *out, uint32_t ms)
{
    static const int16_t none[PITCH_RATE_HZ / 100];
    struct iv_error err;

    for (; ms >= 10; ms -= 10)
        must(iv_pcm_append(out, none, IV_LEN(none), &err), &err);
}

static void nothing(void *arg, enum iv_listener_event event)
{
    (void)arg, (void)event;
}

/* What voice activity and pitch say, frame by frame; the room's hiss is about -60 dB. */
static void look_at(struct answer *a, const struct iv_pcm *sound);

static void look(struct answer *a, struct iv_pcm *sound)
{
    uint32_t seed = 7;

    for (size_t i = 0; i < sound->len; i++) {
        int s = sound->samples[i] + (int)((seed = seed * 1664525u + 1013904223u) >> 16) % 60 - 30;

        sound->samples[i] = (int16_t)(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
    }
    look_at(a, sound);
}

static void look_at(struct answer *a, const struct iv_pcm *sound)
{
    struct iv_listener l;

    a->n_frames = (uint32_t)(sound->len / LISTENER_FRAME);
    a->frames = calloc(a->n_frames, sizeof *a->frames);
    iv_listener_init(&l, a->lang, 1e6);
    for (uint32_t i = 0; a->frames && i < a->n_frames; i++) {
        uint32_t voice = l.eot.voice_frames;

        iv_listener_push(&l, sound->samples + i * LISTENER_FRAME, LISTENER_FRAME, nothing, NULL);
        a->frames[i].is_voice = l.eot.voice_frames > voice;
        if (a->frames[i].is_voice)
            a->frames[i].f0_hz = l.eot.latest_f0_hz;
    }
}

static void make(struct answer *a, iv_tts *t)
{
    struct iv_pcm sound = {.rate_hz = PITCH_RATE_HZ};

    silence(&sound, 600);
    for (size_t i = 0; i < a->n; i++) {
        const struct piece *p = &pieces[a->first + i];

        a->starts[i] = (uint32_t)(sound.len / LISTENER_FRAME);
        speak(t, p->said, &sound);
        a->ends[i] = (uint32_t)(sound.len / LISTENER_FRAME);
        silence(&sound, p->pause_ms ? p->pause_ms : AFTER_FRAMES * IV_EOT_FRAME_MS);
    }
    look(a, &sound);
    if (pieces[a->first].answer % NOISY == 1)
        a->sound = sound;
    else
        iv_pcm_release(&sound);
}

static bool make_all(iv_ctx *ctx, enum iv_lang lang)
{
    struct iv_tts_choice choice = {.engine = lang == IV_LANG_JA ? "jtalk,espeak" : "espeak",
                                   .lang = lang};
    struct iv_error err;
    iv_tts *t;

    if (iv_tts_open(ctx, &choice, &t, &err)) {
        printf("%s: no voice: %s\n", iv_lang_code(lang), err.text);
        return false;
    }
    for (size_t i = 0; i < n_pieces;) {
        struct answer *a = &answers[n_answers];
        size_t first = i;

        while (i < n_pieces && pieces[i].answer == pieces[first].answer)
            i++;
        if (pieces[first].lang != lang || n_answers == ANSWERS_MAX || i - first > IV_LEN(a->starts))
            continue;
        *a = (struct answer){
            .held = pieces[first].held, .lang = lang, .first = first, .n = i - first};
        make(a, t);
        n_answers += a->frames != NULL;
    }
    iv_tts_close(t);
    return true;
}

/* -- deciding -- */

struct sum {
    double pauses, cuts, ends, delay_ms;
};

static uint32_t plain_silence(const struct answer *a, uint32_t i, uint32_t *silent)
{
    *silent = a->frames[i].is_voice ? 0 : *silent + 1;
    return *silent;
}

/* Goes on after a cut, so that each pause is judged. */
static void run(const struct answer *a, enum way way, double step, struct iv_eot *e,
                struct sum *sum)
{
    char text[2000] = "";
    size_t said = 0, now = 0;
    uint32_t silent = 0, cut_in = UINT32_MAX;

    e->patience = step;
    iv_eot_begin(e);
    for (uint32_t i = 0; i < a->n_frames; i++) {
        struct iv_eot_frame f = a->frames[i];
        bool ended;

        while (now + 1 < a->n && i >= a->starts[now + 1])
            now++;
        if (said < a->n && i == a->ends[said] + WORDS_LATE_FRAMES) {
            size_t len = strlen(text);

            snprintf(text + len, sizeof text - len, "%s%s", len ? " " : "",
                     pieces[a->first + said++].heard);
            if (way >= WORDS_ONLY)
                iv_eot_text(e, text);
        }
        if (way == WORDS_ONLY)
            f.f0_hz = 0;
        ended = iv_eot_push(e, &f) == IV_EOT_END;
        if (way == PLAIN)
            ended = plain_silence(a, i, &silent) * IV_EOT_FRAME_MS >= step * 1000;
        if (!ended || i < a->ends[now] || cut_in == now)
            continue;
        cut_in = (uint32_t)now;
        if (now + 1 < a->n) {
            sum->cuts++;
            continue;
        }
        sum->delay_ms += (i - a->ends[now]) * (double)IV_EOT_FRAME_MS;
        sum->ends++;
        break;
    }
    sum->pauses += (double)a->n - 1;
}

static struct sum run_part(enum iv_lang lang, bool held, enum way way, double step)
{
    struct sum sum = {0};

    for (size_t i = 0; i < n_answers; i++) {
        struct iv_eot e;

        /* each answer is another speaker's: nothing is learnt of him before */
        iv_eot_init(&e, lang, 1);
        if (answers[i].lang == lang && answers[i].held == held)
            run(&answers[i], way, step, &e, &sum);
    }
    return sum;
}

/* Mean delay where CUT_SHARE of the pauses is taken for an end. */
static double delay_at(enum iv_lang lang, bool held, enum way way, double *step_out)
{
    for (int i = 0; i < STEPS; i++) {
        double step = 0.2 * pow(1.035, i);
        struct sum sum = run_part(lang, held, way, step);

        if (sum.cuts > CUT_SHARE * sum.pauses || !sum.ends)
            continue;
        *step_out = step;
        return sum.delay_ms / sum.ends;
    }
    return NAN;
}

static bool report(enum iv_lang lang, bool held)
{
    double plain = 0, step = 0, ms = 0;

    printf("%s, %s part, at %.0f %% of the pauses cut off: mean delay\n", iv_lang_code(lang),
           held ? "held-out" : "tuning", CUT_SHARE * 100);
    for (enum way way = PLAIN; way < WAYS; way++) {
        ms = delay_at(lang, held, way, &step);
        if (way == PLAIN)
            plain = ms;
        printf("  %-18s %6.0f ms  %4.0f %%   (%s %.2f)\n", way_names[way], ms, 100 * ms / plain,
               way ? "patience" : "seconds", step);
    }
    for (int i = 0; i < 3; i++) {
        static const double steps[] = {0.7, 1, 1.6};
        struct sum s = run_part(lang, held, ALL, steps[i]);

        printf("  patience %.1f: %4.1f %% cut off, %.0f ms\n", steps[i], 100 * s.cuts / s.pauses,
               s.delay_ms / fmax(1, s.ends));
    }
    return ms <= 0.6 * plain;
}

/* -- in noise -- */

enum noise { HISS, FAN, KEYS, TALK, NOISES };
static const char *const noise_names[] = {"hiss", "a fan", "keys", "talk"};

static double hiss(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(int32_t)*seed / 2147483648.0;
}

/* The others' talk is three other answers, each from another place. */
static double talk(const struct answer *a, size_t i)
{
    double sum = 0;
    size_t found = 0;

    for (size_t k = 0; k < n_answers && found < 3; k++) {
        const struct iv_pcm *other = &answers[k].sound;

        if (!other->len || &answers[k] == a)
            continue;
        sum += other->samples[(i + 16000 * ++found) % (other->len - AFTER_FRAMES * LISTENER_FRAME)];
    }
    return sum;
}

static void make_noise(const struct answer *a, enum noise kind, double *out, size_t n)
{
    uint32_t seed = 11;
    double low = 0, key = 0;

    for (size_t i = 0; i < n; i++) {
        double white = hiss(&seed);

        low += 0.02 * (white - low);
        if (i % 2400 == 0) /* seven keys a second, more or less */
            key = hiss(&seed) > -0.2;
        key *= 0.996;
        out[i] = kind == HISS  ? white
                 : kind == FAN ? 6 * low + 0.3 * sin((double)i * 2 * 3.14159265358979 * 120 / 16000)
                 : kind == KEYS ? key * white
                                : talk(a, i);
    }
}

static double power_of(const struct answer *a)
{
    double sum = 0, n = 0;

    for (size_t k = 0; k < a->n; k++)
        for (size_t i = a->starts[k] * LISTENER_FRAME; i < a->ends[k] * LISTENER_FRAME; i++, n++)
            sum += (double)a->sound.samples[i] * a->sound.samples[i];
    return n > 0 ? sum / n : 0;
}

/* The noise's power lies snr_db below the voice's. */
static void add_noise(const struct answer *a, enum noise kind, double snr_db, struct iv_pcm *out)
{
    size_t n = a->sound.len;
    double *noise = calloc(n, sizeof *noise), sum = 1e-9, gain;
    struct iv_error err;

    must(iv_pcm_append(out, a->sound.samples, n, &err), &err);
    if (!noise)
        return;
    make_noise(a, kind, noise, n);
    for (size_t i = 0; i < n; i++)
        sum += noise[i] * noise[i];
    gain = sqrt(power_of(a) / (sum / (double)n) * pow(10, -snr_db / 10));
    for (size_t i = 0; i < n; i++)
        out->samples[i] = (int16_t)fmin(32767, fmax(-32768, out->samples[i] + gain * noise[i]));
    free(noise);
}

static void report_noise(enum iv_lang lang, bool held, enum noise kind, double snr_db)
{
    double voice = 0, missed = 0, other = 0, more = 0;
    struct sum sum = {0};

    for (size_t i = 0; i < n_answers; i++) {
        struct answer a = answers[i];
        struct iv_pcm sound = {.rate_hz = PITCH_RATE_HZ};
        struct iv_eot e;

        if (a.lang != lang || a.held != held || !a.sound.len)
            continue;
        add_noise(&a, kind, snr_db, &sound);
        look_at(&a, &sound);
        for (uint32_t k = 0; k < a.n_frames; k++) {
            bool was = answers[i].frames[k].is_voice, is = a.frames[k].is_voice;

            voice += was, other += !was;
            missed += was && !is, more += !was && is;
        }
        iv_eot_init(&e, lang, 1);
        run(&a, ALL, 1, &e, &sum);
        free(a.frames);
        iv_pcm_release(&sound);
    }
    printf("  %-6s %2.0f dB: %5.1f %% of the voice missed, %5.1f %% of the rest taken for voice; "
           "%4.1f %% cut "
           "off, %.0f ms, %.0f ends\n",
           noise_names[kind], snr_db, 100 * missed / voice, 100 * more / other,
           100 * sum.cuts / sum.pauses, sum.delay_ms / fmax(1, sum.ends), sum.ends);
}

static void report_noises(enum iv_lang lang, bool held)
{
    static const double snrs[] = {20, 10};

    printf("%s, %s part, with noise\n", iv_lang_code(lang), held ? "held-out" : "tuning");
    for (enum noise kind = 0; kind < NOISES; kind++)
        for (size_t i = 0; i < IV_LEN(snrs); i++)
            report_noise(lang, held, kind, snrs[i]);
}

int main(int argc, char **argv)
{
    const char *source = getenv("IV_TEST_SOURCE_DIR");
    char path[1000];
    bool met = true;
    struct iv_error err;
    iv_ctx *ctx;

    if (argc > 1 && !strcmp(argv[1], "__tts-helper"))
        return iv_tts_helper_main(argc, argv);
    snprintf(path, sizeof path, "%s/tests/turn/set.tsv", source ? source : ".");
    load(path);
    must(iv_ctx_new(NULL, NULL, NULL, &ctx, &err), &err);
    for (enum iv_lang lang = 0; lang < IV_LANG_COUNT; lang++)
        if (make_all(ctx, lang)) {
            report(lang, false);
            met &= report(lang, true);
            report_noises(lang, false);
            report_noises(lang, true);
        }
    for (size_t i = 0; i < n_answers; i++) {
        free(answers[i].frames);
        iv_pcm_release(&answers[i].sound);
    }
    iv_ctx_free(ctx);
    return !met;
}
