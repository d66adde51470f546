/* test_speech_cache.c - equal in, equal out; damaged files; limits; counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "provider/speech_cache.h"
#include "provider/speech_file.h"

static char dir[64];

static struct iv_speech make(int16_t level, size_t samples)
{
    struct iv_speech s = {.pcm.rate_hz = IV_TTS_RATE_HZ, .set = IV_PHONES_JTALK, .n_phonemes = 2};

    for (size_t i = 0; i < samples; i++)
        assert_int_equal(iv_pcm_append(&s.pcm, &level, 1, NULL), IV_OK);
    s.phonemes = iv_alloc_array(2, sizeof *s.phonemes);
    s.phonemes[0] = (struct iv_phoneme){0, 10, "a"};
    s.phonemes[1] = (struct iv_phoneme){10, 25, "N"};
    return s;
}

static struct speech_key key(const char *text)
{
    const char *parts[] = {"espeak", "en", text, NULL};

    return iv_speech_key_of(parts);
}

static speech_cache *open_cache(const char *where, uint64_t disk, uint64_t memory)
{
    speech_cache *c;

    assert_int_equal(iv_speech_cache_new(where, disk, memory, &c, NULL), IV_OK);
    return c;
}

static void put(speech_cache *c, const char *text, int16_t level, size_t samples)
{
    struct iv_speech s = make(level, samples);
    struct speech_key k = key(text);

    iv_speech_cache_put(c, &k, &s);
    iv_speech_release(&s);
}

/* The level of what is found, or 0. */
static int16_t get(speech_cache *c, const char *text)
{
    struct speech_key k = key(text);
    struct iv_speech s;
    int16_t level;

    if (!iv_speech_cache_get(c, &k, &s))
        return 0;
    assert_true(s.from_cache);
    assert_int_equal(s.n_phonemes, 2);
    assert_string_equal(s.phonemes[1].symbol, "N");
    assert_int_equal(s.set, IV_PHONES_JTALK);
    level = s.pcm.samples[0];
    iv_speech_release(&s);
    return level;
}

static void memory_alone_works(void **state)
{
    speech_cache *c = open_cache(NULL, 0, 1 << 20);

    (void)state;
    assert_int_equal(get(c, "a"), 0);
    put(c, "a", 5, 100);
    assert_int_equal(get(c, "a"), 5);
    put(c, "a", 6, 100);
    assert_int_equal(get(c, "a"), 6);
    assert_int_equal(get(c, "b"), 0);
    iv_speech_cache_free(c);
}

static void memory_forgets_the_longest_unused(void **state)
{
    speech_cache *c = open_cache(NULL, 0, 5000);

    (void)state;
    put(c, "a", 1, 1000);
    put(c, "b", 2, 1000);
    assert_int_equal(get(c, "a"), 1);
    put(c, "c", 3, 1000);
    assert_int_equal(get(c, "b"), 0);
    assert_int_equal(get(c, "a"), 1);
    assert_int_equal(get(c, "c"), 3);
    put(c, "large", 4, 10000);
    assert_int_equal(get(c, "large"), 0);
    iv_speech_cache_free(c);
}

static void disk_outlives_the_process(void **state)
{
    speech_cache *c = open_cache(dir, 1 << 20, 0);
    struct stat st;

    (void)state;
    put(c, "a", 7, 100);
    iv_speech_cache_free(c);
    c = open_cache(dir, 1 << 20, 1 << 20);
    assert_int_equal(get(c, "a"), 7);
    assert_int_equal(get(c, "b"), 0);
    iv_speech_cache_free(c);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

/* Calls fn for each cache file. */
static size_t each_file(void (*fn)(const char *path, int arg), int arg)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    size_t n = 0;

    while (d && (e = readdir(d))) {
        char path[400];

        if (!strstr(e->d_name, ".ivs"))
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (fn)
            fn(path, arg);
        n++;
    }
    if (d)
        closedir(d);
    return n;
}

