/* providers_common.c - see the header. */
#include "providers_common.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/llm.h"
#include "iv/room.h"
#include "iv/secret.h"
#include "iv/stt.h"
#include "iv/tts.h"

#define PROVIDERS_MAX 32
#define ANSWER_MS 20000

typedef enum iv_code each_fn(void *arg, const struct provider *p, struct iv_error *err);

/* -- which there are -- */

static const char *key_of(const struct iv_config *c, const char *kind, const char *name)
{
    const struct {
        const char *kind, *name, *own_url, *own_key, *key;
    } rows[] = {
        {"llm", "openai", c->llm_base_url, "llm.api_key", "openai.api_key"},
        {"stt", "openai", c->stt_openai_base_url, "stt.openai.api_key", "openai.api_key"},
        {"tts", "openai", c->tts_openai_base_url, "tts.openai.api_key", "openai.api_key"},
        {"stt", "deepgram", "", "", "deepgram.api_key"},
        {"tts", "elevenlabs", "", "", "elevenlabs.api_key"},
        {"rooms", "daily", "", "", "daily.api_key"},
    };

    for (size_t i = 0; i < IV_LEN(rows); i++)
        if (!strcmp(rows[i].kind, kind) && !strcmp(rows[i].name, name))
            return rows[i].own_url[0] ? rows[i].own_key : rows[i].key;
    return NULL;
}

static enum iv_code tell(struct cli *cli, struct provider *p, each_fn *fn, void *arg,
                         struct iv_error *err)
{
    bool all = true;

    for (int l = 0; l < IV_LANG_COUNT; l++)
        all = all && p->available[l];
    if (all)
        p->why_not = "";
    p->key = key_of(cli->config, p->kind, p->name);
    return fn(arg, p, err);
}

static enum iv_code each_recogniser(struct cli *cli, each_fn *fn, void *arg, struct iv_error *err)
{
    struct iv_stt_info info[PROVIDERS_MAX];
    size_t n = iv_stt_engines(cli->ctx, info, PROVIDERS_MAX);
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < n && !rc; i++) {
        struct provider p = {"stt", info[i].name, info[i].summary, {0}, info[i].why_not, NULL};

        memcpy(p.available, info[i].available, sizeof p.available);
        rc = tell(cli, &p, fn, arg, err);
    }
    return rc;
}

static enum iv_code each_model(struct cli *cli, each_fn *fn, void *arg, struct iv_error *err)
{
    struct iv_llm_info info[PROVIDERS_MAX];
    size_t n = iv_llm_engines(cli->ctx, info, PROVIDERS_MAX);
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < n && !rc; i++) {
        struct provider p = {"llm", info[i].name, info[i].summary, {0}, info[i].why_not, NULL};

        for (int l = 0; l < IV_LANG_COUNT; l++)
            p.available[l] = info[i].available;
        rc = tell(cli, &p, fn, arg, err);
    }
    return rc;
}

static enum iv_code each_voice(struct cli *cli, each_fn *fn, void *arg, struct iv_error *err)
{
    struct iv_tts_info info[PROVIDERS_MAX];
    size_t n = iv_tts_engines(cli->ctx, info, PROVIDERS_MAX);
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < n && !rc; i++) {
        struct provider p = {"tts", info[i].name, info[i].summary, {0}, info[i].why_not, NULL};

        memcpy(p.available, info[i].available, sizeof p.available);
        rc = tell(cli, &p, fn, arg, err);
    }
    return rc;
}

enum iv_code each_provider(struct cli *cli, each_fn *fn, void *arg, struct iv_error *err)
{
    bool rooms = iv_rooms_are_set(cli->ctx);
    struct provider builtin = {
        "interviewer",      "builtin", "question banks and rules; needs no model",
        {true, true, true}, "",        NULL};
    struct provider daily = {"rooms",
                             "daily",
                             "Daily: a video room for each session",
                             {rooms, rooms, rooms},
                             "daily.api_key is not set (DAILY_API_KEY)",
                             NULL};
    enum iv_code rc = each_recogniser(cli, fn, arg, err);

    if (!rc)
        rc = tell(cli, &builtin, fn, arg, err);
    if (!rc)
        rc = each_model(cli, fn, arg, err);
    if (!rc)
        rc = each_voice(cli, fn, arg, err);
    return rc ? rc : tell(cli, &daily, fn, arg, err);
}

bool provider_is_there(const struct provider *p)
{
    for (int l = 0; l < IV_LANG_COUNT; l++)
        if (p->available[l])
            return true;
    return false;
}

/* -- a small call -- */

static enum iv_lang language_of(const struct provider *p)
{
    enum iv_lang lang = cli_locale_language();

    for (int l = 0; l < IV_LANG_COUNT && !p->available[lang]; l++)
        lang = (enum iv_lang)l;
    return lang;
}

