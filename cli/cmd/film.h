/* film.h - a speaking face into a file: MP4, numbered JPEGs, or JPEGs on standard output. */
#ifndef IV_CLI_CMD_FILM_H
#define IV_CLI_CMD_FILM_H

#include "cli.h"
#include "iv/avatar.h"
#include "iv/tts.h"

struct film;

/* path: "out.mp4", "frames/%05d.jpg", or "-" for a stream of JPEGs. */
enum iv_code film_open(struct cli *cli, const char *path, int size, int fps, struct film **out,
                       struct iv_error *err);
/* Numbers from 0, one by one. */
enum iv_code film_frame(struct film *f, const struct iv_picture *p, uint64_t number,
                        struct iv_error *err);
/* at_sample in samples of IV_TTS_RATE_HZ from the film's beginning; what lies between is silence. */
enum iv_code film_audio(struct film *f, const int16_t *samples, size_t n, uint64_t at_sample,
                        struct iv_error *err);
/* Silence up to this sample. */
enum iv_code film_audio_until(struct film *f, uint64_t sample, struct iv_error *err);
enum iv_code film_close(struct film *f, struct iv_error *err); /* frees; NULL is fine */
/* The face of settings and --avatar, ready to be drawn. */
enum iv_code film_face(struct cli *cli, const char *name, const char *backend, int size,
                       iv_rig **rig, iv_renderer **renderer, struct iv_error *err);

#endif
