/* transcript.h - the two forms of a transcript from elsewhere, and what both need. */
#ifndef IV_INTERVIEW_TRANSCRIPT_H
#define IV_INTERVIEW_TRANSCRIPT_H

#include "iv/score.h"

#define IV_TRANSCRIPT_MAX_BYTES (16u << 20)
#define IV_TRANSCRIPT_TURNS_MAX 4000
#define IV_TURN_MAX_BYTES (64u << 10)

struct iv_turn_list {
    struct iv_turn *items;
    size_t n, cap;
};

/* The next turn, numbered; its text is cleaned and owned. A blank text adds nothing (*out NULL). */
enum iv_code iv_turn_list_add(struct iv_turn_list *l, enum iv_speaker who, const char *text,
                              size_t len, struct iv_turn **out, struct iv_error *err);
enum iv_code iv_transcript_json(const char *text, size_t len, struct iv_session *s,
                                struct iv_turn_list *l, struct iv_error *err);
enum iv_code iv_transcript_lines(const char *text, size_t len, struct iv_turn_list *l,
                                 struct iv_error *err);

#endif
