/* test_keys.c - keys, administrators, tickets and signed addresses: what is good, until when, and what is kept of it. */
#include "sqlite_place.h"

#include <pthread.h>
#include <time.h>

#include "auth/key_text.h"
#include "iv/config.h"
#include "iv/keys.h"

#define MINUTE_US 60000000ll
#define PASSWORD "correct horse battery staple"

static iv_store *store;
static iv_keys *keys;

static void open_keys(void)
{
    struct iv_error err = {.text = ""};

    store = open_at(at("s.db"));
    if (iv_keys_open(ctx, store, &keys, &err))
        fail_msg("%s", err.text);
}

static void close_keys(void)
{
    iv_keys_close(keys);
    iv_store_close(store);
}

static void reopen(void)
{
    close_keys();
    open_keys();
}

static struct iv_key make(const struct iv_key_spec *spec, char secret[IV_KEY_SECRET_BYTES])
{
    struct iv_error err = {.text = ""};
    struct iv_key key;

    if (iv_keys_create(keys, spec, &key, secret, &err))
        fail_msg("%s", err.text);
    return key;
}

static struct iv_key make_plain(char secret[IV_KEY_SECRET_BYTES])
{
    return make(&(struct iv_key_spec){.name = "k"}, secret);
}

static enum iv_code verify(const char *secret)
{
    struct iv_principal who;

    return iv_keys_verify(keys, secret, &who, NULL);
}

static void pass_minutes(int64_t n)
{
    iv_manual_clock_advance(&fixed_clock, n * MINUTE_US);
}

/* -- the form of a key -- */

static void keys_have_their_form(void **state)
{
    char text[KEY_CHARS + 1], other[KEY_CHARS + 1];

    (void)state;
    iv_key_text_make('w', text);
    iv_key_text_make('w', other);
    assert_int_equal(strlen(text), 55);
    assert_memory_equal(text, "ivc_w_", 6);
    assert_string_not_equal(text, other);
    assert_true(iv_key_text_is_well(text));
}

/* Every slip of one character is found without looking anything up. */
static void slips_are_found(void **state)
{
    char text[KEY_CHARS + 2];

    (void)state;
    iv_key_text_make('r', text);
    for (size_t i = 0; i < KEY_CHARS; i++) {
        char was = text[i];

        text[i] = was == 'x' ? 'y' : 'x';
        assert_false(iv_key_text_is_well(text));
        text[i] = was;
    }
    text[KEY_CHARS] = 'x';
    text[KEY_CHARS + 1] = '\0';
    assert_false(iv_key_text_is_well(text));
    text[KEY_CHARS - 1] = '\0';
    assert_false(iv_key_text_is_well(text));
    assert_false(iv_key_text_is_well(""));
}

/* -- what is good -- */

static void made_key_is_good_after_a_restart(void **state)
{
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_principal who;
    struct iv_key key;

    (void)state;
    open_keys();
    key =
        make(&(struct iv_key_spec){.name = "앱", .user_id = "me", .scopes = IV_SCOPE_READ}, secret);
    assert_int_equal(secret[4], 'r');
    assert_memory_equal(key.prefix, secret, strlen(key.prefix));
    assert_int_equal(strlen(key.prefix), 10);
    reopen();
    assert_int_equal(iv_keys_verify(keys, secret, &who, NULL), IV_OK);
    assert_string_equal(who.key_id, key.id);
    assert_string_equal(who.user_id, "me");
    assert_int_equal(who.scopes, IV_SCOPE_READ);
    close_keys();
}

/* Form right, check sum right, never given out. */
static void foreign_key_is_refused_in_the_same_words(void **state)
{
    char secret[IV_KEY_SECRET_BYTES], foreign[KEY_CHARS + 1];
    const char *const bad[] = {"", "x", foreign, NULL};
    struct iv_principal who;
    struct iv_error err;

    (void)state;
    open_keys();
    make_plain(secret);
    iv_key_text_make('w', foreign);
    for (size_t i = 0; i < IV_LEN(bad); i++) {
        assert_int_equal(iv_keys_verify(keys, bad[i], &who, &err), IV_E_UNAUTHORIZED);
        assert_string_equal(err.text, "Invalid API key");
        assert_int_equal(who.scopes, 0);
    }
    close_keys();
}

