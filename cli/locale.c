/* locale.c - which language the user's environment asks for.
 *
 * A minimal system has no ko_KR.UTF-8, so setlocale() fails there although the wish is plain: characters and messages then are
 * those of C.UTF-8 with LANGUAGE set, which gettext follows (glibc up to 2.38; later ones stay English there, and speak Korean
 * where the locale is installed). Numbers stay as programs write them.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

void cli_locale_start(void)
{
    char language[3] = "";

    if (!setlocale(LC_CTYPE, ""))
        setlocale(LC_CTYPE, "C.UTF-8");
    if (setlocale(LC_MESSAGES, ""))
        return;
    setlocale(LC_MESSAGES, "C.UTF-8");
    memcpy(language, iv_lang_code(cli_locale_language()), 2);
    setenv("LANGUAGE", language, 0);
}

const char *cli_locale_name(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < IV_LEN(names); i++) {
        const char *value = getenv(names[i]);

        if (value && value[0])
            return value;
    }
    return "C";
}

bool cli_locale_is(const char *name, enum iv_lang *lang)
{
    size_t n = strcspn(name, "_.@");
    char code[3];

    if (n != 2)
        return false;
    memcpy(code, name, 2);
    code[2] = '\0';
    return iv_lang_parse(code, lang);
}

enum iv_lang cli_locale_language(void)
{
    enum iv_lang lang;

    return cli_locale_is(cli_locale_name(), &lang) ? lang : IV_LANG_EN;
}
