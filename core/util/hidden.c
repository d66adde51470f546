/* hidden.c - see the header. */
#include "util/hidden.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"

#define MARK "[redacted]"

struct iv_hidden {
    pthread_mutex_t lock;
    char **words; /* {lock} */
    size_t n, cap; /* {lock} */
};

iv_hidden *iv_hidden_new(void)
{
    iv_hidden *h = iv_alloc(sizeof *h);

    if (h)
        pthread_mutex_init(&h->lock, NULL);
    return h;
}

void iv_hidden_free(iv_hidden *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++) {
        sodium_memzero(h->words[i], strlen(h->words[i]));
        free(h->words[i]);
    }
    free(h->words);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static bool is_known(const iv_hidden *h, const char *word)
{
    for (size_t i = 0; i < h->n; i++)
        if (!strcmp(h->words[i], word))
            return true;
    return false;
}

enum iv_code iv_hidden_add(iv_hidden *h, const char *word, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    char *copy;

    if (strlen(word) < IV_HIDDEN_MIN_CHARS)
        return IV_OK;
    pthread_mutex_lock(&h->lock);
    if (!is_known(h, word)) {
        copy = iv_strdup(word);
        if (!copy || iv_grow(&h->words, &h->cap, h->n + 1, sizeof *h->words)) {
            free(copy);
            rc = iv_fail(err, IV_E_NOMEM, "keys: out of memory");
        } else
            h->words[h->n++] = copy;
    }
    pthread_mutex_unlock(&h->lock);
    return rc;
}

/* Puts the mark, or as much of it as fits, in the place of len bytes. */
static void replace(char *at, size_t len)
{
    size_t mark = len < sizeof MARK - 1 ? len : sizeof MARK - 1;

    memcpy(at, MARK, mark);
    memmove(at + mark, at + len, strlen(at + len) + 1);
}

void iv_hidden_cut_word(char *text, const char *word)
{
    size_t len = strlen(word), n;
    char *p = text;

    if (len < IV_HIDDEN_MIN_CHARS)
        return;
    while ((p = strstr(p, word)))
        replace(p, len);
    n = strlen(text);
    for (size_t part = len - 1 < n ? len - 1 : n; part >= IV_HIDDEN_MIN_CHARS; part--)
        if (!memcmp(text + n - part, word, part)) {
            replace(text + n - part, part);
            return;
        }
}

void iv_hidden_cut(iv_hidden *h, char *text)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->n; i++)
        iv_hidden_cut_word(text, h->words[i]);
    pthread_mutex_unlock(&h->lock);
}
