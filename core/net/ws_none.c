/* ws_none.c - a build without libwebsockets. */
#include "iv_build.h"
#include "net/internal.h"

#if !IV_HAVE_LWS

enum iv_code iv_net_ws_open(iv_net *net, const struct net_ws_request *r, net_ws **out,
                            struct iv_error *err)
{
    (void)net;
    (void)r;
    *out = NULL;
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "this build opens no WebSocket: it was made without libwebsockets (package "
                   "libwebsockets-dev)");
}

enum iv_code iv_net_ws_send(net_ws *w, const void *data, size_t len, bool is_text,
                            struct iv_error *err)
{
    (void)w;
    (void)data;
    (void)len;
    (void)is_text;
    return iv_fail(err, IV_E_STATE, "net: no stream");
}

size_t iv_net_ws_queued(const net_ws *w)
{
    (void)w;
    return 0;
}

void iv_net_ws_close(net_ws *w, int code)
{
    (void)w;
    (void)code;
}

void iv_net_ws_release(net_ws *w)
{
    (void)w;
}

void iv_streams_stop(iv_net *net)
{
    (void)net;
}

void iv_streams_free(iv_net *net)
{
    (void)net;
}

#endif
