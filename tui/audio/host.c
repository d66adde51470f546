/* host.c - calls that may never return, each on a thread that can be left behind. */
#include "audio/host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv_build.h"

#if IV_HAVE_PORTAUDIO
#define IV_PORTAUDIO_TABLE
#include "audio/pa.h"

IV_LAZY_DEFINE(iv_portaudio, IV_PORTAUDIO_SONAME, IV_PORTAUDIO_PACKAGE, PORTAUDIO_FUNCTIONS);
#endif

struct call {
    void (*fn)(void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done; /* {lock} */
    bool left; /* {lock} nobody waits: the thread frees */
};

static atomic_bool stuck;

uint64_t host_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

enum iv_code host_check(struct iv_error *err)
{
#if IV_HAVE_PORTAUDIO
    if (atomic_load(&stuck))
        return iv_fail(err, IV_E_UNAVAILABLE,
                       "the sound system hangs in a device; it can be used again after a new start "
                       "of the program");
    return iv_lazy_load(&iv_portaudio, err);
#else
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "sound devices were left out of this build (package portaudio19-dev)");
#endif
}

/* Host libraries write on fd 2 while they look for devices; it goes nowhere meanwhile. */
static int silence_stderr(void)
{
    int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    return saved;
}

static void restore_stderr(int saved)
{
    if (saved >= 0) {
        dup2(saved, STDERR_FILENO);
        close(saved);
    }
}

static void free_call(struct call *c)
{
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->ended);
    free(c);
}

static void *carry_out(void *arg)
{
    struct call *c = arg;
    bool left;

    c->fn(c->arg);
    pthread_mutex_lock(&c->lock);
    c->done = true;
    left = c->left;
    pthread_cond_signal(&c->ended);
    pthread_mutex_unlock(&c->lock);
    if (left)
        free_call(c);
    return NULL;
}

static struct call *new_call(void (*fn)(void *arg), void *arg)
{
    struct call *c = iv_alloc(sizeof *c);
    pthread_condattr_t monotonic;

    if (!c)
        return NULL;
    *c = (struct call){.fn = fn, .arg = arg};
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return c;
}

static bool wait_for(struct call *c)
{
    struct timespec until;
    bool done;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += HOST_PATIENCE_MS / 1000;
    pthread_mutex_lock(&c->lock);
    while (!c->done && pthread_cond_timedwait(&c->ended, &c->lock, &until) != ETIMEDOUT)
        ;
    done = c->done;
    c->left = !done;
    pthread_mutex_unlock(&c->lock);
    return done;
}

bool host_call(void (*fn)(void *arg), void *arg)
{
    struct call *c;
    pthread_t thread;
    int saved;
    bool done;

    if (atomic_load(&stuck))
        return false;
    c = new_call(fn, arg);
    if (!c)
        return false;
    saved = silence_stderr();
    if (pthread_create(&thread, NULL, carry_out, c)) {
        restore_stderr(saved);
        free_call(c);
        return false;
    }
    done = wait_for(c);
    restore_stderr(saved);
    if (done) {
        pthread_join(thread, NULL);
        free_call(c);
    } else {
        pthread_detach(thread);
        atomic_store(&stuck, true);
    }
    return done;
}
