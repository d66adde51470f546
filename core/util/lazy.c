/* lazy.c - dlopen and dlsym behind iv/lazy.h. */
#include "iv/lazy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define NOT_THERE ": cannot open shared object file: No such file"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* dlerror() names the file it missed: this library, or one that it needs itself. */
static enum iv_code cannot_open(const struct iv_lazy *lib, struct iv_error *err)
{
    const char *why = dlerror();
    size_t n = strlen(lib->soname);

    if (!why || (!strncmp(why, lib->soname, n) && !strncmp(why + n, NOT_THERE, strlen(NOT_THERE))))
        return iv_fail(err, IV_E_UNAVAILABLE, "%s: not installed (package %s)", lib->soname,
                       lib->package);
    return iv_fail(err, IV_E_UNAVAILABLE, "%s: cannot be loaded (package %s): %s", lib->soname,
                   lib->package, why);
}

static enum iv_code find_functions(const struct iv_lazy *lib, struct iv_error *err)
{
    for (size_t i = 0; i < lib->n; i++) {
        void *found = dlsym(lib->handle, lib->functions[i].name); /* also in what it needs */

        if (!found)
            return iv_fail(err, IV_E_UNAVAILABLE,
                           "%s: function %s is not in it; another version of package %s is needed",
                           lib->soname, lib->functions[i].name, lib->package);
        memcpy(lib->functions[i].slot, &found, sizeof found);
    }
    return IV_OK;
}

static enum iv_code load(struct iv_lazy *lib, struct iv_error *err)
{
    enum iv_code rc;

    if (!lib->handle)
        lib->handle = dlopen(lib->soname, RTLD_NOW | RTLD_LOCAL);
    rc = lib->handle ? find_functions(lib, err) : cannot_open(lib, err);
    lib->is_loaded = !rc;
    return rc;
}

enum iv_code iv_lazy_load(struct iv_lazy *lib, struct iv_error *err)
{
    enum iv_code rc;

    pthread_mutex_lock(&lock);
    rc = lib->is_loaded ? IV_OK : load(lib, err);
    pthread_mutex_unlock(&lock);
    return rc;
}
