/* tts.c - an opened voice: what is the same whatever makes the sound.
 *
 *     text -> checked -> speakable.c (numbers, terms as words) -> cache? -> back end, on a thread of its own
 *                                                                       -> sink, and the cache for the next time
 *
 * A back end blocks while it speaks; each utterance runs on a thread that lives as long as it does (starting one
 * costs 30 us), so an idle voice holds no thread and no process.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "provider/speakable.h"
#include "provider/speech_cache.h"
#include "provider/tts.h"

#define MIN_RATE 0.5
#define MAX_RATE 2.0
#define TIMEOUT_DEFAULT_MS 8000
#define CACHED_CHUNK 2400

struct iv_tts {
    iv_ctx *ctx;
    const struct iv_tts_ops *ops;
    void *st;
    enum iv_lang lang;
    double rate;
    int64_t timeout_ms;
    struct speak_table *words;
    atomic_bool cancelled;
    int cancel_fd; /* readable while `cancelled`, for back ends that poll */
    pthread_t thread;
    bool has_thread; /* to be joined; owner's thread only */
    char *text; /* of the present utterance, speakable */
    size_t characters;
    struct iv_tts_sink sink;
};

/* One utterance on its way to the sink and into `kept`. */
struct delivery {
    iv_tts *t;
    const struct iv_tts_sink *sink; /* NULL: only kept */
    struct iv_speech kept;
    uint32_t offset_ms; /* of the sentence in the utterance */
    bool incomplete; /* memory ran out: speak on, but do not cache */
};

/* -- opening -- */

static const struct iv_tts_ops *find_ops(const char *name, size_t len)
{
    for (size_t i = 0; iv_tts_list[i]; i++)
        if (strlen(iv_tts_list[i]->name) == len && !strncmp(iv_tts_list[i]->name, name, len))
            return iv_tts_list[i];
    return NULL;
}

static enum iv_code try_open(iv_tts *t, const struct iv_tts_ops *ops, const char *voice,
                             struct iv_error *err)
{
    struct tts_env env = {t->ctx, t->lang, voice};
    char why[300];
    enum iv_code rc;

    if (!ops->speaks[t->lang])
        return iv_fail(err, IV_E_TTS_ERROR, "tts %s: it does not speak %s", ops->name,
                       iv_lang_code(t->lang));
    if (!ops->available(t->ctx, t->lang, voice, why, sizeof why))
        return iv_fail(err, IV_E_TTS_ERROR, "tts %s: cannot speak %s: %s", ops->name,
                       iv_lang_code(t->lang), why);
    t->st = iv_alloc(ops->state_size);
    if (!t->st)
        return iv_fail(err, IV_E_NOMEM, "tts %s: out of memory", ops->name);
    rc = ops->open(t->st, &env, err);
    if (rc) {
        ops->close(t->st);
        free(t->st);
        t->st = NULL;
        return rc;
    }
    t->ops = ops;
    return IV_OK;
}

/* The error told is that of the last one tried: the plainest back end, and mostly the only one. */
static enum iv_code open_auto(iv_tts *t, const char *voice, struct iv_error *err)
{
    enum iv_code rc = iv_fail(err, IV_E_TTS_ERROR, "tts: this build has no voice back end");

    for (size_t i = 0; rc && iv_tts_list[i]; i++)
        if (!(iv_tts_list[i]->flags & TTS_FOR_TESTS))
            rc = try_open(t, iv_tts_list[i], voice, err);
    return rc;
}

/* `names` is "auto" or names by preference, separated by commas. */
static enum iv_code open_first(iv_tts *t, const char *names, const char *voice,
                               struct iv_error *err)
{
    enum iv_code rc = IV_E_USAGE;

    while (rc) {
        size_t len = strcspn(names, ", ");
        const struct iv_tts_ops *ops = find_ops(names, len);

        if (len == 4 && !strncmp(names, "auto", 4))
            rc = open_auto(t, voice, err);
        else if (!ops)
            return iv_fail(err, IV_E_USAGE,
                           "tts engine '%.*s': there is none; `interviewctl providers list` "
                           "shows them",
                           (int)len, names);
        else
            rc = try_open(t, ops, voice, err);
        names += len;
        names += strspn(names, ", ");
        if (!*names)
            break;
    }
    return rc;
}

