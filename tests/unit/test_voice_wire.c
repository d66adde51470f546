/* test_voice_wire.c - what voices of services say on the wire: Edge's token, escaping, pieces and frames; ElevenLabs' lines; a WAV's head. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iv/text.h"
#include "provider/edge.h"
#include "provider/elevenlabs.h"
#include "provider/tts_wav.h"
#include "table.h"

/* -- Sec-MS-GEC: the vectors of the contract -- */

static const struct vector {
    const char *name;
    int64_t unix_s;
    const char *gec;
} vectors[] = {
    {"token of 1970", 0, "7ECB79D14E3AA576D2D79E6D487A1388156D91E614B1BE11C64226A29BC8DD8C"},
    {"token of 1700000000", 1700000000,
     "42301B335578FEFDAE2637DED1ABD614505D432559EC08032B82048483726AFF"},
    {"token of 1735689600", 1735689600,
     "B0EDD22C7C09868E2F24C10264A8A3EB877773A7B6040B68AFA4FBCBABEA0238"},
    {"token of 1763848921", 1763848921,
     "939054704AAF6E14F55CAEBDDC5E28A9ED768195326F9D0E6ACA0404986B27C9"},
};

static void token(void **state)
{
    const struct vector *v = *state;
    char gec[EDGE_GEC_BYTES], same[EDGE_GEC_BYTES];

    iv_edge_gec(v->unix_s, gec);
    assert_string_equal(gec, v->gec);
    iv_edge_gec(v->unix_s / 300 * 300 + 299, same); /* a window of five minutes */
    assert_string_equal(same, v->gec);
    iv_edge_gec(v->unix_s + 300, same);
    assert_string_not_equal(same, v->gec);
}

static void ids_are_random_hex(void **state)
{
    char a[EDGE_ID_BYTES], b[EDGE_ID_BYTES];

    (void)state;
    iv_edge_id(a, false);
    iv_edge_id(b, true);
    assert_int_equal(strspn(a, "0123456789abcdef"), 32);
    assert_int_equal(strspn(b, "0123456789ABCDEF"), 32);
    assert_int_not_equal(strcasecmp(a, b), 0);
}

/* -- pieces -- */

static char *filled(size_t n, const char *unit)
{
    size_t len = strlen(unit);
    char *s = calloc(n * len + 1, 1);

    for (size_t i = 0; s && i < n; i++)
        memcpy(s + i * len, unit, len);
    return s;
}

static void check_pieces(const char *text, size_t wanted)
{
    size_t n = 0;

    for (const char *at = text; *at; n++) {
        size_t len = iv_edge_piece(at), escaped = 0;

        assert_true(len > 0);
        assert_true(iv_utf8_valid(at, len));
        for (size_t i = 0; i < len; i++)
            escaped += at[i] == '&' ? 5 : at[i] == '<' || at[i] == '>' ? 4 : 1;
        assert_true(escaped <= EDGE_PIECE_BYTES);
        at += len;
    }
    assert_int_equal(n, wanted);
}

