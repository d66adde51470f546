/* score_prompt.c - what a language model is told to judge: rules and rubric first, then questions and answers as quoted data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "interview/quoted.h"
#include "interview/score_model.h"
#include "iv/alloc.h"

#define SYSTEM_BYTES (64u << 10)
#define TASK_BYTES (160u << 10)
#define QUESTION_BYTES 1000
#define ANSWER_BYTES 6000
#define TOKENS_BASE 500
#define TOKENS_EACH 450 /* Korean and Japanese take up to two tokens for a character */
#define TOKENS_MAX 6000
#define TEMPERATURE 0.2 /* runs should differ where the case is open, and only there */

static const char *const text_keys[] = {"version",  "system", "rubric",
                                        "question", "task",   "left_out"};
static const char *const list_keys[] = {"rules", "orders", "person"};

const char *iv_model_text(const iv_json *prompts, const char *key)
{
    return iv_json_get_str(iv_json_get(prompts, "scoring"), key, "");
}

static const iv_json *list_of(const iv_json *prompts, const char *key)
{
    return iv_json_get(iv_json_get(prompts, "scoring"), key);
}

static void digest_of(const iv_json *prompts, char digest[65])
{
    struct iv_buf b = IV_BUF_INIT(SYSTEM_BYTES);
    unsigned char hash[crypto_hash_sha256_BYTES];

    (void)iv_json_print(iv_json_get(prompts, "scoring"), IV_JSON_COMPACT, &b, NULL);
    crypto_hash_sha256(hash, (const unsigned char *)iv_buf_str(&b), b.len);
    sodium_bin2hex(digest, 65, hash, sizeof hash);
    iv_buf_release(&b);
}

enum iv_code iv_model_prompts(const iv_ctx *ctx, enum iv_lang lang, iv_json **out, char digest[65],
                              struct iv_error *err)
{
    enum iv_code rc = iv_score_table(ctx, "prompts", lang, out, err);

    for (size_t i = 0; i < IV_LEN(text_keys) && !rc; i++)
        if (!*iv_model_text(*out, text_keys[i]))
            rc = iv_fail(err, IV_E_DATA, "prompts/%s.yaml: scoring: %s is missing",
                         iv_lang_code(lang), text_keys[i]);
    for (size_t i = 0; i < IV_LEN(list_keys) && !rc; i++)
        if (!iv_json_len(list_of(*out, list_keys[i])))
            rc = iv_fail(err, IV_E_DATA, "prompts/%s.yaml: scoring: %s is missing",
                         iv_lang_code(lang), list_keys[i]);
    if (!rc) {
        digest_of(*out, digest);
        return IV_OK;
    }
    iv_json_free(*out);
    *out = NULL;
    return rc;
}

bool iv_model_sees(const struct iv_judged *q)
{
    return q->question && q->n_answers && (q->why == IV_SCORED || q->why == IV_DIDNT_KNOW);
}

bool iv_model_judges(const struct iv_card *c, const struct iv_competency *k)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->items[i].competency == k && iv_model_sees(&c->items[i]) &&
            c->items[i].why == IV_SCORED)
            return true;
    return false;
}

bool iv_model_is_order(const iv_json *prompts, enum iv_lang lang, const char *text)
{
    iv_answer_text *a = NULL;
    bool is;

    if (iv_answer_text_new(text, lang, &a, NULL))
        return true; /* what cannot be looked at is not shown */
    is = iv_find_any(a, list_of(prompts, "orders"), NULL);
    iv_answer_text_free(a);
    return is;
}

/* -- the first message -- */

static void add_rubric(const struct iv_card *c, struct iv_buf *b)
{
    for (size_t i = 0; i < c->rubric.n; i++) {
        const struct iv_competency *k = &c->rubric.items[i];

        if (!iv_model_judges(c, k))
            continue;
        iv_buf_addf(b, "\n%s: %s. %s\n", k->id, k->name, k->about);
        for (int l = 0; l < 5; l++)
            iv_buf_addf(b, "  %d: %s\n", l + 1, k->levels[l]);
    }
}

static char *system_text(const struct iv_card *c, const iv_json *prompts)
{
    struct iv_buf b = IV_BUF_INIT(SYSTEM_BYTES);

    iv_buf_addf(&b, "%s\n", iv_model_text(prompts, "system"));
    for (const iv_json *j = iv_json_first(list_of(prompts, "rules")); j; j = iv_json_next(j))
        iv_buf_addf(&b, "- %s\n", iv_json_string(j, ""));
    iv_buf_addf(&b, "\n%s\n", iv_model_text(prompts, "rubric"));
    add_rubric(c, &b);
    return iv_buf_take(&b);
}

/* -- the second -- */

/* The answer without the sentences that give orders to the judge. Caller frees. */
static char *shown(const struct iv_card *c, const iv_json *prompts, const char *text, size_t *left)
{
    struct iv_buf b = IV_BUF_INIT(256u << 10);
    struct iv_spans s;
    size_t at = 0;

    if (iv_text_sentences(text, &s, NULL))
        return NULL;
    for (size_t i = 0; i < s.n; i++) {
        char *one = iv_strndup(text + s.items[i].start, s.items[i].end - s.items[i].start);

        if (!one || iv_model_is_order(prompts, c->lang, one)) {
            iv_buf_add(&b, text + at, s.items[i].start - at);
            iv_buf_adds(&b, iv_model_text(prompts, "left_out"));
            at = s.items[i].end;
            ++*left;
        }
        free(one);
    }
    iv_buf_adds(&b, text + at);
    iv_spans_release(&s);
    return iv_buf_take(&b);
}

