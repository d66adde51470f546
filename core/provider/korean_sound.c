/* iv_korean_sound.c - the sound changes of the Standard Pronunciation (표준 발음법) between neighbouring syllables.
 *
 * A Hangul syllable is lead + vowel + tail (28 tails, 0 is none), in code point order, so the letters are arithmetic.
 * Rules look at the tail of one syllable and the lead of the next within a word. In the order of `meet()`:
 *   palatalisation (같이 -> 가치), h (좋다 -> 조타, 입학 -> 이팍), linking (읽어 -> 일거), nasals (습니다 -> 슴니다),
 *   liquids (관리 -> 괄리, 협력 -> 혐녁), tensing (학교 -> 학꾜); then what is left of a tail is one of seven.
 * What depends on a word's history (장점 -> 장쩜) cannot be ruled; such words are listed in pronunciation/ko.json.
 */
#include "provider/korean_sound.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv/text.h"

#define FIRST_SYLLABLE 0xac00
#define LAST_SYLLABLE 0xd7a3
#define N_VOWELS 21
#define N_TAILS 28
#define MAX_BYTES (1u << 20)

enum {
    L_G,
    L_GG,
    L_N,
    L_D,
    L_DD,
    L_R,
    L_M,
    L_B,
    L_BB,
    L_S,
    L_SS,
    L_NONE,
    L_J,
    L_JJ,
    L_CH,
    L_K,
    L_T,
    L_P,
    L_H
};
enum { V_YEO = 6, V_EO = 4, V_UI = 19, V_I = 20 };
enum {
    T_NONE,
    T_G,
    T_GG,
    T_GS,
    T_N,
    T_NJ,
    T_NH,
    T_D,
    T_R,
    T_RG,
    T_RM,
    T_RB,
    T_RS,
    T_RT,
    T_RP,
    T_RH,
    T_M,
    T_B,
    T_BS,
    T_S,
    T_SS,
    T_NG,
    T_J,
    T_CH,
    T_K,
    T_T,
    T_P,
    T_H
};

struct letter {
    uint32_t cp; /* of what is not a syllable */
    int lead, vowel, tail;
    bool is_syllable;
};

/* For each tail: what it sounds like alone; before a vowel: what stays and what goes over. */
static const struct {
    int alone, stays, goes;
} tails[N_TAILS] = {
    [T_NONE] = {T_NONE, T_NONE, L_NONE},
    [T_G] = {T_G, T_NONE, L_G},
    [T_GG] = {T_G, T_NONE, L_GG},
    [T_GS] = {T_G, T_G, L_SS},
    [T_N] = {T_N, T_NONE, L_N},
    [T_NJ] = {T_N, T_N, L_J},
    [T_NH] = {T_N, T_NONE, L_N},
    [T_D] = {T_D, T_NONE, L_D},
    [T_R] = {T_R, T_NONE, L_R},
    [T_RG] = {T_G, T_R, L_G},
    [T_RM] = {T_M, T_R, L_M},
    [T_RB] = {T_R, T_R, L_B},
    [T_RS] = {T_R, T_R, L_SS},
    [T_RT] = {T_R, T_R, L_T},
    [T_RP] = {T_B, T_R, L_P},
    [T_RH] = {T_R, T_NONE, L_R},
    [T_M] = {T_M, T_NONE, L_M},
    [T_B] = {T_B, T_NONE, L_B},
    [T_BS] = {T_B, T_B, L_SS},
    [T_S] = {T_D, T_NONE, L_S},
    [T_SS] = {T_D, T_NONE, L_SS},
    [T_NG] = {T_NG, T_NG, L_NONE},
    [T_J] = {T_D, T_NONE, L_J},
    [T_CH] = {T_D, T_NONE, L_CH},
    [T_K] = {T_G, T_NONE, L_K},
    [T_T] = {T_D, T_NONE, L_T},
    [T_P] = {T_B, T_NONE, L_P},
    [T_H] = {T_D, T_NONE, L_NONE},
};

static int aspirated(int lead)
{
    return lead == L_G ? L_K : lead == L_D ? L_T : lead == L_B ? L_P : lead == L_J ? L_CH : -1;
}

static int tensed(int lead)
{
    return lead == L_G   ? L_GG
           : lead == L_D ? L_DD
           : lead == L_B ? L_BB
           : lead == L_S ? L_SS
           : lead == L_J ? L_JJ
                         : lead;
}

/* 굳이, 같이, 붙여, 닫혀: the tongue is already where i is said. */
static bool palatalise(struct letter *a, struct letter *b)
{
    int to = a->tail == T_D ? L_J : a->tail == T_T || a->tail == T_RT ? L_CH : -1;

    if (to < 0 || (b->vowel != V_I && b->vowel != V_YEO) || (b->lead != L_NONE && b->lead != L_H))
        return false;
    b->lead = b->lead == L_H ? L_CH : to;
    a->tail = a->tail == T_RT ? T_R : T_NONE;
    return true;
}

