/* elevenlabs.c - see the header. */
#include "provider/elevenlabs.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/json.h"
#include "iv/text.h"
#include "provider/tts_retry.h"

/* -- pieces -- */

/* The same facts under the names of HTTP (seconds, ends) and of the WebSocket (milliseconds, durations). */
static const struct shape {
    const char *chars, *starts, *ends;
    double to_ms;
    bool has_durations;
} shapes[] = {
    {"characters", "character_start_times_seconds", "character_end_times_seconds", 1000, false},
    {"chars", "charStartTimesMs", "charDurationsMs", 1, true},
};

static enum iv_code nonsense(struct iv_error *err, const char *what)
{
    return iv_fail(err, IV_E_TTS_ERROR, "tts elevenlabs: the service sent %s", what);
}

static uint32_t to_ms(double value, double factor)
{
    double ms = value * factor;

    return ms > 0 && ms < IV_TIMED_MAX_MS ? (uint32_t)(ms + 0.5) : 0;
}

static enum iv_code read_chars(const iv_json *alignment, const struct shape *shape,
                               struct elevenlabs_piece *out, struct iv_error *err)
{
    const iv_json *list = iv_json_get(alignment, shape->chars);
    const iv_json *c = iv_json_first(list);
    const iv_json *from = iv_json_first(iv_json_get(alignment, shape->starts));
    const iv_json *to = iv_json_first(iv_json_get(alignment, shape->ends));
    size_t n = iv_json_len(list), used = 0;
    size_t *at;

    if (!n)
        return IV_OK;
    if (n > ELEVENLABS_MAX_CHARS)
        return nonsense(err, "too many character times");
    out->chars = iv_alloc_array(n, sizeof *out->chars);
    at = iv_alloc_array(n, sizeof *at);
    if (!out->chars || !at) {
        free(at);
        return iv_fail(err, IV_E_NOMEM, "tts elevenlabs: out of memory");
    }
    for (; c && from && to && used < n;
         c = iv_json_next(c), from = iv_json_next(from), to = iv_json_next(to), used++) {
        uint32_t start = to_ms(iv_json_number(from, 0), shape->to_ms);
        uint32_t end = to_ms(iv_json_number(to, 0), shape->to_ms);
        const char *text = iv_json_string(c, "");

        at[used] = out->words.len;
        iv_buf_add(&out->words, text, strlen(text) + 1);
        out->chars[used].start_ms = start;
        out->chars[used].end_ms = shape->has_durations ? start + end : end;
    }
    for (size_t i = 0; i < used && !out->words.failed; i++)
        out->chars[i].text = out->words.data + at[i];
    out->n_chars = used;
    free(at);
    return iv_buf_check(&out->words, "tts elevenlabs: character times", err);
}

static const iv_json *first_object(const iv_json *j, const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (iv_json_type(iv_json_get(j, names[i])) == IV_JSON_OBJECT)
            return iv_json_get(j, names[i]);
    return NULL;
}

/* What was spoken comes before what was written: "2026" has no mouth, its words have. */
static enum iv_code read_alignment(const iv_json *j, struct elevenlabs_piece *out,
                                   struct iv_error *err)
{
    static const char *const names[] = {"normalized_alignment", "normalizedAlignment", "alignment"};
    const iv_json *alignment = first_object(j, names, IV_LEN(names));
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < IV_LEN(shapes) && !rc && !out->n_chars; i++)
        rc = read_chars(alignment, &shapes[i], out, err);
    return rc;
}

static enum iv_code read_sound(const iv_json *j, struct elevenlabs_piece *out, struct iv_error *err)
{
    const char *coded = iv_json_get_str(j, "audio_base64", iv_json_get_str(j, "audio", ""));
    size_t len = strlen(coded), n = 0;
    unsigned char *bytes;

    if (!len)
        return IV_OK;
    bytes = iv_alloc(len);
    if (!bytes)
        return iv_fail(err, IV_E_NOMEM, "tts elevenlabs: out of memory");
    if (sodium_base642bin(bytes, len, coded, len, "\r\n", &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL)) {
        free(bytes);
        return nonsense(err, "sound that is not base64");
    }
    iv_buf_add(&out->sound, bytes, n);
    free(bytes);
    return iv_buf_check(&out->sound, "tts elevenlabs: sound", err);
}

enum iv_code iv_elevenlabs_read(const char *text, size_t len, struct elevenlabs_piece *out,
                                struct iv_error *err)
{
    iv_json *j = NULL;
    struct iv_error why;
    enum iv_code rc;

