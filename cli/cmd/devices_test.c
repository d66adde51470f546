/* devices_test.c - a tone, three seconds of the microphone, and those played back. */
#include "audio/sound_check.h"
#include "cmd/devices_common.h"

static const struct cli_option options[] = {
    {.name = "mic",
     .kind = CLI_STR,
     .arg = "DEVICE",
     .setting = "audio.mic",
     .help = N_("Microphone by name or a part of it; the system's without it.")},
    {.name = "speaker",
     .kind = CLI_STR,
     .arg = "DEVICE|none",
     .setting = "audio.speaker",
     .help = N_("Playback device by name or a part of it; none is silent.")},
    {.name = NULL},
};

static const struct cli_column columns[] = {
    {"microphone", N_("MICROPHONE"), false}, {"verdict", N_("VERDICT"), false},
    {"level_db", N_("LEVEL dB"), true},      {"peak_db", N_("PEAK dB"), true},
    {"clipped", N_("OVERLOADED"), true},     {"gaps", N_("GAPS"), true},
    {"speaker", N_("SPEAKER"), false},       {"tone_heard", N_("HEARD BY THE MICROPHONE"), false},
    {"played", N_("PLAYED BACK"), false},    {NULL, NULL, false},
};

static const char *word_of(enum check_verdict v)
{
    static const char *const words[] = {
        [CHECK_SILENT] = "silent",
        [CHECK_SOFT] = "too soft",
        [CHECK_GOOD] = "good",
        [CHECK_LOUD] = "too loud",
    };

    return words[v];
}

/* Once a step, as a line; the meter goes on below it. */
static void announce(struct cli *cli, enum check_step step)
{
    devices_meter_end(cli);
    if (step == CHECK_RECORD)
        cli_say(cli, "%s", _("say something, three seconds"));
    else if (step == CHECK_PLAY)
        cli_say(cli, "%s", _("that was you"));
}

static enum iv_code go_through(struct cli *cli, struct sound_check *c, struct iv_error *err)
{
    enum check_step step = CHECK_TONE;
    enum iv_code rc = IV_OK;

    while (!rc && step != CHECK_DONE) {
        if (cli_interrupted)
            return iv_fail(err, IV_E_CANCELLED, "%s", "");
        rc = sound_check_go(c, err);
        if (step != sound_check_step(c)) {
            step = sound_check_step(c);
            announce(cli, step);
        }
        if (step == CHECK_RECORD)
            devices_meter(cli, "", sound_check_level_db(c));
        devices_rest();
    }
    devices_meter_end(cli);
    return rc;
}

static enum iv_code print(struct cli *cli, const struct check_result *r, struct iv_error *err)
{
    iv_json *j = iv_json_object();
    enum iv_code rc;

    iv_json_set_str(j, "microphone", r->mic);
    iv_json_set_str(j, "through", r->mic_backend);
    iv_json_set_int(j, "rate_hz", r->rate_hz);
    iv_json_set_num(j, "seconds", r->seconds);
    iv_json_set_str(j, "verdict", word_of(r->verdict));
    iv_json_set_num(j, "level_db", r->level_db);
    iv_json_set_num(j, "peak_db", r->peak_db);
    iv_json_set_int(j, "clipped", (int64_t)r->clipped);
    iv_json_set_int(j, "gaps", r->gaps);
    iv_json_set_str(j, "speaker", r->speaker[0] ? r->speaker : "none");
    iv_json_set(j, "tone_heard", r->has_speaker ? iv_json_bool(r->tone_heard) : iv_json_null());
    iv_json_set(j, "played", iv_json_bool(r->played));
    rc = cli_print_object(cli, j, columns, "verdict", err);
    iv_json_free(j);
    return rc;
}

/* What is there was shown; what is not is the exit status. */
static enum iv_code conclude(const struct check_result *r, struct iv_error *err)
{
    if (r->why.code) {
        *err = r->why;
        return r->why.code;
    }
    if (r->verdict == CHECK_SILENT)
        return iv_fail(err, IV_E_NO, "microphone \"%s\": it gives silence only; is it muted?",
                       r->mic);
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct sound_check *c = NULL;
    enum iv_code rc = sound_check_open(devices_mic(cli), cli->config->audio_speaker, &c, err);

    if (!rc)
        rc = go_through(cli, c, err);
    if (!rc)
        rc = print(cli, sound_check_result(c), err);
    if (!rc)
        rc = conclude(sound_check_result(c), err);
    sound_check_close(c);
    return rc;
}

const struct cli_command cli_cmd_devices_test = {
    .name = "devices test",
    .args = "",
    .summary = N_("Play a tone, measure three seconds of the microphone, and play them back."),
    .details =
        N_("The tone says whether the microphone hears the loudspeaker; with headphones it does "
           "not, and need not. Exit status 1: the microphone gives silence only."),
    .options = options,
    .examples = "  interviewctl devices test --mic USB --json | jq -r .verdict\n",
    .run = run,
};
