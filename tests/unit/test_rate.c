/* test_rate.c - in any window exactly the limit passes, from however many threads, in bounded memory. */
#include "table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "iv/rate.h"

#define S 1000000ll
#define WINDOW (60 * S)
#define LARGE (1u << 20)

static iv_rate *make(unsigned limit, size_t bytes)
{
    iv_rate *r;

    assert_int_equal(iv_rate_new(limit, WINDOW, bytes, &r, NULL), IV_OK);
    return r;
}

static unsigned take_many(iv_rate *r, const char *name, int64_t now_us, unsigned n)
{
    unsigned passed = 0;

    for (unsigned i = 0; i < n; i++)
        passed += iv_rate_take(r, name, now_us).passed;
    return passed;
}

static void sixty_pass_and_the_next_waits(void **state)
{
    iv_rate *r = make(60, LARGE);
    struct iv_rate_state s;

    (void)state;
    s = iv_rate_take(r, "k", 5 * S);
    assert_true(s.passed);
    assert_int_equal(s.limit, 60);
    assert_int_equal(s.window_s, 60);
    assert_int_equal(s.remaining, 59);
    assert_int_equal(s.reset_s, 60);
    assert_int_equal(take_many(r, "k", 20 * S, 100), 59);
    s = iv_rate_take(r, "k", 20 * S);
    assert_false(s.passed);
    assert_int_equal(s.remaining, 0);
    assert_int_equal(s.reset_s, 45); /* the first one's window ends then */
    s = iv_rate_take(r, "k", 65 * S - 1);
    assert_false(s.passed);
    assert_int_equal(s.reset_s, 1); /* never 0: nobody should ask again at once */
    assert_int_equal(take_many(r, "k", 65 * S, 100), 1);
    assert_int_equal(take_many(r, "k", 80 * S, 100), 59);
    iv_rate_free(r);
}

static void names_do_not_touch(void **state)
{
    iv_rate *r = make(3, LARGE);

    (void)state;
    assert_int_equal(take_many(r, "a", 0, 10), 3);
    assert_int_equal(take_many(r, "b", 0, 10), 3);
    iv_rate_clear(r, "a");
    assert_int_equal(take_many(r, "a", 0, 10), 3);
    assert_int_equal(take_many(r, "b", 0, 10), 0);
    iv_rate_clear(r, "unknown");
    iv_rate_free(r);
}

static void looking_takes_nothing(void **state)
{
    iv_rate *r = make(2, LARGE);

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(iv_rate_look(r, "a", S).remaining, 2);
    assert_int_equal(iv_rate_look(r, "a", S).reset_s, 0);
    take_many(r, "a", S, 2);
    assert_false(iv_rate_look(r, "a", S).passed);
    assert_int_equal(iv_rate_look(r, "a", S).remaining, 0);
    assert_true(iv_rate_look(r, "a", S + WINDOW).passed);
    iv_rate_free(r);
}

static void clock_that_goes_back_gives_nothing(void **state)
{
    iv_rate *r = make(2, LARGE);

    (void)state;
    assert_int_equal(take_many(r, "a", 100 * S, 5), 2);
    assert_int_equal(take_many(r, "a", 30 * S, 5), 0);
    assert_int_equal(take_many(r, "a", 160 * S, 5), 2);
    iv_rate_free(r);
}

/* Every instant of a pass, by brute force: no window of 60 s, wherever it begins, holds more. */
static void no_window_holds_more(void **state)
{
    static int64_t passes[20000];
    iv_rate *r = make(60, LARGE);
    int64_t now = 0;
    size_t n = 0, first = 0;

    (void)state;
    srand(7);
    for (int i = 0; i < 20000; i++) {
        now += rand() % (i / 2000 % 2 ? 100000 : 3000000); /* quick and slow by turns */
        if (iv_rate_take(r, "k", now).passed)
            passes[n++] = now;
        while (first < n && now - passes[first] >= WINDOW)
            first++;
        assert_in_range(n - first, 0, 60);
    }
    assert_true(n > 5000);
    iv_rate_free(r);
}

/* -- 64 threads, 1,000 requests -- */

static struct {
    iv_rate *r;
    int64_t now; /* {lock} */
    unsigned asked, passed; /* {lock} */
    pthread_mutex_t lock;
    pthread_barrier_t start;
} crowd;

