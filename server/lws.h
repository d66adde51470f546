/* lws.h - libwebsockets, opened when a server starts: no other command pays for it (iv/lazy.h).
 *
 * A function that is used must stand in both lists: one forgotten does not link.
 */
#ifndef IV_SERVER_LWS_H
#define IV_SERVER_LWS_H

#include <libwebsockets.h>

#include "iv/lazy.h"

/* clang-format off */
#define SERVER_LWS_FUNCTIONS(X)                                                                     \
    X(lws_add_http_header_by_name) X(lws_add_http_header_content_length)                            \
    X(lws_add_http_header_status) X(lws_callback_on_writable) X(lws_cancel_service)                 \
    X(lws_close_reason) X(lws_context_destroy) X(lws_context_user) X(lws_create_context)            \
    X(lws_create_vhost) X(lws_finalize_http_header) X(lws_frame_is_binary) X(lws_get_context)       \
    X(lws_get_close_length) X(lws_get_opaque_user_data) X(lws_get_peer_simple) X(lws_set_opaque_user_data) X(lws_get_socket_fd) X(lws_hdr_copy) X(lws_hdr_copy_fragment) X(lws_hdr_custom_copy)          \
    X(lws_hdr_custom_length) X(lws_hdr_total_length) X(lws_http_transaction_completed)              \
    X(lws_is_final_fragment) X(lws_is_first_fragment) X(lws_is_ssl) X(lws_partial_buffered)         \
    X(lws_remaining_packet_payload) X(lws_rx_flow_control) X(lws_service) X(lws_set_log_level) X(lws_set_timeout)          \
    X(lws_set_timer_usecs) X(lws_tls_cert_updated) X(lws_write)
/* clang-format on */

#define SERVER_LWS_DECLARE(function) extern __typeof__(function) *iv_srv_##function;
SERVER_LWS_FUNCTIONS(SERVER_LWS_DECLARE)
extern struct iv_lazy iv_server_lws;

#define lws_add_http_header_by_name (*iv_srv_lws_add_http_header_by_name)
#define lws_add_http_header_content_length (*iv_srv_lws_add_http_header_content_length)
#define lws_add_http_header_status (*iv_srv_lws_add_http_header_status)
#define lws_callback_on_writable (*iv_srv_lws_callback_on_writable)
#define lws_cancel_service (*iv_srv_lws_cancel_service)
#define lws_close_reason (*iv_srv_lws_close_reason)
#define lws_context_destroy (*iv_srv_lws_context_destroy)
#define lws_context_user (*iv_srv_lws_context_user)
#define lws_create_context (*iv_srv_lws_create_context)
#define lws_create_vhost (*iv_srv_lws_create_vhost)
#define lws_finalize_http_header (*iv_srv_lws_finalize_http_header)
#define lws_frame_is_binary (*iv_srv_lws_frame_is_binary)
#define lws_get_close_length (*iv_srv_lws_get_close_length)
#define lws_get_context (*iv_srv_lws_get_context)
#define lws_get_opaque_user_data (*iv_srv_lws_get_opaque_user_data)
#define lws_set_opaque_user_data (*iv_srv_lws_set_opaque_user_data)
#define lws_get_peer_simple (*iv_srv_lws_get_peer_simple)
#define lws_get_socket_fd (*iv_srv_lws_get_socket_fd)
#define lws_rx_flow_control (*iv_srv_lws_rx_flow_control)
#define lws_hdr_copy (*iv_srv_lws_hdr_copy)
#define lws_hdr_copy_fragment (*iv_srv_lws_hdr_copy_fragment)
#define lws_hdr_custom_copy (*iv_srv_lws_hdr_custom_copy)
#define lws_hdr_custom_length (*iv_srv_lws_hdr_custom_length)
#define lws_hdr_total_length (*iv_srv_lws_hdr_total_length)
#define lws_http_transaction_completed (*iv_srv_lws_http_transaction_completed)
#define lws_is_final_fragment (*iv_srv_lws_is_final_fragment)
#define lws_is_first_fragment (*iv_srv_lws_is_first_fragment)
#define lws_is_ssl (*iv_srv_lws_is_ssl)
#define lws_partial_buffered (*iv_srv_lws_partial_buffered)
#define lws_remaining_packet_payload (*iv_srv_lws_remaining_packet_payload)
#define lws_service (*iv_srv_lws_service)
#define lws_set_log_level (*iv_srv_lws_set_log_level)
#define lws_set_timeout (*iv_srv_lws_set_timeout)
#define lws_set_timer_usecs (*iv_srv_lws_set_timer_usecs)
#define lws_tls_cert_updated (*iv_srv_lws_tls_cert_updated)
#define lws_write (*iv_srv_lws_write)

#endif
