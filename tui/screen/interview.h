/* interview.h - the screen on which one talks: its state, for interview.c (keys) and interview_draw.c. */
#ifndef IV_TUI_INTERVIEW_H
#define IV_TUI_INTERVIEW_H

#include "screen/app.h"
#include "screen/transcript.h"

enum panel { PANEL_NONE, PANEL_HINTS, PANEL_TIMES };

struct interview {
    struct model m;
    struct talk *talk; /* NULL in tests that draw only */
    struct field field;
    struct transcript transcript;
    enum panel panel;
    struct box face; /* left empty for it by the last drawing; w 0: nowhere */
    uint64_t drawn; /* what was shown last, to see whether anything changed */
};

/* What one sees of it but for the model: gathered once a drawing, so that drawing asks nobody. */
struct interview_facts {
    char title[200];
    int64_t remaining_ms;
    double level; /* negative: there is no sound */
    int gain_db; /* in it */
    const char *notice; /* NULL: none */
    const struct iv_question *question; /* for hints; NULL: none */
    bool hears;
    bool pushes, is_pushed; /* the candidate says with a key when he speaks; he does */
    bool has_face; /* in the terminal */
};
void interview_draw(struct interview *s, const struct interview_facts *f, struct canvas *c,
                    struct box body);
const char *word_of_phase(enum iv_phase phase);

#endif
