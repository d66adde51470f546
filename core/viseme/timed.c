/* timed.c - characters or words with times into rows of mouth shapes.
 *
 * Both become spans: a word, or the characters that one rule of spelling took together, with the units to be laid inside its time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"
#include "viseme/fit.h"

#define SHORT_GAP_MS 80 /* between spans: too short for the lips to rest */

struct rows {
    struct iv_phoneme *items;
    size_t n, cap;
    uint8_t shape; /* of the last */
};

struct job {
    const struct iv_timed_text *pieces;
    size_t n;
    bool chars;
    spelling *spelling;
    struct fit_sound sound; /* hops NULL: none */
    uint8_t *shapes; /* room for all hops */
    struct rows rows;
    uint32_t at_ms; /* nothing is laid before */
};

static enum iv_code check(const struct iv_timed_text *t, size_t n, struct iv_error *err)
{
    if (n > IV_TIMED_MAX_PIECES)
        return iv_fail(err, IV_E_TOO_LARGE, "timed text: %zu pieces, over %d", n,
                       IV_TIMED_MAX_PIECES);
    for (size_t i = 0; i < n; i++) {
        size_t len = t[i].text ? strnlen(t[i].text, IV_TIMED_MAX_BYTES + 1) : 0;

        if (len > IV_TIMED_MAX_BYTES)
            return iv_fail(err, IV_E_TOO_LARGE, "timed text: piece %zu: over %d bytes", i,
                           IV_TIMED_MAX_BYTES);
        if (!t[i].text || !iv_utf8_valid(t[i].text, len))
            return iv_fail(err, IV_E_USAGE, "timed text: piece %zu: not UTF-8", i);
        if (i && t[i].start_ms < t[i - 1].start_ms)
            return iv_fail(err, IV_E_USAGE, "timed text: piece %zu: time goes back at %u ms", i,
                           (unsigned)t[i].start_ms);
        if (t[i].start_ms > IV_TIMED_MAX_MS || t[i].end_ms > IV_TIMED_MAX_MS)
            return iv_fail(err, IV_E_TOO_LARGE, "timed text: piece %zu: %u ms, over %d", i,
                           (unsigned)(t[i].end_ms > t[i].start_ms ? t[i].end_ms : t[i].start_ms),
                           IV_TIMED_MAX_MS);
    }
    return IV_OK;
}

static enum iv_code put(struct rows *r, uint32_t start_ms, uint32_t end_ms, uint8_t shape,
                        struct iv_error *err)
{
    struct iv_phoneme *last = r->n ? &r->items[r->n - 1] : NULL;

    if (end_ms <= start_ms)
        return IV_OK;
    if (shape >= IV_VIS_COUNT)
        shape = IV_VIS_E; /* unknown: half open */
    if (last && start_ms - last->end_ms < SHORT_GAP_MS)
        last->end_ms = start_ms;
    if (last && last->end_ms == start_ms && r->shape == shape) {
        last->end_ms = end_ms;
        return IV_OK;
    }
    if (iv_grow(&r->items, &r->cap, r->n + 1, sizeof *r->items))
        return iv_fail(err, IV_E_NOMEM, "timed text: out of memory");
    last = &r->items[r->n++];
    *last = (struct iv_phoneme){.start_ms = start_ms, .end_ms = end_ms};
    snprintf(last->symbol, sizeof last->symbol, "%s", iv_viseme_name((enum iv_viseme)shape));
    r->shape = shape;
    return IV_OK;
}

static uint32_t weight(uint8_t shape)
{
    return shape >= IV_VIS_AA ? 4 : 3;
}

static enum iv_code share_out(struct job *j, uint32_t start_ms, uint32_t end_ms,
                              const struct spelling_unit *u, size_t n, struct iv_error *err)
{
    uint32_t total = 0, done = 0, at = start_ms, length = end_ms - start_ms;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < n; i++)
        total += weight(u[i].shape);
    for (size_t i = 0; i < n && !rc; i++) {
        uint32_t to;

        done += weight(u[i].shape);
        to = start_ms + (uint32_t)((uint64_t)length * done / total);
        rc = put(&j->rows, at, to, u[i].shape, err);
        at = to;
    }
    return rc;
}

/* The service may count a little further than the sound goes: the last shape lasts until then. */
static enum iv_code lay_on_sound(struct job *j, uint32_t start_ms, uint32_t end_ms,
                                 const struct spelling_unit *u, size_t n, struct iv_error *err)
{
    size_t from = start_ms / HEARING_HOP_MS, to = (end_ms + HEARING_HOP_MS - 1) / HEARING_HOP_MS;
    enum iv_code rc;

    if (to > j->sound.n)
        to = j->sound.n;
    rc = iv_fit_lay(&j->sound, from, to, u, n, !j->chars, j->shapes, err);
    for (size_t h = from; h < to && !rc; h++) {
        uint32_t begin = (uint32_t)h * HEARING_HOP_MS, end = begin + HEARING_HOP_MS;

        rc = put(&j->rows, begin > start_ms ? begin : start_ms,
                 end < end_ms && h + 1 < to ? end : end_ms, j->shapes[h - from], err);
    }
    return rc;
}

