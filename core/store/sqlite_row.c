/* sqlite_row.c - rows in, rows out, and the sum of each. */
#include "store/sqlite_row.h"

#include <stdio.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/columns.h"

enum { N_COLUMNS = IV_COLUMNS, DUE_AT = N_COLUMNS + 1, SUM_AT = N_COLUMNS + 2 };

/* -- sums -- */

static uint64_t add_bytes(uint64_t sum, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < len; i++)
        sum = (sum ^ p[i]) * 0x100000001b3u;
    return sum;
}

uint64_t iv_sum_int(uint64_t sum, int64_t n)
{
    return add_bytes(sum, &n, sizeof n);
}

uint64_t iv_sum_text(uint64_t sum, const char *text, size_t len)
{
    return add_bytes(iv_sum_int(sum, (int64_t)len), text, len);
}

static uint64_t add_string(uint64_t sum, const char *text)
{
    return iv_sum_text(sum, text, strlen(text));
}

uint64_t iv_sqlite_event_sum(int64_t key, const char *json)
{
    return add_string(iv_sum_int(IV_SUM_START, key), json);
}

uint64_t iv_sqlite_doc_sum(int64_t seq, const char *name, const char *text, size_t len)
{
    return iv_sum_text(add_string(iv_sum_int(IV_SUM_START, seq), name), text, len);
}

/* -- sessions -- */

static void put_names(struct iv_buf *out)
{
    for (int i = 0; i < N_COLUMNS; i++)
        iv_buf_addf(out, "%s, ", iv_columns[i].name);
}

void iv_sqlite_select_sql(struct iv_buf *out)
{
    iv_buf_adds(out, "SELECT ");
    put_names(out);
    iv_buf_adds(out, "sum FROM sessions");
}

void iv_sqlite_insert_sql(struct iv_buf *out)
{
    iv_buf_adds(out, "INSERT INTO sessions (");
    put_names(out);
    iv_buf_adds(out, "due_ms, sum) VALUES (");
    for (int i = 1; i < SUM_AT; i++)
        iv_buf_addf(out, "?%d, ", i);
    iv_buf_addf(out, "?%d)", SUM_AT);
}

void iv_sqlite_update_sql(struct iv_buf *out)
{
    iv_buf_adds(out, "UPDATE sessions SET ");
    for (int i = 0; i < N_COLUMNS; i++)
        if (!iv_columns[i].is_fixed)
            iv_buf_addf(out, "%s = ?%d, ", iv_columns[i].name, i + 1);
    iv_buf_addf(out, "due_ms = ?%d, sum = ?%d WHERE 1", DUE_AT, SUM_AT);
    for (int i = 0; i < N_COLUMNS; i++)
        if (iv_columns[i].is_fixed)
            iv_buf_addf(out, " AND %s = ?%d", iv_columns[i].name, i + 1);
}

static uint64_t session_sum(const struct iv_session *s)
{
    uint64_t sum = IV_SUM_START;

    for (int i = 0; i < N_COLUMNS; i++)
        sum = iv_columns[i].kind == IV_COLUMN_TEXT
                  ? add_string(sum, iv_column_text(&iv_columns[i], s))
                  : iv_sum_int(sum, iv_column_number(&iv_columns[i], s));
    return sum;
}

void iv_sqlite_bind_session(sqlite3_stmt *stmt, const struct iv_session *s)
{
    if (!stmt)
        return;
    for (int i = 0; i < N_COLUMNS; i++)
        if (iv_columns[i].kind == IV_COLUMN_TEXT)
            iv_sqlite_bind_text(stmt, i + 1, iv_column_text(&iv_columns[i], s));
        else
            iv_sqlite_bind_int(stmt, i + 1, iv_column_number(&iv_columns[i], s));
    if (iv_session_is_open(s))
        iv_sqlite_bind_int(stmt, DUE_AT, iv_session_due_ms(s));
    iv_sqlite_bind_int(stmt, SUM_AT, (int64_t)session_sum(s));
}

