/* i18n.c - messages by locale (gettext). JSON, keys and codes are never translated. */
#include <libintl.h>

#include "cli.h"
#include "iv_build.h"

/* Bound at the first message: a command that shows none does not read a catalogue. */
const char *cli_tr(const char *text)
{
    static bool bound;

    if (!bound) {
        bindtextdomain("interviewctl", IV_LOCALE_DIR);
        bind_textdomain_codeset("interviewctl", "UTF-8");
        bound = true;
    }
    return text[0] ? dgettext("interviewctl", text) : text;
}
