/* iv_korean_sound.h - Korean as it is said, not as it is written: 습니다 becomes 슴니다.
 *
 * Why:     espeak-ng reads syllable by syllable; the sound changes between syllables are what makes Korean intelligible.
 * Threads: [any].
 */
#ifndef IV_PROVIDER_KOREAN_SOUND_H
#define IV_PROVIDER_KOREAN_SOUND_H

#define KOREAN_SOUND_VERSION 1

/* Caller frees; NULL without memory. What is not Hangul stays as it is. */
char *iv_korean_sound(const char *text);

#endif
