/* term.c - ncurses behind term.h. The library keeps what the terminal shows and sends the difference; the canvas is copied into its
 * window row by row where a row changed. */
#include "screen/term.h"

#include "iv_build.h"

#if IV_HAVE_NCURSES

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "iv/alloc.h"
#include "iv/text.h"
#include "screen/curses.h"
#include "screen/guard.h"

IV_LAZY_DEFINE(iv_curses, IV_NCURSES_SONAME, IV_NCURSES_PACKAGE, CURSES_FUNCTIONS);

#define ESCAPE_MS 40 /* a key's sequence is there by then; a lone Escape waits for it */
#define LOG_MAX_BYTES (1 << 20)
enum { KEY_PASTE_ON = KEY_MAX + 1, KEY_PASTE_OFF, KEY_LEFT_WORD, KEY_RIGHT_WORD };

struct tty {
    SCREEN *screen;
    WINDOW *window;
    struct canvas shown; /* what the window holds */
    bool all; /* nothing of it counts */
    bool pasting, gone;
    bool brackets; /* the terminal marks what is pasted */
    int saved_stderr, log;
    int cursor; /* as it was set last: -1 not yet */
    attr_t attrs[STYLE_COUNT];
    short pairs[STYLE_COUNT];
};

/* -- is there one? -- */

static bool has_text(const char *capability)
{
    const char *text = tigetstr(capability);

    return text && text != (const char *)-1 && *text;
}

enum iv_code term_check(struct iv_error *err)
{
    int status = 0;
    TERMINAL *before;
    enum iv_code rc = iv_lazy_load(&iv_curses, err);

    if (rc)
        return rc;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return iv_fail(err, IV_E_UNAVAILABLE, "the full screen needs a terminal");
    before = set_curterm(NULL);
    if (setupterm(NULL, STDOUT_FILENO, &status) == ERR)
        return iv_fail(err, IV_E_UNAVAILABLE, "nothing is known of this kind of terminal");
    if (!has_text("cup") || !has_text("clear"))
        rc = iv_fail(err, IV_E_UNAVAILABLE, "this terminal cannot place its cursor");
    del_curterm(set_curterm(before));
    return rc;
}

/* -- colours -- */

struct look {
    short fg, bg; /* -1: the terminal's own */
    attr_t attrs;
};

