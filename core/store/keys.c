/* keys.c - API keys and administrators: the same door, the same groups of changes. */
#include <stdlib.h>
#include <string.h>

#include "store/door.h"

static enum iv_code unlock(iv_store *st, enum iv_code rc)
{
    pthread_mutex_unlock(&st->lock);
    return rc;
}

/* -- keys -- */

struct making {
    const struct iv_key *key;
    size_t max_live;
};

static enum iv_code check_room(iv_store *st, size_t max_live, struct iv_error *err)
{
    struct iv_key *rows = NULL;
    size_t n = 0, live = 0;
    enum iv_code rc = st->ops->key_list(st->state, &rows, &n, err);

    for (size_t i = 0; i < n; i++)
        live += !rows[i].revoked_ms;
    free(rows);
    if (!rc && live >= max_live)
        rc = iv_fail(err, IV_E_STATE, "%zu keys are in use, and that is all there may be", live);
    return rc;
}

static enum iv_code make_key(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct making *m = arg;
    enum iv_code rc = check_room(st, m->max_live, err);

    return rc ? rc : st->ops->key_insert(st->state, m->key, err);
}

enum iv_code iv_store_key_new(iv_store *st, const struct iv_key *key, size_t max_live,
                              struct iv_error *err)
{
    struct making m = {key, max_live};
    enum iv_code rc = iv_store_check_key(key, err);

    return rc ? rc : iv_group_run(&st->group, make_key, &m, err);
}

enum iv_code iv_store_key_get(iv_store *st, const char *id, struct iv_key *out,
                              struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return unlock(st, st->ops->key_get(st->state, id, out, err));
}

enum iv_code iv_store_key_find(iv_store *st, const unsigned char hash[IV_KEY_HASH_BYTES],
                               struct iv_key *out, struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return unlock(st, st->ops->key_find(st->state, hash, out, err));
}

struct key_change {
    const char *id;
    iv_key_rule *rule;
    const void *arg;
    struct iv_key *out;
};

static enum iv_code apply_rule(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct key_change *c = arg;
    enum iv_code rc = st->ops->key_get(st->state, c->id, c->out, err);

    if (!rc)
        rc = c->rule(c->out, c->arg, err);
    if (!rc)
        rc = iv_store_check_key(c->out, err);
    return rc ? rc : st->ops->key_update(st->state, c->out, err);
}

enum iv_code iv_store_key_change(iv_store *st, const char *id, iv_key_rule *rule, const void *arg,
                                 struct iv_key *out, struct iv_error *err)
{
    struct key_change c = {id, rule, arg, out};

    return iv_group_run(&st->group, apply_rule, &c, err);
}

enum iv_code iv_store_key_list(iv_store *st, struct iv_key **rows, size_t *n, struct iv_error *err)
{
    enum iv_code rc;

    *rows = NULL;
    *n = 0;
    pthread_mutex_lock(&st->lock);
    rc = st->ops->key_list(st->state, rows, n, err);
    if (rc) {
        free(*rows);
        *rows = NULL;
        *n = 0;
    }
    return unlock(st, rc);
}

/* -- when they were used -- */

struct uses {
    const struct iv_key_use *items;
    size_t n;
};

static enum iv_code note_use(iv_store *st, const struct iv_key_use *use, struct iv_error *err)
{
    struct iv_key key;
    enum iv_code rc = st->ops->key_get(st->state, use->id, &key, err);

    if (rc == IV_E_NOT_FOUND || (!rc && key.last_used_ms >= use->at_ms))
        return IV_OK;
    key.last_used_ms = use->at_ms;
    return rc ? rc : st->ops->key_update(st->state, &key, err);
}

static enum iv_code note_uses(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct uses *u = arg;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < u->n && !rc; i++)
        rc = note_use(st, &u->items[i], err);
    return rc;
}

enum iv_code iv_store_keys_used(iv_store *st, const struct iv_key_use *uses, size_t n,
                                struct iv_error *err)
{
    struct uses u = {uses, n};

    return n ? iv_group_run(&st->group, note_uses, &u, err) : IV_OK;
}

/* -- administrators -- */

enum iv_code iv_store_admin_get(iv_store *st, const char *name, struct iv_admin *out,
                                struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return unlock(st, st->ops->admin_get(st->state, name, out, err));
}

static enum iv_code put_admin(iv_store *st, const void *arg, struct iv_error *err)
{
    struct iv_admin next = *(const struct iv_admin *)arg, is;
    enum iv_code rc = st->ops->admin_get(st->state, next.name, &is, err);

    if (rc && rc != IV_E_NOT_FOUND)
        return rc;
    if (!rc)
        next.created_ms = is.created_ms;
    return st->ops->admin_put(st->state, &next, err);
}

enum iv_code iv_store_admin_put(iv_store *st, const struct iv_admin *admin, struct iv_error *err)
{
    enum iv_code rc = iv_store_check_admin(admin, err);

    return rc ? rc : iv_group_run(&st->group, put_admin, admin, err);
}
