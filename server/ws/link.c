/* link.c - what a client sends: decoded, checked and counted on the connection's thread, carried out by the owner. */
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "ws/own.h"

#define REFUSED_MAX 100 /* messages over the budget until the connection is closed */

static bool spend(struct budget *b, double amount, int64_t now_us)
{
    b->level += (double)(now_us - b->at_us) / 1e6 * b->per_s;
    b->at_us = now_us;
    if (b->level > b->max)
        b->level = b->max;
    if (b->level < amount)
        return false;
    b->level -= amount;
    return true;
}

static void refuse(iv_live_link *k, enum iv_code code, const char *text)
{
    iv_live_error(k->live, code, text, NULL);
}

/* A link that was taken over is heard no more. */
static bool is_present(iv_live_link *k)
{
    bool is;

    pthread_mutex_lock(&k->live->lock);
    is = k->live->link == k;
    pthread_mutex_unlock(&k->live->lock);
    return is;
}

static void too_many(iv_live_link *k)
{
    refuse(k, IV_E_RATE_LIMIT, "too many messages: this one was not taken");
    if (++k->refused > REFUSED_MAX)
        iv_live_close_link(k->live, IV_CLOSE_POLICY, "too many messages");
}

static bool is_affordable(iv_live_link *k, bool is_sound, double amount)
{
    int64_t now = iv_mono_us(k->live->all->clock);

    if (!spend(is_sound ? &k->sound : &k->control, amount, now)) {
        too_many(k);
        return false;
    }
    k->refused = 0;
    return true;
}

/* -- into the inbox -- */

static struct item *make_item(enum iv_msg_type type, const void *bytes, size_t len)
{
    struct item *i = iv_alloc(sizeof *i + len + 1);

    if (i) {
        i->type = type;
        i->len = len;
        if (len)
            memcpy(i->bytes, bytes, len);
    }
    return i;
}

/* Takes i. */
static enum iv_code hand_over(iv_live_link *k, struct item *i, struct iv_error *err)
{
    iv_live *l = k->live;
    enum iv_code rc = IV_OK;

    if (!i)
        return iv_fail(err, IV_E_NOMEM, "message: out of memory");
    pthread_mutex_lock(&l->lock);
    if (l->state != OWNER_RUNS)
        rc = iv_fail(err, IV_E_STATE, "%s: send start_session first", iv_msg_name(i->type));
    else if (l->inbox_bytes + i->len > INBOX_MAX_BYTES || l->inbox_items >= INBOX_MAX_ITEMS)
        rc = iv_fail(err, IV_E_RATE_LIMIT,
                     "%s: the session is behind with what was sent; this was not taken",
                     iv_msg_name(i->type));
    if (!rc) {
        if (l->last_item)
            l->last_item->next = i;
        else
            l->first_item = i;
        l->last_item = i;
        l->inbox_bytes += i->len;
        l->inbox_items++;
        pthread_cond_signal(&l->changed);
    }
    pthread_mutex_unlock(&l->lock);
    if (rc)
        free(i);
    return rc;
}

/* -- messages -- */

static enum iv_code take_sound(iv_live_link *k, const struct iv_bytes *pcm, int64_t rate_hz,
                               const char *format, struct iv_error *err)
{
    struct item *i;

    if (strcmp(format, "pcm16") != 0)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "audio_data: format \"%.20s\": must be pcm16",
                       format);
    if (rate_hz < 8000 || rate_hz > 48000)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO,
                       "audio_data: sample_rate %lld: must be 8000 to 48000", (long long)rate_hz);
    if (!is_affordable(k, true, (double)pcm->len / 2 / (double)rate_hz) || !pcm->len)
        return IV_OK;
    i = make_item(IV_MSG_audio_data, pcm->data, pcm->len);
    if (i)
        i->rate_hz = (uint32_t)rate_hz;
    return hand_over(k, i, err);
}

static enum iv_code check_start(const iv_live *l, const struct iv_msg_start_session *s,
                                struct iv_error *err)
{
    if (s->has_session_id && strcmp(s->session_id, l->id) != 0)
        return iv_fail(err, IV_E_USAGE, "start_session: session_id: this connection is for %s",
                       l->id);
    if (s->has_avatar_fps && (s->avatar_fps < 1 || s->avatar_fps > 60))
        return iv_fail(err, IV_E_USAGE, "start_session: avatar_fps %lld: must be 1 to 60",
                       (long long)s->avatar_fps);
    return IV_OK;
}

/* {l->lock held} */
static void set_form(struct live_form *f, const struct iv_msg_start_session *s)
{
    if (s->has_audio)
        f->audio = s->audio;
    if (s->has_avatar)
        f->avatar = s->avatar;
    if (s->has_record)
        f->record = s->record;
    if (s->has_binary)
        f->binary = s->binary;
    if (s->has_avatar_fps)
        f->fps = (int)s->avatar_fps;
}

/* {l->lock held} */
static enum iv_code start_owner(iv_live *l, struct iv_error *err)
{
    if (l->state == OWNER_RUNS)
        return iv_fail(err, IV_E_SESSION_ALREADY_ACTIVE, "session %s runs already", l->id);
    if (l->state == OWNER_OVER)
        return iv_fail(err, IV_E_STATE, "session %s is over", l->id);
    if (l->is_stopping)
        return iv_fail(err, IV_E_UNAVAILABLE, "the server is ending");
    if (!iv_live_owner_start(l))
        return iv_fail(err, IV_E_BUSY, "session %s: no more sessions can be live at the same time",
                       l->id);
    return IV_OK;
}

