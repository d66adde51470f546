/* stt_choose.c - the recognisers there are, and which one a list of names means. */
#include <stdio.h>
#include <string.h>

#include "iv_build.h"
#include "provider/stt.h"

const struct iv_stt_ops *const iv_stt_list[] = {
#if IV_HAVE_POCKETSPHINX
    &iv_stt_pocketsphinx,
#endif
    &iv_stt_echo,
    NULL,
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

static const struct iv_stt_ops *first_for(iv_ctx *ctx, enum iv_lang lang, char *why,
                                          size_t why_bytes)
{
    for (const struct iv_stt_ops *const *o = iv_stt_list; *o; o++)
        if (!((*o)->flags & STT_FOR_TESTS) && knows(*o, lang) &&
            (*o)->available(ctx, lang, why, why_bytes))
            return *o;
    return NULL;
}

static enum iv_code none_for(enum iv_lang lang, const char *why, struct iv_error *err)
{
    if (lang != IV_LANG_EN)
        return iv_fail(
            err, IV_E_STT_ERROR,
            "no speech recogniser for %s is installed: Debian has none; answers can be typed",
            lang_names[lang]);
    return iv_fail(err, IV_E_STT_ERROR,
                   "no speech recogniser for English: %s; answers can be typed",
                   why[0] ? why : "none was built in (package libpocketsphinx-dev)");
}

enum iv_code iv_stt_choose(iv_ctx *ctx, const char *engine, enum iv_lang lang,
                           const struct iv_stt_ops **out, char arg[STT_ARG_BYTES],
                           struct iv_error *err)
{
    char why[300] = "";

    *out = NULL;
    arg[0] = '\0';
    while (engine && *engine) {
        size_t len = strcspn(engine, ",:");
        const struct iv_stt_ops *ops = NULL;

        if (len == 4 && !strncmp(engine, "auto", 4)) {
            ops = first_for(ctx, lang, why, sizeof why);
        } else if (len) {
            ops = find(engine, len);
            if (!ops)
                return iv_fail(
                    err, IV_E_USAGE,
                    "stt.engine: no recogniser is called '%.*s'; there are: auto, pocketsphinx",
                    (int)len, engine);
            if (!knows(ops, lang) || !ops->available(ctx, lang, why, sizeof why))
                ops = NULL;
        }
        if (ops) {
            *out = ops;
            if (engine[len] == ':')
                snprintf(arg, STT_ARG_BYTES, "%s", engine + len + 1);
            return IV_OK;
        }
        engine += strcspn(engine, ",");
        engine += *engine == ',';
    }
    return none_for(lang, why, err);
}

static void describe(iv_ctx *ctx, const struct iv_stt_ops *ops, struct iv_stt_info *info)
{
    *info = (struct iv_stt_info){.name = ops->name, .summary = ops->summary};
    for (int l = 0; l < IV_LANG_COUNT; l++) {
        char why[sizeof info->why_not] = "";

        info->available[l] =
            knows(ops, (enum iv_lang)l) && ops->available(ctx, (enum iv_lang)l, why, sizeof why);
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
