/* speakable.c - the reader: from left to right, the longest thing that is known at each place. */
#include "provider/speakable.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/tts.h"
#include "provider/speak_scan.h"

#define MAX_SPOKEN_BYTES (64u << 10)
#define LONGEST_SPELT 6

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

void iv_say_letter(struct scan *s, char letter)
{
    char upper[2] = {(char)toupper((unsigned char)letter), '\0'};
    const struct word_row *r = iv_word_list_find(&s->t->letters, upper, upper);

    if (r)
        iv_buf_adds(&s->out, r->spoken);
    else
        iv_buf_addc(&s->out, letter);
}

static void spell(struct scan *s, const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i)
            iv_buf_adds(&s->out, s->t->lang->letter_gap);
        iv_say_letter(s, word[i]);
    }
}

static bool is_abbreviation(const char *w, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isupper((unsigned char)w[i]))
            return false;
    return len >= 2 && len <= LONGEST_SPELT;
}

static const struct word_row *find_whole(const struct word_list *l, const char *w, size_t len)
{
    char copy[64];
    const struct word_row *r;

    if (len >= sizeof copy)
        return NULL;
    memcpy(copy, w, len);
    copy[len] = '\0';
    r = iv_word_list_find(l, copy, copy);
    return r && r->len == len ? r : NULL;
}

static void say_digits_of(struct scan *s, const char *w, size_t len)
{
    char digits[64];

    if (s->keep_numbers || len > SPEAK_MAX_DIGITS) {
        iv_buf_add(&s->out, w, len);
        return;
    }
    memcpy(digits, w, len);
    digits[len] = '\0';
    if (digits[0] == '0' && len > 1)
        iv_speak_digits(s->t->lang, digits, &s->out);
    else
        s->t->lang->cardinal(strtoull(digits, NULL, 10), &s->out);
}

static void say_part(struct scan *s, const char *w, size_t len)
{
    const struct word_row *term = find_whole(&s->t->terms, w, len);

    if (term)
        iv_buf_adds(&s->out, term->spoken);
    else if (isdigit((unsigned char)*w))
        say_digits_of(s, w, len);
    else if (is_abbreviation(w, len))
        spell(s, w, len);
    else if (len == 1 && s->t->lang->names_letters)
        iv_say_letter(s, *w);
    else
        iv_buf_add(&s->out, w, len);
}

/* "userID2" -> user, ID, 2; "XMLHttpRequest" -> XML, Http, Request. */
static size_t part_len(const char *w, size_t len)
{
    size_t n = 1;

    if (isdigit((unsigned char)w[0])) {
        while (n < len && isdigit((unsigned char)w[n]))
            n++;
        return n;
    }
    while (n < len && isupper((unsigned char)w[n - 1]) && isupper((unsigned char)w[n]) &&
           !(n + 1 < len && islower((unsigned char)w[n + 1])))
        n++;
    if (n > 1)
        return n;
    while (n < len && islower((unsigned char)w[n]))
        n++;
    return n;
}

/* APIs, URLs: the name of the last letter takes the s. */
static bool say_plural(struct scan *s, const char *w, size_t len)
{
    if (len < 3 || w[len - 1] != 's' || !is_abbreviation(w, len - 1))
        return false;
    say_part(s, w, len - 1);
    iv_buf_adds(&s->out, s->t->lang->plural);
    return true;
}

void iv_say_word(struct scan *s, const char *w, size_t len)
{
    bool first = true;

    if (find_whole(&s->t->terms, w, len) || !say_plural(s, w, len))
        while (len) {
            size_t n = *w == '_' ? 1 : part_len(w, len);

            if (find_whole(&s->t->terms, w, len))
                n = len;
            if (*w != '_') {
                if (!first)
                    iv_speak_gap(&s->out);
                say_part(s, w, n);
                first = false;
            }
            w += n;
            len -= n;
        }
}

bool iv_scan_word(struct scan *s)
{
    size_t len = 0;

    if (!isalpha((unsigned char)*s->at) && *s->at != '_')
        return false;
    while (is_word_byte(s->at[len]))
        len++;
    iv_say_word(s, s->at, len);
    s->at += len;
    return true;
}