static enum iv_code try_voice(struct cli *cli, const struct provider *p, char *detail, size_t bytes,
                              struct iv_error *err)
{
    static const char *const words[] = {
        [IV_LANG_KO] = "안녕하세요.", [IV_LANG_EN] = "Hello.", [IV_LANG_JA] = "こんにちは。"};
    struct iv_tts_choice choice = {.engine = p->name, .lang = language_of(p), .rate = 1};
    struct iv_speech speech = {.n_phonemes = 0};
    iv_tts *voice = NULL;
    enum iv_code rc = iv_tts_open(cli->ctx, &choice, &voice, err);

    if (!rc)
        rc = iv_tts_render(voice, words[choice.lang], &speech, err);
    if (!rc)
        snprintf(detail, bytes, "%s: %llu ms of sound", iv_tts_voice(voice),
                 (unsigned long long)iv_pcm_ms(&speech.pcm));
    iv_speech_release(&speech);
    iv_tts_close(voice);
    return rc;
}

/* Silence holds no words: that it was heard at all is the answer. */
static enum iv_code try_recogniser(struct cli *cli, const struct provider *p, char *detail,
                                   size_t bytes, struct iv_error *err)
{
    struct iv_stt_choice choice = {.engine = p->name, .lang = language_of(p)};
    struct iv_pcm silence = {.len = IV_STT_RATE_HZ, .rate_hz = IV_STT_RATE_HZ};
    struct iv_transcript heard = {.text = NULL};
    enum iv_code rc;

    silence.samples = iv_alloc_array(silence.len, sizeof *silence.samples);
    if (!silence.samples)
        return iv_fail(err, IV_E_NOMEM, "out of memory");
    rc = iv_stt_transcribe(cli->ctx, &choice, &silence, &heard, err);
    if (rc == IV_E_STT_NO_SPEECH)
        rc = IV_OK;
    if (!rc)
        snprintf(detail, bytes, "heard a second of silence");
    iv_transcript_release(&heard);
    free(silence.samples);
    return rc;
}

static enum iv_code try_model(struct cli *cli, const struct provider *p, char *detail, size_t bytes,
                              struct iv_error *err)
{
    struct iv_llm_choice choice = {.engine = p->name};
    struct iv_llm_message ask = {IV_LLM_USER, "Answer with one word: ready"};
    struct iv_llm_request r = {.messages = &ask,
                               .n_messages = 1,
                               .max_tokens = 16,
                               .temperature = -1,
                               .seed = -1,
                               .budget_ms = ANSWER_MS};
    struct iv_llm_usage usage;
    char *text = NULL;
    iv_llm *model = NULL;
    enum iv_code rc = iv_llm_open(cli->ctx, &choice, &model, err);

    if (!rc && !model)
        rc = iv_fail(err, IV_E_LLM_ERROR, "%s is not a language model to be asked", p->name);
    if (!rc)
        rc = iv_llm_complete(model, &r, &text, &usage, err);
    if (!rc)
        snprintf(detail, bytes, "%s: first word after %lld ms", iv_llm_model(model),
                 (long long)usage.first_token_ms);
    free(text);
    iv_llm_close(model);
    return rc;
}

/* By what the error says, because that is what a person would go by too. */
static const char *mend_for(const struct provider *p, const char *text)
{
    static const struct {
        const char *part, *mend;
    } rows[] = {
        {"offline", N_("ask again without --offline (net.offline)")},
        {"can be read by others", N_("chmod 600 that file")},
        {"401", N_("the key is refused: providers list says where it comes from")},
        {"403", N_("the key may not do this: look at its permissions at the service")},
        {"402", N_("the account has no credit left")},
        {"quota", N_("the account's quota is used up")},
        {"429", N_("the service asks to wait; try again in a minute")},
        {"usage.", N_("a limit of your own: usage shows it, config set raises it")},
        {"resolve", N_("no network, or a wrong base URL")},
        {"connect", N_("nobody answers there: is the base URL right, is the server started?")},
        {"net.allow", N_("name the host in net.allow")},
    };

    (void)p;
    for (size_t i = 0; i < IV_LEN(rows); i++)
        if (strstr(text, rows[i].part))
            return rows[i].mend;
    return "";
}

void try_provider(struct cli *cli, const struct provider *p, struct trial *out)
{
    int64_t from = iv_mono_us(&iv_clock_system);
    struct iv_error err = {0};
    enum iv_code rc = IV_OK;

    *out = (struct trial){.mend = ""};
    if (!strcmp(p->kind, "tts"))
        rc = try_voice(cli, p, out->detail, sizeof out->detail, &err);
    else if (!strcmp(p->kind, "stt"))
        rc = try_recogniser(cli, p, out->detail, sizeof out->detail, &err);
    else if (!strcmp(p->kind, "llm"))
        rc = try_model(cli, p, out->detail, sizeof out->detail, &err);
    else if (!strcmp(p->kind, "rooms"))
        rc = iv_room_check(cli->ctx, &err);
    out->ms = (double)((iv_mono_us(&iv_clock_system) - from) / 100) / 10;
    out->is_good = !rc;
    if (!rc)
        return;
    iv_secret_redact(cli->ctx, err.text);
    snprintf(out->detail, sizeof out->detail, "%s", err.text);
    out->mend = mend_for(p, err.text);
}
