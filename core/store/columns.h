/* columns.h - how the members of a session are kept: one row each, for every back end that writes them down. */
#ifndef IV_STORE_COLUMNS_H
#define IV_STORE_COLUMNS_H

#include "iv/session.h"

enum iv_column_kind { IV_COLUMN_TEXT, IV_COLUMN_INT32, IV_COLUMN_INT64, IV_COLUMN_BOOL };
struct iv_column {
    const char *name;
    enum iv_column_kind kind;
    size_t offset, size;
    bool is_fixed; /* never changes */
};
#define IV_COLUMNS 29
extern const struct iv_column iv_columns[IV_COLUMNS];

int64_t iv_column_number(const struct iv_column *c, const struct iv_session *s);
const char *iv_column_text(const struct iv_column *c, const struct iv_session *s);
void iv_column_set_number(const struct iv_column *c, struct iv_session *s, int64_t n);
void iv_column_set_text(const struct iv_column *c, struct iv_session *s, const char *text);
/* Names are looked up by some of them: out of range they would read past a table. */
bool iv_columns_in_range(const struct iv_session *s);

#endif
