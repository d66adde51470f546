/* score_questions.c - the questions of a transcript and the answers to each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/score_card.h"
#include "iv/alloc.h"

#define QUESTIONS_MAX 200

static const struct iv_bank *bank_at(struct iv_card *c, size_t i)
{
    const struct iv_session_spec *spec = &c->in->session->spec;
    const char *set = i || !spec->question_set[0] ? NULL : spec->question_set;
    unsigned cell = (unsigned)(i ? i - 1 : 0);
    enum iv_session_type type = i ? (enum iv_session_type)(cell / IV_DIFFICULTY_COUNT) : spec->type;
    enum iv_difficulty hard =
        i ? (enum iv_difficulty)(cell % IV_DIFFICULTY_COUNT) : spec->difficulty;

    /* A bank that cannot be read has no questions: its answers are then judged as those of no bank. */
    if (!c->bank_tried[i]) {
        c->bank_tried[i] = true;
        if (iv_bank_load(c->ctx, c->lang, type, hard, set, &c->banks[i], NULL))
            c->banks[i] = (struct iv_bank){0};
    }
    return &c->banks[i];
}

static const struct iv_question *question_by_id(struct iv_card *c, const char *id)
{
    for (size_t i = 0; i < IV_BANKS_MAX; i++) {
        const struct iv_question *q = iv_bank_find(bank_at(c, i), id);

        if (q)
            return q;
    }
    return NULL;
}

/* Letters and digits only, folded: what two spellings of one question share. */
static char *bare(const char *text)
{
    char *folded = iv_text_nfkc_fold(text), *out = folded;
    struct iv_spans letters;

    if (!folded)
        return NULL;
    if (iv_text_units(folded, IV_LANG_JA, &letters, NULL)) {
        free(folded);
        return NULL;
    }
    for (size_t i = 0; i < letters.n; i++) {
        size_t n = letters.items[i].end - letters.items[i].start;

        memmove(out, folded + letters.items[i].start, n);
        out += n;
    }
    *out = '\0';
    iv_spans_release(&letters);
    return folded;
}

static bool says(const char *bare_turn, const char *sentence)
{
    char *s = bare(sentence);
    bool found = s && *s && strstr(bare_turn, s);

    free(s);
    return found;
}

static const struct iv_question *question_by_text(struct iv_card *c, const char *text)
{
    char *said = bare(text);
    const struct iv_question *found = NULL;

    for (size_t i = 0; said && !found && i < IV_BANKS_MAX; i++) {
        const struct iv_bank *b = bank_at(c, i);

        for (size_t k = 0; k < b->n && !found; k++)
            if (says(said, b->questions[k].ask))
                found = &b->questions[k];
    }
    free(said);
    return found;
}

static bool is_probe_of(const struct iv_question *q, const char *text)
{
    char *said = bare(text);
    bool found = false;

    for (size_t i = 0; said && q && !found && i < q->n_probes; i++)
        found = says(said, q->probes[i].ask);
    free(said);
    return found;
}

static struct iv_judged *find(struct iv_card *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++)
        if (!strcmp(c->items[i].id, id))
            return &c->items[i];
    return NULL;
}

static enum iv_code add(struct iv_card *c, const char *id, const struct iv_question *q,
                        const char *ask, struct iv_judged **out, struct iv_error *err)
{
    *out = find(c, id);
    if (*out)
        return IV_OK;
    if (c->n == QUESTIONS_MAX)
        return iv_fail(err, IV_E_TOO_LARGE, "transcript: more than %d questions", QUESTIONS_MAX);
    if (iv_grow(&c->items, &c->cap, c->n + 1, sizeof *c->items))
        return iv_fail(err, IV_E_NOMEM, "report: out of memory");
    *out = &c->items[c->n++];
    **out = (struct iv_judged){.ask = ask};
    snprintf((*out)->id, sizeof(*out)->id, "%s", id);
    (*out)->competency = q ? iv_rubric_find(&c->rubric, q->competency) : NULL;
    if ((*out)->competency) { /* a question whose competency the rubric lacks is one of no bank */
        (*out)->question = q;
        (*out)->ask = q->ask;
    }
    return IV_OK;
}

static void add_answer(struct iv_judged *q, const struct iv_turn *t, bool is_probe)
{
    if (q->n_answers == IV_ANSWERS_MAX)
        return;
    q->is_probe[q->n_answers] = is_probe;
    q->answers[q->n_answers++] = t;
}

/* Turns that carry question ids: what a session of this program has. */
static enum iv_code collect_by_id(struct iv_card *c, struct iv_error *err)
{
    bool probe = false;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < c->in->n_turns && !rc; i++) {
        const struct iv_turn *t = &c->in->turns[i];
        struct iv_judged *q;

        if (t->speaker == IV_INTERVIEWER)
            probe = t->kind == IV_TURN_PROBE;
        if (!t->question_id[0])
            continue;
        rc = add(c, t->question_id,
                 find(c, t->question_id) ? NULL : question_by_id(c, t->question_id), t->text, &q,
                 err);
        if (!rc && t->speaker == IV_CANDIDATE)
            add_answer(q, t, probe);
    }
    return rc;
}

struct asking {
    char id[96]; /* of the question that is open; "" before the first */
    const struct iv_question *question;
    bool probe;
};

static enum iv_code ask(struct iv_card *c, const struct iv_turn *t, struct asking *a,
                        struct iv_error *err)
{
    const struct iv_question *q;
    struct iv_judged *item;

    a->probe = is_probe_of(a->question, t->text);
    if (a->probe)
        return IV_OK;
    q = question_by_text(c, t->text);
    a->question = q;
    if (q)
        snprintf(a->id, sizeof a->id, "%s", q->id);
    else
        snprintf(a->id, sizeof a->id, "turn-%lld", (long long)t->number);
    return add(c, a->id, q, t->text, &item, err);
}

static bool answer_follows(const struct iv_card *c, size_t i)
{
    return i + 1 < c->in->n_turns && c->in->turns[i + 1].speaker == IV_CANDIDATE;
}

/* A transcript from elsewhere: a question is what the interviewer said before an answer. */
static enum iv_code collect_by_text(struct iv_card *c, struct iv_error *err)
{
    struct asking a = {0};
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < c->in->n_turns && !rc; i++) {
        const struct iv_turn *t = &c->in->turns[i];
        struct iv_judged *q = NULL;

        if (t->speaker == IV_INTERVIEWER) {
            if (answer_follows(c, i))
                rc = ask(c, t, &a, err);
            continue;
        }
        rc = add(c, a.id[0] ? a.id : "turn-0", a.question, "", &q, err);
        if (!rc)
            add_answer(q, t, a.probe);
    }
    return rc;
}

enum iv_code iv_card_collect(struct iv_card *c, struct iv_error *err)
{
    for (size_t i = 0; i < c->in->n_turns; i++)
        if (c->in->turns[i].question_id[0])
            return collect_by_id(c, err);
    return collect_by_text(c, err);
}
