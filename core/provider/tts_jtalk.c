/* tts_jtalk.c - Open JTalk's program: natural Japanese where an HTS voice file is installed.
 *
 * The program writes a WAV file and, on request, a trace with the time of each phone:
 *     [Output label]
 *     0 2500000 xx^xx-sil+k=o/A:...          (start and end in 100 ns, the phone between - and +)
 * It speaks a whole text at once, so core gives it one sentence at a time.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv_build.h"
#include "provider/program.h"
#include "provider/tts.h"

#if IV_HAVE_JTALK

#define PROGRAM "open_jtalk"
#define DICTIONARY "/var/lib/mecab/dic/open-jtalk/naist-jdic"
#define MAX_TRACE_BYTES (4u << 20)
#define MAX_SENTENCE_S 600
#define PATH_BYTES 512
#define HUNDRED_NS_IN_MS 10000

struct jtalk {
    char voice[PATH_BYTES], dictionary[PATH_BYTES];
};

/* The files of one utterance. */
struct workplace {
    char dir[64], wav[80], trace[80];
};

static const char *dictionary_of(iv_ctx *ctx)
{
    const struct iv_config *c = iv_ctx_config(ctx);

    return c && c->tts_jtalk_dictionary[0] ? c->tts_jtalk_dictionary : DICTIONARY;
}

/* The calm voice of a set is the one for an interview: mei_normal before mei_angry. */
static bool find_installed(char out[PATH_BYTES])
{
    static const char *const patterns[] = {"/usr/share/hts-voice/*/*normal*.htsvoice",
                                           "/usr/share/hts-voice/*/*.htsvoice",
                                           "/usr/share/hts-voice/*.htsvoice"};
    bool found = false;

    for (size_t i = 0; i < IV_LEN(patterns) && !found; i++) {
        glob_t g = {0};

        found = !glob(patterns[i], 0, NULL, &g) && g.gl_pathc;
        if (found)
            snprintf(out, PATH_BYTES, "%s", g.gl_pathv[0]);
        globfree(&g);
    }
    return found;
}

static bool find_voice(iv_ctx *ctx, const char *wanted, char out[PATH_BYTES])
{
    const struct iv_config *c = iv_ctx_config(ctx);

    if (wanted[0])
        snprintf(out, PATH_BYTES, "%s", wanted);
    else if (c && c->tts_jtalk_voice[0])
        snprintf(out, PATH_BYTES, "%s", c->tts_jtalk_voice);
    else
        return find_installed(out);
    return !access(out, R_OK);
}

static bool jtalk_available(iv_ctx *ctx, enum iv_lang lang, const char *voice, char *why,
                            size_t why_bytes)
{
    char file[PATH_BYTES];

    (void)lang;
    if (!iv_program_exists(PROGRAM))
        snprintf(why, why_bytes, "install package open-jtalk");
    else if (access(dictionary_of(ctx), R_OK))
        snprintf(why, why_bytes, "install package open-jtalk-mecab-naist-jdic");
    else if (!voice[0] && !find_voice(ctx, "", file))
        snprintf(why, why_bytes,
                 "no HTS voice: install package hts-voice-nitech-jp-atr503-m001 (non-free) or set "
                 "tts.jtalk.voice");
    else
        return true;
    return false;
}

static enum iv_code jtalk_open(void *st, const struct tts_env *env, struct iv_error *err)
{
    struct jtalk *j = st;

    snprintf(j->dictionary, sizeof j->dictionary, "%s", dictionary_of(env->ctx));
    if (!find_voice(env->ctx, env->voice, j->voice))
        return iv_fail(err, IV_E_NOT_FOUND,
                       "tts jtalk: voice '%s': there is no such HTS voice file",
                       env->voice[0] ? env->voice : j->voice);
    return IV_OK;
}

static enum iv_code open_workplace(struct workplace *w, struct iv_error *err)
{
    snprintf(w->dir, sizeof w->dir, "/tmp/interviewctl-jtalk-XXXXXX");
    if (!mkdtemp(w->dir)) {
        w->dir[0] = '\0';
        return iv_fail(err, IV_E_CREATE, "tts jtalk: cannot make a folder in /tmp");
    }
    snprintf(w->wav, sizeof w->wav, "%s/wav", w->dir);
    snprintf(w->trace, sizeof w->trace, "%s/trace", w->dir);
    return IV_OK;
}

static void close_workplace(struct workplace *w)
{
    if (!w->dir[0])
        return;
    unlink(w->wav);
    unlink(w->trace);
    rmdir(w->dir);
}

