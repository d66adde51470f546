/* session_json.c - a session as the contract shows it. */
#include "iv/session.h"

#include "iv/buf.h"

#define SESSION_BYTES 16384 /* with a user's name of 128 characters, each escaped */

static iv_json *or_null(int64_t n)
{
    return n < 0 ? iv_json_null() : iv_json_int(n);
}

static void put_str(struct iv_buf *out, const char *key, const char *value)
{
    iv_buf_adds(out, key);
    iv_json_put_str(out, value);
}

/* What holds nothing to be escaped: a name of ours. */
static void put_word(struct iv_buf *out, const char *key, const char *word)
{
    iv_buf_adds(out, key);
    iv_buf_addc(out, '"');
    iv_buf_adds(out, word);
    iv_buf_addc(out, '"');
}

static void put_time(struct iv_buf *out, const char *key, int64_t ms)
{
    iv_buf_adds(out, key);
    iv_json_put_time(out, ms ? ms : -1);
}

static void put_int(struct iv_buf *out, const char *key, int64_t n)
{
    iv_buf_adds(out, key);
    iv_json_put_int(out, n);
}

static void put_count(struct iv_buf *out, const char *key, int64_t n)
{
    if (n >= 0)
        put_int(out, key, n);
    else
        put_str(out, key, NULL);
}

/* As text, since a list is made of many: a tree of it takes five times as long. */
void iv_session_put(const struct iv_session *s, int64_t now_ms, const struct iv_session_urls *urls,
                    struct iv_buf *out)
{
    put_str(out, "{\"session_id\":", s->id);
    put_str(out, ",\"user_id\":", s->spec.user_id);
    put_word(out, ",\"interview_type\":", iv_type_name(s->spec.type));
    put_word(out, ",\"language\":", iv_lang_code(s->spec.lang));
    put_word(out, ",\"difficulty\":", iv_difficulty_name(s->spec.difficulty));
    put_word(out, ",\"status\":", iv_status_name(s->status));
    put_time(out, ",\"created_at\":", s->created_ms);
    put_time(out, ",\"expires_at\":", iv_session_expires_ms(s, now_ms));
    put_str(out, ",\"daily_room_url\":", urls->room);
    put_str(out, ",\"websocket_url\":", urls->socket);
    put_time(out, ",\"started_at\":", s->started_ms);
    put_int(out, ",\"duration_seconds\":", iv_session_active_ms(s, now_ms) / 1000);
    put_int(out, ",\"message_count\":", s->message_count);
    put_int(out, ",\"metadata\":{\"questions_asked\":", s->questions_asked);
    put_int(out, ",\"responses_received\":", s->responses_received);
    put_count(out, ",\"average_response_time_ms\":", iv_session_average_response_ms(s));
    iv_buf_adds(out, "}}");
}

iv_json *iv_session_json(const struct iv_session *s, int64_t now_ms)
{
    struct iv_buf text = IV_BUF_INIT(SESSION_BYTES);
    iv_json *j = NULL;

    iv_session_put(s, now_ms, &(struct iv_session_urls){0}, &text);
    if (!text.failed)
        iv_json_parse(text.data, text.len, SESSION_BYTES, &j, NULL);
    iv_buf_release(&text);
    return j;
}

iv_json *iv_session_summary_json(const struct iv_session *s, int64_t now_ms,
                                 const char *transcript_url, const char *video_url)
{
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "duration_seconds", iv_session_active_ms(s, now_ms) / 1000);
    iv_json_set_int(j, "total_messages", s->message_count);
    iv_json_set_int(j, "ai_questions", s->questions_asked);
    iv_json_set_int(j, "user_responses", s->responses_received);
    iv_json_set(j, "average_response_time_ms", or_null(iv_session_average_response_ms(s)));
    iv_json_set(j, "average_ai_latency_ms", or_null(iv_session_average_latency_ms(s)));
    iv_json_set_str(j, "transcript_url", transcript_url);
    iv_json_set_str(j, "video_url", video_url);
    return j;
}
