/* lines.c - what an interview will probably say, before it says it: for a voice that is paid by the character or takes its time.
 *
 * Lines of a moment are said in order and not twice, so the first few are the likely ones; which acknowledgement fits, and which
 * follow-up, depends on the answers.
 */
#include "interview/interviewer.h"

#define PROBES_EACH 2

/* How many lines of a moment: `each` for every planned question, and `more`. */
static const struct {
    enum moment moment;
    size_t each, more;
} likely[] = {
    {MOMENT_NEXT_QUESTION, 1, 0},   {MOMENT_ACK_FULL, 1, 0},
    {MOMENT_ACK_PARTIAL, 1, 0},     {MOMENT_ACK_STORY, 1, 0},
    {MOMENT_ACK_SHORT, 0, 2},       {MOMENT_ACK_UNKNOWN, 0, 2},
    {MOMENT_TIME_HALF, 0, 1},       {MOMENT_LAST_QUESTION, 0, 1},
    {MOMENT_WRAP_UP, 0, 1},         {MOMENT_CLOSING, 0, 1},
    {MOMENT_SILENCE, 0, 1},         {MOMENT_PROBE_NO_OWN_ACTION, 0, 2},
    {MOMENT_PROBE_NO_RESULT, 0, 2}, {MOMENT_PROBE_NO_SPECIFICS, 0, 2},
    {MOMENT_PROBE_TOO_SHORT, 0, 2},
};

struct teller {
    const iv_interviewer *iv;
    bool (*fn)(void *arg, const char *line);
    void *arg;
    bool goes_on;
};

static void tell(struct teller *t, const char *line, bool has_places)
{
    struct phrase_facts facts = {t->iv->spec.duration_minutes, t->iv->plan.n, t->iv->spec.role,
                                 t->iv->cues.types[t->iv->spec.type]};
    struct iv_buf text = IV_BUF_INIT(16u << 10);

    if (!t->goes_on)
        return;
    if (has_places)
        iv_phrase_fill(line, &facts, &text);
    else
        iv_buf_adds(&text, line);
    t->goes_on = text.failed || t->fn(t->arg, iv_buf_str(&text));
    iv_buf_release(&text);
}

static void tell_moment(struct teller *t, enum moment m, size_t n)
{
    for (size_t i = 0; i < n && i < t->iv->phrases.moments[m].n; i++)
        tell(t, t->iv->phrases.moments[m].lines[i], true);
}

static void tell_question(struct teller *t, const struct iv_question *q)
{
    tell(t, q->ask, false);
    for (size_t i = 0; i < q->n_probes && i < PROBES_EACH; i++)
        tell(t, q->probes[i].ask, false);
}

void iv_interviewer_lines(const iv_interviewer *iv, bool (*fn)(void *arg, const char *line),
                          void *arg)
{
    struct teller t = {iv, fn, arg, true};

    tell_moment(&t, iv->spec.role[0] ? MOMENT_GREETING_ROLE : MOMENT_GREETING, 1);
    tell_moment(&t, MOMENT_FIRST_QUESTION, 1);
    for (size_t i = iv->at; i < iv->plan.n; i++)
        tell_question(&t, &iv->bank.questions[iv->plan.order[i]]);
    for (size_t i = 0; i < sizeof likely / sizeof *likely; i++)
        tell_moment(&t, likely[i].moment, likely[i].each * iv->plan.n + likely[i].more);
}
