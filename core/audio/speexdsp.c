/* speexdsp.c - the table of speexdsp.h. */
#include "iv_build.h"

#if IV_HAVE_SPEEXDSP
#define IV_SPEEXDSP_TABLE
#include "audio/speexdsp.h"
#include "iv/alloc.h"

IV_LAZY_DEFINE(iv_speexdsp, IV_SPEEXDSP_SONAME, IV_SPEEXDSP_PACKAGE, SPEEXDSP_FUNCTIONS);
#else
typedef int iv_no_speexdsp;
#endif
