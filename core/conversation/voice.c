/* voice.c - a voice of iv/tts.h as the engine calls it. */
#include "iv/conversation.h"

static enum iv_code start(void *arg, const char *text, const struct iv_tts_sink *sink,
                          struct iv_error *err)
{
    return iv_tts_start(arg, text, sink, err);
}

static void cancel(void *arg)
{
    iv_tts_cancel(arg);
}

static bool takes_pieces(void *arg)
{
    return iv_tts_takes_pieces(arg);
}

static enum iv_code start_open(void *arg, const char *text, const struct iv_tts_sink *sink,
                               struct iv_error *err)
{
    return iv_tts_start_open(arg, text, sink, err);
}

static enum iv_code append(void *arg, const char *text, struct iv_error *err)
{
    return iv_tts_append(arg, text, err);
}

static void warm(void *arg)
{
    iv_tts_warm(arg);
}

static bool is_local(void *arg)
{
    return iv_tts_is_local(arg);
}

struct iv_voice iv_voice_of(iv_tts *t)
{
    if (!t)
        return (struct iv_voice){0};
    return (struct iv_voice){.arg = t,
                             .start = start,
                             .cancel = cancel,
                             .takes_pieces = takes_pieces,
                             .start_open = start_open,
                             .append = append,
                             .warm = warm,
                             .is_local = is_local};
}
