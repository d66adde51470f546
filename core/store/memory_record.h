/* memory_record.h - what the store in memory is made of. Shared by the memory*.c files only.
 *
 * Changes are made in place. Each leaves a note of how it was; undo and rollback go back through the notes, newest first, commit
 * throws them away. A change that finds no memory for its note changes nothing.
 */
#ifndef IV_STORE_MEMORY_RECORD_H
#define IV_STORE_MEMORY_RECORD_H

#include "store/backend.h"

struct doc {
    char *name, *text; /* text NULL: no such document */
    size_t len;
};
struct record {
    struct iv_session session;
    struct iv_turn *turns;
    size_t n_turns, cap_turns;
    char **events;
    size_t n_events, cap_events;
    struct doc *docs;
    size_t n_docs, cap_docs;
};

enum deed {
    INSERTED,
    UPDATED,
    REMOVED,
    ADDED_TURN,
    ADDED_EVENT,
    CHANGED_DOC,
    ADDED_KEY,
    CHANGED_KEY,
    ADDED_ADMIN,
    CHANGED_ADMIN
};
struct note {
    enum deed deed;
    struct record *record;
    struct iv_session *session; /* UPDATED: how it was */
    struct doc doc; /* CHANGED_DOC: how it was */
    size_t place; /* REMOVED: where it stood; CHANGED_KEY, CHANGED_ADMIN: which one */
    void *was; /* CHANGED_KEY, CHANGED_ADMIN: how it was */
};
struct memory {
    struct record **records; /* in order of insertion */
    size_t n, cap;
    struct record own; /* documents of the store itself (session id "") */
    struct iv_key *keys; /* in order of insertion */
    size_t n_keys, cap_keys;
    struct iv_admin *admins;
    size_t n_admins, cap_admins;
    struct note *notes;
    size_t n_notes, cap_notes, mark;
};

struct record *iv_memory_find(struct memory *m, const char *id);
struct doc *iv_memory_find_doc(const struct record *r, const char *name);
void iv_memory_doc_release(struct doc *d);
void iv_memory_record_release(struct record *r);
void iv_memory_record_free(struct record *r);

/* A place to write down what is about to be changed; NULL when there is no memory. */
struct note *iv_memory_note(struct memory *m, enum deed deed, struct record *r);
void iv_memory_go_back_to(struct memory *m, size_t mark);
void iv_memory_forget_notes(struct memory *m);

#endif
