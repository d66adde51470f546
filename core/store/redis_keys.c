/* redis_keys.c - keys and administrators in Redis. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/redis_content.h"

#define RECORD_MAX_BYTES 8192

/* -- keys -- */

static struct iv_key *find_changed(struct redis_store *r, const char *id)
{
    for (size_t i = 0; i < r->n_keys; i++)
        if (!strcmp(r->keys[i].id, id))
            return &r->keys[i];
    return NULL;
}

enum iv_code iv_redis_key_get(void *st, const char *id, struct iv_key *out, struct iv_error *err)
{
    struct redis_store *r = st;
    const struct iv_key *changed = find_changed(r, id);
    struct redis_name name = iv_redis_name("ic:k:", id);
    struct redis_replies got;
    const redisReply *last;
    enum iv_code rc;

    if (changed) {
        *out = *changed;
        return IV_OK;
    }
    iv_redis_watch(r, name.text);
    iv_redis_add(&r->asked, "GET", name.text, NULL);
    rc = iv_redis_get(r, &got, err);
    if (rc)
        return rc;
    last = got.items[got.n - 1];
    rc = iv_redis_is_nil(last) ? iv_store_no_key(id, err) : iv_redis_read_key(last, out, err);
    iv_redis_replies_release(&got);
    return rc;
}

static void name_hashes(struct redis_store *r, const struct iv_key *key, bool is_known)
{
    struct redis_name names[2] = {iv_redis_hash_name(key->hash), iv_redis_hash_name(key->former)};

    for (int i = 0; i < (key->former_until_ms ? 2 : 1); i++)
        if (is_known)
            iv_redis_add(&r->pending, "SET", names[i].text, key->id, NULL);
        else
            iv_redis_add(&r->pending, "DEL", names[i].text, NULL);
}

static enum iv_code write_key(struct redis_store *r, const struct iv_key *key, struct iv_error *err)
{
    struct redis_name name = iv_redis_name("ic:k:", key->id);
    struct iv_buf text = IV_BUF_INIT(RECORD_MAX_BYTES);
    struct iv_key *changed = find_changed(r, key->id);
    char score[24];
    enum iv_code rc = iv_redis_print_key(key, &text, err);

    if (!rc && !changed && iv_grow(&r->keys, &r->cap_keys, r->n_keys + 1, sizeof *r->keys))
        rc = iv_store_no_memory(err);
    if (!rc) {
        if (!changed)
            changed = &r->keys[r->n_keys++];
        *changed = *key;
        snprintf(score, sizeof score, "%lld", (long long)key->created_ms);
        iv_redis_add(&r->pending, "SET", name.text, iv_buf_str(&text), NULL);
        iv_redis_add(&r->pending, "ZADD", REDIS_KEYS, score, key->id, NULL);
        name_hashes(r, key, true);
    }
    iv_buf_release(&text);
    return rc;
}

enum iv_code iv_redis_key_insert(void *st, const struct iv_key *key, struct iv_error *err)
{
    struct iv_key is;
    enum iv_code rc = iv_redis_key_get(st, key->id, &is, err);

    if (!rc)
        return iv_fail(err, IV_E_STATE, "key %s exists already", key->id);
    return rc == IV_E_NOT_FOUND ? write_key(st, key, err) : rc;
}

enum iv_code iv_redis_key_update(void *st, const struct iv_key *key, struct iv_error *err)
{
    struct iv_key is;
    enum iv_code rc = iv_redis_key_get(st, key->id, &is, err);

    if (rc)
        return rc;
    if (is.created_ms != key->created_ms)
        return iv_store_no_key(key->id, err);
    name_hashes(st, &is, false);
    return write_key(st, key, err);
}

enum iv_code iv_redis_key_find(void *st, const unsigned char hash[IV_KEY_HASH_BYTES],
                               struct iv_key *out, struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_name name = iv_redis_hash_name(hash);
    struct redis_replies got;
    enum iv_code rc;

    iv_redis_add(&r->asked, "GET", name.text, NULL);
    rc = iv_redis_get(r, &got, err);
    if (rc)
        return rc;
    rc = iv_redis_is_nil(got.items[0]) ? iv_store_no_key("", err)
                                       : iv_redis_key_get(r, iv_redis_text(got.items[0]), out, err);
    iv_redis_replies_release(&got);
    return rc;
}

static int oldest_first(const void *a, const void *b)
{
    const struct iv_key *x = a, *y = b;

    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

/* The ids that Redis lists and those that the group added. */
static enum iv_code add_ids(struct redis_store *r, const redisReply *ids, struct iv_key **rows,
                            size_t *n, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    *rows = iv_alloc_array(ids->elements + r->n_keys + 1, sizeof **rows);
    if (!*rows)
        return iv_store_no_memory(err);
    for (size_t i = 0; i < ids->elements && !rc; i++)
        if (!find_changed(r, ids->element[i]->str)) {
            rc = iv_redis_key_get(r, ids->element[i]->str, &(*rows)[*n], err);
            if (!rc)
                (*n)++;
            else if (rc == IV_E_NOT_FOUND)
                rc = IV_OK;
        }
    for (size_t i = 0; i < r->n_keys && !rc; i++)
        (*rows)[(*n)++] = r->keys[i];
    qsort(*rows, *n, sizeof **rows, oldest_first);
    return rc;
}

enum iv_code iv_redis_key_list(void *st, struct iv_key **rows, size_t *n, struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_replies got;
    enum iv_code rc;

    iv_redis_watch(r, REDIS_KEYS);
    iv_redis_add(&r->asked, "ZRANGE", REDIS_KEYS, "0", "-1", NULL);
    rc = iv_redis_get(r, &got, err);
    if (!rc)
        rc = add_ids(r, got.items[got.n - 1], rows, n, err);
    iv_redis_replies_release(&got);
    return rc;
}

/* -- administrators -- */

enum iv_code iv_redis_admin_get(void *st, const char *name, struct iv_admin *out,
                                struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_replies got;
    const redisReply *last;
    enum iv_code rc;

    iv_redis_watch(r, REDIS_ADMINS);
    iv_redis_add(&r->asked, "HGET", REDIS_ADMINS, name, NULL);
    rc = iv_redis_get(r, &got, err);
    if (rc)
        return rc;
    last = got.items[got.n - 1];
    rc = iv_redis_is_nil(last) ? iv_store_no_admin(err) : iv_redis_read_admin(last, out, err);
    iv_redis_replies_release(&got);
    return rc;
}

enum iv_code iv_redis_admin_put(void *st, const struct iv_admin *admin, struct iv_error *err)
{
    struct redis_store *r = st;
    struct iv_buf text = IV_BUF_INIT(RECORD_MAX_BYTES);
    enum iv_code rc = iv_redis_print_admin(admin, &text, err);

    if (!rc)
        iv_redis_add(&r->pending, "HSET", REDIS_ADMINS, admin->name, iv_buf_str(&text), NULL);
    iv_buf_release(&text);
    return rc;
}

enum iv_code iv_redis_admins(struct redis_store *r, iv_redis_each_admin *fn, void *arg,
                             struct iv_error *err)
{
    struct redis_replies got;
    enum iv_code rc;

    iv_redis_add(&r->asked, "HVALS", REDIS_ADMINS, NULL);
    rc = iv_redis_get(r, &got, err);
    for (size_t i = 0; !rc && i < got.items[0]->elements; i++) {
        struct iv_admin admin;

        rc = iv_redis_read_admin(got.items[0]->element[i], &admin, err);
        if (!rc)
            rc = fn(arg, &admin, err);
    }
    iv_redis_replies_release(&got);
    return rc;
}
