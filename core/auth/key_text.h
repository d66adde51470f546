/* key_text.h - how a key looks: `ivc_`, a letter, `_`, 43 digits of random, 6 of check sum. No I/O. */
#ifndef IV_AUTH_KEY_TEXT_H
#define IV_AUTH_KEY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define KEY_HEAD_CHARS 6 /* "ivc_w_" */
#define KEY_RANDOM_CHARS 43 /* 62^43 is more than 2^256 */
#define KEY_SUM_CHARS 6 /* 62^6 is more than 2^32 */
#define KEY_CHARS (KEY_HEAD_CHARS + KEY_RANDOM_CHARS + KEY_SUM_CHARS)

/* r, w or a: the most that the scopes allow. */
char iv_key_letter(unsigned scopes);
void iv_key_text_make(char letter, char out[KEY_CHARS + 1]);
/* Form and check sum only: what fails here was never given out. */
bool iv_key_text_is_well(const char *text);
/* 32 random bytes in base 62. */
void iv_random_text(char out[KEY_RANDOM_CHARS + 1]);

#endif
