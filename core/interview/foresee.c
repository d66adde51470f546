/* foresee.c - what an interviewer would say to an answer, without its being given: banks, cues and phrases are only read, so that a second
 * interviewer with the first one's memory borrows them for a moment. */
#include <stdlib.h>

#include "interview/interviewer.h"
#include "interview/memory.h"
#include "iv/alloc.h"

#define REMARK_MAX_BYTES 4096

static iv_interviewer *borrow(const iv_interviewer *iv)
{
    iv_interviewer *like = iv_alloc(sizeof *like);

    if (!like)
        return NULL;
    like->spec = iv->spec;
    like->probes_max = iv->probes_max;
    like->bank = iv->bank;
    like->cues = iv->cues;
    like->phrases = iv->phrases;
    like->remark = (struct iv_buf)IV_BUF_INIT(REMARK_MAX_BYTES);
    return like;
}

static void give_back(iv_interviewer *like)
{
    like->bank = (struct iv_bank){0};
    like->cues = (struct iv_cues){0};
    like->phrases = (struct phrases){0};
    iv_interviewer_free(like);
}

enum iv_code iv_interviewer_foresee(const iv_interviewer *iv, const char *answer, int64_t spoken_ms,
                                    int64_t remaining_ms, char **text, struct iv_error *err)
{
    iv_json *memory = iv_interviewer_save(iv);
    iv_interviewer *like = borrow(iv);
    struct iv_move move;
    enum iv_code rc = IV_OK;

    *text = NULL;
    if (!like || !memory)
        rc = iv_fail(err, IV_E_NOMEM, "interviewer: out of memory");
    if (!rc)
        rc = iv_memory_restore(like, memory, err);
    if (!rc)
        rc = iv_interviewer_answer(like, answer, spoken_ms, remaining_ms, &move, err);
    if (!rc) {
        *text = iv_strdup(move.text);
        if (!*text)
            rc = iv_fail(err, IV_E_NOMEM, "interviewer: out of memory");
    }
    if (like)
        give_back(like);
    iv_json_free(memory);
    return rc;
}
