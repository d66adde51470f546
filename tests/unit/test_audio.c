/* test_audio.c - files that lie, pipes, formats, levels, rates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iv/audio.h"
#include "iv/buf.h"

static char dir[] = "/tmp/iv-audio-XXXXXX";

static const char *in_dir(const char *name)
{
    static _Thread_local char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put_bytes(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void put_le(uint8_t *p, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* A WAV whose header says what we like; `bytes` of data follow. */
static const char *lying_wav(uint32_t rate_hz, uint32_t channels, uint32_t announced, size_t bytes)
{
    static uint8_t w[44 + 64000] = "RIFF....WAVEfmt \20\0\0\0\1\0";
    const char *path = in_dir("lying.wav");

    memcpy(w + 36, "data", 4);
    put_le(w + 4, announced + 36, 4);
    put_le(w + 22, channels, 2);
    put_le(w + 24, rate_hz, 4);
    put_le(w + 28, rate_hz * channels * 2, 4);
    put_le(w + 32, channels * 2, 2);
    put_le(w + 34, 16, 2);
    put_le(w + 40, announced, 4);
    put_bytes(path, w, 44 + bytes);
    return path;
}

static const struct header_row {
    const char *name;
    uint32_t rate_hz, channels, announced;
    size_t bytes, max_seconds;
    enum iv_code code;
    size_t samples; /* at 16 kHz */
    const char *says; /* in the error, or in the warning */
} headers[] = {
    {"honest header", 16000, 1, 32000, 32000, 10, IV_OK, 16000, NULL},
    {"two channels become one", 16000, 2, 64000, 64000, 10, IV_OK, 16000, NULL},
    {"another rate is resampled", 8000, 1, 16000, 16000, 10, IV_OK, 16000, NULL},
    {"a cut file gives what is there", 16000, 1, 32000, 16000, 10, IV_OK, 8000, "cut short"},
    {"a streamed length is no fault", 16000, 1, 0xffffffff, 32000, 10, IV_OK, 16000, NULL},
    {"so is that of sox", 16000, 1, 0x7ffff000, 32000, 10, IV_OK, 16000, NULL},
    {"no data", 16000, 1, 0, 0, 10, IV_E_STT_INVALID_AUDIO, 0, "no samples"},
    {"no channel", 16000, 0, 32000, 32000, 10, IV_E_STT_INVALID_AUDIO, 0, "lying.wav"},
    {"too many channels", 16000, 900, 32400, 32400, 10, IV_E_STT_INVALID_AUDIO, 0, "900 channels"},
    {"rate 0", 0, 1, 32000, 32000, 10, IV_E_STT_INVALID_AUDIO, 0, "lying.wav"},
    {"rate of 4 GHz", 0xfffffff0, 1, 32000, 32000, 10, IV_E_STT_INVALID_AUDIO, 0, "lying.wav"},
    {"rate of 10 MHz", 10000000, 1, 32000, 32000, 10, IV_E_STT_INVALID_AUDIO, 0, "10000000"},
    {"longer than allowed", 8000, 1, 64000, 64000, 3, IV_E_TOO_LARGE, 0, "3 seconds"},
};

static void header_is_checked(void **state)
{
    const struct header_row *r = *state;
    struct iv_error err = {0}, warning = {0};
    struct iv_pcm p;
    enum iv_code rc = iv_audio_load(lying_wav(r->rate_hz, r->channels, r->announced, r->bytes),
                                    IV_STT_RATE_HZ, r->max_seconds, &p, &warning, &err);

    assert_int_equal(rc, r->code);
    assert_in_range(p.len, r->samples, r->samples + 2);
    if (r->says)
        assert_non_null(strstr(rc ? err.text : warning.text, r->says));
    assert_int_equal(warning.code != 0, !rc && r->says);
    iv_pcm_release(&p);
}

static enum iv_code load(const char *path, struct iv_pcm *p, struct iv_error *err)
{
    return iv_audio_load(path, IV_STT_RATE_HZ, 60, p, NULL, err);
}

static void what_is_not_audio(void **state)
{
    static const char text[] = "Dear candidate, this is a letter and not a recording at all.\n";
    struct iv_error err;
    struct iv_pcm p;

    (void)state;
    put_bytes(in_dir("letter.wav"), text, sizeof text - 1);
    assert_int_equal(load(in_dir("letter.wav"), &p, &err), IV_E_STT_INVALID_AUDIO);
    assert_non_null(strstr(err.text, "letter.wav"));
    put_bytes(in_dir("empty.wav"), "", 0);
    assert_int_equal(load(in_dir("empty.wav"), &p, &err), IV_E_STT_INVALID_AUDIO);
    assert_non_null(strstr(err.text, "empty"));
    assert_int_equal(load(in_dir("absent.wav"), &p, &err), IV_E_NOT_FOUND);
    assert_int_equal(load(dir, &p, &err), IV_E_STT_INVALID_AUDIO);
    assert_non_null(strstr(err.text, "folder"));
    assert_null(p.samples);
}

