/* test_tts_services.c - voices of services: the exchanges of their contracts, and each row of the table of failures with the number of
 * requests that its class allows.
 */
#include "contract/services_fixture.h"
#include "table.h"

#define TEXT "안녕하세요."
/* 48 samples */
#define SILENCE                                                                                    \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define OPENAI_URL "/v1/audio/speech"

/* -- good exchanges -- */

static void check_whole(const struct said *s, size_t samples)
{
    if (s->code)
        fail_msg("%s", s->text);
    assert_int_equal(s->pcm.len, samples);
    assert_string_equal(fake_problems(&w.fake), "");
    if (samples > IV_TTS_RATE_HZ / 100)
        assert_true(s->n_phonemes > 0);
}

static const struct good {
    const char *name, *engine, *settings, *scenario;
    size_t samples;
} goods[] = {
    {"elevenlabs: a sample cut in two by the chunks is whole", "elevenlabs",
     "elevenlabs.mode=stream",
     "[{request: {method: POST, path: /v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/stream, query: "
     "{output_format: pcm_24000},"
     " headers: {xi-api-key: " KEY
     "}, json: {text: 안녕하세요., model_id: eleven_flash_v2_5, language_code: ko}},"
     " reply: {content_type: audio/mpeg, pcm_ms: 200, rate: 24000, split: [3201, 3199]}}]",
     4800},
    {"elevenlabs: pieces of 1, 4799, 4800 bytes", "elevenlabs", "elevenlabs.mode=stream",
     "[{request: {path: '~/stream$'}, reply: {pcm_ms: 200, rate: 24000, split: [1, 4799], every: "
     "4800}}]",
     4800},
    {"elevenlabs: each byte alone", "elevenlabs", "elevenlabs.mode=stream",
     "[{request: {path: '~/stream$'}, reply: {pcm_ms: 20, rate: 24000, every: 1}}]", 480},
    {"elevenlabs: a line in three writes, no times in the next, unknown fields", "elevenlabs", "",
     "[{request: {path: '~/with-timestamps$', json: {text: '*'}}, reply: {lines: ["
     "{audio_base64: AAABAAIAAwA=, new: {a: [1]}, normalized_alignment: null, alignment: "
     "{characters: [안, 녕],"
     " character_start_times_seconds: [0.0, 0.2], character_end_times_seconds: [0.2, 0.4], more: "
     "1}},"
     "{audio_base64: AAABAAIAAwA=, alignment: null}, {audio_base64: null}], split: [30, 50], "
     "pause_ms: 2}}]",
     8},
    {"elevenlabs: times of the utterance, times of each line, and such as make no sense",
     "elevenlabs", "",
     "[{request: {path: '~/with-timestamps$'}, reply: {lines: ["
     "{audio_base64: " SILENCE ", alignment: {characters: [안], character_start_times_seconds: "
     "[0.0], character_end_times_seconds: [0.1]}},"
     "{audio_base64: " SILENCE ", alignment: {characters: [녕], character_start_times_seconds: "
     "[0.1], character_end_times_seconds: [0.2]}},"
     "{audio_base64: " SILENCE ", alignment: {characters: [하], character_start_times_seconds: "
     "[0.0], character_end_times_seconds: [0.1]}},"
     "{audio_base64: " SILENCE ", alignment: {characters: [세], character_start_times_seconds: "
     "[900], character_end_times_seconds: [-1]}},"
     "{audio_base64: " SILENCE ", alignment: {characters: [요], character_start_times_seconds: "
     "[0.05], character_end_times_seconds: [0.0]}}]}}]",
     5 * 48},
    {"elevenlabs: the last line has no newline", "elevenlabs", "",
     "[{request: {path: '~/with-timestamps$'}, reply: {text: "
     "'{\"audio_base64\":\"AAABAAIAAwA=\"}'}}]",
     4},
    {"elevenlabs: one language is not told to a model that takes none", "elevenlabs",
     "elevenlabs.mode=stream; elevenlabs.model=eleven_multilingual_v2",
     "[{request: {path: '~/stream$', json: {language_code: null, model_id: "
     "eleven_multilingual_v2}},"
     " reply: {pcm_ms: 20, rate: 24000}}]",
     480},
    {"elevenlabs: the rate is told, within what it can", "elevenlabs",
     "elevenlabs.mode=stream; tts.rate=1.5",
     "[{request: {path: '~/stream$', json: {voice_settings: {speed: 1.2}}}, reply: {pcm_ms: 20, "
     "rate: 24000}}]",
     480},
    {"elevenlabs: the socket", "elevenlabs", "elevenlabs.mode=socket",
     "[{request: {path: '~/stream-input$', websocket: true, headers: {xi-api-key: " KEY "},"
     " query: {output_format: pcm_24000, sync_alignment: 'true', language_code: ko}}, websocket: ["
     "{expect_json: {text: ' '}}, {expect_json: {text: '~. $', flush: true}},"
     "{send_json: {audio: AAABAAIAAwA=, alignment: {chars: [안], charStartTimesMs: [0], "
     "charDurationsMs: [180]}, normalizedAlignment: null, x: 1}},"
     "{send_json: {audio: AAABAAIAAwA=, alignment: null, isFinal: null}}, {expect_json: {text: "
     "''}},"
     "{send_json: {audio: null, isFinal: true}}, {close: {code: 1000}}]}]",
     8},
    {"openai: pieces of 1, 4799, 4800 bytes", "openai", "",
     "[{request: {method: POST, path: " OPENAI_URL ", headers: {authorization: Bearer " KEY "},"
     " json: {input: 안녕하세요., voice: marin, response_format: pcm, model: '*'}},"
     " reply: {content_type: audio/pcm, pcm_ms: 200, rate: 24000, split: [1, 4799], every: 4800}}]",
     4800},
    {"openai: a WAV where PCM was asked for, cut anywhere", "openai", "",
     "[{request: {path: " OPENAI_URL "}, reply: {content_type: audio/wav, hex: "
     "52494646ffffffff57415645"
     "4c49535404000000abcdef01"
     "666d7420100000000100010080bb000000770100"
     "02001000"
     "64617461ffffffff"
     "000001000200030000000100020003000000010002000300000001000200030000000100020003000000010002000"
     "300,"
     " every: 3}}]",
     0},
    {"edge: one word of MP3", "edge", "", "{file: edge.yaml, only: normal}", 2880},
    {"edge: an unknown path and the old form of times", "edge", "",
     "{file: edge.yaml, only: unknown path and old metadata}", 2880},
    {"edge: times that are not JSON", "edge", "",
     "[{request: {path: '~/edge/v1$', websocket: true}, websocket: [{expect_text: "
     "'~speech.config'}, {expect_text: '~ssml'},"
     " {send_edge: {path: audio, mp3_bytes: 720}}, {send_text: "
     "\"X-RequestId:0\\r\\nPath:audio.metadata\\r\\n\\r\\n{no\"},"
     " {send_edge: {path: turn.end}}, {expect_close: '*'}]}]",
     2880},
};

