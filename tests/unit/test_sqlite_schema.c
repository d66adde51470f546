/* test_sqlite_schema.c - the file's form: what was released opens for ever, what is newer is refused.
 *
 * store_v1.sql is a file as version 1 wrote it, store_v2.sql as version 2 did. They are never changed; the next version gets a dump of
 * its own beside them.
 */
#include "sqlite_place.h"

#include "iv/buf.h"
#include "iv/keys.h"

static void run_script(sqlite3 *db, const char *name)
{
    struct iv_buf script = IV_BUF_INIT(1 << 20);
    struct iv_error err = {.text = ""};
    char path[512], *message = NULL;

    snprintf(path, sizeof path, "%s/tests/unit/%s", getenv("IV_TEST_SOURCE_DIR"), name);
    if (iv_buf_read_file(&script, path, &err))
        fail_msg("%s", err.text);
    if (sqlite3_exec(db, iv_buf_str(&script), NULL, NULL, &message))
        fail_msg("%s: %s", name, message);
    iv_buf_release(&script);
}

static void make_from(const char *path, const char *script)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    run_script(db, script);
    sqlite3_close(db);
}

static void make_version_1(const char *path)
{
    make_from(path, "store_v1.sql");
}

static int64_t number_in(const char *path, const char *query)
{
    int64_t n = -1;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(iv_sqlite_int(db, query, &n, NULL), IV_OK);
    sqlite3_close(db);
    return n;
}

/* -- version 1 -- */

static void assert_content_of_version_1(iv_store *st)
{
    struct iv_session_filter f = {.status = -1, .limit = 10};
    struct iv_buf b = IV_BUF_INIT(1000);
    struct iv_session *rows;
    struct iv_turn *turns;
    int64_t total;
    size_t n, bytes = 0;

    assert_int_equal(iv_store_session_list(st, &f, &rows, &n, &total, NULL), IV_OK);
    assert_int_equal(n, 3);
    assert_string_equal(rows[0].id, "sess_000000000002");
    assert_string_equal(rows[0].spec.user_id, "사용자");
    assert_int_equal(rows[0].status, IV_SESSION_COMPLETED);
    assert_int_equal(rows[1].status, IV_SESSION_ACTIVE);
    assert_int_equal(rows[2].status, IV_SESSION_CREATED);
    assert_string_equal(rows[2].spec.role, "바리스타");
    assert_int_equal(rows[2].spec.seed, 4242);
    free(rows);
    assert_int_equal(iv_store_turns(st, "sess_000000000001", &turns, &n, NULL), IV_OK);
    assert_int_equal(n, 2);
    assert_string_equal(turns[1].text, "I led it; it's done.");
    assert_string_equal(turns[1].words_json, "[[\"I\",2400,2500,0.75]]");
    iv_turns_free(turns, n);
    assert_int_equal(iv_store_events(st, "sess_000000000001", 0, hear_event, &bytes, NULL), IV_OK);
    assert_int_equal(bytes,
                     strlen("{\"in\":\"start\",\"at_ms\":0}{\"in\":\"answer\",\"at_ms\":5000}"));
    assert_int_equal(iv_store_doc_get(st, "", "note", &b, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&b), "of the store");
    iv_buf_release(&b);
}

static void version_1_opens_and_is_brought_up_to_date(void **state)
{
    struct iv_session s;
    iv_store *st;

    (void)state;
    make_version_1(at("s.db"));
    assert_int_equal(number_in(at("s.db"), "PRAGMA user_version"), 1);
    st = open_at(at("s.db"));
    assert_content_of_version_1(st);
    assert_int_equal(iv_store_check(st, NULL), IV_OK);
    assert_int_equal(iv_store_session_get(st, "sess_000000000001", &s, NULL), IV_OK);
    assert_int_equal(say(st, &s, 2, "and it goes on"), IV_OK);
    iv_store_close(st);
    assert_int_equal(number_in(at("s.db"), "PRAGMA user_version"), iv_sqlite_schema_version());
    st = open_at(at("s.db"));
    assert_int_equal(turns_of(st, "sess_000000000001"), 3);
    iv_store_close(st);
}

/* -- version 2: keys and administrators -- */

#define PEPPER_2 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"

static const struct secret {
    const char *text;
    enum iv_code code;
} secrets_2[] = {
    {"ivc_w_tEAjLQmb59V8MYYQskk232dbMl3emMPjsnv1wd7plbn0lLf0b", IV_OK},
    {"ivc_w_pniLx5zexGU6cT2M6HIs3m9JBQ7O2kfRqwwJV41sAd13adatV", IV_OK}, /* before its rotation */
    {"ivc_r_dAIutaQuDSUUHHYE832a7gv7NVlM4peRoRnlCYDUYPn0bEwGW", IV_E_UNAUTHORIZED}, /* revoked */
};

