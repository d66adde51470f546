/* sse.c - server-sent events. */
#include "provider/sse.h"

#include <stdio.h>
#include <string.h>

void iv_sse_init(struct sse *s, size_t max,
                 bool (*on_event)(void *arg, const char *event, const char *data, size_t len),
                 void *arg)
{
    *s = (struct sse){
        .line = IV_BUF_INIT(max), .data = IV_BUF_INIT(max), .on_event = on_event, .arg = arg};
}

static void add(struct sse *s, struct iv_buf *b, const char *bytes, size_t len)
{
    if (s->state != SSE_GOOD)
        return;
    if (len > b->max - b->len) {
        s->state = SSE_TOO_LONG;
        return;
    }
    iv_buf_add(b, bytes, len);
    if (b->failed)
        s->state = SSE_NO_MEMORY;
}

static bool is_field(const char *line, size_t len, const char *name)
{
    return strlen(name) == len && !memcmp(line, name, len);
}

static void take_data(struct sse *s, const char *value, size_t len)
{
    if (s->has_data)
        add(s, &s->data, "\n", 1);
    add(s, &s->data, value, len);
    s->has_data = true;
}

static void take_field(struct sse *s, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name_len = colon ? (size_t)(colon - line) : len;
    const char *value = colon ? colon + 1 : line + len;
    size_t value_len;

    value += value < line + len && *value == ' ';
    value_len = (size_t)(line + len - value);
    if (is_field(line, name_len, "data"))
        take_data(s, value, value_len);
    else if (is_field(line, name_len, "event"))
        snprintf(s->event, sizeof s->event, "%.*s", (int)(value_len < 31 ? value_len : 31), value);
}

static void dispatch(struct sse *s)
{
    if (s->has_data && !s->on_event(s->arg, s->event, iv_buf_str(&s->data), s->data.len))
        s->state = SSE_REFUSED;
    iv_buf_clear(&s->data);
    s->has_data = false;
    s->event[0] = '\0';
}

static void take_line(struct sse *s)
{
    if (!s->line.len)
        dispatch(s);
    else if (s->line.data[0] != ':')
        take_field(s, s->line.data, s->line.len);
    iv_buf_clear(&s->line);
}

/* The mark may come byte by byte: it is part of the first line until that is whole. */
static void skip_mark(struct sse *s)
{
    if (!s->is_past_start && s->line.len >= 3 && !memcmp(s->line.data, "\xef\xbb\xbf", 3))
        iv_buf_drop_front(&s->line, 3);
    s->is_past_start = true;
}

bool iv_sse_feed(struct sse *s, const char *bytes, size_t len)
{
    const char *end = bytes + len;

    while (bytes < end && s->state == SSE_GOOD) {
        size_t run = 0;

        if (s->is_after_cr && *bytes == '\n') {
            s->is_after_cr = false;
            bytes++;
            continue;
        }
        s->is_after_cr = false;
        while (bytes + run < end && bytes[run] != '\n' && bytes[run] != '\r')
            run++;
        add(s, &s->line, bytes, run);
        bytes += run;
        if (bytes < end && s->state == SSE_GOOD) {
            s->is_after_cr = *bytes++ == '\r';
            skip_mark(s);
            take_line(s);
        }
    }
    return s->state == SSE_GOOD;
}

void iv_sse_reset(struct sse *s)
{
    iv_buf_clear(&s->line);
    iv_buf_clear(&s->data);
    s->event[0] = '\0';
    s->state = SSE_GOOD;
    s->has_data = s->is_after_cr = s->is_past_start = false;
}

void iv_sse_release(struct sse *s)
{
    iv_buf_release(&s->line);
    iv_buf_release(&s->data);
}