static void *ask(void *arg)
{
    unsigned mine = 1000 / 64 + ((size_t)arg < 1000 % 64), passed = 0;

    pthread_barrier_wait(&crowd.start);
    for (unsigned i = 0; i < mine; i++)
        passed += iv_rate_take(crowd.r, "key_1", crowd.now).passed;
    pthread_mutex_lock(&crowd.lock);
    crowd.asked += mine;
    crowd.passed += passed;
    pthread_mutex_unlock(&crowd.lock);
    return NULL;
}

static unsigned let_crowd_ask(int64_t now)
{
    pthread_t threads[64];

    crowd.now = now;
    crowd.asked = crowd.passed = 0;
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, (void *)i), 0);
    for (size_t i = 0; i < 64; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.asked, 1000);
    return crowd.passed;
}

static void sixty_four_threads_get_sixty(void **state)
{
    (void)state;
    crowd.r = make(60, LARGE);
    pthread_mutex_init(&crowd.lock, NULL);
    pthread_barrier_init(&crowd.start, NULL, 64);
    assert_int_equal(let_crowd_ask(S), 60);
    assert_int_equal(let_crowd_ask(60 * S), 0);
    assert_int_equal(let_crowd_ask(61 * S), 60);
    pthread_barrier_destroy(&crowd.start);
    iv_rate_free(crowd.r);
}

/* -- memory -- */

static void memory_has_a_ceiling(void **state)
{
    iv_rate *r = make(60, 64 * 1024);
    char name[32];
    unsigned passed = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "%d.%d", i, i);
        passed += iv_rate_take(r, name, S).passed;
        assert_in_range(iv_rate_bytes(r), 1, 64 * 1024);
    }
    assert_in_range(passed, 61,
                    64 * 1024 / 64 + 60); /* those with a place, and sixty of the others */
    assert_false(iv_rate_take(r, "one more", S).passed);
    /* A window later those are idle, and make room. */
    assert_int_equal(take_many(r, "one more", S + WINDOW, 100), 60);
    assert_in_range(iv_rate_bytes(r), 1, 64 * 1024);
    iv_rate_free(r);
}

static void busy_one_keeps_its_count(void **state)
{
    iv_rate *r = make(60, 64 * 1024);
    char name[32];

    (void)state;
    assert_int_equal(take_many(r, "busy", S, 30), 30);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        iv_rate_take(r, name, 2 * S);
    }
    /* No room to remember more than it has: it gets no more, and never too many. */
    assert_in_range(take_many(r, "busy", 3 * S, 100), 0, 30);
    iv_rate_free(r);
}

static const struct bad {
    const char *name;
    unsigned limit;
    int64_t window;
} bads[] = {
    {"a limit of nothing is refused", 0, WINDOW},
    {"a limit beyond the most is refused", IV_RATE_LIMIT_MAX + 1, WINDOW},
    {"a window of nothing is refused", 1, 0},
};

static void bad_limit(void **state)
{
    const struct bad *b = *state;
    iv_rate *r;

    assert_int_equal(iv_rate_new(b->limit, b->window, LARGE, &r, NULL), IV_E_USAGE);
    assert_null(r);
}

static const struct address {
    const char *name, *ip, *is;
} addresses[] = {
    {"an IPv4 address counts whole", "192.0.2.7", "192.0.2.7"},
    {"an IPv4 address within IPv6 is one", "::ffff:192.0.2.7", "192.0.2.7"},
    {"an IPv6 address counts by its network", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
    {"what is no address is taken as it is", "unix", "unix"},
    {"what is too long is cut", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
};

static void address(void **state)
{
    const struct address *a = *state;
    char out[IV_ADDRESS_BYTES];

    iv_rate_address(a->ip, out);
    assert_string_equal(out, a->is);
}

int main(void)
{
    TABLE_TEST(sixty_pass_and_the_next_waits);
    TABLE_TEST(names_do_not_touch);
    TABLE_TEST(looking_takes_nothing);
    TABLE_TEST(clock_that_goes_back_gives_nothing);
    TABLE_TEST(no_window_holds_more);
    TABLE_TEST(sixty_four_threads_get_sixty);
    TABLE_TEST(memory_has_a_ceiling);
    TABLE_TEST(busy_one_keeps_its_count);
    TABLE_ROWS(bad_limit, bads);
    TABLE_ROWS(address, addresses);
    return table_run("rate");
}
