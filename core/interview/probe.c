/* probe.c - which follow-up an answer calls for. */
#include <string.h>

#include "interview/interviewer.h"

#define GOOD_COVERAGE 80 /* percent: a single point that is missing then is not asked for */

static bool is_tried(const struct iv_interviewer *iv, enum iv_lack lack)
{
    return iv->lacks_tried >> lack & 1;
}

static bool has_own(const struct iv_question *q, enum iv_lack lack)
{
    for (size_t i = 0; i < q->n_probes; i++)
        if (q->probes[i].when == lack)
            return true;
    return false;
}

/* Stories are asked for deeds and outcomes; other answers only where the question itself cares. */
static bool cares(const struct iv_question *q, enum iv_lack lack)
{
    return q->type == IV_TYPE_BEHAVIORAL || has_own(q, lack);
}

static bool lacks(const struct iv_interviewer *iv, const struct iv_question *q, enum iv_lack lack)
{
    const struct iv_answer_facts *f = &iv->facts;

    switch (lack) {
    case IV_LACK_OFF_TOPIC:
        return f->off_topic;
    case IV_LACK_TOO_SHORT:
        return f->too_short;
    case IV_LACK_NO_OWN_ACTION:
        return cares(q, lack) && f->says_we && !f->own_action;
    case IV_LACK_NO_RESULT:
        return cares(q, lack) && !f->result;
    case IV_LACK_NO_SPECIFICS:
        return !f->specifics;
    default:
        return false;
    }
}

static const char *own_probe(const struct iv_interviewer *iv, const struct iv_question *q,
                             enum iv_lack lack)
{
    for (size_t i = 0; i < q->n_probes; i++)
        if (q->probes[i].when == lack && !iv_said_has(&iv->said, q->probes[i].ask))
            return q->probes[i].ask;
    return NULL;
}

static const char *probe_for(const struct iv_interviewer *iv, const struct iv_question *q,
                             enum iv_lack lack)
{
    static const enum moment general[IV_LACK_COUNT] = {
        [IV_LACK_DONT_KNOW] = MOMENT_PROBE_DONT_KNOW,
        [IV_LACK_OFF_TOPIC] = MOMENT_PROBE_OFF_TOPIC,
        [IV_LACK_TOO_SHORT] = MOMENT_PROBE_TOO_SHORT,
        [IV_LACK_NO_OWN_ACTION] = MOMENT_PROBE_NO_OWN_ACTION,
        [IV_LACK_NO_RESULT] = MOMENT_PROBE_NO_RESULT,
        [IV_LACK_NO_SPECIFICS] = MOMENT_PROBE_NO_SPECIFICS,
    };
    const char *ask = own_probe(iv, q, lack);

    return ask ? ask : iv_phrase_fresh(&iv->phrases, general[lack], &iv->said, NULL);
}

static const char *point_probe(const struct iv_interviewer *iv, const struct iv_question *q,
                               size_t point)
{
    for (size_t i = 0; i < q->n_probes; i++)
        if (q->probes[i].when == IV_LACK_POINT &&
            !strcmp(q->probes[i].point_id, q->points[point].id) &&
            !iv_said_has(&iv->said, q->probes[i].ask))
            return q->probes[i].ask;
    return NULL;
}

/* The heaviest point that is missing and has a probe. */
static const char *missing_probe(const struct iv_interviewer *iv, const struct iv_question *q,
                                 size_t *point)
{
    const char *best = NULL;

    if (iv_judge_coverage(q, &iv->facts) >= GOOD_COVERAGE)
        return NULL;
    for (size_t i = 0; i < q->n_points; i++) {
        const char *ask =
            iv->facts.covered[i] || iv->points_tried >> i & 1 ? NULL : point_probe(iv, q, i);

        if (!ask || (best && q->points[i].weight <= q->points[*point].weight))
            continue;
        best = ask;
        *point = i;
    }
    return best;
}

const char *iv_probe_choose(struct iv_interviewer *iv,
                            bool (*fits)(const struct iv_interviewer *, const char *, int64_t),
                            int64_t remaining_ms, enum iv_lack *lack)
{
    const struct iv_question *q = current_question(iv);
    const char *ask = NULL;
    size_t point = 0;

    *lack = IV_LACK_NONE;
    if (iv->n_probes >= iv->probes_max)
        return NULL;
    if (iv->facts.dont_know) { /* helped once; who still does not know is left in peace */
        *lack = IV_LACK_DONT_KNOW;
        ask = iv->n_probes ? NULL : probe_for(iv, q, *lack);
    }
    for (int l = IV_LACK_OFF_TOPIC; l < IV_LACK_POINT && !ask && !iv->facts.dont_know; l++) {
        *lack = (enum iv_lack)l;
        if (!is_tried(iv, *lack) && lacks(iv, q, *lack))
            ask = probe_for(iv, q, *lack);
    }
    if (!ask && !iv->facts.dont_know) {
        *lack = IV_LACK_POINT;
        ask = missing_probe(iv, q, &point);
    }
    if (!ask || !fits(iv, ask, remaining_ms))
        return NULL;
    iv->n_probes++;
    iv->lacks_tried |= 1u << *lack;
    if (*lack == IV_LACK_POINT)
        iv->points_tried |= 1u << point;
    return ask;
}
