/* interview/guard.h - a guard from inside: guard.c streams and completes, guard_check.c judges one sentence. */
#ifndef IV_INTERVIEW_GUARD_H
#define IV_INTERVIEW_GUARD_H

#include "interview/fold.h"
#include "interview/prompts.h"

#define GUARD_POINTS_MAX 32
#define GUARD_ASKED_MAX 64

struct iv_guard {
    const iv_wording *w;
    enum iv_turn_kind kind;
    bool waits, ends;
    char *built_in, *question; /* the move's own words */
    struct iv_point points
        [GUARD_POINTS_MAX]; /* say; words only where the answer is technical and nobody used them yet */
    size_t n_points;
    char *asked[GUARD_ASKED_MAX]; /* sentences that asked something before */
    size_t n_asked;
    struct folded rules, question_folded;
    int questions_max;

    struct iv_buf pending; /* came, no whole sentence yet */
    struct iv_buf text; /* let through and added */
    struct iv_buf said; /* what the last call gave */
    enum iv_guard_stop stop;
    int questions; /* let through */
    bool has_asked; /* the move's question, in the model's words */
    bool is_begun, is_finished;
};

/* guard_check.c: may this sentence follow g->text? IV_GUARD_GOOD also counts its question. */
enum iv_guard_stop iv_guard_check(struct iv_guard *g, const char *sentence);
/* Does it ask something, or wish for an answer? */
bool iv_guard_asks(const iv_wording *w, const char *sentence);

/* Marks that no spoken or written sentence of ours has: lists, code, links, tags. */
bool iv_guard_has_markup(const char *s);
/* Mostly of another script than the language's. */
bool iv_guard_is_foreign(enum iv_lang lang, const char *s);

/* guard_sentence.c: the bytes of the first whole sentence, its closing marks included; 0: none yet. */
size_t iv_guard_sentence(const char *text, size_t len);
/* Without what spoken text does not have: emphasis marks, pictographs, a name in front (at the very beginning), quotes around the
 * whole. IV_E_NOMEM as NULL. The caller frees. */
char *iv_guard_tidy(const char *sentence, size_t len, const struct prompt_words *labels,
                    bool is_first);

#endif
