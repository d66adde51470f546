/* speech.c - what a voice delivers on its own thread waits here until the owner takes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"

void iv_speech_queue_init(struct speech_queue *q, struct news *news)
{
    q->news = news;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    q->pcm.rate_hz = IV_TTS_RATE_HZ;
}

void iv_speech_queue_clear(struct speech_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->pcm.len = 0;
    q->n_phonemes = 0;
    q->done = false;
    q->code = IV_OK;
    q->text[0] = '\0';
    pthread_mutex_unlock(&q->lock);
}

void iv_speech_queue_wait(struct speech_queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (!q->done)
        pthread_cond_wait(&q->changed, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

void iv_speech_queue_release(struct speech_queue *q)
{
    iv_pcm_release(&q->pcm);
    free(q->phonemes);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}

static void fail(struct speech_queue *q, enum iv_code code, const char *text)
{
    if (q->code)
        return;
    q->code = code;
    snprintf(q->text, sizeof q->text, "%s", text);
}

static void on_audio(void *arg, const int16_t *samples, size_t n)
{
    struct speech_queue *q = arg;

    pthread_mutex_lock(&q->lock);
    if (iv_pcm_append(&q->pcm, samples, n, NULL))
        fail(q, IV_E_NOMEM, "speech: out of memory");
    pthread_cond_signal(&q->changed);
    iv_news_tell(q->news);
    pthread_mutex_unlock(&q->lock);
}

static void on_phonemes(void *arg, const struct iv_phoneme *ph, size_t n, enum iv_phone_set set)
{
    struct speech_queue *q = arg;

    pthread_mutex_lock(&q->lock);
    if (iv_grow(&q->phonemes, &q->cap_phonemes, q->n_phonemes + n, sizeof *ph))
        fail(q, IV_E_NOMEM, "speech: out of memory");
    else if (n)
        memcpy(q->phonemes + q->n_phonemes, ph, n * sizeof *ph);
    if (!q->code)
        q->n_phonemes += n;
    q->set = set;
    pthread_mutex_unlock(&q->lock);
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct speech_queue *q = arg;

    pthread_mutex_lock(&q->lock);
    if (code)
        fail(q, code, text ? text : "");
    q->done = true;
    pthread_cond_signal(&q->changed);
    iv_news_tell(q->news); /* inside the lock: who sees the end may drop all of it */
    pthread_mutex_unlock(&q->lock);
}

struct iv_tts_sink iv_speech_queue_sink(struct speech_queue *q)
{
    return (struct iv_tts_sink){
        .on_audio = on_audio, .on_phonemes = on_phonemes, .on_done = on_done, .arg = q};
}

enum iv_code iv_speech_queue_take(struct speech_queue *q, bool wait, struct iv_pcm *pcm,
                                  struct iv_phoneme **ph, size_t *n_ph, enum iv_phone_set *set,
                                  bool *done, struct iv_error *err)
{
    enum iv_code rc;

    *ph = NULL;
    *n_ph = 0;
    pthread_mutex_lock(&q->lock);
    while (wait && !q->done)
        pthread_cond_wait(&q->changed, &q->lock);
    rc = iv_pcm_append(pcm, q->pcm.samples, q->pcm.len, err);
    q->pcm.len = 0;
    *done = q->done;
    *ph = q->phonemes;
    *n_ph = q->n_phonemes;
    *set = q->set;
    q->phonemes = NULL;
    q->n_phonemes = q->cap_phonemes = 0;
    if (!rc && q->code)
        rc = iv_fail(err, q->code, "%s", q->text);
    pthread_mutex_unlock(&q->lock);
    return rc;
}
