/* load.c - an audio file or pipe of any kind becomes mono PCM.
 *
 * Files are hostile: headers lie about lengths, rates and channels, and the data may stop anywhere. libsndfile
 * decodes; this file bounds what it may ask for and says in words what was wrong.
 */
#include "iv/audio.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/sndfile.h"
#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv_build.h"

IV_LAZY_DEFINE(iv_sndfile, IV_SNDFILE_SONAME, IV_SNDFILE_PACKAGE, SNDFILE_FUNCTIONS);

#define BLOCK_FRAMES 4096
#define MAX_CHANNELS 32
#define MIN_RATE_HZ 1000
#define MAX_RATE_HZ 768000
#define SPOOL_MAX_BYTES (512u << 20)
/* Writers into pipes announce sizes from here up because they do not know better. */
#define UNKNOWN_SIZE 0x7fff0000ull

struct source {
    const char *name;
    SNDFILE *file;
    SF_INFO info;
    struct iv_buf spool; /* what cannot seek is read whole first */
    size_t at; /* position in the spool */
    size_t max_seconds;
};

static sf_count_t spool_len(void *arg)
{
    return (sf_count_t)((struct source *)arg)->spool.len;
}

static sf_count_t spool_tell(void *arg)
{
    return (sf_count_t)((struct source *)arg)->at;
}

static sf_count_t spool_seek(sf_count_t offset, int whence, void *arg)
{
    struct source *s = arg;
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? spool_tell(s) : spool_len(s);

    if (offset < -base || offset > spool_len(s) - base)
        return -1;
    s->at = (size_t)(base + offset);
    return spool_tell(s);
}

static sf_count_t spool_read(void *to, sf_count_t want, void *arg)
{
    struct source *s = arg;
    size_t n = s->spool.len - s->at;

    if (want < 0)
        return 0;
    if (n > (size_t)want)
        n = (size_t)want;
    if (n)
        memcpy(to, s->spool.data + s->at, n);
    s->at += n;
    return (sf_count_t)n;
}

static enum iv_code open_spooled(struct source *s, int fd, struct iv_error *err)
{
    static const SF_VIRTUAL_IO io = {
        .get_filelen = spool_len, .seek = spool_seek, .read = spool_read, .tell = spool_tell};
    enum iv_code rc = iv_buf_read_fd(&s->spool, fd, s->name, err);

    if (rc)
        return rc;
    if (!s->spool.len)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "%s: empty", s->name);
    s->file = sf_open_virtual((SF_VIRTUAL_IO *)(uintptr_t)&io, SFM_READ, &s->info, s);
    return IV_OK;
}

static enum iv_code open_fd(struct source *s, int fd, struct iv_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return iv_fail(err, IV_E_IO, "%s: %s", s->name, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "%s: a folder, not audio", s->name);
    if (!S_ISREG(st.st_mode) || fd == STDIN_FILENO)
        return open_spooled(s, fd, err);
    if (!st.st_size)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "%s: empty", s->name);
    s->file = sf_open_fd(fd, SFM_READ, &s->info, SF_FALSE);
    return IV_OK;
}

static enum iv_code check_header(const struct source *s, struct iv_error *err)
{
    if (!s->file)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO,
                       "%s: not audio that can be read (WAV, FLAC, Ogg, Opus, MP3): %s", s->name,
                       sf_strerror(NULL));
    if (s->info.channels < 1 || s->info.channels > MAX_CHANNELS)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "%s: %d channels; 1 to %d can be read", s->name,
                       s->info.channels, MAX_CHANNELS);
    if (s->info.samplerate < MIN_RATE_HZ || s->info.samplerate > MAX_RATE_HZ)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "%s: %d samples a second; %d to %d can be read",
                       s->name, s->info.samplerate, MIN_RATE_HZ, MAX_RATE_HZ);
    return IV_OK;
}

static int16_t to_pcm16(double x)
{
    if (!(fabs(x) <= 1.0)) /* also catches NaN from float files */
        x = x > 1.0 ? 1.0 : x < -1.0 ? -1.0 : 0.0;
    return (int16_t)lrint(x * 32767.0);
}

static void mix_down(const float *in, int channels, sf_count_t frames, int16_t *out)
{
    for (sf_count_t i = 0; i < frames; i++) {
        double sum = 0;

        for (int c = 0; c < channels; c++)
            sum += in[i * channels + c];
        out[i] = to_pcm16(sum / channels);
    }
}

