/* speech_file.c - header, phonemes, samples; the hash covers all but itself. Written and read on one machine, so numbers
 * are in its own byte order and the magic tells a foreign one. */
#include "provider/speech_file.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define MAGIC 0x31535649u /* "IVS1" */
#define HASH_BYTES 32

struct header {
    uint8_t hash[HASH_BYTES]; /* of everything after it */
    uint32_t magic, rate_hz, phone_set, phoneme_bytes;
    uint64_t n_phonemes, n_samples;
};

static void hash_of(const char *bytes, size_t len, uint8_t out[HASH_BYTES])
{
    crypto_generichash(out, HASH_BYTES, (const uint8_t *)bytes + HASH_BYTES, len - HASH_BYTES, NULL,
                       0);
}

void iv_speech_encode(const struct iv_speech *s, struct iv_buf *out)
{
    struct header h = {.magic = MAGIC,
                       .rate_hz = s->pcm.rate_hz,
                       .phone_set = s->set,
                       .phoneme_bytes = sizeof *s->phonemes,
                       .n_phonemes = s->n_phonemes,
                       .n_samples = s->pcm.len};

    iv_buf_add(out, &h, sizeof h);
    iv_buf_add(out, s->phonemes, s->n_phonemes * sizeof *s->phonemes);
    iv_buf_add(out, s->pcm.samples, s->pcm.len * sizeof *s->pcm.samples);
    if (!out->failed)
        hash_of(out->data, out->len, (uint8_t *)out->data);
}

static bool fits(const struct header *h, const char *bytes, size_t len)
{
    uint8_t hash[HASH_BYTES];
    size_t body = len - sizeof *h;

    if (h->magic != MAGIC || h->phoneme_bytes != sizeof(struct iv_phoneme) ||
        h->n_phonemes > body / sizeof(struct iv_phoneme))
        return false;
    body -= h->n_phonemes * sizeof(struct iv_phoneme);
    if (h->n_samples != body / sizeof(int16_t) || body % sizeof(int16_t))
        return false;
    hash_of(bytes, len, hash);
    return !memcmp(hash, h->hash, HASH_BYTES);
}

static bool copy_parts(const struct header *h, const void *phonemes, const void *samples,
                       struct iv_speech *out)
{
    *out = (struct iv_speech){.pcm.rate_hz = h->rate_hz, .set = h->phone_set};
    if (iv_pcm_append(&out->pcm, samples, h->n_samples, NULL))
        return false;
    if (!h->n_phonemes)
        return true;
    out->phonemes = iv_alloc_array(h->n_phonemes, sizeof *out->phonemes);
    if (!out->phonemes) {
        iv_speech_release(out);
        return false;
    }
    memcpy(out->phonemes, phonemes, h->n_phonemes * sizeof *out->phonemes);
    out->n_phonemes = h->n_phonemes;
    return true;
}

bool iv_speech_decode(const char *bytes, size_t len, struct iv_speech *out)
{
    struct header h;
    const char *phonemes = bytes + sizeof h;

    *out = (struct iv_speech){0};
    if (len < sizeof h)
        return false;
    memcpy(&h, bytes, sizeof h);
    if (!fits(&h, bytes, len))
        return false;
    return copy_parts(&h, phonemes, phonemes + h.n_phonemes * sizeof(struct iv_phoneme), out);
}

bool iv_speech_copy(const struct iv_speech *from, struct iv_speech *to)
{
    const struct header h = {.rate_hz = from->pcm.rate_hz,
                             .phone_set = from->set,
                             .n_phonemes = from->n_phonemes,
                             .n_samples = from->pcm.len};

    return copy_parts(&h, from->phonemes, from->pcm.samples, to);
}
