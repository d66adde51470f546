/* kana.c - readings of our own first, then MeCab or KAKASI. */
#include "provider/kana.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/text.h"
#include "provider/program.h"

#define MECAB_DICTIONARY "/var/lib/mecab/dic/ipadic-utf8"
#define MAX_KANA_BYTES (256u << 10)

const char *iv_kana_converter(void)
{
    if (iv_program_exists("mecab") && !access(MECAB_DICTIONARY "/sys.dic", R_OK))
        return "mecab";
    return iv_program_exists("kakasi") ? "kakasi" : NULL;
}

static bool has_kanji(const char *text)
{
    uint32_t cp;

    while ((cp = iv_utf8_next(&text)))
        if ((cp >= 0x3400 && cp < 0xa000) || (cp >= 0xf900 && cp < 0xfb00) || cp == 0x3005)
            return true;
    return false;
}

static enum iv_code run_converter(const char *name, const char *text, int cancel_fd,
                                  int64_t timeout_ms, struct iv_buf *out, struct iv_error *err)
{
    /* %f[8] is the pronunciation; unknown words stay as written. */
    static const char *const mecab[] = {
        "mecab", "-d", MECAB_DICTIONARY, "-F", "%f[8]", "-U", "%M", "-E", "\n", NULL};
    static const char *const kakasi[] = {"kakasi", "-JH", "-KH", "-iutf8", "-outf8", NULL};

    return iv_program_run(strcmp(name, "mecab") ? kakasi : mecab, text, cancel_fd, timeout_ms, out,
                          err);
}

enum iv_code iv_kana_of(const struct word_list *readings, const char *text, int cancel_fd,
                        int64_t timeout_ms, char **out, struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(MAX_KANA_BYTES);
    const char *name = iv_kana_converter();
    char *read = iv_word_list_apply(readings, text);
    enum iv_code rc = read ? IV_OK : iv_fail(err, IV_E_NOMEM, "kana: out of memory");

    *out = NULL;
    if (!rc && !name && has_kanji(read))
        rc = iv_fail(err, IV_E_TTS_ERROR, "tts espeak: " KANA_HOW_TO_INSTALL);
    else if (!rc && name) /* also without kanji: the particle は is said "wa" */
        rc = run_converter(name, read, cancel_fd, timeout_ms, &b, err);
    else if (!rc)
        iv_buf_adds(&b, read);
    if (!rc) {
        *out = iv_buf_take(&b);
        if (!*out)
            rc = iv_fail(err, IV_E_NOMEM, "kana: out of memory");
    }
    free(read);
    iv_buf_release(&b);
    return rc;
}
