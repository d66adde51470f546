/* test_window.c - the window on a display of its own (Xvfb), looked at where the server keeps its pixels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "avatar/window.h"
#include "iv_build.h"

#define SIZE 256

static char folder[] = "/tmp/iv-window-XXXXXX";
static pid_t server;

/* SDL and the desktop's libraries keep what they once allocated, and are gone from memory when leaks are counted. */
int __lsan_is_turned_off(void)
{
    return 1;
}

static void rest(int ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

static const struct iv_picture *grey(int luma)
{
    static uint8_t y[SIZE * SIZE], uv[SIZE * SIZE / 4];
    static struct iv_picture p = {SIZE, SIZE, y, uv, uv, SIZE, SIZE / 2};

    memset(y, luma, sizeof y);
    memset(uv, 128, sizeof uv);
    return &p;
}

/* The brightness in the middle of the screen; -1 where it cannot be read. The file is an XWD: header, colours, rows of 32 bits. */
static int middle(void)
{
    unsigned char head[100], pixel[4];
    char path[64];
    FILE *in;
    uint32_t size, width, height, stride, colours;
    int seen = -1;

    snprintf(path, sizeof path, "%s/Xvfb_screen0", folder);
    in = fopen(path, "rb");
    if (!in)
        return -1;
    if (fread(head, 1, 100, in) == 100) {
#define FIELD(i)                                                                                   \
    ((uint32_t)head[4 * (i)] << 24 | (uint32_t)head[4 * (i) + 1] << 16 |                           \
     (uint32_t)head[4 * (i) + 2] << 8 | head[4 * (i) + 3])
        size = FIELD(0);
        width = FIELD(4);
        height = FIELD(5);
        stride = FIELD(12);
        colours = FIELD(19);
        fseek(in,
              (long)(size + 12 * colours + (height / 2) * stride + (width / 2) * (stride / width)),
              SEEK_SET);
        if (fread(pixel, 1, 4, in) == 4)
            seen = pixel[1];
    }
    fclose(in);
    return seen;
}

static int middle_becomes(int low, int high, struct window *w, uint64_t now_ms)
{
    for (int i = 0; i < 500; i++) {
        int seen = middle();

        if (seen >= low && seen <= high)
            return 1;
        window_pump_at(w, now_ms, NULL);
        rest(20);
    }
    return 0;
}

#if IV_HAVE_SDL

static void shows_what_is_due(void **state)
{
    struct iv_error err = {0};
    struct window_skew skew;
    struct window *w;
    int wait_ms;

    if (*state)
        skip();
    for (int i = 0; window_check(&err) && i < 100; i++) /* the server may still be at it */
        rest(100);
    assert_int_equal(window_open("face", 400, &w, &err), IV_OK);
    window_show_at(w, grey(60), 1000);
    window_show_at(w, grey(220), 2000);
    assert_true(window_pump_at(w, 1010, &wait_ms));
    assert_int_equal(wait_ms, 990);
    assert_true(middle_becomes(30, 90, w, 1010));
    assert_true(middle_becomes(200, 255, w, 2004));
    window_skew(w, &skew);
    assert_int_equal(skew.shown, 2);
    assert_int_equal(skew.worst_ms, 10);
    assert_int_equal(skew.p99_ms, 10);
    assert_int_equal(skew.dropped, 0);
    window_close(w);
}

static void shows_only_the_newest(void **state)
{
    struct iv_error err = {0};
    struct window_skew skew;
    struct window *w;

    if (*state)
        skip();
    assert_int_equal(window_open("face", 400, &w, &err), IV_OK);
    for (uint64_t i = 0; i < 100; i++) /* more than it keeps */
        window_show_at(w, grey(i == 99 ? 220 : 60), 1000 + 40 * i);
    assert_true(middle_becomes(200, 255, w, 1000 + 40 * 99 + 5));
    window_skew(w, &skew);
    assert_int_equal(skew.shown, 1);
    assert_int_equal(skew.dropped, 99);
    assert_int_equal(skew.worst_ms, 5);
    window_caption(w, "Tell me about yourself.");
    assert_true(window_pump(w));
    window_close(w);
}

static void no_display(void **state)
{
    struct iv_error err = {0};
    struct window *w;
    char *kept = getenv("DISPLAY") ? strdup(getenv("DISPLAY")) : NULL;

    (void)state;
    setenv("DISPLAY", ":65000", 1);
    setenv("SDL_VIDEODRIVER", "x11", 1);
    assert_int_equal(window_open("face", 400, &w, &err), IV_E_UNAVAILABLE);
    assert_null(w);
    assert_non_null(strstr(err.text, "no display"));
    if (kept)
        setenv("DISPLAY", kept, 1);
    free(kept);
}

/* *state: not NULL where there is no Xvfb. */
static int start_display(void **state)
{
    char number[16] = "", fd[16], display[24];
    int ends[2];

    *state = "no Xvfb";
    if (!mkdtemp(folder) || pipe(ends))
        return -1;
    server = fork();
    if (server == 0) {
        int nowhere = open("/dev/null", O_WRONLY);

        close(ends[0]);
        dup2(nowhere, 2);
        snprintf(fd, sizeof fd, "%d", ends[1]);
        execlp("Xvfb", "Xvfb", "-displayfd", fd, "-screen", "0", "640x480x24", "-fbdir", folder,
               "-noreset", "-nolisten", "tcp", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    /* In pieces, and the server dies of a line that nobody reads to its end. */
    for (size_t n = 0; n < sizeof number - 1 && !strchr(number, '\n'); n++)
        if (read(ends[0], number + n, 1) != 1)
            break;
    if (strchr(number, '\n')) {
        number[strcspn(number, "\n")] = 0;
        snprintf(display, sizeof display, ":%s", number);
        setenv("DISPLAY", display, 1);
        setenv("SDL_VIDEODRIVER", "x11", 1);
        *state = NULL;
    }
    close(ends[0]);
    return 0;
}

static int stop_display(void **state)
{
    (void)state;
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    rmdir(folder);
    return 0;
}
#else
static void left_out(void **state)
{
    struct iv_error err = {0};

    (void)state;
    (void)middle_becomes;
    (void)grey;
    assert_int_equal(window_check(&err), IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "libsdl2-dev"));
}
#endif

int main(void)
{
#if IV_HAVE_SDL
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_is_due),
        cmocka_unit_test(shows_only_the_newest),
        cmocka_unit_test(no_display),
    };

    return cmocka_run_group_tests_name("window", tests, start_display, stop_display);
#else
    const struct CMUnitTest tests[] = {cmocka_unit_test(left_out)};

    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
#endif
}