static void pieces_hold_4096_escaped_bytes(void **state)
{
    static const struct {
        const char *unit;
        size_t n, pieces;
    } rows[] = {
        {"a", 4096, 1}, {"a", 4097, 2},  {"&", 819, 1},   {"&", 820, 2},  {"<", 1024, 1},
        {"<", 1025, 2}, {"한", 1365, 1}, {"한", 1366, 2}, {"😀", 1024, 1}, {"😀", 1025, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = filled(rows[i].n, rows[i].unit);

        check_pieces(text, rows[i].pieces);
        free(text);
    }
}

static void pieces_end_at_a_newline_else_a_blank(void **state)
{
    char *text = filled(5000, "a");

    (void)state;
    text[3000] = ' ';
    assert_int_equal(iv_edge_piece(text), 3001);
    text[2000] = '\n';
    assert_int_equal(iv_edge_piece(text), 2001);
    free(text);
}

/* -- messages -- */

static const struct ssml {
    const char *name, *voice, *text;
    double rate;
    const char *has;
} ssmls[] = {
    {"marks of XML are escaped", "ko-KR-SunHiNeural", "a<b>&c\"d'", 1,
     ">a&lt;b&gt;&amp;c\"d'</prosody>"},
    {"an entity is text", "ko-KR-SunHiNeural", "&amp;", 1, ">&amp;amp;</prosody>"},
    {"controls are blanks, a newline stays", "ko-KR-SunHiNeural",
     "a\x01"
     "b\x0b"
     "c\x1f"
     "d\n\te",
     1, ">a b c d\n\te</prosody>"},
    {"no rate has a sign too", "ko-KR-SunHiNeural", "a", 1, "rate='+0%' volume='+0%'"},
    {"faster", "ko-KR-SunHiNeural", "a", 1.25, "rate='+25%'"},
    {"slower", "ko-KR-SunHiNeural", "a", 0.5, "rate='-50%'"},
    {"the long name of a voice", "ja-JP-NanamiNeural", "a", 1,
     "'Microsoft Server Speech Text to Speech Voice (ja-JP, NanamiNeural)'"},
    {"a locale of three parts", "zh-CN-liaoning-XiaobeiNeural", "a", 1,
     "Voice (zh-CN-liaoning, XiaobeiNeural)'"},
    {"the language stays English", "ko-KR-SunHiNeural", "a", 1, "xml:lang='en-US'"},
    {"the head", "ko-KR-SunHiNeural", "a", 1,
     "X-RequestId:00ff\r\nContent-Type:application/ssml+xml\r\nX-Timestamp:Sun Nov 22 2026 "
     "12:00:00 GMT+0000 (Coordinated Universal Time)Z\r\nPath:ssml\r\n\r\n<speak "},
};

static void ssml(void **state)
{
    const struct ssml *r = *state;
    struct iv_buf b = IV_BUF_INIT(16 << 10);

    iv_edge_ssml_message(1795348800000, "00ff", r->voice, r->rate, r->text, strlen(r->text), &b);
    if (!strstr(iv_buf_str(&b), r->has))
        fail_msg("%s", iv_buf_str(&b));
    iv_buf_release(&b);
}

static void words_are_asked_for(void **state)
{
    struct iv_buf b = IV_BUF_INIT(4 << 10);

    (void)state;
    iv_edge_config_message(1795348800000, &b);
    assert_non_null(strstr(iv_buf_str(&b), "\"wordBoundaryEnabled\":\"true\""));
    assert_non_null(strstr(iv_buf_str(&b), "Path:speech.config\r\n\r\n{"));
    iv_buf_release(&b);
}

/* -- frames -- */

static const struct frame {
    const char *name, *bytes;
    size_t len;
    enum iv_code code;
    size_t sound;
} frames[] = {
#define F(name, bytes, code, sound)                                                                \
    {                                                                                              \
        name, bytes, sizeof bytes - 1, code, sound                                                 \
    }
    F("sound of the length told",
      "\0\x25"
      "Content-Type:audio/mpeg\r\nPath:audio\r\nXYZ",
      IV_OK, 3),
    F("the last frame",
      "\0\x0c"
      "Path:audio\r\n",
      IV_OK, 0),
    F("sound of no kind",
      "\0\x0c"
      "Path:audio\r\nXYZ",
      IV_E_TTS_ERROR, 0),
    F("another path",
      "\0\x0c"
      "Path:other\r\nXYZ",
      IV_E_TTS_ERROR, 0),
    F("no path", "\0\0XYZ", IV_E_TTS_ERROR, 0),
    F("nothing", "", IV_E_TTS_ERROR, 0),
    F("one byte", "\0", IV_E_TTS_ERROR, 0),
    F("a head beyond the frame",
      "\xff\xff"
      "A",
      IV_E_TTS_ERROR, 0),
    F("a head one byte beyond",
      "\0\x0d"
      "Path:audio\r\n",
      IV_E_TTS_ERROR, 0),
    F("a path that only begins so",
      "\0\x0f"
      "Path:audio.me\r\n",
      IV_E_TTS_ERROR, 0),
};

static void frame(void **state)
{
    const struct frame *f = *state;
    char *exact = malloc(f->len ? f->len : 1); /* so that a read behind it is seen */
    const char *sound = NULL;
    size_t n = 0;
    struct iv_error err;

    memcpy(exact, f->bytes, f->len);
    assert_int_equal(iv_edge_sound_frame(exact, f->len, &sound, &n, &err), f->code);
    if (!f->code)
        assert_int_equal(n, f->sound);
    free(exact);
}

static const struct text_frame {
    const char *name, *text;
    enum edge_path path;
    const char *body;
} texts[] = {
    {"metadata", "X-RequestId:1\r\nPath:audio.metadata\r\n\r\n{}", EDGE_METADATA, "{}"},
    {"the end", "Path:turn.end\r\n\r\n{}", EDGE_TURN_END, "{}"},
    {"an unknown path", "Path:turn.endless\r\n\r\n{}", EDGE_OTHER, "{}"},
    {"a path in the body is none", "X:1\r\n\r\nPath:turn.end\r\n", EDGE_OTHER, "Path:turn.end\r\n"},
    {"no body", "Path:turn.end", EDGE_TURN_END, ""},
    {"nothing", "", EDGE_OTHER, ""},
};

static void text_frame(void **state)
{
    const struct text_frame *r = *state;
    const char *body;
    size_t len;

    assert_int_equal(iv_edge_text_frame(r->text, strlen(r->text), &body, &len), r->path);
    assert_int_equal(len, strlen(r->body));
    assert_memory_equal(body, r->body, len);
}

static const struct words {
    const char *name, *json;
    size_t n;
    const char *first;
    uint32_t start_ms, end_ms;
} words[] = {
    {"a word",
     "{\"Metadata\":[{\"Type\":\"WordBoundary\",\"Data\":{\"Offset\":1000000,\"Duration\":3750000,"
     "\"text\":{\"Text\":\"안녕\"}}}]}",
     1, "안녕", 100, 475},
    {"the old form, entities",
     "{\"Metadata\":[{\"Type\":\"WordBoundary\",\"Data\":{\"Offset\":0,\"Duration\":10000,\"Text\":"
     "{\"Text\":\"a &amp;lt; b&quot;\"}}}]}",
     1, "a &lt; b\"", 0, 1},
    {"ends and sentences are no words",
     "{\"Metadata\":[{\"Type\":\"SessionEnd\",\"Data\":{\"Offset\":1}},{\"Type\":"
     "\"SentenceBoundary\",\"Data\":{\"Offset\":1}}]}",
     0, "", 0, 0},
    {"null everywhere",
     "{\"Metadata\":[null,{\"Type\":null},{\"Type\":\"WordBoundary\",\"Data\":null},{\"Type\":"
     "\"WordBoundary\",\"Data\":{\"Offset\":null,\"text\":null}}]}",
     0, "", 0, 0},
    {"times without measure",
     "{\"Metadata\":[{\"Type\":\"WordBoundary\",\"Data\":{\"Offset\":1e300,\"Duration\":-1e300,"
     "\"text\":{\"Text\":\"a\"}}}]}",
     1, "a", 0, 0},
    {"no list", "{\"Metadata\":7}", 0, "", 0, 0},
};

static void word_times(void **state)
{
    const struct words *r = *state;
    struct edge_word list[4];
    struct iv_buf b = IV_BUF_INIT(1000);
    struct iv_error err;
    size_t n = 0;

    assert_int_equal(iv_edge_words(r->json, strlen(r->json), list, &n, 4, &b, &err), IV_OK);
    assert_int_equal(n, r->n);
    if (n) {
        assert_string_equal(b.data + list[0].text, r->first);
        assert_int_equal(list[0].start_ms, r->start_ms);
        assert_int_equal(list[0].end_ms, r->end_ms);
    }
    iv_buf_release(&b);
}

static void words_are_limited(void **state)
{
    static const char one[] = "{\"Metadata\":[{\"Type\":\"WordBoundary\",\"Data\":{\"Offset\":1,"
                              "\"text\":{\"Text\":\"a\"}}}]}";
    struct edge_word list[2];
    struct iv_buf b = IV_BUF_INIT(1000);
    struct iv_error err;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(iv_edge_words(one, strlen(one), list, &n, 2, &b, &err), IV_OK);
    assert_int_equal(n, 2);
    assert_int_equal(iv_edge_words("{", 1, list, &n, 2, &b, &err), IV_E_TTS_ERROR);
    iv_buf_release(&b);
}

/* -- ElevenLabs -- */

static const struct piece {
    const char *name, *json;
    enum iv_code code;
    size_t sound, chars;
    uint32_t end_ms; /* of the last character */
} pieces[] = {
    {"seconds of HTTP",
     "{\"audio_base64\":\"AAECAw==\",\"alignment\":{\"characters\":[\"안\",\"녕\"],\"character_"
     "start_times_seconds\":[0,0.2],\"character_end_times_seconds\":[0.2,0.4]}}",
     IV_OK, 4, 2, 400},
    {"milliseconds of the socket",
     "{\"audio\":\"AAECAw==\",\"normalizedAlignment\":null,\"alignment\":{\"chars\":[\"안\"],"
     "\"charStartTimesMs\":[10],\"charDurationsMs\":[180]}}",
     IV_OK, 4, 1, 190},
    {"spoken before written",
     "{\"normalized_alignment\":{\"characters\":[\"a\"],\"character_start_times_seconds\":[0],"
     "\"character_end_times_seconds\":[1]},\"alignment\":{\"characters\":[\"2\"],\"character_start_"
     "times_seconds\":[0],\"character_end_times_seconds\":[2]}}",
     IV_OK, 0, 1, 1000},
    {"null everywhere",
     "{\"audio\":null,\"audio_base64\":null,\"alignment\":null,\"normalizedAlignment\":null,"
     "\"isFinal\":null,\"error\":null,\"message\":null}",
     IV_OK, 0, 0, 0},
    {"lists of different lengths",
     "{\"alignment\":{\"chars\":[\"a\",\"b\",\"c\"],\"charStartTimesMs\":[1,2],\"charDurationsMs\":"
     "[5]}}",
     IV_OK, 0, 1, 6},
    {"lists that are none",
     "{\"alignment\":{\"chars\":\"abc\",\"charStartTimesMs\":{},\"charDurationsMs\":7}}", IV_OK, 0,
     0, 0},
    {"times without measure",
     "{\"alignment\":{\"chars\":[\"a\",null],\"charStartTimesMs\":[1e300,-5],\"charDurationsMs\":[-"
     "1e300,null]}}",
     IV_OK, 0, 2, 0},
    {"base64 that is none", "{\"audio\":\"%%\"}", IV_E_TTS_ERROR, 0, 0, 0},
    {"base64 cut short", "{\"audio\":\"AAEC\\u0000\"}", IV_E_TTS_ERROR, 0, 0, 0},
    {"not an object", "[]", IV_E_TTS_ERROR, 0, 0, 0},
    {"nothing", "", IV_E_TTS_ERROR, 0, 0, 0},
};

static void piece(void **state)
{
    const struct piece *r = *state;
    struct elevenlabs_piece p;
    struct iv_error err;

    assert_int_equal(iv_elevenlabs_read(r->json, strlen(r->json), &p, &err), r->code);
    if (!r->code) {
        assert_int_equal(p.sound.len, r->sound);
        assert_int_equal(p.n_chars, r->chars);
        if (r->chars)
            assert_int_equal(p.chars[r->chars - 1].end_ms, r->end_ms);
        iv_elevenlabs_release(&p);
    }
}

static void failures_are_told_in_one_plain_line(void **state)
{
    struct net_verdict v;

    (void)state;
    iv_elevenlabs_judge_frame("quota_exceeded", "none \x1b[2J left", &v);
    assert_int_equal(v.code, IV_E_TTS_QUOTA);
    assert_null(strchr(v.text, '\x1b'));
    iv_elevenlabs_judge_frame("rate_limit_exceeded", "", &v);
    assert_int_equal(v.class, NET_WAIT);
    iv_elevenlabs_judge_frame("text_too_long", "", &v);
    assert_int_equal(v.code, IV_E_TTS_INVALID_TEXT);
    iv_elevenlabs_judge_frame("new", "", &v);
    assert_int_equal(v.code, IV_E_TTS_ERROR);
}

/* -- a WAV's head -- */

#define FMT(channels, rate, bits) "fmt \x10\0\0\0\x01\0" channels "\0" rate "\0\0\0\0\0\0" bits "\0"
#define R24 "\xc0\x5d\0\0"

static const struct wav {
    const char *name, *bytes;
    size_t len;
    enum iv_code code;
    const char *sound;
    uint32_t rate_hz;
} wavs[] = {
#define V(name, bytes, code, sound, rate)                                                          \
    {                                                                                              \
        name, bytes, sizeof bytes - 1, code, sound, rate                                           \
    }
    V("raw samples", "abcdef", IV_OK, "abcdef", 0),
    V("samples that begin like a WAV", "RIFabcdefghijkl", IV_OK, "RIFabcdefghijkl", 0),
    V("another RIFF", "RIFFabcdAVI xxxx", IV_OK, "RIFFabcdAVI xxxx", 0),
    V("a WAV", "RIFF\0\0\0\0WAVE" FMT("\1", R24, "\x10") "data\x04\0\0\0abcd", IV_OK, "abcd",
      24000),
    V("a WAV of unknown length",
      "RIFF\xff\xff\xff\xffWAVE" FMT("\1", R24, "\x10") "data\xff\xff\xff\xff"
                                                        "abcdef",
      IV_OK, "abcdef", 24000),
    V("other chunks before and behind",
      "RIFF\0\0\0\0WAVELIST\x03\0\0\0xyz\0" FMT("\1", R24, "\x10") "data\x02\0\0\0abLIST\0\0\0\0",
      IV_OK, "ab", 24000),
    V("stereo", "RIFF\0\0\0\0WAVE" FMT("\2", R24, "\x10") "data\x04\0\0\0abcd", IV_E_TTS_ERROR, "",
      0),
    V("8 bits", "RIFF\0\0\0\0WAVE" FMT("\1", R24, "\x08") "data\x04\0\0\0abcd", IV_E_TTS_ERROR, "",
      0),
    V("rate 0", "RIFF\0\0\0\0WAVE" FMT("\1", "\0\0\0\0", "\x10") "data\x04\0\0\0abcd",
      IV_E_TTS_ERROR, "", 0),
    V("samples before their format", "RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd", IV_E_TTS_ERROR, "", 0),
    V("a short format", "RIFF\0\0\0\0WAVEfmt \x02\0\0\0xx", IV_E_TTS_ERROR, "", 0),
};

static enum iv_code eat(const struct wav *r, size_t step, char *out, size_t *n, uint32_t *rate_hz)
{
    struct tts_wav w = {0};
    enum iv_code rc = IV_OK;
    struct iv_error err;

    for (size_t at = 0; at < r->len && !rc; at += step) {
        const uint8_t *data = (const uint8_t *)r->bytes + at;
        size_t len = r->len - at < step ? r->len - at : step, sound;

        while (len && !rc) {
            rc = iv_tts_wav_eat(&w, &data, &len, &sound, &err);
            if (rc)
                break;
            if (w.state == TTS_WAV_RAW) {
                memcpy(out + *n, w.part, w.n_part);
                *n += w.n_part;
                w.n_part = 0;
            }
            memcpy(out + *n, data, sound);
            *n += sound;
            data += sound;
            len -= sound;
        }
    }
    *rate_hz = w.rate_hz;
    return rc;
}

static void wav(void **state)
{
    const struct wav *r = *state;

    for (size_t step = 1; step <= r->len; step++) {
        char out[256];
        size_t n = 0;
        uint32_t rate_hz;

        assert_int_equal(eat(r, step, out, &n, &rate_hz), r->code);
        if (r->code)
            continue;
        assert_int_equal(n, strlen(r->sound));
        assert_memory_equal(out, r->sound, n);
        assert_int_equal(rate_hz, r->rate_hz);
    }
}

int main(void)
{
    TABLE_ROWS(token, vectors);
    TABLE_TEST(ids_are_random_hex);
    TABLE_TEST(pieces_hold_4096_escaped_bytes);
    TABLE_TEST(pieces_end_at_a_newline_else_a_blank);
    TABLE_ROWS(ssml, ssmls);
    TABLE_TEST(words_are_asked_for);
    TABLE_ROWS(frame, frames);
    TABLE_ROWS(text_frame, texts);
    TABLE_ROWS(word_times, words);
    TABLE_TEST(words_are_limited);
    TABLE_ROWS(piece, pieces);
    TABLE_TEST(failures_are_told_in_one_plain_line);
    TABLE_ROWS(wav, wavs);
    return table_run("voice_wire");
}