/* What was given out stays good: the form of keys, their hashes and those of passwords are as fixed as the tables. */
static void keys_of_version_2_are_good(void **state)
{
    struct iv_principal who;
    struct iv_login login;
    struct iv_key *rows;
    iv_keys *keys;
    iv_store *st;
    size_t n;

    (void)state;
    make_from(at("s.db"), "store_v2.sql");
    write_bytes(at("s.db.pepper"), PEPPER_2, strlen(PEPPER_2));
    assert_int_equal(chmod(at("s.db.pepper"), 0600), 0);
    st = open_at(at("s.db"));
    assert_content_of_version_1(st);
    assert_int_equal(iv_store_check(st, NULL), IV_OK);
    assert_int_equal(iv_keys_open(ctx, st, &keys, NULL), IV_OK);
    for (size_t i = 0; i < IV_LEN(secrets_2); i++)
        assert_int_equal(iv_keys_verify(keys, secrets_2[i].text, &who, NULL), secrets_2[i].code);
    assert_int_equal(iv_keys_list(keys, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].name, "웹 서버");
    assert_int_equal(rows[0].last_used_ms, T0);
    assert_string_equal(rows[1].user_id, "me");
    assert_int_equal(rows[1].expires_ms, 1988150400000);
    free(rows);
    assert_int_equal(iv_keys_login(keys, "root", "correct horse battery staple", "", &login, NULL),
                     IV_OK);
    iv_keys_close(keys);
    iv_store_close(st);
}

/* A new file and one that came from version 1 have one form: each table and index, in the same words. */
static void old_and_new_files_have_one_form(void **state)
{
    static const char same[] =
        "SELECT (SELECT count(*) FROM (SELECT type, name, sql FROM main.sqlite_schema EXCEPT "
        "SELECT type, name, sql FROM fresh.sqlite_schema)) + (SELECT count(*) FROM (SELECT type, "
        "name, sql FROM fresh.sqlite_schema EXCEPT SELECT type, name, sql FROM "
        "main.sqlite_schema))";
    char attach[200];
    int64_t n = -1;
    sqlite3 *db;

    (void)state;
    make_version_1(at("old.db"));
    iv_store_close(open_at(at("old.db")));
    iv_store_close(open_at(at("new.db")));
    snprintf(attach, sizeof attach, "ATTACH '%s' AS fresh", at("new.db"));
    assert_int_equal(sqlite3_open(at("old.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, attach, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(iv_sqlite_int(db, same, &n, NULL), IV_OK);
    assert_int_equal(n, 0);
    sqlite3_close(db);
}

static void copy_of_version_1_is_restored(void **state)
{
    iv_store *st;

    (void)state;
    make_version_1(at("copy.db"));
    assert_int_equal(iv_store_restore(ctx, at("copy.db"), at("s.db"), NULL), IV_OK);
    st = open_at(at("s.db"));
    assert_content_of_version_1(st);
    iv_store_close(st);
}

/* -- what is newer, or nothing that was ever released -- */

static const struct version {
    const char *name;
    int add; /* to the version this program knows */
    int is;
    const char *says; /* of what is not newer */
} versions[] = {
    {"the next version is refused", 1, 0, NULL},
    {"a far version is refused", 1000, 0, NULL},
    {"version 0 with tables is refused", 0, 0, "not a whole store"},
    {"a version below 0 is refused", 0, -1, "not a whole store"},
};

static void other_version(void **state)
{
    const struct version *r = *state;
    int version = r->add ? iv_sqlite_schema_version() + r->add : r->is;
    char text[64], says[120];
    struct iv_error err = {.text = ""};
    iv_store *st;

    make_version_1(at("s.db"));
    snprintf(text, sizeof text, "PRAGMA user_version = %d", version);
    sql(at("s.db"), text);
    assert_int_equal(try_open(at("s.db"), &st, &err), IV_E_DATA);
    if (r->add) {
        snprintf(says, sizeof says, "written by a newer version (schema %d, this one knows %d)",
                 version, iv_sqlite_schema_version());
        assert_non_null(strstr(err.text, says));
    } else {
        assert_non_null(strstr(err.text, r->says));
    }
    assert_non_null(strstr(err.text, "s.db"));
    assert_int_equal(number_in(at("s.db"), "PRAGMA user_version"), version); /* left as it is */
    assert_int_equal(number_in(at("s.db"), "SELECT count(*) FROM turns"), 6);
}

int main(void)
{
    ADD(version_1_opens_and_is_brought_up_to_date);
    ADD(keys_of_version_2_are_good);
    ADD(old_and_new_files_have_one_form);
    ADD(copy_of_version_1_is_restored);
    for (size_t i = 0; i < IV_LEN(versions); i++)
        add_test(versions[i].name, other_version, &versions[i]);
    return table_run("sqlite_schema");
}
