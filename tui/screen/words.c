/* words.c - what values are called on the screen. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "screen/app.h"

const char *word_of_type(enum iv_session_type t)
{
    static const char *const words[IV_TYPE_COUNT] = {[IV_TYPE_TECHNICAL] = N_("technical"),
                                                     [IV_TYPE_BEHAVIORAL] = N_("behavioral"),
                                                     [IV_TYPE_GENERAL] = N_("general")};
    return _(words[t]);
}

const char *word_of_difficulty(enum iv_difficulty d)
{
    static const char *const words[IV_DIFFICULTY_COUNT] = {
        [IV_EASY] = N_("easy"), [IV_MEDIUM] = N_("medium"), [IV_HARD] = N_("hard")};
    return _(words[d]);
}

const char *word_of_status(enum iv_session_status s)
{
    static const char *const words[IV_SESSION_STATUS_COUNT] = {
        [IV_SESSION_CREATED] = N_("not begun"), [IV_SESSION_ACTIVE] = N_("unfinished"),
        [IV_SESSION_PAUSED] = N_("paused"),     [IV_SESSION_COMPLETED] = N_("completed"),
        [IV_SESSION_TERMINATED] = N_("ended"),  [IV_SESSION_EXPIRED] = N_("expired")};
    return _(words[s]);
}

const char *word_of_language(enum iv_lang l)
{
    static const char *const words[IV_LANG_COUNT] = {
        [IV_LANG_KO] = "한국어", [IV_LANG_EN] = "English", [IV_LANG_JA] = "日本語"};
    return words[l];
}

const char *word_of_persona(const char *name)
{
    static const char *const words[] = {N_("neutral"), N_("warm"), N_("strict")};

    for (size_t i = 0; i < IV_LEN(words); i++)
        if (!strcmp(words[i], name))
            return _(words[i]);
    return name;
}

void date_text(int64_t wall_ms, char out[32])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm = {0};

    localtime_r(&seconds, &tm);
    snprintf(out, 32, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
             tm.tm_hour, tm.tm_min);
}
