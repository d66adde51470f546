/* devices_monitor.c */
#include "audio/mic.h"
#include "audio/sound_level.h"
#include "cmd/devices_common.h"
#include "iv/audio.h"

#define WINDOW (IV_STT_RATE_HZ / 10) /* samples of a line */

static const struct cli_option options[] = {
    {.name = "mic",
     .kind = CLI_STR,
     .arg = "DEVICE",
     .setting = "audio.mic",
     .help = N_("Microphone by name or a part of it; the system's without it.")},
    {.name = "seconds",
     .kind = CLI_INT,
     .arg = "N",
     .min = 1,
     .max = 86400,
     .help = N_("How long; without it until Ctrl-C.")},
    {.name = NULL},
};

struct monitor {
    struct cli *cli;
    struct mic *mic;
    struct sound_level now;
    uint64_t heard, most; /* samples before those of `now`; most 0: no end */
};

static enum iv_code print_json(struct monitor *m, struct iv_error *err)
{
    iv_json *j = iv_json_object();
    enum iv_code rc;

    iv_json_set_int(j, "at_ms", (int64_t)(m->heard * 1000 / IV_STT_RATE_HZ));
    iv_json_set_num(j, "level_db", sound_level_db(&m->now));
    iv_json_set_num(j, "peak_db", sound_level_peak_db(&m->now));
    iv_json_set_int(j, "clipped", (int64_t)m->now.clipped);
    iv_json_set_int(j, "gaps", mic_gaps(m->mic));
    rc = cli_print_json(m->cli, j, false, err);
    iv_json_free(j);
    return rc;
}

static enum iv_code show(struct monitor *m, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (m->cli->format == CLI_TABLE)
        devices_meter(m->cli, m->now.clipped ? _("too loud") : "", sound_level_db(&m->now));
    else
        rc = print_json(m, err);
    m->heard += m->now.samples;
    m->now = (struct sound_level){0};
    return rc;
}

static bool is_over(const struct monitor *m)
{
    return m->most && m->heard >= m->most;
}

static enum iv_code take(struct monitor *m, struct iv_error *err)
{
    int16_t samples[WINDOW];
    size_t n;
    enum iv_code rc;

    do {
        rc = mic_read(m->mic, samples, (size_t)(WINDOW - m->now.samples), &n, err);
        sound_level_add(&m->now, samples, n);
        if (!rc && m->now.samples == WINDOW)
            rc = show(m, err);
    } while (!rc && n && !is_over(m));
    return rc;
}

static enum iv_code watch(struct monitor *m, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    while (!rc && !is_over(m)) {
        if (cli_interrupted)
            return iv_fail(err, IV_E_CANCELLED, "%s", "");
        rc = take(m, err);
        if (!rc)
            devices_rest();
    }
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct monitor m = {.cli = cli,
                        .most = (uint64_t)cli_opt_int(cli, "seconds", 0) * IV_STT_RATE_HZ};
    enum iv_code rc;

    if (cli->format != CLI_TABLE && cli->format != CLI_JSON && cli->format != CLI_NDJSON)
        return iv_fail(err, IV_E_USAGE, "devices monitor: prints a meter, or lines of JSON");
    rc = mic_open(devices_mic(cli), &m.mic, err);
    if (!rc) {
        cli_say(cli, _("%s, %u Hz; Ctrl-C ends"), mic_name(m.mic), mic_device_rate(m.mic));
        rc = watch(&m, err);
        devices_meter_end(cli);
    }
    mic_close(m.mic);
    return rc;
}

const struct cli_command cli_cmd_devices_monitor = {
    .name = "devices monitor",
    .args = "",
    .summary = N_("Show how loud the microphone is, until Ctrl-C; with --json ten lines a second."),
    .options = options,
    .run = run,
};
