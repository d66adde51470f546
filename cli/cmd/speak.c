/* speak.c - text to speech. */
#include <string.h>
#include <unistd.h>

#include "media.h"

static const struct cli_option options[] = {
    {.name = "language",
     .kind = CLI_STR,
     .arg = "LANG",
     .choices = "ko en ja",
     .help = N_("ko, en or ja.")},
    {.name = "engine",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "tts.engine",
     .help = N_("Voice back end.")},
    {.name = "voice",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "tts.voice",
     .complete = "voice",
     .help = N_("Voice name.")},
    {.name = "rate",
     .kind = CLI_STR,
     .arg = "N",
     .setting = "tts.rate",
     .help = N_("Speaking rate, 0.5 to 2.")},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("wav, pcm, opus or mp3 by its ending; - is WAV on standard output.")},
    {.name = "visemes",
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Write the mouth's track as JSON.")},
    {.name = NULL},
};

static iv_json *track_json(const iv_viseme_track *t)
{
    const struct iv_viseme_key *keys = iv_viseme_keys(t);
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < iv_viseme_count(t); i++) {
        iv_json *key = iv_json_object();

        iv_json_set_int(key, "start_ms", keys[i].start_ms);
        iv_json_set_int(key, "end_ms", keys[i].end_ms);
        iv_json_set_str(key, "viseme", iv_viseme_name(keys[i].shape));
        iv_json_set_num(key, "weight", (double)(int)(keys[i].weight * 1000) / 1000);
        iv_json_append(list, key);
    }
    return list;
}

static enum iv_code write_visemes(struct cli *cli, const struct iv_speech *s, const char *path,
                                  struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(64u << 20);
    iv_viseme_track *track = NULL;
    iv_json *j = NULL;
    enum iv_code rc = iv_viseme_build(s->phonemes, s->n_phonemes, s->set,
                                      (uint32_t)iv_pcm_ms(&s->pcm), &track, err);

    if (!rc) {
        j = track_json(track);
        rc = iv_json_print(j, IV_JSON_PRETTY, &text, err);
    }
    iv_buf_addc(&text, '\n');
    if (!rc)
        rc = cli_write_output(cli, path, iv_buf_str(&text), text.len, err);
    iv_json_free(j);
    iv_viseme_free(track);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code just_visemes(struct cli *cli, const char *text, enum iv_lang lang,
                                 const char *path, struct iv_error *err)
{
    struct iv_speech speech = {0};
    iv_tts *voice = NULL;
    enum iv_code rc = open_voice(cli, lang, NULL, &voice, err);

    if (!rc)
        rc = render_text(cli, voice, text, lang, &speech, err);
    if (!rc)
        rc = write_visemes(cli, &speech, path, err);
    iv_speech_release(&speech);
    iv_tts_close(voice);
    return rc;
}

static enum iv_code speak(struct cli *cli, const char *text, struct iv_error *err)
{
    const char *path = cli_opt(cli, "output"), *visemes = cli_opt(cli, "visemes");
    enum iv_lang lang;
    enum iv_code rc = cli_language(cli, &lang, err);

    if (!rc && visemes)
        rc = just_visemes(cli, text, lang, visemes, err);
    if (rc || (visemes && !path))
        return rc;
    if (!path && !cli_is_terminal(STDOUT_FILENO))
        path = "-";
    return path ? speak_to_file(cli, text, lang, NULL, path, err)
                : speak_aloud(cli, text, lang, NULL, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf store = IV_BUF_INIT(0);
    const char *text;
    enum iv_code rc = cli_text_argument(cli, 1u << 20, &store, &text, err);

    if (!rc)
        rc = speak(cli, text, err);
    iv_buf_release(&store);
    return rc;
}

const struct cli_command cli_cmd_speak = {
    .name = "speak",
    .args = "[TEXT|-]",
    .max_args = 1,
    .summary = N_("Say a text: through the speakers, or into a sound file or pipe."),
    .options = options,
    .needs = CLI_NEEDS_PIPE_OR_ARG,
    .examples = "  interviewctl speak \"안녕하세요\" --language ko -o - | ffmpeg -i - hello.mp3\n",
    .run = run,
};
