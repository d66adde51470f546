/* fold.c - text in lines no wider than the terminal. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "iv/text.h"

/* Of a letter that belongs to its word: Latin, Hangul (U+A000 to U+DFFF). Kana and kanji stand alone. */
static bool goes_on(unsigned char lead)
{
    return lead < 0x80 || (lead >= 0xea && lead <= 0xed);
}

/* The bytes of text's first piece that may end a line, and its width: a word with the blanks before it, or one wide character. */
static size_t next_piece(const char *text, int *width)
{
    char piece[256];
    size_t n = strspn(text, " ");

    do {
        do
            n++;
        while ((text[n] & 0xc0) == 0x80);
        snprintf(piece, sizeof piece, "%.*s", (int)(n < 255 ? n : 255), text);
    } while (text[n] && text[n] != ' ' && text[n] != '\n' && goes_on((unsigned char)text[n]) &&
             n < 200);
    *width = iv_text_width(piece);
    return n;
}

void cli_print_folded(FILE *out, const char *text, int at, int indent)
{
    int limit = cli_terminal_width(), width;

    while (*text) {
        size_t n;

        if (*text == '\n') {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
            text++;
            continue;
        }
        n = next_piece(text, &width);
        if (at + width > limit && at > indent) {
            size_t blanks = strspn(text, " ");

            fprintf(out, "\n%*s", indent, "");
            at = indent;
            text += blanks;
            n -= blanks;
            width -= (int)blanks;
        }
        fwrite(text, 1, n, out);
        at += width;
        text += n;
    }
    fputc('\n', out);
}
