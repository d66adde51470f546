/* animator.c - keys and moods on the presentation clock, and the pose at a time. */
#include "avatar/animator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define KEEP_MS 3000 /* poses may go back by a second, and the mouth looks back half of one */

enum iv_code iv_animator_new(uint64_t seed, iv_animator **out, struct iv_error *err)
{
    *out = iv_alloc(sizeof **out);
    if (!*out)
        return iv_fail(err, IV_E_NOMEM, "animator: out of memory");
    (*out)->seed = seed;
    return IV_OK;
}

void iv_animator_free(iv_animator *a)
{
    if (!a)
        return;
    free(a->keys);
    free(a);
}

/* What was laid later wins from start_ms on. */
static void drop_after(iv_animator *a, uint64_t start_ms)
{
    while (a->n_keys && a->keys[a->n_keys - 1].start_ms >= start_ms)
        a->n_keys--;
    if (a->n_keys && a->keys[a->n_keys - 1].end_ms > start_ms)
        a->keys[a->n_keys - 1].end_ms = start_ms;
}

enum iv_code iv_animator_speak(iv_animator *a, const iv_viseme_track *t, uint64_t start_ms,
                               struct iv_error *err)
{
    const struct iv_viseme_key *k = iv_viseme_keys(t);
    size_t n = iv_viseme_count(t);

    drop_after(a, start_ms);
    if (iv_grow(&a->keys, &a->cap_keys, a->n_keys + n, sizeof *a->keys))
        return iv_fail(err, IV_E_NOMEM, "animator: out of memory");
    for (size_t i = 0; i < n; i++)
        a->keys[a->n_keys++] = (struct mouth_key){start_ms + k[i].start_ms, start_ms + k[i].end_ms,
                                                  UINT64_MAX, k[i].shape, k[i].weight};
    return IV_OK;
}

void iv_animator_cut(iv_animator *a, uint64_t at_ms)
{
    while (a->n_keys && a->keys[a->n_keys - 1].start_ms >= at_ms)
        a->n_keys--;
    for (size_t i = 0; i < a->n_keys; i++)
        if (a->keys[i].cut_ms > at_ms)
            a->keys[i].cut_ms = at_ms;
}

void iv_animator_mood(iv_animator *a, enum iv_mood mood, uint64_t from_ms)
{
    while (a->n_moods && a->moods[a->n_moods - 1].from_ms >= from_ms)
        a->n_moods--;
    if (a->n_moods == MOODS_KEPT)
        memmove(a->moods, a->moods + 1, --a->n_moods * sizeof a->moods[0]);
    a->moods[a->n_moods++] = (struct mood_change){from_ms, mood};
}

static void forget_before(iv_animator *a, uint64_t at_ms)
{
    size_t n = 0;

    while (n < a->n_keys && a->keys[n].end_ms + KEEP_MS < at_ms)
        n++;
    if (!n)
        return;
    memmove(a->keys, a->keys + n, (a->n_keys - n) * sizeof *a->keys);
    a->n_keys -= n;
}

/* -- the head, which two frames share -- */
#define HOLD_MS 80

/* No point moves by half a pixel of 512 between the two. */
static bool is_calm(const struct iv_pose *p, const struct iv_pose *q)
{
    return fabsf(p->head_x - q->head_x) < 0.04f && fabsf(p->head_y - q->head_y) < 0.05f &&
           fabsf(p->head_roll - q->head_roll) < 0.002f && fabsf(p->brow_l - q->brow_l) < 0.05f &&
           fabsf(p->brow_r - q->brow_r) < 0.05f && fabsf(p->breath - q->breath) < 0.2f &&
           fabsf(p->smile - q->smile) < 0.05f;
}

/* A calm head moves every other frame: then but the mouth has to be drawn between. A nod moves in each. */
static void pose_head(const iv_animator *a, uint64_t at_ms, const struct idle_mood *mood,
                      struct iv_pose *out)
{
    double held = (double)(at_ms - at_ms % HOLD_MS);
    struct idle_mood then = iv_idle_mood_at(a, held);
    struct iv_pose before = *out;

    iv_idle_head(a, held, &then, &before);
    iv_idle_head(a, (double)at_ms, mood, out);
    if (is_calm(&before, out))
        *out = before;
}

void iv_animator_pose(iv_animator *a, uint64_t at_ms, struct iv_pose *out)
{
    double t = (double)at_ms;
    struct idle_mood mood = iv_idle_mood_at(a, t);

    *out = (struct iv_pose){0};
    forget_before(a, at_ms);
    iv_mouth_weights(a, t, out->mouth);
    out->jaw = iv_mouth_jaw(a, t);
    iv_idle_eyes(a, t, &mood, out);
    pose_head(a, at_ms, &mood, out);
}
