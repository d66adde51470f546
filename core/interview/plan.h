/* interview/plan.h - which questions, in which order.
 *
 * Why:     the same seed and bank give the same plan on every machine.
 * Owns:    a plan owns its order; the entries are places in the bank.
 *
 * No competency comes twice before all were used; the first question is an approachable one and demand rises; what the law
 * forbids is left out. Papers raise what they speak of: within a competency its best fitting questions come first, and the
 * competencies with most to say come before the others when not all fit. Questions beyond `n` are in reserve for those that the candidate passes over.
 */
#ifndef IV_INTERVIEW_PLAN_H
#define IV_INTERVIEW_PLAN_H

#include "interview/cues.h"
#include "iv/session.h"

struct plan {
    size_t *order;
    size_t n_order; /* all that may be asked */
    size_t n; /* planned */
};

struct plan_input {
    const iv_ctx *ctx;
    const struct iv_session_spec *spec;
    const struct iv_cues *cues; /* read the role's title */
    const char *jurisdictions;
    int probes; /* follow-ups for a question at most */
    const iv_answer_text *papers; /* what the candidate brought, or NULL */
};
/* Loads the banks that are needed into `bank` as well. IV_E_DATA when nothing may be asked. */
enum iv_code iv_plan_make(const struct plan_input *in, struct iv_bank *bank, struct plan *out,
                          struct iv_error *err);
void iv_plan_release(struct plan *p);
int iv_plan_demand(const struct iv_question *q);

#endif
