/* guard.c - see guard.h. */
#include "screen/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "iv/error.h"

#define LEAVE_MAX 256

/* The first few are for the loop; the others end the process, now or at the second time. */
static const int signals[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGHUP,  SIGINT, SIGTERM,
                              SIGALRM,  SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE};

static struct {
    struct sigaction before[IV_LEN(signals)];
    struct termios modes; /* as they were */
    bool has_modes, on;
    volatile sig_atomic_t taken;
    char leave[LEAVE_MAX];
    size_t leave_len;
    int saved_stderr, pipe[2];
    volatile sig_atomic_t resized, stop, hung_up, asked;
} g = {.saved_stderr = -1, .pipe = {-1, -1}};

static size_t index_of(int number)
{
    size_t i = 0;

    while (signals[i] != number)
        i++;
    return i;
}

/* write, tcsetattr and dup2 are all that may be done here. */
static void give_back(void)
{
    if (!g.taken)
        return;
    g.taken = 0;
    (void)!write(STDOUT_FILENO, g.leave, g.leave_len);
    if (g.has_modes)
        tcsetattr(STDIN_FILENO, TCSANOW, &g.modes);
    if (g.saved_stderr >= 0)
        dup2(g.saved_stderr, STDERR_FILENO);
}

static void wake(void)
{
    (void)!write(g.pipe[1], "s", 1);
}

static void die(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void pass_on(int number)
{
    const struct sigaction *before = &g.before[index_of(number)];

    if (before->sa_handler == SIG_DFL)
        die(number);
    else if (before->sa_handler != SIG_IGN && !(before->sa_flags & SA_SIGINFO))
        before->sa_handler(number);
}

/* Twice means now; once, the loop saves and stops. */
static void on_request(int number)
{
    if (g.asked++)
        give_back();
    pass_on(number);
    wake();
}

static void on_signal(int number)
{
    int kept = errno;

    switch (number) {
    case SIGWINCH:
        g.resized = 1;
        wake();
        break;
    case SIGTSTP:
        g.stop = 1;
        wake();
        break;
    case SIGCONT:
        g.resized = 1; /* nobody says what happened to the window meanwhile */
        wake();
        break;
    case SIGHUP:
        g.hung_up = 1;
        wake();
        break;
    case SIGINT:
    case SIGTERM:
        on_request(number);
        break;
    default:
        give_back();
        pass_on(number);
        break;
    }
    errno = kept;
}

/* A sanitizer's handlers of crashes stay where they are. */
static bool is_crash(int number)
{
    return number == SIGSEGV || number == SIGABRT || number == SIGBUS || number == SIGFPE;
}

void guard_again(void)
{
    for (size_t i = 0; i < IV_LEN(signals); i++) {
        struct sigaction a = {.sa_handler = on_signal};

        if (is_crash(signals[i]) && g.before[i].sa_handler != SIG_DFL)
            continue;
        if (signals[i] == SIGTSTP && g.before[i].sa_handler == SIG_IGN)
            continue; /* a shell without job control */
        if (signals[i] == SIGHUP && g.before[i].sa_handler == SIG_IGN)
            continue; /* nohup */
        sigfillset(&a.sa_mask);
        sigaction(signals[i], &a, NULL);
    }
}

void guard_leave(const char *bytes)
{
    g.leave_len = strnlen(bytes, LEAVE_MAX);
    memcpy(g.leave, bytes, g.leave_len);
}

void guard_on(int saved_stderr)
{
    g.leave_len = 0;
    g.saved_stderr = saved_stderr;
    g.resized = g.stop = g.hung_up = g.asked = 0;
    g.has_modes = !tcgetattr(STDIN_FILENO, &g.modes);
    if (pipe2(g.pipe, O_CLOEXEC | O_NONBLOCK))
        g.pipe[0] = g.pipe[1] = -1;
    g.on = true;
    for (size_t i = 0; i < IV_LEN(signals); i++)
        sigaction(signals[i], NULL, &g.before[i]);
    guard_again();
}

void guard_off(void)
{
    if (!g.on)
        return;
    g.taken = 0;
    for (size_t i = 0; i < IV_LEN(signals); i++)
        sigaction(signals[i], &g.before[i], NULL);
    if (g.pipe[0] >= 0) {
        close(g.pipe[0]);
        close(g.pipe[1]);
    }
    g.pipe[0] = g.pipe[1] = -1;
    g.on = false;
}

void guard_modes(bool taken)
{
    g.taken = taken;
}

int guard_fd(void)
{
    return g.pipe[0];
}

void guard_drain(void)
{
    char bytes[64];

    while (read(g.pipe[0], bytes, sizeof bytes) > 0)
        ;
}

bool guard_took_resize(void)
{
    bool is = g.resized;

    g.resized = 0;
    return is;
}

bool guard_took_stop(void)
{
    bool is = g.stop;

    g.stop = 0;
    return is;
}

bool guard_hung_up(void)
{
    return g.hung_up;
}

void guard_stop_process(void)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL}, own;

    sigaction(SIGTSTP, &dfl, &own);
    raise(SIGTSTP); /* returns after SIGCONT */
    sigaction(SIGTSTP, &own, NULL);
    g.stop = 0;
    g.resized = 1;
}
