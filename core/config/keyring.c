/* keyring.c - see the header. */
#include "config/keyring.h"

#include "iv_build.h"

#if IV_HAVE_SECRET
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/libsecret.h"
#include "iv/alloc.h"

#define LIMIT_S 3

IV_LAZY_DEFINE(iv_libsecret, IV_SECRET_SONAME, IV_SECRET_PACKAGE, LIBSECRET_FUNCTIONS);

static const SecretSchema schema = {
    .name = "interviewctl.key",
    .flags = SECRET_SCHEMA_DONT_MATCH_NAME, /* items made by secret-tool have another */
    .attributes = {{"application", SECRET_SCHEMA_ATTRIBUTE_STRING},
                   {"key", SECRET_SCHEMA_ATTRIBUTE_STRING},
                   {NULL, 0}},
};

/* A locked keyring asks its user, who may not be there: so on a thread, with a limit. */
struct question {
    const char *key;
    GCancellable *stop;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* {lock} */
    char *found;
    enum iv_code rc;
    struct iv_error failure;
};

static void *ask(void *arg)
{
    struct question *q = arg;
    GError *error = NULL;
    char *found = secret_password_lookup_sync(&schema, q->stop, &error, "application",
                                              "interviewctl", "key", q->key, NULL);

    if (error)
        q->rc = iv_fail(&q->failure, IV_E_UNAVAILABLE, "keyring: %.200s", error->message);
    else if (!found)
        q->rc = iv_fail(&q->failure, IV_E_NOT_FOUND, "keyring: nothing for %s", q->key);
    else if (!(q->found = iv_strdup(found)))
        q->rc = iv_fail(&q->failure, IV_E_NOMEM, "keyring: out of memory");
    if (error)
        g_error_free(error);
    if (found)
        secret_password_free(found); /* wipes it */
    pthread_mutex_lock(&q->lock);
    q->is_done = true;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static void await(struct question *q)
{
    struct timespec end;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += LIMIT_S;
    pthread_mutex_lock(&q->lock);
    while (!q->is_done && !rc)
        rc = pthread_cond_timedwait(&q->changed, &q->lock, &end);
    pthread_mutex_unlock(&q->lock);
    if (rc)
        g_cancellable_cancel(q->stop);
}

enum iv_code iv_keyring_get(const char *key, char **out, struct iv_error *err)
{
    struct question q = {.key = key};
    const char *bus = getenv("DBUS_SESSION_BUS_ADDRESS");
    pthread_t thread;
    enum iv_code rc;

    *out = NULL;
    if (!bus || !*bus)
        return iv_fail(err, IV_E_UNAVAILABLE, "keyring: no desktop session");
    rc = iv_lazy_load(&iv_libsecret, err);
    if (rc)
        return rc;
    q.stop = g_cancellable_new();
    pthread_mutex_init(&q.lock, NULL);
    pthread_cond_init(&q.changed, NULL);
    if (pthread_create(&thread, NULL, ask, &q)) {
        q.rc = iv_fail(&q.failure, IV_E_NOMEM, "keyring: no thread can be started");
    } else {
        await(&q);
        pthread_join(thread, NULL);
    }
    pthread_cond_destroy(&q.changed);
    pthread_mutex_destroy(&q.lock);
    g_object_unref(q.stop);
    *out = q.found;
    return q.rc ? iv_fail(err, q.rc, "%s", q.failure.text) : IV_OK;
}

#else

enum iv_code iv_keyring_get(const char *key, char **out, struct iv_error *err)
{
    *out = NULL;
    return iv_fail(err, IV_E_UNAVAILABLE, "keyring: this build has no libsecret (asked for %s)",
                   key);
}

#endif