/* clang-format off */
static const struct look looks[][STYLE_COUNT] = {
    [SCHEME_DARK] = {
        [STYLE_TEXT] = {-1, -1, 0}, [STYLE_STRONG] = {-1, -1, A_BOLD}, [STYLE_FAINT] = {-1, -1, A_DIM},
        [STYLE_BAR] = {-1, -1, A_REVERSE}, [STYLE_BAR_STRONG] = {-1, -1, A_REVERSE | A_BOLD},
        [STYLE_INTERVIEWER] = {COLOR_CYAN, -1, A_BOLD}, [STYLE_CANDIDATE] = {COLOR_GREEN, -1, A_BOLD},
        [STYLE_INTERIM] = {-1, -1, A_DIM | A_ITALIC}, [STYLE_GOOD] = {COLOR_GREEN, -1, 0},
        [STYLE_MIDDLE] = {COLOR_CYAN, -1, 0}, [STYLE_BAD] = {COLOR_YELLOW, -1, 0},
        [STYLE_SELECTED] = {-1, -1, A_REVERSE}, [STYLE_LISTENING] = {COLOR_GREEN, -1, A_BOLD},
        [STYLE_SPEAKING] = {COLOR_CYAN, -1, A_BOLD}},
    [SCHEME_LIGHT] = {
        [STYLE_TEXT] = {-1, -1, 0}, [STYLE_STRONG] = {-1, -1, A_BOLD}, [STYLE_FAINT] = {-1, -1, A_DIM},
        [STYLE_BAR] = {-1, -1, A_REVERSE}, [STYLE_BAR_STRONG] = {-1, -1, A_REVERSE | A_BOLD},
        [STYLE_INTERVIEWER] = {COLOR_BLUE, -1, A_BOLD}, [STYLE_CANDIDATE] = {COLOR_MAGENTA, -1, A_BOLD},
        [STYLE_INTERIM] = {-1, -1, A_DIM | A_ITALIC}, [STYLE_GOOD] = {COLOR_BLUE, -1, A_BOLD},
        [STYLE_MIDDLE] = {COLOR_BLUE, -1, 0}, [STYLE_BAD] = {COLOR_RED, -1, 0},
        [STYLE_SELECTED] = {-1, -1, A_REVERSE}, [STYLE_LISTENING] = {COLOR_MAGENTA, -1, A_BOLD},
        [STYLE_SPEAKING] = {COLOR_BLUE, -1, A_BOLD}},
    [SCHEME_CONTRAST] = {
        [STYLE_TEXT] = {COLOR_WHITE, COLOR_BLACK, A_BOLD}, [STYLE_STRONG] = {COLOR_YELLOW, COLOR_BLACK, A_BOLD},
        [STYLE_FAINT] = {COLOR_WHITE, COLOR_BLACK, 0}, [STYLE_BAR] = {COLOR_BLACK, COLOR_YELLOW, 0},
        [STYLE_BAR_STRONG] = {COLOR_BLACK, COLOR_YELLOW, A_UNDERLINE}, [STYLE_INTERVIEWER] = {COLOR_YELLOW, COLOR_BLACK, A_BOLD},
        [STYLE_CANDIDATE] = {COLOR_CYAN, COLOR_BLACK, A_BOLD}, [STYLE_INTERIM] = {COLOR_WHITE, COLOR_BLACK, A_UNDERLINE},
        [STYLE_GOOD] = {COLOR_CYAN, COLOR_BLACK, A_BOLD}, [STYLE_MIDDLE] = {COLOR_WHITE, COLOR_BLACK, A_BOLD},
        [STYLE_BAD] = {COLOR_YELLOW, COLOR_BLACK, A_BOLD | A_UNDERLINE}, [STYLE_SELECTED] = {COLOR_BLACK, COLOR_WHITE, 0},
        [STYLE_LISTENING] = {COLOR_BLACK, COLOR_CYAN, 0}, [STYLE_SPEAKING] = {COLOR_BLACK, COLOR_YELLOW, 0}},
    [SCHEME_MONO] = {
        [STYLE_TEXT] = {-1, -1, 0}, [STYLE_STRONG] = {-1, -1, A_BOLD}, [STYLE_FAINT] = {-1, -1, A_DIM},
        [STYLE_BAR] = {-1, -1, A_REVERSE}, [STYLE_BAR_STRONG] = {-1, -1, A_REVERSE | A_BOLD},
        [STYLE_INTERVIEWER] = {-1, -1, A_BOLD}, [STYLE_CANDIDATE] = {-1, -1, A_UNDERLINE},
        [STYLE_INTERIM] = {-1, -1, A_DIM}, [STYLE_GOOD] = {-1, -1, A_BOLD}, [STYLE_MIDDLE] = {-1, -1, 0},
        [STYLE_BAD] = {-1, -1, A_UNDERLINE}, [STYLE_SELECTED] = {-1, -1, A_REVERSE},
        [STYLE_LISTENING] = {-1, -1, A_BOLD}, [STYLE_SPEAKING] = {-1, -1, A_BOLD}},
};
/* clang-format on */

void term_scheme(struct tty *t, enum scheme scheme)
{
    bool colour = scheme != SCHEME_MONO && has_colors();

    for (short i = 0; i < STYLE_COUNT; i++) {
        const struct look *l = &looks[colour ? scheme : SCHEME_MONO][i];

        t->attrs[i] = l->attrs;
        t->pairs[i] = 0;
        if (colour && (l->fg >= 0 || l->bg >= 0) && init_pair((short)(i + 1), l->fg, l->bg) != ERR)
            t->pairs[i] = (short)(i + 1);
    }
    t->all = true;
}

/* -- open and close -- */

/* A terminal's delays ("$<5>") are of another age. */
static void add_capability(struct iv_buf *out, const char *name)
{
    const char *text = tigetstr(name);

    if (!text || text == (const char *)-1)
        return;
    while (*text) {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;

        if (end)
            text = end + 1;
        else
            iv_buf_addc(out, *text++);
    }
}

static void send(const char *text)
{
    (void)!write(STDOUT_FILENO, text, strlen(text));
}

static bool knows_brackets(void)
{
    return has_text("BE") || has_text("kmous"); /* the descendants of xterm */
}

static void prepare_leaving(const struct tty *t)
{
    static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
    struct iv_buf out = IV_BUF_INIT(256);

    if (t->brackets)
        iv_buf_adds(&out, "\033[?2004l");
    for (size_t i = 0; i < IV_LEN(names); i++)
        add_capability(&out, names[i]);
    guard_leave(iv_buf_str(&out));
    iv_buf_release(&out);
}

