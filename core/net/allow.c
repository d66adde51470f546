/* allow.c - the list of hosts, and which addresses are public. */
#include "net/allow.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* Those that a back end speaks to where no setting says otherwise. */
static const char built_in[] =
    "api.openai.com api.elevenlabs.io api.us.elevenlabs.io api.eu.residency.elevenlabs.io "
    "api.deepgram.com api.eu.deepgram.com speech.platform.bing.com api.daily.co";

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && !strcmp(s + n - m, end);
}

static bool is_configured(const struct iv_config *c, const char *host)
{
    for (size_t i = 0; i < iv_setting_count(); i++) {
        const struct iv_setting *s = iv_setting_at(i);
        struct net_url u;
        char *value;

        if (s->kind != IV_SET_STR || !(ends_with(s->key, ".base_url") || !strcmp(s->key, "server")))
            continue;
        memcpy(&value, (const char *)c + s->offset, sizeof value);
        if (value && *value && !iv_net_url_parse(value, &u, NULL) && !strcmp(u.host, host))
            return true;
    }
    return false;
}

static bool is_local_name(const char *host)
{
    return iv_net_host_is_localhost(host) || iv_net_host_is_address(host);
}

enum iv_code iv_net_allow(const struct iv_config *c, const char *text, struct net_url *out,
                          struct iv_error *err)
{
    enum iv_code rc = iv_net_url_parse(text, out, err);

    if (rc)
        return rc;
    if (c->net_offline)
        return iv_fail(err, IV_E_UNAVAILABLE, "%s: not asked: offline (net.offline)", out->host);
    if (!iv_net_host_in(out->host, built_in) && !iv_net_host_in(out->host, c->net_allow) &&
        !is_configured(c, out->host))
        return iv_fail(err, IV_E_CONFIG,
                       "%s: this host is on no list: name it in net.allow or in a base_url",
                       out->host);
    if (!out->is_tls && !c->net_local && !is_local_name(out->host))
        return iv_fail(
            err, IV_E_CONFIG,
            "%s: refused without TLS: use https or wss, or set net.local for a server in "
            "your own network",
            out->host);
    return IV_OK;
}

static bool in_v4(uint32_t a, uint32_t net, int bits)
{
    return (a ^ net) >> (32 - bits) == 0;
}

/* IANA's special-purpose registry: everything that is not globally reachable. */
static bool v4_is_public(uint32_t a)
{
    static const struct {
        uint32_t net;
        int bits;
    } closed[] = {{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
                  {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24},
                  {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24},
                  {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4}};

    for (size_t i = 0; i < IV_LEN(closed); i++)
        if (in_v4(a, closed[i].net, closed[i].bits))
            return false;
    return true;
}

static uint32_t word(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* 2000::/3 without documentation and Teredo; IPv4 inside IPv6 counts as that IPv4. */
static bool v6_is_public(const unsigned char *b)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b};

    if (!memcmp(b, mapped, 12) || !memcmp(b, nat64, 12))
        return v4_is_public(word(b + 12));
    if (b[0] == 0x20 && b[1] == 0x02)
        return v4_is_public(word(b + 2));
    return (b[0] & 0xe0) == 0x20 && word(b) != 0x20010db8 && word(b) != 0x20010000;
}

bool iv_net_address_is_public(const struct sockaddr *a)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (a->sa_family == AF_INET) {
        memcpy(&v4, a, sizeof v4);
        return v4_is_public(ntohl(v4.sin_addr.s_addr));
    }
    if (a->sa_family != AF_INET6)
        return false;
    memcpy(&v6, a, sizeof v6);
    return v6_is_public(v6.sin6_addr.s6_addr);
}

static bool is_loopback(const struct sockaddr *a)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (a->sa_family == AF_INET) {
        memcpy(&v4, a, sizeof v4);
        return in_v4(ntohl(v4.sin_addr.s_addr), 0x7f000000, 8);
    }
    memcpy(&v6, a, sizeof v6);
    return a->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

bool iv_net_allow_address(const struct iv_config *c, const struct net_url *u,
                          const struct sockaddr *a)
{
    if (a->sa_family != AF_INET && a->sa_family != AF_INET6)
        return false;
    if (iv_net_host_is_address(u->host))
        return true;
    if (iv_net_host_is_localhost(u->host))
        return is_loopback(a);
    return c->net_local || iv_net_address_is_public(a);
}

static bool is_own_machine(const char *host)
{
    return iv_net_host_is_localhost(host) || !strncmp(host, "127.", 4) || !strcmp(host, "::1");
}

const char *iv_net_proxy_for(const struct iv_config *c, const struct net_url *u)
{
    if (!c->net_proxy || !*c->net_proxy || is_own_machine(u->host))
        return NULL;
    if (c->net_no_proxy && (iv_net_host_in(u->host, c->net_no_proxy)))
        return NULL;
    return c->net_proxy;
}
