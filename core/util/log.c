/* log.c - one line to the sink that the front end chose. */
#include "iv/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "iv/text.h"

void iv_log(const struct iv_log *log, enum iv_log_level level, const char *fmt, ...)
{
    char line[1024];
    char *shown;
    va_list ap;

    if (!log || !log->write || level > log->level)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    shown = iv_text_visible(line);
    log->write(log->arg, level, shown ? shown : "(out of memory)");
    free(shown);
}
