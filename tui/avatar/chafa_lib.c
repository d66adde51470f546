/* chafa_lib.c - the table of chafa_lib.h. */
#include "iv_build.h"

#if IV_HAVE_CHAFA
#define IV_CHAFA_TABLE
#include "avatar/chafa_lib.h"
#include "iv/alloc.h"

IV_LAZY_DEFINE(iv_chafa, IV_CHAFA_SONAME, IV_CHAFA_PACKAGE, CHAFA_FUNCTIONS);
#else
typedef int iv_no_chafa;
#endif
