/* service_none.c - a build without libwebsockets. */
#include "server.h"

void iv_serve_stop(void) {}

void iv_serve_reload(void) {}

enum iv_code iv_serve(const struct iv_serve_options *options, struct iv_error *err)
{
    (void)options;
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "this build has no server: install libwebsockets-dev and build again");
}
