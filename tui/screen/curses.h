/* curses.h - ncurses as a library that is opened at first use (iv/lazy.h); term.c alone includes it. */
#ifndef IV_TUI_CURSES_H
#define IV_TUI_CURSES_H

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#include "iv/lazy.h"

/* clang-format off */
#define CURSES_FUNCTIONS(X)                                                                        \
    X(newterm) X(delscreen) X(endwin) X(newwin) X(delwin) X(wresize) X(resizeterm)     \
    X(cbreak) X(noecho) X(nonl) X(keypad) X(nodelay) X(intrflush) X(leaveok) X(curs_set)           \
    X(set_escdelay) X(define_key) X(start_color) X(use_default_colors) X(has_colors) X(init_pair)  \
    X(wmove) X(wadd_wch) X(setcchar) X(wnoutrefresh) X(doupdate) X(clearok) X(wget_wch) X(unget_wch)  \
    X(setupterm) X(tigetstr) X(del_curterm) X(set_curterm)
/* clang-format on */

CURSES_FUNCTIONS(IV_LAZY_DECLARE)
extern struct iv_lazy iv_curses;

#define newterm (*iv_lazy_newterm)
#define delscreen (*iv_lazy_delscreen)
#define endwin (*iv_lazy_endwin)
#define newwin (*iv_lazy_newwin)
#define delwin (*iv_lazy_delwin)
#define wresize (*iv_lazy_wresize)
#define resizeterm (*iv_lazy_resizeterm)
#define cbreak (*iv_lazy_cbreak)
#define noecho (*iv_lazy_noecho)
#define nonl (*iv_lazy_nonl)
#define keypad (*iv_lazy_keypad)
#define nodelay (*iv_lazy_nodelay)
#define intrflush (*iv_lazy_intrflush)
#define leaveok (*iv_lazy_leaveok)
#define curs_set (*iv_lazy_curs_set)
#define set_escdelay (*iv_lazy_set_escdelay)
#define define_key (*iv_lazy_define_key)
#define start_color (*iv_lazy_start_color)
#define use_default_colors (*iv_lazy_use_default_colors)
#define has_colors (*iv_lazy_has_colors)
#define init_pair (*iv_lazy_init_pair)
#define wmove (*iv_lazy_wmove)
#define wadd_wch (*iv_lazy_wadd_wch)
#define setcchar (*iv_lazy_setcchar)
#define wnoutrefresh (*iv_lazy_wnoutrefresh)
#define doupdate (*iv_lazy_doupdate)
#define clearok (*iv_lazy_clearok)
#define wget_wch (*iv_lazy_wget_wch)
#define unget_wch (*iv_lazy_unget_wch)
#define setupterm (*iv_lazy_setupterm)
#define tigetstr (*iv_lazy_tigetstr)
#define del_curterm (*iv_lazy_del_curterm)
#define set_curterm (*iv_lazy_set_curterm)

#endif
