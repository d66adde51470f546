/* sdl.c - the table of sdl.h. */
#include "iv_build.h"

#if IV_HAVE_SDL
#define IV_SDL_TABLE
#include "avatar/sdl.h"
#include "iv/alloc.h"

IV_LAZY_DEFINE(iv_sdl, IV_SDL_SONAME, IV_SDL_PACKAGE, SDL_FUNCTIONS);
#else
typedef int iv_no_sdl;
#endif
