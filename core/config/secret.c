/* secret.c - see iv/secret.h. */
#include "iv/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "config/key_command.h"
#include "config/keyring.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "util/hidden.h"

#define KEY_MAX_BYTES 4096u
#define NAME_BYTES 96
#define COMMAND_REST_US 30000000

/* What a command or the keyring said, also that there is nothing: neither is asked twice. */
struct answer {
    char key[NAME_BYTES];
    const char *origin;
    char *secret; /* NULL: none */
};
struct answers {
    pthread_mutex_t lock; /* held while a command runs: two threads do not ask for one key */
    struct answer *items; /* {lock} */
    size_t n, cap; /* {lock} */
    bool no_keyring; /* {lock} it failed: not asked again */
    struct iv_error command_failure; /* {lock} */
    int64_t failed_us; /* {lock} when that was */
};

static void *new_answers(iv_ctx *ctx)
{
    struct answers *a = iv_alloc(sizeof *a);

    (void)ctx;
    if (a)
        pthread_mutex_init(&a->lock, NULL);
    return a;
}

static void drop_answers(void *state)
{
    struct answers *a = state;

    for (size_t i = 0; i < a->n; i++)
        iv_secret_free(a->items[i].secret);
    free(a->items);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

void iv_secret_free(char *secret)
{
    if (secret)
        sodium_memzero(secret, strlen(secret));
    free(secret);
}

/* -- settings -- */

static const char *text_of(const struct iv_config *c, const struct iv_setting *s)
{
    char *value = NULL;

    if (c && s)
        memcpy(&value, (const char *)c + s->offset, sizeof value);
    return value ? value : "";
}

static const struct iv_setting *find(const char *key)
{
    const struct iv_setting *s = iv_setting_find(key);

    if (!s || s->kind != IV_SET_SECRET)
        IV_BUG("no secret has this name");
    return s;
}

static const char *file_of(const struct iv_config *c, const char *key)
{
    char name[NAME_BYTES];

    snprintf(name, sizeof name, "%s_file", key);
    return text_of(c, iv_setting_find(name));
}

/* -- what may be a key -- */

/* Systemd's credentials belong to root and are let through to their service by an access list, which stat shows as its group. */
static bool others_can_read(const struct stat *st)
{
    return S_ISREG(st->st_mode) && (st->st_mode & 07 || (st->st_mode & 070 && st->st_gid != 0));
}

static enum iv_code check_mode(const struct stat *st, const char *key, const char *path,
                               struct iv_error *err)
{
    if (others_can_read(st))
        return iv_fail(
            err, IV_E_CONFIG,
            "%s: %s can be read by others (mode %04o): chmod 600 it, or take the key out", key,
            path, (unsigned)st->st_mode & 07777);
    return IV_OK;
}

/* It goes into header lines: visible ASCII, one word. */
static enum iv_code check_word(const char *key, const char *secret, struct iv_error *err)
{
    for (const char *p = secret; *p; p++)
        if (*p <= ' ' || *p > '~')
            return iv_fail(err, IV_E_CONFIG, "%s: holds a character that no key has (the %zu. one)",
                           key, (size_t)(p - secret) + 1);
    return IV_OK;
}

static enum iv_code give(iv_ctx *ctx, const char *key, const char *secret, char **out,
                         struct iv_error *err)
{
    enum iv_code rc = check_word(key, secret, err);

    if (!rc)
        rc = iv_hidden_add(iv_ctx_hidden(ctx), secret, err);
    if (!rc && !(*out = iv_strdup(secret)))
        rc = iv_fail(err, IV_E_NOMEM, "%s: out of memory", key);
    return rc;
}

static void trim_end(char *text)
{
    size_t n = strlen(text);

    while (n && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
}

/* -- values and files -- */

/* A value in a file counts only where the file is private. */
static enum iv_code check_place(const struct iv_config *c, const struct iv_setting *s,
                                struct iv_error *err)
{
    const char *place = NULL, *colon;
    enum iv_origin origin = iv_config_origin(c, s, &place);
    char path[4096];
    struct stat st;

    if (!place || (origin != IV_FROM_DOTENV && origin != IV_FROM_USER && origin != IV_FROM_SYSTEM))
        return IV_OK;
    colon = strrchr(place, ':');
    snprintf(path, sizeof path, "%.*s", (int)(colon ? colon - place : (long)strlen(place)), place);
    return stat(path, &st) ? IV_OK : check_mode(&st, s->key, path, err);
}

static enum iv_code read_open(int fd, const char *key, const char *path, struct iv_buf *out,
                              struct iv_error *err)
{
    struct stat st;
    enum iv_code rc;

    if (fstat(fd, &st) || S_ISDIR(st.st_mode))
        return iv_fail(err, IV_E_CONFIG, "%s_file: %s: is no file", key, path);
    rc = check_mode(&st, key, path, err);
    if (!rc)
        rc = iv_buf_read_fd(out, fd, path, err);
    if (rc)
        return rc == IV_E_TOO_LARGE
                   ? iv_fail(err, IV_E_CONFIG, "%s_file: %s: more than %u bytes are no key", key,
                             path, KEY_MAX_BYTES)
                   : rc;
    if (strlen(iv_buf_str(out)) != out->len)
        return iv_fail(err, IV_E_CONFIG, "%s_file: %s: holds a NUL byte", key, path);
    if (out->len)
        trim_end(out->data);
    return iv_buf_str(out)[0] ? IV_OK
                              : iv_fail(err, IV_E_CONFIG, "%s_file: %s: is empty", key, path);
}

enum iv_code iv_secret_read_file(iv_ctx *ctx, const char *key, const char *path, char **out,
                                 struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(KEY_MAX_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum iv_code rc;

    if (fd < 0)
        return iv_fail(err, IV_E_CONFIG, "%s_file: %s: %s", key, path, strerror(errno));
    rc = read_open(fd, key, path, &text, err);
    if (!rc)
        rc = give(ctx, key, iv_buf_str(&text), out, err);
    close(fd);
    if (text.data)
        sodium_memzero(text.data, text.cap);
    iv_buf_release(&text);
    return rc;
}

/* -- commands and the keyring -- */

static struct answer *known(struct answers *a, const char *key)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strcmp(a->items[i].key, key))
            return &a->items[i];
    return NULL;
}

/* Quotes around the whole are a habit of other files; this one has none. */
static void unquote(char *command)
{
    size_t n = strlen(command);

    if (n > 1 && strchr("\"'", command[0]) && command[n - 1] == command[0] &&
        !memchr(command + 1, command[0], n - 2)) {
        memmove(command, command + 1, n - 2);
        command[n - 2] = '\0';
    }
}

static enum iv_code run_command(const struct iv_config *c, const char *key, char **secret,
                                struct iv_error *err)
{
    struct iv_buf out = IV_BUF_INIT(KEY_MAX_BYTES);
    char *command = iv_strdup(c->key_command);
    enum iv_code rc;

    if (!command)
        return iv_fail(err, IV_E_NOMEM, "key_command: out of memory");
    unquote(command);
    rc = iv_key_command(command, key, &out, err);
    if (!rc && out.len) { /* pass keeps notes below the first line */
        out.data[strcspn(out.data, "\n")] = '\0';
        trim_end(out.data);
        *secret = out.data[0] ? iv_strdup(out.data) : NULL;
        rc = out.data[0] && !*secret ? iv_fail(err, IV_E_NOMEM, "%s: out of memory", key) : IV_OK;
    }
    if (out.data)
        sodium_memzero(out.data, out.cap);
    iv_buf_release(&out);
    free(command);
    return rc == IV_E_NOT_FOUND ? IV_OK : rc;
}

/* A passphrase that nobody gives takes ten seconds: not for every key anew. */
static enum iv_code ask_command(iv_ctx *ctx, struct answers *a, const char *key, char **secret,
                                struct iv_error *err)
{
    int64_t now_us = iv_mono_us(iv_ctx_clock(ctx));
    struct iv_error *failure = &a->command_failure;

    if (!failure->code || now_us - a->failed_us >= COMMAND_REST_US) {
        *failure = (struct iv_error){.code = IV_OK};
        failure->code = run_command(iv_ctx_config(ctx), key, secret, failure);
        a->failed_us = now_us;
    }
    return failure->code ? iv_fail(err, failure->code, "%s", failure->text) : IV_OK;
}

/* The keyring is a convenience: without an answer there is no key, and no failure. */
static void ask_keyring(iv_ctx *ctx, struct answers *a, const char *key, char **secret)
{
    struct iv_error why;
    enum iv_code rc;

    if (a->no_keyring)
        return;
    rc = iv_keyring_get(key, secret, &why);
    a->no_keyring = rc && rc != IV_E_NOT_FOUND;
    if (a->no_keyring)
        iv_log(iv_ctx_log(ctx), IV_LOG_DEBUG, "%s", why.text);
}

static enum iv_code ask(iv_ctx *ctx, struct answers *a, const char *key, struct answer **found,
                        struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    struct answer made = {.origin = "key_command"};
    enum iv_code rc = IV_OK;

    *found = known(a, key);
    if (*found)
        return IV_OK;
    if (c->key_command[0])
        rc = ask_command(ctx, a, key, &made.secret, err);
    if (!rc && !made.secret && c->keyring) {
        made.origin = "keyring";
        ask_keyring(ctx, a, key, &made.secret);
    }
    if (!rc && iv_grow(&a->items, &a->cap, a->n + 1, sizeof *a->items))
        rc = iv_fail(err, IV_E_NOMEM, "%s: out of memory", key);
    if (rc) {
        iv_secret_free(made.secret);
        return rc;
    }
    snprintf(made.key, sizeof made.key, "%s", key);
    a->items[a->n] = made;
    *found = &a->items[a->n++];
    return IV_OK;
}

/* -- the interface -- */

enum iv_code iv_secret_get(iv_ctx *ctx, const char *key, char **out, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    const struct iv_setting *s = find(key);
    struct answer *found = NULL;
    struct answers *a;
    enum iv_code rc;

    *out = NULL;
    if (!c)
        return IV_OK;
    if (text_of(c, s)[0]) {
        rc = check_place(c, s, err);
        return rc ? rc : give(ctx, key, text_of(c, s), out, err);
    }
    if (file_of(c, key)[0])
        return iv_secret_read_file(ctx, key, file_of(c, key), out, err);
    a = iv_ctx_slot(ctx, IV_SLOT_SECRETS, new_answers, drop_answers);
    if (!a)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", key);
    pthread_mutex_lock(&a->lock);
    rc = ask(ctx, a, key, &found, err);
    if (!rc && found->secret)
        rc = give(ctx, key, found->secret, out, err);
    pthread_mutex_unlock(&a->lock);
    return rc;
}

bool iv_secret_is_set(iv_ctx *ctx, const char *key)
{
    char origin[8];

    return iv_secret_origin(ctx, key, origin, sizeof origin, NULL) || origin[0];
}

static void name_place(const struct iv_config *c, const struct iv_setting *s, char *out,
                       size_t out_bytes)
{
    const char *place = NULL;
    enum iv_origin origin = iv_config_origin(c, s, &place);

    snprintf(out, out_bytes, "%s%s%s", iv_origin_name(origin), place ? " " : "",
             place ? place : "");
}

enum iv_code iv_secret_origin(iv_ctx *ctx, const char *key, char *out, size_t out_bytes,
                              struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    const struct iv_setting *s = find(key);
    struct answer *found = NULL;
    struct answers *a;
    enum iv_code rc;

    out[0] = '\0';
    if (!c)
        return IV_OK;
    if (text_of(c, s)[0]) {
        name_place(c, s, out, out_bytes);
        return IV_OK;
    }
    if (file_of(c, key)[0]) {
        snprintf(out, out_bytes, "file %s", file_of(c, key));
        return IV_OK;
    }
    a = iv_ctx_slot(ctx, IV_SLOT_SECRETS, new_answers, drop_answers);
    if (!a)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", key);
    pthread_mutex_lock(&a->lock);
    rc = ask(ctx, a, key, &found, err);
    if (!rc && found->secret)
        snprintf(out, out_bytes, "%s", found->origin);
    pthread_mutex_unlock(&a->lock);
    return rc;
}

void iv_secret_redact(const iv_ctx *ctx, char *text)
{
    const struct iv_config *c = ctx ? iv_ctx_config(ctx) : NULL;

    if (!ctx)
        return;
    for (size_t i = 0; c && i < iv_setting_count(); i++)
        if (iv_setting_at(i)->kind == IV_SET_SECRET)
            iv_hidden_cut_word(text, text_of(c, iv_setting_at(i)));
    iv_hidden_cut(iv_ctx_hidden(ctx), text);
}
