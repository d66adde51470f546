/* test_store_keys.c - keys and administrators of every store. */
#include "store_place.h"

#include <pthread.h>

#include "iv/store_keys.h"

static struct iv_key key_of(const char *id, unsigned char mark, int64_t created_ms)
{
    struct iv_key key = {.scopes = IV_SCOPE_READ, .created_ms = created_ms};

    SET_TEXT(key.id, id);
    SET_TEXT(key.name, "서버 key");
    SET_TEXT(key.user_id, "사용자");
    SET_TEXT(key.prefix, "ivc_r_AbCd");
    memset(key.hash, mark, sizeof key.hash);
    return key;
}

static struct iv_key add_key(struct place *p, const char *id, unsigned char mark)
{
    struct iv_key key = key_of(id, mark, T0);

    assert_int_equal(iv_store_key_new(p->store, &key, 1000, NULL), IV_OK);
    return key;
}

static void assert_same_key(const struct iv_key *a, const struct iv_key *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->user_id, b->user_id);
    assert_string_equal(a->prefix, b->prefix);
    assert_int_equal(a->scopes, b->scopes);
    assert_memory_equal(a->hash, b->hash, sizeof a->hash);
    assert_memory_equal(a->former, b->former, sizeof a->former);
    assert_int_equal(a->former_until_ms, b->former_until_ms);
    assert_int_equal(a->created_ms, b->created_ms);
    assert_int_equal(a->last_used_ms, b->last_used_ms);
    assert_int_equal(a->expires_ms, b->expires_ms);
    assert_int_equal(a->revoked_ms, b->revoked_ms);
}

static void reopen(struct place *p)
{
    iv_store_close(p->store);
    open_store(p);
}

static void what_went_in_comes_out(struct place *p)
{
    struct iv_key key = key_of("key_1", 7, T0), got;

    key.former_until_ms = T0 + 5;
    memset(key.former, 9, sizeof key.former);
    key.last_used_ms = T0 + 1;
    key.expires_ms = T0 + 2;
    key.revoked_ms = T0 + 3;
    assert_int_equal(iv_store_key_new(p->store, &key, 1, NULL), IV_OK);
    assert_int_equal(iv_store_key_get(p->store, "key_1", &got, NULL), IV_OK);
    assert_same_key(&got, &key);
    if (!strcmp(p->backend, "memory"))
        return;
    reopen(p);
    assert_int_equal(iv_store_key_get(p->store, "key_1", &got, NULL), IV_OK);
    assert_same_key(&got, &key);
    assert_int_equal(iv_store_check(p->store, NULL), IV_OK);
}

static void unknown_key_is_not_found(struct place *p)
{
    static const unsigned char zeros[IV_KEY_HASH_BYTES], ones[IV_KEY_HASH_BYTES] = {1};
    struct iv_key got;
    struct iv_error err;

    add_key(p, "key_1", 7);
    assert_int_equal(iv_store_key_get(p->store, "key_2", &got, &err), IV_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "key_2"));
    assert_int_equal(iv_store_key_get(p->store, "", &got, NULL), IV_E_NOT_FOUND);
    assert_int_equal(iv_store_key_find(p->store, ones, &got, NULL), IV_E_NOT_FOUND);
    /* A key without a former secret has zeros there: nobody's secret hashes to them, and they find nobody. */
    assert_int_equal(iv_store_key_find(p->store, zeros, &got, NULL), IV_E_NOT_FOUND);
}

static enum iv_code give_new_hash(struct iv_key *key, const void *arg, struct iv_error *err)
{
    (void)err;
    memcpy(key->former, key->hash, sizeof key->former);
    key->former_until_ms = T0 + MINUTE;
    memset(key->hash, *(const unsigned char *)arg, sizeof key->hash);
    return IV_OK;
}

