/* glyph.h - what takes one place on the screen: a character with what stands on it.
 *
 * Why:     Korean and Japanese characters take two cells, accents none; the cursor moves over what a reader sees as one.
 * Owns:    nothing; a glyph is a copy.
 * Threads: [any].
 * Units:   cells of the terminal. Text is valid UTF-8.
 */
#ifndef IV_TUI_GLYPH_H
#define IV_TUI_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GLYPH_BYTES 24 /* a character and four marks on it; more marks are not drawn */

struct glyph {
    char text[GLYPH_BYTES]; /* as it is drawn: nothing that moves a terminal's cursor */
    uint32_t cp;
    int width; /* 1 or 2; 0 for a newline */
};

/* The first glyph of text and the bytes that it takes; 0 at the end. */
size_t glyph_next(const char *text, struct glyph *g);
/* Where the glyph before `at` begins. */
size_t glyph_before(const char *text, size_t at);
int glyph_width(const char *text, size_t len);

/* The bytes of text that fit a line of `width` cells; *next is where the following line begins. Words are kept whole where they
 * fit, Chinese characters and kana break anywhere but before closing marks. A newline ends a line. */
size_t glyph_wrap(const char *text, int width, size_t *next);

#endif
