/* edit.c - change one key of the user's file and leave every other line as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"

struct edit {
    const char *section, *name, *value; /* value NULL: remove */
    size_t section_len;
    struct iv_buf out;
    bool in_section, done;
};

static bool opens_section(const char *line, size_t len)
{
    return len > 1 && line[strspn(line, " \t")] == '[';
}

static bool is_section(const struct edit *e, const char *line)
{
    line += strspn(line, " \t") + 1;
    return e->section_len && !strncmp(line, e->section, e->section_len) &&
           line[e->section_len] == ']';
}

static bool is_key(const struct edit *e, const char *line)
{
    size_t n = strlen(e->name);

    line += strspn(line, " \t");
    return !strncmp(line, e->name, n) && strchr("=: \t", line[n]) && line[n];
}

static void put_pair(struct edit *e)
{
    if (e->value && !e->done)
        iv_buf_addf(&e->out, "%s = %s\n", e->name, e->value);
    e->done = true;
}

static void edit_line(struct edit *e, const char *line, size_t len)
{
    if (opens_section(line, len)) {
        if (e->in_section)
            put_pair(e);
        e->in_section = is_section(e, line);
    } else if (e->in_section && is_key(e, line)) {
        put_pair(e);
        return;
    }
    iv_buf_add(&e->out, line, len);
    if (!len || line[len - 1] != '\n')
        iv_buf_addc(&e->out, '\n');
}

/* The file's form trims values and takes " ;" for the start of a comment. */
static bool reads_back(const char *value)
{
    size_t n = strlen(value);

    for (size_t i = 0; i < n; i++)
        if (value[i] == ';' && (!i || strchr(" \t", value[i - 1])))
            return false;
    return !n || (!strchr(" \t", value[0]) && !strchr(" \t", value[n - 1]));
}

enum iv_code iv_config_file_edit(const char *path, const char *key, const char *value,
                                 struct iv_error *err)
{
    struct iv_buf old = IV_BUF_INIT(256u << 10);
    struct edit e = {.section = key, .value = value, .out = IV_BUF_INIT(512u << 10)};
    const char *dot = strchr(key, '.');
    enum iv_code rc;

    if (value && strpbrk(value, "\r\n"))
        return iv_fail(err, IV_E_CONFIG, "%s: a value is one line", key);
    if (value && !reads_back(value))
        return iv_fail(err, IV_E_CONFIG,
                       "%s: the file cannot hold blanks at the ends, or ; after a blank", key);
    e.section_len = dot ? (size_t)(dot - key) : 0;
    e.name = dot ? dot + 1 : key;
    e.in_section = !dot;
    rc = iv_buf_read_file(&old, path, err);
    if (rc && rc != IV_E_NOT_FOUND)
        goto out;
    for (const char *line = iv_buf_str(&old); *line;) {
        const char *end = strchr(line, '\n');
        size_t len = end ? (size_t)(end - line) + 1 : strlen(line);

        edit_line(&e, line, len);
        line += len;
    }
    if (!e.done && value) {
        if (!e.in_section && dot)
            iv_buf_addf(&e.out, "%s[%.*s]\n", e.out.len ? "\n" : "", (int)e.section_len, key);
        put_pair(&e);
    }
    rc = iv_buf_check(&e.out, path, err);
    if (!rc)
        rc = iv_buf_write_file(&e.out, path, 0600, err);
out:
    iv_buf_release(&e.out);
    iv_buf_release(&old);
    return rc;
}