    *out = (struct elevenlabs_piece){.sound = IV_BUF_INIT(ELEVENLABS_MAX_PIECE),
                                     .words = IV_BUF_INIT(ELEVENLABS_MAX_CHARS * 16)};
    if (iv_json_parse(text, len, ELEVENLABS_MAX_PIECE, &j, &why) ||
        iv_json_type(j) != IV_JSON_OBJECT) {
        iv_json_free(j);
        return nonsense(err, "a line that is not a JSON object");
    }
    out->is_final = iv_json_get_bool(j, "isFinal", false);
    snprintf(out->error, sizeof out->error, "%s", iv_json_get_str(j, "error", ""));
    snprintf(out->message, sizeof out->message, "%s", iv_json_get_str(j, "message", ""));
    rc = read_sound(j, out, err);
    if (!rc)
        rc = read_alignment(j, out, err);
    iv_json_free(j);
    if (rc)
        iv_elevenlabs_release(out);
    return rc;
}

void iv_elevenlabs_release(struct elevenlabs_piece *p)
{
    iv_buf_release(&p->sound);
    iv_buf_release(&p->words);
    free(p->chars);
    *p = (struct elevenlabs_piece){0};
}

/* -- refusals -- */

enum meaning { ERROR, INPUT, QUOTA, TIMEOUT };
static const enum iv_code codes[] = {[ERROR] = IV_E_TTS_ERROR,
                                     [INPUT] = IV_E_TTS_INVALID_TEXT,
                                     [QUOTA] = IV_E_TTS_QUOTA,
                                     [TIMEOUT] = IV_E_TTS_TIMEOUT};

/* The vendor moves codes between statuses: the code decides, then the status. First row that fits. */
static const struct row {
    const char *code; /* of `code` or `status` in the body; NULL: any */
    int status, last_status; /* 0: any */
    enum meaning meaning;
    enum net_class class;
    const char *hint;
} rows[] = {
    {"quota_exceeded", 0, 0, QUOTA, NET_FAIL, "no credit is left"},
    {"insufficient_credits", 0, 0, QUOTA, NET_FAIL, "no credit is left"},
    {"text_too_long", 0, 0, INPUT, NET_FAIL, NULL},
    {"max_character_limit_exceeded", 0, 0, INPUT, NET_FAIL, NULL},
    {"empty_text", 0, 0, INPUT, NET_FAIL, NULL},
    {"text_too_short", 0, 0, INPUT, NET_FAIL, NULL},
    {"invalid_text", 0, 0, INPUT, NET_FAIL, NULL},
    {"loc:text", 0, 0, INPUT, NET_FAIL, NULL},
    {"concurrent_limit_exceeded", 0, 0, ERROR, NET_WAIT, "too many at once"},
    {"too_many_concurrent_requests", 0, 0, ERROR, NET_WAIT, "too many at once"},
    {"rate_limit_exceeded", 0, 0, ERROR, NET_WAIT, NULL},
    {"system_busy", 0, 0, ERROR, NET_WAIT, NULL},
    {"detected_unusual_activity", 0, 0, ERROR, NET_FAIL, "free plans refuse shared addresses"},
    {"invalid_api_key", 0, 0, ERROR, NET_FAIL, "the key is not accepted"},
    {"input_timeout_exceeded", 0, 0, TIMEOUT, NET_FAIL, NULL},
    {"voice_not_found", 0, 0, ERROR, NET_FAIL, "no such voice"},
    {NULL, 402, 402, QUOTA, NET_FAIL, "no credit is left"},
    {NULL, 429, 429, ERROR, NET_WAIT, NULL},
    {NULL, 408, 409, ERROR, NET_RETRY, NULL},
    {NULL, 500, 599, ERROR, NET_RETRY, NULL},
    {NULL, 0, 0, ERROR, NET_FAIL, NULL},
};

struct refusal {
    char code[64], status[64], message[200];
};

/* [{"loc":["body","text"],"msg":".."}] */
static void read_list(const iv_json *list, struct refusal *r)
{
    const iv_json *first = iv_json_first(list);
    const iv_json *loc = iv_json_get(first, "loc");

    snprintf(r->message, sizeof r->message, "%s", iv_json_get_str(first, "msg", ""));
    for (const iv_json *l = iv_json_first(loc); l; l = iv_json_next(l))
        if (!strcmp(iv_json_string(l, ""), "text"))
            snprintf(r->code, sizeof r->code, "loc:text");
}