/* Whatever libraries say on fd 2 goes to the log, never on the screen. */
static void take_stderr(struct tty *t, const char *log_path)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;

    t->saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    t->log = log_path ? open(log_path, flags, 0600) : -1;
    if (t->log >= 0 && lseek(t->log, 0, SEEK_END) > LOG_MAX_BYTES)
        (void)!ftruncate(t->log, 0);
    if (t->log < 0)
        t->log = open("/dev/null", O_WRONLY | O_CLOEXEC);
    fflush(stderr);
    dup2(t->log, STDERR_FILENO);
}

static void give_stderr_back(const struct tty *t)
{
    fflush(stderr);
    if (t->saved_stderr >= 0)
        dup2(t->saved_stderr, STDERR_FILENO);
}

static void set_modes(struct tty *t)
{
    /* Beside what the terminal's description says: keys of terminals that do not keep to theirs, and marks around what is pasted. */
    static const struct {
        const char *bytes;
        int key;
    } keys[] = {
        {"\033[200~", KEY_PASTE_ON},   {"\033[201~", KEY_PASTE_OFF}, {"\033[1;5D", KEY_LEFT_WORD},
        {"\033[1;5C", KEY_RIGHT_WORD}, {"\033[A", KEY_UP},           {"\033[B", KEY_DOWN},
        {"\033[C", KEY_RIGHT},         {"\033[D", KEY_LEFT},         {"\033OA", KEY_UP},
        {"\033OB", KEY_DOWN},          {"\033OC", KEY_RIGHT},        {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},          {"\033[F", KEY_END},          {"\033[1~", KEY_HOME},
        {"\033[4~", KEY_END}};

    cbreak();
    noecho();
    nonl();
    set_escdelay(ESCAPE_MS);
    intrflush(t->window, false);
    keypad(t->window, true);
    nodelay(t->window, true);
    leaveok(t->window, false);
    for (size_t i = 0; i < IV_LEN(keys); i++)
        define_key(keys[i].bytes, keys[i].key);
}

static enum iv_code start(struct tty *t, enum scheme scheme, struct iv_error *err)
{
    if (strcmp(nl_langinfo(CODESET),
               "UTF-8")) /* such as LC_ALL=C: the terminal still is of today */
        setlocale(LC_CTYPE, "C.UTF-8");
    fflush(stdout);
    guard_modes(true);
    t->screen = newterm(NULL, stdout, stdin);
    guard_again();
    if (!t->screen)
        return iv_fail(err, IV_E_UNAVAILABLE, "this terminal cannot be drawn on");
    t->window = newwin(0, 0, 0, 0);
    if (!t->window)
        return iv_fail(err, IV_E_NOMEM, "screen: out of memory");
    set_modes(t);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    term_scheme(t, scheme);
    t->brackets = knows_brackets();
    prepare_leaving(t);
    if (t->brackets)
        send("\033[?2004h");
    return IV_OK;
}

enum iv_code term_open(enum scheme scheme, const char *log_path, struct tty **out,
                       struct iv_error *err)
{
    enum iv_code rc = term_check(err);
    struct tty *t;

    *out = NULL;
    if (rc)
        return rc;
    t = iv_alloc(sizeof *t);
    if (!t)
        return iv_fail(err, IV_E_NOMEM, "screen: out of memory");
    t->cursor = -1;
    take_stderr(t, log_path);
    guard_on(t->saved_stderr);
    rc = start(t, scheme, err);
    if (rc)
        term_close(t);
    else
        *out = t;
    return rc;
}

void term_close(struct tty *t)
{
    if (!t)
        return;
    if (t->brackets)
        send("\033[?2004l");
    if (t->screen) {
        curs_set(1);
        endwin();
    }
    guard_modes(false);
    guard_off();
    give_stderr_back(t);
    if (t->window)
        delwin(t->window);
    if (t->screen)
        delscreen(t->screen);
    if (t->saved_stderr >= 0)
        close(t->saved_stderr);
    if (t->log >= 0)
        close(t->log);
    canvas_release(&t->shown);
    free(t);
}

/* -- drawing -- */

void term_size(const struct tty *t, int *w, int *h)
{
    struct winsize size;

    (void)t;
    *w = 80;
    *h = 24;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col && size.ws_row) {
        *w = size.ws_col;
        *h = size.ws_row;
    }
}

void term_cell(const struct tty *t, int *w, int *h)
{
    struct winsize size;

    (void)t;
    *w = *h = 0;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col && size.ws_row) {
        *w = size.ws_xpixel / size.ws_col;
        *h = size.ws_ypixel / size.ws_row;
    }
}

