/* openai_error.c - reading and judging refusals of servers of OpenAI's kind. */
#include "provider/openai_error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "iv/alloc.h"
#include "iv/text.h"

/* -- reading -- */

/* Direction marks and controls could rewrite a line of the terminal that shows it. */
static bool is_unfit(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x200e || cp == 0x200f ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

/* Services repeat the key, partly masked: "sk-proj-****9aBc". */
static bool is_key_like(const char *word, size_t len)
{
    size_t stars = 0;

    for (size_t i = 0; i < len; i++)
        stars += word[i] == '*';
    return stars >= 3 || (len >= 8 && !strncmp(word, "sk-", 3));
}

static void hide_keys(char *s)
{
    static const char hidden[] = "***";

    while (*s) {
        size_t len = strcspn(s, " \"'`,;:()<>[]");

        if (len > strlen(hidden) && is_key_like(s, len)) {
            memcpy(s, hidden, strlen(hidden));
            memmove(s + strlen(hidden), s + len, strlen(s + len) + 1);
            len = strlen(hidden);
        }
        s += len;
        s += *s != '\0';
    }
}

static void copy_line(char *out, size_t out_bytes, const char *text, size_t len)
{
    char *copy = iv_utf8_valid(text, len) ? iv_strndup(text, len) : NULL;
    size_t n = 0;

    for (const char *p = copy ? copy : "", *at = p; *p; at = p) {
        uint32_t cp = iv_utf8_next(&p);
        bool is_gap = is_unfit(cp) || cp == ' ';
        size_t size = is_gap ? 1 : (size_t)(p - at);

        if (n + size >= out_bytes)
            break;
        if (is_gap && (!n || out[n - 1] == ' '))
            continue;
        memcpy(out + n, is_gap ? " " : at, size);
        n += size;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    hide_keys(out);
    free(copy);
}

/* Strings as they are, whole numbers as digits, anything else as nothing. */
static void copy_value(char *out, size_t out_bytes, const iv_json *j)
{
    const char *s = iv_json_string(j, "");

    if (iv_json_type(j) == IV_JSON_NUMBER)
        snprintf(out, out_bytes, "%.0f", iv_json_number(j, 0));
    else
        copy_line(out, out_bytes, s, strlen(s));
}

static void read_object(const iv_json *o, struct openai_error *out)
{
    const iv_json *message = iv_json_get(o, "message");

    copy_value(out->message, sizeof out->message, message ? message : iv_json_get(o, "msg"));
    copy_value(out->code, sizeof out->code, iv_json_get(o, "code"));
    if (!out->code[0]) /* Kokoro-FastAPI */
        copy_value(out->code, sizeof out->code, iv_json_get(o, "error"));
    copy_value(out->type, sizeof out->type, iv_json_get(o, "type"));
    copy_value(out->param, sizeof out->param, iv_json_get(o, "param"));
}

/* {"loc":["body","voice"],"msg":"..."} of FastAPI. */
static void read_list(const iv_json *list, struct openai_error *out)
{
    const iv_json *first = iv_json_at(list, 0), *loc = iv_json_get(first, "loc");

    if (iv_json_type(first) == IV_JSON_STRING) {
        copy_value(out->message, sizeof out->message, first);
        return;
    }
    read_object(first, out);
    if (iv_json_len(loc))
        copy_value(out->param, sizeof out->param, iv_json_at(loc, iv_json_len(loc) - 1));
}

static bool read_any(const iv_json *j, struct openai_error *out)
{
    switch (iv_json_type(j)) {
    case IV_JSON_STRING:
        copy_value(out->message, sizeof out->message, j);
        return iv_json_string(j, "")[0] != '\0';
    case IV_JSON_OBJECT:
        read_object(j, out);
        return iv_json_len(j) > 0;
    case IV_JSON_ARRAY:
        read_list(j, out);
        return iv_json_len(j) > 0;
    case IV_JSON_NULL:
    case IV_JSON_BOOL:
    case IV_JSON_NUMBER:
        break;
    }
    return false;
}

bool iv_openai_error_from(const iv_json *body, struct openai_error *out)
{
    *out = (struct openai_error){0};
    if (read_any(iv_json_get(body, "error"), out) || read_any(iv_json_get(body, "detail"), out))
        return true;
    if (strcmp(iv_json_get_str(body, "object", ""), "error") != 0)
        return false;
    read_object(body, out);
    return true;
}

void iv_openai_error_read(const char *body, size_t len, struct openai_error *out)
{
    iv_json *j = NULL;

    *out = (struct openai_error){0};
    if (iv_json_parse(body, len, NET_ERROR_BODY_BYTES, &j, NULL))
        copy_line(out->message, sizeof out->message, body, len);
    else if (!iv_openai_error_from(j, out))
        read_object(j, out);
    iv_json_free(j);
}

/* -- judging -- */

enum meaning { ERROR, LATE, RATE, QUOTA, INPUT, NONSENSE, STOPPED, MEANINGS };

static const enum iv_code codes[OPENAI_KINDS][MEANINGS] = {
    [OPENAI_LLM] = {IV_E_LLM_ERROR, IV_E_LLM_TIMEOUT, IV_E_LLM_RATE_LIMIT, IV_E_LLM_ERROR,
                    IV_E_LLM_ERROR, IV_E_LLM_INVALID_RESPONSE, IV_E_CANCELLED},
    [OPENAI_STT] = {IV_E_STT_ERROR, IV_E_STT_TIMEOUT, IV_E_STT_ERROR, IV_E_STT_ERROR,
                    IV_E_STT_INVALID_AUDIO, IV_E_STT_ERROR, IV_E_CANCELLED},
    [OPENAI_TTS] = {IV_E_TTS_ERROR, IV_E_TTS_TIMEOUT, IV_E_TTS_ERROR, IV_E_TTS_QUOTA,
                    IV_E_TTS_INVALID_TEXT, IV_E_TTS_ERROR, IV_E_CANCELLED},
};

#define L (1u << OPENAI_LLM)
#define S (1u << OPENAI_STT)
#define T (1u << OPENAI_TTS)
#define ALL (L | S | T)

/* The first row that fits decides: what the body says before what the status says. `word` is a code or type, `*` stands for any
 * beginning; `message` a part of the message, whatever its case; `param` the field at fault. */
static const struct row {
    unsigned kinds;
    int status; /* 0: any; 500: every one from there */
    const char *word, *param, *message;
    enum meaning meaning;
    enum net_class class;
    enum openai_fix fix;
    const char *hint;
} rows[] = {
    /* money: waiting does not help, whatever the status says */
    {ALL, 0, "insufficient_quota", 0, 0, QUOTA, NET_FAIL, 0, "quota"},
    {ALL, 0, "credit_balance_exhausted", 0, 0, QUOTA, NET_FAIL, 0, "quota"},
    {ALL, 0, "*_spend_limit_exceeded", 0, 0, QUOTA, NET_FAIL, 0, "quota"},
    {ALL, 0, "organization_usage_limit_exceeded", 0, 0, QUOTA, NET_FAIL, 0, "quota"},
    {ALL, 0, "billing_*", 0, 0, QUOTA, NET_FAIL, 0, "quota"},
    {ALL, 0, "rate_limit_exceeded", 0, 0, RATE, NET_WAIT, 0, 0},
    {ALL, 0, "slow_down", 0, 0, RATE, NET_WAIT, 0, 0},
    {ALL, 0, "rate_limit_error", 0, 0, RATE, NET_WAIT, 0, 0},
    {ALL, 0, "invalid_api_key", 0, 0, ERROR, NET_FAIL, 0, "the key is not accepted"},
    /* language models */
    {L, 0, "context_length_exceeded", 0, 0, ERROR, NET_FIX, OPENAI_FIX_CONTEXT, 0},
    {L, 0, "exceed_context_size_error", 0, 0, ERROR, NET_FIX, OPENAI_FIX_CONTEXT, 0},
    {L, 400, 0, 0, "maximum context length", ERROR, NET_FIX, OPENAI_FIX_CONTEXT, 0},
    {L, 503, 0, 0, "loading model", ERROR, NET_FIX, OPENAI_FIX_LOADING, 0},
    {L, 503, 0, 0, "server busy", RATE, NET_RETRY, 0, 0},
    {L, 400, "unsupported_*", "*", 0, ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, "unknown_parameter", "*", 0, ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, 0, "*", "not supported", ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, 0, "*", "unrecognized", ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 422, 0, "*", "not permitted", ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, 0, "*", "not permitted", ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, 0, "response_format", 0, ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, 0, "json_schema", 0, ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, 0, "max_tokens", 0, ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 400, 0, "max_completion_tokens", 0, ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {L, 404, 0, 0, "not found, try pulling it", ERROR, NET_FAIL, 0, "ollama has not pulled it"},
    {ALL, 0, "model_not_found", 0, 0, ERROR, NET_FAIL, 0, "no such model"},
    /* transcription */
    {S, 0, "audio_too_short", 0, 0, INPUT, NET_FAIL, 0, 0},
    {S, 400, 0, "file", 0, INPUT, NET_FAIL, 0, 0},
    {S, 400, 0, 0, "file format", INPUT, NET_FAIL, 0, 0},
    {S, 400, 0, 0, "audio", INPUT, NET_FAIL, 0, 0},
    {S, 400, 0, 0, "invalid request", INPUT, NET_FAIL, 0, 0},
    {S, 415, 0, 0, 0, INPUT, NET_FAIL, 0, 0},
    {S, 404, 0, 0, "file not found", ERROR, NET_RETRY, 0,
     "whisper-server: the model is loading, or --inference-path differs"},
    {S, 500, 0, 0, "failed to process audio", ERROR, NET_RETRY_ONCE, 0, 0},
    /* speech */
    {T, 400, 0, "voice", 0, ERROR, NET_FAIL, 0, 0},
    {T, 400, "validation_error", 0, "voice", ERROR, NET_FAIL, 0, 0},
    {T, 400, 0, "input", 0, INPUT, NET_FAIL, 0, 0},
    {T, 422, 0, "input", 0, INPUT, NET_FAIL, 0, 0},
    {T, 400, 0, 0, "input", INPUT, NET_FAIL, 0, 0},
    {T, 400, 0, 0, "string_too_", INPUT, NET_FAIL, 0, 0},
    {T, 500, "processing_error", 0, 0, ERROR, NET_RETRY_ONCE, 0, 0},
    /* by status */
    {ALL, 401, 0, 0, 0, ERROR, NET_FAIL, 0, "the key is not accepted"},
    {ALL, 403, 0, 0, 0, ERROR, NET_FAIL, 0, "not allowed with this key or from this country"},
    {L, 408, 0, 0, 0, LATE, NET_RETRY, 0, 0},
    {S | T, 408, 0, 0, 0, ERROR, NET_RETRY, 0, 0},
    {ALL, 409, 0, 0, 0, ERROR, NET_RETRY, 0, 0},
    {ALL, 429, 0, 0, 0, RATE, NET_WAIT, 0, 0},
    {ALL, 501, 0, 0, 0, ERROR, NET_FAIL, 0, 0},
    {ALL, 503, 0, 0, 0, ERROR, NET_WAIT, 0, 0},
    {ALL, 500, 0, 0, 0, ERROR, NET_RETRY, 0, 0},
    /* an error in a stream that names no status */
    {ALL, 0, "invalid_request_error", 0, 0, ERROR, NET_FAIL, 0, 0},
    {ALL, 0, "authentication_error", 0, 0, ERROR, NET_FAIL, 0, 0},
    {ALL, 0, "permission_error", 0, 0, ERROR, NET_FAIL, 0, 0},
};

static const struct {
    enum meaning meaning;
    enum net_class class;
} failures[] = {
    [NET_OFFLINE] = {ERROR, NET_FAIL},
    [NET_NOT_ALLOWED] = {ERROR, NET_FAIL},
    [NET_BREAKER] = {ERROR, NET_FAIL},
    [NET_DNS] = {ERROR, NET_RETRY},
    [NET_CONNECT] = {ERROR, NET_RETRY},
    [NET_TLS] = {ERROR, NET_RETRY},
    [NET_RESET] = {ERROR, NET_RETRY},
    [NET_CONNECT_TIMEOUT] = {LATE, NET_RETRY},
    [NET_FIRST_TIMEOUT] = {LATE, NET_RETRY},
    [NET_GAP_TIMEOUT] = {LATE, NET_RETRY},
    [NET_TOTAL_TIMEOUT] = {LATE, NET_RETRY},
    [NET_TOO_LARGE] = {NONSENSE, NET_RETRY_ONCE},
    [NET_PROTOCOL] = {NONSENSE, NET_RETRY_ONCE},
    [NET_STATUS] = {ERROR, NET_FAIL},
    [NET_CLOSED] = {ERROR, NET_RETRY},
    [NET_CANCELLED] = {STOPPED, NET_FAIL},
};

static bool fits_word(const char *pattern, const char *word)
{
    size_t n = strlen(pattern), len = strlen(word);

    if (!len)
        return false;
    if (pattern[0] == '*')
        return len >= n - 1 && !strcmp(word + len - (n - 1), pattern + 1);
    if (pattern[n - 1] == '*')
        return !strncmp(word, pattern, n - 1);
    return !strcmp(word, pattern);
}

static bool fits(const struct row *r, enum openai_kind kind, int status,
                 const struct openai_error *e)
{
    bool status_fits = !r->status || r->status == status || (r->status == 500 && status > 500);

    return (r->kinds >> kind & 1) && status_fits &&
           (!r->word || fits_word(r->word, e->code) || fits_word(r->word, e->type)) &&
           (!r->param || fits_word(r->param, e->param)) &&
           (!r->message || strcasestr(e->message, r->message));
}

static const struct row *find_row(enum openai_kind kind, int status, const struct openai_error *e)
{
    for (size_t i = 0; i < IV_LEN(rows); i++)
        if (fits(&rows[i], kind, status, e))
            return &rows[i];
    return NULL;
}

/* vLLM and llama-server write the status as the code; a stream has no other. */
static int status_of(const struct net_outcome *o, const struct openai_error *e)
{
    long n = isdigit((unsigned char)e->code[0]) ? strtol(e->code, NULL, 10) : 0;

    if (o->status >= 300)
        return o->status;
    return n >= 300 && n <= 599 ? (int)n : 0;
}

/* Some servers name the field in the message only: "Unsupported parameter: 'max_tokens' is not supported". */
static void find_param(struct openai_error *e)
{
    static const char *const names[] = {"max_completion_tokens", "max_tokens",  "response_format",
                                        "stream_options",        "temperature", "seed",
                                        "include_obfuscation",   "json_schema"};
    size_t best = SIZE_MAX;

    if (e->param[0])
        return;
    for (size_t i = 0; i < IV_LEN(names); i++) {
        const char *at = strstr(e->message, names[i]);

        if (at && (size_t)(at - e->message) < best) {
            best = (size_t)(at - e->message);
            snprintf(e->param, sizeof e->param, "%s", names[i]);
        }
    }
}

static void obey_header(const struct net_outcome *o, enum meaning meaning, struct net_verdict *v)
{
    if (o->should_retry == 0 && v->class != NET_FIX)
        v->class = NET_FAIL;
    else if (o->should_retry == 1 && v->class == NET_FAIL && meaning != QUOTA)
        v->class = NET_WAIT;
}

static void write_text(const char *name, const struct net_outcome *o, const struct openai_error *e,
                       const char *hint, struct net_verdict *v)
{
    char where[40] = "in the stream";
    struct iv_buf b = IV_BUF_INIT(2048);
    size_t n;

    if (o->status >= 300)
        snprintf(where, sizeof where, "HTTP %d", o->status);
    iv_buf_addf(&b, "%s: %s", name, where);
    if (hint)
        iv_buf_addf(&b, ": %s", hint);
    if (e->message[0])
        iv_buf_addf(&b, ": %s", e->message);
    if (e->code[0] || e->type[0])
        iv_buf_addf(&b, " (%s)", e->code[0] ? e->code : e->type);
    if (o->request_id[0])
        iv_buf_addf(&b, " [%s]", o->request_id);
    n = iv_utf8_cut(iv_buf_str(&b), b.len, sizeof v->text - 1);
    memcpy(v->text, iv_buf_str(&b), n);
    v->text[n] = '\0';
    iv_buf_release(&b);
}

static void judge_said(enum openai_kind kind, const char *name, const struct net_outcome *o,
                       struct openai_error *e, struct net_verdict *v)
{
    int status = status_of(o, e);
    const struct row *r;

    if (kind == OPENAI_LLM && (status == 400 || status == 422))
        find_param(e);
    r = find_row(kind, status, e);
    if (r) {
        e->fix = r->fix;
        v->code = codes[kind][r->meaning];
        v->class = r->class;
        obey_header(o, r->meaning, v);
    } else { /* a refusal nobody listed; in a stream, a fault like 500 */
        v->code = codes[kind][ERROR];
        v->class = status ? NET_FAIL : NET_RETRY;
        obey_header(o, ERROR, v);
    }
    write_text(name, o, e, r ? r->hint : NULL, v);
}

void iv_openai_judge(enum openai_kind kind, const char *name, const struct net_outcome *o,
                     const struct openai_error *said, struct openai_error *e, struct net_verdict *v)
{
    struct openai_error own = {0};

    e = e ? e : &own;
    *e = said ? *said : (struct openai_error){0};
    e->fix = OPENAI_FIX_NONE;
    if (o->failure == NET_STATUS && !said)
        iv_openai_error_read(o->body, o->body_len, e);
    if (o->failure == NET_STATUS || said) {
        judge_said(kind, name, o, e, v);
        return;
    }
    v->code = codes[kind][failures[o->failure].meaning];
    v->class = failures[o->failure].class;
    snprintf(v->text, sizeof v->text, "%s: %s", name, o->text);
}