static void read_refusal(const char *body, size_t len, struct refusal *r)
{
    iv_json *j = NULL;
    const iv_json *d;

    *r = (struct refusal){0};
    if (iv_json_parse(body, len, NET_ERROR_BODY_BYTES, &j, NULL))
        return;
    d = iv_json_get(j, "detail");
    if (iv_json_type(d) == IV_JSON_ARRAY)
        read_list(d, r);
    else if (iv_json_type(d) == IV_JSON_STRING)
        snprintf(r->message, sizeof r->message, "%s", iv_json_string(d, ""));
    snprintf(r->message + strlen(r->message), sizeof r->message - strlen(r->message), "%s",
             iv_json_get_str(d, "message", ""));
    if (!r->code[0])
        snprintf(r->code, sizeof r->code, "%s", iv_json_get_str(d, "code", ""));
    snprintf(r->status, sizeof r->status, "%s", iv_json_get_str(d, "status", ""));
    iv_json_free(j);
}

static bool fits(const struct row *row, const struct refusal *r, int status)
{
    if (row->code)
        return !strcmp(row->code, r->code) || !strcmp(row->code, r->status);
    return !row->status || (status >= row->status && status <= row->last_status);
}

/* `said` is the service's: shown as one plain line, cut between characters. */
static void explain(struct net_verdict *v, const char *what, const struct row *row,
                    const struct refusal *r)
{
    char *message = iv_text_visible(r->message), *code = iv_text_visible(r->code);
    const char *text = message ? message : "", *name = code ? code : "";

    v->code = codes[row->meaning];
    v->class = row->class;
    snprintf(v->text, sizeof v->text, "tts elevenlabs: %s%s%s%s%.*s%s%.*s", what,
             row->hint ? ": " : "", row->hint ? row->hint : "", *text ? ": " : "",
             (int)iv_utf8_cut(text, strlen(text), 120), text, *name ? " " : "",
             (int)iv_utf8_cut(name, strlen(name), 40), name);
    free(message);
    free(code);
}

static const struct row *row_of(const struct refusal *r, int status)
{
    const struct row *row = rows;

    while (!fits(row, r, status))
        row++;
    return row;
}

static void judge_refusal(const struct net_outcome *o, struct net_verdict *v)
{
    struct refusal r;
    char what[32];

    read_refusal(o->body, o->body_len, &r);
    snprintf(what, sizeof what, "HTTP %d", o->status);
    explain(v, what, row_of(&r, o->status), &r);
}

void iv_elevenlabs_judge_frame(const char *error, const char *message, struct net_verdict *v)
{
    struct refusal r = {0};

    snprintf(r.code, sizeof r.code, "%s", error);
    snprintf(r.message, sizeof r.message, "%s", message);
    explain(v, "refused", row_of(&r, 0), &r);
}

static bool is_passing(const struct net_outcome *o)
{
    enum net_failure f = o->failure;

    if (f == NET_CLOSED) /* 1012 to 1014 look like 1002 */
        return o->close_code == 1002 || o->close_code == 1006 ||
               (o->close_code >= 1011 && o->close_code <= 1013);
    return f == NET_DNS || f == NET_CONNECT || f == NET_TLS || f == NET_RESET ||
           iv_tts_is_timeout(f);
}

static void judge_close(const struct net_outcome *o, struct net_verdict *v)
{
    char *reason = iv_text_visible(o->reason);

    snprintf(v->text, sizeof v->text, "tts elevenlabs: the service closed the stream (%d%s%.*s)",
             o->close_code, o->reason[0] ? " " : "",
             reason ? (int)iv_utf8_cut(reason, strlen(reason), 120) : 0, reason ? reason : "");
    free(reason);
    if (o->close_code == 1000 || o->close_code == 1005)
        v->class = NET_RETRY_ONCE;
    if (strstr(o->reason, "quota_exceeded")) {
        v->code = IV_E_TTS_QUOTA;
        v->class = NET_FAIL;
    }
    if (strstr(o->reason, "input_timeout_exceeded"))
        v->code = IV_E_TTS_TIMEOUT;
}

void iv_elevenlabs_judge(const struct net_outcome *o, bool has_sound, struct net_verdict *v)
{
    if (o->failure == NET_STATUS) {
        judge_refusal(o, v);
    } else {
        v->code = iv_tts_is_timeout(o->failure) ? IV_E_TTS_TIMEOUT : IV_E_TTS_ERROR;
        v->class = is_passing(o) ? NET_RETRY : NET_FAIL;
        snprintf(v->text, sizeof v->text, "tts elevenlabs: %s", o->text);
    }
    if (o->failure == NET_CLOSED)
        judge_close(o, v);
    if (has_sound)
        v->class = NET_FAIL;
}
