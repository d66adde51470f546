/* stands in until these rooms are built */
#include "iv/llm.h"
#include "iv/wording.h"
#define WEAK __attribute__((weak))
WEAK enum iv_code iv_llm_open(iv_ctx *ctx, const struct iv_llm_choice *choice, iv_llm **out,
                              struct iv_error *err)
{
    (void)ctx, (void)choice, (void)err;
    *out = NULL;
    return IV_OK;
}
WEAK enum iv_code iv_llm_start(iv_llm *m, const struct iv_llm_request *r,
                               const struct iv_llm_sink *sink, uint64_t *id, struct iv_error *err)
{
    (void)m, (void)r, (void)sink, (void)id;
    return iv_fail(err, IV_E_UNAVAILABLE, "not built");
}
WEAK void iv_llm_cancel(iv_llm *m, uint64_t id)
{
    (void)m, (void)id;
}
WEAK void iv_llm_close(iv_llm *m)
{
    (void)m;
}
WEAK const char *iv_llm_engine(const iv_llm *m)
{
    (void)m;
    return "";
}
WEAK enum iv_code iv_wording_new(iv_ctx *ctx, const struct iv_session_spec *spec,
                                 const struct iv_papers *papers, iv_wording **out,
                                 struct iv_error *err)
{
    (void)ctx, (void)spec, (void)papers, (void)out;
    return iv_fail(err, IV_E_UNAVAILABLE, "not built");
}
WEAK void iv_wording_free(iv_wording *w)
{
    (void)w;
}
WEAK bool iv_wording_wants(const struct iv_move *move)
{
    (void)move;
    return false;
}
WEAK enum iv_code iv_wording_request(const iv_wording *w, const struct iv_wording_now *now,
                                     struct iv_wording_request *out, struct iv_error *err)
{
    (void)w, (void)now, (void)out;
    return iv_fail(err, IV_E_UNAVAILABLE, "not built");
}
WEAK void iv_wording_request_release(struct iv_wording_request *r)
{
    (void)r;
}
WEAK const char *iv_guard_stop_name(enum iv_guard_stop s)
{
    (void)s;
    return "";
}
WEAK enum iv_code iv_guard_new(const iv_wording *w, const struct iv_wording_now *now,
                               iv_guard **out, struct iv_error *err)
{
    (void)w, (void)now, (void)out;
    return iv_fail(err, IV_E_UNAVAILABLE, "not built");
}
WEAK void iv_guard_free(iv_guard *g)
{
    (void)g;
}
WEAK enum iv_guard_stop iv_guard_feed(iv_guard *g, const char *text, size_t len, const char **say)
{
    (void)g, (void)text, (void)len;
    *say = "";
    return IV_GUARD_BROKEN;
}
WEAK enum iv_guard_stop iv_guard_finish(iv_guard *g, const char **say)
{
    (void)g;
    *say = "";
    return IV_GUARD_BROKEN;
}
WEAK bool iv_guard_has_model_words(const iv_guard *g)
{
    (void)g;
    return false;
}
