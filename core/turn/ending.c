/* ending.c - how a text ends, by the table of its language.
 *
 * Korean and Japanese put into the last syllables whether a clause goes on, so that tails of words are compared; English says it with the
 * word after which the speaker stopped. Punctuation is the recogniser's guess and yields to the words.
 */
#include <string.h>

#include "iv/error.h"
#include "iv/turn.h"

#define TAIL_MAX 64 /* bytes; more than the longest row */

enum class { OPEN, WEAK, FILLER, FINISHED, LISTENING };
enum where { WORD, TAIL };

static const struct row {
    enum iv_lang lang;
    enum class class;
    enum where where;
    const char *text;
} rows[] = {
#define E(lang, class, where, text) {IV_LANG_##lang, class, where, text},
#include "turn/ending.def"
#undef E
};

enum mark { NO_MARK, COMMA, STOP };

static const struct {
    const char *text;
    enum mark mark;
} marks[] = {
    {"...", COMMA}, {"…", COMMA},   {".", STOP},     {"!", STOP},    {"?", STOP},
    {"。", STOP},   {"！", STOP},   {"？", STOP},    {",", COMMA},   {"、", COMMA},
    {":", COMMA},   {";", COMMA},   {"-", COMMA},    {"，", COMMA},  {"\"", NO_MARK},
    {"'", NO_MARK}, {" ", NO_MARK}, {"\n", NO_MARK}, {")", NO_MARK}, {"」", NO_MARK},
};

static bool ends_with(const char *text, size_t len, const char *tail)
{
    size_t n = strlen(tail);

    return n <= len && !memcmp(text + len - n, tail, n);
}

/* Length without what follows the last word; the innermost mark counts. */
static size_t strip(const char *text, size_t len, enum mark *mark)
{
    *mark = NO_MARK;
    for (size_t i = 0; i < IV_LEN(marks);) {
        if (ends_with(text, len, marks[i].text)) {
            len -= strlen(marks[i].text);
            if (marks[i].mark)
                *mark = marks[i].mark;
            i = 0;
        } else {
            i++;
        }
    }
    return len;
}

/* The end of the text in lower case, as far as the rows reach; whether all of it is there. */
static size_t tail_of(const char *text, size_t len, char out[TAIL_MAX], bool *is_whole)
{
    size_t n = len < TAIL_MAX ? len : TAIL_MAX - 1;

    for (size_t i = 0; i < n; i++) {
        char c = text[len - n + i];

        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    *is_whole = n == len;
    return n;
}

static bool fits(const struct row *r, const char *tail, size_t len, bool is_whole)
{
    size_t n = strlen(r->text);

    if (!ends_with(tail, len, r->text))
        return false;
    if (r->where == TAIL)
        return true;
    return n == len ? is_whole
                    : strchr(" ,.!?-\n", tail[len - n - 1]) != NULL ||
                          ends_with(tail, len - n, "、") || ends_with(tail, len - n, "。");
}

static const struct row *longest(enum iv_lang lang, const char *tail, size_t len, bool is_whole,
                                 bool listening)
{
    const struct row *best = NULL;

    for (size_t i = 0; i < IV_LEN(rows); i++) {
        const struct row *r = &rows[i];

        if (r->lang != lang || (r->class == LISTENING && !listening) ||
            !fits(r, tail, len, is_whole))
            continue;
        if (listening && r->class != LISTENING && r->class != FILLER)
            continue;
        if (!best || strlen(r->text) > strlen(best->text))
            best = r;
    }
    return best;
}

enum iv_ending iv_ending_of(enum iv_lang lang, const char *text)
{
    char tail[TAIL_MAX];
    enum mark mark;
    bool is_whole;
    size_t len = strip(text, strlen(text), &mark), n = tail_of(text, len, tail, &is_whole);
    const struct row *r = longest(lang, tail, n, is_whole, false);

    if (!len)
        return IV_ENDING_UNKNOWN;
    if (r && r->class == FILLER)
        return IV_ENDING_FILLER;
    if (r && r->class == OPEN)
        return IV_ENDING_OPEN;
    if (mark == COMMA)
        return IV_ENDING_OPEN;
    if (mark == STOP || (r && r->class == FINISHED))
        return IV_ENDING_FINISHED;
    return r ? IV_ENDING_OPEN : IV_ENDING_UNKNOWN;
}

bool iv_ending_is_backchannel(enum iv_lang lang, const char *text)
{
    size_t len = strlen(text);
    bool any = false;

    for (;;) {
        char tail[TAIL_MAX];
        enum mark mark;
        bool is_whole;
        const struct row *r;
        size_t n;

        len = strip(text, len, &mark);
        if (!len)
            return any;
        n = tail_of(text, len, tail, &is_whole);
        r = longest(lang, tail, n, is_whole, true);
        if (!r)
            return false;
        len -= strlen(r->text);
        any = true;
    }
}
