/* i18n.c - messages by locale, from gettext's catalogues (po/). JSON, keys and codes are never translated.
 *
 * The catalogue is read here and not by dgettext(), which asks for a locale that the system has generated and, from glibc 2.39 on,
 * takes C.UTF-8 for English whatever LANGUAGE says. The format (GNU gettext manual, "The Format of GNU MO Files") is two tables of
 * {length, offset}, originals in order and their translations, in the byte order of the machine that wrote it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "iv_build.h"

#define MO_MAGIC 0x950412deu

struct catalogue {
    const char *bytes; /* mapped until the program ends; NULL: messages are English */
    size_t len;
    uint32_t n, originals, translations;
};

static uint32_t word_at(const struct catalogue *c, size_t at)
{
    uint32_t word;

    memcpy(&word, c->bytes + at, sizeof word);
    return word;
}

/* The i-th text of a table, or NULL where it does not lie, NUL included, within the file. */
static const char *text_at(const struct catalogue *c, uint32_t table, uint32_t i)
{
    uint32_t len = word_at(c, table + 8ul * i), at = word_at(c, table + 8ul * i + 4);

    if (at >= c->len || len >= c->len - at || c->bytes[at + len])
        return NULL;
    return c->bytes + at;
}

static bool is_catalogue(struct catalogue *c)
{
    if (c->len < 28 || word_at(c, 0) != MO_MAGIC || word_at(c, 4) >> 16)
        return false;
    c->n = word_at(c, 8);
    c->originals = word_at(c, 12);
    c->translations = word_at(c, 16);
    return c->originals <= c->len && c->translations <= c->len &&
           c->n <= (c->len - c->originals) / 8 && c->n <= (c->len - c->translations) / 8;
}

static bool open_catalogue(struct catalogue *c, const char *dir, enum iv_lang lang)
{
    char path[PATH_MAX + 64];
    struct stat st;
    void *bytes;
    int fd;

    snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/interviewctl.mo", dir, iv_lang_code(lang));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bytes = fstat(fd, &st) || st.st_size <= 0
                ? MAP_FAILED
                : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return false;
    *c = (struct catalogue){.bytes = bytes, .len = (size_t)st.st_size};
    if (is_catalogue(c))
        return true;
    munmap(bytes, c->len);
    c->bytes = NULL;
    return false;
}

/* A program that runs from its build folder has its catalogues beside it. */
static bool find_catalogue(struct catalogue *c, enum iv_lang lang)
{
    char dir[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - sizeof "/locale");
    char *end;

    if (n > 0) {
        dir[n] = '\0';
        end = strrchr(dir, '/');
        if (end) {
            memcpy(end, "/locale", sizeof "/locale");
            if (open_catalogue(c, dir, lang))
                return true;
        }
    }
    return open_catalogue(c, IV_LOCALE_DIR, lang);
}

/* LANGUAGE is a list by preference and counts in every locale but C, as gettext has it; English needs no catalogue. */
static void choose_catalogue(struct catalogue *c)
{
    const char *locale = cli_locale_name(), *list = getenv("LANGUAGE");
    enum iv_lang lang;
    char name[32];

    if (!strcmp(locale, "C") || !strcmp(locale, "POSIX"))
        return;
    if (!list || !list[0])
        list = locale;
    while (*list) {
        size_t n = strcspn(list, ":");

        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), list);
        if (cli_locale_is(name, &lang) && (lang == IV_LANG_EN || find_catalogue(c, lang)))
            return;
        list += n + (list[n] == ':');
    }
}

static const char *look_up(const struct catalogue *c, const char *text)
{
    uint32_t low = 0, high = c->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *original = text_at(c, c->originals, middle);
        int order = original ? strcmp(text, original) : 0;

        if (!order) {
            const char *translation = original ? text_at(c, c->translations, middle) : NULL;

            return translation && translation[0] ? translation : text;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return text;
}

/* Read at the first message: a command that shows none opens no catalogue. The empty text is the catalogue's own header. */
const char *cli_tr(const char *text)
{
    static struct catalogue catalogue;
    static bool chosen;

    if (!chosen) {
        choose_catalogue(&catalogue);
        chosen = true;
    }
    return text[0] && catalogue.bytes ? look_up(&catalogue, text) : text;
}
