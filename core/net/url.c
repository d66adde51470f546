/* url.c - a strict reading of URLs, and lists of hosts. */
#include "net/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct scheme {
    const char *name;
    bool is_tls, is_ws;
    int port;
} schemes[] = {{"http://", false, false, 80},
               {"https://", true, false, 443},
               {"ws://", false, true, 80},
               {"wss://", true, true, 443}};

static const struct scheme *scheme_of(const char *text)
{
    for (size_t i = 0; i < IV_LEN(schemes); i++)
        if (!strncasecmp(text, schemes[i].name, strlen(schemes[i].name)))
            return &schemes[i];
    return NULL;
}

bool iv_net_host_is_address(const char *host)
{
    unsigned char to[16];

    return inet_pton(AF_INET, host, to) == 1 || inet_pton(AF_INET6, host, to) == 1;
}

bool iv_net_host_is_localhost(const char *host)
{
    size_t n = strlen(host);

    return !strcasecmp(host, "localhost") || (n > 10 && !strcasecmp(host + n - 10, ".localhost"));
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

/* 0x7f.1 and 2130706433 are addresses to some resolvers: a name must not end in a number. */
static bool is_name(const char *s)
{
    const char *last = strrchr(s, '.');

    last = last ? last + 1 : s;
    return *last && !isdigit((unsigned char)*last);
}

static bool take_host(const char **at, struct net_url *out)
{
    bool is_v6 = **at == '[';
    const char *from = *at + is_v6;
    size_t n = 0;

    while (from[n] && (is_v6 ? isxdigit((unsigned char)from[n]) || strchr(":.", from[n])
                             : is_name_char(from[n])))
        n++;
    if (!n || n >= sizeof out->host || (is_v6 && from[n] != ']'))
        return false;
    for (size_t i = 0; i < n; i++)
        out->host[i] = (char)tolower((unsigned char)from[i]);
    out->host[n] = '\0';
    *at = from + n + is_v6;
    return is_v6 ? strchr(out->host, ':') && iv_net_host_is_address(out->host)
                 : iv_net_host_is_address(out->host) || is_name(out->host);
}

static bool take_port(const char **at, struct net_url *out)
{
    char *end;
    long port;

    if (**at != ':')
        return true;
    if (!isdigit((unsigned char)(*at)[1]))
        return false;
    port = strtol(*at + 1, &end, 10);
    if (port < 1 || port > 65535 || end - *at > 6)
        return false;
    out->port = (int)port;
    *at = end;
    return true;
}

/* Printable ASCII without blanks: what else must be escaped has to be escaped by whoever made the URL. */
static bool is_path(const char *s)
{
    if (*s && *s != '/' && *s != '?')
        return false;
    for (; *s; s++)
        if (*s <= ' ' || *s >= 127 || strchr("#\\\"<>^`{|}", *s))
            return false;
    return true;
}

enum iv_code iv_net_url_parse(const char *text, struct net_url *out, struct iv_error *err)
{
    const struct scheme *s = text ? scheme_of(text) : NULL;
    const char *at;

    *out = (struct net_url){.path = ""};
    if (!s)
        return iv_fail(err, IV_E_CONFIG,
                       "net: a URL begins with https://, http://, wss:// or ws://");
    if (strlen(text) >= NET_URL_BYTES)
        return iv_fail(err, IV_E_CONFIG, "net: a URL of %zu bytes is too long (%d)", strlen(text),
                       NET_URL_BYTES);
    out->is_tls = s->is_tls;
    out->is_ws = s->is_ws;
    out->port = s->port;
    at = text + strlen(s->name);
    if (strcspn(at, "@") < strcspn(at, "/?#"))
        return iv_fail(err, IV_E_CONFIG, "net: a URL must not hold a user or password");
    if (!take_host(&at, out))
        return iv_fail(err, IV_E_CONFIG, "net: the URL's host is not a name or an address");
    if (!take_port(&at, out))
        return iv_fail(err, IV_E_CONFIG, "net: %s: the URL's port is not 1 to 65535", out->host);
    if (!is_path(at))
        return iv_fail(err, IV_E_CONFIG,
                       "net: %s: the URL's path or query has a character that must be escaped",
                       out->host);
    out->path = at;
    return IV_OK;
}

static bool matches(const char *host, const char *rule, size_t n)
{
    size_t len = strlen(host);

    if (n == 1 && *rule == '*')
        return true;
    if (n > 1 && rule[0] == '*' && rule[1] == '.') {
        rule++;
        n--;
    }
    if (n > 1 && rule[0] == '.')
        return (len > n && !strncasecmp(host + len - n, rule, n));
    if (n > 2 && rule[0] == '[' && rule[n - 1] == ']') {
        rule++;
        n -= 2;
    }
    return len == n && !strncasecmp(host, rule, n);
}

bool iv_net_host_in(const char *host, const char *list)
{
    while (list && *list) {
        size_t n;

        list += strspn(list, ", \t");
        n = strcspn(list, ", \t");
        if (n && matches(host, list, n))
            return true;
        list += n;
    }
    return false;
}