static const char *or_setting(const char *chosen, const char *setting, const char *otherwise)
{
    if (chosen && chosen[0])
        return chosen;
    return setting && setting[0] ? setting : otherwise;
}

static enum iv_code open_parts(iv_tts *t, const struct iv_tts_choice *choice, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(t->ctx);
    enum iv_code rc;

    t->lang = choice->lang;
    t->rate = choice->rate != 0 ? choice->rate : c ? c->tts_rate : 1.0;
    t->timeout_ms = c ? c->tts_timeout_ms : TIMEOUT_DEFAULT_MS;
    if (!(t->rate >= MIN_RATE && t->rate <= MAX_RATE))
        return iv_fail(err, IV_E_USAGE, "tts rate %g: must be %g to %g", t->rate, MIN_RATE,
                       MAX_RATE);
    t->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (t->cancel_fd < 0)
        return iv_fail(err, IV_E_NOMEM, "tts: eventfd: %s", strerror(errno));
    rc = iv_speak_table_load(t->ctx, t->lang, &t->words, err);
    if (rc)
        return rc;
    return open_first(t, or_setting(choice->engine, c ? c->tts_engine : NULL, "auto"),
                      or_setting(choice->voice, c ? c->tts_voice : NULL, ""), err);
}

enum iv_code iv_tts_open(iv_ctx *ctx, const struct iv_tts_choice *choice, iv_tts **out,
                         struct iv_error *err)
{
    iv_tts *t = iv_alloc(sizeof *t);
    enum iv_code rc;

    *out = NULL;
    if (!t)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    t->ctx = ctx;
    t->cancel_fd = -1;
    rc = open_parts(t, choice, err);
    if (!rc) {
        *out = t;
        t = NULL;
    }
    iv_tts_close(t);
    return rc;
}

static void join_thread(iv_tts *t)
{
    if (t->has_thread)
        pthread_join(t->thread, NULL);
    t->has_thread = false;
    free(t->text);
    t->text = NULL;
}

void iv_tts_close(iv_tts *t)
{
    if (!t)
        return;
    iv_tts_cancel(t);
    join_thread(t);
    if (t->st)
        t->ops->close(t->st);
    free(t->st);
    iv_speak_table_free(t->words);
    if (t->cancel_fd >= 0)
        close(t->cancel_fd);
    free(t);
}

const char *iv_tts_engine(const iv_tts *t)
{
    return t->ops->name;
}

const char *iv_tts_voice(const iv_tts *t)
{
    return t->ops->voice(t->st);
}

/* -- cancelling -- */

void iv_tts_cancel(iv_tts *t)
{
    uint64_t one = 1;

    atomic_store(&t->cancelled, true);
    if (t->cancel_fd >= 0)
        (void)!write(t->cancel_fd, &one, sizeof one);
}

static void forget_cancel(iv_tts *t)
{
    uint64_t count;

    atomic_store(&t->cancelled, false);
    (void)!read(t->cancel_fd, &count, sizeof count);
}

/* -- delivering -- */

static void deliver_audio(void *arg, const int16_t *samples, size_t n)
{
    struct delivery *d = arg;

    if (atomic_load(&d->t->cancelled))
        return;
    if (iv_pcm_append(&d->kept.pcm, samples, n, NULL))
        d->incomplete = true;
    if (d->sink)
        d->sink->on_audio(d->sink->arg, samples, n);
}

static struct iv_phoneme *keep_phonemes(struct delivery *d, const struct iv_phoneme *ph, size_t n)
{
    struct iv_phoneme *grown =
        iv_realloc_array(d->kept.phonemes, d->kept.n_phonemes + n, sizeof *grown);

    if (!grown) {
        d->incomplete = true;
        return NULL;
    }
    d->kept.phonemes = grown;
    grown += d->kept.n_phonemes;
    for (size_t i = 0; i < n; i++) {
        grown[i] = ph[i];
        grown[i].start_ms += d->offset_ms;
        grown[i].end_ms += d->offset_ms;
    }
    d->kept.n_phonemes += n;
    return grown;
}

