/* recorder.c - a session as MP4: H.264 and AAC on one presentation clock.
 *
 * Frame n is shown at n / fps and audio sample k is heard at k / rate, whatever order they arrive in. The file grows under
 * a name of its own and gets its real one when it is whole, so nobody ever opens half a recording.
 */
#include "iv_build.h"

#if IV_HAVE_FFMPEG
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "avatar/ffmpeg.h"
#include "iv/alloc.h"
#include "iv/avatar.h"

IV_LAZY_DEFINE(iv_ffmpeg, IV_FFMPEG_SONAME, IV_FFMPEG_PACKAGE, FFMPEG_FUNCTIONS);

/* A face before a still wall: no fades to weigh, no cuts to find, and motion of a fraction of a pixel that a coarse search
 * finds. A third less time than the preset alone; half a crf step makes up for what the file would grow. */
#define TUNING "subme=1:partitions=i8x8,i4x4:weightp=0:scenecut=0"
#define QUALITY "23.5" /* x264 crf: some 200 kbit/s */
#define AUDIO_BIT_RATE 48000 /* one voice */
#define KEY_FRAME_S 2
#define PART_SUFFIX ".part"

struct track {
    AVCodecContext *codec;
    AVStream *stream;
    AVFrame *frame;
};

struct iv_recorder {
    char *path, *part_path;
    AVFormatContext *file;
    AVPacket *packet;
    struct track video, audio;
    int fps;
    uint32_t rate_hz;
    int64_t next_frame; /* frames before it are written */
    int64_t n_samples; /* taken so far */
    int filled; /* samples waiting in audio.frame */
    bool has_part; /* the unfinished file is on the disk */
    enum iv_code failed; /* the first failure; the file is dropped at close */
};

static enum iv_code fail(iv_recorder *r, int av, const char *what, struct iv_error *err)
{
    char why[AV_ERROR_MAX_STRING_SIZE] = "";
    enum iv_code code = av == AVERROR(ENOMEM) ? IV_E_NOMEM : IV_E_IO;

    av_strerror(av, why, sizeof why);
    if (!r->failed)
        r->failed = code;
    return iv_fail(err, code, "recording %s: %s: %s", r->path, what, why);
}

/* -- opening -- */
static void color_tags(AVCodecContext *c)
{
    c->color_range = AVCOL_RANGE_JPEG; /* the pictures are made for JPEG; players read these tags */
    c->colorspace = AVCOL_SPC_SMPTE170M;
    c->color_primaries = AVCOL_PRI_BT709;
    c->color_trc = AVCOL_TRC_IEC61966_2_1;
}

static int open_codec(iv_recorder *r, struct track *t, const AVCodec *codec, AVDictionary **options)
{
    int rc;

    t->codec->flags |= AV_CODEC_FLAG_BITEXACT;
    if (r->file->oformat->flags & AVFMT_GLOBALHEADER)
        t->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    rc = avcodec_open2(t->codec, codec, options);
    if (rc < 0)
        return rc;
    t->stream = avformat_new_stream(r->file, NULL);
    t->frame = av_frame_alloc();
    if (!t->stream || !t->frame)
        return AVERROR(ENOMEM);
    t->stream->time_base = t->codec->time_base;
    return avcodec_parameters_from_context(t->stream->codecpar, t->codec);
}

static int open_video(iv_recorder *r, int size)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    AVDictionary *options = NULL;
    AVCodecContext *c;
    int rc;

    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    c = r->video.codec = avcodec_alloc_context3(codec);
    if (!c)
        return AVERROR(ENOMEM);
    c->width = c->height = size;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){1, r->fps};
    c->framerate = (AVRational){r->fps, 1};
    c->gop_size = r->fps * KEY_FRAME_S;
    c->max_b_frames = 0; /* else MP4 counts a held picture at the end as one frame */
    c->thread_count = 1; /* many sessions share the machine, and one thread gives equal files */
    color_tags(c);
    av_dict_set(&options, "preset", "veryfast", 0);
    av_dict_set(&options, "crf", QUALITY, 0);
    av_dict_set(&options, "x264-params", TUNING, 0);
    rc = open_codec(r, &r->video, codec, &options);
    av_dict_free(&options);
    if (rc < 0)
        return rc;
    r->video.stream->avg_frame_rate = c->framerate;
    r->video.frame->format = c->pix_fmt;
    r->video.frame->width = r->video.frame->height = size;
    r->video.frame->color_range = c->color_range;
    return av_frame_get_buffer(r->video.frame, 0);
}

