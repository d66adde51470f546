/* tts_eleven_socket.c - the WebSocket of ElevenLabs, which takes text while it is written.
 *
 * It is opened when a reply begins, so that its handshakes are over when the first words come. One socket speaks one utterance.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/tts_eleven.h"
#include "provider/tts_retry.h"

#define QUEUE_BYTES (128u << 10)
#define SAID_BYTES (64u << 10) /* of one utterance */
#define IDLE_S 60

static enum iv_code open_socket(struct eleven *e, struct iv_error *err);
static enum iv_code say_all(struct eleven *e, struct iv_error *err);

/* -- an end, or another try -- */

static void reopen(void *arg)
{
    struct eleven *e = arg;
    struct iv_error err = {0};
    enum iv_code rc;

    rc = open_socket(e, &err);
    iv_net_timer_release(e->s.again);
    e->s.again = NULL;
    if (!rc)
        rc = say_all(e, &err);
    if (rc)
        iv_eleven_finish(e, rc, err.text);
}

static void fail(struct eleven *e, const struct net_verdict *v, int64_t told_ms)
{
    int64_t ms = e->pcm.n_in ? -1 : iv_tts_retry_ms(e->ctx, v->class, e->s.tries, told_ms);

    iv_eleven_socket_end(e);
    iv_net_ws_release(e->s.ws); /* without a word of its end */
    e->s.ws = NULL;
    e->s.again = ms < 0 ? NULL : iv_net_after(e->net, ms, reopen, e);
    if (!e->s.again)
        iv_eleven_finish(e, v->code, v->text);
}

static void on_silence(void *arg)
{
    struct eleven *e = arg;
    struct net_outcome o = {.failure = e->pcm.n_in ? NET_GAP_TIMEOUT : NET_FIRST_TIMEOUT,
                            .text = "no sound came in time"};
    struct net_verdict v;

    if (!e->is_busy || !e->s.is_used)
        return;
    iv_net_report(e->net, "tts.elevenlabs", false);
    iv_elevenlabs_judge(&o, e->pcm.n_in > 0, &v);
    fail(e, &v, -1);
}

/* While text is still being written silence is no fault, unless sound is owed for what was sent. */
static void watch(struct eleven *e)
{
    int64_t ms = e->pcm.n_in ? ELEVEN_GAP_MS : e->job.timeout_ms;

    iv_net_timer_release(e->s.silence);
    e->s.silence = NULL;
    if (e->s.is_owed || e->s.is_all_said)
        e->s.silence = iv_net_after(e->net, ms, on_silence, e);
}

/* -- what comes -- */

static void judge_final(struct eleven *e)
{
    static const struct net_verdict none = {IV_E_TTS_ERROR, NET_RETRY_ONCE,
                                            "tts elevenlabs: no sound came"};
    static const struct net_verdict early = {IV_E_TTS_ERROR, NET_FAIL,
                                             "tts elevenlabs: the service ended too early"};

    if (!e->pcm.n_in)
        fail(e, &none, -1);
    else if (!e->s.is_all_said)
        fail(e, &early, -1);
    else
        iv_eleven_finish(e, IV_OK, "");
}

/* Nothing was missing any more when it grew tired of waiting. */
static bool is_harmless(const struct eleven *e, enum iv_code code)
{
    return code == IV_E_TTS_TIMEOUT && e->s.is_all_said && !e->s.is_owed && e->pcm.n_in;
}

static void on_message(void *arg, const char *data, size_t len, bool is_text)
{
    struct eleven *e = arg;
    uint64_t before = e->pcm.n_in;
    bool is_final = false;
    struct iv_error err = {0};
    enum iv_code rc;

    if (!is_text || !e->is_busy || !e->s.is_used)
        return;
    rc = iv_eleven_take(e, data, len, true, &is_final, &err);
    if (e->pcm.n_in > before)
        e->s.is_owed = false;
    if (is_harmless(e, rc))
        iv_eleven_finish(e, IV_OK, "");
    else if (rc)
        iv_eleven_finish(e, rc, err.text);
    else if (is_final)
        judge_final(e);
    else if (e->pcm.n_in > before)
        watch(e);
}

static void on_close(void *arg, const struct net_outcome *o)
{
    struct eleven *e = arg;
    struct net_verdict v;

    e->s.is_fresh = false;
    if (!e->is_busy || !e->s.is_used)
        return;
    iv_elevenlabs_judge(o, e->pcm.n_in > 0, &v);
    if (is_harmless(e, v.code))
        iv_eleven_finish(e, IV_OK, "");
    else
        fail(e, &v, o->retry_after_ms);
}

/* -- what is sent -- */

static enum iv_code open_socket(struct eleven *e, struct iv_error *err)
{
    char url[ELEVEN_URL_BYTES];
    struct net_header key = {"xi-api-key", e->key};
    struct net_ws_request r = {.service = "tts.elevenlabs",
                               .url = url,
                               .headers = &key,
                               .n_headers = 1,
                               .handshake_ms = ELEVEN_CONNECT_MS,
                               .max_message = ELEVENLABS_MAX_PIECE,
                               .max_queued = QUEUE_BYTES,
                               .on_message = on_message,
                               .on_close = on_close,
                               .arg = e};
    bool is_secure = !strncmp(e->base, "https://", 8), has_language = iv_eleven_takes_language(e);
    const char *host = strstr(e->base, "://");

