/* viseme.c - a track of mouth shapes without gaps, from timed phonemes.
 *
 * The track says which shape the mouth is heading for and when; how shapes melt into each other is the animator's work
 * (avatar/mouth_motion.c), because that depends on what comes before and after on the presentation clock.
 */
#include "iv/viseme.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "viseme/map.h"

#define FULL_VOWEL_MS 110.0f /* from here on a vowel reaches its whole shape */
#define SHORTEST_WEIGHT 0.55f

struct iv_viseme_track {
    struct iv_viseme_key *keys;
    size_t n, cap;
};

static bool is_vowel(enum iv_viseme v)
{
    return v >= IV_VIS_AA;
}

static float weight_of(enum iv_viseme v, uint32_t ms)
{
    float w;

    if (v == IV_VIS_REST || v == IV_VIS_PP || v == IV_VIS_FF)
        return 1.0f; /* a closure that is not closed is another sound */
    if (!is_vowel(v))
        return 0.9f;
    w = SHORTEST_WEIGHT + (1.0f - SHORTEST_WEIGHT) * (float)ms / FULL_VOWEL_MS;
    return w < 1.0f ? w : 1.0f;
}

static enum iv_code push(iv_viseme_track *t, uint32_t start_ms, uint32_t end_ms, enum iv_viseme v,
                         struct iv_error *err)
{
    if (end_ms <= start_ms)
        return IV_OK;
    if (iv_grow(&t->keys, &t->cap, t->n + 1, sizeof *t->keys))
        return iv_fail(err, IV_E_NOMEM, "viseme track: out of memory");
    t->keys[t->n++] = (struct iv_viseme_key){start_ms, end_ms, v, weight_of(v, end_ms - start_ms)};
    return IV_OK;
}

/* The first part of a glide is the longer one: "aI" is an open mouth that ends in a smile. */
static enum iv_code push_symbol(iv_viseme_track *t, const struct viseme_map *m, const char *symbol,
                                uint32_t start_ms, uint32_t end_ms, struct iv_error *err)
{
    enum iv_viseme shapes[MAP_MAX_SHAPES];
    size_t n = iv_viseme_map_find(m, symbol, shapes);
    uint32_t left = end_ms - start_ms, at = start_ms;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < n && !rc; i++) {
        uint32_t part = i + 1 == n ? left : left * 11 / (uint32_t)((n - i) * 10);

        rc = push(t, at, at + part, shapes[i], err);
        at += part;
        left -= part;
    }
    return rc;
}

static enum iv_code check_order(const struct iv_phoneme *ph, size_t n, struct iv_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (ph[i].end_ms < ph[i].start_ms || (i && ph[i].start_ms < ph[i - 1].start_ms))
            return iv_fail(err, IV_E_USAGE, "phoneme %zu '%.12s': time goes back at %u ms", i,
                           ph[i].symbol, (unsigned)ph[i].start_ms);
    return IV_OK;
}

/* The estimator gives a long shape in pieces: the last of those that follow i without a gap. */
static size_t last_piece(const struct iv_phoneme *ph, size_t n, enum iv_phone_set set, size_t i)
{
    while (set == IV_PHONES_VISEME && i + 1 < n && ph[i + 1].start_ms == ph[i].end_ms &&
           !strncmp(ph[i + 1].symbol, ph[i].symbol, sizeof ph[i].symbol))
        i++;
    return i;
}

static enum iv_code fill(iv_viseme_track *t, const struct viseme_map *m, enum iv_phone_set set,
                         const struct iv_phoneme *ph, size_t n, uint32_t total_ms,
                         struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    uint32_t at = 0;

    for (size_t i = 0, last; i < n && !rc && at < total_ms; i = last + 1) {
        char symbol[sizeof ph[i].symbol + 1] = "";
        uint32_t end;

        last = last_piece(ph, n, set, i);
        end = ph[last].end_ms;
        if (last + 1 < n && end > ph[last + 1].start_ms)
            end = ph[last + 1].start_ms;
        if (end > total_ms)
            end = total_ms;
        if (end <= ph[i].start_ms)
            continue;
        memcpy(symbol, ph[i].symbol, sizeof ph[i].symbol);
        rc = push(t, at, ph[i].start_ms, IV_VIS_REST, err);
        if (!rc)
            rc = push_symbol(t, m, symbol, ph[i].start_ms, end, err);
        at = end;
    }
    return rc ? rc : push(t, at, total_ms, IV_VIS_REST, err);
}

enum iv_code iv_viseme_build(const struct iv_phoneme *ph, size_t n, enum iv_phone_set set,
                             uint32_t total_ms, iv_viseme_track **out, struct iv_error *err)
{
    struct viseme_map map = {0};
    iv_viseme_track *t = NULL;
    enum iv_code rc;

    *out = NULL;
    rc = check_order(ph, n, err);
    if (!rc)
        rc = iv_viseme_map_load(set, &map, err);
    if (rc)
        goto out;
    t = iv_alloc(sizeof *t);
    rc = t ? fill(t, &map, set, ph, n, total_ms, err)
           : iv_fail(err, IV_E_NOMEM, "viseme track: out of memory");
    if (rc)
        goto out;
    *out = t;
    t = NULL;
out:
    iv_viseme_free(t);
    iv_viseme_map_release(&map);
    return rc;
}

size_t iv_viseme_count(const iv_viseme_track *t)
{
    return t->n;
}

const struct iv_viseme_key *iv_viseme_keys(const iv_viseme_track *t)
{
    return t->keys;
}

void iv_viseme_free(iv_viseme_track *t)
{
    if (!t)
        return;
    free(t->keys);
    free(t);
}
