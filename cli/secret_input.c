/* secret_input.c - a key or password from the user, seen by nobody else. */
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sodium.h>

#include "cli.h"

/* Nothing of it appears; a signal in the middle leaves the terminal as it was, for reads return then. */
static enum iv_code read_unseen(const char *what, char *line, size_t bytes, struct iv_error *err)
{
    struct termios old, silent;
    ssize_t n;

    if (tcgetattr(STDIN_FILENO, &old))
        return iv_fail(err, IV_E_IO, "standard input: the terminal cannot be silenced");
    silent = old;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(stderr, "%s: ", what);
    fflush(stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    n = read(STDIN_FILENO, line, bytes - 1);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    fputc('\n', stderr);
    if (n < 0)
        return iv_fail(err, IV_E_CANCELLED, "cancelled");
    line[n] = '\0';
    return IV_OK;
}

enum iv_code cli_read_secret(struct cli *cli, const char *what, struct iv_buf *out,
                             struct iv_error *err)
{
    char line[4096];
    enum iv_code rc;

    if (!cli_is_terminal(STDIN_FILENO)) {
        rc = iv_buf_read_fd(out, STDIN_FILENO, "standard input", err);
    } else if (cli->no_input) {
        rc = iv_fail(err, IV_E_USAGE, "%s: nothing on standard input, and --no-input is given",
                     what);
    } else {
        rc = read_unseen(what, line, sizeof line, err);
        if (!rc)
            iv_buf_adds(out, line);
        sodium_memzero(line, sizeof line);
    }
    if (!rc && out->len) { /* one line; a second one would be refused as part of a value */
        size_t n = out->len;

        while (n && strchr("\r\n", out->data[n - 1]))
            out->data[--n] = '\0';
        out->len = n;
    }
    return rc;
}
