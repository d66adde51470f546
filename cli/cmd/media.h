/* media.h - speech in and out for the commands. */
#ifndef IV_CLI_CMD_MEDIA_H
#define IV_CLI_CMD_MEDIA_H

#include "cli.h"
#include "iv/stt.h"
#include "iv/tts.h"

#define AUDIO_MAX_SECONDS (4u * 3600)

/* A voice by settings and flags (--engine, --rate set them); name NULL or "": setting tts.voice. */
enum iv_code open_voice(struct cli *cli, enum iv_lang lang, const char *name, iv_tts **out,
                        struct iv_error *err);
/* The whole text, clause by clause, as it is made; phonemes are shifted to the text's own clock. */
enum iv_code render_text(struct cli *cli, iv_tts *voice, const char *text, enum iv_lang lang,
                         struct iv_speech *out, struct iv_error *err);
enum iv_code speak_to_file(struct cli *cli, const char *text, enum iv_lang lang,
                           const char *voice_name, const char *path, struct iv_error *err);
/* IV_E_UNAVAILABLE where there is no playback device. */
enum iv_code speak_aloud(struct cli *cli, const char *text, enum iv_lang lang,
                         const char *voice_name, struct iv_error *err);
/* A recording ("-" is stdin) recognised whole; spoken_ms is its length. A truncated file is a warning. */
enum iv_code transcribe_file(struct cli *cli, const char *path, enum iv_lang lang,
                             struct iv_transcript *out, uint64_t *spoken_ms, struct iv_error *err);
enum iv_code load_recording(struct cli *cli, const char *path, struct iv_pcm *out,
                            struct iv_error *err);

#endif
