/* iv/log.h - what happened, for the person who runs the program; never data, never a secret.
 *
 * Why:     core never prints; it hands lines to a sink that a front end chose.
 * Threads: [any] except the audio callback.
 */
#ifndef IV_LOG_H
#define IV_LOG_H

enum iv_log_level { IV_LOG_ERROR, IV_LOG_WARN, IV_LOG_INFO, IV_LOG_DEBUG };

struct iv_log {
    void (*write)(void *arg, enum iv_log_level level, const char *line); /* NULL: silent */
    void *arg;
    enum iv_log_level level; /* lines above it are not made */
};

/* One line, no newline; control characters are escaped. `log` may be NULL. */
void iv_log(const struct iv_log *log, enum iv_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
