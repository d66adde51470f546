/* writer.c - PCM into a file or a pipe: WAV, raw, Opus, MP3, by libsndfile.
 *
 * libsndfile writes through the functions below, so that one place knows the descriptor and why a write failed.
 * A pipe cannot seek back to mend a length: a WAV header for it is written here, with the length that sox and
 * ffmpeg use for "until the end"; of the other formats only optional summaries are lost.
 */
#include "iv/audio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "audio/sndfile.h"
#include "iv/alloc.h"

#define UNKNOWN_SIZE 0xffffffffu
#define WAV_HEADER_BYTES 44

struct iv_audio_writer {
    char *name;
    SNDFILE *file;
    int fd;
    bool own_fd, can_seek;
    sf_count_t at, len; /* of a pipe */
    int write_errno; /* of the first write that failed */
};

int iv_audio_format_of(const char *path, enum iv_audio_format *out)
{
    static const struct {
        const char *ending;
        enum iv_audio_format format;
    } rows[] = {
        {"wav", IV_AUDIO_WAV},   {"pcm", IV_AUDIO_PCM},  {"raw", IV_AUDIO_PCM},
        {"opus", IV_AUDIO_OPUS}, {"ogg", IV_AUDIO_OPUS}, {"mp3", IV_AUDIO_MP3},
    };
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < IV_LEN(rows); i++)
        if (!strcasecmp(dot + 1, rows[i].ending)) {
            *out = rows[i].format;
            return true;
        }
    return false;
}

static bool write_all(iv_audio_writer *w, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len) {
        ssize_t n = write(w->fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (!w->write_errno)
                w->write_errno = errno;
            return false;
        }
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static sf_count_t out_len(void *arg)
{
    const iv_audio_writer *w = arg;
    off_t here, end;

    if (!w->can_seek)
        return w->len;
    here = lseek(w->fd, 0, SEEK_CUR);
    end = lseek(w->fd, 0, SEEK_END);
    lseek(w->fd, here, SEEK_SET);
    return end;
}

static sf_count_t out_tell(void *arg)
{
    const iv_audio_writer *w = arg;

    return w->can_seek ? lseek(w->fd, 0, SEEK_CUR) : w->at;
}

static sf_count_t out_seek(sf_count_t offset, int whence, void *arg)
{
    iv_audio_writer *w = arg;

    if (w->can_seek)
        return lseek(w->fd, offset, whence);
    w->at = offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? w->at : w->len);
    return w->at;
}

static sf_count_t out_write(const void *bytes, sf_count_t n, void *arg)
{
    iv_audio_writer *w = arg;

    if (!w->can_seek && w->at < w->len) { /* going back to mend a header */
        w->at += n;
        return n;
    }
    if (!write_all(w, bytes, (size_t)n))
        return 0;
    w->at += n;
    w->len = w->at;
    return n;
}

static void put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* Mono 16 bits, length unknown. */
static bool put_stream_header(iv_audio_writer *w, uint32_t rate_hz)
{
    uint8_t h[WAV_HEADER_BYTES] = "RIFF....WAVEfmt \20\0\0\0\1\0\1\0........\2\0\20\0data";

    put_u32(h + 4, UNKNOWN_SIZE);
    put_u32(h + 24, rate_hz);
    put_u32(h + 28, rate_hz * 2);
    put_u32(h + 40, UNKNOWN_SIZE);
    return write_all(w, h, sizeof h);
}

static int sf_format(enum iv_audio_format format, bool can_seek)
{
    switch (format) {
    case IV_AUDIO_WAV:
        if (can_seek)
            return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
        break;
    case IV_AUDIO_OPUS:
        return SF_FORMAT_OGG | SF_FORMAT_OPUS;
    case IV_AUDIO_MP3:
        return SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
    case IV_AUDIO_PCM:
        break;
    }
    return SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE;
}

static enum iv_code fail_write(const iv_audio_writer *w, struct iv_error *err)
{
    const char *why = w->write_errno ? strerror(w->write_errno) : sf_strerror(w->file);

    return iv_fail(err, IV_E_IO, "%s: cannot write: %s", w->name, why);
}

static enum iv_code start_format(iv_audio_writer *w, enum iv_audio_format format, uint32_t rate_hz,
                                 struct iv_error *err)
{
    static const SF_VIRTUAL_IO io = {
        .get_filelen = out_len, .seek = out_seek, .write = out_write, .tell = out_tell};
    int constant = SF_BITRATE_MODE_CONSTANT; /* else a reader of a pipe misjudges the length */
    SF_INFO info = {
        .samplerate = (int)rate_hz, .channels = 1, .format = sf_format(format, w->can_seek)};

    if (format == IV_AUDIO_WAV && !w->can_seek && !put_stream_header(w, rate_hz))
        return fail_write(w, err);
    w->file = sf_open_virtual((SF_VIRTUAL_IO *)(uintptr_t)&io, SFM_WRITE, &info, w);
    if (w->file && format == IV_AUDIO_MP3)
        sf_command(w->file, SFC_SET_BITRATE_MODE, &constant, sizeof constant);
    if (w->file)
        return IV_OK;
    if (w->write_errno)
        return fail_write(w, err);
    return iv_fail(err, IV_E_CREATE, "%s: this format cannot hold %u samples a second: %s", w->name,
                   rate_hz, sf_strerror(NULL));
}

static enum iv_code open_output(iv_audio_writer *w, const char *path, struct iv_error *err)
{
    w->own_fd = strcmp(path, "-") != 0;
    w->fd = w->own_fd ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : STDOUT_FILENO;
    if (w->fd < 0)
        return iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path, strerror(errno));
    /* Appending to standard output (>>) must not seek back over what others wrote. */
    w->can_seek = w->own_fd && lseek(w->fd, 0, SEEK_CUR) == 0;
    return IV_OK;
}

static void free_writer(iv_audio_writer *w)
{
    if (w->file)
        sf_close(w->file);
    if (w->own_fd && w->fd >= 0)
        close(w->fd);
    free(w->name);
    free(w);
}

enum iv_code iv_audio_writer_open(const char *path, enum iv_audio_format format, uint32_t rate_hz,
                                  iv_audio_writer **out, struct iv_error *err)
{
    iv_audio_writer *w;
    enum iv_code rc;

    *out = NULL;
    rc = iv_lazy_load(&iv_sndfile, err);
    if (rc)
        return rc;
    w = iv_alloc(sizeof *w);
    if (!w)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", path);
    w->fd = -1;
    w->name = iv_strdup(strcmp(path, "-") ? path : "standard output");
    rc = w->name ? open_output(w, path, err) : iv_fail(err, IV_E_NOMEM, "%s: out of memory", path);
    if (!rc)
        rc = start_format(w, format, rate_hz, err);
    if (!rc) {
        *out = w;
        w = NULL;
    }
    if (w)
        free_writer(w);
    return rc;
}

enum iv_code iv_audio_writer_put(iv_audio_writer *w, const int16_t *samples, size_t n,
                                 struct iv_error *err)
{
    if (sf_write_short(w->file, samples, (sf_count_t)n) != (sf_count_t)n || w->write_errno)
        return fail_write(w, err);
    return IV_OK;
}

enum iv_code iv_audio_writer_close(iv_audio_writer *w, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    int failed;

    if (!w)
        return IV_OK;
    failed = sf_close(w->file);
    w->file = NULL;
    if (w->own_fd && close(w->fd) && !w->write_errno)
        w->write_errno = errno;
    w->fd = -1;
    if (failed || w->write_errno)
        rc = fail_write(w, err);
    free_writer(w);
    return rc;
}
