/* interview/problems.h - what is wrong with a data file, each with its line.
 *
 * Why:     reading stops at nothing, so that a lint shows every problem; a plain reader keeps the first one.
 * Owns:    borrows everything.
 */
#ifndef IV_INTERVIEW_PROBLEMS_H
#define IV_INTERVIEW_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "iv/error.h"
#include "util/yaml.h"

struct problems {
    const char *name; /* of the file */
    void (*fn)(void *arg, const char *problem); /* NULL: only counted */
    void *arg;
    size_t n;
    bool no_memory;
};

void iv_problem_at(struct problems *p, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A sink for problems.fn that keeps the first one in a struct iv_error. */
void iv_problem_keep_first(void *err, const char *problem);

/* Readers of fields: each reports what is wrong and gives NULL or a fallback. */
char *iv_read_text(struct problems *p, const struct iv_yaml *map, const char *key, bool required);
char **iv_read_list(struct problems *p, const struct iv_yaml *map, const char *key, size_t max,
                    size_t *n);
int iv_read_int(struct problems *p, const struct iv_yaml *map, const char *key, int min, int max,
                int otherwise);
/* The node when it is a list of at most max, else NULL. */
const struct iv_yaml *iv_read_items(struct problems *p, const struct iv_yaml *map, const char *key,
                                    size_t max);
/* Keys that are none of these words ("id ask points"). */
void iv_check_keys(struct problems *p, const struct iv_yaml *map, const char *known);
bool iv_is_word_of(const char *word, const char *words);
void iv_free_strings(char **list, size_t n);

#endif
