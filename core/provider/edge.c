/* edge.c - see the header. */
#include "provider/edge.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/json.h"
#include "iv/viseme.h"
#include "provider/tts_retry.h"

#define SECONDS_1601_TO_1970 11644473600ll
#define WINDOW_S 300
#define TICKS_PER_S 10000000ll
#define TICKS_PER_MS 10000.0
#define METADATA_MAX (256u << 10)

void iv_edge_gec(int64_t unix_s, char out[EDGE_GEC_BYTES])
{
    int64_t t = unix_s + SECONDS_1601_TO_1970;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[80];

    t -= t % WINDOW_S;
    snprintf(text, sizeof text, "%lld%s", (long long)(t * TICKS_PER_S), EDGE_TOKEN);
    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(out + 2 * i, 3, "%02X", hash[i]);
}

void iv_edge_id(char out[EDGE_ID_BYTES], bool upper)
{
    unsigned char bytes[16];

    randombytes_buf(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, upper ? "%02X" : "%02x", bytes[i]);
}

/* -- text -- */

static const char *escaped(char c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
}

/* The service refuses controls; they were blanks to the ear anyway. */
static bool is_refused(unsigned char c)
{
    return c < 9 || c == 11 || c == 12 || (c > 13 && c < 32);
}

size_t iv_edge_piece(const char *text)
{
    size_t bytes = 0, newline = 0, blank = 0, character = 0, i = 0;

    for (; text[i]; i++) {
        const char *e = escaped(text[i]);

        if (((unsigned char)text[i] & 0xc0) != 0x80)
            character = i;
        bytes += e ? strlen(e) : 1;
        if (bytes > EDGE_PIECE_BYTES)
            return newline ? newline : blank ? blank : character;
        if (text[i] == '\n')
            newline = i + 1;
        if (text[i] == ' ')
            blank = i + 1;
    }
    return i;
}

static void add_escaped(struct iv_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *e = escaped(text[i]);

        if (e)
            iv_buf_adds(out, e);
        else
            iv_buf_addc(out, is_refused((unsigned char)text[i]) ? ' ' : text[i]);
    }
}

/* As the browser writes it, without regard to the locale. */
static void add_time(struct iv_buf *out, int64_t wall_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t s = (time_t)(wall_ms / 1000);
    struct tm t;

    gmtime_r(&s, &t);
    iv_buf_addf(out, "%s %s %02d %d %02d:%02d:%02d GMT+0000 (Coordinated Universal Time)",
                days[t.tm_wday], months[t.tm_mon], t.tm_mday, t.tm_year + 1900, t.tm_hour, t.tm_min,
                t.tm_sec);
}

void iv_edge_config_message(int64_t wall_ms, struct iv_buf *out)
{
    iv_buf_adds(out, "X-Timestamp:");
    add_time(out, wall_ms);
    iv_buf_adds(out,
                "\r\nContent-Type:application/json; charset=utf-8\r\nPath:speech.config\r\n\r\n"
                "{\"context\":{\"synthesis\":{\"audio\":{\"metadataoptions\":{"
                "\"sentenceBoundaryEnabled\":\"false\",\"wordBoundaryEnabled\":\"true\"},"
                "\"outputFormat\":\"audio-24khz-48kbitrate-mono-mp3\"}}}}\r\n");
}

/* "ko-KR-SunHiNeural" is "... Voice (ko-KR, SunHiNeural)"; a middle part joins the region. */
static void add_voice(struct iv_buf *out, const char *voice)
{
    const char *name = strrchr(voice, '-');

    if (!name || strchr(voice, ' '))
        iv_buf_adds(out, voice);
    else
        iv_buf_addf(out, "Microsoft Server Speech Text to Speech Voice (%.*s, %s)",
                    (int)(name - voice), voice, name + 1);
}

void iv_edge_ssml_message(int64_t wall_ms, const char *id, const char *voice, double rate,
                          const char *text, size_t len, struct iv_buf *out)
{
    int percent = (int)((rate - 1) * 100 + (rate < 1 ? -0.5 : 0.5));

    iv_buf_addf(out, "X-RequestId:%s\r\nContent-Type:application/ssml+xml\r\nX-Timestamp:", id);
    add_time(out, wall_ms);
    iv_buf_adds(out, "Z\r\nPath:ssml\r\n\r\n"
                     "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' "
                     "xml:lang='en-US'><voice name='");
    add_voice(out, voice);
    iv_buf_addf(out, "'><prosody pitch='+0Hz' rate='%+d%%' volume='+0%%'>", percent);
    add_escaped(out, text, len);
    iv_buf_adds(out, "</prosody></voice></speak>");
}

/* -- frames -- */

/* Value of a header line "Name:value"; NULL when it is not there. */
static const char *header(const char *head, size_t head_len, const char *name, size_t *len)
{
    const char *end = head + head_len;
    size_t n = strlen(name);

    while (head < end) {
        const char *line_end = memchr(head, '\r', (size_t)(end - head));
        size_t line = (size_t)((line_end ? line_end : end) - head);

        if (line > n && !strncmp(head, name, n) && head[n] == ':') {
            *len = line - n - 1;
            return head + n + 1;
        }
        head += line;
        while (head < end && (*head == '\r' || *head == '\n'))
            head++;
    }
    return NULL;
}