/* Decode, mix, resample block by block; *frames is how many were there. */
static enum iv_code decode(const struct source *s, iv_resampler *r, float *block,
                           struct iv_pcm *out, sf_count_t *frames, struct iv_error *err)
{
    sf_count_t limit = (sf_count_t)s->max_seconds * s->info.samplerate;
    int16_t mono[BLOCK_FRAMES];
    sf_count_t n;
    enum iv_code rc;

    for (*frames = 0; (n = sf_readf_float(s->file, block, BLOCK_FRAMES)) > 0; *frames += n) {
        if (*frames + n > limit)
            return iv_fail(err, IV_E_TOO_LARGE, "%s: longer than %zu seconds", s->name,
                           s->max_seconds);
        mix_down(block, s->info.channels, n, mono);
        rc = iv_resampler_push(r, mono, (size_t)n, out, err);
        if (rc)
            return rc;
    }
    if (!*frames)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO, "%s: holds no samples%s%s", s->name,
                       sf_error(s->file) ? ": " : "",
                       sf_error(s->file) ? sf_strerror(s->file) : "");
    return iv_resampler_push(r, NULL, 0, out, err);
}

/* libsndfile mends the length of a cut WAV silently and tells only its log: "data : 4000 (should be 2000)". */
static void find_truncation(const struct source *s, sf_count_t frames, struct iv_error *warning)
{
    char log[4096] = "";
    const char *line;
    unsigned long long announced, there;

    sf_command(s->file, SFC_GET_LOG_INFO, log, sizeof log);
    line = strstr(log, "\ndata :");
    if (line && sscanf(line, " data : %llu (should be %llu)", &announced, &there) == 2 &&
        announced > there && announced < UNKNOWN_SIZE)
        iv_fail(warning, IV_E_STT_INVALID_AUDIO,
                "%s: cut short: %llu bytes of sound announced, %llu there", s->name, announced,
                there);
    else if (sf_error(s->file))
        iv_fail(warning, IV_E_STT_INVALID_AUDIO, "%s: damaged after %.1f s: %s", s->name,
                (double)frames / s->info.samplerate, sf_strerror(s->file));
    else if (s->info.frames != SF_COUNT_MAX && frames < s->info.frames)
        iv_fail(warning, IV_E_STT_INVALID_AUDIO, "%s: cut short after %.1f s of %.1f s", s->name,
                (double)frames / s->info.samplerate, (double)s->info.frames / s->info.samplerate);
}

static enum iv_code read_source(struct source *s, uint32_t want_hz, struct iv_pcm *out,
                                struct iv_error *warning, struct iv_error *err)
{
    float *block = NULL;
    iv_resampler *r = NULL;
    sf_count_t frames = 0;
    enum iv_code rc;

    rc = check_header(s, err);
    if (!rc)
        rc = iv_resampler_new((uint32_t)s->info.samplerate, want_hz, &r, err);
    if (rc)
        goto out;
    block = iv_alloc_array(BLOCK_FRAMES * (size_t)s->info.channels, sizeof *block);
    rc = block ? decode(s, r, block, out, &frames, err)
               : iv_fail(err, IV_E_NOMEM, "%s: out of memory", s->name);
    if (!rc && warning)
        find_truncation(s, frames, warning);
out:
    free(block);
    iv_resampler_free(r);
    return rc;
}

enum iv_code iv_audio_load(const char *path, uint32_t want_hz, size_t max_seconds,
                           struct iv_pcm *out, struct iv_error *warning, struct iv_error *err)
{
    bool is_stdin = !strcmp(path, "-");
    struct source s = {.name = is_stdin ? "standard input" : path,
                       .spool = IV_BUF_INIT(SPOOL_MAX_BYTES),
                       .max_seconds = max_seconds ? max_seconds : IV_AUDIO_MAX_SECONDS};
    enum iv_code rc;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    *out = (struct iv_pcm){.rate_hz = want_hz};
    if (warning)
        *warning = (struct iv_error){0};
    if (fd < 0)
        return iv_fail(err, errno == ENOENT || errno == ENOTDIR ? IV_E_NOT_FOUND : IV_E_IO,
                       "%s: cannot open: %s", path, strerror(errno));
    rc = iv_lazy_load(&iv_sndfile, err);
    if (!rc)
        rc = open_fd(&s, fd, err);
    if (!rc)
        rc = read_source(&s, want_hz, out, warning, err);
    if (rc)
        iv_pcm_release(out);
    if (s.file)
        sf_close(s.file);
    iv_buf_release(&s.spool);
    if (!is_stdin)
        close(fd);
    return rc;
}
