/* iv/alloc.h - allocation that a test can make fail.
 *
 * Why:     one interview may run out of memory, the server must not; IV_FAIL_ALLOC=n fails the n-th call in test builds.
 * Owns:    the caller owns what it gets and frees it with free().
 * Threads: [any].
 * Errors:  NULL when there is no memory or a product overflows.
 */
#ifndef IV_ALLOC_H
#define IV_ALLOC_H

#include <stddef.h>

void *iv_alloc(size_t size); /* zeroed */
void *iv_alloc_array(size_t count, size_t size); /* zeroed; checks the product */
void *iv_realloc_array(void *p, size_t count, size_t size);
char *iv_strdup(const char *s); /* NULL in, NULL out */
char *iv_strndup(const char *s, size_t len);

/* Grow an array of `size`-byte items so that at least `need` fit; doubles. Returns 0, or -1 and leaves it as it was. */
int iv_grow(void *array_ptr, size_t *cap, size_t need, size_t size);

/* How often this thread was given nothing: for who builds on regardless, and asks at the end. */
unsigned long iv_alloc_failures(void);

#ifdef IV_TORTURE
/* Test builds: the n-th call from now on fails, 0: none does; and how many there were since. */
void iv_alloc_fail_at(long n);
long iv_alloc_calls(void);
#endif

#endif