static void fill_tone(int16_t *s, size_t n, uint32_t rate_hz, double amplitude)
{
    for (size_t i = 0; i < n; i++)
        s[i] = (int16_t)(amplitude * 32767 * sin(2 * M_PI * 440 * (double)i / rate_hz));
}

static void write_tone(const char *path, enum iv_audio_format format)
{
    static int16_t tone[IV_TTS_RATE_HZ];
    iv_audio_writer *w;
    struct iv_error err = {0};

    fill_tone(tone, IV_TTS_RATE_HZ, IV_TTS_RATE_HZ, 0.5);
    assert_int_equal(iv_audio_writer_open(path, format, IV_TTS_RATE_HZ, &w, &err), IV_OK);
    for (size_t i = 0; i < IV_TTS_RATE_HZ; i += 2400)
        assert_int_equal(iv_audio_writer_put(w, tone + i, 2400, &err), IV_OK);
    assert_int_equal(iv_audio_writer_close(w, &err), IV_OK);
}

static const struct format_row {
    const char *name, *file;
    enum iv_audio_format format;
    double tolerance_db;
    size_t slack; /* samples a codec may add */
} formats[] = {
    {"WAV comes back", "tone.wav", IV_AUDIO_WAV, 0.1, 16},
    {"Opus comes back", "tone.opus", IV_AUDIO_OPUS, 1.0, 4000},
    {"MP3 comes back", "tone.mp3", IV_AUDIO_MP3, 1.0, 4000},
};

static void comes_back(const char *path, const struct format_row *r)
{
    struct iv_error err = {0}, warning = {0};
    struct iv_pcm p;

    assert_int_equal(iv_audio_load(path, IV_STT_RATE_HZ, 60, &p, &warning, &err), IV_OK);
    assert_int_equal(warning.code, 0);
    assert_in_range(p.len, IV_STT_RATE_HZ - 16, IV_STT_RATE_HZ + r->slack);
    assert_true(fabs(iv_audio_level_db(p.samples + 4000, 8000) + 9.03) < r->tolerance_db);
    iv_pcm_release(&p);
}

static void file_round_trip(void **state)
{
    const struct format_row *r = *state;
    enum iv_audio_format format;

    assert_true(iv_audio_format_of(r->file, &format));
    assert_int_equal(format, r->format);
    write_tone(in_dir(r->file), format);
    comes_back(in_dir(r->file), r);
}

/* A FIFO stands for `interviewctl speak -o - | ...`: neither side can seek. */
static void *write_fifo(void *row)
{
    write_tone(in_dir("fifo"), ((const struct format_row *)row)->format);
    return NULL;
}

static void pipe_round_trip(void **state)
{
    const struct format_row *r = *state;
    pthread_t writer;

    unlink(in_dir("fifo"));
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_fifo, (void *)(uintptr_t)r), 0);
    comes_back(in_dir("fifo"), r);
    pthread_join(writer, NULL);
}

static void raw_is_only_samples(void **state)
{
    struct stat st;

    (void)state;
    write_tone(in_dir("tone.pcm"), IV_AUDIO_PCM);
    assert_int_equal(stat(in_dir("tone.pcm"), &st), 0);
    assert_int_equal(st.st_size, IV_TTS_RATE_HZ * 2);
}

static void broken_pipe_is_an_error(void **state)
{
    static int16_t sound[IV_TTS_RATE_HZ];
    iv_audio_writer *w;
    struct iv_error err = {0};
    int reader;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    unlink(in_dir("fifo"));
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    reader = open(in_dir("fifo"), O_RDONLY | O_NONBLOCK);
    assert_int_equal(iv_audio_writer_open(in_dir("fifo"), IV_AUDIO_WAV, 24000, &w, &err), IV_OK);
    close(reader);
    assert_int_equal(iv_audio_writer_put(w, sound, IV_LEN(sound), &err), IV_E_IO);
    assert_non_null(strstr(err.text, "fifo"));
    assert_int_equal(iv_audio_writer_close(w, &err), IV_E_IO);
}

