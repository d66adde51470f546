/* avatar/ffmpeg.h - libavformat, and with it libavcodec and libavutil, opened by the first recording.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_AVATAR_FFMPEG_H
#define IV_AVATAR_FFMPEG_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>

#include "iv/lazy.h"

/* clang-format off */
#define FFMPEG_FUNCTIONS(X)                                                                                \
    X(av_dict_free) X(av_dict_set) X(av_frame_alloc) X(av_frame_free) X(av_frame_get_buffer)               \
    X(av_frame_make_writable) X(av_interleaved_write_frame) X(av_log_set_level) X(av_packet_alloc)         \
    X(av_packet_free) X(av_packet_rescale_ts) X(av_strerror) X(av_write_trailer) X(avcodec_alloc_context3) \
    X(avcodec_find_encoder) X(avcodec_find_encoder_by_name) X(avcodec_free_context) X(avcodec_open2)       \
    X(avcodec_parameters_from_context) X(avcodec_receive_packet) X(avcodec_send_frame)                     \
    X(avformat_alloc_output_context2) X(avformat_free_context) X(avformat_new_stream)                      \
    X(avformat_write_header) X(avio_closep) X(avio_open)
/* clang-format on */

FFMPEG_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_ffmpeg;

#define av_dict_free (*iv_lazy_av_dict_free)
#define av_dict_set (*iv_lazy_av_dict_set)
#define av_frame_alloc (*iv_lazy_av_frame_alloc)
#define av_frame_free (*iv_lazy_av_frame_free)
#define av_frame_get_buffer (*iv_lazy_av_frame_get_buffer)
#define av_frame_make_writable (*iv_lazy_av_frame_make_writable)
#define av_interleaved_write_frame (*iv_lazy_av_interleaved_write_frame)
#define av_log_set_level (*iv_lazy_av_log_set_level)
#define av_packet_alloc (*iv_lazy_av_packet_alloc)
#define av_packet_free (*iv_lazy_av_packet_free)
#define av_packet_rescale_ts (*iv_lazy_av_packet_rescale_ts)
#define av_strerror (*iv_lazy_av_strerror)
#define av_write_trailer (*iv_lazy_av_write_trailer)
#define avcodec_alloc_context3 (*iv_lazy_avcodec_alloc_context3)
#define avcodec_find_encoder (*iv_lazy_avcodec_find_encoder)
#define avcodec_find_encoder_by_name (*iv_lazy_avcodec_find_encoder_by_name)
#define avcodec_free_context (*iv_lazy_avcodec_free_context)
#define avcodec_open2 (*iv_lazy_avcodec_open2)
#define avcodec_parameters_from_context (*iv_lazy_avcodec_parameters_from_context)
#define avcodec_receive_packet (*iv_lazy_avcodec_receive_packet)
#define avcodec_send_frame (*iv_lazy_avcodec_send_frame)
#define avformat_alloc_output_context2 (*iv_lazy_avformat_alloc_output_context2)
#define avformat_free_context (*iv_lazy_avformat_free_context)
#define avformat_new_stream (*iv_lazy_avformat_new_stream)
#define avformat_write_header (*iv_lazy_avformat_write_header)
#define avio_closep (*iv_lazy_avio_closep)
#define avio_open (*iv_lazy_avio_open)

#endif
