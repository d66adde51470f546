/* wire.c - see wire.h. */
#include "ws/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define MESSAGE_MAX_BYTES (8u << 20)
#define FRAMES_WAITING 2
#define HEAD_BYTES 256

static struct wire_out *make(enum wire_kind kind, size_t len)
{
    struct wire_out *m = iv_alloc(sizeof *m + len);

    if (m) {
        m->kind = kind;
        m->len = len;
    }
    return m;
}

struct wire_out *iv_live_wire_message(const struct iv_msg *message)
{
    struct iv_buf text = IV_BUF_INIT(MESSAGE_MAX_BYTES);
    iv_json *j = iv_msg_encode(message);
    struct wire_out *m = NULL;

    if (!iv_json_print(j, IV_JSON_COMPACT, &text, NULL))
        m = make(WIRE_CONTROL, text.len);
    if (m)
        memcpy(m->bytes, iv_buf_str(&text), text.len);
    iv_json_free(j);
    iv_buf_release(&text);
    return m;
}

/* -- base64 between two pieces of text: the whole of a media message in one pass -- */

static size_t base64_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

static unsigned char *put_base64(unsigned char *out, const unsigned char *in, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i;

    for (i = 0; i + 2 < len; i += 3) {
        unsigned v = (unsigned)in[i] << 16 | (unsigned)in[i + 1] << 8 | in[i + 2];

        *out++ = (unsigned char)digits[v >> 18];
        *out++ = (unsigned char)digits[v >> 12 & 63];
        *out++ = (unsigned char)digits[v >> 6 & 63];
        *out++ = (unsigned char)digits[v & 63];
    }
    if (i < len) {
        unsigned v = (unsigned)in[i] << 16 | (i + 1 < len ? (unsigned)in[i + 1] << 8 : 0);

        *out++ = (unsigned char)digits[v >> 18];
        *out++ = (unsigned char)digits[v >> 12 & 63];
        *out++ = i + 1 < len ? (unsigned char)digits[v >> 6 & 63] : '=';
        *out++ = '=';
    }
    return out;
}

static struct wire_out *in_text(enum wire_kind kind, const char *head, const void *payload,
                                size_t len, const char *tail)
{
    size_t n_head = strlen(head), n_tail = strlen(tail);
    struct wire_out *m = make(kind, n_head + base64_len(len) + n_tail);

    if (m) {
        memcpy(m->bytes, head, n_head);
        memcpy(put_base64(m->bytes + n_head, payload, len), tail, n_tail);
    }
    return m;
}