/* Pieces first..last sound as these units. */
static enum iv_code lay(struct job *j, size_t first, size_t last, const struct spelling_unit *u,
                        size_t n, struct iv_error *err)
{
    uint32_t start_ms = j->pieces[first].start_ms, end_ms = j->pieces[last].end_ms;

    if (start_ms < j->at_ms)
        start_ms = j->at_ms;
    if (last + 1 < j->n && end_ms > j->pieces[last + 1].start_ms)
        end_ms = j->pieces[last + 1].start_ms;
    if (!n || end_ms <= start_ms)
        return IV_OK;
    j->at_ms = end_ms;
    if (start_ms / HEARING_HOP_MS < j->sound.n)
        return lay_on_sound(j, start_ms, end_ms, u, n, err);
    return share_out(j, start_ms, end_ms, u, n, err);
}

/* The units of a word, those of the same pieces together. Pieces that no unit stands for (a silent letter at the beginning) lengthen
 * what follows. */
static enum iv_code lay_word(struct job *j, const struct spelling_word *w, struct iv_error *err)
{
    struct spelling_unit u[SPELLING_MAX_UNITS];
    size_t n = iv_spelling_read(j->spelling, w, u), next = w->n ? w->source[0] : 0;
    enum iv_code rc = IV_OK;

    for (size_t i = 0, end; i < n && !rc; i = end) {
        size_t last = u[i].last;

        for (end = i + 1; end < n && u[end].first <= last; end++)
            last = u[end].last > last ? u[end].last : last;
        rc = lay(j, u[i].first < next ? u[i].first : next, last, u + i, end - i, err);
        next = last + 1;
    }
    return rc;
}

static enum iv_code lay_pieces(struct job *j, struct iv_error *err)
{
    struct spelling_word w = {.n = 0};
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < j->n && !rc; i++) {
        size_t letters = iv_spelling_add(&w, j->pieces[i].text, (uint16_t)i);

        if (j->chars && letters && w.n < SPELLING_MAX_LETTERS - 4)
            continue;
        rc = lay_word(j, &w, err);
        w.n = 0;
    }
    return rc ? rc : lay_word(j, &w, err);
}

static enum iv_code prepare(struct job *j, const int16_t *samples, size_t n_samples,
                            struct iv_error *err)
{
    enum iv_code rc = check(j->pieces, j->n, err);

    if (!rc && n_samples / (IV_VISEME_RATE_HZ / 1000) > IV_TIMED_MAX_MS)
        rc = iv_fail(err, IV_E_TOO_LARGE, "timed text: %zu samples, over %d ms", n_samples,
                     IV_TIMED_MAX_MS);
    if (!rc)
        rc = iv_spelling_load(&j->spelling, err);
    if (!rc && samples && n_samples && j->n)
        rc = iv_fit_hear(&j->sound, samples, n_samples, err);
    if (rc || !j->sound.hops)
        return rc;
    j->shapes = iv_alloc(j->sound.n + 1);
    return j->shapes ? IV_OK : iv_fail(err, IV_E_NOMEM, "timed text: out of memory");
}

static enum iv_code run(struct job *j, const int16_t *samples, size_t n_samples,
                        struct iv_phoneme **rows, size_t *n_rows, struct iv_error *err)
{
    enum iv_code rc;

    *rows = NULL;
    *n_rows = 0;
    rc = prepare(j, samples, n_samples, err);
    if (!rc)
        rc = lay_pieces(j, err);
    if (!rc) {
        *rows = j->rows.items;
        *n_rows = j->rows.n;
        j->rows.items = NULL;
    }
    free(j->rows.items);
    free(j->shapes);
    iv_fit_release(&j->sound);
    iv_spelling_free(j->spelling);
    return rc;
}

enum iv_code iv_viseme_from_chars(const struct iv_timed_text *chars, size_t n,
                                  const int16_t *samples, size_t n_samples,
                                  struct iv_phoneme **rows, size_t *n_rows, struct iv_error *err)
{
    struct job j = {.pieces = chars, .n = n, .chars = true};

    return run(&j, samples, n_samples, rows, n_rows, err);
}

enum iv_code iv_viseme_from_words(const struct iv_timed_text *words, size_t n,
                                  const int16_t *samples, size_t n_samples,
                                  struct iv_phoneme **rows, size_t *n_rows, struct iv_error *err)
{
    struct job j = {.pieces = words, .n = n};

    return run(&j, samples, n_samples, rows, n_rows, err);
}
