/* faces.c - the faces of a context: a short list, last used first. */
#include "avatar/faces.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "iv/alloc.h"

struct iv_face {
    struct iv_face *next; /* {home->lock} */
    iv_faces *home; /* NULL: of one renderer */
    const struct face_maker *by;
    uint8_t digest[RIG_DIGEST];
    int size;
    unsigned users; /* {home->lock} */
    bool is_painted; /* {home->lock} */
    void *painted;
    size_t bytes;
};

struct iv_faces {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a painting ended */
    unsigned refs; /* {lock} the context and its renderers */
    struct iv_face *first; /* {lock} */
    size_t idle_max_bytes; /* {lock} */
    uint64_t n_painted, n_shared; /* {lock} */
    struct frame_cache *frames; /* has its own lock */
    pthread_cond_t drawn; /* a frame is done */
    long drawing, drawing_max; /* {lock} */
};

static void free_face(struct iv_face *f)
{
    if (f->painted)
        f->by->free(f->painted);
    free(f);
}

/* {lock} held. Unused faces that are too many go, those not used for longest first. */
static void keep_few(iv_faces *h)
{
    size_t idle = 0;

    for (struct iv_face **at = &h->first; *at;) {
        struct iv_face *f = *at;

        if (!f->users && idle + f->bytes > h->idle_max_bytes) {
            *at = f->next;
            free_face(f);
            continue;
        }
        idle += f->users ? 0 : f->bytes;
        at = &f->next;
    }
}

/* -- the context's slot -- */
static void *new_faces(iv_ctx *ctx)
{
    iv_faces *h = iv_alloc(sizeof *h);
    pthread_condattr_t attr;

    (void)ctx;
    if (h)
        h->frames = iv_frame_cache_new(FRAMES_MAX_BYTES);
    if (!h || !h->frames) {
        free(h);
        return NULL;
    }
    h->refs = 1;
    h->idle_max_bytes = FACES_IDLE_BYTES;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->changed, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->drawn, &attr);
    pthread_condattr_destroy(&attr);
    h->drawing_max = sysconf(_SC_NPROCESSORS_ONLN);
    return h;
}

void iv_faces_unref(iv_faces *h)
{
    unsigned left;

    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    left = --h->refs;
    pthread_mutex_unlock(&h->lock);
    if (left)
        return;
    h->idle_max_bytes = 0;
    keep_few(h);
    iv_frame_cache_free(h->frames);
    pthread_cond_destroy(&h->changed);
    pthread_cond_destroy(&h->drawn);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* Nobody comes after the context: what is not in use is of no use. */
static void drop_faces(void *state)
{
    iv_faces *h = state;

    pthread_mutex_lock(&h->lock);
    h->idle_max_bytes = 0;
    keep_few(h);
    pthread_mutex_unlock(&h->lock);
    iv_faces_unref(h);
}

iv_faces *iv_faces_of(iv_ctx *ctx)
{
    iv_faces *h = ctx ? iv_ctx_slot(ctx, IV_SLOT_FACES, new_faces, drop_faces) : NULL;

    if (!h)
        return NULL;
    pthread_mutex_lock(&h->lock);
    h->refs++;
    pthread_mutex_unlock(&h->lock);
    return h;
}

bool iv_faces_draw_begin(iv_faces *h)
{
    struct timespec until;
    bool may;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += DRAW_WAIT_MS * 1000000l;
    if (until.tv_nsec >= 1000000000l) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000l;
    }
    pthread_mutex_lock(&h->lock);
    while (h->drawing >= h->drawing_max && !rc)
        rc = pthread_cond_timedwait(&h->drawn, &h->lock, &until);
    may = h->drawing < h->drawing_max || h->drawing_max < 1;
    h->drawing += may;
    pthread_mutex_unlock(&h->lock);
    return may;
}

void iv_faces_draw_end(iv_faces *h)
{
    pthread_mutex_lock(&h->lock);
    h->drawing--;
    pthread_cond_signal(&h->drawn);
    pthread_mutex_unlock(&h->lock);
}

struct frame_cache *iv_faces_frames(iv_faces *h)
{
    return h->frames;
}

