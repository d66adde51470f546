/* load.c - files and environment. The only place that reads the environment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv_build.h"

#define CONFIG_MAX_BYTES (256u << 10)

struct reading {
    struct iv_config *config;
    const char *path;
    enum iv_origin origin;
    struct iv_error *err;
    enum iv_code rc;
};

/* An error names where the value stands. */
static enum iv_code set_at(struct iv_config *c, const char *key, const char *value,
                           enum iv_origin origin, const char *place, struct iv_error *err)
{
    struct iv_error why;
    enum iv_code rc = iv_config_set(c, key, value, origin, place, &why);

    return rc ? iv_fail(err, rc, "%s: %s", place, why.text) : IV_OK;
}

/* libinih calls this for each `name = value`; a key is "section.name". Returns 0 to stop. */
static int on_pair(void *arg, const char *section, const char *name, const char *value, int line)
{
    struct reading *r = arg;
    char key[160], place[512];

    snprintf(key, sizeof key, "%s%s%s", section, section[0] ? "." : "", name);
    snprintf(place, sizeof place, "%s:%d", r->path, line);
    r->rc = set_at(r->config, key, value ? value : "", r->origin, place, r->err);
    return !r->rc;
}

/* inih tells lines only with INI_HANDLER_LINENO, which Debian's build lacks: count them here. It also splits lines of 200 bytes,
 * which a path may have: of such a line it gets the name and a mark, and on_counted_pair() puts the value back. */
struct lines {
    struct reading *reading;
    const char *next;
    int line;
    struct iv_buf value; /* of a long line */
    bool is_long;
};

/* Writes what stands for a long line; false when it has no name that fits, and its beginning goes to inih as it is. */
static bool shorten(struct lines *l, const char *line, size_t n, char *out, int size)
{
    size_t name = strchr(" \t", line[0]) ? 0 : strcspn(line, "=:\n");

    if (strchr(";#[", line[0]) || strspn(line, " \t\r") >= n || name + 4 > (size_t)size ||
        (name && line[name] == '\n'))
        return false;
    iv_buf_clear(&l->value);
    iv_buf_add(&l->value, line + name + (name > 0), n - name - (name > 0));
    snprintf(out, (size_t)size, "%.*s%sx\n", (int)name, line, name ? "=" : " ");
    return true;
}

static char *read_line(char *out, int size, void *arg)
{
    struct lines *l = arg;
    const char *line = l->next + strspn(l->next, " \t"); /* not more of the last one */
    const char *end = strchr(line, '\n');
    size_t n = end ? (size_t)(end - line) : strlen(line);

    if (!*line)
        return NULL;
    l->next = line + n + (end != NULL);
    l->line++;
    l->is_long = n + 2 > (size_t)size;
    if (l->is_long)
        l->is_long = shorten(l, line, n, out, size);
    if (!l->is_long)
        snprintf(out, (size_t)size, "%.*s\n", n + 2 > (size_t)size ? size - 2 : (int)n, line);
    return out;
}

static char *trim(char *s)
{
    size_t n;

    s += strspn(s, " \t");
    n = strlen(s);
    while (n && strchr(" \t\r", s[n - 1]))
        s[--n] = '\0';
    return s;
}

/* As inih does with a short one: a comment begins with a semicolon after a blank. */
static char *long_value(struct lines *l)
{
    for (char *p = l->value.data; p && *p; p++)
        if (*p == ';' && p > l->value.data && strchr(" \t", p[-1]))
            *p = '\0';
    return l->value.data ? trim(l->value.data) : NULL;
}

static int on_counted_pair(void *arg, const char *section, const char *name, const char *value)
{
    struct lines *l = arg;

    return on_pair(l->reading, section, name, l->is_long ? long_value(l) : value, l->line);
}

enum iv_code iv_config_load_file(struct iv_config *c, const char *path, enum iv_origin origin,
                                 struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(CONFIG_MAX_BYTES);
    struct reading r = {.config = c, .path = path, .origin = origin, .err = err};
    struct lines l = {.reading = &r, .value = IV_BUF_INIT(CONFIG_MAX_BYTES)};
    enum iv_code rc = iv_buf_read_file(&text, path, err);
    int bad;

    if (rc)
        goto out;
    l.next = iv_buf_str(&text);
    if (strlen(l.next) != text.len) {
        rc = iv_fail(err, IV_E_CONFIG, "%s: holds a NUL byte", path);
        goto out;
    }
    bad = ini_parse_stream(read_line, &l, on_counted_pair, &l);
    rc = r.rc;
    if (!rc && bad)
        rc = iv_fail(err, IV_E_CONFIG, "%s:%d: neither [section] nor key = value", path, bad);
out:
    iv_buf_release(&l.value);
    iv_buf_release(&text);
    return rc;
}

static const char *process_environment(const char *name)
{
    return getenv(name);
}

/* The row an environment name stands for: INTERVIEWCTL_TTS_ENGINE or a name users know (TTS_PROVIDER). */
static const struct iv_setting *row_of_variable(const char *name)
{
    char own[96];

    for (size_t i = 0; i < iv_setting_count(); i++) {
        const struct iv_setting *s = iv_setting_at(i);

        iv_setting_env_name(s, own);
        if (!strcmp(own, name) || (s->env && !strcmp(s->env, name)))
            return s;
    }
    return NULL;
}

/* What stands between quotes, or up to a comment. */
static char *dotenv_value(char *text)
{
    char *value = trim(text), *end;

    if (value[0] == '"' || value[0] == '\'') {
        end = strchr(value + 1, value[0]);
        if (end && (!end[1] || trim(end + 1)[0] == '#')) {
            *end = '\0';
            return value + 1;
        }
    }
    for (end = value; *end; end++)
        if (*end == '#' && (end == value || end[-1] == ' ' || end[-1] == '\t')) {
            *end = '\0';
            break;
        }
    return trim(value);
}