static enum iv_code synthesise(const struct jtalk *j, const struct tts_job *job,
                               const struct workplace *w, struct iv_error *err)
{
    struct iv_buf ignored = IV_BUF_INIT(MAX_TRACE_BYTES);
    char rate[32], *line = NULL;
    const char *argv[] = {PROGRAM, "-x",  j->dictionary, "-m",  j->voice, "-r",
                          rate,    "-ow", w->wav,        "-ot", w->trace, NULL};
    enum iv_code rc;

    snprintf(rate, sizeof rate, "%.3f", job->rate);
    line = iv_strdup(job->text);
    if (!line)
        return iv_fail(err, IV_E_NOMEM, "tts jtalk: out of memory");
    for (char *p = line; *p; p++) /* it reads one line */
        if (*p == '\n')
            *p = ' ';
    rc = iv_program_run(argv, line, job->cancel_fd, job->timeout_ms, &ignored, err);
    free(line);
    iv_buf_release(&ignored);
    return rc;
}

/* "0 2500000 xx^xx-sil+k=o/..." */
static bool read_label(const char *line, struct iv_phoneme *out)
{
    unsigned long long start, end;
    int at = 0;
    const char *minus;
    size_t len;

    if (sscanf(line, "%llu %llu %n", &start, &end, &at) != 2 || !at)
        return false;
    minus = strchr(line + at, '-');
    len = minus ? strcspn(minus + 1, "+\n") : 0;
    if (!len || len >= sizeof out->symbol || minus[1 + len] != '+')
        return false;
    *out = (struct iv_phoneme){.start_ms = (uint32_t)(start / HUNDRED_NS_IN_MS),
                               .end_ms = (uint32_t)(end / HUNDRED_NS_IN_MS)};
    memcpy(out->symbol, minus + 1, len);
    return true;
}

static enum iv_code give_phonemes(const struct tts_job *job, const char *trace, uint32_t sound_ms,
                                  struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(MAX_TRACE_BYTES);
    enum iv_code rc = iv_buf_read_file(&b, trace, err);
    const char *p = strstr(iv_buf_str(&b), "[Output label]");
    struct iv_phoneme ph;

    while (!rc && p && (p = strchr(p, '\n')) && read_label(++p, &ph)) {
        if (ph.end_ms > sound_ms)
            ph.end_ms = sound_ms;
        if (ph.start_ms < ph.end_ms)
            job->phonemes(job->arg, &ph, 1);
    }
    iv_buf_release(&b);
    return rc;
}

static enum iv_code jtalk_speak(void *st, const struct tts_job *job, struct iv_error *err)
{
    struct workplace w = {0};
    struct iv_pcm pcm = {0};
    enum iv_code rc = open_workplace(&w, err);

    if (!rc)
        rc = synthesise(st, job, &w, err);
    if (!rc && iv_audio_load(w.wav, IV_TTS_RATE_HZ, MAX_SENTENCE_S, &pcm, NULL, err))
        rc = iv_fail(err, IV_E_TTS_ERROR, "tts jtalk: it made no sound");
    if (!rc)
        rc = give_phonemes(job, w.trace, (uint32_t)iv_pcm_ms(&pcm), err);
    if (!rc)
        job->audio(job->arg, pcm.samples, pcm.len);
    iv_pcm_release(&pcm);
    close_workplace(&w);
    return rc;
}

static void jtalk_close(void *st)
{
    (void)st;
}

static const char *jtalk_voice(const void *st)
{
    return ((const struct jtalk *)st)->voice;
}

static void jtalk_identity(const void *st, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "1 %s", ((const struct jtalk *)st)->dictionary);
}

static enum iv_code jtalk_voices(iv_ctx *ctx, enum iv_lang lang,
                                 void (*fn)(void *arg, const char *voice, const char *about),
                                 void *arg, struct iv_error *err)
{
    glob_t g = {0};

    (void)ctx;
    (void)err;
    if (lang == IV_LANG_JA && !glob("/usr/share/hts-voice/*/*.htsvoice", 0, NULL, &g))
        for (size_t i = 0; i < g.gl_pathc; i++)
            fn(arg, g.gl_pathv[i], "HTS voice file");
    globfree(&g);
    return IV_OK;
}

const struct iv_tts_ops iv_tts_jtalk = {
    .name = "jtalk",
    .summary = "Open JTalk: Japanese, natural, needs an HTS voice file",
    .flags = TTS_READS_NUMBERS,
    .speaks = {[IV_LANG_JA] = true},
    .phones = IV_PHONES_JTALK,
    .state_size = sizeof(struct jtalk),
    .available = jtalk_available,
    .open = jtalk_open,
    .speak = jtalk_speak,
    .close = jtalk_close,
    .voice = jtalk_voice,
    .identity = jtalk_identity,
    .voices = jtalk_voices,
};

#endif
