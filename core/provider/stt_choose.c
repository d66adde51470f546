/* stt_choose.c - the recognisers there are, and which one a list of names means. */
#include <stdio.h>
#include <string.h>

#include "iv/buf.h"
#include "iv_build.h"
#include "net/net.h"
#include "provider/stt.h"

const struct iv_stt_ops *const iv_stt_list[] = {
    &iv_stt_deepgram,
#if IV_HAVE_POCKETSPHINX
    &iv_stt_pocketsphinx,
#endif
    &iv_stt_openai,       &iv_stt_echo, NULL,
};

static const char *const lang_names[IV_LANG_COUNT] = {
    [IV_LANG_KO] = "Korean", [IV_LANG_EN] = "English", [IV_LANG_JA] = "Japanese"};

static bool knows(const struct iv_stt_ops *ops, enum iv_lang lang)
{
    return ops->langs >> lang & 1;
}

static const struct iv_stt_ops *find(const char *name, size_t len)
{
    for (const struct iv_stt_ops *const *o = iv_stt_list; *o; o++)
        if (strlen((*o)->name) == len && !strncmp((*o)->name, name, len))
            return *o;
    return NULL;
}

static bool is_available(iv_ctx *ctx, const struct iv_stt_ops *ops, enum iv_lang lang, char *why,
                         size_t why_bytes)
{
    if (ops->begin && !iv_net_is_possible(ctx, why, why_bytes))
        return false;
    return ops->available(ctx, lang, why, why_bytes);
}

/* Those that "auto" may take for a language, in order: the first is given, the others' names are added to `rest`. */
static const struct iv_stt_ops *first_for(iv_ctx *ctx, enum iv_lang lang, struct iv_buf *rest,
                                          char *why, size_t why_bytes)
{
    const struct iv_stt_ops *first = NULL;

    for (const struct iv_stt_ops *const *o = iv_stt_list; *o; o++) {
        if ((*o)->flags & (STT_FOR_TESTS | STT_ONLY_ASKED) || !knows(*o, lang) ||
            !is_available(ctx, *o, lang, why, why_bytes))
            continue;
        if (!first)
            first = *o;
        else
            iv_buf_addf(rest, "%s%s", rest->len ? "," : "", (*o)->name);
    }
    return first;
}

static enum iv_code none_for(enum iv_lang lang, const char *why, struct iv_error *err)
{
    if (lang != IV_LANG_EN)
        return iv_fail(err, IV_E_STT_ERROR,
                       "no speech recogniser for %s: Debian has none; set DEEPGRAM_API_KEY, or "
                       "stt.openai.base_url "
                       "to a whisper server; answers can be typed",
                       lang_names[lang]);
    return iv_fail(err, IV_E_STT_ERROR,
                   "no speech recogniser for English: %s; answers can be typed",
                   why[0] ? why : "none was built in (package libpocketsphinx-dev)");
}

static enum iv_code unknown_name(const char *name, size_t len, struct iv_error *err)
{
    struct iv_buf names = IV_BUF_INIT(512);
    enum iv_code rc;

    for (const struct iv_stt_ops *const *o = iv_stt_list; *o; o++)
        if (!((*o)->flags & STT_FOR_TESTS))
            iv_buf_addf(&names, ", %s", (*o)->name);
    rc = iv_fail(err, IV_E_USAGE, "stt.engine: no recogniser is called '%.*s'; there are: auto%s",
                 (int)len, name, iv_buf_str(&names));
    iv_buf_release(&names);
    return rc;
}

/* One name of the list. *out NULL: not this one, `why` may say more. */
static enum iv_code choose_one(iv_ctx *ctx, const char *name, size_t len, enum iv_lang lang,
                               const struct iv_stt_ops **out, struct iv_buf *rest, char *why,
                               size_t why_bytes, struct iv_error *err)
{
    if (len == 4 && !strncmp(name, "auto", 4)) {
        *out = first_for(ctx, lang, rest, why, why_bytes);
        return IV_OK;
    }
    *out = find(name, len);
    if (!*out)
        return unknown_name(name, len, err);
    if (!knows(*out, lang) || !is_available(ctx, *out, lang, why, why_bytes))
        *out = NULL;
    return IV_OK;
}

enum iv_code iv_stt_choose(iv_ctx *ctx, const char *engine, enum iv_lang lang,
                           const struct iv_stt_ops **out, char arg[STT_ARG_BYTES],
                           char rest[STT_ARG_BYTES], struct iv_error *err)
{
    struct iv_buf others = IV_BUF_INIT(STT_ARG_BYTES - 1);
    char why[300] = "";
    enum iv_code rc = IV_OK;

    *out = NULL;
    arg[0] = '\0';
    while (!rc && engine && *engine && !*out) {
        size_t len = strcspn(engine, ",:"), end = strcspn(engine, ",");

        if (len)
            rc = choose_one(ctx, engine, len, lang, out, &others, why, sizeof why, err);
        if (*out && engine[len] == ':')
            snprintf(arg, STT_ARG_BYTES, "%.*s", (int)(end - len - 1), engine + len + 1);
        engine += end;
        engine += *engine == ',';
    }
    if (*out && *engine)
        iv_buf_addf(&others, "%s%s", others.len ? "," : "", engine);
    snprintf(rest, STT_ARG_BYTES, "%s", iv_buf_str(&others));
    iv_buf_release(&others);
    return rc || *out ? rc : none_for(lang, why, err);
}

static void describe(iv_ctx *ctx, const struct iv_stt_ops *ops, struct iv_stt_info *info)
{
    *info = (struct iv_stt_info){.name = ops->name, .summary = ops->summary};
    for (int l = 0; l < IV_LANG_COUNT; l++) {
        char why[sizeof info->why_not] = "";

        info->available[l] =
            knows(ops, (enum iv_lang)l) && is_available(ctx, ops, (enum iv_lang)l, why, sizeof why);
        if (why[0])
            memcpy(info->why_not, why, sizeof why);
    }
    if (!info->why_not[0] && (!knows(ops, IV_LANG_KO) || !knows(ops, IV_LANG_JA)))
        snprintf(info->why_not, sizeof info->why_not,
                 "English only: Debian has no recogniser for Korean or Japanese");
}

size_t iv_stt_engines(iv_ctx *ctx, struct iv_stt_info *out, size_t max)
{
    size_t n = 0;

    for (const struct iv_stt_ops *const *o = iv_stt_list; *o && n < max; o++)
        if (!((*o)->flags & STT_FOR_TESTS))
            describe(ctx, *o, &out[n++]);
    return n;
}
