/* interview/timing.h - how long talking takes.
 *
 * Why:     the plan and the interviewer count with the same figures.
 * Units:   milliseconds; pace is the candidate's share of the suggested length, in percent.
 */
#ifndef IV_INTERVIEW_TIMING_H
#define IV_INTERVIEW_TIMING_H

#include "iv/bank.h"

#define TIME_GREETING_MS 15000
#define TIME_WRAP_UP_MS 45000 /* the last invitation, its answer, the closing */
#define TIME_CLOSING_MS 12000
#define TIME_LEAD_MS 4000 /* acknowledgement and lead-in */
#define TIME_LEAST_ANSWER_MS 40000
#define TIME_PROBE_ANSWER_MS 30000

/* Spoken at the usual speed of each language. */
int64_t iv_time_to_say(enum iv_lang lang, const char *text);
/* Asking and answering, without follow-ups. */
int64_t iv_time_of_question(const struct iv_question *q, int pace);
/* The least that makes asking it worth while. */
int64_t iv_time_least(const struct iv_question *q, int pace);
/* What the follow-ups of one question take on average, when at most `probes` are asked. */
int64_t iv_time_of_probes(int probes);

#endif