static void put_le(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static struct wire_out *in_binary(enum wire_kind kind, uint32_t what, uint64_t at_ms,
                                  int64_t wall_ms, const void *payload, size_t len)
{
    struct wire_out *m = make(kind, WIRE_HEADER_BYTES + len);

    if (m) {
        m->is_binary = true;
        m->bytes[0] = m->bytes[1] = kind == WIRE_AUDIO ? 1 : 2;
        put_le(m->bytes + 4, what, 4);
        put_le(m->bytes + 8, at_ms, 8);
        put_le(m->bytes + 16, (uint64_t)wall_ms, 8);
        memcpy(m->bytes + WIRE_HEADER_BYTES, payload, len);
    }
    return m;
}

struct wire_out *iv_live_wire_sound(const struct iv_live_wire_sound *s, bool binary)
{
    char tail[HEAD_BYTES], when[IV_TIME_BYTES];
    size_t len = s->n * sizeof *s->samples;
    uint64_t length_ms = s->n * 1000 / IV_TTS_RATE_HZ;
    struct wire_out *m;

    iv_time_format(s->wall_ms, 1, when);
    snprintf(tail, sizeof tail,
             "\",\"sample_rate\":%u,\"format\":\"pcm16\",\"duration_ms\":%llu,\"at_ms\":%llu,"
             "\"timestamp\":\"%s\"}",
             IV_TTS_RATE_HZ, (unsigned long long)length_ms, (unsigned long long)s->at_ms, when);
    m = binary ? in_binary(WIRE_AUDIO, IV_TTS_RATE_HZ, s->at_ms, s->wall_ms, s->samples, len)
               : in_text(WIRE_AUDIO, "{\"type\":\"tts_audio\",\"audio_data\":\"", s->samples, len,
                         tail);
    if (m)
        m->end_ms = s->at_ms + length_ms;
    return m;
}

struct wire_out *iv_live_wire_picture(const struct iv_live_wire_picture *p, bool binary)
{
    char tail[HEAD_BYTES], when[IV_TIME_BYTES];

    if (binary)
        return in_binary(WIRE_FRAME, (uint32_t)p->number, p->at_ms, p->shown_ms, p->jpeg, p->len);
    iv_time_format(p->shown_ms, 1, when);
    snprintf(tail, sizeof tail,
             "\",\"width\":%d,\"height\":%d,\"format\":\"jpeg\",\"frame_number\":%llu,"
             "\"at_ms\":%llu,\"timestamp\":\"%s\"}",
             p->size, p->size, (unsigned long long)p->number, (unsigned long long)p->at_ms, when);
    return in_text(WIRE_FRAME, "{\"type\":\"avatar_frame\",\"frame_data\":\"", p->jpeg, p->len,
                   tail);
}

enum iv_code iv_live_wire_read_sound(const unsigned char *bytes, size_t len, struct iv_bytes *pcm,
                                     int64_t *rate_hz, struct iv_error *err)
{
    if (len < WIRE_HEADER_BYTES)
        return iv_fail(err, IV_E_USAGE, "binary message of %zu bytes: its header has %d", len,
                       WIRE_HEADER_BYTES);
    if (bytes[0] != 3 || bytes[1] != 1)
        return iv_fail(err, IV_E_USAGE,
                       "binary message of kind %u, format %u: a client sends kind 3, format 1",
                       bytes[0], bytes[1]);
    *rate_hz = (int64_t)bytes[4] | (int64_t)bytes[5] << 8 | (int64_t)bytes[6] << 16 |
               (int64_t)bytes[7] << 24;
    *pcm = (struct iv_bytes){bytes + WIRE_HEADER_BYTES, len - WIRE_HEADER_BYTES};
    return IV_OK;
}

/* -- outbox -- */

static void unlink_next(struct outbox *o, struct wire_out *before)
{
    struct wire_out *m = before ? before->next : o->first;

    if (before)
        before->next = m->next;
    else
        o->first = m->next;
    if (o->last == m)
        o->last = before;
    o->bytes -= m->len;
    o->frames -= m->kind == WIRE_FRAME;
}

static bool drop_oldest_frame(struct outbox *o)
{
    struct wire_out *before = NULL;

    for (struct wire_out *m = o->first; m; before = m, m = m->next)
        if (m->kind == WIRE_FRAME) {
            unlink_next(o, before);
            free(m);
            return true;
        }
    return false;
}

unsigned iv_live_outbox_push(struct outbox *o, struct wire_out *m)
{
    unsigned dropped = 0;

    if (m->kind == WIRE_FRAME) {
        while (o->frames >= FRAMES_WAITING && drop_oldest_frame(o))
            dropped++;
        if (o->bytes > o->max_bytes / 8) { /* speech waits already */
            free(m);
            return dropped + 1;
        }
    }
    m->next = NULL;
    if (o->last)
        o->last->next = m;
    else
        o->first = m;
    o->last = m;
    o->bytes += m->len;
    o->frames += m->kind == WIRE_FRAME;
    return dropped;
}

bool iv_live_outbox_is_full(const struct outbox *o)
{
    return o->bytes > o->max_bytes;
}

struct wire_out *iv_live_outbox_pop(struct outbox *o)
{
    struct wire_out *m = o->first;

    if (m)
        unlink_next(o, NULL);
    return m;
}

void iv_live_outbox_cut(struct outbox *o, uint64_t after_ms)
{
    struct wire_out *before = NULL, *m = o->first;

    while (m) {
        struct wire_out *next = m->next;

        if (m->kind == WIRE_FRAME || (m->kind == WIRE_AUDIO && m->end_ms > after_ms)) {
            unlink_next(o, before);
            free(m);
        } else {
            before = m;
        }
        m = next;
    }
}

void iv_live_outbox_release(struct outbox *o)
{
    struct wire_out *m;

    while ((m = iv_live_outbox_pop(o)))
        free(m);
}