static void both_secrets_find_it(struct place *p)
{
    const unsigned char mark = 8;
    unsigned char old[IV_KEY_HASH_BYTES], new[IV_KEY_HASH_BYTES];
    struct iv_key got;

    memset(old, 7, sizeof old);
    memset(new, 8, sizeof new);
    add_key(p, "key_1", 7);
    add_key(p, "key_2", 3);
    assert_int_equal(iv_store_key_find(p->store, old, &got, NULL), IV_OK);
    assert_int_equal(iv_store_key_change(p->store, "key_1", give_new_hash, &mark, &got, NULL),
                     IV_OK);
    assert_int_equal(got.former_until_ms, T0 + MINUTE);
    assert_int_equal(iv_store_key_find(p->store, old, &got, NULL), IV_OK);
    assert_string_equal(got.id, "key_1");
    assert_int_equal(iv_store_key_find(p->store, new, &got, NULL), IV_OK);
    assert_string_equal(got.id, "key_1");
}

static enum iv_code refuse(struct iv_key *key, const void *arg, struct iv_error *err)
{
    (void)arg;
    key->revoked_ms = T0;
    return iv_fail(err, IV_E_STATE, "no");
}

static void refusal_changes_nothing(struct place *p)
{
    struct iv_key key = add_key(p, "key_1", 7), got;

    assert_int_equal(iv_store_key_change(p->store, "key_1", refuse, NULL, &got, NULL), IV_E_STATE);
    assert_int_equal(iv_store_key_change(p->store, "key_9", refuse, NULL, &got, NULL),
                     IV_E_NOT_FOUND);
    assert_int_equal(iv_store_key_get(p->store, "key_1", &got, NULL), IV_OK);
    assert_same_key(&got, &key);
}

