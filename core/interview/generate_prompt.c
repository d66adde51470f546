/* generate_prompt.c - what a language model is told to write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/generate.h"
#include "interview/quoted.h"
#include "interview/score_data.h"
#include "iv/alloc.h"

#define PROMPT_BYTES (96u << 10)
#define JOB_BYTES 6000
#define KNOWN_SHOWN 60
#define TOKENS_EACH 1400
#define TOKENS_MAX 12000
#define TEMPERATURE 0.8

static const char *const keys[] = {"system", "task",  "task_role", "competencies",
                                   "job",    "known", "again"};

static const char *text_of(const iv_json *prompts, const char *key)
{
    return iv_json_get_str(iv_json_get(prompts, "generating"), key, "");
}

static enum iv_code load(const iv_ctx *ctx, enum iv_lang lang, iv_json **out, struct iv_error *err)
{
    enum iv_code rc = iv_score_table(ctx, "prompts", lang, out, err);

    for (size_t i = 0; i < IV_LEN(keys) && !rc; i++)
        if (!*text_of(*out, keys[i]))
            rc = iv_fail(err, IV_E_DATA, "prompts/%s.yaml: generating: %s is missing",
                         iv_lang_code(lang), keys[i]);
    return rc;
}

/* Clarity is judged on every answer: no question asks for it. */
static bool is_asked(const struct iv_competency *c, enum iv_session_type type)
{
    return c->type == (int)type;
}

static char *system_text(const iv_json *prompts, const struct iv_rubric *r,
                         enum iv_session_type type)
{
    struct iv_buf b = IV_BUF_INIT(PROMPT_BYTES);

    iv_buf_addf(&b, "%s\n", text_of(prompts, "system"));
    for (const iv_json *j = iv_json_first(iv_json_get(iv_json_get(prompts, "generating"), "rules"));
         j; j = iv_json_next(j))
        iv_buf_addf(&b, "- %s\n", iv_json_string(j, ""));
    iv_buf_addf(&b, "\n%s\n", text_of(prompts, "competencies"));
    for (size_t i = 0; i < r->n; i++)
        if (is_asked(&r->items[i], type))
            iv_buf_addf(&b, "- %s: %s. %s\n", r->items[i].id, r->items[i].name, r->items[i].about);
    return iv_buf_take(&b);
}

static void add_task(const iv_json *prompts, const struct iv_generate_input *in, int count,
                     struct iv_buf *b)
{
    char number[16], role[128];
    const struct iv_slot slots[] = {
        {"count", number},
        {"role", role},
        {"type", iv_json_get_str(iv_json_get(prompts, "types"), iv_type_name(in->type), "")},
        {"difficulty", iv_json_get_str(iv_json_get(prompts, "difficulties"),
                                       iv_difficulty_name(in->difficulty), "")}};

    snprintf(number, sizeof number, "%d", count);
    snprintf(role, sizeof role, "%.*s",
             in->role ? (int)iv_utf8_cut(in->role, strlen(in->role), sizeof role - 1) : 0,
             in->role ? in->role : "");
    for (char *c = role; *c; c++) /* a job title is a line of text, not of the rules */
        if (*c == '<' || *c == '>' || *c == '"' || (unsigned char)*c < ' ')
            *c = ' ';
    iv_quoted_fill(b, text_of(prompts, role[0] ? "task_role" : "task"), slots, IV_LEN(slots));
    iv_buf_addc(b, '\n');
}

/* The ones added last are those of this run: they are the likeliest to be repeated. */
static void add_known(const iv_json *prompts, const struct iv_known *k, struct iv_buf *b)
{
    iv_buf_addf(b, "\n%s\n", text_of(prompts, "known"));
    for (size_t i = k->n > KNOWN_SHOWN ? k->n - KNOWN_SHOWN : 0; i < k->n; i++)
        iv_buf_addf(b, "- %s\n", k->asks[i]);
}

static char *task_text(const iv_json *prompts, const struct iv_generate_input *in, int count,
                       const struct iv_known *known, const char *reasons)
{
    struct iv_buf b = IV_BUF_INIT(PROMPT_BYTES);

    if (in->job && *in->job) {
        iv_buf_addf(&b, "%s\n", text_of(prompts, "job"));
        iv_quoted_add(&b, "job", "", in->job, JOB_BYTES);
    }
    if (known->n)
        add_known(prompts, known, &b);
    if (*reasons)
        iv_buf_addf(&b, "\n%s\n%s", text_of(prompts, "again"), reasons);
    iv_buf_addc(&b, '\n');
    add_task(prompts, in, count, &b);
    return iv_buf_take(&b);
}

