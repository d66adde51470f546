/* tts.c - opening a voice: which back ends, in which order.
 *
 * The setting is a list, "elevenlabs,edge,espeak". The first that can speak the language is opened at once, the others when one before
 * them fails (tts_speak.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"
#include "provider/speech_cache.h"
#include "provider/tts_voice.h"

#define MIN_RATE 0.5
#define MAX_RATE 2.0

/* -- the list -- */

static const struct iv_tts_ops *find_ops(const char *name, size_t len)
{
    for (size_t i = 0; iv_tts_list[i]; i++)
        if (strlen(iv_tts_list[i]->name) == len && !strncmp(iv_tts_list[i]->name, name, len))
            return iv_tts_list[i];
    return NULL;
}

static bool is_linked(const iv_tts *t, const struct iv_tts_ops *ops)
{
    for (size_t i = 0; i < t->n_links; i++)
        if (t->links[i].ops == ops)
            return true;
    return false;
}

static bool is_available(iv_ctx *ctx, const struct iv_tts_ops *ops, enum iv_lang lang,
                         const char *voice, char *why, size_t why_bytes)
{
    if (ops->begin && !iv_net_is_possible(ctx, why, why_bytes))
        return false;
    return ops->available(ctx, lang, voice, why, why_bytes);
}

static enum iv_code check_link(const iv_tts *t, const struct iv_tts_ops *ops, const char *voice,
                               struct iv_error *err)
{
    char why[300] = "";

    if (!ops->speaks[t->lang])
        return iv_fail(err, IV_E_TTS_ERROR, "tts %s: it does not speak %s", ops->name,
                       iv_lang_code(t->lang));
    if (!is_available(t->ctx, ops, t->lang, voice, why, sizeof why))
        return iv_fail(err, IV_E_TTS_ERROR, "tts %s: cannot speak %s: %s", ops->name,
                       iv_lang_code(t->lang), why);
    return IV_OK;
}

/* A voice's name belongs to one back end: the others speak with their own default. */
static enum iv_code add_link(iv_tts *t, const struct iv_tts_ops *ops, const char *voice,
                             struct iv_error *err)
{
    struct tts_link *link = &t->links[t->n_links];
    struct iv_error other;
    enum iv_code rc;

    if (is_linked(t, ops) || t->n_links == TTS_MAX_LINKS)
        return IV_OK;
    rc = check_link(t, ops, voice, err);
    if (rc && t->n_links && voice[0] && !check_link(t, ops, "", &other)) {
        rc = IV_OK;
        voice = "";
    }
    if (rc)
        return rc;
    *link = (struct tts_link){.ops = ops};
    snprintf(link->voice, sizeof link->voice, "%s", voice);
    t->n_links++;
    return IV_OK;
}

/* The error told is that of the last one tried: the plainest back end, and mostly the only one. */
static enum iv_code add_auto(iv_tts *t, const char *voice, struct iv_error *err)
{
    enum iv_code rc = iv_fail(err, IV_E_TTS_ERROR, "tts: this build has no voice back end");

    for (size_t i = 0; iv_tts_list[i]; i++)
        if (!(iv_tts_list[i]->flags & (TTS_FOR_TESTS | TTS_ONLY_ASKED)))
            rc = add_link(t, iv_tts_list[i], voice, err);
    return rc;
}

/* `names` is "auto" or names by preference, separated by commas. */
static enum iv_code add_links(iv_tts *t, const char *names, const char *voice, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    while (*names) {
        size_t len = strcspn(names, ", ");
        const struct iv_tts_ops *ops = find_ops(names, len);

        if (len == 4 && !strncmp(names, "auto", 4))
            rc = add_auto(t, voice, err);
        else if (!ops)
            return iv_fail(err, IV_E_USAGE,
                           "tts engine '%.*s': there is none; `interviewctl providers list` "
                           "shows them",
                           (int)len, names);
        else
            rc = add_link(t, ops, voice, err);
        names += len;
        names += strspn(names, ", ");
    }
    return t->n_links ? IV_OK : rc ? rc : iv_fail(err, IV_E_USAGE, "tts engine: none is named");
}

enum iv_code iv_tts_link_open(iv_tts *t, size_t i, struct iv_error *err)
{
    struct tts_link *link = &t->links[i];
    struct tts_env env = {t->ctx, t->lang, link->voice};
    void *st;
    enum iv_code rc;

    if (link->st)
        return IV_OK;
    st = iv_alloc(link->ops->state_size);
    if (!st)
        return iv_fail(err, IV_E_NOMEM, "tts %s: out of memory", link->ops->name);
    rc = link->ops->open(st, &env, err);
    if (rc) {
        link->ops->close(st);
        free(st);
        return rc;
    }
    link->st = st;
    return IV_OK;
}

/* -- opening and closing -- */

/* One that cannot even be opened is left out, where another is there. */
static enum iv_code open_first(iv_tts *t, struct iv_error *err)
{
    enum iv_code rc = iv_tts_link_open(t, 0, err);

    while (rc && t->n_links > 1) {
        iv_log(iv_ctx_log(t->ctx), IV_LOG_WARN, "%s", err->text);
        memmove(t->links, t->links + 1, --t->n_links * sizeof *t->links);
        rc = iv_tts_link_open(t, 0, err);
    }
    return rc;
}

