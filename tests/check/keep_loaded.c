/* keep_loaded.c - for sanitizer builds: a library that was loaded stays loaded. What its statics own (ALSA's
 * configuration, SDL's drivers) would else count as leaked, from a module that nobody can name. */
#include <dlfcn.h>

__attribute__((visibility("default"))) int dlclose(void *handle)
{
    (void)handle;
    return 0;
}