static void speaks(void **state)
{
    const struct good *g = *state;
    struct said s;
    iv_tts *t;

    world_begin(g->settings);
    play(g->scenario);
    t = voice_of(g->engine, NULL);
    say_with(t, TEXT, 1, &s);
    real_sleep_us(20000); /* so that a Close frame gets there */
    iv_tts_close(t);
    if (g->samples) {
        check_whole(&s, g->samples);
    } else { /* another rate */
        assert_int_equal(s.code, IV_OK);
        assert_in_range(s.pcm.len, 4, 40);
    }
    said_release(&s);
    world_end();
}

/* -- failures -- */

#define REFUSAL(status, body) "reply: {status: " #status ", json: " body "}"
#define ELEVEN(reply) "[{request: {path: '~^/v1/text-to-speech/'}, times: any, " reply "}]"
#define OPENAI(reply) "[{request: {path: " OPENAI_URL "}, times: any, " reply "}]"
#define SOCKET(steps)                                                                              \
    "[{request: {path: '~/stream-input$', websocket: true}, times: any, websocket: "               \
    "[{expect_json: {text: ' '}}, {expect_json: {text: '~.'}}, {expect_json: {text: ''}}, " steps  \
    "]}]"
#define EDGE(steps)                                                                                \
    "[{request: {path: '~/edge/v1$', websocket: true}, times: any, websocket: [{expect_text: "     \
    "'~speech.config'}, {expect_text: '~Path:ssml'}, " steps "]}]"
#define EDGE_STATUS(status)                                                                        \
    "[{request: {path: '~/edge/v1$', websocket: true}, times: any, reply: {status: " #status       \
    ", headers: {Date: null}, text: ''}}]"
