/* interview/cues.h - what words say about an answer: core/data/cues/<lang>.yaml.
 *
 * Why:     "I don't know", "we" without "I", an outcome, a figure: the interviewer and the scoring look for the same words.
 * Owns:    cues own their lists.
 * Threads: read-only after loading; [any].
 * Errors:  IV_E_DATA with file and line.
 */
#ifndef IV_INTERVIEW_CUES_H
#define IV_INTERVIEW_CUES_H

#include "iv/bank.h"

enum iv_cue {
    IV_CUE_DONT_KNOW,
    IV_CUE_OWN_ACTION,
    IV_CUE_NOT_OWN_ACTION, /* taken off the count of own actions: "I think" */
    IV_CUE_WE,
    IV_CUE_RESULT,
    IV_CUE_SPECIFICS,
    IV_CUE_FILLERS,
    IV_CUE_COMMON, /* lines of words that say nothing about the subject */
    IV_CUE_COUNT
};
struct iv_cue_list {
    char *name; /* of a role; NULL for cues */
    char **words;
    size_t n;
};
struct iv_cues {
    enum iv_lang lang;
    size_t short_units; /* fewer units make an answer too short */
    struct iv_cue_list lists[IV_CUE_COUNT];
    char *types[IV_TYPE_COUNT]; /* kinds of interview as spoken */
    struct iv_cue_list *roles; /* words of a job title that stand for a role of the banks */
    size_t n_roles;
};

enum iv_code iv_cues_load(const iv_ctx *ctx, enum iv_lang lang, struct iv_cues *out,
                          struct iv_error *err);
void iv_cues_release(struct iv_cues *c);
/* Any of the list's patterns in the answer. */
bool iv_cue_found(const struct iv_cues *c, enum iv_cue cue, const iv_answer_text *a);
size_t iv_cue_count(const struct iv_cues *c, enum iv_cue cue, const iv_answer_text *a);

#endif