static void deliver_phonemes(void *arg, const struct iv_phoneme *ph, size_t n)
{
    struct delivery *d = arg;
    struct iv_phoneme *moved;

    if (!n || atomic_load(&d->t->cancelled))
        return;
    moved = keep_phonemes(d, ph, n);
    if (moved && d->sink && d->sink->on_phonemes)
        d->sink->on_phonemes(d->sink->arg, moved, n, d->t->ops->phones);
}

static void deliver_kept(struct delivery *d)
{
    const struct iv_speech *s = &d->kept;

    if (!d->sink)
        return;
    if (s->n_phonemes && d->sink->on_phonemes)
        d->sink->on_phonemes(d->sink->arg, s->phonemes, s->n_phonemes, s->set);
    for (size_t at = 0; at < s->pcm.len && !atomic_load(&d->t->cancelled); at += CACHED_CHUNK) {
        size_t n = s->pcm.len - at;

        d->sink->on_audio(d->sink->arg, s->pcm.samples + at, n < CACHED_CHUNK ? n : CACHED_CHUNK);
    }
}

static enum iv_code speak_part(struct delivery *d, const char *text, struct iv_error *err)
{
    struct tts_job job = {.text = text,
                          .rate = d->t->rate,
                          .timeout_ms = d->t->timeout_ms,
                          .cancel_fd = d->t->cancel_fd,
                          .audio = deliver_audio,
                          .phonemes = deliver_phonemes,
                          .arg = d};
    enum iv_code rc;

    if (atomic_load(&d->t->cancelled))
        return iv_fail(err, IV_E_CANCELLED, "cancelled");
    d->offset_ms = (uint32_t)iv_pcm_ms(&d->kept.pcm);
    rc = d->t->ops->speak(d->t->st, &job, err);
    if (!rc && atomic_load(&d->t->cancelled))
        rc = iv_fail(err, IV_E_CANCELLED, "cancelled");
    return rc;
}

static enum iv_code speak_sentences(struct delivery *d, const char *text, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    while (!rc && *text) {
        size_t len = iv_speak_sentence_len(text);
        char *one = iv_strndup(text, len);

        if (!one)
            return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
        if (!iv_text_is_blank(one))
            rc = speak_part(d, one, err);
        free(one);
        text += len;
    }
    return rc;
}

static struct speech_key key_of(const iv_tts *t, const char *text)
{
    char identity[256] = "", rate[32];
    const char *parts[] = {
        "speech 1", t->ops->name, identity, t->ops->voice(t->st), iv_lang_code(t->lang),
        rate,       text,         NULL};

    t->ops->identity(t->st, identity, sizeof identity);
    snprintf(rate, sizeof rate, "%.4f", t->rate);
    return iv_speech_key_of(parts);
}

static enum iv_code make_speech(struct delivery *d, const char *text, struct iv_error *err)
{
    enum iv_code rc =
        d->t->ops->flags & TTS_STREAMS ? speak_part(d, text, err) : speak_sentences(d, text, err);

    if (!rc && !d->kept.pcm.len)
        rc = iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    return rc;
}

/* Both ways to speak: `sink` may be NULL; on success the whole of it is in d->kept. */
static enum iv_code run(struct delivery *d, const char *text, size_t characters,
                        struct iv_error *err)
{
    iv_tts *t = d->t;
    speech_cache *cache = t->ops->flags & TTS_FOR_TESTS ? NULL : iv_speech_cache_of(t->ctx);
    struct speech_key key = key_of(t, text);
    bool hit = cache && iv_speech_cache_get(cache, &key, &d->kept);
    enum iv_code rc = IV_OK;

    if (!hit)
        d->kept = (struct iv_speech){.pcm.rate_hz = IV_TTS_RATE_HZ, .set = t->ops->phones};
    if (hit)
        deliver_kept(d);
    else
        rc = make_speech(d, text, err);
    if (!rc && atomic_load(&t->cancelled))
        rc = iv_fail(err, IV_E_CANCELLED, "cancelled");
    if (d->sink)
        d->sink->on_done(d->sink->arg, rc, rc ? err->text : "");
    if (cache && !hit && !rc && !d->incomplete)
        iv_speech_cache_put(cache, &key, &d->kept);
    if (cache && !rc)
        iv_speech_cache_count(cache, hit, characters);
    return rc;
}

