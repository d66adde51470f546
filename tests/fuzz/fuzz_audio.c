/* fuzz_audio.c - recordings: as a file and, by the first byte, through a pipe. */
#include "fuzz.h"
#include "iv/audio.h"

/* What lies in the file is never more than a minute at the lowest rate that is taken, so a longer sound is made up. */
#define LONGEST_SECONDS 600

static int pipe_of(const uint8_t *data, size_t size)
{
    int ends[2];
    ssize_t n;

    must(!pipe2(ends, O_CLOEXEC), "a pipe");
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    n = write(ends[1], data, size);
    must(n >= 0 || !size, "room in the pipe");
    close(ends[1]);
    return ends[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iv_pcm pcm = {0};
    struct iv_error warning = {0}, err = {0};
    enum iv_code rc;
    char path[64];
    int fd;

    if (!size)
        return 0;
    if (data[0] & 1) {
        fd = pipe_of(data + 1, size - 1);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    } else {
        fd = file_of(data + 1, size - 1, path);
    }
    rc = iv_audio_load(path, IV_STT_RATE_HZ, LONGEST_SECONDS, &pcm, &warning, &err);
    if (rc)
        must(err.text[0] && !pcm.samples && !pcm.len, "a refusal says why and leaves nothing");
    else
        must(pcm.rate_hz == IV_STT_RATE_HZ &&
                 pcm.len <= LONGEST_SECONDS * (size_t)IV_STT_RATE_HZ + 4096,
             "rate and length are as asked");
    iv_pcm_release(&pcm);
    close(fd);
    return 0;
}
