/* interview/memory.h - the interviewer's state as JSON and back, so that the same continuation follows. */
#ifndef IV_INTERVIEW_MEMORY_H
#define IV_INTERVIEW_MEMORY_H

#include "interview/interviewer.h"

/* The interviewer is new and planned; IV_E_DATA when the state does not fit its bank. */
enum iv_code iv_memory_restore(iv_interviewer *iv, const iv_json *state, struct iv_error *err);

#endif
