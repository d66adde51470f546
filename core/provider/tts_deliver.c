/* tts_deliver.c - sound and mouth of an utterance: to the sink, and into the cache for the next time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "provider/speech_cache.h"
#include "provider/tts_voice.h"

#define CACHED_CHUNK 2400
#define IDENTITY_BYTES 1600 /* an address, a model, instructions */

void iv_tts_deliver_audio(void *arg, const int16_t *samples, size_t n)
{
    iv_tts *t = arg;

    if (!n || atomic_load(&t->cancelled))
        return;
    if (!t->d.kept.pcm.len)
        t->d.since_us = iv_mono_us(iv_ctx_clock(t->ctx));
    if (iv_pcm_append(&t->d.kept.pcm, samples, n, NULL))
        t->d.incomplete = true;
    if (t->d.has_sink)
        t->d.sink.on_audio(t->d.sink.arg, samples, n);
    if (t->d.ear)
        iv_viseme_estimator_push(t->d.ear, samples, n);
}

static struct iv_phoneme *keep_phonemes(struct tts_delivery *d, const struct iv_phoneme *ph,
                                        size_t n)
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

void iv_tts_deliver_phonemes(void *arg, const struct iv_phoneme *ph, size_t n)
{
    iv_tts *t = arg;
    struct iv_phoneme *moved;

    if (!n || atomic_load(&t->cancelled))
        return;
    moved = keep_phonemes(&t->d, ph, n);
    if (moved && t->d.has_sink && t->d.sink.on_phonemes)
        t->d.sink.on_phonemes(t->d.sink.arg, moved, n, t->links[t->d.link].ops->phones);
}

void iv_tts_deliver_kept(iv_tts *t)
{
    const struct iv_speech *s = &t->d.kept;
    const struct iv_tts_sink *sink = &t->d.sink;

    if (!t->d.has_sink)
        return;
    if (s->n_phonemes && sink->on_phonemes)
        sink->on_phonemes(sink->arg, s->phonemes, s->n_phonemes, s->set);
    for (size_t at = 0; at < s->pcm.len && !atomic_load(&t->cancelled); at += CACHED_CHUNK) {
        size_t n = s->pcm.len - at;

        sink->on_audio(sink->arg, s->pcm.samples + at, n < CACHED_CHUNK ? n : CACHED_CHUNK);
    }
}

/* -- the cache -- */

static struct speech_key key_of(const iv_tts *t)
{
    const struct tts_link *link = &t->links[t->d.link];
    char identity[IDENTITY_BYTES] = "", rate[32];
    const char *parts[] = {
        "speech 1", link->ops->name, identity, link->ops->voice(link->st), iv_lang_code(t->lang),
        rate,       t->text,         NULL};

    link->ops->identity(link->st, identity, sizeof identity);
    snprintf(rate, sizeof rate, "%.4f", t->rate);
    return iv_speech_key_of(parts);
}

static speech_cache *cache_of(const iv_tts *t)
{
    bool is_kept = !(t->links[t->d.link].ops->flags & TTS_FOR_TESTS) && !t->d.is_open;

    return is_kept ? iv_speech_cache_of(t->ctx) : NULL;
}

bool iv_tts_is_cached(iv_tts *t)
{
    speech_cache *cache = cache_of(t);
    struct speech_key key;

    if (!cache)
        return false;
    key = key_of(t);
    return iv_speech_cache_get(cache, &key, &t->d.kept);
}

bool iv_tts_claim(iv_tts *t, void (*ready)(void *arg))
{
    speech_cache *cache = cache_of(t);

    if (!cache)
        return true;
    t->d.claim = (struct speech_claim){.key = key_of(t), .ready = ready, .arg = t};
    return iv_speech_cache_claim(cache, &t->d.claim);
}

void iv_tts_unclaim(iv_tts *t)
{
    if (t->d.claim.is_listed)
        iv_speech_cache_unclaim(iv_speech_cache_of(t->ctx), &t->d.claim);
}

static void count_saved(const iv_tts *t)
{
    const struct tts_link *link = &t->links[t->d.link];
    char service[48];

    if (!link->ops->begin)
        return;
    snprintf(service, sizeof service, "tts.%s", link->ops->name);
    iv_usage_saved(t->ctx, service, link->ops->model ? link->ops->model(link->st) : "", 1,
                   (int64_t)t->d.characters);
}

void iv_tts_keep(iv_tts *t, bool was_cached)
{
    speech_cache *cache = cache_of(t);
    struct speech_key key;

    if (!cache)
        return;
    if (was_cached)
        count_saved(t);
    key = key_of(t);
    iv_speech_cache_note(cache, &key, was_cached || t->d.incomplete ? NULL : &t->d.kept, was_cached,
                         t->d.characters);
}
