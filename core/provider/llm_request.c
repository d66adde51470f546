/* llm_request.c - what is asked of a language model: copied, checked, cut to what it can hold. */
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"
#include "provider/llm.h"

#define MESSAGES_MAX 1000
#define MESSAGE_TOKENS 4 /* what a role and its marks take */

int64_t iv_llm_estimate(const char *text, size_t len)
{
    int64_t ascii = 0, other = 0;

    for (size_t i = 0; i < len; i++) {
        ascii += (unsigned char)text[i] < 0x80;
        other += (unsigned char)text[i] >= 0xc0;
    }
    return (ascii + 3) / 4 + other;
}

static enum iv_code check_message(const struct iv_llm_message *m, size_t at, bool is_last,
                                  size_t *bytes, struct iv_error *err)
{
    size_t len = m->text ? strlen(m->text) : 0;

    if (is_last && (!len || iv_text_is_blank(m->text)))
        return iv_fail(err, IV_E_USAGE, "llm: the last message is empty");
    if (len && !iv_utf8_valid(m->text, len))
        return iv_fail(err, IV_E_USAGE, "llm: message %zu is not valid UTF-8", at + 1);
    *bytes += len;
    return *bytes > IV_LLM_MAX_PROMPT_BYTES
               ? iv_fail(err, IV_E_USAGE, "llm: the messages are longer than %u bytes",
                         IV_LLM_MAX_PROMPT_BYTES)
               : IV_OK;
}

static enum iv_code check(const struct iv_llm_request *r, struct iv_error *err)
{
    size_t bytes = r->schema ? strlen(r->schema) : 0;
    enum iv_code rc = IV_OK;

    if (!r->n_messages || r->n_messages > MESSAGES_MAX)
        return iv_fail(err, IV_E_USAGE, "llm: %zu messages: there may be 1 to %d", r->n_messages,
                       MESSAGES_MAX);
    for (size_t i = 0; i < r->n_messages && !rc; i++)
        rc = check_message(&r->messages[i], i, i + 1 == r->n_messages, &bytes, err);
    return rc;
}

enum iv_code iv_llm_copy(const struct iv_llm_request *r, struct llm_copy *out, struct iv_error *err)
{
    enum iv_code rc = check(r, err);
    bool is_whole = true;

    *out = (struct llm_copy){0};
    if (rc)
        return rc;
    out->r = *r;
    out->r.schema = iv_strdup(r->schema);
    out->r.schema_name = iv_strdup(r->schema_name);
    out->messages = iv_alloc_array(r->n_messages, sizeof *out->messages);
    out->r.messages = out->messages;
    out->r.n_messages = out->messages ? r->n_messages : 0;
    is_whole =
        out->messages && !r->schema == !out->r.schema && !r->schema_name == !out->r.schema_name;
    for (size_t i = 0; i < out->r.n_messages; i++) {
        out->messages[i].role = r->messages[i].role;
        out->messages[i].text = iv_strdup(r->messages[i].text ? r->messages[i].text : "");
        is_whole &= out->messages[i].text != NULL;
    }
    if (is_whole)
        return IV_OK;
    iv_llm_copy_release(out);
    return iv_fail(err, IV_E_NOMEM, "llm: out of memory");
}

void iv_llm_copy_release(struct llm_copy *c)
{
    for (size_t i = 0; i < c->r.n_messages; i++)
        free((char *)c->messages[i].text);
    free(c->messages);
    free((char *)c->r.schema);
    free((char *)c->r.schema_name);
    *c = (struct llm_copy){0};
}

static int64_t tokens_of(const struct iv_llm_message *m)
{
    return iv_llm_estimate(m->text, strlen(m->text)) + MESSAGE_TOKENS;
}

static void drop(struct llm_copy *c, size_t at)
{
    free((char *)c->messages[at].text);
    memmove(&c->messages[at], &c->messages[at + 1],
            (c->r.n_messages - at - 1) * sizeof *c->messages);
    c->r.n_messages--;
}

int64_t iv_llm_fit(struct llm_copy *c, int64_t max_tokens)
{
    int64_t all = c->r.schema ? iv_llm_estimate(c->r.schema, strlen(c->r.schema)) : 0;
    size_t first = c->messages[0].role == IV_LLM_SYSTEM;
    bool is_cut = false;

    for (size_t i = 0; i < c->r.n_messages; i++)
        all += tokens_of(&c->messages[i]);
    /* some chat templates refuse a conversation that the assistant begins */
    while (first + 1 < c->r.n_messages &&
           (all > max_tokens || (is_cut && c->messages[first].role == IV_LLM_ASSISTANT))) {
        all -= tokens_of(&c->messages[first]);
        drop(c, first);
        is_cut = true;
    }
    return all;
}