static int open_audio(iv_recorder *r)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    AVDictionary *options = NULL;
    AVCodecContext *c;
    int rc;

    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    c = r->audio.codec = avcodec_alloc_context3(codec);
    if (!c)
        return AVERROR(ENOMEM);
    c->sample_fmt = AV_SAMPLE_FMT_FLTP;
    c->sample_rate = (int)r->rate_hz;
    c->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    c->bit_rate = AUDIO_BIT_RATE;
    c->time_base = (AVRational){1, (int)r->rate_hz};
    av_dict_set(&options, "aac_coder", "fast", 0); /* one voice needs no search over two loops */
    rc = open_codec(r, &r->audio, codec, &options);
    av_dict_free(&options);
    if (rc < 0)
        return rc;
    r->audio.frame->format = c->sample_fmt;
    r->audio.frame->nb_samples = c->frame_size;
    r->audio.frame->sample_rate = c->sample_rate;
    r->audio.frame->ch_layout = c->ch_layout;
    return av_frame_get_buffer(r->audio.frame, 0);
}

static int write_header(iv_recorder *r)
{
    AVDictionary *options = NULL;
    int rc;

    av_dict_set(&options, "movflags", "+faststart", 0);
    rc = avformat_write_header(r->file, &options);
    av_dict_free(&options);
    return rc;
}

static enum iv_code make_names(iv_recorder *r, const char *path, struct iv_error *err)
{
    size_t n = strlen(path) + sizeof PART_SUFFIX;

    r->path = iv_strdup(path);
    r->part_path = iv_alloc(n);
    if (!r->path || !r->part_path)
        return iv_fail(err, IV_E_NOMEM, "recording: out of memory");
    snprintf(r->part_path, n, "%s" PART_SUFFIX, path);
    return IV_OK;
}

static enum iv_code open_file(iv_recorder *r, struct iv_error *err)
{
    int rc = avformat_alloc_output_context2(&r->file, NULL, "mp4", r->part_path);

    if (rc < 0)
        return fail(r, rc, "mp4", err);
    r->file->flags |= AVFMT_FLAG_BITEXACT;
    rc = avio_open(&r->file->pb, r->part_path, AVIO_FLAG_WRITE);
    if (rc < 0)
        return iv_fail(err, r->failed = IV_E_CREATE, "recording %s: cannot create: %s", r->path,
                       strerror(AVUNERROR(rc)));
    r->has_part = true;
    return IV_OK;
}

static enum iv_code open_tracks(iv_recorder *r, int size, struct iv_error *err)
{
    int rc = open_video(r, size);

    if (rc == AVERROR_ENCODER_NOT_FOUND)
        return iv_fail(err, r->failed = IV_E_UNAVAILABLE,
                       "recording %s: this FFmpeg has no libx264", r->path);
    if (rc >= 0)
        rc = open_audio(r);
    if (rc >= 0)
        rc = write_header(r);
    return rc < 0 ? fail(r, rc, "opening the encoders", err) : IV_OK;
}

static void discard(iv_recorder *r)
{
    if (r->file && r->file->pb)
        avio_closep(&r->file->pb);
    if (r->has_part)
        unlink(r->part_path);
    avcodec_free_context(&r->video.codec);
    avcodec_free_context(&r->audio.codec);
    av_frame_free(&r->video.frame);
    av_frame_free(&r->audio.frame);
    av_packet_free(&r->packet);
    avformat_free_context(r->file);
    free(r->path);
    free(r->part_path);
    free(r);
}

enum iv_code iv_recorder_check(struct iv_error *err)
{
    return iv_lazy_load(&iv_ffmpeg, err);
}

enum iv_code iv_recorder_open(const char *path, int size, int fps, uint32_t rate_hz,
                              iv_recorder **out, struct iv_error *err)
{
    iv_recorder *r = NULL;
    enum iv_code rc;

    *out = NULL;
    if (size < 16 || size % 2 || fps < 1 || fps > 120 || rate_hz < 8000 || rate_hz > 48000)
        return iv_fail(err, IV_E_USAGE, "recording: %d pixels, %d frames/s, %u Hz", size, fps,
                       (unsigned)rate_hz);
    rc = iv_lazy_load(&iv_ffmpeg, err);
    if (rc)
        return rc;
    av_log_set_level(AV_LOG_QUIET); /* its lines would land on stderr; ours carry the reason */
    r = iv_alloc(sizeof *r);
    if (!r)
        return iv_fail(err, IV_E_NOMEM, "recording: out of memory");
    r->fps = fps;
    r->rate_hz = rate_hz;
    r->packet = av_packet_alloc();
    rc =
        r->packet ? make_names(r, path, err) : iv_fail(err, IV_E_NOMEM, "recording: out of memory");
    if (!rc)
        rc = open_file(r, err);
    if (!rc)
        rc = open_tracks(r, size, err);
    if (rc)
        discard(r);
    else
        *out = r;
    return rc;
}

/* -- writing -- */
static enum iv_code encode(iv_recorder *r, struct track *t, const AVFrame *frame,
                           struct iv_error *err)
{
    int rc = avcodec_send_frame(t->codec, frame);

