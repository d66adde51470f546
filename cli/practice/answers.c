/* answers.c - where the answers of an unattended interview come from. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "practice/practice.h"
#include "iv/alloc.h"

#define LINE_MAX_BYTES                                                                             \
    (2u << 20) /* longer than an answer may be: the engine says so, with the right code */

struct answers {
    struct cli *cli;
    enum iv_lang lang;
    FILE *lines; /* or */
    struct dirent **files;
    char *dir;
    int n_files, next_file;
    char *line;
    size_t line_cap;
    struct iv_transcript heard;
    struct iv_pcm pcm;
    struct iv_answer answer;
};

static int is_recording(const struct dirent *d)
{
    static const char *const endings[] = {".wav", ".flac", ".ogg", ".opus",
                                          ".mp3", ".oga",  ".aiff"};
    const char *dot = strrchr(d->d_name, '.');

    for (size_t i = 0; dot && d->d_name[0] != '.' && i < IV_LEN(endings); i++)
        if (!strcasecmp(dot, endings[i]))
            return 1;
    return 0;
}

static enum iv_code open_folder(struct answers *a, const char *path, struct iv_error *err)
{
    a->n_files = scandir(path, &a->files, is_recording, versionsort);
    a->dir = iv_strdup(path);
    if (a->n_files < 0 || !a->dir)
        return iv_fail(err, IV_E_IO, "%s: %s", path, strerror(errno));
    if (!a->n_files)
        return iv_fail(err, IV_E_DATA, "%s: holds no recording (wav, flac, ogg, opus, mp3)", path);
    return IV_OK;
}

static enum iv_code open_source(struct answers *a, const char *path, struct iv_error *err)
{
    struct stat st;

    if (!strcmp(path, "-")) {
        a->lines = stdin;
        return IV_OK;
    }
    if (stat(path, &st))
        return iv_fail(err, IV_E_NOT_FOUND, "%s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return open_folder(a, path, err);
    a->lines = fopen(path, "re");
    return a->lines ? IV_OK : iv_fail(err, IV_E_IO, "%s: %s", path, strerror(errno));
}

enum iv_code answers_open(struct cli *cli, const char *path, enum iv_lang lang,
                          struct answers **out, struct iv_error *err)
{
    struct answers *a = iv_alloc(sizeof *a);
    enum iv_code rc;

    *out = NULL;
    if (!a)
        return iv_fail(err, IV_E_NOMEM, "answers: out of memory");
    a->cli = cli;
    a->lang = lang;
    rc = open_source(a, path, err);
    if (rc)
        answers_close(a);
    else
        *out = a;
    return rc;
}

static enum iv_code next_line(struct answers *a, struct iv_error *err)
{
    ssize_t len;

    a->answer.text = NULL;
    do {
        len = getline(&a->line, &a->line_cap, a->lines);
        if (len < 0)
            return ferror(a->lines) ? iv_fail(err, IV_E_IO, "answers: %s", strerror(errno)) : IV_OK;
        if ((size_t)len > LINE_MAX_BYTES)
            return iv_fail(err, IV_E_TOO_LARGE, "answer of %zd bytes: at most 65536 are taken",
                           len);
        if (!iv_utf8_valid(a->line, (size_t)len))
            return iv_fail(err, IV_E_DATA, "answers: a line is not valid UTF-8");
    } while (iv_text_is_blank(a->line));
    a->line[strcspn(a->line, "\r\n")] = '\0';
    a->answer = (struct iv_answer){.text = a->line,
                                   .confidence = 1,
                                   .spoken_ms = iv_spoken_estimate_ms(a->line, a->lang),
                                   .source = "typed"};
    return IV_OK;
}

static enum iv_code hear(struct answers *a, const char *path, struct iv_error *err)
{
    struct iv_stt_choice choice = {.engine = a->cli->config->stt_engine, .lang = a->lang};
    enum iv_code rc = load_recording(a->cli, path, &a->pcm, err);

    if (!rc)
        rc = iv_stt_transcribe(a->cli->ctx, &choice, &a->pcm, &a->heard, err);
    if (rc)
        return rc;
    a->answer = (struct iv_answer){.text = a->heard.text,
                                   .confidence = a->heard.confidence,
                                   .spoken_ms = iv_pcm_ms(&a->pcm),
                                   .words = a->heard.words,
                                   .n_words = a->heard.n_words,
                                   .source = "speech"};
    return IV_OK;
}

/* A recording without speech is passed over with a word about it: the others still count. */
static enum iv_code next_file(struct answers *a, struct iv_error *err)
{
    char path[4096];
    enum iv_code rc;

    a->answer.text = NULL;
    while (a->next_file < a->n_files) {
        iv_transcript_release(&a->heard);
        iv_pcm_release(&a->pcm);
        snprintf(path, sizeof path, "%s/%s", a->dir, a->files[a->next_file++]->d_name);
        rc = hear(a, path, err);
        if (rc != IV_E_STT_NO_SPEECH)
            return rc;
        cli_say(a->cli, "%s", err->text);
    }
    return IV_OK;
}

enum iv_code answers_next(struct answers *a, const struct iv_answer **out, struct iv_error *err)
{
    enum iv_code rc = a->lines ? next_line(a, err) : next_file(a, err);

    *out = !rc && a->answer.text ? &a->answer : NULL;
    return rc;
}

const struct iv_pcm *answers_pcm(const struct answers *a)
{
    return &a->pcm;
}

void answers_close(struct answers *a)
{
    if (!a)
        return;
    if (a->lines && a->lines != stdin)
        fclose(a->lines);
    for (int i = 0; i < a->n_files; i++)
        free(a->files[i]);
    free(a->files);
    free(a->dir);
    free(a->line);
    iv_transcript_release(&a->heard);
    iv_pcm_release(&a->pcm);
    free(a);
}