static void nothing_is_good_where_no_key_was_made(void **state)
{
    char foreign[KEY_CHARS + 1];

    (void)state;
    open_keys();
    iv_key_text_make('a', foreign);
    assert_int_equal(verify(foreign), IV_E_UNAUTHORIZED);
    assert_int_not_equal(access(at("s.db.pepper"), F_OK), 0); /* asking makes nothing */
    close_keys();
}

static void key_expires(void **state)
{
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_principal who;
    struct iv_key key;

    (void)state;
    open_keys();
    make(&(struct iv_key_spec){.name = "k", .expires_ms = T0 + 60000}, secret);
    assert_int_equal(iv_keys_verify(keys, secret, &who, NULL), IV_OK);
    assert_true(iv_keys_still_good(keys, &who));
    pass_minutes(1);
    assert_int_equal(verify(secret), IV_E_UNAUTHORIZED);
    assert_false(iv_keys_still_good(keys, &who));
    assert_int_equal(iv_keys_rotate(keys, who.key_id, &key, secret, NULL), IV_E_STATE);
    assert_string_equal(secret, "");
    close_keys();
}

static void rotation_lets_the_old_secret_go_in_time(void **state)
{
    char first[IV_KEY_SECRET_BYTES], second[IV_KEY_SECRET_BYTES], third[IV_KEY_SECRET_BYTES];
    struct iv_key key;

    (void)state;
    open_keys();
    key = make_plain(first);
    assert_int_equal(iv_keys_rotate(keys, key.id, &key, second, NULL), IV_OK);
    assert_int_equal(key.former_until_ms, T0 + 3600000);
    assert_int_equal(verify(first), IV_OK);
    assert_int_equal(verify(second), IV_OK);
    pass_minutes(59);
    assert_int_equal(verify(first), IV_OK);
    pass_minutes(1);
    assert_int_equal(verify(first), IV_E_UNAUTHORIZED);
    assert_int_equal(verify(second), IV_OK);
    assert_int_equal(iv_keys_rotate(keys, key.id, &key, third, NULL), IV_OK);
    assert_int_equal(verify(first), IV_E_UNAUTHORIZED);
    assert_int_equal(verify(second), IV_OK);
    assert_int_equal(verify(third), IV_OK);
    close_keys();
}

static void second_rotation_ends_the_first_secret(void **state)
{
    char first[IV_KEY_SECRET_BYTES], second[IV_KEY_SECRET_BYTES], third[IV_KEY_SECRET_BYTES];
    struct iv_key key;

    (void)state;
    open_keys();
    key = make_plain(first);
    iv_keys_rotate(keys, key.id, &key, second, NULL);
    iv_keys_rotate(keys, key.id, &key, third, NULL);
    assert_int_equal(verify(first), IV_E_UNAUTHORIZED);
    assert_int_equal(verify(second), IV_OK);
    close_keys();
}

static void hear(void *arg, const char *key_id)
{
    snprintf(arg, IV_ID_BYTES, "%s", key_id);
}

static void revoked_key_stops_at_once_and_is_told(void **state)
{
    char secret[IV_KEY_SECRET_BYTES], next[IV_KEY_SECRET_BYTES], heard[IV_ID_BYTES] = "";
    struct iv_principal who;
    struct iv_key key;

    (void)state;
    open_keys();
    iv_keys_watch(keys, hear, heard);
    key = make_plain(secret);
    iv_keys_rotate(keys, key.id, &key, next, NULL);
    assert_int_equal(iv_keys_verify(keys, next, &who, NULL), IV_OK);
    assert_int_equal(iv_keys_revoke(keys, key.id, &key, NULL), IV_OK);
    assert_string_equal(heard, key.id);
    assert_int_equal(verify(secret), IV_E_UNAUTHORIZED);
    assert_int_equal(verify(next), IV_E_UNAUTHORIZED);
    assert_false(iv_keys_still_good(keys, &who));
    pass_minutes(1);
    assert_int_equal(iv_keys_revoke(keys, key.id, &key, NULL), IV_OK);
    assert_int_equal(key.revoked_ms, T0);
    assert_int_equal(iv_keys_revoke(keys, "key_none", &key, NULL), IV_E_NOT_FOUND);
    close_keys();
}

