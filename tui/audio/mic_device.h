/* mic_device.h - the two ways to a microphone behind mic.h.
 *
 * Why:     see device_list.h.
 * Owns:    a device owns its stream; the ring is the caller's until close said true.
 * Threads: [owner].
 * Units:   rate_hz is what the device really gives.
 * Errors:  IV_E_UNAVAILABLE, naming the device.
 */
#ifndef IV_TUI_MIC_DEVICE_H
#define IV_TUI_MIC_DEVICE_H

#include "audio/mic.h"
#include "audio/ring.h"

struct mic_source {
    struct ring *ring;
    void *stream;
    uint32_t rate_hz;
    unsigned channels;
    char name[128];
};

/* One back end: an instance of each in mic.c, in the order of trying. */
struct mic_device_ops {
    const char *name;
    /* *abandoned: a call of it hangs; `s` and its ring must never be freed. */
    enum iv_code (*open)(struct mic_source *s, const char *device, bool *abandoned,
                         struct iv_error *err);
    bool (*close)(struct mic_source *s); /* false: hangs, as above */
    size_t (*list)(bool input, device_fn fn, void *arg);
};

extern const struct mic_device_ops mic_portaudio, mic_sdl;

#endif
