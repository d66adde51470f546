/* openai_chat.c - chat completions: JSON out, the stream back in. */
#include "provider/openai_chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "iv/text.h"

#define BODY_MAX_BYTES (4u << 20) /* JSON escapes make a prompt longer */
#define EVENT_MAX_BYTES (1u << 20)

/* -- request -- */

unsigned iv_chat_fix(const char *param, unsigned without)
{
    static const struct {
        const char *param;
        unsigned bit;
    } fixes[] = {
        {"temperature", CHAT_NO_TEMPERATURE},         {"seed", CHAT_NO_SEED},
        {"include_obfuscation", CHAT_NO_OBFUSCATION}, {"stream_options", CHAT_NO_STREAM_OPTIONS},
        {"response_format", CHAT_NO_SCHEMA},          {"json_schema", CHAT_NO_SCHEMA},
        {"response_format", CHAT_NO_FORMAT},          {"json_object", CHAT_NO_FORMAT},
    };

    if (!strcmp(param, "max_tokens"))
        return without & CHAT_OLD_MAX_TOKENS;
    if (!strcmp(param, "max_completion_tokens"))
        return ~without & CHAT_OLD_MAX_TOKENS;
    for (size_t i = 0; i < IV_LEN(fixes); i++)
        if (strstr(param, fixes[i].param) && !(without & fixes[i].bit))
            return fixes[i].bit;
    return 0;
}

static iv_json *message(enum iv_llm_role role, const char *text, const char *schema)
{
    static const char *const names[] = {"system", "user", "assistant"};
    iv_json *m = iv_json_object();
    struct iv_buf b = IV_BUF_INIT(BODY_MAX_BYTES);

    iv_buf_adds(&b, text);
    if (schema)
        iv_buf_addf(&b,
                    "\n\nAnswer with one JSON object and nothing else. It fits this schema:\n%s",
                    schema);
    iv_json_set_str(m, "role", names[role]);
    iv_json_set(m, "content", b.failed ? NULL : iv_json_str(iv_buf_str(&b)));
    iv_buf_release(&b);
    return m;
}

/* A schema that the server does not take itself is told in the first message. */
static iv_json *messages(const struct iv_llm_request *r, unsigned without)
{
    iv_json *list = iv_json_array();
    bool in_words = r->schema && without & (CHAT_NO_SCHEMA | CHAT_NO_FORMAT);

    for (size_t i = 0; i < r->n_messages; i++)
        iv_json_append(list, message(r->messages[i].role, r->messages[i].text,
                                     in_words && !i ? r->schema : NULL));
    return list;
}

static enum iv_code add_format(iv_json *body, const struct iv_llm_request *r, unsigned without,
                               struct iv_error *err)
{
    iv_json *format, *inner, *schema = NULL;
    enum iv_code rc;

    if (!r->schema || without & CHAT_NO_FORMAT)
        return IV_OK;
    format = iv_json_object();
    iv_json_set_str(format, "type", without & CHAT_NO_SCHEMA ? "json_object" : "json_schema");
    iv_json_set(body, "response_format", format);
    if (without & CHAT_NO_SCHEMA)
        return IV_OK;
    rc = iv_json_parse(r->schema, strlen(r->schema), BODY_MAX_BYTES, &schema, err);
    if (rc)
        return rc;
    inner = iv_json_object();
    iv_json_set_str(inner, "name", r->schema_name ? r->schema_name : "answer");
    iv_json_set_bool(inner, "strict", true);
    iv_json_set(inner, "schema", schema);
    iv_json_set(format, "json_schema", inner);
    return IV_OK;
}

static void add_options(iv_json *body, unsigned without)
{
    iv_json *options = iv_json_object();

    iv_json_set_bool(options, "include_usage", true);
    if (!(without & CHAT_NO_OBFUSCATION))
        iv_json_set_bool(options, "include_obfuscation", false);
    iv_json_set(body, "stream_options", options);
}

enum iv_code iv_chat_body(const struct iv_llm_request *r, const char *model, unsigned without,
                          struct iv_buf *out, struct iv_error *err)
{
    iv_json *body = iv_json_object();
    enum iv_code rc;

