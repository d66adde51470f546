/* test_yaml.c - the tree of a data file: its lines, its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/yaml.h"

static const struct row {
    const char *name, *text, *error; /* NULL: it is read */
} rows[] = {
    {"a map of words", "a: b\nc: 1\n", NULL},
    {"a list in a map", "a:\n  - b\n  - c\n", NULL},
    {"nothing", "", "t:1: no content"},
    {"only a comment", "# nothing\n", "t:2: no content"},
    {"an unclosed quote names its line", "a: b\nc: \"d\n", "t:3: found unexpected end of stream"},
    {"a key twice", "a: 1\nb: 2\na: 3\n", "t:3: key \"a\" stands twice"},
    {"a key twice deep down", "x:\n  - {a: 1, a: 2}\n", "t:2: key \"a\" stands twice"},
    {"an alias", "a: &x 1\nb: *x\n", "t:2: aliases are not taken"},
    {"a tag", "a: !!int 1\n", "t:1: tags are not taken"},
    {"a second document", "a: 1\n---\nb: 2\n", "t:2: a second document"},
    {"a list as a key", "? [a]\n: b\n", "t:1: a key must be a word"},
    {"a NUL by escape", "a: \"x\\0y\"\n", "t:1: a NUL character"},
    {"too deep", "[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]", "t:1: nested too deep"},
    {"not UTF-8", "a: \xff\n", "t: not valid UTF-8"},
};

static void parses_or_says_why(void **state)
{
    const struct row *r = *state;
    struct iv_yaml *root;
    struct iv_error err = {0};
    enum iv_code rc = iv_yaml_parse(r->text, strlen(r->text), "t", &root, &err);

    if (r->error) {
        assert_int_equal(rc, IV_E_DATA);
        assert_string_equal(err.text, r->error);
        assert_null(root);
    } else {
        assert_int_equal(rc, IV_OK);
        iv_yaml_free(root);
    }
}

static void tree_knows_lines_and_order(void **state)
{
    static const char text[] = "language: ko\nlist:\n  - one\n  - \"two\"\nn: 12\nr: 1.5\n";
    struct iv_yaml *root;
    int n = 0;
    double r = 0;

    (void)state;
    assert_int_equal(iv_yaml_parse(text, sizeof text - 1, "t", &root, NULL), IV_OK);
    assert_int_equal(root->n, 4);
    assert_string_equal(iv_yaml_str(root, "language", ""), "ko");
    assert_string_equal(iv_yaml_str(root, "list", "no text"), "no text");
    assert_int_equal(iv_yaml_get(root, "list")->line, 2);
    assert_int_equal(iv_yaml_at(iv_yaml_get(root, "list"), 1)->line, 4);
    assert_false(iv_yaml_at(iv_yaml_get(root, "list"), 1)->plain);
    assert_null(iv_yaml_at(iv_yaml_get(root, "list"), 2));
    assert_true(iv_yaml_int(iv_yaml_get(root, "n"), &n));
    assert_int_equal(n, 12);
    assert_false(iv_yaml_int(iv_yaml_get(root, "r"), &n));
    assert_true(iv_yaml_real(iv_yaml_get(root, "r"), &r));
    assert_true(r == 1.5);
    iv_yaml_free(root);
}

static void nodes_are_limited(void **state)
{
    size_t len = 2 * 300000 + 2;
    char *text = malloc(len);
    struct iv_yaml *root;
    struct iv_error err;

    (void)state;
    text[0] = '[';
    for (size_t i = 1; i < len - 1; i += 2)
        memcpy(text + i, "1,", 2);
    text[len - 1] = ']';
    assert_int_equal(iv_yaml_parse(text, len, "t", &root, &err), IV_E_TOO_LARGE);
    free(text);
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(rows) + 2];

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[i] = (struct CMUnitTest){.name = rows[i].name,
                                   .test_func = parses_or_says_why,
                                   .initial_state = (void *)&rows[i]};
    t[IV_LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(tree_knows_lines_and_order);
    t[IV_LEN(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(nodes_are_limited);
    return cmocka_run_group_tests_name("yaml", t, NULL, NULL);
}