enum iv_code iv_sqlite_read_session(sqlite3_stmt *stmt, struct iv_session *s, struct iv_error *err)
{
    *s = (struct iv_session){0};
    for (int i = 0; i < N_COLUMNS; i++)
        if (iv_columns[i].kind == IV_COLUMN_TEXT)
            iv_column_set_text(&iv_columns[i], s, iv_sqlite_text(stmt, i));
        else
            iv_column_set_number(&iv_columns[i], s, sqlite3_column_int64(stmt, i));
    if (sqlite3_column_int64(stmt, N_COLUMNS) == (int64_t)session_sum(s) && iv_columns_in_range(s))
        return IV_OK;
    return iv_sqlite_damaged("a session", err);
}

/* -- turns -- */

static uint64_t turn_sum(int64_t key, const struct iv_turn *t)
{
    const int64_t numbers[] = {key,         (int64_t)t->speaker, (int64_t)t->kind,
                               t->start_ms, t->end_ms,           t->wall_ms};
    float confidence = t->confidence + 0.0F; /* SQLite keeps no negative zero */
    uint64_t sum = IV_SUM_START;

    for (size_t i = 0; i < IV_LEN(numbers); i++)
        sum = iv_sum_int(sum, numbers[i]);
    sum = add_bytes(sum, &confidence, sizeof confidence);
    sum = add_string(sum, t->question_id);
    sum = add_string(sum, t->source);
    sum = add_string(sum, t->text);
    return t->words_json ? add_string(sum, t->words_json) : sum;
}

void iv_sqlite_bind_turn(sqlite3_stmt *stmt, int64_t key, const struct iv_turn *t)
{
    if (!stmt)
        return;
    iv_sqlite_bind_int(stmt, 1, key);
    iv_sqlite_bind_int(stmt, 2, (int64_t)t->speaker);
    iv_sqlite_bind_int(stmt, 3, (int64_t)t->kind);
    iv_sqlite_bind_text(stmt, 4, t->question_id);
    iv_sqlite_bind_text(stmt, 5, t->text);
    iv_sqlite_bind_int(stmt, 6, t->start_ms);
    iv_sqlite_bind_int(stmt, 7, t->end_ms);
    iv_sqlite_bind_int(stmt, 8, t->wall_ms);
    sqlite3_bind_double(stmt, 9, (double)t->confidence);
    iv_sqlite_bind_text(stmt, 10, t->words_json);
    iv_sqlite_bind_text(stmt, 11, t->source);
    iv_sqlite_bind_int(stmt, 12, (int64_t)turn_sum(key, t));
}

static char *copy_column(sqlite3_stmt *stmt, int i)
{
    return sqlite3_column_type(stmt, i) == SQLITE_NULL ? NULL : iv_strdup(iv_sqlite_text(stmt, i));
}

enum iv_code iv_sqlite_read_turn(sqlite3_stmt *stmt, struct iv_turn *t, struct iv_error *err)
{
    int64_t key = sqlite3_column_int64(stmt, 0);

    *t = (struct iv_turn){.number = iv_key_number(key),
                          .speaker = (enum iv_speaker)sqlite3_column_int(stmt, 1),
                          .kind = (enum iv_turn_kind)sqlite3_column_int(stmt, 2),
                          .text = iv_strdup(iv_sqlite_text(stmt, 4)),
                          .start_ms = sqlite3_column_int64(stmt, 5),
                          .end_ms = sqlite3_column_int64(stmt, 6),
                          .wall_ms = sqlite3_column_int64(stmt, 7),
                          .confidence = (float)sqlite3_column_double(stmt, 8),
                          .words_json = copy_column(stmt, 9)};
    snprintf(t->question_id, sizeof t->question_id, "%s", iv_sqlite_text(stmt, 3));
    snprintf(t->source, sizeof t->source, "%s", iv_sqlite_text(stmt, 10));
    if (!t->text || (!t->words_json && sqlite3_column_type(stmt, 9) != SQLITE_NULL))
        return iv_store_no_memory(err);
    if (sqlite3_column_int64(stmt, 11) == (int64_t)turn_sum(key, t) && t->speaker <= IV_CANDIDATE &&
        t->kind <= IV_TURN_CLOSING)
        return IV_OK;
    return iv_sqlite_damaged("a turn", err);
}
