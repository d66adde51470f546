/* tr.h - the screen's words in the user's language: the host translates (tui.h). */
#ifndef IV_TUI_TR_H
#define IV_TUI_TR_H

/* Marks a text for translation; _() translates it where it is shown. */
#define N_(text) text
#define _(text) tr(text)
const char *tr(const char *text) __attribute__((format_arg(1))); /* app.c; [main] */

#endif
