/* test_lazy.c - a library that is opened at first use. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cairo.h>

#include "iv/lazy.h"
#include "iv_build.h"

/* The real header's types, names of this test. */
static __typeof__(cairo_version_string) *version_string;
static __typeof__(cairo_version) *version;

static const struct iv_lazy_function functions[] = {
    {"cairo_version_string", &version_string},
    {"cairo_version", &version},
};
static const struct iv_lazy_function unknown[] = {
    {"cairo_version", &version},
    {"cairo_no_such_function", &version_string},
};

static struct iv_lazy of(const char *soname, const struct iv_lazy_function *list)
{
    return (struct iv_lazy){soname, "libsome1", list, 2, NULL, false};
}

static int forget(void **state)
{
    (void)state;
    version_string = NULL;
    version = NULL;
    return 0;
}

static void a_missing_library_is_named_with_its_package(void **state)
{
    struct iv_lazy lib = of("libiv-no-such.so.7", functions);
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_lazy_load(&lib, &err), IV_E_UNAVAILABLE);
    assert_string_equal(err.text, "libiv-no-such.so.7: not installed (package libsome1)");
    assert_int_equal(iv_lazy_load(&lib, NULL), IV_E_UNAVAILABLE);
    assert_null(version);
}

static void a_file_that_is_no_library_says_why(void **state)
{
    struct iv_lazy lib = of("/dev/null", functions);
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_lazy_load(&lib, &err), IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "/dev/null: cannot be loaded (package libsome1): "));
}

static void a_missing_function_is_named_each_time(void **state)
{
    struct iv_lazy lib = of(IV_CAIRO_SONAME, unknown);
    struct iv_error err;

    (void)state;
    for (int i = 0; i < 2; i++) {
        memset(&err, 0, sizeof err);
        assert_int_equal(iv_lazy_load(&lib, &err), IV_E_UNAVAILABLE);
        assert_non_null(strstr(err.text, "cairo_no_such_function"));
        assert_non_null(strstr(err.text, "libsome1"));
    }
}

static void loading_twice_is_loading_once(void **state)
{
    struct iv_lazy lib = of(IV_CAIRO_SONAME, functions);
    void *handle;

    (void)state;
    assert_int_equal(iv_lazy_load(&lib, NULL), IV_OK);
    assert_int_equal(version(), cairo_version());
    assert_string_equal(version_string(), cairo_version_string());
    handle = lib.handle;
    version = NULL;
    assert_int_equal(iv_lazy_load(&lib, NULL), IV_OK);
    assert_null(version); /* nothing was looked up again */
    assert_ptr_equal(lib.handle, handle);
}

static void the_next_call_tries_again(void **state)
{
    struct iv_lazy lib = of("libiv-no-such.so.7", functions);

    (void)state;
    assert_int_equal(iv_lazy_load(&lib, NULL), IV_E_UNAVAILABLE);
    lib.soname = IV_CAIRO_SONAME; /* it has been installed meanwhile */
    assert_int_equal(iv_lazy_load(&lib, NULL), IV_OK);
    assert_int_equal(version(), cairo_version());
}

static void *load_and_call(void *lib)
{
    enum iv_code rc = iv_lazy_load(lib, NULL);

    return (void *)(intptr_t)(rc ? -1 : version());
}

static void threads_may_load_at_once(void **state)
{
    struct iv_lazy lib = of(IV_CAIRO_SONAME, functions);
    pthread_t t[8];

    (void)state;
    for (size_t i = 0; i < IV_LEN(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, load_and_call, &lib), 0);
    for (size_t i = 0; i < IV_LEN(t); i++) {
        void *got;

        pthread_join(t[i], &got);
        assert_int_equal((intptr_t)got, cairo_version());
    }
}

int main(void)
{
    static const struct CMUnitTest t[] = {
        cmocka_unit_test_setup(a_missing_library_is_named_with_its_package, forget),
        cmocka_unit_test_setup(a_file_that_is_no_library_says_why, forget),
        cmocka_unit_test_setup(a_missing_function_is_named_each_time, forget),
        cmocka_unit_test_setup(loading_twice_is_loading_once, forget),
        cmocka_unit_test_setup(the_next_call_tries_again, forget),
        cmocka_unit_test_setup(threads_may_load_at_once, forget),
    };

    return cmocka_run_group_tests_name("lazy", t, NULL, NULL);
}
