/* stt_pocketsphinx.c - English without a network: the PocketSphinx library and its US English model.
 *
 * The decoder compares frames of 10 ms with models of speech sounds and looks for the likeliest path of words through a
 * dictionary and word triples. It has its own voice activity detector, which also cuts silence away; an utterance ends when that
 * says so, exactly as the library's own program pocketsphinx_continuous does it, fed in blocks of the same size.
 * After the end a lattice of the alternatives is searched again; the posterior of a word in it is our confidence.
 * The mean of the sound (CMN) adapts as it listens: a new stream starts from the model's mean, or results would depend on who
 * spoke before.
 */
#include "iv_build.h"
#if IV_HAVE_POCKETSPHINX

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "provider/pocketsphinx.h"
#include "provider/stt.h"
#include "provider/stt_band.h"

IV_LAZY_DEFINE(iv_sphinx, IV_POCKETSPHINX_SONAME, IV_POCKETSPHINX_PACKAGE, SPHINX_FUNCTIONS);

#define FRAME_MS 10u
#define PRE_ROLL_FRAMES "30"
#define LONGEST_MS 45000u /* the second search over a longer utterance would keep people waiting */
#define WORDS_MAX 1000

struct sphinx {
    ps_decoder_t *ps;
    cmd_ln_t *config;
    mfcc_t *first_mean; /* CMN as the model has it */
    struct stt_out out;
    struct stt_band band;
    bool in_utterance; /* between ps_start_utt and ps_end_utt */
    bool heard; /* speech in this utterance */
    uint32_t heard_ms, since_interim_ms;
    atomic_bool cancelled;
    struct iv_word words[WORDS_MAX];
};

static const char *const model_dirs[] = {
    IV_DATA_DIR "/../pocketsphinx/model/en-us",
    "/usr/share/pocketsphinx/model/en-us",
    "/usr/local/share/pocketsphinx/model/en-us",
};

static pthread_once_t quiet_once = PTHREAD_ONCE_INIT;

/* The library writes to standard error through two globals of its own. */
static void be_quiet(void)
{
    err_set_logfp(NULL);
    err_set_callback(NULL, NULL);
}

static const char *model_dir(void)
{
    static const char *const parts[] = {"en-us/mdef", "en-us.lm.bin", "cmudict-en-us.dict"};
    char path[4096];

    for (size_t i = 0; i < IV_LEN(model_dirs); i++) {
        size_t found = 0;

        for (size_t p = 0; p < IV_LEN(parts); p++) {
            snprintf(path, sizeof path, "%s/%s", model_dirs[i], parts[p]);
            found += !access(path, R_OK);
        }
        if (found == IV_LEN(parts))
            return model_dirs[i];
    }
    return NULL;
}

static bool sphinx_available(iv_ctx *ctx, enum iv_lang lang, char *why, size_t why_bytes)
{
    struct iv_error err;

    (void)ctx;
    (void)lang;
    if (!model_dir())
        snprintf(why, why_bytes, "its model is not in %s (package pocketsphinx-en-us)",
                 model_dirs[1]);
    else if (iv_lazy_load(&iv_sphinx, &err))
        snprintf(why, why_bytes, "%s", err.text);
    else
        return true;
    return false;
}

static enum iv_code keep_mean(struct sphinx *s, struct iv_error *err)
{
    cmn_t *cmn = ps_get_feat(s->ps)->cmn_struct;

    s->first_mean = iv_alloc_array((size_t)cmn->veclen, sizeof *s->first_mean);
    if (!s->first_mean)
        return iv_fail(err, IV_E_NOMEM, "stt pocketsphinx: out of memory");
    cmn_live_get(cmn, s->first_mean);
    return IV_OK;
}

static enum iv_code sphinx_open(void *st, const struct stt_env *env, struct iv_error *err)
{
    struct sphinx *s = st;
    const char *dir = model_dir();
    char hmm[4096], lm[4096], dict[4096], hang[16];
    enum iv_code rc;

    if (!dir)
        return iv_fail(err, IV_E_STT_ERROR,
                       "stt pocketsphinx: its model is missing (package pocketsphinx-en-us)");
    rc = iv_lazy_load(&iv_sphinx, err);
    if (rc)
        return rc;
    pthread_once(&quiet_once, be_quiet);
    snprintf(hmm, sizeof hmm, "%s/en-us", dir);
    snprintf(lm, sizeof lm, "%s/en-us.lm.bin", dir);
    snprintf(dict, sizeof dict, "%s/cmudict-en-us.dict", dir);
    snprintf(hang, sizeof hang, "%u", env->hang_ms / FRAME_MS);
    s->config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", hmm, "-lm", lm, "-dict", dict,
                            "-vad_postspeech", hang, "-vad_prespeech", PRE_ROLL_FRAMES, NULL);
    if (s->config)
        s->ps = ps_init(s->config);
    if (!s->ps)
        return iv_fail(err, IV_E_STT_ERROR, "stt pocketsphinx: the model in %s cannot be loaded",
                       dir);
    return keep_mean(s, err);
}