void term_put(struct tty *t, const char *bytes, size_t len)
{
    (void)t;
    while (len) {
        ssize_t n = write(STDOUT_FILENO, bytes, len);

        if (n < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, 1000);
        else if (n < 0 && errno != EINTR)
            break;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
}

void term_redraw(struct tty *t)
{
    t->all = true;
    clearok(t->window, true);
}

/* Where the system's tables and ours disagree about a character's width, the terminal may side with either: it is not sent. */
static void put(const struct tty *t, const struct cell *cell)
{
    const char *p = cell->text;
    wchar_t text[CCHARW_MAX + 1] = L"";
    attr_t attrs = t->attrs[cell->style];
    short pair = t->pairs[cell->style];
    cchar_t c;
    uint32_t cp;

    for (size_t i = 0; i < CCHARW_MAX && (cp = iv_utf8_next(&p)); i++)
        text[i] = (wchar_t)cp;
    if (wcwidth(text[0]) != cell->width) {
        setcchar(&c, L"?", attrs, pair, NULL);
        if (cell->width == 2)
            wadd_wch(t->window, &c);
    } else if (setcchar(&c, text, attrs, pair, NULL) == ERR) {
        setcchar(&c, L"?", attrs, pair, NULL);
    }
    wadd_wch(t->window, &c);
}

static void put_row(struct tty *t, const struct canvas *c, int y)
{
    const struct cell *row = &c->cells[(size_t)y * (size_t)c->w];

    wmove(t->window, y, 0);
    for (int x = 0; x < c->w; x++)
        if (row[x].width)
            put(t, &row[x]);
}

static bool is_same_size(const struct canvas *a, const struct canvas *b)
{
    return a->cells && a->w == b->w && a->h == b->h;
}

void term_show(struct tty *t, const struct canvas *c)
{
    size_t row_bytes = (size_t)c->w * sizeof *c->cells;
    int cursor = c->cursor_x >= 0;

    if (!is_same_size(&t->shown, c)) {
        if (canvas_resize(&t->shown, c->w, c->h, NULL))
            return;
        t->all = true;
    }
    for (int y = 0; y < c->h; y++) {
        size_t at = (size_t)y * (size_t)c->w;

        if (!t->all && !memcmp(&t->shown.cells[at], &c->cells[at], row_bytes))
            continue;
        put_row(t, c, y);
        memcpy(&t->shown.cells[at], &c->cells[at], row_bytes);
    }
    t->all = false;
    if (cursor)
        wmove(t->window, c->cursor_y, c->cursor_x < c->w ? c->cursor_x : c->w - 1);
    if (cursor != t->cursor)
        curs_set(cursor);
    t->cursor = cursor;
    wnoutrefresh(t->window);
    doupdate();
}

/* -- keys -- */

static struct press of_key(wint_t key)
{
    static const struct {
        int key;
        enum press_kind kind;
    } keys[] = {{KEY_UP, PRESS_UP},
                {KEY_DOWN, PRESS_DOWN},
                {KEY_LEFT, PRESS_LEFT},
                {KEY_RIGHT, PRESS_RIGHT},
                {KEY_HOME, PRESS_HOME},
                {KEY_END, PRESS_END},
                {KEY_PPAGE, PRESS_PAGE_UP},
                {KEY_NPAGE, PRESS_PAGE_DOWN},
                {KEY_BACKSPACE, PRESS_BACKSPACE},
                {KEY_DC, PRESS_DELETE},
                {KEY_ENTER, PRESS_ENTER},
                {KEY_BTAB, PRESS_BACKTAB},
                {KEY_LEFT_WORD, PRESS_WORD_LEFT},
                {KEY_RIGHT_WORD, PRESS_WORD_RIGHT}};

    if (key >= (wint_t)KEY_F(1) && key <= (wint_t)KEY_F(24))
        return (struct press){PRESS_F, key - (wint_t)KEY_F0};
    for (size_t i = 0; i < IV_LEN(keys); i++)
        if (keys[i].key == (int)key)
            return (struct press){keys[i].kind, 0};
    return (struct press){PRESS_NONE, 0};
}

/* The rest of a sequence that no key is known for: none of it is text. */
static void skip_sequence(struct tty *t)
{
    wint_t c;

    while (wget_wch(t->window, &c) == OK && c >= 0x20 && c < 0x40)
        ;
}

/* Alt with a key is Escape and the key at once. */
static struct press after_escape(struct tty *t)
{
    wint_t key;
    int kind = wget_wch(t->window, &key);

    if (kind == ERR)
        return (struct press){PRESS_ESCAPE, 0};
    if (kind == OK && (key == '\r' || key == '\n'))
        return (struct press){PRESS_NEWLINE, 0};
    if (kind == OK && (key == '[' || key == 'O')) {
        skip_sequence(t);
    } else if (kind == OK && key < 0x20) { /* two keys that a busy machine read at once */
        unget_wch((wchar_t)key);
        return (struct press){PRESS_ESCAPE, 0};
    }
    if (kind == OK && key == 'b')
        return (struct press){PRESS_WORD_LEFT, 0};
    if (kind == OK && key == 'f')
        return (struct press){PRESS_WORD_RIGHT, 0};
    return (struct press){PRESS_NONE, 0};
}

static struct press of_character(struct tty *t, wint_t c)
{
    if (c == '\r' || c == '\n')
        return (struct press){t->pasting ? PRESS_NEWLINE : PRESS_ENTER, 0};
    if (c == '\t')
        return (struct press){t->pasting ? PRESS_TEXT : PRESS_TAB, ' '};
    if (c == 0x7f || c == 8)
        return (struct press){PRESS_BACKSPACE, 0};
    if (c == 0x1b)
        return after_escape(t);
    if (c >= 1 && c <= 26)
        return (struct press){PRESS_CTRL, 'A' + c - 1};
    if (c < 0x20)
        return (struct press){PRESS_NONE, 0};
    return (struct press){PRESS_TEXT, c};
}

struct press term_press(struct tty *t)
{
    struct press p = {PRESS_NONE, 0};
    wint_t key;
    int kind;

    while (p.kind == PRESS_NONE && (kind = wget_wch(t->window, &key)) != ERR) {
        if (kind == KEY_CODE_YES && (key == KEY_PASTE_ON || key == KEY_PASTE_OFF))
            t->pasting = key == KEY_PASTE_ON;
        else if (kind == KEY_CODE_YES)
            p = of_key(key);
        else
            p = of_character(t, key);
    }
    return p;
}

/* -- waiting and signals -- */

void term_wait(struct tty *t, int fd, int ms)
{
    struct pollfd p[3] = {{.fd = STDIN_FILENO, .events = POLLIN},
                          {.fd = guard_fd(), .events = POLLIN},
                          {.fd = fd, .events = POLLIN}};

    if (poll(p, IV_LEN(p), ms) <= 0)
        return;
    if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        t->gone = true;
    if (p[1].revents)
        guard_drain();
}

bool term_resized(struct tty *t)
{
    int w, h;

    if (!guard_took_resize())
        return false;
    term_size(t, &w, &h);
    resizeterm(h, w);
    wresize(t->window, h, w);
    term_redraw(t);
    return true;
}

bool term_wants_stop(struct tty *t)
{
    (void)t;
    return guard_took_stop();
}

bool term_hung_up(const struct tty *t)
{
    return t->gone || guard_hung_up();
}

void term_stop(struct tty *t)
{
    if (t->brackets)
        send("\033[?2004l");
    curs_set(1);
    endwin();
    guard_modes(false);
    give_stderr_back(t);
    guard_stop_process();
    dup2(t->log, STDERR_FILENO);
    guard_modes(true);
    t->cursor = -1;
    term_redraw(t);
    wnoutrefresh(t->window);
    doupdate();
    if (t->brackets)
        send("\033[?2004h");
}

#else

enum iv_code term_check(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "the full screen was left out of this build (package libncurses-dev)");
}

