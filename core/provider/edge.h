/* edge.h - the frames and the token of the Edge read-aloud voices.
 *
 * Why:     an undocumented protocol that changes; all of it that is text stands here, apart from any connection.
 * Owns:    results are the caller's, in its own buffers.
 * Threads: [any].
 * Errors:  IV_E_TTS_ERROR for frames that break the protocol.
 * Source:  shared provider contract "edge-tts" (after rany2/edge-tts).
 */
#ifndef IV_PROVIDER_EDGE_H
#define IV_PROVIDER_EDGE_H

#include "iv/buf.h"
#include "iv/text.h"
#include "net/net.h"

#define EDGE_TOKEN "6A5AA1D4EAFF4E9FB37E23D68491D6F4" /* a public constant inside the browser */
#define EDGE_GEC_BYTES 65
#define EDGE_ID_BYTES 33
#define EDGE_PIECE_BYTES 4096 /* of escaped text in one message */
#define EDGE_MAX_WORDS 4096

/* Sec-MS-GEC for a time: SHA-256 of five-minute ticks and the token. */
void iv_edge_gec(int64_t unix_s, char out[EDGE_GEC_BYTES]);
void iv_edge_id(char out[EDGE_ID_BYTES], bool upper); /* 32 random hex digits */

/* Bytes of `text` that fill one piece once escaped: ends at a newline, else a blank, else a character. */
size_t iv_edge_piece(const char *text);
/* The two messages of the client. rate: 1.0 is the voice's own. */
void iv_edge_config_message(int64_t wall_ms, struct iv_buf *out);
void iv_edge_ssml_message(int64_t wall_ms, const char *id, const char *voice, double rate,
                          const char *text, size_t len, struct iv_buf *out);

enum edge_path { EDGE_OTHER, EDGE_METADATA, EDGE_TURN_END };
/* Of a text frame; *body its JSON. */
enum edge_path iv_edge_text_frame(const char *data, size_t len, const char **body,
                                  size_t *body_len);
/* *sound is what follows the headers: empty in the last frame. */
enum iv_code iv_edge_sound_frame(const char *data, size_t len, const char **sound, size_t *n,
                                 struct iv_error *err);
/* Adds the words of an audio.metadata body; their texts go to `texts`, which must not grow past its ceiling. */
struct edge_word {
    size_t text; /* offset in texts */
    uint32_t start_ms, end_ms;
};
enum iv_code iv_edge_words(const char *body, size_t len, struct edge_word *words, size_t *n,
                           size_t max, struct iv_buf *texts, struct iv_error *err);
/* The Close or failure of a connection, before sound or after it. A refused clock (403 with a Date) is the caller's. */
void iv_edge_judge(const struct net_outcome *o, bool has_sound, struct net_verdict *v);

#endif
