/* config/libsecret.h - libsecret, opened where a keyring is asked. See iv/lazy.h; GLib comes with it. */
#ifndef IV_CONFIG_LIBSECRET_H
#define IV_CONFIG_LIBSECRET_H

#include <libsecret/secret.h>

#include "iv/lazy.h"

/* clang-format off */
#define LIBSECRET_FUNCTIONS(X)                                                                               \
    X(secret_password_lookup_sync) X(secret_password_free) X(g_cancellable_new) X(g_cancellable_cancel)      \
    X(g_object_unref) X(g_error_free)
/* clang-format on */

LIBSECRET_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_libsecret;

#define secret_password_lookup_sync (*iv_lazy_secret_password_lookup_sync)
#define secret_password_free (*iv_lazy_secret_password_free)
#define g_cancellable_new (*iv_lazy_g_cancellable_new)
#define g_cancellable_cancel (*iv_lazy_g_cancellable_cancel)
#undef g_object_unref
#define g_object_unref (*iv_lazy_g_object_unref)
#undef g_error_free
#define g_error_free (*iv_lazy_g_error_free)

#endif
