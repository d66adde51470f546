/* stt_deepgram.c - Deepgram: live over a WebSocket (deepgram_live.c), recordings by one POST. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"
#include "provider/stt_deepgram.h"
#include "provider/stt_wav.h"

#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)
#define MAX_ANSWER (64u << 20)
#define KEPT_S 60
#define TIMEOUT_MS 30000

/* -- opening -- */

static bool deepgram_available(iv_ctx *ctx, enum iv_lang lang, char *why, size_t why_bytes)
{
    (void)lang;
    if (iv_secret_is_set(ctx, "deepgram.api_key"))
        return true;
    snprintf(why, why_bytes, "deepgram.api_key is not set (DEEPGRAM_API_KEY)");
    return false;
}

static enum iv_code deepgram_open(void *st, const struct stt_env *env, struct iv_error *err)
{
    struct deepgram *d = st;
    const struct iv_config *c = iv_ctx_config(env->ctx);
    enum iv_code rc;

    d->ctx = env->ctx;
    d->lang = env->lang;
    d->hang_ms = env->hang_ms;
    d->timeout_ms = c ? c->stt_timeout_ms : TIMEOUT_MS;
    iv_deepgram_live_init(d, c ? (size_t)c->stt_kept_s : KEPT_S);
    snprintf(d->base, sizeof d->base, "%s", c ? c->deepgram_base_url : "https://api.deepgram.com");
    snprintf(d->model, sizeof d->model, "%s", c ? c->deepgram_model : "nova-3");
    rc = iv_net_of(env->ctx, &d->net, err);
    if (!rc)
        rc = iv_secret_get(env->ctx, "deepgram.api_key", &d->key, err);
    if (!rc && !d->key)
        rc = iv_fail(err, IV_E_STT_ERROR, "stt deepgram: deepgram.api_key is not set");
    return rc;
}

enum iv_code iv_deepgram_token(const struct deepgram *d, char *out, size_t out_bytes,
                               struct iv_error *err)
{
    if (snprintf(out, out_bytes, "Token %s", d->key) < (int)out_bytes)
        return IV_OK;
    explicit_bzero(out, out_bytes);
    return iv_fail(err, IV_E_CONFIG, "deepgram.api_key: it is too long to be a key");
}

void iv_deepgram_finish(struct deepgram *d, enum iv_code code, const char *text)
{
    if (d->is_over)
        return;
    d->is_over = true;
    d->link.done(d->link.arg, code, text);
}

/* A recording comes by POST: the stream is opened by the first sound. */
static enum iv_code deepgram_begin(void *st, const struct stt_link *link, bool interim,
                                   struct iv_error *err)
{
    struct deepgram *d = st;

    (void)err;
    d->link = *link;
    d->interim = interim;
    return IV_OK;
}

static enum iv_code deepgram_feed(void *st, const int16_t *samples, size_t n, struct iv_error *err)
{
    return iv_deepgram_live_feed(st, samples, n, err);
}

static enum iv_code deepgram_end(void *st, struct iv_error *err)
{
    struct deepgram *d = st;

    return d->call ? IV_OK : iv_deepgram_live_end(d, err);
}

/* -- a recording -- */

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    (void)arg;
    if (o->failure != NET_OK)
        iv_deepgram_judge(o, v);
}

static void on_answer(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct deepgram *d = arg;
    struct deepgram_message m;
    struct iv_error err;

    if (o->failure == NET_CANCELLED) {
        iv_deepgram_finish(d, IV_E_CANCELLED, "cancelled");
    } else if (v->code) {
        iv_deepgram_finish(d, v->code, v->text);
    } else if (iv_deepgram_read_recording(o->body, o->body_len, &m, &err)) {
        iv_deepgram_finish(d, err.code, err.text);
    } else {
        iv_deepgram_tell(d, &m);
        iv_deepgram_release(&m);
        iv_deepgram_finish(d, IV_OK, "");
    }
}

static enum iv_code deepgram_recorded(void *st, const int16_t *samples, size_t n,
                                      struct iv_error *err)
{
    struct deepgram *d = st;
    char url[600], token[600];
    struct net_header headers[] = {{"Authorization", token}, {"Content-Type", "audio/wav"}};
    const int64_t total_ms = d->timeout_ms + (int64_t)(n / SAMPLES_PER_MS / 2);
    struct net_request r = {.service = DEEPGRAM_SERVICE,
                            .method = "POST",
                            .url = url,
                            .headers = headers,
                            .n_headers = IV_LEN(headers),
                            .timeouts = {.connect_ms = DEEPGRAM_HANDSHAKE_MS,
                                         .total_ms = total_ms,
                                         .budget_ms = total_ms},
                            .max_body = MAX_ANSWER,
                            .judge = judge,
                            .on_done = on_answer,
                            .arg = d};
    enum iv_code rc;

    if (n < IV_STT_RATE_HZ / 10)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO,
                       "audio of %zu ms: at least 100 ms can be transcribed", n / SAMPLES_PER_MS);
    rc = iv_deepgram_token(d, token, sizeof token, err);
    if (rc)
        return rc;
    d->file = iv_stt_wav(samples, n, IV_STT_RATE_HZ, &r.body_len);
    r.body = d->file;
    snprintf(url, sizeof url, "%s/v1/listen?model=%s&language=%s&smart_format=true&punctuate=true",
             d->base, d->model, iv_lang_code(d->lang));
    rc = d->file ? iv_net_call(d->net, &r, &d->call, err)
                 : iv_fail(err, IV_E_NOMEM, "stt deepgram: out of memory");
    explicit_bzero(token, sizeof token);
    return rc;
}

static void on_stop(void *arg)
{
    struct deepgram *d = arg;

    iv_deepgram_live_shut(d);
    iv_deepgram_finish(d, IV_E_CANCELLED, "cancelled");
}

static void deepgram_stop(void *st)
{
    struct deepgram *d = st;
    struct iv_error ignored;

    if (d->call)
        iv_net_call_cancel(d->call);
    iv_net_post(d->net, on_stop, d, &ignored);
}

static void deepgram_warm(void *st)
{
    const struct deepgram *d = st;

    iv_net_warm(d->net, d->base);
}

/* On the net thread, where nothing else of it can run meanwhile. */
static void shut(void *arg)
{
    struct deepgram *d = arg;

    d->is_over = true;
    iv_deepgram_live_shut(d);
    iv_net_call_release(d->call);
}

static void deepgram_close(void *st)
{
    struct deepgram *d = st;

    if (d->net)
        iv_net_run(d->net, shut, d);
    iv_deepgram_live_release(d);
    iv_secret_free(d->key);
    free(d->file);
}

const struct iv_stt_ops iv_stt_deepgram = {
    .name = "deepgram",
    .summary = "Deepgram: live, in Korean, English and Japanese; needs a key",
    .langs = 1u << IV_LANG_KO | 1u << IV_LANG_EN | 1u << IV_LANG_JA,
    .state_size = sizeof(struct deepgram),
    .available = deepgram_available,
    .open = deepgram_open,
    .begin = deepgram_begin,
    .feed = deepgram_feed,
    .end = deepgram_end,
    .recorded = deepgram_recorded,
    .stop = deepgram_stop,
    .warm = deepgram_warm,
    .close = deepgram_close,
};