static bool scan_term(struct scan *s)
{
    const struct word_row *r = iv_word_list_find(&s->t->terms, s->start, s->at);

    if (!r)
        return false;
    iv_buf_adds(&s->out, r->spoken);
    s->at += r->len;
    return true;
}

/* A sign is a word of its own: "a+b" is "a plus b". A row with nothing to say drops it. */
static bool scan_symbol(struct scan *s)
{
    const struct word_row *r = iv_word_list_find(&s->t->symbols, s->start, s->at);

    if (!r)
        return false;
    s->at += r->len;
    if (!r->spoken[0])
        return true;
    iv_speak_gap(&s->out);
    iv_buf_adds(&s->out, r->spoken);
    if (*s->at && !strchr(" \n.,;:!?)", *s->at))
        iv_buf_addc(&s->out, ' ');
    return true;
}

static bool is_picture(uint32_t cp)
{
    return (cp >= 0x1f000 && cp <= 0x1faff) || (cp >= 0x2600 && cp <= 0x27bf) || cp == 0xfe0f ||
           cp == 0x200d || (cp >= 0x2b00 && cp <= 0x2bff);
}

static void scan_other(struct scan *s)
{
    const char *next = s->at;
    uint32_t cp = iv_utf8_next(&next);

    if (!is_picture(cp))
        iv_buf_add(&s->out, s->at, (size_t)(next - s->at));
    s->at = next;
}

/* Full-width letters, digits and signs (Ａ１％) become those that the tables know. */
static char *narrow(const char *text)
{
    struct iv_buf b = IV_BUF_INIT(MAX_SPOKEN_BYTES);
    uint32_t cp;
    char utf8[4];

    while ((cp = iv_utf8_next(&text))) {
        if (cp > 0xff00 && cp < 0xff5f &&
            (isalnum((int)(cp - 0xfee0)) || strchr("%+=&@#<>", (int)(cp - 0xfee0))))
            cp -= 0xfee0;
        iv_buf_add(&b, utf8, iv_utf8_put(cp, utf8));
    }
    return iv_buf_take(&b);
}

char *iv_speak_words(const struct speak_table *t, const char *text, bool keep_numbers)
{
    struct scan s = {.t = t, .out = IV_BUF_INIT(MAX_SPOKEN_BYTES), .keep_numbers = keep_numbers};
    char *clean = iv_text_clean(text), *plain = clean ? narrow(clean) : NULL, *spoken;

    if (plain) {
        for (s.start = s.at = plain; *s.at;)
            if (!iv_scan_address(&s) && !iv_scan_formula(&s) && !scan_term(&s) &&
                !iv_scan_number(&s) && !iv_scan_word(&s) && !scan_symbol(&s))
                scan_other(&s);
    } else {
        s.out.failed = true;
    }
    free(clean);
    free(plain);
    spoken = iv_buf_take(&s.out);
    clean = spoken ? iv_text_clean(spoken) : NULL;
    free(spoken);
    return clean;
}

char *iv_speakable(const char *text, enum iv_lang lang)
{
    struct speak_table *t;
    char *spoken;

    if (iv_speak_table_load(NULL, lang, &t, NULL))
        return iv_text_clean(text);
    spoken = iv_speak_words(t, text, false);
    iv_speak_table_free(t);
    return spoken;
}

bool iv_speak_has_words(const char *text)
{
    uint32_t cp;

    while ((cp = iv_utf8_next(&text)))
        if ((cp < 0x80 && isalnum((int)cp)) || (cp >= 0xc0 && cp < 0x2000) ||
            (cp >= 0x3041 && cp < 0xe000) || (cp >= 0xff66 && cp < 0xffdd))
            return true;
    return false;
}

static bool ends_sentence(uint32_t cp, char after)
{
    if (cp == 0x3002 || cp == 0xff01 || cp == 0xff1f || cp == '\n')
        return true;
    return (cp == '.' || cp == '!' || cp == '?' || cp == 0x2026) &&
           (after == ' ' || after == '\n' || !after);
}

size_t iv_speak_sentence_len(const char *text)
{
    const char *p = text;
    uint32_t cp;

    while ((cp = iv_utf8_next(&p)))
        if (ends_sentence(cp, *p)) {
            while (*p == ' ' || *p == '\n')
                p++;
            break;
        }
    return (size_t)(p - text);
}