static bool add_answers(const struct iv_card *c, const iv_json *prompts, const struct iv_judged *q,
                        struct iv_buf *b, size_t *left)
{
    for (size_t i = 0; i < q->n_answers; i++) {
        char *text = shown(c, prompts, q->answers[i]->text, left), turn[48];

        if (!text)
            return false;
        snprintf(turn, sizeof turn, " turn=\"%lld\"", (long long)q->answers[i]->number);
        iv_quoted_add(b, "answer", turn, text, ANSWER_BYTES);
        free(text);
    }
    return true;
}

static void add_task(const struct iv_card *c, const iv_json *prompts, struct iv_buf *b)
{
    struct iv_buf list = IV_BUF_INIT(4096);

    for (size_t i = 0; i < c->rubric.n; i++)
        if (iv_model_judges(c, &c->rubric.items[i]))
            iv_buf_addf(&list, "%s%s", list.len ? ", " : "", c->rubric.items[i].id);
    iv_buf_addc(b, '\n');
    iv_quoted_fill(b, iv_model_text(prompts, "task"),
                   (const struct iv_slot[]){{"list", iv_buf_str(&list)}}, 1);
    iv_buf_release(&list);
}

static char *task_text(const struct iv_card *c, const iv_json *prompts, size_t *left)
{
    struct iv_buf b = IV_BUF_INIT(TASK_BYTES);
    bool is_whole = true;

    for (size_t i = 0; i < c->n && is_whole; i++) {
        const struct iv_judged *q = &c->items[i];

        if (!iv_model_sees(q) || !iv_model_judges(c, q->competency))
            continue;
        iv_quoted_fill(&b, iv_model_text(prompts, "question"),
                       (const struct iv_slot[]){{"competency", q->competency->id}}, 1);
        iv_buf_addc(&b, '\n');
        iv_quoted_add(&b, "question", "", q->ask, QUESTION_BYTES);
        is_whole = add_answers(c, prompts, q, &b, left);
    }
    add_task(c, prompts, &b);
    b.failed |= !is_whole;
    return iv_buf_take(&b);
}

/* -- the shape of the reply: quotes before the level, so that the level follows from them -- */

static void add_ids(const struct iv_card *c, struct iv_buf *b, size_t *n)
{
    iv_json *ids = iv_json_array();

    for (size_t i = 0; i < c->rubric.n; i++)
        if (iv_model_judges(c, &c->rubric.items[i]))
            iv_json_append(ids, iv_json_str(c->rubric.items[i].id));
    *n = iv_json_len(ids);
    if (iv_json_print(ids, IV_JSON_COMPACT, b, NULL))
        b->failed = true;
    iv_json_free(ids);
}

static char *schema_text(const struct iv_card *c, size_t *n)
{
    struct iv_buf b = IV_BUF_INIT(16384);

    iv_buf_adds(&b, "{\"type\":\"object\",\"additionalProperties\":false,\"required\":"
                    "[\"competencies\",\"comment\"],\"properties\":{\"competencies\":{\"type\":"
                    "\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
                    "\"required\":[\"competency\",\"quotes\",\"level\",\"reason\",\"comment\"],"
                    "\"properties\":{\"competency\":{\"type\":\"string\",\"enum\":");
    add_ids(c, &b, n);
    iv_buf_adds(&b, "},\"quotes\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
                    "\"additionalProperties\":false,\"required\":[\"turn\",\"quote\"],"
                    "\"properties\":{\"turn\":{\"type\":\"integer\"},\"quote\":{\"type\":"
                    "\"string\"}}}},\"level\":{\"type\":[\"integer\",\"null\"],\"enum\":"
                    "[1,2,3,4,5,null]},\"reason\":{\"type\":\"string\"},\"comment\":{\"type\":"
                    "\"string\"}}}},\"comment\":{\"type\":\"string\"}}}");
    return iv_buf_take(&b);
}

enum iv_code iv_model_request_make(const struct iv_card *c, const iv_json *prompts,
                                   struct iv_model_request *out, struct iv_error *err)
{
    size_t n = 0;

    *out = (struct iv_model_request){0};
    out->system = system_text(c, prompts);
    out->task = task_text(c, prompts, &out->orders_left_out);
    out->schema = schema_text(c, &n);
    if (!out->system || !out->task || !out->schema) {
        iv_model_request_release(out);
        return iv_fail(err, IV_E_TOO_LARGE, "score: rubric and answers make too long a prompt");
    }
    n = TOKENS_BASE + n * TOKENS_EACH;
    out->messages[0] = (struct iv_llm_message){IV_LLM_SYSTEM, out->system};
    out->messages[1] = (struct iv_llm_message){IV_LLM_USER, out->task};
    out->llm = (struct iv_llm_request){.messages = out->messages,
                                       .n_messages = 2,
                                       .max_tokens = (int)(n < TOKENS_MAX ? n : TOKENS_MAX),
                                       .temperature = TEMPERATURE,
                                       .schema_name = "judgement",
                                       .schema = out->schema};
    return IV_OK;
}

void iv_model_request_release(struct iv_model_request *r)
{
    free(r->system);
    free(r->task);
    free(r->schema);
    *r = (struct iv_model_request){0};
}
