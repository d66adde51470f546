/* press.h - what the user did at the keyboard, whatever the terminal sent for it. */
#ifndef IV_TUI_PRESS_H
#define IV_TUI_PRESS_H

#include <stdint.h>

enum press_kind {
    PRESS_NONE,
    PRESS_TEXT, /* cp */
    PRESS_ENTER,
    PRESS_NEWLINE, /* a line's end within a text: Alt-Enter, or pasted */
    PRESS_ESCAPE,
    PRESS_TAB,
    PRESS_BACKTAB,
    PRESS_UP,
    PRESS_DOWN,
    PRESS_LEFT,
    PRESS_RIGHT,
    PRESS_WORD_LEFT,
    PRESS_WORD_RIGHT,
    PRESS_HOME,
    PRESS_END,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_BACKSPACE,
    PRESS_DELETE,
    PRESS_F, /* cp: its number */
    PRESS_CTRL, /* cp: the letter, 'A' to 'Z' */
    PRESS_GONE /* the terminal is no more */
};

struct press {
    enum press_kind kind;
    uint32_t cp;
};

#endif
