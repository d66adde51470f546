/* i18n.c - messages by locale, through gettext (po/). JSON, keys and codes are never translated. */
#include <libintl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "iv_build.h"

#define DOMAIN "interviewctl"

/* A program that runs from its build folder has its catalogues beside it. */
static const char *catalogue_dir(char dir[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - sizeof "/locale");
    char *end;

    dir[n > 0 ? n : 0] = '\0';
    end = strrchr(dir, '/');
    if (end) {
        memcpy(end, "/locale", sizeof "/locale");
        if (!access(dir, R_OK | X_OK))
            return dir;
    }
    return IV_LOCALE_DIR;
}

/* Bound at the first message: a command that shows none opens no catalogue. The empty text is the catalogue's own header. */
const char *cli_tr(const char *text)
{
    static bool bound;
    char dir[PATH_MAX];

    if (!bound) {
        bindtextdomain(DOMAIN, catalogue_dir(dir));
        bind_textdomain_codeset(DOMAIN, "UTF-8");
        bound = true;
    }
    return text[0] ? dgettext(DOMAIN, text) : text;
}
