/* live.c - a person at the keyboard: each line is an answer, lines that begin with / are wishes. With a microphone what is said, too. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "practice/practice.h"
#include "iv/alloc.h"
#include "stage.h"

#define SILENCE_MS 45000 /* nothing typed for so long: the interviewer says that there is time */

struct keyboard {
    struct iv_buf text;
    int wake_fd;
    bool closed;
};

/* Until there is input, a provider delivered, or ms are over; true for input. fd -1: none is waited for. */
static bool wait_for(int fd, int wake_fd, int ms)
{
    struct pollfd p[2] = {{.fd = wake_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    uint64_t count;

    if (poll(p, fd < 0 ? 1 : 2, ms) <= 0)
        return false;
    if (p[0].revents)
        (void)!read(wake_fd, &count, sizeof count);
    return fd >= 0 && p[1].revents;
}

/* Reads what is there; *line is a whole line without its end, or NULL. The caller frees it. */
static enum iv_code read_keyboard(struct keyboard *k, int wait_ms, char **line,
                                  struct iv_error *err)
{
    char chunk[4096], *end;
    ssize_t n;

    *line = NULL;
    if (!k->closed && !memchr(iv_buf_str(&k->text), '\n', k->text.len) &&
        wait_for(STDIN_FILENO, k->wake_fd, wait_ms)) {
        n = read(STDIN_FILENO, chunk, sizeof chunk);
        if (n < 0 && errno != EINTR)
            return iv_fail(err, IV_E_IO, "standard input: %s", strerror(errno));
        if (n == 0)
            k->closed = true;
        if (n > 0)
            iv_buf_add(&k->text, chunk, (size_t)n);
        if (k->text.failed)
            return iv_fail(err, IV_E_TOO_LARGE,
                           "answer of more than %zu bytes: at most 65536 are taken", k->text.max);
    }
    end = memchr(iv_buf_str(&k->text), '\n', k->text.len);
    if (!end && !(k->closed && k->text.len))
        return IV_OK;
    *line = iv_strndup(k->text.data, end ? (size_t)(end - k->text.data) : k->text.len);
    iv_buf_drop_front(&k->text, end ? (size_t)(end - k->text.data) + 1 : k->text.len);
    return *line ? IV_OK : iv_fail(err, IV_E_NOMEM, "answer: out of memory");
}

static void print_wishes(const struct cli *cli)
{
    cli_say(cli, "%s", _("type an answer and Enter; /repeat /skip /pause /resume /end /help"));
}

static enum iv_code wish(struct cli *cli, iv_conversation *c, const char *word,
                         struct iv_error *err)
{
    if (!strcmp(word, "/skip"))
        return iv_conversation_skip(c, err);
    if (!strcmp(word, "/repeat"))
        return iv_conversation_repeat(c, err);
    if (!strcmp(word, "/pause"))
        return iv_conversation_pause(c, err);
    if (!strcmp(word, "/resume"))
        return iv_conversation_resume(c, err);
    if (!strcmp(word, "/end"))
        return iv_conversation_end(c, err);
    print_wishes(cli);
    return IV_OK;
}

/* An empty line: where a key says when the candidate speaks, he begins, or has ended. */
static enum iv_code push(struct cli *cli, struct stage *stage, struct iv_error *err)
{
    bool down = !stage_is_pushed(stage);
    enum iv_code rc;

    if (!stage_pushes(stage) || !stage_hears(stage))
        return IV_OK;
    rc = stage_push(stage, down, err);
    if (!rc && down)
        cli_say(cli, "%s", _("you speak; an empty line ends it"));
    return rc;
}

/* What is wrong with one line costs that line, not the interview. */
static enum iv_code take_line(struct cli *cli, iv_conversation *c, struct screen *screen,
                              struct stage *stage, const char *line, struct iv_error *err)
{
    struct iv_answer a = {.text = line, .confidence = 1, .source = "typed"};
    enum iv_code rc;

    if (line[0] == '/')
        rc = wish(cli, c, line, err);
    else if (!iv_utf8_valid(line, strlen(line)))
        rc = iv_fail(err, IV_E_DATA, "answer: not valid UTF-8");
    else if (iv_text_is_blank(line))
        rc = push(cli, stage, err);
    else {
        if (!cli_is_terminal(STDIN_FILENO)) /* a terminal has shown it already */
            screen_answer(screen, line);
        rc = iv_conversation_answer(c, &a, err);
    }
    if (rc == IV_E_DATA || rc == IV_E_TOO_LARGE || rc == IV_E_STATE || rc == IV_E_USAGE ||
        rc == IV_E_BUSY || rc == IV_E_STT_NO_SPEECH) {
        cli_say(cli, "%s", err->text);
        return IV_OK;
    }
    return rc;
}

/* Ctrl-C, or the end of input with questions left. */
static enum iv_code stop(struct cli *cli, iv_conversation *c, bool interrupted,
                         struct iv_error *err)
{
    const char *id = iv_conversation_session(c)->id;
    enum iv_code rc;

    if (!interrupted)
        return iv_conversation_end(c, err);
    rc = iv_conversation_phase(c) == IV_PHASE_PAUSED ? IV_OK : iv_conversation_pause(c, err);
    if (!rc)
        cli_say(cli, _("saved; interviewctl practice %s goes on"), id);
    return rc ? rc : iv_fail(err, IV_E_CANCELLED, "%s", "");
}

enum iv_code live_run(struct cli *cli, iv_conversation *c, struct screen *screen, int wake_fd,
                      struct stage *stage, struct iv_error *err)
{
    struct keyboard k = {.text = IV_BUF_INIT(1u << 20), .wake_fd = wake_fd};
    uint64_t last_ms = 0;
    enum iv_code rc = iv_conversation_start(c, err);

    screen->at_once = true;
    print_wishes(cli);
    if (stage_pushes(stage) && stage_hears(stage))
        cli_say(cli, "%s", _("an empty line: you speak; another one: that was all"));
    while (!rc && iv_conversation_phase(c) != IV_PHASE_ENDED) {
        int wait = stage_pump(stage);
        bool listening = iv_conversation_phase(c) == IV_PHASE_LISTENING;
        bool over = k.closed && !k.text.len; /* nothing more is typed */
        char *line = NULL;

        if (cli_interrupted || (over && listening && !stage_hears(stage))) {
            rc = stop(cli, c, cli_interrupted, err);
            break;
        }
        /* Lines from a pipe wait for the question; a person at a terminal may break in. */
        if (!over && (listening || iv_conversation_phase(c) == IV_PHASE_PAUSED ||
                      cli_is_terminal(STDIN_FILENO)))
            rc = read_keyboard(&k, wait, &line, err);
        else
            wait_for(-1, wake_fd, wait);
        if (!listening || line || screen->talks)
            last_ms = iv_conversation_now_ms(c);
        if (!rc && line)
            rc = take_line(cli, c, screen, stage, line, err);
        else if (!rc && listening && iv_conversation_now_ms(c) - last_ms > SILENCE_MS)
            rc = iv_conversation_silence(c, err);
        free(line);
    }
    iv_buf_release(&k.text);
    return rc;
}