void iv_face_stats(iv_ctx *ctx, struct iv_face_stats *out)
{
    iv_faces *h = iv_faces_of(ctx);

    *out = (struct iv_face_stats){0};
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    for (const struct iv_face *f = h->first; f; f = f->next) {
        out->faces++;
        out->face_bytes += f->is_painted ? f->bytes : 0;
    }
    out->faces_painted = h->n_painted;
    out->faces_shared = h->n_shared;
    pthread_mutex_unlock(&h->lock);
    iv_frame_cache_stats(h->frames, out);
    iv_faces_unref(h);
}

/* -- faces -- */
static struct iv_face *new_face(iv_faces *h, const struct face_maker *by, const struct iv_rig *rig,
                                int size)
{
    struct iv_face *f = iv_alloc(sizeof *f);

    if (!f)
        return NULL;
    *f = (struct iv_face){.home = h, .by = by, .size = size, .users = 1};
    memcpy(f->digest, rig->digest, sizeof f->digest);
    return f;
}

static void put_first(iv_faces *h, struct iv_face *f)
{
    f->next = h->first;
    h->first = f;
}

/* Where it hangs in the list, or the list's end. {lock} held. */
static struct iv_face **find(iv_faces *h, const struct face_maker *by, const struct iv_rig *rig,
                             int size)
{
    struct iv_face **at = &h->first;

    while (*at && ((*at)->by != by || (*at)->size != size ||
                   memcmp((*at)->digest, rig->digest, sizeof rig->digest) != 0))
        at = &(*at)->next;
    return at;
}

/* Its face for one more user, when there is one: waits for its painter. {lock} held. */
static struct iv_face *join(iv_faces *h, const struct face_maker *by, const struct iv_rig *rig,
                            int size)
{
    struct iv_face **at, *f;

    while (*(at = find(h, by, rig, size)) && !(*at)->is_painted)
        pthread_cond_wait(&h->changed, &h->lock);
    f = *at;
    if (!f)
        return NULL;
    *at = f->next;
    put_first(h, f);
    f->users++;
    h->n_shared++;
    return f;
}

/* The painter has ended; its face stands in the list since it began. */
static void publish(iv_faces *h, struct iv_face *f, bool is_painted)
{
    pthread_mutex_lock(&h->lock);
    if (is_painted) {
        f->is_painted = true;
        h->n_painted++;
        keep_few(h);
    } else {
        struct iv_face **at = &h->first;

        while (*at != f)
            at = &(*at)->next;
        *at = f->next;
    }
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

/* One that has to be painted, or NULL with a painted one in *out, or NULL for want of memory. */
static struct iv_face *begin(iv_faces *h, const struct face_maker *by, const struct iv_rig *rig,
                             int size, struct iv_face **out)
{
    struct iv_face *f = NULL;

    if (!h)
        return new_face(NULL, by, rig, size);
    pthread_mutex_lock(&h->lock);
    *out = join(h, by, rig, size);
    if (!*out)
        f = new_face(h, by, rig, size);
    if (f)
        put_first(h, f);
    pthread_mutex_unlock(&h->lock);
    return f;
}

enum iv_code iv_face_take(iv_faces *h, const struct face_maker *by, const struct iv_rig *rig,
                          int size, iv_face **out, struct iv_error *err)
{
    struct iv_face *f;
    enum iv_code rc;

    *out = NULL;
    f = begin(h, by, rig, size, out);
    if (*out)
        return IV_OK;
    if (!f)
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    rc = by->paint(rig, size, &f->painted, &f->bytes, err);
    if (h)
        publish(h, f, !rc);
    if (rc)
        free_face(f);
    else
        *out = f;
    return rc;
}

const void *iv_face_painted(const iv_face *f)
{
    return f->painted;
}

void iv_face_drop(iv_face *f)
{
    iv_faces *h = f ? f->home : NULL;

    if (!f)
        return;
    if (!h) {
        free_face(f);
        return;
    }
    pthread_mutex_lock(&h->lock);
    f->users--;
    keep_few(h);
    pthread_mutex_unlock(&h->lock);
}
