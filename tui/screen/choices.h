/* choices.h - values that are looked up on the machine: voices, playback devices. */
#ifndef IV_TUI_CHOICES_H
#define IV_TUI_CHOICES_H

#include "iv/ctx.h"
#include "iv/text.h"

#define CHOICES_MAX 200

struct choices {
    char **names;
    int n;
    size_t cap;
};

void choices_release(struct choices *c);
/* "" (the default) first, then those of the first engine that speaks the language. */
void choices_voices(struct choices *c, iv_ctx *ctx, const char *engines, enum iv_lang lang);
/* "default", "none", then the devices. */
void choices_speakers(struct choices *c);
void choices_mics(struct choices *c);
/* The one after (by 1) or before (by -1) `value`, written into it; one that is not in the list counts as the first. */
void choices_step(const struct choices *c, char *value, size_t size, int by);

#endif
