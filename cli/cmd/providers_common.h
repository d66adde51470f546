/* providers_common.h - every back end there is, with its key and its state, and a small real call to each. */
#ifndef IV_CLI_CMD_PROVIDERS_COMMON_H
#define IV_CLI_CMD_PROVIDERS_COMMON_H

#include "cli.h"
#include "iv/text.h"

struct provider {
    const char *kind, *name, *about; /* kind: stt, llm, interviewer, tts, rooms */
    bool available[IV_LANG_COUNT];
    const char *why_not; /* "" where nothing is missing */
    const char *key; /* the setting of its key, NULL: it takes none */
};

/* In the order of a conversation. Stops at the first code that is not IV_OK. */
enum iv_code each_provider(struct cli *cli,
                           enum iv_code (*fn)(void *arg, const struct provider *p,
                                              struct iv_error *err),
                           void *arg, struct iv_error *err);
bool provider_is_there(const struct provider *p);

struct trial {
    bool is_good;
    double ms;
    char detail[480]; /* what answered, or the error */
    const char *mend; /* N_() text, "" for none */
};
/* Says one word, hears a second of silence, asks for one word, asks for a room that is not there. */
void try_provider(struct cli *cli, const struct provider *p, struct trial *out);

#endif