static void flip(const char *path, int at)
{
    int fd = open(path, O_RDWR);
    char c;

    assert_int_equal(pread(fd, &c, 1, at), 1);
    c = (char)~c;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

static void cut(const char *path, int len)
{
    assert_int_equal(truncate(path, len), 0);
}

static const struct damage_row {
    const char *name;
    void (*fn)(const char *path, int arg);
    int arg;
} damages[] = {
    {"a wrong hash", flip, 3},     {"a wrong magic", flip, 32}, {"a wrong count", flip, 48},
    {"a wrong sample", flip, 200}, {"a cut file", cut, 150},    {"half a header", cut, 20},
    {"an empty file", cut, 0},     {"a huge count", flip, 55},  {"a byte too few", cut, 303},
};

static void damage_is_dropped(void **state)
{
    const struct damage_row *r = *state;
    speech_cache *c = open_cache(dir, 1 << 20, 0);

    put(c, "a", 7, 100);
    assert_int_equal(each_file(r->fn, r->arg), 1);
    assert_int_equal(get(c, "a"), 0);
    assert_int_equal(each_file(NULL, 0), 0);
    put(c, "a", 8, 100);
    assert_int_equal(get(c, "a"), 8);
    iv_speech_cache_free(c);
}

static void disk_stays_below_its_limit(void **state)
{
    speech_cache *c = open_cache(dir, 20000, 0);
    struct iv_tts_stats st;
    char text[16];

    (void)state;
    for (int i = 1; i <= 30; i++) {
        snprintf(text, sizeof text, "%d", i);
        put(c, text, (int16_t)i, 1000);
        assert_int_equal(get(c, "1"), 1); /* used all the time */
        usleep(2000); /* a file system's clock has steps */
    }
    iv_speech_cache_stats(c, &st);
    assert_in_range(st.cache_bytes, 10000, 20000);
    assert_int_equal(get(c, "2"), 0);
    assert_int_equal(get(c, "30"), 30);
    iv_speech_cache_free(c);
}

static void counts_are_kept_beside_the_files(void **state)
{
    speech_cache *c = open_cache(dir, 1 << 20, 0);
    struct iv_tts_stats st;

    (void)state;
    iv_speech_cache_count(c, false, 10);
    iv_speech_cache_count(c, true, 10);
    iv_speech_cache_free(c);
    c = open_cache(dir, 1 << 20, 0);
    iv_speech_cache_count(c, true, 5);
    iv_speech_cache_stats(c, &st);
    assert_int_equal(st.requests, 3);
    assert_int_equal(st.cache_hits, 2);
    assert_int_equal(st.characters, 25);
    iv_speech_cache_free(c);
}

static void no_folder_is_no_fault(void **state)
{
    speech_cache *c = open_cache("/proc/no/such", 1 << 20, 0);

    (void)state;
    put(c, "a", 7, 100);
    assert_int_equal(get(c, "a"), 0);
    iv_speech_cache_count(c, true, 1);
    iv_speech_cache_free(c);
}

static void keys_tell_parts_apart(void **state)
{
    const char *one[] = {"ab", "c", NULL}, *two[] = {"a", "bc", NULL};
    struct speech_key a = iv_speech_key_of(one), b = iv_speech_key_of(two);

    (void)state;
    assert_memory_not_equal(&a, &b, sizeof a);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/iv-cache-XXXXXX");
    return mkdtemp(dir) && !rmdir(dir) ? 0 : -1; /* the cache makes it */
}

static int tear_down(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
#define CACHE_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    struct CMUnitTest t[7 + IV_LEN(damages)] = {
        CACHE_TEST(memory_alone_works),
        CACHE_TEST(memory_forgets_the_longest_unused),
        CACHE_TEST(disk_outlives_the_process),
        CACHE_TEST(disk_stays_below_its_limit),
        CACHE_TEST(counts_are_kept_beside_the_files),
        CACHE_TEST(no_folder_is_no_fault),
        CACHE_TEST(keys_tell_parts_apart),
    };

    for (size_t i = 0; i < IV_LEN(damages); i++)
        t[7 + i] = (struct CMUnitTest){.name = damages[i].name,
                                       .test_func = damage_is_dropped,
                                       .setup_func = set_up,
                                       .teardown_func = tear_down,
                                       .initial_state = (void *)(uintptr_t)&damages[i]};
    return cmocka_run_group_tests_name("speech cache", t, NULL, NULL);
}
