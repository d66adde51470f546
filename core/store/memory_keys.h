/* memory_keys.h - keys and administrators of the store in memory. Shared by the memory*.c files only. */
#ifndef IV_STORE_MEMORY_KEYS_H
#define IV_STORE_MEMORY_KEYS_H

#include "store/backend.h"

enum iv_code iv_memory_key_insert(void *st, const struct iv_key *key, struct iv_error *err);
enum iv_code iv_memory_key_update(void *st, const struct iv_key *key, struct iv_error *err);
enum iv_code iv_memory_key_get(void *st, const char *id, struct iv_key *out, struct iv_error *err);
enum iv_code iv_memory_key_find(void *st, const unsigned char hash[IV_KEY_HASH_BYTES],
                                struct iv_key *out, struct iv_error *err);
enum iv_code iv_memory_key_list(void *st, struct iv_key **rows, size_t *n, struct iv_error *err);
enum iv_code iv_memory_admin_get(void *st, const char *name, struct iv_admin *out,
                                 struct iv_error *err);
enum iv_code iv_memory_admin_put(void *st, const struct iv_admin *admin, struct iv_error *err);

#endif