static bool is_path(const char *head, size_t head_len, const char *path)
{
    size_t n = 0;
    const char *value = header(head, head_len, "Path", &n);

    return value && n == strlen(path) && !strncmp(value, path, n);
}

enum edge_path iv_edge_text_frame(const char *data, size_t len, const char **body, size_t *body_len)
{
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    size_t head = end ? (size_t)(end - data) : len;

    *body = end ? end + 4 : data + len;
    *body_len = (size_t)(data + len - *body);
    if (is_path(data, head, "audio.metadata"))
        return EDGE_METADATA;
    return is_path(data, head, "turn.end") ? EDGE_TURN_END : EDGE_OTHER;
}

enum iv_code iv_edge_sound_frame(const char *data, size_t len, const char **sound, size_t *n,
                                 struct iv_error *err)
{
    size_t head = len < 2 ? 0 : (size_t)((unsigned char)data[0] << 8 | (unsigned char)data[1]);
    size_t type_len;

    if (len < 2 || 2 + head > len)
        return iv_fail(err, IV_E_TTS_ERROR, "tts edge: a frame of %zu bytes says %zu of headers",
                       len, head);
    *sound = data + 2 + head;
    *n = len - 2 - head;
    if (!is_path(data + 2, head, "audio"))
        return iv_fail(err, IV_E_TTS_ERROR, "tts edge: a frame that is not sound");
    if (*n && !header(data + 2, head, "Content-Type", &type_len))
        return iv_fail(err, IV_E_TTS_ERROR, "tts edge: sound of no kind");
    return IV_OK;
}

/* The five entities of XML. */
static void add_unescaped(struct iv_buf *out, const char *text)
{
    static const char *const entities[][2] = {
        {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}};

    while (*text) {
        size_t i = 0;

        while (i < 5 && strncmp(text, entities[i][0], strlen(entities[i][0])))
            i++;
        iv_buf_addc(out, i < 5 ? entities[i][1][0] : *text);
        text += i < 5 ? strlen(entities[i][0]) : 1;
    }
    iv_buf_add(out, "", 1);
}

static uint32_t to_ms(double ticks)
{
    double ms = ticks / TICKS_PER_MS;

    return ms > 0 && ms < IV_TIMED_MAX_MS ? (uint32_t)(ms + 0.5) : 0;
}

enum iv_code iv_edge_words(const char *body, size_t len, struct edge_word *words, size_t *n,
                           size_t max, struct iv_buf *texts, struct iv_error *err)
{
    iv_json *j = NULL;
    struct iv_error why;

    if (iv_json_parse(body, len, METADATA_MAX, &j, &why))
        return iv_fail(err, IV_E_TTS_ERROR, "tts edge: word times that are not JSON");
    for (const iv_json *m = iv_json_first(iv_json_get(j, "Metadata")); m && *n < max;
         m = iv_json_next(m)) {
        const iv_json *data = iv_json_get(m, "Data"), *text = iv_json_get(data, "text");
        double offset = iv_json_get_num(data, "Offset", -1);

        if (strcmp(iv_json_get_str(m, "Type", ""), "WordBoundary") || offset < 0)
            continue;
        if (!text)
            text = iv_json_get(data, "Text");
        words[*n].start_ms = to_ms(offset);
        words[*n].end_ms = to_ms(offset + iv_json_get_num(data, "Duration", 0));
        words[(*n)++].text = texts->len;
        add_unescaped(texts, iv_json_get_str(text, "Text", ""));
    }
    iv_json_free(j);
    return iv_buf_check(texts, "tts edge: word times", err);
}

/* -- failures -- */

static enum net_class class_of(const struct net_outcome *o)
{
    switch (o->failure) {
    case NET_STATUS:
        return o->status == 429 ? NET_WAIT : o->status >= 500 ? NET_RETRY : NET_FAIL;
    case NET_CLOSED:
        if (o->close_code == 1007)
            return NET_FAIL;
        return o->close_code == 1000 || o->close_code == 1005 ? NET_RETRY_ONCE : NET_RETRY;
    case NET_DNS:
    case NET_CONNECT:
    case NET_TLS:
    case NET_RESET:
        return NET_RETRY;
    default:
        return iv_tts_is_timeout(o->failure) ? NET_RETRY : NET_FAIL;
    }
}

void iv_edge_judge(const struct net_outcome *o, bool has_sound, struct net_verdict *v)
{
    char *reason = iv_text_visible(o->reason);
    bool is_closed = o->failure == NET_CLOSED;

    v->code = iv_tts_is_timeout(o->failure)        ? IV_E_TTS_TIMEOUT
              : is_closed && o->close_code == 1007 ? IV_E_TTS_INVALID_TEXT
                                                   : IV_E_TTS_ERROR;
    v->class = has_sound ? NET_FAIL : class_of(o);
    if (is_closed)
        snprintf(v->text, sizeof v->text, "tts edge: the service closed the stream (%d%s%.*s)",
                 o->close_code, o->reason[0] ? " " : "",
                 reason ? (int)iv_utf8_cut(reason, strlen(reason), 120) : 0, reason ? reason : "");
    else
        snprintf(v->text, sizeof v->text, "tts edge: %s", o->text);
    free(reason);
}