static bool may_begin(iv_live *l)
{
    iv_lives *all = l->all;
    bool may;

    pthread_mutex_lock(&all->lock);
    may = all->owners < (size_t)all->config->live_max;
    all->owners += may;
    l->refs += may;
    pthread_mutex_unlock(&all->lock);
    return may;
}

static enum iv_code start(iv_live_link *k, const struct iv_msg_start_session *s,
                          struct iv_error *err)
{
    iv_live *l = k->live;
    enum iv_code rc = check_start(l, s, err);
    bool runs, counted = false;

    if (rc)
        return rc;
    pthread_mutex_lock(&l->lock);
    set_form(&l->form, s);
    runs = l->state == OWNER_RUNS;
    pthread_mutex_unlock(&l->lock);
    if (runs) /* the owner answers */
        return hand_over(k, make_item(IV_MSG_start_session, NULL, 0), err);
    counted = may_begin(l);
    if (!counted)
        return iv_fail(err, IV_E_BUSY, "%lld sessions are live already: try again later",
                       (long long)l->all->config->live_max);
    pthread_mutex_lock(&l->lock);
    rc = start_owner(l, err);
    pthread_mutex_unlock(&l->lock);
    if (rc)
        iv_live_owner_done(l);
    return rc;
}

static void pong(iv_live_link *k, const struct iv_msg_ping *p)
{
    int64_t now = iv_wall_ms(k->live->all->clock);
    int64_t then = p->has_timestamp ? iv_time_parse(p->timestamp) : -1;
    struct iv_msg m = {.type = IV_MSG_pong,
                       .timestamp_ms = now,
                       .pong = {.latency_ms = then >= 0 && then < now ? now - then : 0}};

    iv_live_push(k->live, iv_live_wire_message(&m));
}

static enum iv_code take_text(iv_live_link *k, const char *text, struct iv_error *err)
{
    if (iv_text_is_blank(text))
        return iv_fail(err, IV_E_USAGE, "user_text: it is empty");
    return hand_over(k, make_item(IV_MSG_user_text, text, strlen(text)), err);
}

static enum iv_code take_message(iv_live_link *k, const struct iv_msg *m, struct iv_error *err)
{
    if (!iv_msg_from_client(m->type))
        return iv_fail(err, IV_E_USAGE, "%s: the server says this, not a client",
                       iv_msg_name(m->type));
    if (m->type == IV_MSG_audio_data)
        return take_sound(k, &m->audio_data.audio,
                          m->audio_data.has_sample_rate ? m->audio_data.sample_rate
                                                        : (int64_t)IV_STT_RATE_HZ,
                          m->audio_data.has_format ? m->audio_data.format : "pcm16", err);
    if (!is_affordable(k, false, 1))
        return IV_OK;
    if (m->type == IV_MSG_start_session)
        return start(k, &m->start_session, err);
    if (m->type == IV_MSG_user_text)
        return take_text(k, m->user_text.text, err);
    if (m->type != IV_MSG_ping)
        return hand_over(k, make_item(m->type, NULL, 0), err);
    pong(k, &m->ping);
    return IV_OK;
}

static enum iv_code receive_text(iv_live_link *k, const char *text, size_t len,
                                 struct iv_error *err)
{
    struct iv_buf store = IV_BUF_INIT(IV_LIVE_MAX_MESSAGE_BYTES);
    iv_json *j = NULL;
    struct iv_msg m;
    enum iv_code rc = iv_json_parse(text, len, IV_LIVE_MAX_MESSAGE_BYTES, &j, err);

    if (!rc && len > IV_LIVE_MAX_CONTROL_BYTES &&
        strcmp(iv_json_get_str(j, "type", ""), "audio_data") != 0)
        rc = iv_fail(err, IV_E_TOO_LARGE, "message of %zu bytes: at most %u are taken", len,
                     IV_LIVE_MAX_CONTROL_BYTES);
    if (!rc)
        rc = iv_msg_decode(j, &m, &store, err);
    if (rc) { /* nonsense counts, so that nobody is kept busy with it */
        is_affordable(k, false, 1);
    } else {
        rc = take_message(k, &m, err);
    }
    iv_json_free(j);
    iv_buf_release(&store);
    return rc;
}

static enum iv_code receive_binary(iv_live_link *k, const void *bytes, size_t len,
                                   struct iv_error *err)
{
    struct iv_bytes pcm;
    int64_t rate_hz;
    enum iv_code rc = IV_OK;

    if (len > IV_LIVE_MAX_MESSAGE_BYTES)
        rc = iv_fail(err, IV_E_TOO_LARGE, "message of %zu bytes: at most %u are taken", len,
                     IV_LIVE_MAX_MESSAGE_BYTES);
    if (!rc)
        rc = iv_live_wire_read_sound(bytes, len, &pcm, &rate_hz, err);
    if (rc) {
        is_affordable(k, false, 1);
        return rc;
    }
    return take_sound(k, &pcm, rate_hz, "pcm16", err);
}

void iv_live_receive(iv_live_link *link, bool is_binary, const void *bytes, size_t len)
{
    struct iv_error err;
    enum iv_code rc;

    if (!is_present(link))
        return;
    rc = is_binary ? receive_binary(link, bytes, len, &err) : receive_text(link, bytes, len, &err);
    if (rc)
        refuse(link, rc, err.text);
}
