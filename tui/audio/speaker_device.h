/* speaker_device.h - the two ways to a loudspeaker behind player.h; as mic_device.h.
 *
 * Owns:    a device owns its stream; the rings are the caller's until close said true.
 * Threads: [owner]; callbacks do what ring.h allows.
 * Units:   rate_hz is what the device really takes; latency_ms from there to the air, as far as the device says.
 * Errors:  IV_E_UNAVAILABLE, naming the device.
 */
#ifndef IV_TUI_SPEAKER_DEVICE_H
#define IV_TUI_SPEAKER_DEVICE_H

#include "audio/device_list.h"
#include "audio/ring.h"
#include "iv/error.h"

struct speaker {
    struct ring *queue, *heard; /* heard: what the device was given, silence too */
    void *stream;
    uint32_t rate_hz, latency_ms;
    char name[128];
};

/* One back end: an instance of each in player.c, in the order of trying. */
struct speaker_ops {
    const char *name;
    /* want_hz: where the device has the choice. *abandoned: a call of it hangs; `s` and its rings must never be freed. */
    enum iv_code (*open)(struct speaker *s, const char *device, uint32_t want_hz, bool *abandoned,
                         struct iv_error *err);
    bool (*close)(struct speaker *s); /* false: hangs, as above */
    size_t (*list)(bool input, device_fn fn, void *arg);
};

extern const struct speaker_ops speaker_portaudio, speaker_sdl;

#endif
