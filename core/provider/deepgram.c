/* deepgram.c - see the header. */
#include "provider/deepgram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "iv/alloc.h"
#include "iv/json.h"
#include "iv/text.h"

static uint32_t to_ms(double seconds)
{
    return seconds > 0 && seconds < 1e6 ? (uint32_t)(seconds * 1000 + 0.5) : 0;
}

static float share(double p)
{
    return p > 0 ? p < 1 ? (float)p : 1 : 0;
}

/* One line, without control characters, that fits. */
static void plain(const char *text, char *out, size_t out_bytes)
{
    char *shown = iv_text_visible(text);
    size_t n = shown ? iv_utf8_cut(shown, strlen(shown), out_bytes - 1) : 0;

    if (n)
        memcpy(out, shown, n);
    out[n] = '\0';
    free(shown);
}

/* -- messages -- */

static enum iv_code read_words(const iv_json *list, struct deepgram_message *out,
                               struct iv_error *err)
{
    size_t n = iv_json_len(list);

    if (n > DEEPGRAM_MAX_WORDS)
        return iv_fail(err, IV_E_STT_ERROR, "stt deepgram: %zu words in one result", n);
    out->words = iv_alloc_array(n ? n : 1, sizeof *out->words);
    if (!out->words)
        return iv_fail(err, IV_E_NOMEM, "stt deepgram: out of memory");
    for (const iv_json *w = iv_json_first(list); w; w = iv_json_next(w)) {
        const char *plain = iv_json_get_str(w, "word", "");
        char *text = iv_strdup(iv_json_get_str(w, "punctuated_word", plain));

        if (!text)
            return iv_fail(err, IV_E_NOMEM, "stt deepgram: out of memory");
        out->words[out->n_words++] =
            (struct iv_word){.text = text,
                             .start_ms = to_ms(iv_json_get_num(w, "start", 0)),
                             .end_ms = to_ms(iv_json_get_num(w, "end", 0)),
                             .confidence = share(iv_json_get_num(w, "confidence", 0))};
    }
    return IV_OK;
}

static enum iv_code read_alternative(const iv_json *channel, struct deepgram_message *out,
                                     struct iv_error *err)
{
    const iv_json *best = iv_json_first(iv_json_get(channel, "alternatives"));

    out->text = iv_text_clean(iv_json_get_str(best, "transcript", ""));
    out->confidence = share(iv_json_get_num(best, "confidence", 0));
    if (!out->text)
        return iv_fail(err, IV_E_NOMEM, "stt deepgram: out of memory");
    return read_words(iv_json_get(best, "words"), out, err);
}

static enum iv_code read_results(const iv_json *j, struct deepgram_message *out,
                                 struct iv_error *err)
{
    out->kind = DEEPGRAM_RESULTS;
    out->speech_final = iv_json_get_bool(j, "speech_final", false);
    out->is_final = iv_json_get_bool(j, "is_final", false) || out->speech_final;
    out->start_ms = to_ms(iv_json_get_num(j, "start", 0));
    out->end_ms = out->start_ms + to_ms(iv_json_get_num(j, "duration", 0));
    return read_alternative(iv_json_get(j, "channel"), out, err);
}

static enum iv_code parse(const char *data, size_t len, size_t max, iv_json **out,
                          struct iv_error *err)
{
    struct iv_error why;

    if (iv_json_parse(data, len, max, out, &why) || iv_json_type(*out) != IV_JSON_OBJECT) {
        iv_json_free(*out);
        *out = NULL;
        return iv_fail(err, IV_E_STT_ERROR, "stt deepgram: the service sent no JSON object");
    }
    return IV_OK;
}

enum iv_code iv_deepgram_read(const char *data, size_t len, struct deepgram_message *out,
                              struct iv_error *err)
{
    iv_json *j = NULL;
    const char *type;
    enum iv_code rc = parse(data, len, DEEPGRAM_MAX_MESSAGE, &j, err);

    *out = (struct deepgram_message){0};
    if (rc)
        return rc;
    type = iv_json_get_str(j, "type", "");
    if (!strcmp(type, "Results")) {
        rc = read_results(j, out, err);
    } else if (!strcmp(type, "UtteranceEnd")) {
        out->kind = DEEPGRAM_UTTERANCE_END;
        out->end_ms = to_ms(iv_json_get_num(j, "last_word_end", 0));
    } else if (!strcmp(type, "Metadata")) {
        out->kind = DEEPGRAM_METADATA;
    } else if (!strcmp(type, "Error")) {
        out->kind = DEEPGRAM_ERROR;
        plain(iv_json_get_str(j, "description", ""), out->note, sizeof out->note);
    }
    iv_json_free(j);
    if (rc)
        iv_deepgram_release(out);
    return rc;
}

enum iv_code iv_deepgram_read_recording(const char *data, size_t len, struct deepgram_message *out,
                                        struct iv_error *err)
{
    iv_json *j = NULL;
    enum iv_code rc = parse(data, len, 64u << 20, &j, err);