/* -- what cannot be made -- */

static const struct bad_spec {
    const char *name;
    struct iv_key_spec spec;
    const char *says;
} bad_specs[] = {
    {"a key needs a name", {.name = ""}, "name"},
    {"a blank name is none", {.name = " \t "}, "blank"},
    {"a name is UTF-8", {.name = "\xff"}, "name"},
    {"a key that has expired is not made", {.name = "k", .expires_ms = T0}, "expires_at"},
    {"scopes are known ones", {.name = "k", .scopes = 8}, "scopes"},
    {"a user's key does not administer",
     {.name = "k", .user_id = "me", .scopes = IV_SCOPE_ADMIN},
     "admin"},
};

static void bad_spec(void **state)
{
    const struct bad_spec *b = *state;
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_key key;
    struct iv_error err;

    open_keys();
    assert_int_equal(iv_keys_create(keys, &b->spec, &key, secret, &err), IV_E_USAGE);
    assert_non_null(strstr(err.text, b->says));
    assert_string_equal(secret, "");
    close_keys();
}

/* -- last_used -- */

static int64_t last_used_in_file(void)
{
    struct iv_key *rows;
    int64_t at_ms;
    size_t n;

    assert_int_equal(iv_store_key_list(store, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 1);
    at_ms = rows[0].last_used_ms;
    free(rows);
    return at_ms;
}

static int64_t last_used_in_list(void)
{
    struct iv_key *rows;
    int64_t at_ms;
    size_t n;

    assert_int_equal(iv_keys_list(keys, &rows, &n, NULL), IV_OK);
    at_ms = rows[0].last_used_ms;
    free(rows);
    return at_ms;
}

static void uses_are_written_once_a_minute(void **state)
{
    char secret[IV_KEY_SECRET_BYTES];

    (void)state;
    open_keys();
    make_plain(secret);
    for (int i = 0; i < 59; i++) {
        iv_manual_clock_advance(&fixed_clock, 1000000);
        assert_int_equal(verify(secret), IV_OK);
        assert_int_equal(last_used_in_file(), 0);
        assert_int_equal(last_used_in_list(), T0 + 1000 * (i + 1));
    }
    iv_manual_clock_advance(&fixed_clock, 1000000);
    assert_int_equal(verify(secret), IV_OK);
    assert_int_equal(last_used_in_file(), T0 + 60000);
    iv_manual_clock_advance(&fixed_clock, 1000000);
    assert_int_equal(verify(secret), IV_OK);
    assert_int_equal(last_used_in_file(), T0 + 60000);
    reopen(); /* closing writes */
    assert_int_equal(last_used_in_file(), T0 + 61000);
    close_keys();
}

/* -- what is kept -- */

static bool file_has(const char *name, const char *word)
{
    static unsigned char bytes[4 << 20];
    size_t n;

    if (access(at(name), F_OK))
        return false;
    n = read_bytes(at(name), bytes, sizeof bytes);
    return memmem(bytes, n, word, strlen(word)) != NULL;
}

static void no_secret_is_in_store_or_backup(void **state)
{
    static const char *const files[] = {"s.db", "s.db-wal", "copy.db"};
    char secrets[10][IV_KEY_SECRET_BYTES], pepper[65] = "";
    struct iv_login login;
    struct iv_key key;

    (void)state;
    open_keys();
    for (int i = 0; i < 8; i++)
        key = make_plain(secrets[i]);
    assert_int_equal(iv_keys_rotate(keys, key.id, &key, secrets[8], NULL), IV_OK);
    snprintf(secrets[9], sizeof secrets[9], "%s", PASSWORD);
    assert_int_equal(iv_keys_admin_set(keys, "root", PASSWORD, NULL), IV_OK);
    assert_int_equal(iv_keys_login(keys, "root", PASSWORD, "", &login, NULL), IV_OK);
    assert_int_equal(iv_store_backup(store, at("copy.db"), NULL), IV_OK);
    assert_int_equal(read_bytes(at("s.db.pepper"), (unsigned char *)pepper, 64), 64);
    for (size_t f = 0; f < IV_LEN(files); f++) {
        for (int i = 0; i < 10; i++)
            assert_false(file_has(files[f], secrets[i]));
        assert_false(file_has(files[f], pepper));
        assert_false(file_has(files[f], login.token));
    }
    assert_true(file_has("copy.db", "$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_true(file_has("copy.db", key.prefix)); /* the search itself works */
    assert_int_equal(mode_of(at("s.db.pepper")), 0600);
    close_keys();
}

static void pepper_that_is_lost_is_not_replaced(void **state)
{
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_key key, other;
    struct iv_error err;

    (void)state;
    open_keys();
    key = make_plain(secret);
    close_keys();
    assert_int_equal(unlink(at("s.db.pepper")), 0);
    open_keys();
    assert_int_equal(verify(secret), IV_E_CONFIG);
    assert_int_equal(iv_keys_create(keys, &(struct iv_key_spec){.name = "k"}, &other, secret, &err),
                     IV_E_CONFIG);
    assert_non_null(strstr(err.text, "s.db.pepper"));
    assert_int_equal(iv_keys_revoke(keys, key.id, &key, NULL), IV_OK);
    make_plain(secret);
    assert_int_equal(verify(secret), IV_OK);
    close_keys();
}

static void pepper_must_be_private_and_long(void **state)
{
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_key key;

    (void)state;
    write_bytes(at("s.db.pepper"), "short\n", 6);
    assert_int_equal(chmod(at("s.db.pepper"), 0600), 0);
    open_keys();
    assert_int_equal(iv_keys_create(keys, &(struct iv_key_spec){.name = "k"}, &key, secret, NULL),
                     IV_E_CONFIG);
    write_bytes(at("s.db.pepper"), "0123456789012345678901234567890123456789\n", 41);
    assert_int_equal(chmod(at("s.db.pepper"), 0644), 0);
    assert_int_equal(iv_keys_create(keys, &(struct iv_key_spec){.name = "k"}, &key, secret, NULL),
                     IV_E_CONFIG);
    assert_int_equal(chmod(at("s.db.pepper"), 0600), 0);
    make_plain(secret);
    close_keys();
}

/* The same store with another pepper: the hashes are worth nothing. */
static void store_without_its_pepper_opens_nothing(void **state)
{
    char secret[IV_KEY_SECRET_BYTES];

    (void)state;
    open_keys();
    make_plain(secret);
    close_keys();
    write_bytes(at("s.db.pepper"), "another_one,_long_enough_to_be_a_pepper\n", 40);
    open_keys();
    assert_int_equal(verify(secret), IV_E_UNAUTHORIZED);
    close_keys();
}

static void json_tells_no_secret(void **state)
{
    struct iv_buf text = IV_BUF_INIT(4096);
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_key key;
    iv_json *j;

    (void)state;
    open_keys();
    key = make_plain(secret);
    j = iv_key_json(&key, NULL);
    assert_int_equal(iv_json_print(j, IV_JSON_COMPACT, &text, NULL), IV_OK);
    assert_null(strstr(iv_buf_str(&text), secret));
    assert_null(iv_json_get(j, "api_key"));
    assert_string_equal(iv_json_get_str(j, "created_at", ""), "2023-11-14T22:13:20Z");
    assert_int_equal(iv_json_type(iv_json_get(j, "last_used_at")), IV_JSON_NULL);
    assert_int_equal(iv_json_len(iv_json_get(j, "scopes")), 2);
    iv_json_free(j);
    j = iv_key_json(&key, secret);
    assert_string_equal(iv_json_get_str(j, "api_key", ""), secret);
    iv_json_free(j);
    iv_buf_release(&text);
    close_keys();
}

/* -- administrators -- */

static enum iv_code login(const char *name, const char *password, const char *from)
{
    struct iv_login out;

    return iv_keys_login(keys, name, password, from, &out, NULL);
}

static void login_gives_a_token_that_ends(void **state)
{
    struct iv_principal who;
    struct iv_login out;

    (void)state;
    open_keys();
    assert_int_equal(iv_keys_admin_set(keys, "root", PASSWORD, NULL), IV_OK);
    assert_int_equal(iv_keys_login(keys, "root", PASSWORD, "192.0.2.1", &out, NULL), IV_OK);
    assert_int_equal(out.expires_ms, T0 + 12ll * 3600000);
    reopen();
    assert_int_equal(iv_keys_token_verify(keys, out.token, &who, NULL), IV_OK);
    assert_int_equal(who.scopes, IV_SCOPE_READ | IV_SCOPE_WRITE | IV_SCOPE_ADMIN);
    assert_string_equal(who.key_id, "");
    pass_minutes(12 * 60);
    assert_int_equal(iv_keys_token_verify(keys, out.token, &who, NULL), IV_E_UNAUTHORIZED);
    close_keys();
}

static void every_change_of_a_token_is_found(void **state)
{
    struct iv_principal who;
    struct iv_login out;

    (void)state;
    open_keys();
    assert_int_equal(iv_keys_admin_set(keys, "root", PASSWORD, NULL), IV_OK);
    assert_int_equal(iv_keys_admin_set(keys, "boot", PASSWORD, NULL), IV_OK);
    assert_int_equal(iv_keys_login(keys, "root", PASSWORD, "", &out, NULL), IV_OK);
    for (size_t i = 0; i < strlen(out.token); i++) {
        char was = out.token[i];

        out.token[i] = was == 'b' ? 'c' : 'b';
        assert_int_equal(iv_keys_token_verify(keys, out.token, &who, NULL), IV_E_UNAUTHORIZED);
        out.token[i] = '\0';
        assert_int_equal(iv_keys_token_verify(keys, out.token, &who, NULL), IV_E_UNAUTHORIZED);
        out.token[i] = was;
    }
    assert_int_equal(iv_keys_token_verify(keys, out.token, &who, NULL), IV_OK);
    assert_int_equal(iv_keys_token_verify(keys, NULL, &who, NULL), IV_E_UNAUTHORIZED);
    close_keys();
}

static void new_password_ends_old_logins(void **state)
{
    struct iv_principal who;
    struct iv_login out;

    (void)state;
    open_keys();
    assert_int_equal(iv_keys_admin_set(keys, "root", PASSWORD, NULL), IV_OK);
    assert_int_equal(iv_keys_login(keys, "root", PASSWORD, "", &out, NULL), IV_OK);
    assert_int_equal(iv_keys_admin_set(keys, "root", "another long password", NULL), IV_OK);
    assert_int_equal(iv_keys_token_verify(keys, out.token, &who, NULL), IV_E_UNAUTHORIZED);
    assert_int_equal(login("root", PASSWORD, ""), IV_E_UNAUTHORIZED);
    assert_int_equal(login("root", "another long password", ""), IV_OK);
    close_keys();
}

static const struct bad_admin {
    const char *name, *user, *password, *says;
} bad_admins[] = {
    {"a password has fifteen characters", "root", "fourteen chars", "at least 15"},
    {"a password is UTF-8", "root", "fifteen letters \xff", "UTF-8"},
    {"a username is not empty", "", PASSWORD, "username"},
    {"a username has no blanks", "ro ot", PASSWORD, "ro ot"},
    {"a username has 64 characters at most",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", PASSWORD, "username"},
};

static void bad_admin(void **state)
{
    const struct bad_admin *b = *state;
    struct iv_error err;

    open_keys();
    assert_int_equal(iv_keys_admin_set(keys, b->user, b->password, &err), IV_E_USAGE);
    assert_non_null(strstr(err.text, b->says));
    assert_null(strstr(err.text, b->password));
    close_keys();
}

/* The same words, and the same work: the middle of several times, since the machine has other work. */
static double middle_of_times(const char *name)
{
    double ms[7];

    for (size_t i = 0; i < IV_LEN(ms); i++) {
        struct timespec a, b;
        char from[32];

        snprintf(from, sizeof from, "%s.%zu", name, i / 2);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
        assert_int_equal(login(name, "a wrong password", from), IV_E_UNAUTHORIZED);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
        ms[i] = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
    }
    for (size_t i = 0; i < IV_LEN(ms); i++)
        for (size_t j = i + 1; j < IV_LEN(ms); j++)
            if (ms[j] < ms[i]) {
                double t = ms[i];

                ms[i] = ms[j];
                ms[j] = t;
            }
    return ms[IV_LEN(ms) / 2];
}

static void unknown_name_costs_what_a_wrong_password_costs(void **state)
{
    double known, unknown;
    struct iv_login out;
    struct iv_error a, b;

    (void)state;
    open_keys();
    assert_int_equal(iv_keys_admin_set(keys, "root", PASSWORD, NULL), IV_OK);
    known = middle_of_times("root");
    unknown = middle_of_times("nobody");
    assert_true(unknown > known / 2 && unknown < known * 2);
    iv_keys_login(keys, "root", "x", "words", &out, &a);
    iv_keys_login(keys, "not a name", "x", "words", &out, &b);
    assert_string_equal(a.text, b.text);
    close_keys();
}

static void ten_failures_and_no_more(void **state)
{
    struct iv_login out;

    (void)state;
    open_keys();
    assert_int_equal(iv_keys_admin_set(keys, "root", PASSWORD, NULL), IV_OK);
    for (int i = 0; i < 10; i++)
        assert_int_equal(login("root", "wrong", "192.0.2.1"), IV_E_UNAUTHORIZED);
    assert_int_equal(iv_keys_login(keys, "root", PASSWORD, "192.0.2.1", &out, NULL),
                     IV_E_RATE_LIMIT);
    assert_int_equal(out.wait_s, 900);
    assert_string_equal(out.token, "");
    assert_int_equal(login("root", PASSWORD, "192.0.2.2"), IV_OK); /* others may go on */
    pass_minutes(15);
    assert_int_equal(login("root", PASSWORD, "192.0.2.1"), IV_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(login("root", "wrong", "192.0.2.1"), IV_E_UNAUTHORIZED);
    assert_int_equal(login("root", PASSWORD, "192.0.2.1"), IV_OK); /* success forgets failures */
    close_keys();
}

static void failures_are_answered_later_and_later(void **state)
{
    int64_t took[8];

    (void)state;
    open_keys();
    for (size_t i = 0; i < IV_LEN(took); i++) {
        int64_t before = iv_mono_us(&iv_clock_system);

        login("nobody", "wrong", "192.0.2.1");
        took[i] = iv_mono_us(&iv_clock_system) - before;
    }
    assert_true(took[4] >= 100000 && took[5] >= 200000 && took[6] >= 400000 && took[7] >= 800000);
    close_keys();
}

static void *guess(void *arg)
{
    enum iv_code *rc = arg;

    *rc = login("root", "wrong", "192.0.2.9");
    return NULL;
}

/* Guesses side by side are counted like those in a row, and few are looked at at once. */
static void guesses_side_by_side_count(void **state)
{
    pthread_t threads[32];
    enum iv_code codes[32];
    int looked_at = 0;

    (void)state;
    open_keys();
    assert_int_equal(iv_keys_admin_set(keys, "root", PASSWORD, NULL), IV_OK);
    for (size_t i = 0; i < IV_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, guess, &codes[i]), 0);
    for (size_t i = 0; i < IV_LEN(threads); i++) {
        pthread_join(threads[i], NULL);
        looked_at += codes[i] == IV_E_UNAUTHORIZED;
        assert_true(codes[i] == IV_E_UNAUTHORIZED || codes[i] == IV_E_RATE_LIMIT);
    }
    assert_in_range(looked_at, 1, 10);
    close_keys();
}

/* -- tickets -- */

static void ticket_is_good_once_for_its_session(void **state)
{
    char secret[IV_KEY_SECRET_BYTES], ticket[IV_TICKET_BYTES], other[IV_TICKET_BYTES];
    struct iv_principal who, got;
    int64_t expires;
    struct iv_key key;

    (void)state;
    open_keys();
    key = make_plain(secret);
    assert_int_equal(iv_keys_verify(keys, secret, &who, NULL), IV_OK);
    assert_int_equal(iv_keys_ticket_new(keys, &who, "sess_a", ticket, &expires, NULL), IV_OK);
    assert_int_equal(expires, T0 + 30000);
    assert_int_equal(iv_keys_ticket_take(keys, ticket, "sess_a", &got, NULL), IV_OK);
    assert_string_equal(got.key_id, key.id);
    assert_int_equal(iv_keys_ticket_take(keys, ticket, "sess_a", &got, NULL), IV_E_UNAUTHORIZED);
    iv_keys_ticket_new(keys, &who, "sess_a", ticket, &expires, NULL);
    assert_int_equal(iv_keys_ticket_take(keys, ticket, "sess_b", &got, NULL), IV_E_UNAUTHORIZED);
    assert_int_equal(iv_keys_ticket_take(keys, ticket, "sess_a", &got, NULL), IV_E_UNAUTHORIZED);
    iv_keys_ticket_new(keys, &who, "sess_a", ticket, &expires, NULL);
    iv_keys_ticket_new(keys, &who, "sess_a", other, &expires, NULL);
    iv_manual_clock_advance(&fixed_clock, 30000000);
    assert_int_equal(iv_keys_ticket_take(keys, ticket, "sess_a", &got, NULL), IV_E_UNAUTHORIZED);
    iv_keys_ticket_new(keys, &who, "sess_a", ticket, &expires, NULL);
    iv_keys_revoke(keys, key.id, &key, NULL);
    assert_int_equal(iv_keys_ticket_take(keys, ticket, "sess_a", &got, NULL), IV_E_UNAUTHORIZED);
    assert_string_equal(got.key_id, "");
    assert_int_equal(iv_keys_ticket_take(keys, NULL, "sess_a", &got, NULL), IV_E_UNAUTHORIZED);
    close_keys();
}

static void tickets_have_a_ceiling(void **state)
{
    struct iv_principal who = {.expires_ms = 0};
    char ticket[IV_TICKET_BYTES];
    int64_t expires;

    (void)state;
    open_keys();
    for (int i = 0; i < 4096; i++)
        assert_int_equal(iv_keys_ticket_new(keys, &who, "s", ticket, &expires, NULL), IV_OK);
    assert_int_equal(iv_keys_ticket_new(keys, &who, "s", ticket, &expires, NULL), IV_E_BUSY);
    iv_manual_clock_advance(&fixed_clock, 30000000);
    assert_int_equal(iv_keys_ticket_new(keys, &who, "s", ticket, &expires, NULL), IV_OK);
    close_keys();
}

/* -- signed addresses -- */

static enum iv_code check_signed(const char *path, const char *query)
{
    char expires[32] = "", signature[80] = "";

    assert_int_equal(sscanf(query, "expires=%31[^&]&signature=%79s", expires, signature), 2);
    return iv_keys_signature_check(keys, path, expires, signature, NULL);
}

static void signed_address_is_good_for_its_path_and_time(void **state)
{
    char query[IV_SIGNATURE_BYTES], later[IV_SIGNATURE_BYTES];

    (void)state;
    open_keys();
    assert_int_equal(iv_keys_sign(keys, "/transcripts/a.txt", query, NULL), IV_OK);
    assert_int_equal(check_signed("/transcripts/a.txt", query), IV_OK);
    assert_int_equal(check_signed("/transcripts/b.txt", query), IV_E_UNAUTHORIZED);
    memcpy(later, query, sizeof later);
    later[strlen("expires=")] = '9';
    assert_int_equal(check_signed("/transcripts/a.txt", later), IV_E_UNAUTHORIZED);
    pass_minutes(9);
    assert_int_equal(check_signed("/transcripts/a.txt", query), IV_OK);
    pass_minutes(1);
    assert_int_equal(check_signed("/transcripts/a.txt", query), IV_E_UNAUTHORIZED);
    assert_int_equal(iv_keys_signature_check(keys, "/", NULL, "x", NULL), IV_E_UNAUTHORIZED);
    assert_int_equal(iv_keys_signature_check(keys, "/", "-1", "x", NULL), IV_E_UNAUTHORIZED);
    assert_int_equal(iv_keys_signature_check(keys, "/", "99999999999999", "x", NULL),
                     IV_E_UNAUTHORIZED);
    close_keys();
}

static void signed_address_may_be_good_until_an_instant(void **state)
{
    struct iv_signature s;
    int64_t until_ms;

    (void)state;
    open_keys();
    until_ms = iv_wall_ms(iv_ctx_clock(ctx)) + 7200000;
    assert_int_equal(iv_keys_sign_until(keys, "/rooms/a", until_ms, &s, NULL), IV_OK);
    pass_minutes(119);
    assert_int_equal(iv_keys_signature_check(keys, "/rooms/a", s.expires, s.mac, NULL), IV_OK);
    pass_minutes(1);
    assert_int_equal(iv_keys_signature_check(keys, "/rooms/a", s.expires, s.mac, NULL),
                     IV_E_UNAUTHORIZED);
    close_keys();
}

int main(void)
{
    TABLE_TEST(keys_have_their_form);
    TABLE_TEST(slips_are_found);
    ADD(made_key_is_good_after_a_restart);
    ADD(foreign_key_is_refused_in_the_same_words);
    ADD(nothing_is_good_where_no_key_was_made);
    ADD(key_expires);
    ADD(rotation_lets_the_old_secret_go_in_time);
    ADD(second_rotation_ends_the_first_secret);
    ADD(revoked_key_stops_at_once_and_is_told);
    for (size_t i = 0; i < IV_LEN(bad_specs); i++)
        add_test(bad_specs[i].name, bad_spec, &bad_specs[i]);
    ADD(uses_are_written_once_a_minute);
    ADD(no_secret_is_in_store_or_backup);
    ADD(pepper_that_is_lost_is_not_replaced);
    ADD(pepper_must_be_private_and_long);
    ADD(store_without_its_pepper_opens_nothing);
    ADD(json_tells_no_secret);
    ADD(login_gives_a_token_that_ends);
    ADD(every_change_of_a_token_is_found);
    ADD(new_password_ends_old_logins);
    for (size_t i = 0; i < IV_LEN(bad_admins); i++)
        add_test(bad_admins[i].name, bad_admin, &bad_admins[i]);
    ADD(unknown_name_costs_what_a_wrong_password_costs);
    ADD(ten_failures_and_no_more);
    ADD(failures_are_answered_later_and_later);
    ADD(guesses_side_by_side_count);
    ADD(ticket_is_good_once_for_its_session);
    ADD(tickets_have_a_ceiling);
    ADD(signed_address_is_good_for_its_path_and_time);
    ADD(signed_address_may_be_good_until_an_instant);
    return table_run("keys");
}
