/* alloc.c - checked allocation with a fault for tests. */
#include "iv/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef IV_TORTURE
#include <stdatomic.h>

static _Atomic long calls, fail_at = -1; /* -1: as IV_FAIL_ALLOC says */

void iv_alloc_fail_at(long n)
{
    atomic_store(&calls, 0);
    atomic_store(&fail_at, n);
}

long iv_alloc_calls(void)
{
    return atomic_load(&calls);
}

static int this_one_fails(void)
{
    long n = atomic_load(&fail_at);

    if (n == -1) {
        const char *text = getenv("IV_FAIL_ALLOC");

        n = text ? strtol(text, NULL, 10) : 0;
        atomic_store(&fail_at, n);
    }
    return atomic_fetch_add(&calls, 1) + 1 == n;
}
#else
#define this_one_fails() 0
#endif

static _Thread_local unsigned long failures;

static void *counted(void *p)
{
    failures += !p;
    return p;
}

unsigned long iv_alloc_failures(void)
{
    return failures;
}

void *iv_alloc(size_t size)
{
    return iv_alloc_array(1, size);
}

void *iv_alloc_array(size_t count, size_t size)
{
    if (this_one_fails())
        return counted(NULL);
    return counted(calloc(count ? count : 1, size ? size : 1));
}

void *iv_realloc_array(void *p, size_t count, size_t size)
{
    size_t bytes;

    if (this_one_fails() || __builtin_mul_overflow(count, size, &bytes))
        return counted(NULL);
    return counted(realloc(p, bytes ? bytes : 1));
}

char *iv_strndup(const char *s, size_t len)
{
    char *copy = iv_alloc(len + 1);

    if (copy && len)
        memcpy(copy, s, len);
    return copy;
}

char *iv_strdup(const char *s)
{
    return s ? iv_strndup(s, strlen(s)) : NULL;
}

int iv_grow(void *array_ptr, size_t *cap, size_t need, size_t size)
{
    void *old, *grown;
    size_t want = *cap ? *cap : 8;

    if (need <= *cap)
        return 0;
    while (want < need)
        if (__builtin_mul_overflow(want, 2, &want))
            return -1;
    memcpy(&old, array_ptr, sizeof old);
    grown = iv_realloc_array(old, want, size);
    if (!grown)
        return -1;
    memcpy(array_ptr, &grown, sizeof grown);
    *cap = want;
    return 0;
}