enum iv_code term_open(enum scheme scheme, const char *log_path, struct tty **out,
                       struct iv_error *err)
{
    (void)scheme;
    (void)log_path;
    *out = NULL;
    return term_check(err);
}

void term_scheme(struct tty *t, enum scheme scheme)
{
    (void)t;
    (void)scheme;
}

void term_close(struct tty *t)
{
    (void)t;
}

void term_size(const struct tty *t, int *w, int *h)
{
    (void)t;
    *w = 80;
    *h = 24;
}

void term_show(struct tty *t, const struct canvas *c)
{
    (void)t;
    (void)c;
}

void term_put(struct tty *t, const char *bytes, size_t len)
{
    (void)t;
    (void)bytes;
    (void)len;
}

void term_cell(const struct tty *t, int *w, int *h)
{
    (void)t;
    *w = *h = 0;
}

struct press term_press(struct tty *t)
{
    (void)t;
    return (struct press){PRESS_GONE, 0};
}

void term_wait(struct tty *t, int fd, int ms)
{
    (void)t;
    (void)fd;
    (void)ms;
}

bool term_resized(struct tty *t)
{
    (void)t;
    return false;
}

bool term_wants_stop(struct tty *t)
{
    (void)t;
    return false;
}

bool term_hung_up(const struct tty *t)
{
    (void)t;
    return true;
}

void term_stop(struct tty *t)
{
    (void)t;
}

void term_redraw(struct tty *t)
{
    (void)t;
}
#endif