static const char *or_setting(const char *chosen, const char *setting, const char *otherwise)
{
    if (chosen && chosen[0])
        return chosen;
    return setting && setting[0] ? setting : otherwise;
}

static enum iv_code read_settings(iv_tts *t, const struct iv_config *c,
                                  const struct iv_tts_choice *choice, struct iv_error *err)
{
    t->lang = choice->lang;
    t->rate = choice->rate != 0 ? choice->rate : c->tts_rate;
    t->timeout_ms = c->tts_timeout_ms;
    t->switch_ms = c->tts_switch_ms;
    t->rest_ms = c->tts_rest_ms;
    if (!(t->rate >= MIN_RATE && t->rate <= MAX_RATE))
        return iv_fail(err, IV_E_USAGE, "tts rate %g: must be %g to %g", t->rate, MIN_RATE,
                       MAX_RATE);
    return add_links(t, or_setting(choice->engine, c->tts_engine, "auto"),
                     or_setting(choice->voice, c->tts_voice, ""), err);
}

static enum iv_code open_parts(iv_tts *t, const struct iv_tts_choice *choice, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(t->ctx);
    struct iv_config *defaults = NULL;
    enum iv_code rc = c ? IV_OK : iv_config_new(&defaults, err);

    if (!rc)
        rc = read_settings(t, c ? c : defaults, choice, err);
    iv_config_free(defaults);
    if (rc)
        return rc;
    t->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (t->cancel_fd < 0)
        return iv_fail(err, IV_E_NOMEM, "tts: eventfd: %s", strerror(errno));
    rc = iv_speak_table_load(t->ctx, t->lang, &t->words, err);
    return rc ? rc : open_first(t, err);
}

enum iv_code iv_tts_open(iv_ctx *ctx, const struct iv_tts_choice *choice, iv_tts **out,
                         struct iv_error *err)
{
    iv_tts *t = iv_alloc(sizeof *t);
    struct iv_error why = {0};
    enum iv_code rc;

    *out = NULL;
    if (!t)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    t->ctx = ctx;
    t->cancel_fd = -1;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    rc = open_parts(t, choice, &why);
    if (rc) {
        iv_tts_close(t);
        return iv_fail(err, rc, "%s", why.text);
    }
    *out = t;
    return IV_OK;
}

void iv_tts_close(iv_tts *t)
{
    if (!t)
        return;
    iv_tts_cancel(t);
    iv_tts_settle(t);
    for (size_t i = 0; i < t->n_links; i++) {
        if (t->links[i].st)
            t->links[i].ops->close(t->links[i].st);
        free(t->links[i].st);
    }
    iv_speech_release(&t->d.kept);
    iv_speak_table_free(t->words);
    free(t->written);
    free(t->text);
    if (t->cancel_fd >= 0)
        close(t->cancel_fd);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static const struct tts_link *link_in_use(const iv_tts *t)
{
    return &t->links[atomic_load(&t->used)];
}

const char *iv_tts_engine(const iv_tts *t)
{
    return link_in_use(t)->ops->name;
}

const char *iv_tts_voice(const iv_tts *t)
{
    return link_in_use(t)->ops->voice(link_in_use(t)->st);
}

bool iv_tts_is_local(const iv_tts *t)
{
    for (size_t i = 0; i < t->n_links; i++)
        if (!t->links[i].ops->speak)
            return false;
    return true;
}

/* -- what there is -- */

enum iv_code iv_tts_cache_stats(iv_ctx *ctx, struct iv_tts_stats *out, struct iv_error *err)
{
    speech_cache *c = iv_speech_cache_of(ctx);

    (void)err;
    *out = (struct iv_tts_stats){0};
    if (c)
        iv_speech_cache_stats(c, out);
    return IV_OK;
}

size_t iv_tts_engines(iv_ctx *ctx, struct iv_tts_info *out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; iv_tts_list[i] && n < max; i++) {
        const struct iv_tts_ops *ops = iv_tts_list[i];
        struct iv_tts_info *info = &out[n];

        if (ops->flags & TTS_FOR_TESTS)
            continue;
        *info = (struct iv_tts_info){.name = ops->name, .summary = ops->summary};
        for (int lang = 0; lang < IV_LANG_COUNT; lang++)
            info->available[lang] =
                ops->speaks[lang] &&
                is_available(ctx, ops, (enum iv_lang)lang, "", info->why_not, sizeof info->why_not);
        n++;
    }
    return n;
}

enum iv_code iv_tts_voices(iv_ctx *ctx, const char *engine, enum iv_lang lang,
                           void (*fn)(void *arg, const char *voice, const char *about), void *arg,
                           struct iv_error *err)
{
    const struct iv_tts_ops *ops = find_ops(engine, strlen(engine));
    struct iv_error why = {0};
    enum iv_code rc;

    if (!ops)
        return iv_fail(err, IV_E_NOT_FOUND, "tts engine '%s': there is none", engine);
    rc = ops->voices(ctx, lang, fn, arg, &why);
    iv_secret_redact(ctx, why.text);
    return rc ? iv_fail(err, rc, "%s", why.text) : IV_OK;
}
