/* check.c - what goes in, the sentences about what does not, and turns as values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/backend.h"

enum iv_code iv_store_no_session(const char *id, struct iv_error *err)
{
    return iv_fail(err, IV_E_SESSION_NOT_FOUND, "no session has the id \"%.60s\"", id);
}

enum iv_code iv_store_other_owner(const char *id, struct iv_error *err)
{
    return iv_fail(err, IV_E_USAGE, "session %s: its user_id and created_at never change", id);
}

enum iv_code iv_store_no_memory(struct iv_error *err)
{
    return iv_fail(err, IV_E_NOMEM, "store: out of memory");
}

enum iv_code iv_store_no_doc(const char *id, const char *name, struct iv_error *err)
{
    if (!id[0])
        return iv_fail(err, IV_E_NOT_FOUND, "the store has no document \"%.60s\"", name);
    return iv_fail(err, IV_E_NOT_FOUND, "session %.60s has no document \"%.60s\"", id, name);
}

enum iv_code iv_store_wrong_turn(const char *id, int64_t number, int64_t next, struct iv_error *err)
{
    return iv_fail(err, IV_E_STATE, "turn %lld of session %s: the next one is %lld",
                   (long long)number, id, (long long)next);
}

enum iv_code iv_store_no_key(const char *id, struct iv_error *err)
{
    return iv_fail(err, IV_E_NOT_FOUND, "no key has the id \"%.60s\"", id);
}

/* Who tries names should not learn from a text which one there is. */
enum iv_code iv_store_no_admin(struct iv_error *err)
{
    return iv_fail(err, IV_E_NOT_FOUND, "no such administrator");
}

static enum iv_code check_text(const char *text, const char *what, struct iv_error *err)
{
    if (text && !iv_utf8_valid(text, strlen(text)))
        return iv_fail(err, IV_E_USAGE, "%s: not valid UTF-8", what);
    return IV_OK;
}

enum iv_code iv_store_check_session(const struct iv_session *s, struct iv_error *err)
{
    const struct {
        const char *text, *name;
    } texts[] = {
        {s->id, "session_id"},
        {s->spec.user_id, "user_id"},
        {s->spec.persona, "persona"},
        {s->spec.voice, "voice"},
        {s->spec.avatar, "avatar"},
        {s->spec.role, "role"},
        {s->spec.question_set, "question_set"},
    };
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < IV_LEN(texts) && !rc; i++)
        rc = check_text(texts[i].text, texts[i].name, err);
    return rc;
}

static enum iv_code check_turn(const struct iv_turn *t, struct iv_error *err)
{
    enum iv_code rc = check_text(t->text, "turn", err);

    if (!t->text)
        return iv_fail(err, IV_E_USAGE, "turn %lld: has no text", (long long)t->number);
    if (isnan(t->confidence))
        return iv_fail(err, IV_E_USAGE, "turn %lld: its confidence is not a number",
                       (long long)t->number);
    if (!rc)
        rc = check_text(t->words_json, "words of a turn", err);
    if (!rc)
        rc = check_text(t->question_id, "question_id", err);
    return rc ? rc : check_text(t->source, "source of a turn", err);
}

enum iv_code iv_store_check_doc(const struct iv_doc *doc, struct iv_error *err)
{
    if (doc->text && !iv_utf8_valid(doc->text, doc->len))
        return iv_fail(err, IV_E_USAGE, "document %.60s: not valid UTF-8", doc->name);
    return check_text(doc->name, "name of a document", err);
}

enum iv_code iv_store_check_step(const struct iv_step *step, struct iv_error *err)
{
    enum iv_code rc = iv_store_check_session(step->session, err);

    for (size_t i = 0; i < step->n_turns && !rc; i++)
        rc = check_turn(&step->turns[i], err);
    for (size_t i = 0; i < step->n_events && !rc; i++)
        rc = check_text(step->events[i], "event", err);
    for (size_t i = 0; i < step->n_docs && !rc; i++)
        rc = iv_store_check_doc(&step->docs[i], err);
    return rc;
}

enum iv_code iv_store_check_key(const struct iv_key *key, struct iv_error *err)
{
    enum iv_code rc = check_text(key->name, "name of a key", err);

    if (!key->id[0])
        return iv_fail(err, IV_E_USAGE, "id of a key: must not be empty");
    if (!rc)
        rc = check_text(key->id, "id of a key", err);
    if (!rc)
        rc = check_text(key->user_id, "user_id", err);
    return rc ? rc : check_text(key->prefix, "prefix of a key", err);
}

enum iv_code iv_store_check_admin(const struct iv_admin *admin, struct iv_error *err)
{
    enum iv_code rc = check_text(admin->name, "username", err);

    if (!admin->name[0])
        return iv_fail(err, IV_E_USAGE, "username: must not be empty");
    return rc ? rc : check_text(admin->hash, "hash of a password", err);
}

void iv_turn_release(struct iv_turn *t)
{
    free(t->text);
    free(t->words_json);
    t->text = t->words_json = NULL;
}

void iv_turns_free(struct iv_turn *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        iv_turn_release(&rows[i]);
    free(rows);
}

enum iv_code iv_turn_copy(struct iv_turn *to, const struct iv_turn *from, struct iv_error *err)
{
    *to = *from;
    to->text = iv_strdup(from->text);
    to->words_json = iv_strdup(from->words_json);
    if (to->text && (to->words_json || !from->words_json))
        return IV_OK;
    iv_turn_release(to);
    return iv_store_no_memory(err);
}

/* -- figures -- */

void iv_store_stats_add(struct iv_store_sums *sums, const struct iv_session *s)
{
    struct iv_store_stats *out = &sums->stats;

    out->total++;
    out->open += iv_session_is_open(s);
    out->active += s->status == IV_SESSION_ACTIVE;
    out->completed += s->status == IV_SESSION_COMPLETED;
    out->terminated += s->status == IV_SESSION_TERMINATED;
    out->expired += s->status == IV_SESSION_EXPIRED;
    out->messages += s->message_count;
    if (iv_session_is_over(s) && s->started_ms) {
        sums->duration_ms += s->active_ms;
        sums->ended++;
    }
    sums->latency_ms += s->latency_ms_sum;
    sums->latencies += s->latency_ms_n;
}

struct iv_store_stats iv_store_stats_of(const struct iv_store_sums *sums)
{
    struct iv_store_stats out = sums->stats;

    if (sums->ended)
        out.average_duration_s = (double)sums->duration_ms / 1000 / (double)sums->ended;
    if (sums->latencies)
        out.average_latency_ms = (double)sums->latency_ms / (double)sums->latencies;
    return out;
}