#define DETAIL(code) "{detail: {type: x, code: " #code ", message: why}}"
#define STATUS(code) "{detail: {status: " #code ", message: why}}"
#define ERROR(code) "{error: {message: why, type: x, param: null, code: " code "}}"

static const struct bad {
    const char *name, *engine, *settings, *scenario;
    enum iv_code code;
    long requests;
} bads[] = {
    {"any: reset before the answer", "openai", "", "[{connect: close, times: 3}]", IV_E_TTS_ERROR,
     -3},
    {"any: no sound in time", "openai", "tts.timeout=10000",
     OPENAI("reply: {fault: {stall: header}}"), IV_E_TTS_TIMEOUT, 1},
    {"any: a gap after sound", "openai", "",
     OPENAI(
         "reply: {pcm_ms: 400, rate: 24000, framing: chunked, fault: {stall: body, after: 4800}}"),
     IV_E_TTS_TIMEOUT, 1},
    {"any: a good answer without sound", "openai", "",
     OPENAI("reply: {content_type: audio/pcm, bytes: 0}"), IV_E_TTS_ERROR, 2},
    {"any: a page where sound was asked for", "openai", "",
     OPENAI("reply: {content_type: text/html, text: hotel}"), IV_E_TTS_ERROR, 2},
    {"any: cut after sound", "openai", "",
     OPENAI("reply: {pcm_ms: 400, rate: 24000, framing: length, fault: {cut: 9600}}"),
     IV_E_TTS_ERROR, 1},

    {"elevenlabs: text too long", "elevenlabs", "", ELEVEN(REFUSAL(400, DETAIL(text_too_long))),
     IV_E_TTS_INVALID_TEXT, 1},
    {"elevenlabs: character limit", "elevenlabs", "",
     ELEVEN(REFUSAL(400, STATUS(max_character_limit_exceeded))), IV_E_TTS_INVALID_TEXT, 1},
    {"elevenlabs: empty text", "elevenlabs", "", ELEVEN(REFUSAL(400, DETAIL(empty_text))),
     IV_E_TTS_INVALID_TEXT, 1},
    {"elevenlabs: invalid text", "elevenlabs", "", ELEVEN(REFUSAL(400, DETAIL(invalid_text))),
     IV_E_TTS_INVALID_TEXT, 1},
    {"elevenlabs: schema names text", "elevenlabs", "",
     ELEVEN(REFUSAL(
         422, "{detail: [{type: missing, loc: [body, text], msg: Field required, input: null}]}")),
     IV_E_TTS_INVALID_TEXT, 1},
    {"elevenlabs: schema names something else", "elevenlabs", "",
     ELEVEN(REFUSAL(422, "{detail: [{type: missing, loc: [body, seed], msg: bad}]}")),
     IV_E_TTS_ERROR, 1},
    {"elevenlabs: quota as 401", "elevenlabs", "", ELEVEN(REFUSAL(401, STATUS(quota_exceeded))),
     IV_E_TTS_QUOTA, 1},
    {"elevenlabs: quota as 429", "elevenlabs", "", ELEVEN(REFUSAL(429, DETAIL(quota_exceeded))),
     IV_E_TTS_QUOTA, 1},
    {"elevenlabs: no credits", "elevenlabs", "", ELEVEN(REFUSAL(402, DETAIL(insufficient_credits))),
     IV_E_TTS_QUOTA, 1},
    {"elevenlabs: 402 without a code", "elevenlabs", "", ELEVEN(REFUSAL(402, "{}")), IV_E_TTS_QUOTA,
     1},
    {"elevenlabs: other 400", "elevenlabs", "", ELEVEN(REFUSAL(400, DETAIL(invalid_parameters))),
     IV_E_TTS_ERROR, 1},
    {"elevenlabs: wrong key", "elevenlabs", "",
     ELEVEN(REFUSAL(
         401,
         "{detail: {code: unauthorized, status: invalid_api_key, message: 'Invalid API key " KEY
         "'}}")),
     IV_E_TTS_ERROR, 1},
    {"elevenlabs: 403, plain detail", "elevenlabs", "", ELEVEN(REFUSAL(403, "{detail: text}")),
     IV_E_TTS_ERROR, 1},
    {"elevenlabs: no such voice", "elevenlabs", "", ELEVEN(REFUSAL(404, DETAIL(voice_not_found))),
     IV_E_TTS_ERROR, 1},
    {"elevenlabs: too many at once", "elevenlabs", "",
     ELEVEN(REFUSAL(
         429, "{detail: {code: concurrent_limit_exceeded, status: too_many_concurrent_requests}}")),
     IV_E_TTS_ERROR, 3},
    {"elevenlabs: rate limit", "elevenlabs", "", ELEVEN(REFUSAL(429, DETAIL(rate_limit_exceeded))),
     IV_E_TTS_ERROR, 3},
    {"elevenlabs: busy", "elevenlabs", "", ELEVEN(REFUSAL(429, DETAIL(system_busy))),
     IV_E_TTS_ERROR, 3},
    {"elevenlabs: told to wait 600 s", "elevenlabs", "",
     ELEVEN("reply: {status: 429, headers: {Retry-After: 600}, json: {}}"), IV_E_TTS_ERROR, 1},
    {"elevenlabs: 408", "elevenlabs", "", ELEVEN(REFUSAL(408, "{}")), IV_E_TTS_ERROR, 3},
    {"elevenlabs: 409", "elevenlabs", "", ELEVEN(REFUSAL(409, DETAIL(already_running))),
     IV_E_TTS_ERROR, 3},
    {"elevenlabs: 500", "elevenlabs", "", ELEVEN(REFUSAL(500, "{}")), IV_E_TTS_ERROR, 3},
    {"elevenlabs: 503 as a page", "elevenlabs", "",
     ELEVEN("reply: {status: 503, content_type: text/html, text: '<h1>'}"), IV_E_TTS_ERROR, 3},
    {"elevenlabs: hostile refusal", "elevenlabs", "",
     ELEVEN(REFUSAL(400, "{detail: {code: [1], status: null, message: \"\\e[2J\\u202e\"}}")),
     IV_E_TTS_ERROR, 1},
    {"elevenlabs: lines that are not JSON", "elevenlabs", "",
     ELEVEN("reply: {text: \"<!doctype html>\\n\"}"), IV_E_TTS_ERROR, 2},
    {"elevenlabs: sound that is not base64", "elevenlabs", "",
     ELEVEN("reply: {lines: [{audio_base64: '!!'}]}"), IV_E_TTS_ERROR, 2},
    {"elevenlabs: nonsense after sound", "elevenlabs", "",
     ELEVEN("reply: {text: \"{\\\"audio_base64\\\":\\\"AAABAAIAAwA=\\\"}\\n[]\\n\"}"),
     IV_E_TTS_ERROR, 1},

    {"elevenlabs ws: quota", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{send_json: {message: none, error: quota_exceeded, code: 1008}}, {close: {code: 1008, "
            "reason: none}}"),
     IV_E_TTS_QUOTA, 1},
    {"elevenlabs ws: left alone", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{send_json: {message: no text, error: input_timeout_exceeded, code: 1008}}, {close: "
            "{code: 1008, reason: no text}}"),
     IV_E_TTS_TIMEOUT, 1},
    {"elevenlabs ws: 1008", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{close: {code: 1008, reason: refused}}"), IV_E_TTS_ERROR, 1},
    {"elevenlabs ws: 1009", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{close: {code: 1009, reason: message too big}}"), IV_E_TTS_ERROR, 1},
    {"elevenlabs ws: 1011", "elevenlabs", "elevenlabs.mode=socket", SOCKET("{close: {code: 1011}}"),
     IV_E_TTS_ERROR, 3},
    {"elevenlabs ws: 1013", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{close: {code: 1013, reason: later}}"), IV_E_TTS_ERROR, 3},
    {"elevenlabs ws: lost", "elevenlabs", "elevenlabs.mode=socket", SOCKET("{cut: true}"),
     IV_E_TTS_ERROR, 3},
    {"elevenlabs ws: lost after sound", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{send_json: {audio: AAABAAIAAwA=}}, {cut: true}"), IV_E_TTS_ERROR, 1},
    {"elevenlabs ws: final without sound", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{send_json: {isFinal: true}}, {expect_close: '*'}"), IV_E_TTS_ERROR, 2},
    {"elevenlabs ws: no sound in time", "elevenlabs", "elevenlabs.mode=socket; tts.timeout=10000",
     SOCKET("{stall: true}"), IV_E_TTS_TIMEOUT, 1},
    {"elevenlabs ws: silence after sound", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{send_json: {audio: AAABAAIAAwA=}}, {stall: true}"), IV_E_TTS_TIMEOUT, 1},
    {"elevenlabs ws: not JSON", "elevenlabs", "elevenlabs.mode=socket",
     SOCKET("{send_text: 'not json'}, {stall: true}"), IV_E_TTS_ERROR, 1},
    {"elevenlabs ws: refused with 401", "elevenlabs", "elevenlabs.mode=socket",
     "[{request: {path: '~/stream-input$', websocket: true}, times: any, " REFUSAL(
         401, STATUS(invalid_api_key)) "}]",
     IV_E_TTS_ERROR, 1},
    {"elevenlabs ws: refused with 500", "elevenlabs", "elevenlabs.mode=socket",
     "[{request: {path: '~/stream-input$', websocket: true}, times: any, " REFUSAL(500, "{}") "}]",
     IV_E_TTS_ERROR, 3},

    {"edge: 403 without a date", "edge", "", EDGE_STATUS(403), IV_E_TTS_ERROR, 1},
    {"edge: 403 twice", "edge", "", "{file: edge.yaml, only: refused twice}", IV_E_TTS_ERROR, 2},
    {"edge: 429", "edge", "", EDGE_STATUS(429), IV_E_TTS_ERROR, 3},
    {"edge: 503", "edge", "", EDGE_STATUS(503), IV_E_TTS_ERROR, 3},
    {"edge: 404", "edge", "", EDGE_STATUS(404), IV_E_TTS_ERROR, 1},
    {"edge: bad SSML", "edge", "", "{file: edge.yaml, only: bad ssml}", IV_E_TTS_INVALID_TEXT, 1},
    {"edge: an end without sound", "edge", "", "{file: edge.yaml, only: no sound}", IV_E_TTS_ERROR,
     2},
    {"edge: a close without sound", "edge", "", EDGE("{close: {code: 1000}}"), IV_E_TTS_ERROR, 2},
    {"edge: another close", "edge", "", EDGE("{close: {code: 1011}}"), IV_E_TTS_ERROR, 3},
    {"edge: lost", "edge", "", EDGE("{cut: true}"), IV_E_TTS_ERROR, 3},
    {"edge: lost after sound", "edge", "",
     EDGE("{send_edge: {path: audio, mp3_bytes: 720}}, {cut: true}"), IV_E_TTS_ERROR, 1},
    {"edge: no sound in time", "edge", "tts.timeout=10000", EDGE("{stall: true}"), IV_E_TTS_TIMEOUT,
     1},
    {"edge: silence after sound", "edge", "",
     EDGE("{send_edge: {path: audio, mp3_bytes: 720}}, {stall: true}"), IV_E_TTS_TIMEOUT, 1},
    {"edge: a header beyond the frame", "edge", "", "{file: edge.yaml, only: bad frame}",
     IV_E_TTS_ERROR, 1},
    {"edge: sound that is no MP3", "edge", "",
     EDGE("{send_edge: {path: audio, bytes: 2000}}, {send_edge: {path: turn.end}}, {expect_close: "
          "'*'}"),
     IV_E_TTS_ERROR, 2},

    {"openai: 400 about the input", "openai", "",
     OPENAI(REFUSAL(400, "{error: {message: bad, type: invalid_request_error, param: input, code: "
                         "string_too_long}}")),
     IV_E_TTS_INVALID_TEXT, 1},
    {"openai: no money", "openai", "", OPENAI(REFUSAL(429, ERROR("insufficient_quota"))),
     IV_E_TTS_QUOTA, 1},
    {"openai: other 400", "openai", "", OPENAI(REFUSAL(400, ERROR("invalid_value"))),
     IV_E_TTS_ERROR, 1},
    {"openai: wrong key", "openai", "",
     OPENAI(REFUSAL(401, "{error: {message: 'Incorrect API key provided: " KEY
                         "', type: invalid_request_error, param: null, code: invalid_api_key}}")),
     IV_E_TTS_ERROR, 1},
    {"openai: 403", "openai", "", OPENAI(REFUSAL(403, ERROR("null"))), IV_E_TTS_ERROR, 1},
    {"openai: 404", "openai", "", OPENAI(REFUSAL(404, ERROR("model_not_found"))), IV_E_TTS_ERROR,
     1},
    {"openai: rate limit", "openai", "", OPENAI(REFUSAL(429, ERROR("rate_limit_exceeded"))),
     IV_E_TTS_ERROR, 3},
    {"openai: 408", "openai", "", OPENAI(REFUSAL(408, ERROR("null"))), IV_E_TTS_ERROR, 3},
    {"openai: 409", "openai", "", OPENAI(REFUSAL(409, ERROR("null"))), IV_E_TTS_ERROR, 3},
    {"openai: 500", "openai", "", OPENAI(REFUSAL(500, ERROR("null"))), IV_E_TTS_ERROR, 3},
    {"kokoro: no such voice", "openai", "",
     OPENAI(REFUSAL(400, "{detail: {error: validation_error, message: Voice x not found, type: "
                         "invalid_request_error}}")),
     IV_E_TTS_ERROR, 1},
    {"kokoro: 422", "openai", "",
     OPENAI(REFUSAL(422, "{detail: [{loc: [body, voice], msg: bad}]}")), IV_E_TTS_ERROR, 1},
    {"kokoro: processing error", "openai", "",
     OPENAI(REFUSAL(500, "{detail: {error: processing_error, message: x, type: server_error}}")),
     IV_E_TTS_ERROR, 2},
    {"speaches: no key", "openai", "", OPENAI(REFUSAL(403, "{detail: no}")), IV_E_TTS_ERROR, 1},
    {"speaches: not installed", "openai", "",
     OPENAI(REFUSAL(404, "{detail: Model is not installed locally.}")), IV_E_TTS_ERROR, 1},
};

static void fails(void **state)
{
    const struct bad *b = *state;
    struct said s;
    long n;

    world_begin(b->settings);
    play(b->scenario);
    say(b->engine, TEXT, SPEED, &s);
    if (s.code != b->code)
        fail_msg("%s: %s", iv_code_info(s.code)->slug, s.text);
    n = b->requests > 0 ? fake_number(&w.fake, "requests") : -fake_number(&w.fake, "connections");
    if (n != b->requests)
        fail_msg("%ld requests: %s", n, s.text);
    said_release(&s);
    world_end();
}

static const struct {
    const char *name, *engine, *settings, *scenario;
    long requests;
} betters[] = {
    {"elevenlabs: too many at once, then sound", "elevenlabs", "elevenlabs.mode=stream",
     "{file: elevenlabs.yaml, only: too many at once}", 2},
    {"elevenlabs ws: lost once, then said whole", "elevenlabs", "elevenlabs.mode=socket",
     "[{request: {path: '~/stream-input$', websocket: true}, websocket: [{expect_json: {text: ' "
     "'}}, {cut: true}]}]",
     2},
    {"edge: the clock is set right once", "edge", "",
     "[{request: {path: '~/edge/v1$', websocket: true}, reply: {status: 403, headers: {Date: 'Sun, "
     "22 Nov 2026 12:00:00 GMT'}, text: ''}},"
     " {request: {path: '~/edge/v1$', websocket: true, query: {Sec-MS-GEC: 'gec:1795348800'}}, "
     "websocket: [{expect_text: '~speech.config'}, {expect_text: '~ssml'},"
     " {send_edge: {path: audio, mp3_bytes: 720}}, {send_edge: {path: turn.end}}]}]",
     2},
    {"edge: no sound once", "edge", "",
     "[{request: {path: '~/edge/v1$', websocket: true}, websocket: [{expect_text: "
     "'~speech.config'}, {expect_text: '~ssml'}, {send_edge: {path: turn.end}}]}]",
     2},
    {"openai: told to wait 2 s", "openai", "",
     "[{request: {path: " OPENAI_URL
     "}, reply: {status: 429, headers: {Retry-After: 2}, json: {}}}]",
     2},
};

static void recovers(void **state)
{
    const typeof(betters[0]) *b = *state;
    struct said s;

    world_begin(b->settings);
    play(b->scenario);
    say(b->engine, TEXT, SPEED, &s);
    if (s.code)
        fail_msg("%s", s.text);
    assert_true(s.pcm.len > 0);
    assert_true(s.n_phonemes > 0);
    assert_int_equal(fake_number(&w.fake, "requests"), b->requests);
    assert_string_equal(fake_problems(&w.fake), "");
    said_release(&s);
    world_end();
}

/* -- refused before anything is sent -- */

static void too_long_is_not_sent(const char *engine, const char *settings, size_t characters)
{
    char *text = malloc(characters + 1);
    struct said s;

    memset(text, 'a', characters);
    for (size_t i = 9; i < characters; i += 10)
        text[i] = ' ';
    text[characters] = '\0';
    world_begin(settings);
    play("[]");
    say(engine, text, 1, &s);
    assert_int_equal(s.code, IV_E_TTS_INVALID_TEXT);
    assert_int_equal(fake_number(&w.fake, "requests"), 0);
    said_release(&s);
    world_end();
    free(text);
}

static void a_text_over_the_limit_is_not_sent(void **state)
{
    (void)state;
    too_long_is_not_sent("openai", "", 4097);
    too_long_is_not_sent("elevenlabs", "elevenlabs.model=eleven_v3", 5001);
}

static void strange_names_are_not_sent(void **state)
{
    static const char *const names[][2] = {{"elevenlabs", "a/../b"},
                                           {"elevenlabs", "v?x=1"},
                                           {"elevenlabs", "목소리"},
                                           {"edge", "x' onload='"},
                                           {"edge", "nobody"}};
    struct iv_error err;
    iv_tts *t;

    (void)state;
    world_begin("");
    play("[]");
    for (size_t i = 0; i < IV_LEN(names); i++) {
        struct iv_tts_choice c = {.engine = names[i][0], .voice = names[i][1], .lang = IV_LANG_EN};

        assert_int_equal(iv_tts_open(w.ctx, &c, &t, &err), IV_E_NOT_FOUND);
        assert_non_null(strstr(err.text, names[i][1]));
    }
    assert_int_equal(fake_number(&w.fake, "requests"), 0);
    world_end();
}

static void an_unknown_voice_is_an_error(void **state)
{
    static const char *const names[][2] = {{"elevenlabs", "missing1"},
                                           {"edge", "ko-KR-NobodyNeural"}};

    (void)state;
    for (size_t i = 0; i < IV_LEN(names); i++) {
        struct said s;
        iv_tts *t;

        world_begin("");
        play("[]");
        t = voice_of(names[i][0], names[i][1]);
        say_with(t, TEXT, SPEED, &s);
        assert_int_equal(s.code, IV_E_TTS_ERROR);
        iv_tts_close(t);
        said_release(&s);
        world_end();
    }
}

static void count_voice(void *arg, const char *voice, const char *about)
{
    size_t *n = arg;

    assert_true(*voice && *about);
    ++*n;
}

static void voices_are_listed(void **state)
{
    static const char *const engines[] = {"elevenlabs", "edge", "openai"};
    struct iv_error err = {0};

    (void)state;
    world_begin("");
    play("[]");
    for (size_t i = 0; i < IV_LEN(engines); i++) {
        size_t n = 0;

        if (iv_tts_voices(w.ctx, engines[i], IV_LANG_KO, count_voice, &n, &err))
            fail_msg("%s", err.text);
        assert_true(n >= 3);
    }
    play("[{request: {path: /v1/voices}, times: any, reply: {status: 401, json: {detail: {message: "
         "'bad key " KEY "'}}}}]");
    assert_int_equal(iv_tts_voices(w.ctx, "elevenlabs", IV_LANG_KO, count_voice, NULL, &err),
                     IV_E_TTS_ERROR);
    assert_null(strstr(err.text, KEY));
    assert_true(fake_steer(&w.fake, "/__config", "{\"clock_offset_s\": 7200}"));
    size_t n = 0;
    assert_int_equal(iv_tts_voices(w.ctx, "edge", IV_LANG_KO, count_voice, &n, &err), IV_OK);
    assert_true(fake_steer(&w.fake, "/__config", "{\"clock_offset_s\": 0}"));
    world_end();
}

int main(void)
{
    TABLE_ROWS(speaks, goods);
    TABLE_ROWS(fails, bads);
    TABLE_ROWS(recovers, betters);
    TABLE_TEST(a_text_over_the_limit_is_not_sent);
    TABLE_TEST(strange_names_are_not_sent);
    TABLE_TEST(an_unknown_voice_is_an_error);
    TABLE_TEST(voices_are_listed);
    return _cmocka_run_group_tests("tts_services", table_tests, table_n, world_start, world_stop);
}
