/* ticket.c - passes that are good once. They live for seconds, so memory is where they belong. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "auth/inside.h"
#include "auth/key_text.h"
#include "iv/alloc.h"

#define HEAD "ivk_"
_Static_assert(sizeof HEAD + KEY_RANDOM_CHARS <= IV_TICKET_BYTES, "a ticket fits");

static void hash_ticket(const char *text, unsigned char out[MAC_BYTES])
{
    crypto_generichash(out, MAC_BYTES, (const unsigned char *)text, strlen(text), NULL, 0);
}

/* {tickets.lock}: a place that is empty or whose time is over; NULL when there is none. */
static struct ticket *find_place(struct tickets *t, int64_t now_us)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->items[i].until_us <= now_us)
            return &t->items[i];
    if (t->n == TICKETS_MAX || iv_grow(&t->items, &t->cap, t->n + 1, sizeof *t->items))
        return NULL;
    return &t->items[t->n++];
}

enum iv_code iv_keys_ticket_new(iv_keys *k, const struct iv_principal *who, const char *session_id,
                                char out[IV_TICKET_BYTES], int64_t *expires_ms,
                                struct iv_error *err)
{
    int64_t now_us = iv_keys_now_us(k);
    struct ticket *place;

    if (strlen(session_id) >= IV_ID_BYTES)
        return iv_fail(err, IV_E_USAGE, "session_id: too long");
    memcpy(out, HEAD, sizeof HEAD);
    iv_random_text(out + sizeof HEAD - 1);
    *expires_ms = iv_keys_now_ms(k) + IV_TICKET_MS;
    pthread_mutex_lock(&k->tickets.lock);
    place = find_place(&k->tickets, now_us);
    if (place) {
        *place = (struct ticket){.until_us = now_us + IV_TICKET_MS * 1000ll, .who = *who};
        hash_ticket(out, place->hash);
        memcpy(place->session_id, session_id, strlen(session_id) + 1);
    }
    pthread_mutex_unlock(&k->tickets.lock);
    if (place)
        return IV_OK;
    out[0] = '\0';
    return iv_fail(err, IV_E_BUSY, "%d tickets are out; try again in a few seconds", TICKETS_MAX);
}

enum iv_code iv_keys_ticket_take(iv_keys *k, const char *ticket, const char *session_id,
                                 struct iv_principal *out, struct iv_error *err)
{
    int64_t now_us = iv_keys_now_us(k);
    unsigned char hash[MAC_BYTES];
    bool is_good = false;

    *out = (struct iv_principal){.expires_ms = 0};
    if (!ticket || strnlen(ticket, IV_TICKET_BYTES) == IV_TICKET_BYTES)
        return iv_keys_refused(err);
    hash_ticket(ticket, hash);
    pthread_mutex_lock(&k->tickets.lock);
    for (size_t i = 0; i < k->tickets.n; i++) {
        struct ticket *t = &k->tickets.items[i];

        if (t->until_us <= now_us || sodium_memcmp(t->hash, hash, sizeof hash) != 0)
            continue;
        is_good = !strcmp(t->session_id, session_id);
        *out = t->who;
        sodium_memzero(t, sizeof *t);
    }
    pthread_mutex_unlock(&k->tickets.lock);
    if (is_good && iv_keys_still_good(k, out))
        return IV_OK;
    *out = (struct iv_principal){.expires_ms = 0};
    return iv_keys_refused(err);
}
