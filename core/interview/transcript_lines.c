/* transcript_lines.c - "interviewer: ..." and "candidate: ..." in three languages; lines between belong to the one before. */
#include <string.h>

#include "interview/transcript.h"

static const struct speaker_name {
    const char *name; /* lower case */
    enum iv_speaker who;
} names[] = {
    {"interviewer", IV_INTERVIEWER}, {"candidate", IV_CANDIDATE},
    {"q", IV_INTERVIEWER},           {"a", IV_CANDIDATE},
    {"question", IV_INTERVIEWER},    {"answer", IV_CANDIDATE},
    {"applicant", IV_CANDIDATE},     {"me", IV_CANDIDATE},
    {"면접관", IV_INTERVIEWER},      {"지원자", IV_CANDIDATE},
    {"질문", IV_INTERVIEWER},        {"답변", IV_CANDIDATE},
    {"面接官", IV_INTERVIEWER},      {"応募者", IV_CANDIDATE},
    {"候補者", IV_CANDIDATE},        {"質問", IV_INTERVIEWER},
    {"回答", IV_CANDIDATE},
};

static bool same_letters(const char *line, const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = line[i] >= 'A' && line[i] <= 'Z' ? (char)(line[i] + ('a' - 'A')) : line[i];

        if (c != name[i])
            return false;
    }
    return true;
}

/* Length of "name:" at the beginning of a line, 0 when there is none; the colon may be the wide one. */
static size_t speaker_of(const char *line, size_t len, enum iv_speaker *who)
{
    size_t at = 0;

    while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '*'))
        at++;
    for (size_t i = 0; i < IV_LEN(names); i++) {
        size_t n = strlen(names[i].name), end = at + n;

        if (end >= len || !same_letters(line + at, names[i].name, n))
            continue;
        while (end < len && (line[end] == '*' || line[end] == ' '))
            end++;
        if (end < len && line[end] == ':')
            end++;
        else if (end + 3 <= len && !memcmp(line + end, "：", 3))
            end += 3;
        else
            continue;
        while (end < len && line[end] == '*')
            end++;
        *who = names[i].who;
        return end;
    }
    return 0;
}

struct open_turn {
    enum iv_speaker who;
    const char *text; /* NULL before the first speaker */
    size_t len;
};

static enum iv_code finish(struct open_turn *o, struct iv_turn_list *l, struct iv_error *err)
{
    struct iv_turn *t;

    return o->text ? iv_turn_list_add(l, o->who, o->text, o->len, &t, err) : IV_OK;
}

enum iv_code iv_transcript_lines(const char *text, size_t len, struct iv_turn_list *l,
                                 struct iv_error *err)
{
    struct open_turn open = {0};
    enum iv_code rc = IV_OK;

    for (size_t at = 0, next; at < len && !rc; at = next) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end ? (size_t)(end - (text + at)) : len - at, skip;
        enum iv_speaker who;

        next = at + line_len + (end != NULL);
        skip = speaker_of(text + at, line_len, &who);
        if (skip) {
            rc = finish(&open, l, err);
            open = (struct open_turn){who, text + at + skip, line_len - skip};
        } else if (open.text) {
            open.len = (size_t)(text + at + line_len - open.text);
        }
    }
    return rc ? rc : finish(&open, l, err);
}