    iv_json_set_str(body, "model", model);
    iv_json_set(body, "messages", messages(r, without));
    iv_json_set_bool(body, "stream", true);
    if (!(without & CHAT_NO_STREAM_OPTIONS))
        add_options(body, without);
    if (!(without & CHAT_NO_TEMPERATURE) && r->temperature >= 0)
        iv_json_set_num(body, "temperature", r->temperature);
    iv_json_set_int(body, without & CHAT_OLD_MAX_TOKENS ? "max_tokens" : "max_completion_tokens",
                    r->max_tokens);
    if (!(without & CHAT_NO_SEED) && r->seed >= 0)
        iv_json_set_int(body, "seed", r->seed & 0x7fffffff);
    rc = add_format(body, r, without, err);
    if (!rc)
        rc = iv_json_print(body, IV_JSON_COMPACT, out, err);
    iv_json_free(body);
    return rc;
}

/* -- text: what a model thinks aloud is not said -- */

static void say(struct chat_stream *s, const char *text, size_t len)
{
    if (!len)
        return;
    s->told += len;
    if (s->schema)
        iv_buf_add(&s->whole, text, len);
    else
        s->text(s->arg, text, len);
}

static bool is_gap(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* One byte of a tag that is looked for: true when it has come whole. */
static bool meet(struct chat_stream *s, const char *tag, char c)
{
    if (tag[s->think] == c)
        s->think++;
    else
        s->think = tag[0] == c;
    return !tag[s->think];
}

/* The first bytes: either they begin "<think>", or all is text, those already met included. */
static const char *before_text(struct chat_stream *s, const char *p)
{
    static const char tag[] = "<think>";

    if (!s->think && is_gap(*p))
        return p + 1;
    if (tag[s->think] == *p) {
        s->think++;
        if (!tag[s->think]) {
            s->thinking = CHAT_THINK_IN;
            s->think = 0;
        }
        return p + 1;
    }
    say(s, tag, (size_t)s->think);
    s->thinking = CHAT_THINK_NOT;
    return p;
}

static void take_content(struct chat_stream *s, const char *p)
{
    while (*p && s->thinking != CHAT_THINK_NOT) {
        if (s->thinking == CHAT_THINK_MAYBE) {
            p = before_text(s, p);
        } else if (s->thinking == CHAT_THINK_IN) {
            if (meet(s, "</think>", *p++))
                s->thinking = CHAT_THINK_AFTER;
        } else if (is_gap(*p)) {
            p++;
        } else {
            s->thinking = CHAT_THINK_NOT;
        }
    }
    say(s, p, strlen(p));
}

/* -- stream -- */

static void take_usage(struct chat_stream *s, const iv_json *usage)
{
    int64_t in = iv_json_get_int(usage, "prompt_tokens", 0),
            out = iv_json_get_int(usage, "completion_tokens", 0);

    s->tokens_in = in > 0 ? in : s->tokens_in;
    s->tokens_out = out > 0 ? out : s->tokens_out;
}

static void take_choice(struct chat_stream *s, const iv_json *choice)
{
    const iv_json *delta = iv_json_get(choice, "delta");
    const char *finish = iv_json_get_str(choice, "finish_reason", "");

    delta = delta ? delta : iv_json_get(choice, "message");
    s->has_refusal |= iv_json_get_str(delta, "refusal", "")[0] != '\0';
    if (finish[0])
        snprintf(s->finish, sizeof s->finish, "%.20s", finish);
    take_content(s, iv_json_get_str(delta, "content", ""));
}

/* A chunk, or a whole completion. */
static bool take_object(struct chat_stream *s, const iv_json *j)
{
    const iv_json *choices = iv_json_get(j, "choices"), *usage = iv_json_get(j, "usage");

    if (iv_openai_error_from(j, &s->said)) {
        s->has_error = true;
        return false;
    }
    take_usage(s, usage);
    if (iv_json_type(choices) != IV_JSON_ARRAY && iv_json_type(usage) != IV_JSON_OBJECT)
        s->is_nonsense = true;
    else if (iv_json_len(choices))
        take_choice(s, iv_json_at(choices, 0));
    return !s->is_nonsense;
}

static bool take_event(void *arg, const char *event, const char *data, size_t len)
{
    struct chat_stream *s = arg;
    iv_json *j = NULL;
    bool good;

    (void)event;
    if (!strncmp(data, "[DONE]", 6))
        s->has_done = true;
    if (s->has_done)
        return true;
    s->is_nonsense |= iv_json_parse(data, len, EVENT_MAX_BYTES, &j, NULL) != IV_OK;
    good = !s->is_nonsense && take_object(s, j);
    iv_json_free(j);
    return good;
}

void iv_chat_init(struct chat_stream *s, const char *schema,
                  void (*text)(void *arg, const char *text, size_t len), void *arg)
{
    *s = (struct chat_stream){
        .whole = IV_BUF_INIT(BODY_MAX_BYTES), .text = text, .arg = arg, .schema = schema};
    iv_sse_init(&s->sse, EVENT_MAX_BYTES, take_event, s);
}

/* A server that cannot stream answers JSON. */
static void start(struct chat_stream *s, const char *content_type)
{
    s->is_started = true;
    s->is_stream = !strncasecmp(content_type, "text/event-stream", 17);
    if (!s->is_stream && strncasecmp(content_type, "application/json", 16) != 0)
        s->is_nonsense = true;
}

bool iv_chat_feed(struct chat_stream *s, const char *data, size_t len, const char *content_type)
{
    if (!s->is_started)
        start(s, content_type);
    if (s->is_nonsense || s->has_error)
        return false;
    if (s->is_stream) {
        if (iv_sse_feed(&s->sse, data, len))
            return true;
        s->is_nonsense |= !s->has_error;
        return false;
    }
    iv_buf_add(&s->whole, data, len);
    s->is_nonsense |= s->whole.failed;
    return !s->is_nonsense;
}

/* The whole body was one completion. */
static void finish_json(struct chat_stream *s)
{
    iv_json *j = NULL;

    s->is_nonsense |=
        iv_json_parse(iv_buf_str(&s->whole), s->whole.len, BODY_MAX_BYTES, &j, NULL) != IV_OK;
    iv_buf_clear(&s->whole);
    s->is_stream = true;
    if (!s->is_nonsense)
        (void)take_object(s, j);
    iv_json_free(j);
}

/* Required keys are there; what is in them is for the asker to check. */
static bool fits_schema(const struct chat_stream *s)
{
    iv_json *answer = NULL, *schema = NULL;
    const iv_json *required;
    bool fits = !iv_json_parse(iv_buf_str(&s->whole), s->whole.len, IV_LLM_MAX_REPLY_BYTES, &answer,
                               NULL) &&
                !iv_json_parse(s->schema, strlen(s->schema), BODY_MAX_BYTES, &schema, NULL);

    required = iv_json_get(schema, "required");
    for (const iv_json *k = iv_json_first(required); k && fits; k = iv_json_next(k))
        fits = iv_json_get(answer, iv_json_string(k, "")) != NULL;
    iv_json_free(answer);
    iv_json_free(schema);
    return fits;
}

static enum chat_end finish_held(struct chat_stream *s)
{
    if (!fits_schema(s))
        return strcmp(s->finish, "length") != 0 ? CHAT_UNFIT : CHAT_TOO_SHORT;
    s->text(s->arg, iv_buf_str(&s->whole), s->whole.len);
    return CHAT_WHOLE;
}

enum chat_end iv_chat_finish(struct chat_stream *s)
{
    if (s->is_started && !s->is_stream && !s->is_nonsense)
        finish_json(s);
    if (s->has_error)
        return CHAT_ERROR;
    if (s->is_nonsense || !s->is_started)
        return s->is_started ? CHAT_NONSENSE : CHAT_CUT;
    if (!s->has_done && !s->finish[0])
        return CHAT_CUT;
    if (s->has_refusal || !strcmp(s->finish, "content_filter"))
        return CHAT_REFUSED;
    if (s->schema && s->told)
        return finish_held(s);
    return s->told ? CHAT_WHOLE : CHAT_EMPTY;
}

void iv_chat_reset(struct chat_stream *s)
{
    iv_sse_reset(&s->sse);
    iv_buf_clear(&s->whole);
    s->finish[0] = '\0';
    s->is_started = s->is_stream = s->has_done = s->has_error = s->is_nonsense = false;
    s->has_refusal = false;
    s->told = 0;
    s->tokens_in = s->tokens_out = 0;
    s->think = 0;
    s->thinking = CHAT_THINK_MAYBE;
}

void iv_chat_release(struct chat_stream *s)
{
    iv_sse_release(&s->sse);
    iv_buf_release(&s->whole);
}
