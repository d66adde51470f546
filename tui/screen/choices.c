/* choices.c - see choices.h. */
#include "screen/choices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/mic.h"
#include "audio/player.h"
#include "iv/alloc.h"
#include "iv/tts.h"

#define ENGINES_MAX 16

void choices_release(struct choices *c)
{
    for (int i = 0; i < c->n; i++)
        free(c->names[i]);
    free(c->names);
    *c = (struct choices){0};
}

static void add(struct choices *c, const char *name)
{
    char *copy;

    for (int i = 0; i < c->n; i++)
        if (!strcmp(c->names[i], name))
            return;
    if (c->n >= CHOICES_MAX || iv_grow(&c->names, &c->cap, (size_t)c->n + 1, sizeof *c->names))
        return;
    copy = iv_strdup(name);
    if (copy)
        c->names[c->n++] = copy;
}

static void add_voice(void *arg, const char *voice, const char *about)
{
    (void)about;
    add(arg, voice);
}

/* "auto" or a list such as "elevenlabs,espeak": the first that can speak here. */
static bool is_wanted(const char *engines, const char *name)
{
    const char *found = strstr(engines, name);
    size_t n = strlen(name);

    return !strcmp(engines, "auto") ||
           (found && (found == engines || found[-1] == ',' || found[-1] == ' ') &&
            (!found[n] || found[n] == ',' || found[n] == ' '));
}

void choices_voices(struct choices *c, iv_ctx *ctx, const char *engines, enum iv_lang lang)
{
    struct iv_tts_info info[ENGINES_MAX];
    size_t n = iv_tts_engines(ctx, info, IV_LEN(info));

    add(c, "");
    for (size_t i = 0; i < n; i++)
        if (info[i].available[lang] && is_wanted(engines, info[i].name)) {
            iv_tts_voices(ctx, info[i].name, lang, add_voice, c, NULL);
            return;
        }
}

static void add_device(void *arg, const char *name, bool is_default)
{
    (void)is_default;
    add(arg, name);
}

void choices_speakers(struct choices *c)
{
    add(c, "default");
    add(c, "none");
    player_devices(add_device, c, NULL);
}

void choices_mics(struct choices *c)
{
    add(c, "default");
    add(c, "none");
    mic_devices(add_device, c, NULL);
}

void choices_step(const struct choices *c, char *value, size_t size, int by)
{
    int at = 0;

    if (!c->n)
        return;
    for (int i = 0; i < c->n; i++)
        if (!strcmp(c->names[i], value))
            at = i;
    at = (at + by + c->n) % c->n;
    if (strlen(c->names[at]) < size)
        snprintf(value, size, "%s", c->names[at]);
}
