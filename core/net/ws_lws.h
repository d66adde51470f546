/* net/ws_lws.h - libwebsockets, opened by the first stream.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_NET_WS_LWS_H
#define IV_NET_WS_LWS_H

#include <libwebsockets.h>

#include "iv/lazy.h"

/* clang-format off */
#define LWS_FUNCTIONS(X)                                                                                  \
    X(lws_callback_on_writable) X(lws_cancel_service) X(lws_client_connect_via_info) X(lws_close_reason)  \
    X(lws_context_destroy) X(lws_create_context) X(lws_create_vhost) X(lws_frame_is_binary)               \
    X(lws_get_opaque_user_data) X(lws_get_socket_fd) X(lws_hdr_copy) X(lws_hdr_custom_copy)               \
    X(lws_http_client_http_response) X(lws_http_client_read) X(lws_is_final_fragment)                     \
    X(lws_is_first_fragment) X(lws_remaining_packet_payload) X(lws_rx_flow_control) X(lws_service)        \
    X(lws_set_log_level) X(lws_set_opaque_user_data) X(lws_set_timeout) X(lws_vhost_destroy) X(lws_write)
/* clang-format on */

LWS_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_lws;

#define lws_callback_on_writable (*iv_lazy_lws_callback_on_writable)
#define lws_cancel_service (*iv_lazy_lws_cancel_service)
#define lws_client_connect_via_info (*iv_lazy_lws_client_connect_via_info)
#define lws_close_reason (*iv_lazy_lws_close_reason)
#define lws_context_destroy (*iv_lazy_lws_context_destroy)
#define lws_create_context (*iv_lazy_lws_create_context)
#define lws_create_vhost (*iv_lazy_lws_create_vhost)
#define lws_frame_is_binary (*iv_lazy_lws_frame_is_binary)
#define lws_get_opaque_user_data (*iv_lazy_lws_get_opaque_user_data)
#define lws_get_socket_fd (*iv_lazy_lws_get_socket_fd)
#define lws_hdr_copy (*iv_lazy_lws_hdr_copy)
#define lws_hdr_custom_copy (*iv_lazy_lws_hdr_custom_copy)
#define lws_http_client_http_response (*iv_lazy_lws_http_client_http_response)
#define lws_http_client_read (*iv_lazy_lws_http_client_read)
#define lws_is_final_fragment (*iv_lazy_lws_is_final_fragment)
#define lws_is_first_fragment (*iv_lazy_lws_is_first_fragment)
#define lws_remaining_packet_payload (*iv_lazy_lws_remaining_packet_payload)
#define lws_rx_flow_control (*iv_lazy_lws_rx_flow_control)
#define lws_service (*iv_lazy_lws_service)
#define lws_set_log_level (*iv_lazy_lws_set_log_level)
#define lws_set_opaque_user_data (*iv_lazy_lws_set_opaque_user_data)
#define lws_set_timeout (*iv_lazy_lws_set_timeout)
#define lws_vhost_destroy (*iv_lazy_lws_vhost_destroy)
#define lws_write (*iv_lazy_lws_write)

#endif
