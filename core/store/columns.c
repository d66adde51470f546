/* columns.c - see columns.h. */
#include "store/columns.h"

#include <stddef.h>
#include <stdio.h>

#define TEXT IV_COLUMN_TEXT
#define INT32 IV_COLUMN_INT32
#define INT64 IV_COLUMN_INT64
#define BOOL IV_COLUMN_BOOL
#define MEMBER(member_)                                                                            \
    offsetof(struct iv_session, member_), sizeof(((struct iv_session *)0)->member_)

const struct iv_column iv_columns[IV_COLUMNS] = {
    {"id", TEXT, MEMBER(id), true},
    {"user_id", TEXT, MEMBER(spec.user_id), true},
    {"created_ms", INT64, MEMBER(created_ms), true},
    {"type", INT32, MEMBER(spec.type), false},
    {"lang", INT32, MEMBER(spec.lang), false},
    {"difficulty", INT32, MEMBER(spec.difficulty), false},
    {"duration_minutes", INT32, MEMBER(spec.duration_minutes), false},
    {"persona", TEXT, MEMBER(spec.persona), false},
    {"voice", TEXT, MEMBER(spec.voice), false},
    {"avatar", TEXT, MEMBER(spec.avatar), false},
    {"role", TEXT, MEMBER(spec.role), false},
    {"question_set", TEXT, MEMBER(spec.question_set), false},
    {"seed", INT64, MEMBER(spec.seed), false},
    {"has_seed", BOOL, MEMBER(spec.has_seed), false},
    {"record", BOOL, MEMBER(spec.record), false},
    {"status", INT32, MEMBER(status), false},
    {"started_ms", INT64, MEMBER(started_ms), false},
    {"paused_ms", INT64, MEMBER(paused_ms), false},
    {"ended_ms", INT64, MEMBER(ended_ms), false},
    {"expires_ms", INT64, MEMBER(expires_ms), false},
    {"active_ms", INT64, MEMBER(active_ms), false},
    {"resumed_ms", INT64, MEMBER(resumed_ms), false},
    {"message_count", INT64, MEMBER(message_count), false},
    {"questions_asked", INT64, MEMBER(questions_asked), false},
    {"responses_received", INT64, MEMBER(responses_received), false},
    {"response_ms_sum", INT64, MEMBER(response_ms_sum), false},
    {"response_ms_n", INT64, MEMBER(response_ms_n), false},
    {"latency_ms_sum", INT64, MEMBER(latency_ms_sum), false},
    {"latency_ms_n", INT64, MEMBER(latency_ms_n), false},
};

int64_t iv_column_number(const struct iv_column *c, const struct iv_session *s)
{
    const void *p = (const char *)s + c->offset;

    switch (c->kind) {
    case INT32:
        return *(const int *)p;
    case INT64:
        return *(const int64_t *)p;
    default:
        return *(const bool *)p;
    }
}

const char *iv_column_text(const struct iv_column *c, const struct iv_session *s)
{
    return (const char *)s + c->offset;
}

void iv_column_set_number(const struct iv_column *c, struct iv_session *s, int64_t n)
{
    void *p = (char *)s + c->offset;

    switch (c->kind) {
    case INT32:
        *(int *)p = (int)n;
        break;
    case INT64:
        *(int64_t *)p = n;
        break;
    default:
        *(bool *)p = n != 0;
    }
}

void iv_column_set_text(const struct iv_column *c, struct iv_session *s, const char *text)
{
    snprintf((char *)s + c->offset, c->size, "%s", text);
}

bool iv_columns_in_range(const struct iv_session *s)
{
    return s->spec.type < IV_TYPE_COUNT && s->spec.lang < IV_LANG_COUNT &&
           s->spec.difficulty < IV_DIFFICULTY_COUNT && s->status < IV_SESSION_STATUS_COUNT;
}
