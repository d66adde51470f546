/* test_speaker_sdl.c - where PortAudio sees no device the speaker is SDL's; here its driver that writes a file at real time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/player.h"
#include "iv_build.h"

#if IV_HAVE_SDL
#define N 12000

static char folder[] = "/tmp/iv-speaker-XXXXXX", path[64], config[64];

static int make_driver(void **state)
{
    FILE *out;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.raw", folder);
    snprintf(config, sizeof config, "%s/asound.conf", folder);
    out = fopen(config, "w");
    assert_non_null(out);
    fputs("pcm.!default { type hw card 31 }\nctl.!default { type hw card 31 }\n", out);
    fclose(out);
    setenv("ALSA_CONFIG_PATH", config, 1);
    setenv("SDL_AUDIODRIVER", "disk", 1);
    setenv("SDL_DISKAUDIOFILE", path, 1);
    return 0;
}

static int drop_driver(void **state)
{
    (void)state;
    unlink(path);
    unlink(config);
    rmdir(folder);
    return 0;
}

static void see(void *arg, const char *name, bool is_default)
{
    (void)name;
    *(int *)arg += is_default;
}

static void what_is_played_is_what_the_device_gets(void **state)
{
    static int16_t sound[N], got[8 * N], reference[8 * N];
    struct iv_error err = {0};
    struct player *p;
    const char *backend;
    size_t n, heard = 0, at = 0;
    int stop = 0, defaults = 0;
    FILE *in;

    (void)state;
    for (size_t i = 0; i < N; i++)
        sound[i] = (int16_t)(i + 1);
    assert_true(player_devices(see, &defaults, &backend) >= 1);
    assert_string_equal(backend, "sdl");
    assert_int_equal(defaults, 1);
    if (player_open("default", 24000, &p, &err))
        fail_msg("%s", err.text);
    assert_string_equal(player_backend(p), "sdl");
    assert_int_equal(player_play(p, sound, N, &err), IV_OK);
    assert_int_equal(player_drain(p, &stop, &err), IV_OK);
    assert_int_equal(player_position(p), N);
    assert_int_equal(player_queued(p), 0);
    heard = player_heard(p, reference, 8 * N);
    assert_true(heard >= N);
    player_close(p);
    in = fopen(path, "r");
    assert_non_null(in);
    n = fread(got, sizeof *got, 8 * N, in);
    fclose(in);
    while (at < n && !got[at])
        at++;
    assert_true(at + N <= n);
    assert_memory_equal(got + at, sound, sizeof sound);
}

static void a_name_that_is_not_there(void **state)
{
    struct iv_error err = {0};
    struct player *p;

    (void)state;
    assert_int_equal(player_open("no such thing", 24000, &p, &err), IV_E_UNAVAILABLE);
    assert_null(p);
    assert_non_null(strstr(err.text, "no such thing"));
    assert_non_null(strstr(err.text, "there are: \""));
}
#endif

int main(void)
{
#if IV_HAVE_SDL
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_played_is_what_the_device_gets),
        cmocka_unit_test(a_name_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, make_driver, drop_driver);
#else
    puts("SDL was left out of this build");
    return 0;
#endif
}
