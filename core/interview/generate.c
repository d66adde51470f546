/* generate.c - asking for questions until enough are good, twice at most for each. */
#include "interview/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define BATCH 4 /* questions in one request: a longer reply is cut more often */
#define ATTEMPTS 2
#define REASONS_BYTES 4096

struct generating {
    iv_ctx *ctx;
    const struct iv_generate_input *in;
    iv_llm *llm;
    struct iv_bank *out;
    size_t cap;
    struct iv_known known;
    struct iv_buf reasons; /* of this attempt */
    void (*say)(void *arg, const char *text);
    void *arg;
    bool is_last; /* attempt */
};

static void not_taken(struct generating *g, const char *ask, const char *why)
{
    struct iv_buf line = IV_BUF_INIT(4096);

    iv_buf_addf(&line, "%s: %s%.160s%s%s", g->is_last ? "left out" : "asked for again",
                *ask ? "\"" : "", ask, *ask ? "\": " : "", why);
    if (g->say && !line.failed)
        g->say(g->arg, iv_buf_str(&line));
    iv_buf_release(&line);
    if (g->reasons.len + strlen(why) + 3 < g->reasons.max)
        iv_buf_addf(&g->reasons, "- %s\n", why);
}

static enum iv_code take(struct generating *g, struct iv_question *q, struct iv_error *err)
{
    enum iv_code rc = iv_known_add(&g->known, q->ask, err);

    if (!rc && iv_grow(&g->out->questions, &g->cap, g->out->n + 1, sizeof *g->out->questions))
        rc = iv_fail(err, IV_E_NOMEM, "questions: out of memory");
    if (rc)
        return rc;
    g->out->questions[g->out->n++] = *q;
    *q = (struct iv_question){0};
    return IV_OK;
}

static enum iv_code consider(struct generating *g, const iv_json *j, struct iv_error *err)
{
    char why[GENERATE_WHY_BYTES];
    struct iv_bank one = {iv_alloc_array(1, sizeof *one.questions), 1};
    enum iv_code rc;

    if (!one.questions)
        return iv_fail(err, IV_E_NOMEM, "questions: out of memory");
    rc = iv_draft_read(g->in, j, one.questions, err);
    if (!rc && iv_draft_is_good(g->ctx, one.questions, &g->known, why))
        rc = take(g, one.questions, err);
    else if (!rc)
        not_taken(g, one.questions->ask, why);
    iv_bank_release(&one);
    return rc;
}

static enum iv_code read_reply(struct generating *g, const char *text, size_t wanted,
                               struct iv_error *err)
{
    const char *begin = strchr(text, '{'), *end = strrchr(text, '}');
    struct iv_error why = {0};
    iv_json *tree = NULL;
    enum iv_code rc = IV_OK;

    if (!begin || !end || end < begin ||
        iv_json_parse(begin, (size_t)(end - begin) + 1, IV_LLM_MAX_REPLY_BYTES, &tree, &why))
        not_taken(g, "", "the reply is no whole JSON object");
    else if (!iv_json_len(iv_json_get(tree, "questions")))
        not_taken(g, "", "the reply has no questions");
    for (const iv_json *j = iv_json_first(iv_json_get(tree, "questions")); j && wanted && !rc;
         j = iv_json_next(j), wanted--)
        rc = consider(g, j, err);
    iv_json_free(tree);
    return rc;
}

static enum iv_code ask(struct generating *g, size_t count, const char *reasons,
                        struct iv_error *err)
{
    struct iv_draft_request r;
    char *text = NULL;
    enum iv_code rc = iv_draft_request_make(g->ctx, g->in, (int)count, &g->known, reasons, &r, err);

    if (!rc)
        rc = iv_llm_complete(g->llm, &r.llm, &text, NULL, err);
    if (!rc)
        rc = read_reply(g, text, count, err);
    free(text);
    iv_draft_request_release(&r);
    return rc;
}

/* As many as are missing; a service that fails after some good ones came does not spoil them. */
static enum iv_code attempt(struct generating *g, struct iv_error *err)
{
    size_t missing = (size_t)g->in->count - g->out->n;
    char *reasons = iv_buf_take(&g->reasons);
    enum iv_code rc = IV_OK;

    while (missing && !rc) {
        size_t n = missing < BATCH ? missing : BATCH;

        rc = ask(g, n, reasons ? reasons : "", err);
        missing -= n;
    }
    free(reasons);
    return rc;
}

static enum iv_code open_model(struct generating *g, struct iv_error *err)
{
    enum iv_code rc = iv_llm_open(g->ctx, NULL, &g->llm, err);

    if (!rc && !g->llm)
        rc = iv_fail(err, IV_E_LLM_ERROR,
                     "questions generate needs a language model, and none is configured");
    return rc;
}

enum iv_code iv_questions_generate(iv_ctx *ctx, const struct iv_generate_input *in,
                                   struct iv_bank *out, void (*say)(void *arg, const char *text),
                                   void *arg, struct iv_error *err)
{
    struct generating g = {.ctx = ctx,
                           .in = in,
                           .out = out,
                           .reasons = IV_BUF_INIT(REASONS_BYTES),
                           .say = say,
                           .arg = arg};
    enum iv_code rc;

    *out = (struct iv_bank){0};
    if (in->count < 1 || in->count > IV_GENERATE_MAX)
        return iv_fail(err, IV_E_USAGE, "questions generate: --count %d: 1 to %d", in->count,
                       IV_GENERATE_MAX);
    rc = open_model(&g, err);
    if (!rc)
        rc = iv_known_load(ctx, in->lang, &g.known, err);
    for (int i = 0; i < ATTEMPTS && !rc && out->n < (size_t)in->count; i++) {
        g.is_last = i + 1 == ATTEMPTS;
        rc = attempt(&g, err);
    }
    if (rc && rc != IV_E_NOMEM && out->n) {
        if (say)
            say(arg, err ? err->text : "the language model failed");
        rc = IV_OK;
    }
    if (!rc && !out->n)
        rc = iv_fail(err, IV_E_DATA, "none of the %d questions that were asked for was good",
                     in->count);
    if (rc)
        iv_bank_release(out);
    iv_llm_close(g.llm);
    iv_known_release(&g.known);
    iv_buf_release(&g.reasons);
    return rc;
}
