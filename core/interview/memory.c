/* memory.c - see memory.h. The plan is kept by question ids: the bank may have been reordered since. */
#include "interview/memory.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

static const char *const stage_names[STAGE_COUNT] = {"new", "question", "wrap_up", "ended"};

static iv_json *flags_json(const bool *flags, size_t n)
{
    iv_json *j = iv_json_array();

    for (size_t i = 0; i < n; i++)
        if (flags[i])
            iv_json_append(j, iv_json_int((int64_t)i));
    return j;
}

static void read_flags(const iv_json *list, bool *flags, size_t n)
{
    for (const iv_json *c = iv_json_first(list); c; c = iv_json_next(c)) {
        double i = iv_json_number(c, -1);

        if (i >= 0 && i < (double)n)
            flags[(size_t)i] = true;
    }
}

static iv_json *facts_json(const struct iv_answer_facts *f)
{
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "units", (int64_t)f->units);
    iv_json_set_bool(j, "dont_know", f->dont_know);
    iv_json_set_bool(j, "off_topic", f->off_topic);
    iv_json_set_bool(j, "too_short", f->too_short);
    iv_json_set_bool(j, "own_action", f->own_action);
    iv_json_set_bool(j, "says_we", f->says_we);
    iv_json_set_bool(j, "result", f->result);
    iv_json_set_bool(j, "specifics", f->specifics);
    iv_json_set_int(j, "points", (int64_t)f->n_points);
    iv_json_set(j, "covered", flags_json(f->covered, IV_LEN(f->covered)));
    iv_json_set(j, "wrong", flags_json(f->wrong, IV_LEN(f->wrong)));
    return j;
}

static void read_facts(const iv_json *j, struct iv_answer_facts *f)
{
    *f = (struct iv_answer_facts){
        .units = (size_t)iv_json_get_int(j, "units", 0),
        .dont_know = iv_json_get_bool(j, "dont_know", false),
        .off_topic = iv_json_get_bool(j, "off_topic", false),
        .too_short = iv_json_get_bool(j, "too_short", false),
        .own_action = iv_json_get_bool(j, "own_action", false),
        .says_we = iv_json_get_bool(j, "says_we", false),
        .result = iv_json_get_bool(j, "result", false),
        .specifics = iv_json_get_bool(j, "specifics", false),
        .n_points = (size_t)iv_json_get_int(j, "points", 0),
    };
    read_flags(iv_json_get(j, "covered"), f->covered, IV_LEN(f->covered));
    read_flags(iv_json_get(j, "wrong"), f->wrong, IV_LEN(f->wrong));
    for (size_t i = 0; i < IV_LEN(f->covered); i++)
        f->n_covered += f->covered[i];
}

static iv_json *spoken_json(const struct spoken *s)
{
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "kind", s->kind);
    iv_json_set_str(j, "text", s->text);
    iv_json_set_str(j, "question_id", s->question_id);
    iv_json_set_str(j, "question", s->question);
    iv_json_set_int(j, "number", s->number);
    iv_json_set_int(j, "of", s->of);
    iv_json_set_bool(j, "waits", s->waits);
    iv_json_set_bool(j, "ends", s->ends);
    iv_json_set_int(j, "lack", s->lack);
    return j;
}

static enum iv_code read_spoken(const iv_json *j, struct spoken *s, struct iv_error *err)
{
    int64_t kind = iv_json_get_int(j, "kind", 0), lack = iv_json_get_int(j, "lack", 0);

    if (kind < 0 || kind > IV_TURN_CLOSING || lack < 0 || lack >= IV_LACK_COUNT)
        return iv_fail(err, IV_E_DATA, "interview state: unknown kind or lack");
    s->kind = (enum iv_turn_kind)kind;
    s->lack = (enum iv_lack)lack;
    s->number = (int)iv_json_get_int(j, "number", 0);
    s->of = (int)iv_json_get_int(j, "of", 0);
    s->waits = iv_json_get_bool(j, "waits", false);
    s->ends = iv_json_get_bool(j, "ends", false);
    s->text = iv_strdup(iv_json_get_str(j, "text", ""));
    s->question_id = iv_strdup(iv_json_get_str(j, "question_id", ""));
    s->question = iv_strdup(iv_json_get_str(j, "question", ""));
    if (!s->text || !s->question_id || !s->question)
        return iv_fail(err, IV_E_NOMEM, "interview state: out of memory");
    return IV_OK;
}

static iv_json *order_json(const iv_interviewer *iv)
{
    iv_json *j = iv_json_array();

    for (size_t i = 0; i < iv->plan.n_order; i++)
        iv_json_append(j, iv_json_str(iv->bank.questions[iv->plan.order[i]].id));
    return j;
}

static iv_json *said_json(const struct said *s)
{
    iv_json *j = iv_json_array();

    for (size_t i = 0; i < s->n; i++)
        iv_json_append(j, iv_json_str(s->lines[i]));
    return j;
}

iv_json *iv_interviewer_save(const iv_interviewer *iv)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "stage", stage_names[iv->stage]);
    iv_json_set_int(j, "at", (int64_t)iv->at);
    iv_json_set_int(j, "planned", (int64_t)iv->plan.n);
    iv_json_set(j, "order", order_json(iv));
    iv_json_set(j, "said", said_json(&iv->said));
    iv_json_set(j, "spoken", iv->spoken.text ? spoken_json(&iv->spoken) : iv_json_null());
    iv_json_set(j, "facts", facts_json(&iv->facts));
    iv_json_set_int(j, "probes", iv->n_probes);
    iv_json_set_int(j, "lacks_tried", iv->lacks_tried);
    iv_json_set_int(j, "points_tried", iv->points_tried);
    iv_json_set_int(j, "streak", iv->streak);
    iv_json_set_bool(j, "half_said", iv->half_said);
    iv_json_set_bool(j, "short_said", iv->short_said);
    iv_json_set_bool(j, "last_said", iv->last_said);
    iv_json_set_int(j, "spoken_ms", iv->spoken_ms);
    iv_json_set_int(j, "suggested_ms", iv->suggested_ms);
    iv_json_set(j, "last_ack", iv_json_str(iv->last_ack));
    return j;
}

