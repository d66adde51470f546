/* version.c - what this program is and what it was built with. */
#include "cli.h"
#include "iv_build.h"

static const struct {
    const char *name;
    bool present;
    const char *what;
} parts[] = {
    {"espeak", IV_HAVE_ESPEAK, N_("voice: espeak-ng (GPL-3.0-or-later)")},
    {"jtalk", IV_HAVE_JTALK, N_("voice: Open JTalk (its program, where it is installed)")},
    {"pocketsphinx", IV_HAVE_POCKETSPHINX, N_("recogniser: PocketSphinx")},
    {"portaudio", IV_HAVE_PORTAUDIO, N_("sound devices: PortAudio")},
    {"sdl", IV_HAVE_SDL, N_("window and further microphones: SDL")},
    {"chafa", IV_HAVE_CHAFA, N_("face in the terminal: Chafa")},
    {"speexdsp", IV_HAVE_SPEEXDSP, N_("echo cancellation: speexdsp")},
    {"ffmpeg", IV_HAVE_FFMPEG, N_("MP4: FFmpeg's libraries with x264 (GPL)")},
    {"curl", IV_HAVE_CURL, N_("services by HTTP: libcurl")},
    {"websockets", IV_HAVE_LWS, N_("services by WebSocket: libwebsockets")},
    {"mpg123", IV_HAVE_MPG123, N_("MP3 from services: libmpg123")},
    {"libsecret", IV_HAVE_SECRET, N_("keys from the desktop's keyring: libsecret")},
    {"cuda", false, N_("face on a GPU: CUDA (not part of this version)")},
    {"redis", IV_HAVE_HIREDIS, N_("store for several nodes: Redis")},
};

static iv_json *version_json(void)
{
    iv_json *j = iv_json_object(), *list = iv_json_object();

    iv_json_set_str(j, "version", IV_VERSION);
    for (size_t i = 0; i < IV_LEN(parts); i++)
        iv_json_set_bool(list, parts[i].name, parts[i].present);
    iv_json_set(j, "features", list);
    iv_json_set_str(j, "license",
                    IV_HAVE_ESPEAK || IV_HAVE_FFMPEG ? "GPL-3.0-or-later (source: Apache-2.0)"
                                                     : "Apache-2.0");
    return j;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *j;
    enum iv_code rc;

    if (cli->format == CLI_TABLE) {
        printf("interviewctl %s\n", IV_VERSION);
        for (size_t i = 0; i < IV_LEN(parts); i++)
            printf("  %c %s\n", parts[i].present ? '+' : '-', _(parts[i].what));
        return cli_flush(cli, err);
    }
    j = version_json();
    rc = cli_print_object(cli, j, NULL, "version", err);
    iv_json_free(j);
    return rc;
}

const struct cli_command cli_cmd_version = {
    .name = "version",
    .args = "",
    .summary = N_("Show the version and what was built in (+) or left out (-)."),
    .needs = CLI_MENDS_CONFIG,
    .run = run,
};