    snprintf(url, sizeof url,
             "%s%s/v1/text-to-speech/%s/stream-input?model_id=%s&output_format=pcm_24000"
             "&sync_alignment=true&inactivity_timeout=%d%s%s",
             is_secure ? "wss" : "ws", host ? host : "://", e->voice, e->model, IDLE_S,
             has_language ? "&language_code=" : "", has_language ? iv_lang_code(e->lang) : "");
    iv_net_ws_release(e->s.ws);
    e->s.ws = NULL;
    return iv_net_ws_open(e->net, &r, &e->s.ws, err);
}

/* One that is closed already tells so by on_close. */
static enum iv_code send_json(struct eleven *e, iv_json *j, struct iv_error *err)
{
    char *text = iv_eleven_json(j);
    enum iv_code rc = text ? iv_net_ws_send(e->s.ws, text, strlen(text), true, err)
                           : iv_fail(err, IV_E_NOMEM, "tts elevenlabs: out of memory");

    free(text);
    return rc == IV_E_STATE ? IV_OK : rc;
}

/* The first message must be one blank; it carries the settings. */
static enum iv_code send_start(struct eleven *e, struct iv_error *err)
{
    iv_json *j = iv_json_object(), *generation = iv_json_object(), *schedule = iv_json_array();

    for (int step = 50; step <= 200; step += 50)
        iv_json_append(schedule, iv_json_int(step));
    iv_json_set_str(j, "text", " ");
    iv_eleven_add_rate(e, j);
    iv_json_set(generation, "chunk_length_schedule", schedule);
    iv_json_set(j, "generation_config", generation);
    return send_json(e, j, err);
}

/* What comes here is whole sentences: each is made at once. */
static enum iv_code send_text(struct eleven *e, const char *text, struct iv_error *err)
{
    struct iv_buf padded = IV_BUF_INIT(SAID_BYTES + 2);
    iv_json *j;
    enum iv_code rc;

    iv_buf_adds(&padded, text);
    iv_buf_addc(&padded, ' ');
    rc = iv_buf_check(&padded, "tts elevenlabs: text", err);
    if (!rc) {
        j = iv_json_object();
        iv_json_set_str(j, "text", iv_buf_str(&padded));
        iv_json_set_bool(j, "flush", true);
        rc = send_json(e, j, err);
    }
    iv_buf_release(&padded);
    return rc;
}

static enum iv_code send_end(struct eleven *e, struct iv_error *err)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "text", "");
    return send_json(e, j, err);
}

static enum iv_code say_all(struct eleven *e, struct iv_error *err)
{
    enum iv_code rc = send_start(e, err);

    e->s.is_fresh = false;
    e->s.tries++;
    e->s.is_owed = !iv_text_is_blank(iv_buf_str(&e->s.said));
    if (!rc && e->s.is_owed)
        rc = send_text(e, iv_buf_str(&e->s.said), err);
    if (!rc && e->s.is_all_said)
        rc = send_end(e, err);
    watch(e);
    return rc;
}

static enum iv_code keep_said(struct eleven *e, const char *text, struct iv_error *err)
{
    if (e->s.said.len)
        iv_buf_addc(&e->s.said, ' ');
    iv_buf_adds(&e->s.said, text);
    return iv_buf_check(&e->s.said, "tts elevenlabs: an utterance", err);
}

/* -- for tts_elevenlabs.c -- */

enum iv_code iv_eleven_socket_begin(struct eleven *e, struct iv_error *err)
{
    enum iv_code rc;

    e->s.is_used = true;
    e->s.is_all_said = !e->job.is_open;
    e->s.tries = 0;
    iv_buf_release(&e->s.said);
    e->s.said = (struct iv_buf)IV_BUF_INIT(SAID_BYTES);
    rc = keep_said(e, e->job.text, err);
    if (!rc && !e->s.is_fresh)
        rc = open_socket(e, err);
    if (!rc)
        rc = say_all(e, err);
    if (rc)
        iv_eleven_socket_end(e);
    return rc;
}

enum iv_code iv_eleven_socket_append(struct eleven *e, const char *text, struct iv_error *err)
{
    bool is_blank = text && iv_text_is_blank(text);
    enum iv_code rc = IV_OK;

    if (!e->is_busy || !e->s.is_used || e->s.is_all_said || is_blank)
        return IV_OK;
    e->s.is_all_said = !text;
    if (text)
        rc = keep_said(e, text, err);
    if (rc || e->s.again) /* the next try says it */
        return rc;
    e->s.is_owed |= text != NULL;
    rc = text ? send_text(e, text, err) : send_end(e, err);
    watch(e);
    return rc;
}

void iv_eleven_socket_warm(struct eleven *e)
{
    struct iv_error err;
    bool is_taken = e->is_busy && e->s.is_used;

    if (!is_taken && !e->s.is_fresh)
        e->s.is_fresh = !open_socket(e, &err);
}

void iv_eleven_socket_end(struct eleven *e)
{
    iv_net_timer_release(e->s.silence);
    iv_net_timer_release(e->s.again);
    e->s.silence = e->s.again = NULL;
    if (e->s.ws && !e->s.is_fresh)
        iv_net_ws_close(e->s.ws, 1000);
}

void iv_eleven_socket_release(struct eleven *e)
{
    iv_net_ws_release(e->s.ws);
    iv_net_timer_release(e->s.silence);
    iv_net_timer_release(e->s.again);
    iv_buf_release(&e->s.said);
}
