/* guard_sentence.c - a model's stream cut into sentences, and freed of what only the eye needs. */
#include <stdlib.h>
#include <string.h>

#include "interview/guard.h"
#include "iv/alloc.h"

static bool is_wide_end(uint32_t cp)
{
    return cp == 0x3002 || cp == 0xff01 || cp == 0xff1f || cp == 0xff0e;
}

static bool is_end(uint32_t cp)
{
    return cp == '.' || cp == '!' || cp == '?' || cp == 0x2026 || is_wide_end(cp);
}

static bool is_closer(uint32_t cp)
{
    return cp == '"' || cp == '\'' || cp == ')' || cp == '*' || cp == 0x201d || cp == 0x2019 ||
           cp == 0x300d || cp == 0x300f || cp == 0xff09;
}

/* "Dr. Kim", "e.g. this", "J. Kim": the stop belongs to the word before it. */
static bool is_abbreviation(const char *text, size_t at)
{
    static const char *const words[] = {"Dr", "Mr", "Mrs", "Ms", "Prof", "vs", "e.g", "i.e", "etc"};

    for (size_t i = 0; i < IV_LEN(words); i++) {
        size_t n = strlen(words[i]);

        if (at >= n && !memcmp(text + at - n, words[i], n) && (at == n || text[at - n - 1] == ' '))
            return true;
    }
    return at >= 1 && text[at - 1] >= 'A' && text[at - 1] <= 'Z' &&
           (at == 1 || text[at - 2] == ' ');
}

/* Behind the marks that close a sentence at `at`; *is_open: more of them may come. */
static size_t past_closers(const char *text, size_t at, size_t len, bool *is_open)
{
    while (at < len) {
        const char *p = text + at;
        uint32_t cp = iv_utf8_next(&p);

        if (!is_end(cp) && !is_closer(cp))
            break;
        at = (size_t)(p - text);
    }
    *is_open = at >= len;
    return at;
}

/* "3.5" and "v1.2" go on without a blank; Korean and Japanese need none behind their own marks. */
static bool is_over(const char *text, size_t at, size_t after, uint32_t cp)
{
    if (is_wide_end(cp))
        return true;
    if (text[after] != ' ' && text[after] != '\n' && (unsigned char)text[after] < 0x80)
        return false;
    return cp != '.' || !is_abbreviation(text, at);
}

size_t iv_guard_sentence(const char *text, size_t len)
{
    for (const char *p = text; (size_t)(p - text) < len;) {
        size_t at = (size_t)(p - text), after;
        uint32_t cp = iv_utf8_next(&p);
        bool is_open;

        if (cp == '\n' && at)
            return at + 1;
        if (!is_end(cp))
            continue;
        after = past_closers(text, (size_t)(p - text), len, &is_open);
        if (is_open)
            return 0; /* what follows may change what this is */
        if (is_over(text, at, after, cp))
            return after;
    }
    return 0;
}

/* -- tidying -- */

static bool is_pictograph(uint32_t cp)
{
    return (cp >= 0x1f000 && cp <= 0x1faff) || (cp >= 0x2600 && cp <= 0x27bf) || cp == 0xfe0f ||
           cp == 0x200d || (cp >= 0xe0000 && cp <= 0xe007f);
}

static size_t label_bytes(const char *text, const struct prompt_words *labels)
{
    for (size_t i = 0; i < labels->n; i++)
        if (!strncmp(text, labels->items[i], strlen(labels->items[i])))
            return strlen(labels->items[i]);
    return 0;
}

static bool is_quote(uint32_t cp)
{
    return cp == '"' || cp == 0x201c || cp == 0x201d || cp == 0x300c || cp == 0x300d;
}

/* A quote that has no other in its sentence was put around the whole reply. */
static size_t count_quotes(const char *s, size_t len)
{
    size_t n = 0;

    for (const char *p = s; (size_t)(p - s) < len;)
        n += is_quote(iv_utf8_next(&p));
    return n;
}

char *iv_guard_tidy(const char *sentence, size_t len, const struct prompt_words *labels,
                    bool is_first)
{
    struct iv_buf b = IV_BUF_INIT(IV_LLM_MAX_REPLY_BYTES);
    char *copy = iv_strndup(sentence, len), *clean = NULL;
    const char *p = copy;
    bool is_lone = count_quotes(sentence, len) == 1;

    while (p && (*p == ' ' || *p == '\n' || *p == '\r'))
        p++;
    if (p && is_first)
        p += label_bytes(p, labels);
    for (bool dropped = false; p && *p;) {
        const char *at = p;
        uint32_t cp = iv_utf8_next(&p);

        if (cp == '*' || is_pictograph(cp) || (is_lone && is_quote(cp))) {
            dropped = true;
            continue;
        }
        if (dropped && is_end(cp) && b.len && b.data[b.len - 1] == ' ')
            b.len--; /* "thanks (smile)!" */
        iv_buf_add(&b, at, (size_t)(p - at));
        dropped = false;
    }
    if (copy && !b.failed)
        clean = iv_text_clean(iv_buf_str(&b));
    iv_buf_release(&b);
    free(copy);
    return clean;
}
