/* render.c - a speaking face from a text or a recording. */
#include <string.h>

#include "film.h"
#include "media.h"

#define LEAD_IN_MS 200 /* the mouth opens before the first sound */
#define LEAD_OUT_MS 400

static const struct cli_option options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("FILE.mp4, frames/%05d.jpg, or - for a stream of JPEGs.")},
    {.name = "language",
     .kind = CLI_STR,
     .arg = "LANG",
     .choices = "ko en ja",
     .help = N_("ko, en or ja.")},
    {.name = "voice",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "tts.voice",
     .complete = "voice",
     .help = N_("Voice name.")},
    {.name = "engine",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "tts.engine",
     .help = N_("Voice back end.")},
    {.name = "avatar",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "avatar.name",
     .complete = "avatar",
     .help = N_("The face.")},
    {.name = "fps",
     .kind = CLI_INT,
     .arg = "N",
     .min = 5,
     .max = 60,
     .help = N_("Pictures a second, 25 without it.")},
    {.name = "size",
     .kind = CLI_INT,
     .arg = "N",
     .min = 64,
     .max = 1024,
     .help = N_("Width and height in pixels, a multiple of 16.")},
    {.name = "backend",
     .kind = CLI_CHOICE,
     .arg = "NAME",
     .choices = "auto cpu cuda",
     .help = N_("What draws.")},
    {.name = NULL},
};

struct scene {
    struct cli *cli;
    struct iv_speech speech;
    iv_rig *rig;
    iv_renderer *renderer;
    iv_animator *animator;
    struct film *film;
    int fps, size;
};

static void scene_release(struct scene *s)
{
    iv_speech_release(&s->speech);
    iv_renderer_close(s->renderer);
    iv_animator_free(s->animator);
    iv_rig_free(s->rig);
}

static enum iv_code make_speech(struct scene *s, const char *text, struct iv_error *err)
{
    iv_tts *voice = NULL;
    enum iv_lang lang;
    enum iv_code rc = cli_language(s->cli, &lang, err);

    if (!rc)
        rc = open_voice(s->cli, lang, NULL, &voice, err);
    if (!rc)
        rc = render_text(s->cli, voice, text, lang, &s->speech, err);
    iv_tts_close(voice);
    return rc;
}

static enum iv_code lay_mouth(struct scene *s, struct iv_error *err)
{
    iv_viseme_track *track = NULL;
    uint32_t length = (uint32_t)iv_pcm_ms(&s->speech.pcm);
    enum iv_code rc = iv_viseme_build(s->speech.phonemes, s->speech.n_phonemes, s->speech.set,
                                      length, &track, err);

    if (!rc)
        rc = iv_animator_new(1, &s->animator, err);
    if (!rc) {
        iv_animator_mood(s->animator, IV_MOOD_SPEAKING, 0);
        rc = iv_animator_speak(s->animator, track, LEAD_IN_MS, err);
        iv_animator_mood(s->animator, IV_MOOD_LISTENING, LEAD_IN_MS + length);
    }
    iv_viseme_free(track);
    return rc;
}

/* Sound up to each picture's time goes in before the picture, so that the file is interleaved. */
static enum iv_code film_all(struct scene *s, struct iv_error *err)
{
    const uint64_t lead_in = LEAD_IN_MS * (IV_TTS_RATE_HZ / 1000);
    uint64_t total_ms = LEAD_IN_MS + iv_pcm_ms(&s->speech.pcm) + LEAD_OUT_MS;
    uint64_t frames = total_ms * (uint64_t)s->fps / 1000 + 1, given = 0;
    const struct iv_picture *picture;
    struct iv_pose pose;
    enum iv_code rc = IV_OK;

    for (uint64_t n = 0; n < frames && !rc; n++) {
        uint64_t until = (n + 1) * IV_TTS_RATE_HZ / (uint64_t)s->fps;

        if (cli_interrupted)
            return iv_fail(err, IV_E_CANCELLED, "stopped");
        if (until > lead_in && given < s->speech.pcm.len) {
            uint64_t k = until - lead_in < s->speech.pcm.len ? until - lead_in - given
                                                             : s->speech.pcm.len - given;

            rc =
                film_audio(s->film, s->speech.pcm.samples + given, (size_t)k, lead_in + given, err);
            given += k;
        }
        iv_animator_pose(s->animator, n * 1000 / (uint64_t)s->fps, &pose);
        if (!rc)
            rc = iv_renderer_draw(s->renderer, &pose, &picture, err);
        if (!rc)
            rc = film_frame(s->film, picture, n, err);
        cli_progress(s->cli, _("rendering"), (double)(n + 1), (double)frames);
    }
    return rc ? rc : film_audio_until(s->film, frames * IV_TTS_RATE_HZ / (uint64_t)s->fps, err);
}

static enum iv_code render(struct cli *cli, const char *text, struct iv_error *err)
{
    const char *path = cli_opt(cli, "output");
    struct scene s = {.cli = cli,
                      .fps = (int)cli_opt_int(cli, "fps", cli->config->avatar_fps),
                      .size = (int)cli_opt_int(cli, "size", IV_FRAME_SIZE)};
    enum iv_code rc, closed;

    if (!path)
        return iv_fail(err, IV_E_USAGE, "render: --output says where the film goes");
    if (s.size % 16)
        return iv_fail(err, IV_E_USAGE, "--size %d: must be a multiple of 16", s.size);
    rc = film_face(cli, NULL, cli_opt(cli, "backend"), s.size, &s.rig, &s.renderer, err);
    if (!rc)
        rc = make_speech(&s, text, err);
    if (!rc)
        rc = lay_mouth(&s, err);
    if (!rc)
        rc = film_open(cli, path, s.size, s.fps, &s.film, err);
    if (!rc)
        rc = film_all(&s, err);
    closed = film_close(s.film, rc ? NULL : err);
    scene_release(&s);
    return rc ? rc : closed;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf store = IV_BUF_INIT(0);
    const char *text;
    enum iv_code rc = cli_text_argument(cli, 1u << 20, &store, &text, err);

    if (!rc)
        rc = render(cli, text, err);
    iv_buf_release(&store);
    return rc;
}

const struct cli_command cli_cmd_render = {
    .name = "render",
    .args = "[TEXT|-]",
    .max_args = 1,
    .summary = N_("Make a film of the interviewer saying a text."),
    .options = options,
    .needs = CLI_NEEDS_PIPE_OR_ARG,
    .examples = "  interviewctl render \"Tell me about yourself.\" --language en -o face.mp4\n",
    .run = run,
};
