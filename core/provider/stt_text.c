/* stt_text.c - from a recogniser's raw words to a line that people read. */
#include "provider/stt_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/data.h"
#include "iv/json.h"

#define FILTER_MAX_BYTES 65536u
#define TEXT_MAX_BYTES (1u << 20)

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum iv_code take_words(struct stt_filter *f, const iv_json *list, struct iv_error *err)
{
    f->mask = iv_alloc_array(iv_json_len(list) + 1, sizeof *f->mask);
    if (!f->mask)
        return iv_fail(err, IV_E_NOMEM, "stt: out of memory");
    for (const iv_json *w = iv_json_first(list); w; w = iv_json_next(w)) {
        f->mask[f->n] = iv_strdup(iv_json_string(w, ""));
        if (!f->mask[f->n])
            return iv_fail(err, IV_E_NOMEM, "stt: out of memory");
        f->n++;
    }
    qsort(f->mask, f->n, sizeof *f->mask, by_text);
    return IV_OK;
}

enum iv_code iv_stt_filter_load(const iv_ctx *ctx, enum iv_lang lang, struct stt_filter *out,
                                struct iv_error *err)
{
    struct iv_blob blob = {0};
    iv_json *j = NULL;
    char name[32];
    enum iv_code rc;

    *out = (struct stt_filter){0};
    if (lang != IV_LANG_EN)
        return IV_OK;
    snprintf(name, sizeof name, "speech/%s.json", iv_lang_code(lang));
    rc = iv_data_load(ctx, name, &blob, err);
    if (!rc)
        rc = iv_json_parse(blob.bytes, blob.len, FILTER_MAX_BYTES, &j, err);
    if (!rc) {
        out->sure = iv_json_get_num(j, "sure", 1);
        rc = take_words(out, iv_json_get(j, "mask"), err);
    }
    iv_json_free(j);
    iv_blob_release(&blob);
    if (rc)
        iv_stt_filter_release(out);
    return rc;
}

void iv_stt_filter_release(struct stt_filter *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->mask[i]);
    free(f->mask);
    *f = (struct stt_filter){0};
}

/* "word(2)" -> "word"; hesitations of the noise dictionary become words, the rest of it nothing. NULL: drop it or no memory. */
static char *plain_word(const char *raw, bool *drop)
{
    static const char *const hesitations[][2] = {
        {"++UH++", "uh"}, {"++UM++", "um"}, {"[UH]", "uh"}, {"[UM]", "um"}};
    const char *paren = strrchr(raw, '(');
    size_t len = paren && paren > raw && isdigit((unsigned char)paren[1]) ? (size_t)(paren - raw)
                                                                          : strlen(raw);

    *drop = false;
    for (size_t i = 0; i < IV_LEN(hesitations); i++)
        if (!strcmp(raw, hesitations[i][0]))
            return iv_strdup(hesitations[i][1]);
    *drop = !len || raw[0] == '<' || raw[0] == '[' || raw[0] == '+';
    return *drop ? NULL : iv_strndup(raw, len);
}

static bool is_masked(const struct stt_filter *f, const struct iv_word *w, bool is_final)
{
    if (is_final && w->confidence >= f->sure)
        return false;
    return f->n && bsearch(&w->text, f->mask, f->n, sizeof *f->mask, by_text);
}

static void mask(char *word)
{
    for (char *c = word + 1; *c; c++)
        *c = '*';
}

static bool is_one_of(const char *word, const char *list)
{
    size_t len = strlen(word);

    for (const char *at = list; (at = strstr(at, word)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

/* Asking turns the verb round: "did you", "what is", "how many". "When I was there" and "what I did" tell. */
static bool is_question(const struct iv_word *w, size_t n)
{
    static const char verbs[] = "is are was were am do does did can could would will should shall "
                                "may have has had isn't aren't "
                                "don't doesn't didn't can't couldn't wouldn't";
    static const char subjects[] =
        "i you he she it we they this that these those there the a your my our their any anyone";
    static const char askers[] = "who what where when why how which whose whom";
    static const char measures[] = "many much long often far old kind sort about come";

    if (n < 2)
        return n && is_one_of(w[0].text, askers);
    if (is_one_of(w[0].text, verbs))
        return is_one_of(w[1].text, subjects);
    return is_one_of(w[0].text, askers) &&
           (is_one_of(w[1].text, verbs) || is_one_of(w[1].text, measures));
}

static void raise_case(struct stt_phrase *p)
{
    for (size_t i = 0; i < p->n; i++) {
        char *w = p->words[i].text;

        if (!i || (w[0] == 'i' && (!w[1] || w[1] == '\'')))
            w[0] = (char)toupper((unsigned char)w[0]);
    }
}

static float mean_confidence(const struct stt_phrase *p)
{
    double sum = 0, weight = 0;

    for (size_t i = 0; i < p->n; i++) {
        double ms = (double)(p->words[i].end_ms - p->words[i].start_ms) + 1;

        sum += ms * (double)p->words[i].confidence;
        weight += ms;
    }
    return weight > 0 ? (float)(sum / weight) : 0;
}

static enum iv_code keep_words(const struct iv_word *raw, size_t n, struct stt_phrase *out,
                               struct iv_error *err)
{
    out->words = iv_alloc_array(n + 1, sizeof *out->words);
    for (size_t i = 0; out->words && i < n; i++) {
        bool drop;
        char *text = plain_word(raw[i].text, &drop);

        if (drop)
            continue;
        if (!text)
            return iv_fail(err, IV_E_NOMEM, "stt: out of memory");
        out->words[out->n] = raw[i];
        out->words[out->n++].text = text;
    }
    return out->words ? IV_OK : iv_fail(err, IV_E_NOMEM, "stt: out of memory");
}

enum iv_code iv_stt_phrase_make(const struct iv_word *raw, size_t n, bool is_final,
                                const struct stt_filter *filter, struct stt_phrase *out,
                                struct iv_error *err)
{
    enum iv_code rc;
    bool asks;

    *out = (struct stt_phrase){.text = IV_BUF_INIT(TEXT_MAX_BYTES)};
    rc = keep_words(raw, n, out, err);
    if (rc)
        goto out;
    asks = is_question(out->words, out->n);
    for (size_t i = 0; i < out->n; i++)
        if (is_masked(filter, &out->words[i], is_final))
            mask(out->words[i].text);
    raise_case(out);
    for (size_t i = 0; i < out->n; i++)
        iv_buf_addf(&out->text, "%s%s", i ? " " : "", out->words[i].text);
    if (is_final && out->n)
        iv_buf_addc(&out->text, asks ? '?' : '.');
    out->confidence = is_final ? mean_confidence(out) : 0;
    rc = iv_buf_check(&out->text, "transcript", err);
out:
    if (rc)
        iv_stt_phrase_release(out);
    return rc;
}

void iv_stt_phrase_release(struct stt_phrase *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->words[i].text);
    free(p->words);
    iv_buf_release(&p->text);
    *p = (struct stt_phrase){0};
}
