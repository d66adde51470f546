/* doctor.c - what works, what does not, and the command that mends it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/player.h"
#include "cli.h"
#include "iv/avatar.h"
#include "iv/stt.h"
#include "iv/tts.h"
#include "iv_build.h"
#include "iv/secret.h"
#include "providers_common.h"

#define ENGINES_MAX 32

static const struct cli_option options[] = {
    {.name = "online",
     .kind = CLI_FLAG,
     .help = N_("Make one small real call to each service that is set up, too.")},
    {.name = NULL},
};

static const struct cli_column columns[] = {
    {"check", N_("CHECK"), false},  {"state", N_("STATE"), false}, {"detail", N_("DETAIL"), false},
    {"mend", N_("TO MEND"), false}, {NULL, NULL, false},
};

enum state { GOOD, MISSING, BAD }; /* MISSING: works without, less well */

static void note(iv_json *list, const char *check, enum state state, const char *detail,
                 const char *mend)
{
    static const char *const names[] = {"ok", "missing", "bad"};
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "check", check);
    iv_json_set_str(j, "state", names[state]);
    iv_json_set_str(j, "detail", detail);
    iv_json_set_str(j, "mend", mend);
    iv_json_append(list, j);
}

static void check_store(struct cli *cli, iv_json *list)
{
    struct iv_error err = {0};
    enum iv_code rc = cli_open_store(cli, &err);

    if (!rc)
        rc = iv_store_check(cli->store, &err);
    if (!rc)
        note(list, "store", GOOD,
             iv_store_path(cli->store)[0] ? iv_store_path(cli->store)
                                          : iv_store_backend(cli->store),
             "");
    else
        note(list, "store", BAD, err.text,
             rc == IV_E_DATA ? "interviewctl restore BACKUP"
                             : "interviewctl --store FILE, or free the folder");
}

static void ignore_result(void *arg, const struct iv_stt_result *r)
{
    (void)arg;
    (void)r;
}

static void ignore_done(void *arg, enum iv_code code, const char *text)
{
    (void)arg;
    (void)code;
    (void)text;
}

/* Why an interview in that language has none: what opening one says. Some engine may do it in spite of the list: then "". */
static const char *why_no_voice(struct cli *cli, enum iv_lang lang, struct iv_error *why)
{
    struct iv_tts_choice choice = {
        .engine = cli->config->tts_engine, .voice = "", .lang = lang, .rate = 1};
    iv_tts *voice = NULL;

    *why = (struct iv_error){0};
    iv_tts_open(cli->ctx, &choice, &voice, why);
    iv_tts_close(voice);
    return why->text;
}

static const char *why_no_recogniser(struct cli *cli, enum iv_lang lang, struct iv_error *why)
{
    struct iv_stt_choice choice = {.engine = cli->config->stt_engine, .lang = lang};
    struct iv_stt_sink nobody = {.on_result = ignore_result, .on_done = ignore_done};
    iv_stt *stt = NULL;

    *why = (struct iv_error){0};
    iv_stt_open(cli->ctx, &choice, &nobody, &stt, why);
    iv_stt_close(stt);
    return why->text;
}

static void check_voices(struct cli *cli, iv_json *list)
{
    struct iv_tts_info info[ENGINES_MAX];
    size_t n = iv_tts_engines(cli->ctx, info, ENGINES_MAX);

    for (unsigned l = 0; l < IV_LANG_COUNT; l++) {
        struct iv_error why;
        char check[32];
        size_t i = 0;

        snprintf(check, sizeof check, "voice %s", iv_lang_code((enum iv_lang)l));
        while (i < n && !info[i].available[l])
            i++;
        if (i < n)
            note(list, check, GOOD, info[i].name, "");
        else
            note(list, check, BAD, why_no_voice(cli, (enum iv_lang)l, &why), "make deps");
    }
    for (size_t i = 0; i < n; i++)
        if (info[i].why_not[0])
            note(list, info[i].name, MISSING, info[i].why_not, "");
}

static void check_recognisers(struct cli *cli, iv_json *list)
{
    struct iv_stt_info info[ENGINES_MAX];
    size_t n = iv_stt_engines(cli->ctx, info, ENGINES_MAX);

    for (unsigned l = 0; l < IV_LANG_COUNT; l++) {
        struct iv_error why;
        char check[32];
        size_t i = 0;

        snprintf(check, sizeof check, "speech %s", iv_lang_code((enum iv_lang)l));
        while (i < n && !info[i].available[l])
            i++;
        note(list, check, i < n ? GOOD : MISSING,
             i < n ? info[i].name : why_no_recogniser(cli, (enum iv_lang)l, &why),
             i < n ? "" : "answers can be typed");
    }
}

static void count_device(void *arg, const char *name, bool is_default)
{
    char *chosen = arg;

    if (is_default || !chosen[0])
        snprintf(chosen, 128, "%s", name);
}

static void check_sound(iv_json *list)
{
    char chosen[128] = "";
    struct iv_error err = {0};

    if (player_check(&err))
        note(list, "speaker", MISSING, err.text, "make deps, then make");
    else if (player_devices(count_device, chosen, NULL))
        note(list, "speaker", GOOD, chosen, "");
    else
        note(list, "speaker", MISSING, "no playback device; interviews go on as text",
             "on a desktop: apt-get install pipewire-alsa (or pulseaudio's ALSA plug-in)");
}