    while (rc >= 0) {
        rc = avcodec_receive_packet(t->codec, r->packet);
        if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
            return IV_OK;
        if (rc < 0)
            break;
        if (t == &r->video)
            r->packet->duration = 1;
        av_packet_rescale_ts(r->packet, t->codec->time_base, t->stream->time_base);
        r->packet->stream_index = t->stream->index;
        rc = av_interleaved_write_frame(r->file, r->packet);
        if (rc >= 0 && r->file->pb->error < 0)
            rc = r->file->pb->error;
    }
    return fail(r, rc, "writing", err);
}

static void copy_plane(uint8_t *to, int to_stride, const uint8_t *from, int stride, int width,
                       int height)
{
    for (int y = 0; y < height; y++)
        memcpy(to + (ptrdiff_t)y * to_stride, from + (ptrdiff_t)y * stride, (size_t)width);
}

enum iv_code iv_recorder_frame(iv_recorder *r, const struct iv_picture *p, uint64_t n,
                               struct iv_error *err)
{
    AVFrame *f = r->video.frame;
    int rc;

    if (p->width != f->width || p->height != f->height)
        return iv_fail(err, IV_E_USAGE, "recording %s: a picture of %d x %d, not %d", r->path,
                       p->width, p->height, f->width);
    if ((int64_t)n < r->next_frame)
        return iv_fail(err, IV_E_USAGE, "recording %s: frame %llu comes after frame %lld", r->path,
                       (unsigned long long)n, (long long)r->next_frame - 1);
    rc = av_frame_make_writable(f);
    if (rc < 0)
        return fail(r, rc, "writing", err);
    copy_plane(f->data[0], f->linesize[0], p->y, p->stride_y, p->width, p->height);
    copy_plane(f->data[1], f->linesize[1], p->u, p->stride_uv, p->width / 2, p->height / 2);
    copy_plane(f->data[2], f->linesize[2], p->v, p->stride_uv, p->width / 2, p->height / 2);
    f->pts =
        r->next_frame ? (int64_t)n : 0; /* the first picture also stands for what was before it */
    r->next_frame = (int64_t)n + 1;
    return encode(r, &r->video, f, err);
}

static enum iv_code flush_audio(iv_recorder *r, struct iv_error *err)
{
    AVFrame *f = r->audio.frame;
    enum iv_code rc;

    f->nb_samples = r->filled;
    f->pts = r->n_samples - r->filled;
    rc = r->filled ? encode(r, &r->audio, f, err) : IV_OK;
    f->nb_samples = r->audio.codec->frame_size;
    r->filled = 0;
    return rc;
}

/* samples NULL: silence */
enum iv_code iv_recorder_audio(iv_recorder *r, const int16_t *samples, size_t n,
                               struct iv_error *err)
{
    AVFrame *f = r->audio.frame;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < n && !rc; i++) {
        if (r->filled == 0) {
            int av = av_frame_make_writable(f);

            if (av < 0)
                return fail(r, av, "writing", err);
        }
        ((float *)(void *)f->data[0])[r->filled++] = samples ? (float)samples[i] / 32768.0f : 0.0f;
        r->n_samples++;
        if (r->filled == r->audio.codec->frame_size)
            rc = flush_audio(r, err);
    }
    return rc;
}

/* -- closing -- */
static enum iv_code pad_video(iv_recorder *r, struct iv_error *err)
{
    int64_t want = (r->n_samples * r->fps + r->rate_hz - 1) / r->rate_hz;

    if (r->next_frame >= want || !r->next_frame)
        return IV_OK;
    r->video.frame->pts = want - 1; /* it still holds the last picture */
    r->next_frame = want;
    return encode(r, &r->video, r->video.frame, err);
}

static enum iv_code pad_audio(iv_recorder *r, struct iv_error *err)
{
    int64_t want = r->next_frame * r->rate_hz / r->fps;
    int64_t missing = want - r->n_samples;

    return missing > 0 ? iv_recorder_audio(r, NULL, (size_t)missing, err) : IV_OK;
}

static enum iv_code finish(iv_recorder *r, struct iv_error *err)
{
    enum iv_code rc = pad_video(r, err);
    int av;

    if (!rc)
        rc = pad_audio(r, err);
    if (!rc)
        rc = flush_audio(r, err);
    if (!rc)
        rc = encode(r, &r->video, NULL, err);
    if (!rc)
        rc = encode(r, &r->audio, NULL, err);
    if (rc)
        return rc;
    av = av_write_trailer(r->file);
    if (av >= 0)
        av = r->file->pb->error;
    if (av >= 0)
        av = avio_closep(&r->file->pb);
    if (av < 0)
        return fail(r, av, "finishing", err);
    if (rename(r->part_path, r->path))
        return iv_fail(err, IV_E_CREATE, "recording %s: %s", r->path, strerror(errno));
    r->has_part = false;
    return IV_OK;
}

enum iv_code iv_recorder_close(iv_recorder *r, struct iv_error *err)
{
    enum iv_code rc;

    if (!r)
        return IV_OK;
    rc = r->failed
             ? iv_fail(err, r->failed, "recording %s: dropped after an earlier failure", r->path)
             : finish(r, err);
    discard(r);
    return rc;
}
#endif
