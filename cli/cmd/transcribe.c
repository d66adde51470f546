/* transcribe.c - speech to text, as it is recognised. */
#include <string.h>

#include "media.h"

static const struct cli_option options[] = {
    {.name = "language",
     .kind = CLI_STR,
     .arg = "LANG",
     .choices = "ko en ja",
     .help = N_("ko, en or ja.")},
    {.name = "engine",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "stt.engine",
     .help = N_("Speech recogniser.")},
    {.name = "words", .kind = CLI_FLAG, .help = N_("Times and confidence of each word.")},
    {.name = "partials", .kind = CLI_FLAG, .help = N_("Interim results too.")},
    {.name = "as",
     .kind = CLI_CHOICE,
     .arg = "FORM",
     .choices = "text ndjson srt vtt json",
     .help = N_("How it is written.")},
    {.name = NULL},
};

struct output {
    struct cli *cli;
    const char *form;
    bool words;
    size_t n;
    iv_json *segments; /* for json */
    struct iv_error
        err; /* of the first failure to write; the recogniser's thread sets it, finish() orders the reading */
    enum iv_code rc, done_rc;
    char done_text[300];
};

static iv_json *words_json(const struct iv_stt_result *r)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < r->n_words; i++) {
        iv_json *w = iv_json_object();

        iv_json_set_str(w, "word", r->words[i].text);
        iv_json_set_int(w, "start_ms", r->words[i].start_ms);
        iv_json_set_int(w, "end_ms", r->words[i].end_ms);
        iv_json_set_num(w, "confidence", (double)(int)(r->words[i].confidence * 1000) / 1000);
        iv_json_append(list, w);
    }
    return list;
}

static iv_json *result_json(const struct output *o, const struct iv_stt_result *r)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "type", r->is_final ? "stt_final" : "stt_interim");
    iv_json_set_str(j, "transcript", r->text);
    iv_json_set_num(j, "confidence", (double)(int)(r->confidence * 1000) / 1000);
    iv_json_set_bool(j, "is_final", r->is_final);
    iv_json_set_int(j, "start_ms", r->start_ms);
    iv_json_set_int(j, "end_ms", r->end_ms);
    if (o->words)
        iv_json_set(j, "words", words_json(r));
    return j;
}

static void put_time(uint32_t ms, char point)
{
    printf("%02u:%02u:%02u%c%03u", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, point, ms % 1000);
}

static void put_caption(struct output *o, const struct iv_stt_result *r)
{
    bool vtt = o->form[0] == 'v';

    if (vtt && !o->n)
        printf("WEBVTT\n\n");
    if (!vtt)
        printf("%zu\n", o->n + 1);
    put_time(r->start_ms, vtt ? '.' : ',');
    printf(" --> ");
    put_time(r->end_ms, vtt ? '.' : ',');
    printf("\n%s\n\n", r->text);
}

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct output *o = arg;
    iv_json *j;

    if (o->rc)
        return;
    if (!strcmp(o->form, "ndjson")) {
        j = result_json(o, r);
        o->rc = cli_print_json(o->cli, j, false, &o->err);
        iv_json_free(j);
    } else if (!r->is_final) {
        if (!strcmp(o->form, "text"))
            cli_say(o->cli, "... %s", r->text);
        return;
    } else if (!strcmp(o->form, "json")) {
        iv_json_append(o->segments, result_json(o, r));
    } else if (!strcmp(o->form, "text")) {
        o->rc = cli_print_line(o->cli, r->text, &o->err);
    } else {
        put_caption(o, r);
        o->rc = cli_flush(o->cli, &o->err);
    }
    if (r->is_final)
        o->n++;
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct output *o = arg;

    o->done_rc = code;
    snprintf(o->done_text, sizeof o->done_text, "%s", text ? text : "");
}

static enum iv_code feed(iv_stt *stt, const struct iv_pcm *pcm, struct output *o,
                         struct iv_error *err)
{
    const size_t chunk = IV_STT_RATE_HZ / 10;
    enum iv_code rc = IV_OK;

    for (size_t at = 0; at < pcm->len && !rc; at += chunk) {
        size_t n = pcm->len - at < chunk ? pcm->len - at : chunk;

        rc = cli_interrupted ? iv_fail(err, IV_E_CANCELLED, "stopped")
                             : iv_stt_feed(stt, pcm->samples + at, n, err);
        cli_progress(o->cli, _("transcribing"), (double)(at + n), (double)pcm->len);
    }
    return rc ? rc : iv_stt_finish(stt, err);
}

static enum iv_code transcribe(struct output *o, enum iv_lang lang, const struct iv_pcm *pcm,
                               struct iv_error *err)
{
    struct iv_stt_choice choice = {.engine = o->cli->config->stt_engine,
                                   .lang = lang,
                                   .interim = cli_flag(o->cli, "partials")};
    struct iv_stt_sink sink = {.on_result = on_result, .on_done = on_done, .arg = o};
    iv_stt *stt = NULL;
    enum iv_code rc = iv_stt_open(o->cli->ctx, &choice, &sink, &stt, err);

    if (!rc)
        rc = feed(stt, pcm, o, err);
    iv_stt_close(stt);
    if (!rc && o->rc) {
        *err = o->err;
        rc = o->rc;
    }
    if (!rc && o->done_rc)
        rc = iv_fail(err, o->done_rc, "%s: %s", o->cli->args[0], o->done_text);
    return rc;
}

static enum iv_code print_json(struct output *o, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(16u << 20);
    iv_json *whole = iv_json_object();
    enum iv_code rc;

    for (const iv_json *s = iv_json_first(o->segments); s; s = iv_json_next(s))
        iv_buf_addf(&text, "%s%s", text.len ? " " : "", iv_json_get_str(s, "transcript", ""));
    iv_json_set_str(whole, "transcript", iv_buf_str(&text));
    iv_json_set(whole, "segments", iv_json_dup(o->segments));
    rc = cli_print_json(o->cli, whole, true, err);
    iv_json_free(whole);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct output o = {.cli = cli,
                       .form = cli_opt(cli, "as"),
                       .words = cli_flag(cli, "words"),
                       .segments = iv_json_array()};
    struct iv_pcm pcm = {0};
    enum iv_lang lang;
    enum iv_code rc = cli_language(cli, &lang, err);

    if (!o.form)
        o.form = cli->format == CLI_JSON ? "json" : cli->format == CLI_NDJSON ? "ndjson" : "text";
    if (!rc && !strcmp(cli->args[0], "-") && cli_is_terminal(0)) {
        cli_print_help(stderr, cli->command);
        rc = iv_fail(err, IV_E_USAGE,
                     "transcribe: expects a pipe or a file, and standard input is a terminal");
    }
    if (!rc)
        rc = load_recording(cli, cli->args[0], &pcm, err);
    if (!rc)
        rc = transcribe(&o, lang, &pcm, err);
    if (!rc && !strcmp(o.form, "json"))
        rc = print_json(&o, err);
    iv_json_free(o.segments);
    iv_pcm_release(&pcm);
    return rc;
}

const struct cli_command cli_cmd_transcribe = {
    .name = "transcribe",
    .args = "FILE|-",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Turn speech into text: any sound file, or a pipe."),
    .options = options,
    .complete = "file",
    .needs = CLI_NEEDS_PIPE_OR_ARG,
    .examples = "  sox talk.wav -t wav - | interviewctl transcribe - --language en --partials --as "
                "ndjson | jq -r 'select(.is_final).transcript'\n",
    .run = run,
};
