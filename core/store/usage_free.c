/* usage_free.c - see the header. */
#include "store/usage_free.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "net/allow.h"
#include "net/url.h"

static bool is_private_address(const char *host)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
        return !iv_net_address_is_public((const struct sockaddr *)&v4);
    return inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 &&
           !iv_net_address_is_public((const struct sockaddr *)&v6);
}

static const char *base_url(const struct iv_config *c, const char *service)
{
    const struct {
        const char *service, *own, *common;
    } rows[] = {
        {"llm.openai", c->llm_base_url, c->openai_base_url},
        {"stt.openai", c->stt_openai_base_url, c->openai_base_url},
        {"tts.openai", c->tts_openai_base_url, c->openai_base_url},
        {"stt.deepgram", c->deepgram_base_url, ""},
        {"tts.elevenlabs", c->elevenlabs_base_url, ""},
    };

    for (size_t i = 0; i < IV_LEN(rows); i++)
        if (!strcmp(rows[i].service, service))
            return rows[i].own[0] ? rows[i].own : rows[i].common;
    return "";
}

bool iv_usage_is_free(const struct iv_config *c, const char *service)
{
    struct net_url url;

    if (iv_net_url_parse(base_url(c, service), &url, NULL))
        return false;
    return iv_net_host_is_localhost(url.host) || is_private_address(url.host) ||
           !strpbrk(url.host, ".:");
}

const char *iv_usage_model_set(const struct iv_config *c, const char *service)
{
    const struct {
        const char *service, *model;
    } rows[] = {
        {"llm.openai", c->llm_model},
        {"stt.openai", c->stt_openai_model},
        {"tts.openai", c->tts_openai_model},
        {"stt.deepgram", c->deepgram_model},
        {"tts.elevenlabs", c->elevenlabs_model},
    };

    for (size_t i = 0; i < IV_LEN(rows); i++)
        if (!strcmp(rows[i].service, service))
            return rows[i].model;
    return "";
}
