/* peer.c - who is at the other end of a connection, and for whom a proxy speaks. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "loop.h"

/* What does not change while a connection lives; libwebsockets keeps it, since its memory for a request is emptied with each. */
struct peer {
    char address[64];
    bool is_own; /* the user whose store it is, at the user's own socket */
};

static bool is_proxy(const struct iv_server *s, const char *address)
{
    const char *list = s->config->serve_proxies;
    size_t len = strlen(address);

    while (*list) {
        size_t n = strcspn(list, ", ");

        if (n && n == len && !strncmp(list, address, n))
            return true;
        list += n + (list[n] != '\0');
    }
    return false;
}

/* The last hop that is no proxy of ours: what stands before it anybody can write. */
static void take_forwarded(const struct iv_server *s, struct lws *wsi, struct iv_request *q)
{
    char *hops = iv_header(wsi, WSI_TOKEN_X_FORWARDED_FOR), *at;
    unsigned char ignored[16];

    q->forwarded_proto = iv_header_custom(wsi, "x-forwarded-proto:");
    while (hops && *hops) {
        at = strrchr(hops, ',');
        at = at ? at + 1 : hops;
        at += strspn(at, " ");
        at[strcspn(at, " ")] = '\0';
        if (inet_pton(AF_INET, at, ignored) != 1 && inet_pton(AF_INET6, at, ignored) != 1)
            break;
        snprintf(q->address, sizeof q->address, "%s", at);
        if (!is_proxy(s, at))
            break;
        at = strrchr(hops, ',');
        if (at)
            *at = '\0';
        else
            *hops = '\0';
    }
    free(hops);
}

static void ask(const struct iv_server *s, struct lws *wsi, struct peer *out)
{
    lws_get_peer_simple(wsi, out->address, sizeof out->address);
    if (!strncmp(out->address, "::ffff:", 7))
        memmove(out->address, out->address + 7, strlen(out->address) - 6);
    if (!out->address[0])
        snprintf(out->address, sizeof out->address, "local");
    out->is_own = iv_local_is_own(s, lws_get_socket_fd(wsi));
}

void iv_read_peer(const struct iv_server *s, struct lws *wsi, struct iv_request *q)
{
    struct peer *kept = lws_get_opaque_user_data(wsi), now = {0};

    if (!kept) {
        ask(s, wsi, &now);
        kept = iv_alloc(sizeof *kept);
        if (kept)
            *kept = now;
        lws_set_opaque_user_data(wsi, kept);
    }
    if (kept)
        now = *kept;
    memcpy(q->address, now.address, sizeof now.address);
    q->is_own = now.is_own && !q->api_key && !q->authorization && !q->origin;
    if (is_proxy(s, q->address))
        take_forwarded(s, wsi, q);
}

void iv_peer_gone(struct lws *wsi)
{
    free(lws_get_opaque_user_data(wsi));
    lws_set_opaque_user_data(wsi, NULL);
}
