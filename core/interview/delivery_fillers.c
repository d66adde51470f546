/* delivery_fillers.c - fillers (um, 음, えーと), from the language's own list. */
#include <string.h>

#include "interview/score_judge.h"

#define WORD_BYTES 64

/* In front of `at` or behind it: a blank, a comma, or the end of the text. */
static bool is_edge(const char *p)
{
    return !*p || strchr(" ,.!?\n", *p) || !strncmp(p, "、", 3) || !strncmp(p, "。", 3) ||
           !strncmp(p, "…", 3);
}

static bool edge_before(const char *text, size_t at)
{
    return !at || strchr(" ,.!?\n", text[at - 1]) ||
           (at >= 3 && (!strncmp(text + at - 3, "、", 3) || !strncmp(text + at - 3, "。", 3) ||
                        !strncmp(text + at - 3, "…", 3)));
}

static bool is_pause_mark(const char *p)
{
    return *p == ',' || !strncmp(p, "、", 3) || !strncmp(p, "…", 3) || !strncmp(p, "...", 3);
}

/* Set apart by commas, or at the beginning of a sentence with a comma behind. */
static bool stands_alone(const char *text, size_t at, size_t end)
{
    while (at && text[at - 1] == ' ')
        at--;
    return is_pause_mark(text + end) &&
           (!at || strchr(",.!?\n", text[at - 1]) || edge_before(text, at));
}

static bool fits(const char *text, size_t at, const char *word, bool alone, bool anywhere)
{
    size_t n = strlen(word);

    if (!n || strncmp(text + at, word, n))
        return false;
    if (alone)
        return stands_alone(text, at, at + n);
    return anywhere || (edge_before(text, at) && is_edge(text + at + n));
}

/* The longest that begins here: えーっと is not also えー. */
static const char *filler_at(const char *text, size_t at, const iv_json *speech, bool anywhere)
{
    const char *best = NULL;

    for (int alone = 0; alone < 2; alone++) {
        const iv_json *list = iv_json_get(speech, alone ? "fillers_alone" : "fillers");

        for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j)) {
            const char *word = iv_json_string(j, "");

            if ((!best || strlen(word) > strlen(best)) && fits(text, at, word, alone, anywhere))
                best = word;
        }
    }
    return best;
}

size_t iv_count_fillers(const char *text, enum iv_lang lang, const iv_json *speech,
                        void (*each)(void *arg, const char *word), void *arg)
{
    size_t n = 0, len = strlen(text);
    char window[WORD_BYTES];

    for (size_t at = 0; at < len;) {
        size_t back = at < 8 ? at : 8;
        const char *found;

        (void)iv_text_lower(text, (struct iv_span){at - back, len}, window, sizeof window);
        found = filler_at(window, back, speech, lang == IV_LANG_JA);
        if (found) {
            n++;
            if (each)
                each(arg, found);
        }
        at += found ? strlen(found) : 1;
        while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
            at++;
    }
    return n;
}