/* -- speaking -- */

static enum iv_code check_text(const char *text, struct iv_error *err)
{
    size_t len = strlen(text);

    if (len > IV_TTS_MAX_TEXT_BYTES)
        return iv_fail(err, IV_E_TTS_INVALID_TEXT,
                       "text of %zu bytes: at most %d can be spoken at once", len,
                       IV_TTS_MAX_TEXT_BYTES);
    if (!iv_utf8_valid(text, len))
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: not valid UTF-8");
    return IV_OK;
}

static enum iv_code make_ready(iv_tts *t, const char *text, struct iv_error *err)
{
    enum iv_code rc = check_text(text, err);

    join_thread(t);
    forget_cancel(t);
    if (rc)
        return rc;
    t->text = iv_speak_words(t->words, text, t->ops->flags & TTS_READS_NUMBERS);
    t->characters = iv_utf8_chars(text);
    if (!t->text)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    if (!iv_speak_has_words(t->text))
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    return IV_OK;
}

static void *voice_thread(void *arg)
{
    iv_tts *t = arg;
    struct delivery d = {.t = t, .sink = &t->sink};
    struct iv_error err = {0};

    run(&d, t->text, t->characters, &err);
    iv_speech_release(&d.kept);
    return NULL;
}

enum iv_code iv_tts_start(iv_tts *t, const char *text, const struct iv_tts_sink *sink,
                          struct iv_error *err)
{
    enum iv_code rc = make_ready(t, text, err);
    int why;

    if (rc)
        return rc;
    t->sink = *sink;
    why = pthread_create(&t->thread, NULL, voice_thread, t);
    if (why)
        return iv_fail(err, IV_E_NOMEM, "tts: cannot start a thread: %s", strerror(why));
    t->has_thread = true;
    return IV_OK;
}

enum iv_code iv_tts_render(iv_tts *t, const char *text, struct iv_speech *out, struct iv_error *err)
{
    struct delivery d = {.t = t};
    struct iv_error why = {0};
    enum iv_code rc = make_ready(t, text, &why);

    *out = (struct iv_speech){0};
    if (!rc)
        rc = run(&d, t->text, t->characters, &why);
    if (!rc && d.incomplete)
        rc = iv_fail(&why, IV_E_NOMEM, "tts: out of memory for the sound");
    if (!rc) {
        *out = d.kept;
        d.kept = (struct iv_speech){0};
    }
    iv_speech_release(&d.kept);
    if (rc && err)
        *err = why;
    return rc;
}

void iv_speech_release(struct iv_speech *s)
{
    iv_pcm_release(&s->pcm);
    free(s->phonemes);
    *s = (struct iv_speech){0};
}

/* -- what there is -- */

enum iv_code iv_tts_cache_stats(iv_ctx *ctx, struct iv_tts_stats *out, struct iv_error *err)
{
    speech_cache *c = iv_speech_cache_of(ctx);

    (void)err;
    *out = (struct iv_tts_stats){0};
    if (c)
        iv_speech_cache_stats(c, out);
    return IV_OK;
}

size_t iv_tts_engines(iv_ctx *ctx, struct iv_tts_info *out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; iv_tts_list[i] && n < max; i++) {
        const struct iv_tts_ops *ops = iv_tts_list[i];
        struct iv_tts_info *info = &out[n];

        if (ops->flags & TTS_FOR_TESTS)
            continue;
        *info = (struct iv_tts_info){.name = ops->name, .summary = ops->summary};
        for (int lang = 0; lang < IV_LANG_COUNT; lang++)
            info->available[lang] =
                ops->speaks[lang] &&
                ops->available(ctx, (enum iv_lang)lang, "", info->why_not, sizeof info->why_not);
        n++;
    }
    return n;
}

enum iv_code iv_tts_voices(iv_ctx *ctx, const char *engine, enum iv_lang lang,
                           void (*fn)(void *arg, const char *voice, const char *about), void *arg,
                           struct iv_error *err)
{
    const struct iv_tts_ops *ops = find_ops(engine, strlen(engine));

    if (!ops)
        return iv_fail(err, IV_E_NOT_FOUND, "tts engine '%s': there is none", engine);
    return ops->voices(ctx, lang, fn, arg, err);
}
