/* test_net_offline.c - offline means: no socket, no name look-up. Watched from outside, by strace. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "iv/buf.h"
#include "iv/config.h"
#include "iv/ctx.h"
#include "net/net.h"

static char self[PATH_MAX];

static void ended(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    (void)o;
    (void)v;
    *(volatile bool *)arg = true;
}

static void closed(void *arg, const struct net_outcome *o)
{
    (void)o;
    *(volatile bool *)arg = true;
}

/* Everything that could open a socket, once. How many began. */
static int try_all(iv_net *net, const char *const *urls, size_t n)
{
    volatile bool done[8] = {0};
    int began = 0;

    for (size_t i = 0; i < n; i++) {
        bool is_ws = urls[i][0] == 'w';
        struct net_request r = {.service = "a",
                                .method = "GET",
                                .url = urls[i],
                                .on_done = ended,
                                .arg = (void *)&done[i]};
        struct net_ws_request w = {.service = "b",
                                   .url = urls[i],
                                   .handshake_ms = 500,
                                   .max_message = 1000,
                                   .max_queued = 1000,
                                   .on_close = closed,
                                   .arg = (void *)&done[i]};
        net_call *call = NULL;
        net_ws *ws = NULL;

        iv_net_warm(net, urls[i]);
        if (is_ws ? iv_net_ws_open(net, &w, &ws, NULL) : iv_net_call(net, &r, &call, NULL))
            continue;
        began++;
        for (int k = 0; k < 3000 && !done[i]; k++)
            usleep(1000);
        iv_net_call_release(call);
        iv_net_ws_release(ws);
    }
    return began;
}

static int child(void)
{
    static const char *const urls[] = {"https://api.openai.com/v1/models",
                                       "wss://api.deepgram.com/v1/listen", "http://127.0.0.1:1/",
                                       "ws://127.0.0.1:1/"};
    struct iv_config *config;
    iv_ctx *ctx;
    iv_net *net;
    bool is_offline;
    int began;

    if (iv_config_new(&config, NULL) || iv_config_load(config, NULL, NULL) ||
        iv_config_set(config, "net.allow", "127.0.0.1", IV_FROM_FLAG, "test", NULL) ||
        iv_ctx_new(config, NULL, NULL, &ctx, NULL) || iv_net_of(ctx, &net, NULL))
        return 3;
    is_offline = config->net_offline;
    began = is_offline ? try_all(net, urls, 4) : try_all(net, urls + 2, 2);
    iv_ctx_free(ctx);
    iv_config_free(config);
    return is_offline ? began != 0 : began != 2;
}

/* How many lines of the trace speak of the internet; -1: strace does not work here. */
static int lines_about_internet(bool is_offline)
{
    char command[2 * PATH_MAX], path[] = "/tmp/iv-offline-XXXXXX";
    struct iv_buf trace = IV_BUF_INIT(16u << 20);
    int fd = mkstemp(path), status, n = 0;

    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof command,
             "ASAN_OPTIONS=detect_leaks=0 INTERVIEWCTL_OFFLINE=%s strace -f -qq -e trace=network "
             "-o %s %s child",
             is_offline ? "true" : "false", path, self);
    status = system(command);
    assert_int_equal(iv_buf_read_file(&trace, path, NULL), IV_OK);
    unlink(path);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        n = -1;
    for (const char *at = iv_buf_str(&trace); n >= 0 && (at = strstr(at, "AF_INET")); at++)
        n++;
    iv_buf_release(&trace);
    return n;
}

static void offline_opens_no_socket(void **state)
{
    (void)state;
    if (system("strace -qq -o /dev/null true 2>/dev/null"))
        skip(); /* not installed, or tracing is not permitted */
    assert_true(lines_about_internet(false) > 0); /* the watch works */
    assert_int_equal(lines_about_internet(true), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest t[] = {cmocka_unit_test(offline_opens_no_socket)};

    if (argc > 1 && !strcmp(argv[1], "child"))
        return child();
    if (!realpath(argv[0], self))
        return 1;
    return cmocka_run_group_tests_name("net_offline", t, NULL, NULL);
}
