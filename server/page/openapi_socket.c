/* openapi_socket.c - the WebSocket: OpenAPI knows none, so that its path says in words what happens, with a schema for each message. */
#include <stdio.h>
#include <string.h>

#include "iv/buf.h"
#include "iv/event.h"
#include "page/openapi.h"
#include "route/route.h"

static const char about[] =
    "A connection for one interview, upgraded to a WebSocket. Who connects shows a key (header "
    "`X-API-Key`, or `api_key` in the query) or "
    "a ticket. Every text message is one JSON object with `type` and `timestamp`; messages keep "
    "their order.\n\n"
    "The server says `connected`; the client sends `start_session`, is greeted, and sends speech "
    "(`audio_data`, any piece size, 8 to "
    "48 kHz) or text (`user_text`). Speech while the interviewer speaks is a barge-in. A second "
    "connection takes the interview over. A "
    "client that was cut off may come back within the server's grace time and goes on where it "
    "was.\n\n"
    "With `binary` true in `start_session`, `tts_audio` and `avatar_frame` are binary messages: 24 "
    "bytes little-endian (u8 kind: 1 "
    "tts_audio, 2 avatar_frame, 3 audio_data; u8 format: 1 pcm16, 2 JPEG; u16 0; u32 sample rate, "
    "or number of a frame; u64 at_ms, the "
    "presentation time; u64 milliseconds since 1970, of a frame its display time), then sound or "
    "picture. Speech may be sent so too.\n\n"
    "Close codes: 1000 the interview is over; 1001 the server ends, come back; 1008 too many "
    "messages; 1011 the session cannot go on; "
    "1013 the client reads too slowly; 4001 another connection took over.\n\n";

static void schema_name(enum iv_msg_type type, char out[64])
{
    snprintf(out, 64, "ws_%s", iv_msg_name(type));
}

struct filling {
    iv_json *fields, *needed;
};

static void add_field(void *arg, const char *name, const char *kind, bool optional)
{
    struct filling *f = arg;
    iv_json *s = iv_json_object();
    bool is_time = !strcmp(kind, "time"), is_bytes = !strcmp(kind, "base64");

    iv_json_set_str(s, "type", is_time || is_bytes ? "string" : kind);
    if (is_time || is_bytes)
        iv_json_set_str(s, "format", is_time ? "date-time" : "byte");
    iv_json_set(f->fields, name, s);
    if (!optional)
        iv_json_append(f->needed, iv_json_str(name));
}

static iv_json *message_schema(enum iv_msg_type type)
{
    struct filling f = {iv_json_object(), iv_json_array()};
    iv_json *s = iv_json_object(), *kind = iv_json_object(), *only = iv_json_array();

    iv_json_append(only, iv_json_str(iv_msg_name(type)));
    iv_json_set_str(kind, "type", "string");
    iv_json_set(kind, "enum", only);
    iv_json_set(f.fields, "type", kind);
    iv_json_append(f.needed, iv_json_str("type"));
    iv_msg_fields(type, add_field, &f);
    add_field(&f, "timestamp", "time", iv_msg_from_client(type));
    iv_json_set_str(s, "type", "object");
    iv_json_set_str(s, "description", iv_msg_meaning(type));
    iv_json_set(s, "required", f.needed);
    iv_json_set(s, "properties", f.fields);
    return s;
}

static iv_json *one_of(bool from_client)
{
    iv_json *s = iv_json_object(), *list = iv_json_array();

    for (int i = 0; i < IV_MSG_COUNT; i++) {
        char name[64];

        if (iv_msg_from_client((enum iv_msg_type)i) != from_client)
            continue;
        schema_name((enum iv_msg_type)i, name);
        iv_json_append(list, iv_openapi_ref("schemas", name));
    }
    iv_json_set_str(s, "description",
                    from_client ? "What a client may send." : "What the server sends.");
    iv_json_set(s, "oneOf", list);
    return s;
}

