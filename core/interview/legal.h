/* interview/legal.h - forbidden topics, loaded once for many texts.
 *
 * Why:     a plan checks every question and probe; reading the files for each would be slow.
 * Owns:    a struct legal owns its trees.
 * Threads: read-only after loading; [any].
 */
#ifndef IV_INTERVIEW_LEGAL_H
#define IV_INTERVIEW_LEGAL_H

#include "iv/bank.h"
#include "util/yaml.h"

#define LEGAL_JURISDICTIONS 4
extern const char *const iv_legal_jurisdictions[LEGAL_JURISDICTIONS];

struct legal {
    struct iv_yaml *words;
    struct iv_yaml *laws[LEGAL_JURISDICTIONS];
};

/* Each file's form is checked: IV_E_DATA with file and line. */
enum iv_code iv_legal_load(const iv_ctx *ctx, struct legal *out, struct iv_error *err);
void iv_legal_release(struct legal *l);
/* jurisdictions: names separated by blanks or commas; NULL means all. True when a topic is touched; `out` may be NULL. */
bool iv_legal_touches(const struct legal *l, const char *text, enum iv_lang lang,
                      const char *jurisdictions, struct iv_legal_hit *out);
bool iv_legal_is_named(const char *jurisdictions, const char *name);

#endif