#define TEXT "{\"type\":\"string\"}"
#define WORDS "{\"type\":\"array\",\"items\":" TEXT "}"
#define OBJECT "{\"type\":\"object\",\"additionalProperties\":false,\"required\":["

static char *schema_text(const struct iv_rubric *r, enum iv_session_type type)
{
    struct iv_buf b = IV_BUF_INIT(16384);
    iv_json *ids = iv_json_array();

    for (size_t i = 0; i < r->n; i++)
        if (is_asked(&r->items[i], type))
            iv_json_append(ids, iv_json_str(r->items[i].id));
    iv_buf_adds(&b, OBJECT "\"questions\"],\"properties\":{\"questions\":{\"type\":\"array\","
                           "\"items\":" OBJECT
                           "\"competency\",\"ask\",\"seconds\",\"points\",\"wrong\",\"probes\"],"
                           "\"properties\":{\"competency\":{\"type\":\"string\",\"enum\":");
    if (iv_json_print(ids, IV_JSON_COMPACT, &b, NULL))
        b.failed = true;
    iv_buf_adds(&b, "},\"ask\":" TEXT ",\"seconds\":{\"type\":\"integer\"},\"points\":{\"type\":"
                    "\"array\",\"items\":" OBJECT "\"say\",\"words\",\"weight\"],\"properties\":"
                    "{\"say\":" TEXT ",\"words\":" WORDS ",\"weight\":{\"type\":\"integer\","
                    "\"enum\":[1,2,3]}}}},\"wrong\":{\"type\":\"array\",\"items\":" OBJECT
                    "\"say\",\"words\"],\"properties\":{\"say\":" TEXT ",\"words\":" WORDS
                    "}}},\"probes\":{\"type\":\"array\",\"items\":" OBJECT
                    "\"when\",\"point\",\"ask\"],\"properties\":{\"when\":{\"type\":\"string\","
                    "\"enum\":[\"dont_know\",\"off_topic\",\"too_short\",\"no_own_action\","
                    "\"no_result\",\"no_specifics\",\"missing\"]},\"point\":{\"type\":"
                    "\"integer\"},\"ask\":" TEXT "}}}}}}}}");
    iv_json_free(ids);
    return iv_buf_take(&b);
}

enum iv_code iv_draft_request_make(const iv_ctx *ctx, const struct iv_generate_input *in, int count,
                                   const struct iv_known *known, const char *reasons,
                                   struct iv_draft_request *out, struct iv_error *err)
{
    struct iv_rubric rubric = {0};
    iv_json *prompts = NULL;
    enum iv_code rc;
    int tokens = TOKENS_EACH * (count + 1);

    *out = (struct iv_draft_request){0};
    rc = load(ctx, in->lang, &prompts, err);
    if (!rc)
        rc = iv_rubric_load(ctx, in->lang, NULL, &rubric, err);
    if (!rc) {
        out->system = system_text(prompts, &rubric, in->type);
        out->task = task_text(prompts, in, count, known, reasons);
        out->schema = schema_text(&rubric, in->type);
        if (!out->system || !out->task || !out->schema)
            rc = iv_fail(err, IV_E_NOMEM, "questions: the prompt does not fit into memory");
    }
    out->messages[0] = (struct iv_llm_message){IV_LLM_SYSTEM, out->system};
    out->messages[1] = (struct iv_llm_message){IV_LLM_USER, out->task};
    out->llm = (struct iv_llm_request){.messages = out->messages,
                                       .n_messages = 2,
                                       .max_tokens = tokens < TOKENS_MAX ? tokens : TOKENS_MAX,
                                       .temperature = TEMPERATURE,
                                       .seed = -1,
                                       .schema_name = "questions",
                                       .schema = out->schema};
    iv_rubric_release(&rubric);
    iv_json_free(prompts);
    return rc;
}

void iv_draft_request_release(struct iv_draft_request *r)
{
    free(r->system);
    free(r->task);
    free(r->schema);
    *r = (struct iv_draft_request){0};
}
