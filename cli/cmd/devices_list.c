/* devices_list.c */
#include "audio/mic.h"
#include "audio/player.h"
#include "cli.h"

static const struct cli_column columns[] = {
    {"kind", N_("KIND"), false},
    {"name", N_("NAME"), false},
    {"default", N_("DEFAULT"), false},
    {"through", N_("THROUGH"), false},
    {NULL, NULL, false},
};

static void add(void *arg, const char *name, bool is_default)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "name", name);
    iv_json_set(j, "default", iv_json_bool(is_default));
    iv_json_append(arg, j);
}

/* Which library lists them is known only afterwards. */
static void append(iv_json *rows, iv_json *found, const char *kind, const char *through)
{
    for (const iv_json *f = iv_json_first(found); f; f = iv_json_next(f)) {
        iv_json *j = iv_json_object();

        iv_json_set_str(j, "kind", kind);
        iv_json_set_str(j, "name", iv_json_get_str(f, "name", ""));
        iv_json_set(j, "default", iv_json_dup(iv_json_get(f, "default")));
        iv_json_set_str(j, "through", through);
        iv_json_append(rows, j);
    }
    iv_json_free(found);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *rows = iv_json_array(), *mics = iv_json_array(), *speakers = iv_json_array();
    const char *through = "";
    struct iv_error why;
    enum iv_code rc;

    if (!mic_devices(add, mics, &through) && mic_check(&why))
        cli_say(cli, "%s", why.text);
    append(rows, mics, "microphone", through);
    if (!player_devices(add, speakers, &through))
        cli_say(cli, "%s",
                player_check(&why) ? why.text : _("this machine shows no playback device"));
    append(rows, speakers, "speaker", through);
    rc = cli_print_rows(cli, rows, rows, columns, "name", err);
    iv_json_free(rows);
    return rc;
}

const struct cli_command cli_cmd_devices_list = {
    .name = "devices list",
    .args = "",
    .summary = N_("List microphones and playback devices."),
    .details = N_("The names, or parts of them, are what --mic and --speaker, audio.mic and "
                  "audio.speaker take."),
    .run = run,
};