static bool is_in_order(const struct plan *p, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++)
        if (p->order[i] == at)
            return true;
    return false;
}

static enum iv_code read_order(iv_interviewer *iv, const iv_json *list, struct iv_error *err)
{
    size_t n = 0, *order = iv_alloc_array(iv->bank.n, sizeof *order);

    if (!order)
        return iv_fail(err, IV_E_NOMEM, "interview state: out of memory");
    free(iv->plan.order);
    iv->plan.order = order;
    iv->plan.n_order = 0;
    for (const iv_json *c = iv_json_first(list); c; c = iv_json_next(c)) {
        const char *id = iv_json_string(c, "");
        const struct iv_question *q = iv_bank_find(&iv->bank, id);

        if (!q)
            return iv_fail(err, IV_E_DATA, "interview state: the bank no longer has question %.95s",
                           id);
        if (is_in_order(&iv->plan, n, (size_t)(q - iv->bank.questions)))
            return iv_fail(err, IV_E_DATA, "interview state: question %.95s stands twice", id);
        order[n++] = (size_t)(q - iv->bank.questions);
    }
    iv->plan.n_order = n;
    return IV_OK;
}

static enum iv_code read_said(iv_interviewer *iv, const iv_json *list, struct iv_error *err)
{
    for (const iv_json *c = iv_json_first(list); c; c = iv_json_next(c))
        if (!iv_said_add(&iv->said, iv_json_string(c, "")))
            return iv_fail(err, IV_E_NOMEM, "interview state: out of memory");
    return IV_OK;
}

static enum iv_code read_place(iv_interviewer *iv, const iv_json *j, struct iv_error *err)
{
    const char *stage = iv_json_get_str(j, "stage", "");
    int64_t at = iv_json_get_int(j, "at", -1), n = iv_json_get_int(j, "planned", -1);
    int s = 0;

    while (s < STAGE_COUNT && strcmp(stage, stage_names[s]))
        s++;
    if (s == STAGE_COUNT || n < 1 || n > (int64_t)iv->plan.n_order || at < 0 || at >= n)
        return iv_fail(err, IV_E_DATA, "interview state: stage \"%.20s\", question %lld of %lld",
                       stage, (long long)at, (long long)n);
    iv->stage = (enum stage)s;
    iv->at = (size_t)at;
    iv->plan.n = (size_t)n;
    return IV_OK;
}

static enum iv_code read_rest(iv_interviewer *iv, const iv_json *j, struct iv_error *err)
{
    const iv_json *spoken = iv_json_get(j, "spoken");
    const char *ack = iv_json_get_str(j, "last_ack", NULL);

    read_facts(iv_json_get(j, "facts"), &iv->facts);
    iv->n_probes = (int)iv_json_get_int(j, "probes", 0);
    iv->lacks_tried = (unsigned)iv_json_get_int(j, "lacks_tried", 0);
    iv->points_tried = (unsigned)iv_json_get_int(j, "points_tried", 0);
    iv->streak = (int)iv_json_get_int(j, "streak", 0);
    iv->half_said = iv_json_get_bool(j, "half_said", false);
    iv->short_said = iv_json_get_bool(j, "short_said", false);
    iv->last_said = iv_json_get_bool(j, "last_said", false);
    iv->spoken_ms = iv_json_get_int(j, "spoken_ms", 0);
    iv->suggested_ms = iv_json_get_int(j, "suggested_ms", 0);
    iv->last_ack = iv_strdup(ack);
    if (ack && !iv->last_ack)
        return iv_fail(err, IV_E_NOMEM, "interview state: out of memory");
    if (iv_json_type(spoken) != IV_JSON_OBJECT)
        return iv->stage == STAGE_NEW
                   ? IV_OK
                   : iv_fail(err, IV_E_DATA, "interview state: nothing was said");
    return read_spoken(spoken, &iv->spoken, err);
}

enum iv_code iv_memory_restore(iv_interviewer *iv, const iv_json *state, struct iv_error *err)
{
    enum iv_code rc = read_order(iv, iv_json_get(state, "order"), err);

    if (!rc)
        rc = read_place(iv, state, err);
    if (!rc)
        rc = read_said(iv, iv_json_get(state, "said"), err);
    return rc ? rc : read_rest(iv, state, err);
}

iv_json *iv_interviewer_plan(const iv_interviewer *iv)
{
    iv_json *j = iv_json_object(), *list = iv_json_array();

    iv_json_set_int(j, "seed", (int64_t)iv->spec.seed);
    iv_json_set_int(j, "minutes", iv->spec.duration_minutes);
    for (size_t i = 0; i < iv->plan.n; i++) {
        const struct iv_question *q = &iv->bank.questions[iv->plan.order[i]];
        iv_json *item = iv_json_object();

        iv_json_set_str(item, "question_id", q->id);
        iv_json_set_str(item, "competency", q->competency);
        iv_json_set_int(item, "seconds", q->seconds);
        iv_json_set_str(item, "ask", q->ask);
        iv_json_append(list, item);
    }
    iv_json_set(j, "questions", list);
    return j;
}
