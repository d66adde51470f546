/* face.c - the frames of a conversation, each drawn for its own presentation time. */
#include "conversation/engine.h"
#include "iv/config.h"

#define DEFAULT_AVATAR "mina"
#define DEFAULT_QUALITY 80

enum iv_code iv_face_open(struct iv_conversation *c, struct iv_error *err)
{
    const struct iv_config *config = iv_ctx_config(c->ctx);
    const char *name = c->session.spec.avatar;
    int size = c->opt.size ? c->opt.size : IV_FRAME_SIZE;
    enum iv_code rc;

    if (!name[0])
        name = config ? config->avatar_name : DEFAULT_AVATAR;
    rc = iv_rig_load(c->ctx, name, &c->rig, err);
    if (!rc)
        rc = iv_animator_new(iv_rig_seed(c->rig), &c->animator, err);
    if (!rc)
        rc = iv_renderer_open(c->ctx, config ? config->avatar_renderer : "auto", c->rig, size,
                              &c->renderer, err);
    if (!rc && c->sink.jpeg)
        rc =
            iv_jpeg_new(config ? (int)config->avatar_jpeg_quality : DEFAULT_QUALITY, &c->jpeg, err);
    return rc;
}

void iv_face_close(struct iv_conversation *c)
{
    iv_jpeg_free(c->jpeg);
    iv_renderer_close(c->renderer);
    iv_animator_free(c->animator);
    iv_rig_free(c->rig);
    c->jpeg = NULL;
    c->renderer = NULL;
    c->animator = NULL;
    c->rig = NULL;
}

void iv_face_speak(struct iv_conversation *c, const struct iv_phoneme *ph, size_t n,
                   enum iv_phone_set set, uint64_t start_ms, uint64_t length_ms)
{
    iv_viseme_track *track = NULL;
    struct iv_error err;

    if (!c->animator)
        return;
    if (iv_viseme_build(ph, n, set, (uint32_t)length_ms, &track, &err) ||
        iv_animator_speak(c->animator, track, start_ms, &err))
        iv_log(iv_ctx_log(c->ctx), IV_LOG_WARN, "the mouth stands still for a clause: %s",
               err.text);
    iv_viseme_free(track);
}

void iv_face_mood(struct iv_conversation *c, enum iv_mood mood)
{
    if (c->animator)
        iv_animator_mood(c->animator, mood, iv_engine_now_ms(c));
}

void iv_face_cut(struct iv_conversation *c, uint64_t at_ms)
{
    if (c->animator)
        iv_animator_cut(c->animator, at_ms);
}

static uint64_t fps(const struct iv_conversation *c)
{
    return c->opt.fps ? (uint64_t)c->opt.fps : IV_FRAME_FPS;
}

static bool is_watched(const struct iv_conversation *c)
{
    return c->renderer && !c->looks_away && (c->sink.frame || c->jpeg);
}

enum iv_code iv_conversation_watch(iv_conversation *c, bool on, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (on && !c->renderer) {
        rc = iv_face_open(c, err);
        if (rc)
            iv_face_close(c);
    }
    if (on && !rc && (c->looks_away || !c->frames_sent))
        c->next_frame = iv_engine_now_ms(c) * fps(c) / 1000;
    c->looks_away = !on;
    return rc;
}

uint64_t iv_face_next_ms(const struct iv_conversation *c)
{
    return is_watched(c) ? c->next_frame * 1000 / fps(c) : UINT64_MAX;
}

static enum iv_code show(struct iv_conversation *c, uint64_t at_ms, struct iv_error *err)
{
    const struct iv_picture *picture;
    const uint8_t *bytes;
    struct iv_pose pose;
    size_t len;
    enum iv_code rc = IV_OK;

    iv_animator_pose(c->animator, at_ms, &pose);
    if (c->jpeg)
        rc = iv_renderer_jpeg(c->renderer, &pose, c->jpeg, &bytes, &len, err);
    if (rc == IV_E_BUSY) /* the next one may have more luck */
        return IV_OK;
    if (!rc && c->jpeg)
        c->sink.jpeg(c->sink.arg, bytes, len, c->frames_sent, at_ms);
    if (!rc && c->sink.frame)
        rc = iv_renderer_draw(c->renderer, &pose, &picture, err);
    if (!rc && c->sink.frame)
        c->sink.frame(c->sink.arg, picture, c->frames_sent, at_ms);
    c->frames_sent += !rc;
    return rc;
}

/* A frame whose time is long past is not drawn in a live run: late pictures are dropped, never queued. */
enum iv_code iv_face_pump(struct iv_conversation *c, struct iv_error *err)
{
    uint64_t now = iv_engine_now_ms(c), late = 3 * 1000 / fps(c);

    while (iv_face_next_ms(c) <= now) {
        uint64_t at = iv_face_next_ms(c);
        enum iv_code rc;

        c->next_frame++;
        if (!c->opt.unattended && at + late < now)
            continue;
        rc = show(c, at, err);
        if (rc)
            return rc;
    }
    return IV_OK;
}
