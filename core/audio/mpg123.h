/* audio/mpg123.h - libmpg123, opened by the first MP3 stream of a service.
 *
 * See iv/lazy.h. A function that is used must stand in both lists: one forgotten does not compile or link.
 */
#ifndef IV_AUDIO_MPG123_H
#define IV_AUDIO_MPG123_H

#include <mpg123.h>

#undef mpg123_param /* the header renames it */

#include "iv/lazy.h"

/* clang-format off */
#define MPG123_FUNCTIONS(X)                                                                               \
    X(mpg123_delete) X(mpg123_feed) X(mpg123_format) X(mpg123_format_none) X(mpg123_getformat)            \
    X(mpg123_init) X(mpg123_new) X(mpg123_open_feed) X(mpg123_param2) X(mpg123_plain_strerror) X(mpg123_read)
/* clang-format on */

MPG123_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_mpg123;

#define mpg123_delete (*iv_lazy_mpg123_delete)
#define mpg123_feed (*iv_lazy_mpg123_feed)
#define mpg123_format (*iv_lazy_mpg123_format)
#define mpg123_format_none (*iv_lazy_mpg123_format_none)
#define mpg123_getformat (*iv_lazy_mpg123_getformat)
#define mpg123_init (*iv_lazy_mpg123_init)
#define mpg123_new (*iv_lazy_mpg123_new)
#define mpg123_open_feed (*iv_lazy_mpg123_open_feed)
#define mpg123_param2 (*iv_lazy_mpg123_param2)
#define mpg123_plain_strerror (*iv_lazy_mpg123_plain_strerror)
#define mpg123_read (*iv_lazy_mpg123_read)

#endif