/* NAME=value, optional `export`, optional quotes, # comments; names of other programs are passed over. */
static enum iv_code set_dotenv_line(struct iv_config *c, char *line, int number,
                                    struct iv_error *err)
{
    char *name = trim(line), *value, place[32];
    const struct iv_setting *s;

    if (!strncmp(name, "export ", 7))
        name = trim(name + 7);
    value = strchr(name, '=');
    if (!*name || *name == '#' || !value)
        return IV_OK;
    *value++ = '\0';
    name = trim(name);
    value = dotenv_value(value);
    s = row_of_variable(name);
    if (!s)
        return IV_OK;
    snprintf(place, sizeof place, ".env:%d", number);
    return set_at(c, s->key, value, IV_FROM_DOTENV, place, err);
}

static enum iv_code load_dotenv(struct iv_config *c, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(CONFIG_MAX_BYTES);
    enum iv_code rc = iv_buf_read_file(&text, ".env", err);
    char *line, *rest = text.data;
    int number = 1;

    while (!rc && (line = strsep(&rest, "\n")))
        rc = set_dotenv_line(c, line, number++, err);
    iv_buf_release(&text);
    return rc == IV_E_NOT_FOUND ? IV_OK : rc;
}

static enum iv_code load_environment(struct iv_config *c, const char *(*get)(const char *),
                                     struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    const char *value;
    char own[96];

    for (size_t i = 0; i < iv_setting_count() && !rc; i++) {
        const struct iv_setting *s = iv_setting_at(i);

        iv_setting_env_name(s, own);
        if (s->env && (value = get(s->env)))
            rc = set_at(c, s->key, value, IV_FROM_ENV, s->env, err);
        if (!rc && (value = get(own)))
            rc = set_at(c, s->key, value, IV_FROM_ENV, own, err);
    }
    return rc;
}

static enum iv_code load_optional(struct iv_config *c, const char *path, enum iv_origin origin,
                                  struct iv_error *err)
{
    enum iv_code rc = iv_config_load_file(c, path, origin, err);

    return rc == IV_E_NOT_FOUND ? IV_OK : rc;
}

bool iv_profile_name_valid(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return len && len <= IV_PROFILE_NAME_MAX && !name[len];
}

/* Like a second configuration file of the user. */
static enum iv_code load_profile(struct iv_config *c, const char *dir,
                                 const char *(*get)(const char *), struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(4096);
    const char *name = get("INTERVIEWCTL_PROFILE");
    enum iv_code rc;

    if (!name)
        name = c->profile;
    if (!*name)
        return IV_OK;
    if (!iv_profile_name_valid(name))
        return iv_fail(err, IV_E_CONFIG, "profile \"%s\": letters, digits, - and _ only", name);
    iv_buf_addf(&path, "%s/profiles/%s.conf", dir, name);
    rc = iv_config_load_file(c, iv_buf_str(&path), IV_FROM_USER, err);
    if (rc == IV_E_NOT_FOUND)
        rc = iv_fail(err, IV_E_CONFIG, "profile \"%s\": there is none of this name", name);
    iv_buf_release(&path);
    return rc;
}

enum iv_code iv_config_load(struct iv_config *c, const char *(*get)(const char *),
                            struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(4096);
    char *dir = NULL;
    enum iv_code rc = load_optional(c, IV_SYSTEM_CONFIG, IV_FROM_SYSTEM, err);

    get = get ? get : process_environment;
    if (!rc)
        rc = iv_config_dir(IV_DIR_CONFIG, false, &dir, err);
    if (!rc) {
        iv_buf_addf(&path, "%s/interviewctl.conf", dir);
        rc = load_optional(c, iv_buf_str(&path), IV_FROM_USER, err);
    }
    if (!rc)
        rc = load_profile(c, dir, get, err);
    if (!rc)
        rc = load_dotenv(c, err);
    if (!rc)
        rc = load_environment(c, get, err);
    iv_buf_release(&path);
    free(dir);
    return rc;
}

static enum iv_code make_parents(char *path, struct iv_error *err)
{
    for (char *p = path + 1;; p++) {
        char c = *p;

        if (c && c != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            return iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path, strerror(errno));
        *p = c;
        if (!c)
            return IV_OK;
    }
}

enum iv_code iv_config_dir(enum iv_dir dir, bool make, char **out, struct iv_error *err)
{
    static const struct {
        const char *variable, *below_home;
    } places[] = {
        [IV_DIR_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
        [IV_DIR_DATA] = {"XDG_DATA_HOME", ".local/share"},
        [IV_DIR_CACHE] = {"XDG_CACHE_HOME", ".cache"},
        [IV_DIR_STATE] = {"XDG_STATE_HOME", ".local/state"},
        [IV_DIR_RUNTIME] = {"XDG_RUNTIME_DIR", ".cache"},
    };
    struct iv_buf path = IV_BUF_INIT(4096);
    const char *base = getenv(places[dir].variable), *home = getenv("HOME");
    enum iv_code rc;

    *out = NULL;
    if (base && base[0] == '/')
        iv_buf_addf(&path, "%s/interviewctl", base);
    else if (home && home[0] == '/')
        iv_buf_addf(&path, "%s/%s/interviewctl", home, places[dir].below_home);
    else
        return iv_fail(err, IV_E_CONFIG, "neither HOME nor %s names a folder",
                       places[dir].variable);
    rc = iv_buf_check(&path, places[dir].variable, err);
    if (!rc && make)
        rc = make_parents(path.data, err);
    if (!rc)
        *out = iv_buf_take(&path);
    iv_buf_release(&path);
    return rc;
}
