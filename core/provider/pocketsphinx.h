/* provider/pocketsphinx.h - libpocketsphinx, and with it libsphinxbase, opened by the first decoder.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_PROVIDER_POCKETSPHINX_H
#define IV_PROVIDER_POCKETSPHINX_H

#include <pocketsphinx.h>
#include <sphinxbase/cmn.h>
#include <sphinxbase/err.h>
#include <sphinxbase/feat.h>

#include "iv/lazy.h"

/* clang-format off */
#define SPHINX_FUNCTIONS(X)                                                                              \
    X(cmd_ln_free_r) X(cmd_ln_init) X(cmn_live_get) X(cmn_live_set) X(err_set_callback) X(err_set_logfp) \
    X(logmath_exp) X(ps_args) X(ps_end_utt) X(ps_free) X(ps_get_feat) X(ps_get_hyp) X(ps_get_in_speech)  \
    X(ps_get_logmath) X(ps_init) X(ps_process_raw) X(ps_seg_frames) X(ps_seg_iter) X(ps_seg_next)        \
    X(ps_seg_prob) X(ps_seg_word) X(ps_start_stream) X(ps_start_utt)
/* clang-format on */

SPHINX_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_sphinx;

#define cmd_ln_free_r (*iv_lazy_cmd_ln_free_r)
#define cmd_ln_init (*iv_lazy_cmd_ln_init)
#define cmn_live_get (*iv_lazy_cmn_live_get)
#define cmn_live_set (*iv_lazy_cmn_live_set)
#define err_set_callback (*iv_lazy_err_set_callback)
#define err_set_logfp (*iv_lazy_err_set_logfp)
#define logmath_exp (*iv_lazy_logmath_exp)
#define ps_args (*iv_lazy_ps_args)
#define ps_end_utt (*iv_lazy_ps_end_utt)
#define ps_free (*iv_lazy_ps_free)
#define ps_get_feat (*iv_lazy_ps_get_feat)
#define ps_get_hyp (*iv_lazy_ps_get_hyp)
#define ps_get_in_speech (*iv_lazy_ps_get_in_speech)
#define ps_get_logmath (*iv_lazy_ps_get_logmath)
#define ps_init (*iv_lazy_ps_init)
#define ps_process_raw (*iv_lazy_ps_process_raw)
#define ps_seg_frames (*iv_lazy_ps_seg_frames)
#define ps_seg_iter (*iv_lazy_ps_seg_iter)
#define ps_seg_next (*iv_lazy_ps_seg_next)
#define ps_seg_prob (*iv_lazy_ps_seg_prob)
#define ps_seg_word (*iv_lazy_ps_seg_word)
#define ps_start_stream (*iv_lazy_ps_start_stream)
#define ps_start_utt (*iv_lazy_ps_start_utt)

#endif
