/* memory_keys.c - keys and administrators as arrays; changes leave notes as those of sessions do. */
#include "store/memory_keys.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/memory_record.h"

static struct iv_key *find_key(struct memory *m, const char *id)
{
    for (size_t i = 0; i < m->n_keys; i++)
        if (!strcmp(m->keys[i].id, id))
            return &m->keys[i];
    return NULL;
}

/* Hashes under a secret pepper: how long it takes to compare them tells nobody anything. */
static bool has_hash(const struct iv_key *key, const unsigned char hash[IV_KEY_HASH_BYTES])
{
    return !memcmp(key->hash, hash, IV_KEY_HASH_BYTES) ||
           (key->former_until_ms && !memcmp(key->former, hash, IV_KEY_HASH_BYTES));
}

/* Writes down how the item at `place` is, before it changes. */
static enum iv_code note_change(struct memory *m, enum deed deed, size_t place, const void *is,
                                size_t size, struct iv_error *err)
{
    void *was = iv_alloc(size);
    struct note *n = was ? iv_memory_note(m, deed, NULL) : NULL;

    if (!n) {
        free(was);
        return iv_store_no_memory(err);
    }
    memcpy(was, is, size);
    n->was = was;
    n->place = place;
    return IV_OK;
}

enum iv_code iv_memory_key_insert(void *arg, const struct iv_key *key, struct iv_error *err)
{
    struct memory *m = arg;

    if (find_key(m, key->id))
        return iv_fail(err, IV_E_STATE, "key %s exists already", key->id);
    if (iv_grow(&m->keys, &m->cap_keys, m->n_keys + 1, sizeof *m->keys) ||
        !iv_memory_note(m, ADDED_KEY, NULL))
        return iv_store_no_memory(err);
    m->keys[m->n_keys++] = *key;
    return IV_OK;
}

enum iv_code iv_memory_key_update(void *arg, const struct iv_key *key, struct iv_error *err)
{
    struct memory *m = arg;
    struct iv_key *is = find_key(m, key->id);
    enum iv_code rc;

    if (!is || is->created_ms != key->created_ms)
        return iv_store_no_key(key->id, err);
    rc = note_change(m, CHANGED_KEY, (size_t)(is - m->keys), is, sizeof *is, err);
    if (!rc)
        *is = *key;
    return rc;
}

enum iv_code iv_memory_key_get(void *arg, const char *id, struct iv_key *out, struct iv_error *err)
{
    const struct iv_key *key = find_key(arg, id);

    if (!key)
        return iv_store_no_key(id, err);
    *out = *key;
    return IV_OK;
}

enum iv_code iv_memory_key_find(void *arg, const unsigned char hash[IV_KEY_HASH_BYTES],
                                struct iv_key *out, struct iv_error *err)
{
    const struct memory *m = arg;

    for (size_t i = 0; i < m->n_keys; i++)
        if (has_hash(&m->keys[i], hash)) {
            *out = m->keys[i];
            return IV_OK;
        }
    return iv_store_no_key("", err);
}

static int oldest_first(const void *a, const void *b)
{
    const struct iv_key *x = a, *y = b;

    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

enum iv_code iv_memory_key_list(void *arg, struct iv_key **rows, size_t *n, struct iv_error *err)
{
    const struct memory *m = arg;

    if (!m->n_keys)
        return IV_OK;
    *rows = iv_alloc_array(m->n_keys, sizeof **rows);
    if (!*rows)
        return iv_store_no_memory(err);
    *n = m->n_keys;
    memcpy(*rows, m->keys, *n * sizeof **rows);
    qsort(*rows, *n, sizeof **rows, oldest_first);
    return IV_OK;
}

/* -- administrators -- */

static struct iv_admin *find_admin(struct memory *m, const char *name)
{
    for (size_t i = 0; i < m->n_admins; i++)
        if (!strcmp(m->admins[i].name, name))
            return &m->admins[i];
    return NULL;
}

enum iv_code iv_memory_admin_get(void *arg, const char *name, struct iv_admin *out,
                                 struct iv_error *err)
{
    const struct iv_admin *admin = find_admin(arg, name);

    if (!admin)
        return iv_store_no_admin(err);
    *out = *admin;
    return IV_OK;
}

enum iv_code iv_memory_admin_put(void *arg, const struct iv_admin *admin, struct iv_error *err)
{
    struct memory *m = arg;
    struct iv_admin *is = find_admin(m, admin->name);
    enum iv_code rc;

    if (is) {
        rc = note_change(m, CHANGED_ADMIN, (size_t)(is - m->admins), is, sizeof *is, err);
        if (!rc)
            *is = *admin;
        return rc;
    }
    if (iv_grow(&m->admins, &m->cap_admins, m->n_admins + 1, sizeof *m->admins) ||
        !iv_memory_note(m, ADDED_ADMIN, NULL))
        return iv_store_no_memory(err);
    m->admins[m->n_admins++] = *admin;
    return IV_OK;
}
