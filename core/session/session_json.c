/* session_json.c - a session as the contract shows it. */
#include "iv/session.h"

static iv_json *or_null(int64_t n)
{
    return n < 0 ? iv_json_null() : iv_json_int(n);
}

static void set_time(iv_json *j, const char *key, int64_t ms)
{
    iv_json_set_time(j, key, ms ? ms : -1);
}

iv_json *iv_session_json(const struct iv_session *s, int64_t now_ms)
{
    iv_json *j = iv_json_object(), *meta = iv_json_object();

    iv_json_set_str(j, "session_id", s->id);
    iv_json_set_str(j, "user_id", s->spec.user_id);
    iv_json_set_str(j, "interview_type", iv_type_name(s->spec.type));
    iv_json_set_str(j, "language", iv_lang_code(s->spec.lang));
    iv_json_set_str(j, "difficulty", iv_difficulty_name(s->spec.difficulty));
    iv_json_set_str(j, "status", iv_status_name(s->status));
    set_time(j, "created_at", s->created_ms);
    set_time(j, "expires_at", iv_session_expires_ms(s, now_ms));
    iv_json_set_null(j, "daily_room_url");
    iv_json_set_null(j, "websocket_url");
    set_time(j, "started_at", s->started_ms);
    iv_json_set_int(j, "duration_seconds", iv_session_active_ms(s, now_ms) / 1000);
    iv_json_set_int(j, "message_count", s->message_count);
    iv_json_set_int(meta, "questions_asked", s->questions_asked);
    iv_json_set_int(meta, "responses_received", s->responses_received);
    iv_json_set(meta, "average_response_time_ms", or_null(iv_session_average_response_ms(s)));
    iv_json_set(j, "metadata", meta);
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
