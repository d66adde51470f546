/* audio/sndfile.h - libsndfile, opened by the first file that is read or written.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_AUDIO_SNDFILE_H
#define IV_AUDIO_SNDFILE_H

#include <sndfile.h>

#include "iv/lazy.h"

/* clang-format off */
#define SNDFILE_FUNCTIONS(X)                                                                                \
    X(sf_close) X(sf_command) X(sf_error) X(sf_open_fd) X(sf_open_virtual) X(sf_readf_float) X(sf_strerror) \
    X(sf_write_short)
/* clang-format on */

SNDFILE_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_sndfile;

#define sf_close (*iv_lazy_sf_close)
#define sf_command (*iv_lazy_sf_command)
#define sf_error (*iv_lazy_sf_error)
#define sf_open_fd (*iv_lazy_sf_open_fd)
#define sf_open_virtual (*iv_lazy_sf_open_virtual)
#define sf_readf_float (*iv_lazy_sf_readf_float)
#define sf_strerror (*iv_lazy_sf_strerror)
#define sf_write_short (*iv_lazy_sf_write_short)

#endif