static void list_is_oldest_first(struct place *p)
{
    struct iv_key b = key_of("key_b", 1, T0 + 1), a = key_of("key_a", 2, T0 + 1),
                  c = key_of("key_c", 3, T0), *rows;
    size_t n;

    assert_int_equal(iv_store_key_list(p->store, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 0);
    free(rows);
    assert_int_equal(iv_store_key_new(p->store, &b, 9, NULL), IV_OK);
    assert_int_equal(iv_store_key_new(p->store, &a, 9, NULL), IV_OK);
    assert_int_equal(iv_store_key_new(p->store, &c, 9, NULL), IV_OK);
    assert_int_equal(iv_store_key_list(p->store, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 3);
    assert_same_key(&rows[0], &c);
    assert_same_key(&rows[1], &a);
    assert_same_key(&rows[2], &b);
    free(rows);
}

static void limit_counts_the_living(struct place *p)
{
    struct iv_key one = key_of("key_1", 1, T0), two = key_of("key_2", 2, T0),
                  three = key_of("key_3", 3, T0);

    one.revoked_ms = T0;
    assert_int_equal(iv_store_key_new(p->store, &one, 1, NULL), IV_OK);
    assert_int_equal(iv_store_key_new(p->store, &two, 1, NULL), IV_OK);
    assert_int_equal(iv_store_key_new(p->store, &three, 1, NULL), IV_E_STATE);
}

static void id_exists_once(struct place *p)
{
    struct iv_key again = key_of("key_1", 2, T0);

    add_key(p, "key_1", 1);
    assert_int_not_equal(iv_store_key_new(p->store, &again, 9, NULL), IV_OK);
}

static void uses_are_written_together(struct place *p)
{
    const struct iv_key_use uses[] = {{"key_1", T0 + 10}, {"key_gone", T0}, {"key_2", T0 + 20}};
    const struct iv_key_use older[] = {{"key_1", T0 + 5}};
    struct iv_key got;

    add_key(p, "key_1", 1);
    add_key(p, "key_2", 2);
    assert_int_equal(iv_store_keys_used(p->store, uses, IV_LEN(uses), NULL), IV_OK);
    assert_int_equal(iv_store_keys_used(p->store, older, 1, NULL), IV_OK);
    assert_int_equal(iv_store_key_get(p->store, "key_1", &got, NULL), IV_OK);
    assert_int_equal(got.last_used_ms, T0 + 10);
    assert_int_equal(iv_store_key_get(p->store, "key_2", &got, NULL), IV_OK);
    assert_int_equal(got.last_used_ms, T0 + 20);
}

static void what_is_no_text_is_refused(struct place *p)
{
    struct iv_key key = key_of("key_1", 1, T0);
    struct iv_admin admin = {.created_ms = T0};

    SET_TEXT(key.name, "\xff");
    assert_int_equal(iv_store_key_new(p->store, &key, 9, NULL), IV_E_USAGE);
    key = key_of("", 1, T0);
    assert_int_equal(iv_store_key_new(p->store, &key, 9, NULL), IV_E_USAGE);
    assert_int_equal(iv_store_admin_put(p->store, &admin, NULL), IV_E_USAGE);
}

static void administrators_are_made_and_replaced(struct place *p)
{
    struct iv_admin admin = {.created_ms = T0, .changed_ms = T0}, got;

    assert_int_equal(iv_store_admin_get(p->store, "root", &got, NULL), IV_E_NOT_FOUND);
    SET_TEXT(admin.name, "root");
    SET_TEXT(admin.hash, "$argon2id$one");
    assert_int_equal(iv_store_admin_put(p->store, &admin, NULL), IV_OK);
    SET_TEXT(admin.hash, "$argon2id$two");
    admin.created_ms = admin.changed_ms = T0 + 9;
    assert_int_equal(iv_store_admin_put(p->store, &admin, NULL), IV_OK);
    assert_int_equal(iv_store_admin_get(p->store, "root", &got, NULL), IV_OK);
    assert_string_equal(got.hash, "$argon2id$two");
    assert_int_equal(got.created_ms, T0);
    assert_int_equal(got.changed_ms, T0 + 9);
    assert_int_equal(iv_store_admin_get(p->store, "Root", &got, NULL), IV_E_NOT_FOUND);
}

/* -- many at once -- */

static void *change_often(void *arg)
{
    struct place *p = arg;
    struct iv_key got;

    for (int i = 0; i < 20; i++) {
        const unsigned char mark = (unsigned char)i;
        enum iv_code refused = iv_store_key_change(p->store, "key_1", refuse, NULL, &got, NULL);
        enum iv_code taken =
            iv_store_key_change(p->store, "key_2", give_new_hash, &mark, &got, NULL);

        if (refused != IV_E_STATE || taken)
            return "a change went wrong";
    }
    return NULL;
}

/* In one group a refused change takes only itself back. */
static void neighbours_do_not_disturb(struct place *p)
{
    struct iv_key key = add_key(p, "key_1", 100), got;
    pthread_t threads[8];
    void *said;

    add_key(p, "key_2", 101);
    for (size_t i = 0; i < IV_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, change_often, p), 0);
    for (size_t i = 0; i < IV_LEN(threads); i++) {
        pthread_join(threads[i], &said);
        assert_null(said);
    }
    assert_int_equal(iv_store_key_get(p->store, "key_1", &got, NULL), IV_OK);
    assert_same_key(&got, &key);
    assert_int_equal(iv_store_key_get(p->store, "key_2", &got, NULL), IV_OK);
    assert_int_equal(got.former_until_ms, T0 + MINUTE);
}

static const struct promise promises[] = {
    {"what went in comes out", what_went_in_comes_out, NULL},
    {"an unknown key is not found", unknown_key_is_not_found, NULL},
    {"the present and the former secret find a key", both_secrets_find_it, NULL},
    {"a refusal changes nothing", refusal_changes_nothing, NULL},
    {"a list is oldest first", list_is_oldest_first, NULL},
    {"the limit counts keys that are not revoked", limit_counts_the_living, NULL},
    {"an id exists once", id_exists_once, NULL},
    {"uses are written together and never go back", uses_are_written_together, NULL},
    {"what is no text is refused", what_is_no_text_is_refused, NULL},
    {"administrators are made and replaced", administrators_are_made_and_replaced, NULL},
    {"a refused change does not disturb its neighbours", neighbours_do_not_disturb, NULL},
};

int main(void)
{
    add_promises(promises, IV_LEN(promises));
    return table_run("store_keys");
}
