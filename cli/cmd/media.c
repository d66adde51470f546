/* media.c - see media.h. */
#include "media.h"

#include <stdlib.h>
#include <string.h>

#include "audio/player.h"
#include "iv/alloc.h"
#include "iv/conversation.h"

enum iv_code open_voice(struct cli *cli, enum iv_lang lang, const char *name, iv_tts **out,
                        struct iv_error *err)
{
    const struct iv_config *c = cli->config;
    struct iv_tts_choice choice = {.engine = c->tts_engine,
                                   .voice = name && name[0] ? name : c->tts_voice,
                                   .lang = lang,
                                   .rate = c->tts_rate};

    return iv_tts_open(cli->ctx, &choice, out, err);
}

static enum iv_code append_phonemes(struct iv_speech *all, const struct iv_speech *part,
                                    uint32_t at_ms, struct iv_error *err)
{
    size_t n = all->n_phonemes + part->n_phonemes;
    struct iv_phoneme *grown = iv_realloc_array(all->phonemes, n, sizeof *grown);

    if (!grown)
        return iv_fail(err, IV_E_NOMEM, "phonemes: out of memory");
    all->phonemes = grown;
    for (size_t i = 0; i < part->n_phonemes; i++) {
        grown[all->n_phonemes] = part->phonemes[i];
        grown[all->n_phonemes].start_ms += at_ms;
        grown[all->n_phonemes++].end_ms += at_ms;
    }
    all->set = part->set;
    return IV_OK;
}

enum iv_code render_text(struct cli *cli, iv_tts *voice, const char *text, enum iv_lang lang,
                         struct iv_speech *out, struct iv_error *err)
{
    size_t len = strlen(text), done = 0, clause;
    enum iv_code rc = IV_OK;

    *out = (struct iv_speech){.pcm.rate_hz = IV_TTS_RATE_HZ};
    if (iv_text_is_blank(text))
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text to speak: it is empty");
    while (!rc && done < len && (clause = iv_clause_next(text + done, len - done, lang, true))) {
        struct iv_speech part = {0};
        char *piece = iv_strndup(text + done, clause);

        done += clause;
        if (!piece)
            return iv_fail(err, IV_E_NOMEM, "text: out of memory");
        if (!iv_text_is_blank(piece))
            rc = iv_tts_render(voice, piece, &part, err);
        if (!rc)
            rc = append_phonemes(out, &part, (uint32_t)iv_pcm_ms(&out->pcm), err);
        if (!rc)
            rc = iv_pcm_append(&out->pcm, part.pcm.samples, part.pcm.len, err);
        iv_speech_release(&part);
        free(piece);
        cli_progress(cli, _("speaking"), (double)done, (double)len);
    }
    return rc;
}

static enum iv_code write_sound(const struct iv_pcm *pcm, const char *path, struct iv_error *err)
{
    enum iv_audio_format format = IV_AUDIO_WAV;
    iv_audio_writer *w = NULL;
    enum iv_code rc;

    if (strcmp(path, "-") && !iv_audio_format_of(path, &format))
        return iv_fail(err, IV_E_USAGE,
                       "%s: its ending must be one of .wav .pcm .raw .opus .ogg .mp3", path);
    rc = iv_audio_writer_open(path, format, pcm->rate_hz, &w, err);
    if (!rc)
        rc = iv_audio_writer_put(w, pcm->samples, pcm->len, err);
    if (rc)
        iv_audio_writer_close(w, NULL);
    else
        rc = iv_audio_writer_close(w, err);
    return rc;
}

enum iv_code speak_to_file(struct cli *cli, const char *text, enum iv_lang lang,
                           const char *voice_name, const char *path, struct iv_error *err)
{
    struct iv_speech speech = {0};
    iv_tts *voice = NULL;
    enum iv_code rc = open_voice(cli, lang, voice_name, &voice, err);

    if (!rc)
        rc = render_text(cli, voice, text, lang, &speech, err);
    if (!rc)
        rc = write_sound(&speech.pcm, path, err);
    iv_speech_release(&speech);
    iv_tts_close(voice);
    return rc;
}

enum iv_code speak_aloud(struct cli *cli, const char *text, enum iv_lang lang,
                         const char *voice_name, struct iv_error *err)
{
    struct iv_speech speech = {0};
    struct player *player = NULL;
    iv_tts *voice = NULL;
    enum iv_code rc = player_open(cli->config->audio_speaker, IV_TTS_RATE_HZ, &player, err);

    if (!rc)
        rc = open_voice(cli, lang, voice_name, &voice, err);
    if (!rc)
        rc = render_text(cli, voice, text, lang, &speech, err);
    if (!rc)
        rc = player_play(player, speech.pcm.samples, speech.pcm.len, err);
    if (!rc)
        rc = player_drain(player, &cli_interrupted, err);
    iv_speech_release(&speech);
    iv_tts_close(voice);
    player_close(player);
    return rc;
}

enum iv_code load_recording(struct cli *cli, const char *path, struct iv_pcm *out,
                            struct iv_error *err)
{
    struct iv_error warning = {0};
    enum iv_code rc = iv_audio_load(path, IV_STT_RATE_HZ, AUDIO_MAX_SECONDS, out, &warning, err);

    if (!rc && warning.text[0])
        cli_say(cli, "%s", warning.text);
    return rc;
}

enum iv_code transcribe_file(struct cli *cli, const char *path, enum iv_lang lang,
                             struct iv_transcript *out, uint64_t *spoken_ms, struct iv_error *err)
{
    struct iv_stt_choice choice = {.engine = cli->config->stt_engine, .lang = lang};
    struct iv_pcm pcm = {0};
    enum iv_code rc = load_recording(cli, path, &pcm, err);

    if (!rc && spoken_ms)
        *spoken_ms = iv_pcm_ms(&pcm);
    if (!rc)
        rc = iv_stt_transcribe(cli->ctx, &choice, &pcm, out, err);
    iv_pcm_release(&pcm);
    return rc;
}
