/* avatar_preview.c - one picture of a face. */
#include "film.h"

static const struct cli_option options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Where the JPEG goes; standard output without it.")},
    {.name = "size",
     .kind = CLI_INT,
     .arg = "N",
     .min = 64,
     .max = 1024,
     .help = N_("Width and height in pixels, a multiple of 16.")},
    {.name = NULL},
};

static enum iv_code draw(struct cli *cli, iv_renderer *renderer, struct iv_error *err)
{
    const char *path = cli_opt(cli, "output");
    const struct iv_picture *picture;
    iv_animator *animator = NULL;
    iv_jpeg *jpeg = NULL;
    const uint8_t *bytes;
    struct iv_pose pose;
    size_t len;
    enum iv_code rc = iv_animator_new(1, &animator, err);

    if (!rc) {
        iv_animator_pose(animator, 0, &pose);
        rc = iv_renderer_draw(renderer, &pose, &picture, err);
    }
    if (!rc)
        rc = iv_jpeg_new(92, &jpeg, err);
    if (!rc)
        rc = iv_jpeg_encode(jpeg, picture, &bytes, &len, err);
    if (!rc)
        rc = cli_write_output(cli, path ? path : "-", (const char *)bytes, len, err);
    iv_jpeg_free(jpeg);
    iv_animator_free(animator);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    int size = (int)cli_opt_int(cli, "size", IV_FRAME_SIZE);
    iv_renderer *renderer = NULL;
    iv_rig *rig = NULL;
    enum iv_code rc;

    if (size % 16)
        return iv_fail(err, IV_E_USAGE, "--size %d: must be a multiple of 16", size);
    if (!cli_opt(cli, "output") && cli_is_terminal(1))
        return iv_fail(err, IV_E_USAGE,
                       "avatar preview: a picture is not written to a terminal; --output FILE");
    rc = film_face(cli, cli->n_args ? cli->args[0] : NULL, NULL, size, &rig, &renderer, err);
    if (!rc)
        rc = draw(cli, renderer, err);
    iv_renderer_close(renderer);
    iv_rig_free(rig);
    return rc;
}

const struct cli_command cli_cmd_avatar_preview = {
    .name = "avatar preview",
    .args = "[NAME]",
    .max_args = 1,
    .summary = N_("Draw one picture of a face as JPEG."),
    .options = options,
    .complete = "avatar",
    .run = run,
};
