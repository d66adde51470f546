/* redis_row.c - see redis_row.h. */
#include "store/redis_row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/json.h"
#include "store/columns.h"

#define NUMBER_BYTES 24
#define TURN_MAX_BYTES (16u << 20)
#define SMALL_MAX_BYTES 8192

static enum iv_code damaged(const char *what, struct iv_error *err)
{
    return iv_fail(err, IV_E_DATA, "the store in Redis: %s is damaged", what);
}

/* -- names -- */

struct redis_name iv_redis_name(const char *prefix, const char *id)
{
    struct redis_name n;

    snprintf(n.text, sizeof n.text, "%s%s", prefix, id);
    return n;
}

struct redis_name iv_redis_index(const char *user_id, int status)
{
    struct redis_name n;

    if (user_id && status >= 0)
        snprintf(n.text, sizeof n.text, REDIS_ALL ":us:%d:%s", status, user_id);
    else if (user_id)
        snprintf(n.text, sizeof n.text, REDIS_ALL ":u:%s", user_id);
    else if (status >= 0)
        snprintf(n.text, sizeof n.text, REDIS_ALL ":s:%d", status);
    else
        snprintf(n.text, sizeof n.text, REDIS_ALL);
    return n;
}

struct redis_name iv_redis_hash_name(const unsigned char hash[IV_KEY_HASH_BYTES])
{
    char hex[2 * IV_KEY_HASH_BYTES + 1];

    sodium_bin2hex(hex, sizeof hex, hash, IV_KEY_HASH_BYTES);
    return iv_redis_name("ic:kh:", hex);
}

/* -- sessions -- */

void iv_redis_set_session(struct redis_batch *b, const struct iv_session *s)
{
    struct redis_name name = iv_redis_name("ic:s:", s->id);
    const char *parts[2 + 2 * IV_COLUMNS] = {"HSET", name.text};
    size_t lens[2 + 2 * IV_COLUMNS] = {4, strlen(name.text)}, n = 2;
    char numbers[IV_COLUMNS][NUMBER_BYTES];

    for (size_t i = 0; i < IV_COLUMNS; i++) {
        const struct iv_column *c = &iv_columns[i];

        parts[n++] = c->name;
        snprintf(numbers[i], sizeof numbers[i], "%lld",
                 c->kind == IV_COLUMN_TEXT ? 0 : (long long)iv_column_number(c, s));
        parts[n++] = c->kind == IV_COLUMN_TEXT ? iv_column_text(c, s) : numbers[i];
    }
    for (size_t i = 2; i < n; i++)
        lens[i] = strlen(parts[i]);
    iv_redis_add_bytes(b, n, parts, lens);
}

void iv_redis_ask_session(struct redis_batch *b, const char *id)
{
    struct redis_name name = iv_redis_name("ic:s:", id);
    const char *parts[2 + IV_COLUMNS] = {"HMGET", name.text};
    size_t lens[2 + IV_COLUMNS] = {5, strlen(name.text)};

    for (size_t i = 0; i < IV_COLUMNS; i++) {
        parts[2 + i] = iv_columns[i].name;
        lens[2 + i] = strlen(iv_columns[i].name);
    }
    iv_redis_add_bytes(b, 2 + IV_COLUMNS, parts, lens);
}

enum iv_code iv_redis_read_session(const redisReply *r, const char *id, struct iv_session *out,
                                   struct iv_error *err)
{
    *out = (struct iv_session){0};
    if (r->type != REDIS_REPLY_ARRAY || r->elements != IV_COLUMNS)
        return damaged("a session", err);
    if (iv_redis_is_nil(r->element[0]))
        return iv_store_no_session(id, err);
    for (size_t i = 0; i < IV_COLUMNS; i++)
        if (iv_columns[i].kind == IV_COLUMN_TEXT)
            iv_column_set_text(&iv_columns[i], out, iv_redis_text(r->element[i]));
        else
            iv_column_set_number(&iv_columns[i], out, iv_redis_number(r->element[i]));
    return iv_columns_in_range(out) && !strcmp(out->id, id) ? IV_OK : damaged("a session", err);
}

/* -- JSON -- */

static enum iv_code print(iv_json *take, struct iv_buf *out, struct iv_error *err)
{
    enum iv_code rc = iv_json_print(take, IV_JSON_COMPACT, out, err);

    iv_json_free(take);
    return rc ? rc : iv_buf_check(out, "a record", err);
}

static enum iv_code parse(const redisReply *r, size_t max, const char *what, iv_json **out,
                          struct iv_error *err)
{
    *out = NULL;
    if (r->type != REDIS_REPLY_STRING || iv_json_parse(r->str, r->len, max, out, NULL))
        return damaged(what, err);
    return IV_OK;
}

static void take_text(char *out, size_t bytes, const iv_json *j, const char *key)
{
    snprintf(out, bytes, "%s", iv_json_get_str(j, key, ""));
}

/* -- turns -- */

enum iv_code iv_redis_print_turn(const struct iv_turn *t, struct iv_buf *out, struct iv_error *err)
{
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "speaker", (int64_t)t->speaker);
    iv_json_set_int(j, "kind", (int64_t)t->kind);
    iv_json_set_str(j, "question_id", t->question_id);
    iv_json_set_str(j, "text", t->text);
    iv_json_set_int(j, "start_ms", t->start_ms);
    iv_json_set_int(j, "end_ms", t->end_ms);
    iv_json_set_int(j, "wall_ms", t->wall_ms);
    iv_json_set_num(j, "confidence", (double)t->confidence);
    if (t->words_json)
        iv_json_set_str(j, "words", t->words_json);
    iv_json_set_str(j, "source", t->source);
    return print(j, out, err);
}