static void full_disk_is_an_error(void **state)
{
    static int16_t sound[IV_TTS_RATE_HZ];
    iv_audio_writer *w;
    struct iv_error err = {0};
    enum iv_code rc;

    (void)state;
    rc = iv_audio_writer_open("/dev/full", IV_AUDIO_WAV, 24000, &w, &err);
    if (!rc) {
        rc = iv_audio_writer_put(w, sound, IV_LEN(sound), &err);
        assert_int_equal(iv_audio_writer_close(w, &err), IV_E_IO);
    }
    assert_int_equal(rc, IV_E_IO);
    assert_non_null(strstr(err.text, "No space left"));
}

static void folder_missing(void **state)
{
    iv_audio_writer *w;
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_audio_writer_open(in_dir("no/x.wav"), IV_AUDIO_WAV, 24000, &w, &err),
                     IV_E_CREATE);
    assert_null(w);
}

static void endings(void **state)
{
    enum iv_audio_format f;

    (void)state;
    assert_true(iv_audio_format_of("a.b.MP3", &f));
    assert_int_equal(f, IV_AUDIO_MP3);
    assert_true(iv_audio_format_of("x.raw", &f));
    assert_int_equal(f, IV_AUDIO_PCM);
    assert_false(iv_audio_format_of("x.txt", &f));
    assert_false(iv_audio_format_of("wav", &f));
}

static void levels(void **state)
{
    int16_t s[4800] = {0};

    (void)state;
    assert_true(iv_audio_level_db(s, IV_LEN(s)) == -96.0);
    assert_true(iv_audio_level_db(s, 0) == -96.0);
    fill_tone(s, IV_LEN(s), 48000, 1.0);
    assert_true(fabs(iv_audio_level_db(s, IV_LEN(s)) + 3.01) < 0.05);
}

static void rate_changes_keep_length_and_pitch(void **state)
{
    static int16_t tone[22050];
    struct iv_pcm p = {.rate_hz = 24000};
    iv_resampler *r;
    size_t crossings = 0;

    (void)state;
    fill_tone(tone, IV_LEN(tone), 22050, 0.5);
    assert_int_equal(iv_resampler_new(22050, 24000, &r, NULL), IV_OK);
    for (size_t i = 0; i < IV_LEN(tone); i += 441)
        assert_int_equal(iv_resampler_push(r, tone + i, 441, &p, NULL), IV_OK);
    assert_int_equal(iv_resampler_push(r, NULL, 0, &p, NULL), IV_OK);
    assert_in_range(p.len, 23998, 24002);
    for (size_t i = 1; i < p.len; i++)
        crossings += p.samples[i - 1] < 0 && p.samples[i] >= 0;
    assert_in_range(crossings, 438, 442);
    assert_int_equal(iv_pcm_ms(&p), 1000);
    iv_pcm_release(&p);
    iv_resampler_free(r);
}

static void rate_zero_is_refused(void **state)
{
    iv_resampler *r;

    (void)state;
    assert_int_equal(iv_resampler_new(0, 24000, &r, NULL), IV_E_USAGE);
    assert_null(r);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"lying.wav", "letter.wav", "empty.wav", "tone.wav",
                                        "tone.opus", "tone.mp3",   "tone.pcm",  "fifo"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(names); i++)
        unlink(in_dir(names[i]));
    return rmdir(dir);
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(headers) + 2 * IV_LEN(formats) + 9] = {
        cmocka_unit_test(what_is_not_audio),
        cmocka_unit_test(raw_is_only_samples),
        cmocka_unit_test(broken_pipe_is_an_error),
        cmocka_unit_test(full_disk_is_an_error),
        cmocka_unit_test(folder_missing),
        cmocka_unit_test(endings),
        cmocka_unit_test(levels),
        cmocka_unit_test(rate_changes_keep_length_and_pitch),
        cmocka_unit_test(rate_zero_is_refused),
    };
    static char pipe_names[IV_LEN(formats)][64];
    size_t n = 9;

    for (size_t i = 0; i < IV_LEN(headers); i++)
        t[n++] = (struct CMUnitTest){.name = headers[i].name,
                                     .test_func = header_is_checked,
                                     .initial_state = (void *)(uintptr_t)&headers[i]};
    for (size_t i = 0; i < IV_LEN(formats); i++) {
        t[n++] = (struct CMUnitTest){.name = formats[i].name,
                                     .test_func = file_round_trip,
                                     .initial_state = (void *)(uintptr_t)&formats[i]};
        snprintf(pipe_names[i], sizeof pipe_names[i], "%s through a pipe", formats[i].name);
        t[n++] = (struct CMUnitTest){.name = pipe_names[i],
                                     .test_func = pipe_round_trip,
                                     .initial_state = (void *)(uintptr_t)&formats[i]};
    }
    return cmocka_run_group_tests_name("audio", t, make_dir, remove_dir);
}
