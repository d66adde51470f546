/* screen.c - the interview as lines. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "practice/practice.h"
#include "iv/text.h"

static const char *name_of(const struct screen *s, bool candidate)
{
    static const char *const names[IV_LANG_COUNT][2] = {
        [IV_LANG_KO] = {"면접관", "나"},
        [IV_LANG_EN] = {"Interviewer", "You"},
        [IV_LANG_JA] = {"面接官", "あなた"},
    };
    return names[s->lang][candidate];
}

static void print(struct screen *s, bool candidate, const char *text)
{
    char *shown = iv_text_visible(text);

    if (!s->quiet && shown) {
        printf("%s%s:%s ", s->cli->colour_out ? (candidate ? "\033[36m" : "\033[1m") : "",
               name_of(s, candidate), s->cli->colour_out ? "\033[0m" : "");
        if (cli_is_terminal(STDOUT_FILENO))
            cli_print_folded(stdout, shown, iv_text_width(name_of(s, candidate)) + 2, 0);
        else
            printf("%s\n", shown);
        fflush(stdout);
    }
    free(shown);
}

static void show_reply(struct screen *s)
{
    if (s->reply.len && !s->shown)
        print(s, false, iv_buf_str(&s->reply));
    s->shown = true;
}

void screen_message(struct screen *s, const struct iv_msg *m)
{
    switch (m->type) {
    case IV_MSG_llm_start:
        iv_buf_clear(&s->reply);
        s->shown = false;
        break;
    case IV_MSG_llm_response:
        iv_buf_clear(&s->reply);
        iv_buf_adds(&s->reply, m->llm_response.text);
        if (s->at_once && m->llm_response.done)
            show_reply(s);
        break;
    case IV_MSG_turn: /* said, and in the store */
        if (!m->turn.hushed &&
            (!strcmp(m->turn.state, "listening") || !strcmp(m->turn.state, "ended")))
            show_reply(s);
        break;
    case IV_MSG_stt_interim:
        s->talks = m->stt_interim.transcript[0];
        break;
    case IV_MSG_stt_final:
        s->talks = false;
        if (m->stt_final.transcript[0])
            print(s, true, m->stt_final.transcript);
        break;
    case IV_MSG_error:
        cli_say(s->cli, "%s: %s", m->error.code, m->error.message);
        break;
    default:
        break;
    }
}

void screen_again(struct screen *s, const char *text)
{
    print(s, false, text);
}

void screen_answer(struct screen *s, const char *text)
{
    print(s, true, text);
}

void screen_release(struct screen *s)
{
    iv_buf_release(&s->reply);
}
