/* asked.c - the question that stands, for those who show it. */
#include "conversation/engine.h"

enum iv_code iv_conversation_asked(iv_conversation *c, struct iv_asked *out, struct iv_error *err)
{
    struct iv_move move;
    enum iv_code rc;

    *out = (struct iv_asked){.text = "", .id = ""};
    if (c->session.status == IV_SESSION_CREATED)
        return IV_OK;
    rc = iv_interviewer_current(c->interviewer, &move, err);
    if (rc)
        return rc;
    *out = (struct iv_asked){
        .text = move.question,
        .id = move.question_id,
        .number = move.number,
        .of = move.of,
        .question =
            move.question_id[0] ? iv_interviewer_question(c->interviewer, move.question_id) : NULL};
    return IV_OK;
}
