/* lws.c - the pointers of lws.h. */
#include "lws.h"

#include "iv_build.h"

#define SLOT(function) __typeof__(*iv_srv_##function) *iv_srv_##function;
#define ROW(function) {#function, &iv_srv_##function},

#ifdef __cppcheck__ /* which cannot follow a list through a macro */
struct iv_lazy iv_server_lws;
#else
SERVER_LWS_FUNCTIONS(SLOT)
static const struct iv_lazy_function functions[] = {SERVER_LWS_FUNCTIONS(ROW)};
struct iv_lazy iv_server_lws = {IV_LWS_SONAME,     IV_LWS_PACKAGE, functions,
                                IV_LEN(functions), NULL,           false};
#endif