static void check_face(struct cli *cli, iv_json *list)
{
    iv_renderer *renderer = NULL;
    struct iv_error err = {0};
    iv_rig *rig = NULL;
    enum iv_code rc = iv_rig_load(cli->ctx, cli->config->avatar_name, &rig, &err);

    if (!rc)
        rc = iv_renderer_open(cli->ctx, cli->config->avatar_renderer, rig, IV_FRAME_SIZE, &renderer,
                              &err);
    note(list, "face", rc ? BAD : GOOD, rc ? err.text : iv_renderer_backend(renderer),
         rc ? "interviewctl avatar list" : "");
    rc = iv_recorder_check(&err);
    note(list, "film", rc ? MISSING : GOOD, rc ? err.text : "H.264 and AAC",
         rc ? "make deps, then make" : "");
    iv_renderer_close(renderer);
    iv_rig_free(rig);
}

static void check_gpu(iv_json *list)
{
    if (!access("/dev/nvidiactl", R_OK))
        note(list, "gpu", GOOD, "an NVIDIA device is there; this version draws on the CPU", "");
    else
        note(list, "gpu", MISSING, "no NVIDIA device; the face is drawn on the CPU", "");
}

/* A REDIS_URL left over from another program must not look as if servers shared their sessions. */
static void check_redis(struct cli *cli, iv_json *list)
{
    bool is_set = iv_secret_is_set(cli->ctx, "redis.url");

    if (!IV_HAVE_HIREDIS)
        note(list, "redis", MISSING, "this build has no Redis: REDIS_URL is not read",
             "build it with libhiredis-dev");
    else if (!strcmp(cli->config->store_backend, "redis"))
        note(list, "redis", cli->store ? GOOD : BAD, "sessions are kept there: store.backend", "");
    else
        note(list, "redis", MISSING,
             is_set ? "REDIS_URL is set, but sessions are kept in a file"
                    : "sessions are kept in a file of this machine",
             "store.backend = redis, or serve --redis");
}

static void check_terminal(iv_json *list)
{
    const char *term = getenv("TERM"), *lang = getenv("LC_ALL");
    bool utf8;

    if (!lang || !lang[0])
        lang = getenv("LC_CTYPE");
    if (!lang || !lang[0])
        lang = getenv("LANG");
    utf8 = lang && (strstr(lang, "UTF-8") || strstr(lang, "utf8"));
    note(list, "locale", utf8 ? GOOD : MISSING, lang && lang[0] ? lang : "C",
         utf8 ? "" : "export LANG=C.UTF-8 (Korean and Japanese need UTF-8)");
    note(list, "terminal", term && strcmp(term, "dumb") ? GOOD : MISSING, term ? term : "none", "");
}

/* Where each key comes from; one that is in a file others can read is of no use. */
static void check_keys(struct cli *cli, iv_json *list)
{
    for (size_t i = 0; i < iv_setting_count(); i++) {
        const char *key = iv_setting_at(i)->key, *end = strrchr(key, '.');
        struct iv_error err = {0};
        char origin[400], check[96];
        char *secret = NULL;
        enum iv_code rc;

        if (!end || strcmp(end, ".api_key") != 0)
            continue;
        rc = iv_secret_origin(cli->ctx, key, origin, sizeof origin, &err);
        if (!rc && !origin[0])
            continue;
        if (!rc)
            rc = iv_secret_get(cli->ctx, key, &secret, &err);
        iv_secret_free(secret);
        snprintf(check, sizeof check, "key %.80s", key);
        note(list, check, rc ? BAD : GOOD, rc ? err.text : origin,
             !rc                                         ? ""
             : strstr(err.text, "can be read by others") ? "chmod 600 the file that holds it"
                                                         : "interviewctl config set KEY <FILE");
    }
}

struct online {
    struct cli *cli;
    iv_json *list;
};

static enum iv_code try_online(void *arg, const struct provider *p, struct iv_error *err)
{
    struct online *b = arg;
    struct trial t;
    char check[64], detail[560];

    (void)err;
    if (!strcmp(p->kind, "interviewer") || !provider_is_there(p) ||
        (!p->key && strcmp(p->name, "edge")))
        return IV_OK;
    try_provider(b->cli, p, &t);
    snprintf(check, sizeof check, "online %.20s %.30s", p->kind, p->name);
    snprintf(detail, sizeof detail, "%.0f ms%s%s", t.ms, t.detail[0] ? ": " : "", t.detail);
    /* Edge needs no setting up, so nobody misses it who does not name it. */
    note(b->list, check,
         t.is_good ? GOOD
         : p->key  ? BAD
                   : MISSING,
         detail, t.mend[0] ? _(t.mend) : "");
    return IV_OK;
}

static void check_online(struct cli *cli, iv_json *list)
{
    struct online o = {cli, list};
    struct iv_error err;

    if (!iv_config_set(cli->config, "cache.enabled", "false", IV_FROM_FLAG, NULL, &err))
        each_provider(cli, try_online, &o, &err);
}

static bool any_bad(const iv_json *list)
{
    for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "state", ""), "bad"))
            return true;
    return false;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *list = iv_json_array();
    enum iv_code rc;

    note(list, "version", GOOD, IV_VERSION, "");
    check_store(cli, list);
    check_voices(cli, list);
    check_recognisers(cli, list);
    check_sound(list);
    check_face(cli, list);
    check_gpu(list);
    check_redis(cli, list);
    check_terminal(list);
    check_keys(cli, list);
    if (cli_flag(cli, "online"))
        check_online(cli, list);
    rc = cli_print_rows(cli, list, list, columns, "check", err);
    if (!rc && any_bad(list))
        rc = iv_fail(err, IV_E_NO, "something does not work; TO MEND says what helps");
    iv_json_free(list);
    return rc;
}

const struct cli_command cli_cmd_doctor = {
    .name = "doctor",
    .args = "",
    .options = options,
    .summary = N_("Check what works, what does not, and what mends it; exit status 1 when "
                  "something is broken."),
    .run = run,
};
