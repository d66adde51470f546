/* heard.c - see heard.h. */
#include "conversation/heard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"

/* -- on the recogniser's thread -- */

static void keep_words(struct heard *h, const struct iv_stt_result *r)
{
    if (iv_grow(&h->words, &h->cap_words, h->n_words + r->n_words, sizeof *h->words))
        return; /* the text stands without its times */
    for (size_t i = 0; i < r->n_words; i++) {
        struct iv_word w = r->words[i];

        w.text = iv_strdup(w.text);
        w.start_ms += h->offset_ms;
        w.end_ms += h->offset_ms;
        if (w.text)
            h->words[h->n_words++] = w;
    }
}

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct heard *h = arg;
    size_t len = strlen(r->text);

    pthread_mutex_lock(&h->lock);
    iv_buf_clear(&h->interim);
    h->has_text = true;
    if (r->is_final) {
        if (h->text.len && len)
            iv_buf_addc(&h->text, ' ');
        iv_buf_adds(&h->text, r->text);
        h->confidence += (double)r->confidence * (double)len;
        h->weight += len;
        keep_words(h, r);
    } else {
        iv_buf_adds(&h->interim, r->text);
        h->has_interim = true;
    }
    pthread_mutex_unlock(&h->lock);
    iv_news_tell(h->news);
}

static void on_endpoint(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    struct heard *h = arg;

    (void)at_ms;
    pthread_mutex_lock(&h->lock);
    h->has_endpoint[kind] = true;
    pthread_mutex_unlock(&h->lock);
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct heard *h = arg;

    pthread_mutex_lock(&h->lock);
    h->is_done = true;
    h->code = code;
    snprintf(h->why, sizeof h->why, "%s", text ? text : "");
    pthread_mutex_unlock(&h->lock);
    iv_news_tell(h->news);
}

struct iv_stt_sink iv_heard_sink(struct heard *h)
{
    return (struct iv_stt_sink){
        .on_result = on_result, .on_done = on_done, .arg = h, .on_endpoint = on_endpoint};
}

/* -- life -- */

void iv_heard_init(struct heard *h, struct news *news)
{
    pthread_mutex_init(&h->lock, NULL);
    h->news = news;
    h->text = (struct iv_buf)IV_BUF_INIT(HEARD_MAX);
    h->interim = (struct iv_buf)IV_BUF_INIT(HEARD_MAX);
}

void iv_heard_forget(struct heard *h)
{
    iv_buf_clear(&h->text);
    iv_buf_clear(&h->interim);
    for (size_t i = 0; i < h->n_words; i++)
        free(h->words[i].text);
    h->n_words = h->weight = 0;
    h->confidence = 0;
    h->has_interim = h->has_text = h->is_done = false;
    memset(h->has_endpoint, 0, sizeof h->has_endpoint);
    h->offset_ms = 0;
    h->code = IV_OK;
}

void iv_heard_release(struct heard *h)
{
    iv_heard_forget(h);
    free(h->words);
    iv_buf_release(&h->text);
    iv_buf_release(&h->interim);
    pthread_mutex_destroy(&h->lock);
}

void iv_heard_go_on(struct heard *h, uint32_t offset_ms)
{
    pthread_mutex_lock(&h->lock);
    h->is_done = false;
    h->code = IV_OK;
    h->offset_ms = offset_ms;
    pthread_mutex_unlock(&h->lock);
}

/* -- for the owner -- */

bool iv_heard_is_done(struct heard *h)
{
    bool is_done;

    pthread_mutex_lock(&h->lock);
    is_done = h->is_done;
    pthread_mutex_unlock(&h->lock);
    return is_done;
}

/* {h->lock} */
static void join_heard(const struct heard *h, struct iv_buf *text)
{
    iv_buf_adds(text, iv_buf_str(&h->text));
    if (h->text.len && h->interim.len)
        iv_buf_addc(text, ' ');
    iv_buf_adds(text, iv_buf_str(&h->interim));
}

void iv_heard_text(struct heard *h, struct iv_buf *text)
{
    pthread_mutex_lock(&h->lock);
    join_heard(h, text);
    pthread_mutex_unlock(&h->lock);
}

bool iv_heard_take(struct heard *h, struct iv_buf *text, bool has_endpoint[2])
{
    bool is_new;

    pthread_mutex_lock(&h->lock);
    is_new = h->has_text;
    if (is_new)
        join_heard(h, text);
    memcpy(has_endpoint, h->has_endpoint, sizeof h->has_endpoint);
    memset(h->has_endpoint, 0, sizeof h->has_endpoint);
    h->has_text = false;
    pthread_mutex_unlock(&h->lock);
    return is_new;
}

bool iv_heard_take_interim(struct heard *h, struct iv_buf *text)
{
    bool has;

    pthread_mutex_lock(&h->lock);
    has = h->has_interim && h->interim.len;
    h->has_interim = false;
    join_heard(h, text);
    pthread_mutex_unlock(&h->lock);
    return has;
}