static void begin_utterance(struct sphinx *s)
{
    ps_start_utt(s->ps);
    s->in_utterance = true;
    s->heard = false;
    s->heard_ms = s->since_interim_ms = 0;
}

static enum iv_code sphinx_start(void *st, const struct stt_out *out, struct iv_error *err)
{
    struct sphinx *s = st;

    (void)err;
    s->out = *out;
    atomic_store(&s->cancelled, false);
    if (s->in_utterance)
        ps_end_utt(s->ps); /* the last stream was cut off */
    cmn_live_set(ps_get_feat(s->ps)->cmn_struct, s->first_mean);
    ps_start_stream(s->ps);
    iv_stt_band_init(&s->band);
    begin_utterance(s);
    return IV_OK;
}

static uint32_t frame_ms(int frame)
{
    return frame > 0 ? (uint32_t)frame * FRAME_MS : 0;
}

/* The words of the running or just ended utterance, fillers too. */
static size_t collect(struct sphinx *s)
{
    logmath_t *lm = ps_get_logmath(s->ps);
    size_t n = 0;

    for (ps_seg_t *seg = ps_seg_iter(s->ps); seg; seg = ps_seg_next(seg)) {
        int from, to;
        double p;

        if (n == WORDS_MAX)
            continue; /* ps_seg_next frees the iterator at its end */
        ps_seg_frames(seg, &from, &to);
        p = logmath_exp(lm, ps_seg_prob(seg, NULL, NULL, NULL));
        s->words[n++] = (struct iv_word){.text = (char *)(uintptr_t)ps_seg_word(seg),
                                         .start_ms = frame_ms(from),
                                         .end_ms = frame_ms(to + 1),
                                         .confidence = (float)fmin(1, fmax(0, p))};
    }
    return n;
}

static void end_utterance(struct sphinx *s)
{
    ps_end_utt(s->ps);
    s->in_utterance = false;
    if (s->heard)
        s->out.words(s->out.arg, s->words, ps_get_hyp(s->ps, NULL) ? collect(s) : 0, true);
}

static enum iv_code sphinx_process(void *st, const int16_t *samples, size_t n, struct iv_error *err)
{
    struct sphinx *s = st;
    uint32_t ms = (uint32_t)(n * 1000 / IV_STT_RATE_HZ);
    int16_t block[STT_BLOCK];

    memcpy(block, samples, n * sizeof *block);
    iv_stt_band_fill(&s->band, block, n);
    if (ps_process_raw(s->ps, block, n, FALSE, FALSE) < 0)
        return iv_fail(err, IV_E_STT_ERROR, "stt pocketsphinx: decoding failed");
    s->heard |= ps_get_in_speech(s->ps);
    if (!s->heard)
        return IV_OK;
    s->heard_ms += ms;
    s->since_interim_ms += ms;
    if (!ps_get_in_speech(s->ps) || s->heard_ms >= LONGEST_MS) {
        end_utterance(s);
        begin_utterance(s);
    } else if (s->out.interim && s->since_interim_ms >= STT_INTERIM_MS) {
        s->since_interim_ms = 0;
        s->out.words(s->out.arg, s->words, collect(s), false);
    }
    return IV_OK;
}

static enum iv_code sphinx_finish(void *st, struct iv_error *err)
{
    struct sphinx *s = st;

    (void)err;
    if (!atomic_load(&s->cancelled))
        end_utterance(s);
    return IV_OK;
}

static void sphinx_cancel(void *st)
{
    struct sphinx *s = st;

    atomic_store(&s->cancelled, true);
}

static void sphinx_close(void *st)
{
    struct sphinx *s = st;

    if (s->config) { /* else the library may not be there to ask */
        ps_free(s->ps);
        cmd_ln_free_r(s->config);
    }
    free(s->first_mean);
}

const struct iv_stt_ops iv_stt_pocketsphinx = {
    .name = "pocketsphinx",
    .summary = "US English on this machine, without a network",
    .langs = 1u << IV_LANG_EN,
    .state_size = sizeof(struct sphinx),
    .available = sphinx_available,
    .open = sphinx_open,
    .start = sphinx_start,
    .process = sphinx_process,
    .finish = sphinx_finish,
    .cancel = sphinx_cancel,
    .close = sphinx_close,
};

#endif
