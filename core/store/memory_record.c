/* memory_record.c - records, and the notes by which changes are taken back. */
#include "store/memory_record.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

void iv_memory_doc_release(struct doc *d)
{
    free(d->name);
    free(d->text);
}

void iv_memory_record_release(struct record *r)
{
    for (size_t i = 0; i < r->n_turns; i++)
        iv_turn_release(&r->turns[i]);
    for (size_t i = 0; i < r->n_events; i++)
        free(r->events[i]);
    for (size_t i = 0; i < r->n_docs; i++)
        iv_memory_doc_release(&r->docs[i]);
    free(r->turns);
    free(r->events);
    free(r->docs);
}

void iv_memory_record_free(struct record *r)
{
    iv_memory_record_release(r);
    free(r);
}

struct record *iv_memory_find(struct memory *m, const char *id)
{
    for (size_t i = m->n; i-- > 0;)
        if (!strcmp(m->records[i]->session.id, id))
            return m->records[i];
    return NULL;
}

struct note *iv_memory_note(struct memory *m, enum deed deed, struct record *r)
{
    if (iv_grow(&m->notes, &m->cap_notes, m->n_notes + 1, sizeof *m->notes))
        return NULL;
    m->notes[m->n_notes] = (struct note){.deed = deed, .record = r};
    return &m->notes[m->n_notes++];
}

static void put_back(struct memory *m, struct record *r, size_t place)
{
    memmove(m->records + place + 1, m->records + place, (m->n - place) * sizeof *m->records);
    m->records[place] = r;
    m->n++;
}

struct doc *iv_memory_find_doc(const struct record *r, const char *name)
{
    for (size_t i = 0; i < r->n_docs; i++)
        if (!strcmp(r->docs[i].name, name))
            return &r->docs[i];
    return NULL;
}

/* A removed document keeps its place, emptied, so that going back needs no memory. */
static void restore_doc(const struct record *r, struct doc *was)
{
    struct doc *d = iv_memory_find_doc(r, was->name), is = *d;

    *d = *was;
    *was = is;
}

static void note_release(struct note *n)
{
    free(n->session);
    free(n->was);
    iv_memory_doc_release(&n->doc);
    if (n->deed == REMOVED)
        iv_memory_record_free(n->record);
}

static void go_back(struct memory *m, struct note *n)
{
    struct record *r = n->record;

    switch (n->deed) {
    case INSERTED:
        m->n--;
        iv_memory_record_free(r);
        break;
    case UPDATED:
        r->session = *n->session;
        break;
    case REMOVED:
        put_back(m, r, n->place);
        return; /* the record lives on */
    case ADDED_TURN:
        iv_turn_release(&r->turns[--r->n_turns]);
        break;
    case ADDED_EVENT:
        free(r->events[--r->n_events]);
        break;
    case CHANGED_DOC:
        restore_doc(r, &n->doc);
        break;
    case ADDED_KEY:
        m->n_keys--;
        break;
    case CHANGED_KEY:
        m->keys[n->place] = *(const struct iv_key *)n->was;
        break;
    case ADDED_ADMIN:
        m->n_admins--;
        break;
    case CHANGED_ADMIN:
        m->admins[n->place] = *(const struct iv_admin *)n->was;
    }
    note_release(n);
}

void iv_memory_go_back_to(struct memory *m, size_t mark)
{
    while (m->n_notes > mark)
        go_back(m, &m->notes[--m->n_notes]);
}

void iv_memory_forget_notes(struct memory *m)
{
    while (m->n_notes)
        note_release(&m->notes[--m->n_notes]);
}
