/* events.c - what happened in an interview, as its clients were told: the recorded messages, from any of them on. */
#include <stdlib.h>
#include <string.h>

#include "iv/event.h"
#include "iv/operations.h"

#define EVENTS_MAX 500 /* of one answer */
#define EVENT_MAX_BYTES (1u << 20)

struct collected {
    const char *id;
    iv_json *list;
    int64_t next;
    enum iv_code rc;
    struct iv_error *err;
};

/* What was put in stands in the recording too, for replays: that is nobody's message. */
static bool is_message(const char *type)
{
    for (int t = 0; t < IV_MSG_COUNT; t++)
        if (!strcmp(iv_msg_name((enum iv_msg_type)t), type))
            return !iv_msg_from_client((enum iv_msg_type)t);
    return false;
}

static int keep(void *arg, int64_t seq, const char *text)
{
    struct collected *c = arg;
    iv_json *event = NULL;

    if (iv_json_len(c->list) == EVENTS_MAX)
        return 1;
    c->next = seq + 1;
    c->rc = iv_json_parse(text, strlen(text), EVENT_MAX_BYTES, &event, c->err);
    if (!c->rc && is_message(iv_json_get_str(event, "type", ""))) {
        iv_json_set_str(event, "session", c->id);
        iv_json_set_int(event, "seq", seq);
        iv_json_append(c->list, event);
        event = NULL;
    }
    iv_json_free(event);
    return c->rc != IV_OK;
}

enum iv_code iv_op_events(iv_ctx *ctx, iv_store *st, const char *id, int64_t from, iv_json **out,
                          struct iv_error *err)
{
    struct iv_session s;
    struct collected c = {.id = id, .list = iv_json_array(), .next = from, .err = err};
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    (void)ctx;
    *out = NULL;
    if (!rc)
        rc = iv_store_events(st, id, from, keep, &c, err);
    if (c.rc)
        rc = c.rc;
    if (rc) {
        iv_json_free(c.list);
        return rc;
    }
    *out = iv_json_object();
    iv_json_set_str(*out, "session_id", id);
    iv_json_set_str(*out, "status", iv_status_name(s.status));
    iv_json_set(*out, "events", c.list);
    iv_json_set_int(*out, "next", c.next);
    return IV_OK;
}