void iv_openapi_messages(iv_json *schemas)
{
    iv_json *both = iv_json_object(), *fields = iv_json_object();

    for (int i = 0; i < IV_MSG_COUNT; i++) {
        char name[64];

        schema_name((enum iv_msg_type)i, name);
        iv_json_set(schemas, name, message_schema((enum iv_msg_type)i));
    }
    iv_json_set(schemas, "ws_from_server", one_of(false));
    iv_json_set(schemas, "ws_from_client", one_of(true));
    iv_json_set(fields, "from_server", iv_openapi_ref("schemas", "ws_from_server"));
    iv_json_set(fields, "from_client", iv_openapi_ref("schemas", "ws_from_client"));
    iv_json_set_str(both, "type", "object");
    iv_json_set_str(both, "description",
                    "The messages of both directions; each is sent by itself, not in this object.");
    iv_json_set(both, "properties", fields);
    iv_json_set(schemas, "ws_messages", both);
}

static void add_row(void *arg, const char *name, const char *kind, bool optional)
{
    (void)kind;
    iv_buf_addf(arg, " %s%s", name, optional ? "?" : "");
}

static void describe(struct iv_buf *text)
{
    iv_buf_adds(text, about);
    for (int pass = 0; pass < 2; pass++) {
        iv_buf_addf(text, "| %s | fields | |\n|---|---|---|\n",
                    pass ? "from the client" : "from the server");
        for (int i = 0; i < IV_MSG_COUNT; i++) {
            enum iv_msg_type type = (enum iv_msg_type)i;

            if (iv_msg_from_client(type) != (pass == 1))
                continue;
            iv_buf_addf(text, "| `%s` |", iv_msg_name(type));
            iv_msg_fields(type, add_row, text);
            iv_buf_addf(text, " | %s |\n", iv_msg_meaning(type));
        }
        iv_buf_adds(text, "\n");
    }
}

static iv_json *upgraded(void)
{
    iv_json *r = iv_json_object(), *media = iv_json_object(), *types = iv_json_object();

    iv_json_set_str(r, "description", "The connection is a WebSocket now.");
    iv_json_set(media, "schema", iv_openapi_ref("schemas", "ws_messages"));
    iv_json_set(types, "application/json", media);
    iv_json_set(r, "content", types);
    return r;
}

static iv_json *security(void)
{
    static const char *const ways[] = {"Key", "KeyInQuery", "Ticket"};
    iv_json *all = iv_json_array();

    for (size_t i = 0; i < IV_LEN(ways); i++) {
        iv_json *one = iv_json_object();

        iv_json_set(one, ways[i], iv_json_array());
        iv_json_append(all, one);
    }
    return all;
}

iv_json *iv_openapi_socket(void)
{
    static const char *const refusals[] = {"401", "403", "404", "409", "429", "503"};
    iv_json *path = iv_json_object(), *op = iv_json_object(), *tags = iv_json_array(),
            *parameters = iv_json_array(), *id = iv_json_object(), *kind = iv_json_object(),
            *replies = iv_json_object();
    struct iv_buf text = IV_BUF_INIT(1u << 16);

    describe(&text);
    iv_json_append(tags, iv_json_str("Conversation"));
    iv_json_set(op, "tags", tags);
    iv_json_set_str(op, "operationId", "socket");
    iv_json_set_str(op, "summary", "Hold the interview: a WebSocket.");
    iv_json_set_str(op, "description", iv_buf_str(&text));
    iv_json_set(op, "security", security());
    iv_json_set_str(kind, "type", "string");
    iv_json_set_str(id, "name", "session_id");
    iv_json_set_str(id, "in", "path");
    iv_json_set_bool(id, "required", true);
    iv_json_set(id, "schema", kind);
    iv_json_append(parameters, id);
    iv_json_set(op, "parameters", parameters);
    iv_json_set(replies, "101", upgraded());
    for (size_t i = 0; i < IV_LEN(refusals); i++) {
        char name[16];

        snprintf(name, sizeof name, "Error%s", refusals[i]);
        iv_json_set(replies, refusals[i], iv_openapi_ref("responses", name));
    }
    iv_json_set(op, "responses", replies);
    iv_json_set(path, "get", op);
    iv_buf_release(&text);
    return path;
}
