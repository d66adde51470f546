/* net/curl.h - libcurl, opened by the first call.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_NET_CURL_H
#define IV_NET_CURL_H

#define CURL_DISABLE_TYPECHECK /* its macros would hide ours */
#include <curl/curl.h>

#include "iv/lazy.h"

/* curl.h turns these into checking macros of the same name. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* clang-format off */
#define CURL_FUNCTIONS(X)                                                                                 \
    X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_strerror) \
    X(curl_global_init) X(curl_mime_addpart) X(curl_mime_data_cb) X(curl_mime_filename) X(curl_mime_free) \
    X(curl_mime_init) X(curl_mime_name) X(curl_mime_type) X(curl_multi_add_handle) X(curl_multi_cleanup)  \
    X(curl_multi_info_read) X(curl_multi_init) X(curl_multi_perform) X(curl_multi_poll)                   \
    X(curl_multi_remove_handle) X(curl_multi_setopt) X(curl_slist_append) X(curl_slist_free_all)
/* clang-format on */

CURL_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_curl;

#define curl_easy_cleanup (*iv_lazy_curl_easy_cleanup)
#define curl_easy_getinfo (*iv_lazy_curl_easy_getinfo)
#define curl_easy_init (*iv_lazy_curl_easy_init)
#define curl_easy_setopt (*iv_lazy_curl_easy_setopt)
#define curl_easy_strerror (*iv_lazy_curl_easy_strerror)
#define curl_global_init (*iv_lazy_curl_global_init)
#define curl_mime_addpart (*iv_lazy_curl_mime_addpart)
#define curl_mime_data_cb (*iv_lazy_curl_mime_data_cb)
#define curl_mime_filename (*iv_lazy_curl_mime_filename)
#define curl_mime_free (*iv_lazy_curl_mime_free)
#define curl_mime_init (*iv_lazy_curl_mime_init)
#define curl_mime_name (*iv_lazy_curl_mime_name)
#define curl_mime_type (*iv_lazy_curl_mime_type)
#define curl_multi_add_handle (*iv_lazy_curl_multi_add_handle)
#define curl_multi_cleanup (*iv_lazy_curl_multi_cleanup)
#define curl_multi_info_read (*iv_lazy_curl_multi_info_read)
#define curl_multi_init (*iv_lazy_curl_multi_init)
#define curl_multi_perform (*iv_lazy_curl_multi_perform)
#define curl_multi_poll (*iv_lazy_curl_multi_poll)
#define curl_multi_remove_handle (*iv_lazy_curl_multi_remove_handle)
#define curl_multi_setopt (*iv_lazy_curl_multi_setopt)
#define curl_slist_append (*iv_lazy_curl_slist_append)
#define curl_slist_free_all (*iv_lazy_curl_slist_free_all)

#endif
