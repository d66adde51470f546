/* test_sqlite_copy.c - copies, and what is refused as one. */
#include "sqlite_place.h"

/* -- copies -- */

static void copy_is_restored(void **state)
{
    struct iv_session s = make_file(at("s.db"), 5), later, got;
    iv_store *st = open_at(at("s.db"));

    (void)state;
    assert_int_equal(iv_store_backup(st, at("c.db"), NULL), IV_OK);
    later = add(st);
    assert_int_equal(say(st, &s, 5, "after the copy"), IV_OK);
    iv_store_close(st);
    assert_int_equal(iv_store_restore(ctx, at("c.db"), at("s.db"), NULL), IV_OK);
    st = open_at(at("s.db"));
    assert_int_equal(turns_of(st, s.id), 5);
    assert_int_equal(iv_store_session_get(st, later.id, &got, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_check(st, NULL), IV_OK);
    iv_store_close(st);
}

static void copy_is_restored_where_nothing_is(void **state)
{
    struct iv_session s = make_file(at("s.db"), 3);
    iv_store *st;

    (void)state;
    assert_int_equal(iv_store_restore(ctx, at("s.db"), at("new.db"), NULL), IV_OK);
    assert_int_equal(mode_of(at("new.db")), 0600);
    st = open_at(at("new.db"));
    assert_int_equal(turns_of(st, s.id), 3);
    iv_store_close(st);
}

static void damaged_store_is_replaced(void **state)
{
    struct iv_session s = make_file(at("s.db"), 3);
    iv_store *st = open_at(at("s.db"));

    (void)state;
    assert_int_equal(iv_store_backup(st, at("c.db"), NULL), IV_OK);
    iv_store_close(st);
    make_text(at("s.db"));
    assert_int_equal(try_open(at("s.db"), &st, NULL), IV_E_DATA);
    assert_int_equal(iv_store_restore(ctx, at("c.db"), at("s.db"), NULL), IV_OK);
    st = open_at(at("s.db"));
    assert_int_equal(turns_of(st, s.id), 3);
    iv_store_close(st);
}

static void damage_middle(const char *path)
{
    static unsigned char bytes[1 << 20];
    size_t n = (make_file(path, 60), read_bytes(path, bytes, sizeof bytes));

    for (size_t i = 4096; i < n; i += 512)
        memset(bytes + i, 0xff, 64);
    write_bytes(path, bytes, n);
}
static void make_empty(const char *path)
{
    write_bytes(path, "", 0);
}

static const struct strange bad_copies[] = {
    {"a text file is no copy", make_text, "", false},
    {"another program's file is no copy", make_foreign, "not a backup", false},
    {"an empty file is no copy", make_empty, "not a backup", false},
    {"a newer version's copy is refused", make_newer, "newer version", false},
    {"a cut copy is refused", make_cut, "", false},
    {"a damaged copy is refused", damage_middle, "", false},
};

static void bad_copy(void **state)
{
    const struct strange *r = *state;
    struct iv_session s = make_file(at("s.db"), 4);
    struct iv_error err = {.text = ""};
    iv_store *st;

    r->make(at("bad.db"));
    assert_int_equal(iv_store_restore(ctx, at("bad.db"), at("s.db"), &err), IV_E_DATA);
    assert_non_null(strstr(err.text, r->says));
    st = open_at(at("s.db")); /* and the store is as it was */
    assert_int_equal(turns_of(st, s.id), 4);
    iv_store_close(st);
}

static void missing_copy_is_told(void **state)
{
    struct iv_error err;

    (void)state;
    make_file(at("s.db"), 1);
    assert_int_equal(iv_store_restore(ctx, at("none.db"), at("s.db"), &err), IV_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "none.db"));
    assert_int_not_equal(access(at("none.db"), F_OK), 0); /* looking makes no file */
}

static void copy_into_no_folder_is_told(void **state)
{
    iv_store *st = open_at(at("s.db"));
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_store_backup(st, at("none/c.db"), &err), IV_E_CREATE);
    add(st);
    iv_store_close(st);
}

int main(void)
{
    for (size_t i = 0; i < IV_LEN(bad_copies); i++)
        add_test(bad_copies[i].name, bad_copy, &bad_copies[i]);
    ADD(copy_is_restored);
    ADD(copy_is_restored_where_nothing_is);
    ADD(damaged_store_is_replaced);
    ADD(missing_copy_is_told);
    ADD(copy_into_no_folder_is_told);
    return table_run("sqlite_copy");
}
