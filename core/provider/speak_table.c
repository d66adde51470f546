/* speak_table.c - loading the data, and what the languages share. */
#include "provider/speak_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/data.h"
#include "provider/speakable.h"

#define DATA_MAX_BYTES (1u << 20)

static const struct speak_lang *const langs[IV_LANG_COUNT] = {[IV_LANG_KO] = &iv_speak_lang_ko,
                                                              [IV_LANG_EN] = &iv_speak_lang_en,
                                                              [IV_LANG_JA] = &iv_speak_lang_ja};

static enum iv_code load_lists(const iv_json *file, const char *origin, struct speak_table *t,
                               struct iv_error *err)
{
    const struct {
        const char *key;
        struct word_list *list;
    } lists[] = {
        {"terms", &t->terms}, {"letters", &t->letters},   {"symbols", &t->symbols},
        {"units", &t->units}, {"counters", &t->counters}, {"years", &t->years},
    };
    enum iv_code rc = IV_OK;

    for (size_t i = 0; !rc && i < IV_LEN(lists); i++)
        rc = iv_word_list_load(file, lists[i].key, origin, lists[i].list, err);
    return rc;
}

enum iv_code iv_speak_table_load(const iv_ctx *ctx, enum iv_lang lang, struct speak_table **out,
                                 struct iv_error *err)
{
    struct speak_table *t = iv_alloc(sizeof *t);
    struct iv_blob blob = {0};
    iv_json *file = NULL;
    char name[64];
    enum iv_code rc = t ? IV_OK : iv_fail(err, IV_E_NOMEM, "pronunciation: out of memory");

    *out = NULL;
    snprintf(name, sizeof name, "pronunciation/%s.json", iv_lang_code(lang));
    if (!rc)
        rc = iv_data_load(ctx, name, &blob, err);
    if (!rc && iv_json_parse(blob.bytes, blob.len, DATA_MAX_BYTES, &file, err))
        rc = iv_fail(err, IV_E_DATA, "%s: not valid JSON", blob.origin);
    if (!rc)
        rc = load_lists(file, blob.origin, t, err);
    if (!rc) {
        t->lang = langs[lang];
        *out = t;
        t = NULL;
    }
    iv_speak_table_free(t);
    iv_json_free(file);
    iv_blob_release(&blob);
    return rc;
}

void iv_speak_table_free(struct speak_table *t)
{
    if (!t)
        return;
    iv_word_list_release(&t->terms);
    iv_word_list_release(&t->letters);
    iv_word_list_release(&t->symbols);
    iv_word_list_release(&t->units);
    iv_word_list_release(&t->counters);
    iv_word_list_release(&t->years);
    free(t);
}

void iv_speak_gap(struct iv_buf *out)
{
    if (out->len && out->data[out->len - 1] != ' ' && out->data[out->len - 1] != '\n')
        iv_buf_addc(out, ' ');
}

void iv_speak_digits(const struct speak_lang *l, const char *digits, struct iv_buf *out)
{
    for (; isdigit((unsigned char)*digits); digits++) {
        iv_speak_gap(out);
        iv_buf_adds(out, l->digit[*digits - '0']);
    }
}

void iv_speak_plain(const struct speak_lang *l, const struct number *n, struct iv_buf *out)
{
    iv_speak_gap(out);
    if (n->is_negative) {
        iv_buf_adds(out, l->minus);
        iv_speak_gap(out);
    }
    if (n->is_long)
        iv_speak_digits(l, n->digits, out);
    else
        l->cardinal(n->value, out);
    if (n->fraction[0]) {
        iv_speak_gap(out);
        iv_buf_adds(out, l->point);
        iv_speak_digits(l, n->fraction, out);
    }
}

/* Behind a blank, "5 $1" and "plan 3 B" have no unit; "5 ms", "5 m" have. */
static bool may_stand_apart(const struct word_row *r)
{
    unsigned char c = (unsigned char)r->written[0];

    if (r->len == 1)
        return strchr("smhg%", c) != NULL;
    return isalpha(c) || !strcmp(r->written, "°C") || !strcmp(r->written, "°F");
}

bool iv_speak_unit(const struct speak_table *t, const char **rest, bool many, struct iv_buf *out)
{
    const char *at = *rest + (**rest == ' ');
    const struct word_row *r = iv_word_list_find(&t->units, at, at);
    const char *bar;

    if (!r || (at > *rest && !may_stand_apart(r)))
        return false;
    bar = strchr(r->spoken, '|');
    iv_speak_gap(out);
    if (!bar)
        iv_buf_adds(out, r->spoken);
    else if (many)
        iv_buf_adds(out, bar + 1);
    else
        iv_buf_add(out, r->spoken, (size_t)(bar - r->spoken));
    *rest = at + r->len;
    return true;
}
