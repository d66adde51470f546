/* iv/config.h - every setting: value, origin, help; from one table (iv/settings.def).
 *
 * Why:     flags, environment, .env, files and defaults feed one struct; each value remembers where it came from.
 * Owns:    a config owns its strings.
 * Threads: built on [main], read-only afterwards.
 * Errors:  IV_E_CONFIG naming file:line or variable, key, value and what is allowed. Secrets never appear in a text.
 *
 * Order: flag > environment > .env in the working directory > user file > system file > default.
 */
#ifndef IV_CONFIG_H
#define IV_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/buf.h"
#include "iv/error.h"

enum iv_setting_kind {
    IV_SET_STR,
    IV_SET_INT,
    IV_SET_REAL,
    IV_SET_BOOL,
    IV_SET_CHOICE,
    IV_SET_SECRET,
    IV_SET_PATH
};
enum iv_origin {
    IV_FROM_DEFAULT,
    IV_FROM_SYSTEM,
    IV_FROM_USER,
    IV_FROM_DOTENV,
    IV_FROM_ENV,
    IV_FROM_FLAG
};
const char *iv_origin_name(enum iv_origin o);

struct iv_setting {
    enum iv_setting_kind kind;
    const char *key, *dflt; /* "tts.engine", default as text */
    const char *env; /* extra environment name that users know ("TTS_PROVIDER"), or NULL */
    const char *unit;
    double min, max; /* for INT and REAL */
    const char *choices; /* space-separated, for CHOICE */
    const char *help;
    size_t offset; /* into struct iv_config */
};

struct iv_config {
#define IV_CTYPE_STR char *
#define IV_CTYPE_INT int64_t
#define IV_CTYPE_REAL double
#define IV_CTYPE_BOOL bool
#define IV_CTYPE_CHOICE char *
#define IV_CTYPE_SECRET char *
#define IV_CTYPE_PATH char *
#define S(kind, field, ...) IV_CTYPE_##kind field;
#include "iv/settings.def"
#undef S
    unsigned char *origins; /* by row of the table */
    char **places; /* file:line or variable name, by row; NULL for defaults */
};

size_t iv_setting_count(void);
const struct iv_setting *iv_setting_at(size_t i);
/* By key, or NULL. */
const struct iv_setting *iv_setting_find(const char *key);
/* The INTERVIEWCTL_ name of a key: "tts.engine" -> INTERVIEWCTL_TTS_ENGINE. */
void iv_setting_env_name(const struct iv_setting *s, char out[96]);

enum iv_code iv_config_new(struct iv_config **out, struct iv_error *err); /* defaults only */
void iv_config_free(struct iv_config *c);
/* place: shown by `config list --show-origin`. */
enum iv_code iv_config_set(struct iv_config *c, const char *key, const char *value,
                           enum iv_origin origin, const char *place, struct iv_error *err);
/* Text of a value as a user would write it; secrets as "(set)" or "". */
enum iv_code iv_config_text(const struct iv_config *c, const struct iv_setting *s,
                            struct iv_buf *out, struct iv_error *err);
enum iv_origin iv_config_origin(const struct iv_config *c, const struct iv_setting *s,
                                const char **place);

/* The only place that reads the environment. getenv_fn NULL: the process's own. Reads system file, user file, profile, ./.env, environment. */
enum iv_code iv_config_load(struct iv_config *c, const char *(*getenv_fn)(const char *name),
                            struct iv_error *err);
enum iv_code iv_config_load_file(struct iv_config *c, const char *path, enum iv_origin origin,
                                 struct iv_error *err);

/* A profile is a settings file "profiles/NAME.conf" beside the user's own; its settings win over those. */
#define IV_PROFILE_NAME_MAX 64
bool iv_profile_name_valid(const char *name);

/* XDG places; made when missing with mode 0700 where `make`. Caller frees. */
enum iv_dir { IV_DIR_CONFIG, IV_DIR_DATA, IV_DIR_CACHE, IV_DIR_STATE, IV_DIR_RUNTIME };
enum iv_code iv_config_dir(enum iv_dir dir, bool make, char **out, struct iv_error *err);
/* Edit the user's file, keeping its other lines and comments. value NULL removes. */
enum iv_code iv_config_file_edit(const char *path, const char *key, const char *value,
                                 struct iv_error *err);

#endif