    *out = (struct deepgram_message){.kind = DEEPGRAM_RESULTS, .is_final = true};
    if (!rc && !iv_json_get(j, "results"))
        rc = iv_fail(err, IV_E_STT_ERROR, "stt deepgram: the answer holds no results");
    if (!rc)
        rc = read_alternative(iv_json_first(iv_json_get(iv_json_get(j, "results"), "channels")),
                              out, err);
    if (!rc)
        out->end_ms = to_ms(iv_json_get_num(iv_json_get(j, "metadata"), "duration", 0));
    iv_json_free(j);
    if (rc)
        iv_deepgram_release(out);
    return rc;
}

void iv_deepgram_release(struct deepgram_message *m)
{
    for (size_t i = 0; i < m->n_words; i++)
        free(m->words[i].text);
    free(m->words);
    free(m->text);
    *m = (struct deepgram_message){0};
}

/* -- refusals -- */

static const struct row {
    int status, last; /* of a handshake or a POST */
    const char *word; /* in the body, or NULL */
    enum iv_code code;
    enum net_class class;
    const char *hint;
} rows[] = {
    {400, 400, "corrupt", IV_E_STT_INVALID_AUDIO, NET_FAIL, NULL},
    {400, 400, "unsupported data", IV_E_STT_INVALID_AUDIO, NET_FAIL, NULL},
    {401, 401, NULL, IV_E_STT_ERROR, NET_FAIL, "the key is not accepted"},
    {402, 402, NULL, IV_E_STT_ERROR, NET_FAIL, "no credit is left"},
    {408, 408, NULL, IV_E_STT_TIMEOUT, NET_RETRY, NULL},
    {429, 429, NULL, IV_E_STT_ERROR, NET_WAIT, "too many at once"},
    {504, 504, NULL, IV_E_STT_TIMEOUT, NET_RETRY, NULL},
    {499, 599, NULL, IV_E_STT_ERROR, NET_RETRY, NULL},
    {0, 999, NULL, IV_E_STT_ERROR, NET_FAIL, NULL},
};

/* {"err_msg"}, {"message"}, or plain text. */
static void body_text(const struct net_outcome *o, char *out, size_t out_bytes)
{
    iv_json *j = NULL;
    const char *text = o->body;

    if (!iv_json_parse(o->body, o->body_len, NET_ERROR_BODY_BYTES, &j, NULL))
        text = iv_json_get_str(j, "err_msg", iv_json_get_str(j, "message", ""));
    else if (!iv_utf8_valid(o->body, o->body_len))
        text = "";
    plain(text, out, out_bytes);
    iv_json_free(j);
}

static void judge_status(const struct net_outcome *o, struct net_verdict *v)
{
    const struct row *r = rows;
    char said[120];

    while (o->status < r->status || o->status > r->last ||
           (r->word && !strcasestr(o->body, r->word)))
        r++;
    body_text(o, said, sizeof said);
    v->code = r->code;
    v->class = r->class;
    snprintf(v->text, sizeof v->text, "stt deepgram: HTTP %d%s%s%s%s%s%.40s%s", o->status,
             r->hint ? ": " : "", r->hint ? r->hint : "", said[0] ? ": " : "", said,
             o->request_id[0] ? " [" : "", o->request_id, o->request_id[0] ? "]" : "");
}

static bool begins(const char *s, const char *with)
{
    return !strncmp(s, with, strlen(with));
}

/* By the beginning of the reason, for deployments put more words behind it; by the code only where there is none. 1002 without a
 * reason may be 1012 to 1014, as libwebsockets shows them: it passes. */
static void judge_close(const struct net_outcome *o, struct net_verdict *v)
{
    bool is_idle = begins(o->reason, "NET-0001") || begins(o->reason, "NET-0002") ||
                   strstr(o->reason, "no_audio_timeout");
    char said[100];

    v->code = IV_E_STT_ERROR;
    v->class = NET_RETRY;
    if (begins(o->reason, "DATA-0000") || (o->close_code == 1008 && !o->reason[0])) {
        v->code = IV_E_STT_INVALID_AUDIO;
        v->class = NET_FAIL;
    } else if (is_idle) {
        v->code = IV_E_STT_TIMEOUT;
        v->class = NET_WAIT;
    } else if (o->close_code == 1008) {
        v->class = NET_FAIL;
    }
    plain(o->reason, said, sizeof said);
    snprintf(v->text, sizeof v->text, "stt deepgram: the service closed the stream (%d%s%s)",
             o->close_code, said[0] ? " " : "", said);
}

void iv_deepgram_judge(const struct net_outcome *o, struct net_verdict *v)
{
    switch (o->failure) {
    case NET_STATUS:
        judge_status(o, v);
        return;
    case NET_CLOSED:
        judge_close(o, v);
        return;
    case NET_CONNECT_TIMEOUT:
    case NET_FIRST_TIMEOUT:
    case NET_GAP_TIMEOUT:
    case NET_TOTAL_TIMEOUT:
        v->code = IV_E_STT_TIMEOUT;
        v->class = NET_RETRY;
        break;
    case NET_DNS:
    case NET_CONNECT:
    case NET_TLS:
    case NET_RESET:
        v->code = IV_E_STT_ERROR;
        v->class = NET_RETRY;
        break;
    default:
        v->code = IV_E_STT_ERROR;
        v->class = NET_FAIL;
    }
    snprintf(v->text, sizeof v->text, "stt deepgram: %.200s", o->text);
}
