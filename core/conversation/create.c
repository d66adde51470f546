/* create.c - a new session, with what the candidate brought to it. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/operations.h"
#include "iv/text.h"

#define PAPERS_MAX 2
#define TRIES_MAX 5

static int max_open(iv_ctx *ctx)
{
    const struct iv_config *c = iv_ctx_config(ctx);

    return c ? (int)c->session_max_open : 5;
}

/* -- papers -- */

/* Formats that people have résumés in, by how their files begin; each has a program that makes text of it. */
static const struct {
    const char *begins;
    const char *what, *convert;
} formats[] = {
    {"%PDF-", "a PDF", "pdftotext FILE.pdf FILE.txt"},
    {"PK\3\4", "a Word, OpenDocument or ZIP file", "pandoc -t plain FILE -o FILE.txt"},
    {"\xd0\xcf\x11\xe0", "an old Word or Hangul document", "its program's 'save as text'"},
    {"{\\rtf", "an RTF file", "pandoc -f rtf -t plain FILE -o FILE.txt"},
};

static enum iv_code check_paper(const struct iv_paper *p, struct iv_error *err)
{
    const char *name = p->name ? p->name : p->kind;

    for (size_t i = 0; i < IV_LEN(formats); i++) {
        size_t n = strlen(formats[i].begins);

        if (p->len >= n && !memcmp(p->text, formats[i].begins, n))
            return iv_fail(err, IV_E_MEDIA_TYPE, "%s: is %s; plain text is taken, convert it (%s)",
                           name, formats[i].what, formats[i].convert);
    }
    if (p->len > IV_PAPER_MAX_BYTES)
        return iv_fail(err, IV_E_TOO_LARGE, "%s: %zu bytes; at most %u are taken", name, p->len,
                       IV_PAPER_MAX_BYTES);
    if (memchr(p->text, '\0', p->len) || !iv_utf8_valid(p->text, p->len))
        return iv_fail(err, IV_E_DATA, "%s: not UTF-8 text", name);
    if (iv_text_is_blank(p->text))
        return iv_fail(err, IV_E_DATA, "%s: holds no text", name);
    return IV_OK;
}

static enum iv_code paper_doc(const struct iv_paper *p, struct iv_doc *doc, struct iv_error *err)
{
    iv_json *j = iv_json_object();
    char *text = NULL;
    enum iv_code rc;

    iv_json_set_str(j, "name", p->name);
    iv_json_set_str(j, "text", p->text);
    rc = iv_json_text(j, &text, &doc->len, err);
    doc->name = p->kind;
    doc->text = text;
    iv_json_free(j);
    return rc;
}

/* -- creating -- */

/* A question set with an error is found now, not at the first question. */
static enum iv_code check_plan(iv_ctx *ctx, const struct iv_session_spec *spec,
                               struct iv_error *err)
{
    iv_interviewer *plan = NULL;
    enum iv_code rc = iv_interviewer_new(ctx, spec, NULL, &plan, err);

    iv_interviewer_free(plan);
    return rc;
}

static void seed(struct iv_session_spec *spec)
{
    if (spec->has_seed)
        return;
    randombytes_buf(&spec->seed, sizeof spec->seed);
    spec->seed &= (1ull << 53) - 1; /* JSON carries it exactly */
    spec->has_seed = true;
}

enum iv_code iv_op_create_check(iv_ctx *ctx, const struct iv_session_spec *spec,
                                const struct iv_paper *papers, size_t n_papers,
                                struct iv_error *err)
{
    enum iv_code rc = n_papers > PAPERS_MAX
                          ? iv_fail(err, IV_E_USAGE, "more than %d papers", PAPERS_MAX)
                          : iv_session_spec_check(spec, err);

    for (size_t i = 0; i < n_papers && !rc; i++)
        rc = check_paper(&papers[i], err);
    if (!rc && strpbrk(spec->question_set, "/."))
        rc = check_plan(ctx, spec, err);
    return rc;
}

/* Two of the same millisecond may get the same id: then another is drawn. */
static enum iv_code insert(iv_ctx *ctx, iv_store *st, const struct iv_session_spec *spec,
                           int64_t now, const struct iv_step *step, struct iv_session *s,
                           struct iv_error *err)
{
    enum iv_code rc = IV_E_STATE;

    for (int i = 0; i < TRIES_MAX && rc == IV_E_STATE; i++) {
        iv_session_create(s, spec, now);
        rc = iv_store_session_new_with(st, step, max_open(ctx), err);
    }
    return rc;
}

enum iv_code iv_op_create_with(iv_ctx *ctx, iv_store *st, const struct iv_session_spec *spec,
                               const struct iv_paper *papers, size_t n_papers, iv_json **out,
                               struct iv_error *err)
{
    struct iv_doc docs[PAPERS_MAX] = {{0}};
    struct iv_session_spec seeded = *spec;
    struct iv_session s;
    struct iv_step step = {.session = &s, .docs = docs, .n_docs = n_papers};
    int64_t now = iv_wall_ms(iv_ctx_clock(ctx));
    enum iv_code rc = iv_op_create_check(ctx, spec, papers, n_papers, err);

    *out = NULL;
    if (!rc)
        seed(&seeded);
    if (!rc && spec->question_set[0]) /* the shipped questions make a plan for everyone */
        rc = check_plan(ctx, &seeded, err);
    for (size_t i = 0; i < n_papers && !rc; i++)
        rc = paper_doc(&papers[i], &docs[i], err);
    if (!rc)
        rc = insert(ctx, st, &seeded, now, &step, &s, err);
    if (!rc) {
        *out = iv_session_json(&s, now);
        iv_session_room_open(ctx, st, &s, *out);
    }
    for (size_t i = 0; i < IV_LEN(docs); i++)
        free((char *)(uintptr_t)docs[i].text);
    return rc;
}

enum iv_code iv_op_create(iv_ctx *ctx, iv_store *st, const struct iv_session_spec *spec,
                          iv_json **out, struct iv_error *err)
{
    return iv_op_create_with(ctx, st, spec, NULL, 0, out, err);
}
