/* table.h - tests from tables: each row, which begins with its name, becomes a test of its own. */
#ifndef IV_TESTS_TABLE_H
#define IV_TESTS_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define TABLE_MAX 1024

/* Text into an array: what does not fit is a mistake of the test. */
#define SET_TEXT(array, text)                                                                      \
    assert_in_range(snprintf((array), sizeof(array), "%s", (text)), 0, sizeof(array) - 1)

static struct CMUnitTest table_tests[TABLE_MAX];
static size_t table_n;

static inline void table_add(const char *name, CMUnitTestFunction fn, const void *row)
{
    assert_true(table_n < TABLE_MAX);
    table_tests[table_n++] =
        (struct CMUnitTest){.name = name, .test_func = fn, .initial_state = (void *)(uintptr_t)row};
}

/* Rows are structs whose first member is `const char *name`. */
#define TABLE_ROWS(fn, rows)                                                                       \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < sizeof(rows) / sizeof(rows)[0]; i_++)                             \
            table_add((rows)[i_].name, fn, &(rows)[i_]);                                           \
    } while (0)
#define TABLE_TEST(fn) table_add(#fn, fn, NULL)

static inline int table_run(const char *group)
{
    return _cmocka_run_group_tests(group, table_tests, table_n, NULL, NULL);
}

#endif