enum iv_code iv_redis_read_turn(const redisReply *r, int64_t number, struct iv_turn *t,
                                struct iv_error *err)
{
    iv_json *j;
    const char *words;
    enum iv_code rc = parse(r, TURN_MAX_BYTES, "a turn", &j, err);

    *t = (struct iv_turn){0};
    if (rc)
        return rc;
    words = iv_json_get_str(j, "words", NULL);
    *t = (struct iv_turn){.number = number,
                          .speaker = (enum iv_speaker)iv_json_get_int(j, "speaker", -1),
                          .kind = (enum iv_turn_kind)iv_json_get_int(j, "kind", -1),
                          .text = iv_strdup(iv_json_get_str(j, "text", "")),
                          .start_ms = iv_json_get_int(j, "start_ms", 0),
                          .end_ms = iv_json_get_int(j, "end_ms", 0),
                          .wall_ms = iv_json_get_int(j, "wall_ms", 0),
                          .confidence = (float)iv_json_get_num(j, "confidence", 0),
                          .words_json = words ? iv_strdup(words) : NULL};
    take_text(t->question_id, sizeof t->question_id, j, "question_id");
    take_text(t->source, sizeof t->source, j, "source");
    if (!t->text || (words && !t->words_json))
        rc = iv_store_no_memory(err);
    else if (t->speaker > IV_CANDIDATE || t->kind > IV_TURN_CLOSING)
        rc = damaged("a turn", err);
    iv_json_free(j);
    return rc;
}

/* -- keys and administrators -- */

static void set_hash(iv_json *j, const char *name, const unsigned char hash[IV_KEY_HASH_BYTES])
{
    char hex[2 * IV_KEY_HASH_BYTES + 1];

    sodium_bin2hex(hex, sizeof hex, hash, IV_KEY_HASH_BYTES);
    iv_json_set_str(j, name, hex);
}

static bool take_hash(const iv_json *j, const char *name, unsigned char out[IV_KEY_HASH_BYTES])
{
    const char *hex = iv_json_get_str(j, name, "");
    size_t n = 0;

    return !sodium_hex2bin(out, IV_KEY_HASH_BYTES, hex, strlen(hex), NULL, &n, NULL) &&
           n == IV_KEY_HASH_BYTES;
}

enum iv_code iv_redis_print_key(const struct iv_key *key, struct iv_buf *out, struct iv_error *err)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "id", key->id);
    iv_json_set_str(j, "name", key->name);
    iv_json_set_str(j, "user_id", key->user_id);
    iv_json_set_str(j, "prefix", key->prefix);
    iv_json_set_int(j, "scopes", key->scopes);
    set_hash(j, "hash", key->hash);
    set_hash(j, "former", key->former);
    iv_json_set_int(j, "former_until_ms", key->former_until_ms);
    iv_json_set_int(j, "created_ms", key->created_ms);
    iv_json_set_int(j, "last_used_ms", key->last_used_ms);
    iv_json_set_int(j, "expires_ms", key->expires_ms);
    iv_json_set_int(j, "revoked_ms", key->revoked_ms);
    return print(j, out, err);
}

enum iv_code iv_redis_read_key(const redisReply *r, struct iv_key *out, struct iv_error *err)
{
    iv_json *j;
    enum iv_code rc = parse(r, SMALL_MAX_BYTES, "a key", &j, err);

    *out = (struct iv_key){0};
    if (rc)
        return rc;
    take_text(out->id, sizeof out->id, j, "id");
    take_text(out->name, sizeof out->name, j, "name");
    take_text(out->user_id, sizeof out->user_id, j, "user_id");
    take_text(out->prefix, sizeof out->prefix, j, "prefix");
    out->scopes = (unsigned)iv_json_get_int(j, "scopes", 0);
    out->former_until_ms = iv_json_get_int(j, "former_until_ms", 0);
    out->created_ms = iv_json_get_int(j, "created_ms", 0);
    out->last_used_ms = iv_json_get_int(j, "last_used_ms", 0);
    out->expires_ms = iv_json_get_int(j, "expires_ms", 0);
    out->revoked_ms = iv_json_get_int(j, "revoked_ms", 0);
    if (!take_hash(j, "hash", out->hash) || !take_hash(j, "former", out->former))
        rc = damaged("a key", err);
    iv_json_free(j);
    return rc;
}

enum iv_code iv_redis_print_admin(const struct iv_admin *admin, struct iv_buf *out,
                                  struct iv_error *err)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "name", admin->name);
    iv_json_set_str(j, "hash", admin->hash);
    iv_json_set_int(j, "created_ms", admin->created_ms);
    iv_json_set_int(j, "changed_ms", admin->changed_ms);
    return print(j, out, err);
}

enum iv_code iv_redis_read_admin(const redisReply *r, struct iv_admin *out, struct iv_error *err)
{
    iv_json *j;
    enum iv_code rc = parse(r, SMALL_MAX_BYTES, "an administrator", &j, err);

    *out = (struct iv_admin){0};
    if (rc)
        return rc;
    take_text(out->name, sizeof out->name, j, "name");
    take_text(out->hash, sizeof out->hash, j, "hash");
    out->created_ms = iv_json_get_int(j, "created_ms", 0);
    out->changed_ms = iv_json_get_int(j, "changed_ms", 0);
    iv_json_free(j);
    return IV_OK;
}