static bool tail_h(struct letter *a, struct letter *b)
{
    int rest = a->tail == T_H ? T_NONE : a->tail == T_NH ? T_N : a->tail == T_RH ? T_R : -1;

    if (rest < 0)
        return false;
    if (b->lead == L_N)
        a->tail = a->tail == T_H ? T_N : rest; /* 놓는 -> 논는; 뚫는 -> 뚤는, then liquids */
    else if (b->lead == L_S) {
        a->tail = rest;
        b->lead = L_SS;
        return true;
    } else if (b->lead != L_B && aspirated(b->lead) >= 0) {
        a->tail = rest;
        b->lead = aspirated(b->lead);
        return true;
    }
    return false;
}

static bool lead_h(struct letter *a, struct letter *b)
{
    static const int goes[N_TAILS] = {
        [T_G] = L_K,  [T_RG] = L_K,  [T_D] = L_T, [T_S] = L_T,  [T_CH] = L_T, [T_T] = L_T,
        [T_J] = L_CH, [T_NJ] = L_CH, [T_B] = L_P, [T_RB] = L_P, [T_BS] = L_P, [T_SS] = L_T};

    if (b->lead != L_H || !goes[a->tail])
        return false;
    b->lead = goes[a->tail];
    a->tail = a->tail == T_RG || a->tail == T_RB ? T_R : a->tail == T_NJ ? T_N : T_NONE;
    return true;
}

static bool link_over(struct letter *a, struct letter *b)
{
    if (b->lead != L_NONE || a->tail == T_NONE || a->tail == T_NG)
        return false;
    b->lead = tails[a->tail].goes;
    a->tail = tails[a->tail].stays;
    return true;
}

static int nasal_of(int tail)
{
    int t = tails[tail].alone;

    return t == T_G ? T_NG : t == T_D ? T_N : t == T_B ? T_M : tail;
}

/* `inside`: the first syllable of the word is not the one before. 판단력 keeps its n, 권력 does not. */
static void liquids(struct letter *a, struct letter *b, bool inside)
{
    if (b->lead == L_R && a->tail == T_N) {
        if (inside && (b->tail == T_G || b->tail == T_NG)) /* -력, -량 */
            b->lead = L_N;
        else
            a->tail = T_R;
    } else if (b->lead == L_R && a->tail != T_NONE && tails[a->tail].alone != T_R) {
        a->tail = nasal_of(a->tail);
        b->lead = L_N;
    } else if (b->lead == L_N && tails[a->tail].alone == T_R) {
        a->tail = T_R;
        b->lead = L_R;
    }
}

static void tense(struct letter *a, struct letter *b)
{
    int t = tails[a->tail].alone;

    if (a->tail == T_RG && b->lead == L_G)
        a->tail = T_R; /* 읽고 -> 일꼬 */
    if (t == T_G || t == T_D || t == T_B || a->tail == T_RB || a->tail == T_RT)
        b->lead = tensed(b->lead);
}

static void meet(struct letter *a, struct letter *b, bool inside)
{
    if (palatalise(a, b) || tail_h(a, b) || lead_h(a, b) || link_over(a, b))
        return;
    if (b->lead == L_N || b->lead == L_M)
        a->tail = a->tail == T_RB && b->lead == L_N ? T_M : nasal_of(a->tail); /* 밟는 -> 밤는 */
    liquids(a, b, inside);
    tense(a, b);
}

static void simplify(struct letter *l)
{
    l->tail = tails[l->tail].alone;
    if (l->vowel == V_UI && l->lead != L_NONE)
        l->vowel = V_I; /* 희망 -> 히망 */
    if (l->vowel == V_YEO && (l->lead == L_J || l->lead == L_JJ || l->lead == L_CH))
        l->vowel = V_EO; /* 가져 -> 가저 */
}

static size_t split_letters(const char *text, struct letter *out)
{
    size_t n = 0;
    uint32_t cp;

    while ((cp = iv_utf8_next(&text))) {
        int i = (int)cp - FIRST_SYLLABLE;

        out[n] = (struct letter){.cp = cp};
        if (cp >= FIRST_SYLLABLE && cp <= LAST_SYLLABLE)
            out[n] = (struct letter){.lead = i / N_TAILS / N_VOWELS,
                                     .vowel = i / N_TAILS % N_VOWELS,
                                     .tail = i % N_TAILS,
                                     .is_syllable = true};
        n++;
    }
    return n;
}

static void add_letter(struct iv_buf *b, const struct letter *l)
{
    char utf8[4];
    int i = (l->lead * N_VOWELS + l->vowel) * N_TAILS + l->tail;

    iv_buf_add(b, utf8, iv_utf8_put(l->is_syllable ? (uint32_t)(FIRST_SYLLABLE + i) : l->cp, utf8));
}

char *iv_korean_sound(const char *text)
{
    struct iv_buf b = IV_BUF_INIT(MAX_BYTES);
    struct letter *l = iv_alloc_array(strlen(text) + 1, sizeof *l);
    size_t n = l ? split_letters(text, l) : 0, word = 0;

    if (!l)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (!l[i].is_syllable)
            word = i + 1;
        else if (i + 1 < n && l[i + 1].is_syllable)
            meet(&l[i], &l[i + 1], i > word);
    }
    for (size_t i = 0; i < n; i++) {
        if (l[i].is_syllable)
            simplify(&l[i]);
        add_letter(&b, &l[i]);
    }
    free(l);
    return iv_buf_take(&b);
}
