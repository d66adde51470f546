/* tts_helper_main.c - the helper process: espeak-ng, one text at a time, over one socket.
 *
 * espeak-ng calls back with a block of samples and the phonemes that begin in it; each is sent on at once, so the
 * parent hears the first sound within a millisecond. Between blocks the socket is looked at: TTS_CANCEL or the
 * parent's end stops the text.
 *
 * The helper ends when its socket does. PR_SET_PDEATHSIG is not used: it fires when the *thread* that started the
 * helper ends, and a voice's thread ends with each utterance. A text that never comes back is ended by alarm().
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "iv_build.h"
#include "provider/tts_helper.h"

#if IV_HAVE_ESPEAK
#include "provider/espeak.h"

IV_LAZY_DEFINE(iv_espeak, IV_ESPEAK_SONAME, IV_ESPEAK_PACKAGE, ESPEAK_FUNCTIONS);

#define BLOCK_MS 60
#define STUCK_S 30
#define PHONES_MAX 64

#define FULL_NAME_BYTES 256
#define KNOWN_MAX 16

/* What a wish for a voice came to: the name that espeak-ng understands. */
struct known {
    char lang[8], voice[TTS_VOICE_BYTES], full[FULL_NAME_BYTES];
};

static struct {
    struct tts_packet in, out;
    struct known known[KNOWN_MAX];
    unsigned next_known;
    char current[FULL_NAME_BYTES];
    bool cancelled, alone; /* alone: the parent is gone */
} helper;

static void put_packet(enum tts_helper_kind kind, size_t body_bytes)
{
    ssize_t n;

    helper.out.kind = kind;
    do
        n = send(TTS_HELPER_FD, &helper.out, TTS_PACKET_HEAD + body_bytes, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        helper.alone = true;
}

static void put_done(enum iv_code code, const char *text)
{
    struct tts_done *d = &helper.out.body.done;

    d->code = (int32_t)code;
    snprintf(d->text, sizeof d->text, "%s", text);
    put_packet(TTS_DONE, sizeof *d);
}

/* -- voices -- */

/* "en-us" of "\2en-us\3en": the tag after the priority byte. */
static const char *tag_of(const espeak_VOICE *v)
{
    return v->languages + 1;
}

static bool speaks(const espeak_VOICE *v, const char *lang)
{
    size_t n = strlen(lang);

    return !strncasecmp(tag_of(v), lang, n) && (tag_of(v)[n] == '\0' || tag_of(v)[n] == '-');
}

static const espeak_VOICE *find_base(const char *name, size_t len)
{
    const espeak_VOICE **v = espeak_ListVoices(NULL);

    for (; *v; v++) {
        const char *names[] = {tag_of(*v), (*v)->name, (*v)->identifier};

        for (size_t i = 0; i < IV_LEN(names); i++)
            if (strlen(names[i]) == len && !strncasecmp(names[i], name, len))
                return *v;
    }
    return NULL;
}

/* Variants are files "!v/<name>" that change another voice: f3, m2, Annie. Copied, for the next espeak_ListVoices()
 * frees what this one gave. */
static bool find_variant(const char *name, char out[TTS_VOICE_BYTES])
{
    espeak_VOICE spec = {.languages = "variant"};
    const espeak_VOICE **v = espeak_ListVoices(&spec);

    for (; *v; v++) {
        const char *slash = strrchr((*v)->identifier, '/');

        if (slash && !strcasecmp(slash + 1, name)) {
            snprintf(out, TTS_VOICE_BYTES, "%s", slash + 1);
            return true;
        }
    }
    return false;
}

/* espeak-ng knows its voices by file name and silently ignores an unknown variant, so both are looked up first: "en-gb",
 * "en-gb+f3", "f3" or "+f3" (a variant of the language's first voice). Returns why not, or NULL. */
static const char *find_voice(const struct tts_speak *want, char full[FULL_NAME_BYTES])
{
    const char *first_name = strcmp(want->lang, "en") ? want->lang : "en-us";
    const char *plus = strchr(want->voice, '+');
    size_t len = plus ? (size_t)(plus - want->voice) : strlen(want->voice);
    char variant[TTS_VOICE_BYTES] = "";
    const espeak_VOICE *base;

    if (plus && !find_variant(plus + 1, variant))
        return "there is no such voice";
    if (!plus && len && !find_base(want->voice, len)) {
        if (!find_variant(want->voice, variant))
            return "there is no such voice";
        len = 0;
    }
    base = len ? find_base(want->voice, len) : find_base(first_name, strlen(first_name));
    if (!base)
        return "there is no such voice";
    if (!speaks(base, want->lang))
        return "it speaks another language";
    snprintf(full, FULL_NAME_BYTES, "%.100s%s%s", base->identifier, variant[0] ? "+" : "", variant);
    return NULL;
}

/* Listing voices reads a hundred files (10 ms); so what was found is kept. */
static struct known *recall(const struct tts_speak *want)
{
    for (size_t i = 0; i < KNOWN_MAX; i++)
        if (!strcmp(helper.known[i].lang, want->lang) &&
            !strcmp(helper.known[i].voice, want->voice))
            return &helper.known[i];
    return NULL;
}

static void remember(const struct tts_speak *want, const char *full)
{
    struct known *k = &helper.known[helper.next_known++ % KNOWN_MAX];

    snprintf(k->lang, sizeof k->lang, "%s", want->lang);
    snprintf(k->voice, sizeof k->voice, "%s", want->voice);
    snprintf(k->full, sizeof k->full, "%s", full);
}

static const char *select_voice(const struct tts_speak *want)
{
    const struct known *k = recall(want);
    char full[FULL_NAME_BYTES];
    const char *why;

    if (k)
        snprintf(full, sizeof full, "%s", k->full);
    else if ((why = find_voice(want, full)))
        return why;
    if (strcmp(full, helper.current) && espeak_SetVoiceByName(full) != EE_OK)
        return "espeak-ng cannot load it";
    snprintf(helper.current, sizeof helper.current, "%s", full);
    if (!k)
        remember(want, full);
    return NULL;
}

static bool use_voice(const struct tts_speak *want)
{
    const char *why = select_voice(want);
    char text[240];

    if (!why)
        return true;
    snprintf(text, sizeof text,
             "tts espeak: voice '%s': %s; `interviewctl providers voices espeak --language %s` "
             "lists them",
             want->voice, why, want->lang);
    put_done(IV_E_NOT_FOUND, text);
    return false;
}

static void list_voices(const char *lang)
{
    struct tts_voice *out = &helper.out.body.voice;
    espeak_VOICE spec = {.languages = "variant"};
    const espeak_VOICE **v;

    for (v = espeak_ListVoices(NULL); *v; v++) {
        if (!speaks(*v, lang))
            continue;
        snprintf(out->name, sizeof out->name, "%s", tag_of(*v));
        snprintf(out->about, sizeof out->about, "%s", (*v)->name);
        put_packet(TTS_VOICE, sizeof *out);
    }
    for (v = espeak_ListVoices(&spec); *v; v++) {
        const char *slash = strrchr((*v)->identifier, '/');

        if (!slash || strchr(slash, ' '))
            continue;
        snprintf(out->name, sizeof out->name, "+%s", slash + 1);
        snprintf(out->about, sizeof out->about, "variant of any voice%s",
                 (*v)->gender == 2   ? ", female"
                 : (*v)->gender == 1 ? ", male"
                                     : "");
        put_packet(TTS_VOICE, sizeof *out);
    }
    put_done(IV_OK, "");
}

/* -- speaking -- */

static void look_at_socket(void)
{
    uint32_t kind[2];
    ssize_t n = recv(TTS_HELPER_FD, kind, sizeof kind, MSG_DONTWAIT);

    if (n >= (ssize_t)sizeof kind[0] && kind[0] == TTS_CANCEL)
        helper.cancelled = true;
    else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        helper.alone = true;
}

static void send_phonemes(const espeak_EVENT *e)
{
    size_t n = 0;

    for (; e->type != espeakEVENT_LIST_TERMINATED; e++) {
        struct tts_phone *p = &helper.out.body.phones[n];

        if (e->type != espeakEVENT_PHONEME || n == PHONES_MAX)
            continue;
        *p =
            (struct tts_phone){.start_ms = e->audio_position < 0 ? 0 : (uint32_t)e->audio_position};
        memcpy(p->symbol, e->id.string, sizeof e->id.string);
        n++;
    }
    if (n)
        put_packet(TTS_PHONES, n * sizeof(struct tts_phone));
}

static int on_block(short *samples, int n, espeak_EVENT *events)
{
    const int most = TTS_HELPER_MAX_BYTES / 2;

    alarm(STUCK_S);
    send_phonemes(events);
    for (int at = 0; samples && at < n; at += most) {
        int len = n - at < most ? n - at : most;

        memcpy(helper.out.body.samples, samples + at, (size_t)len * sizeof *samples);
        put_packet(TTS_AUDIO, (size_t)len * sizeof *samples);
    }
    look_at_socket();
    return helper.cancelled || helper.alone;
}

static void speak(const struct tts_speak *want)
{
    espeak_ERROR rc;
    int words_a_minute = (int)(espeakRATE_NORMAL * want->rate);

    helper.cancelled = false;
    if (!use_voice(want))
        return;
    espeak_SetParameter(espeakRATE, words_a_minute, 0);
    rc = espeak_Synth(want->text, strlen(want->text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8,
                      NULL, NULL);
    if (helper.cancelled)
        put_done(IV_E_CANCELLED, "cancelled");
    else
        put_done(rc == EE_OK ? IV_OK : IV_E_TTS_ERROR, rc == EE_OK ? "" : "tts espeak: it failed");
}

static void answer(size_t body_bytes)
{
    struct tts_speak *s = &helper.in.body.speak;

    if (helper.in.kind == TTS_CANCEL || body_bytes <= sizeof *s)
        return; /* a cancel that came after the end */
    helper.in.body.bytes[sizeof helper.in.body.bytes - 1] = '\0';
    alarm(STUCK_S);
    if (helper.in.kind == TTS_SPEAK)
        speak(s);
    else if (helper.in.kind == TTS_LIST)
        list_voices(s->lang);
    else if (helper.in.kind == TTS_CHECK && use_voice(s))
        put_done(IV_OK, "");
    alarm(0);
}

static bool start_espeak(void)
{
    struct tts_ready *r = &helper.out.body.ready;
    struct iv_error err;
    enum iv_code rc = iv_lazy_load(&iv_espeak, &err);
    int hz;

    if (rc) {
        put_done(rc, err.text);
        return false;
    }
    hz = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, BLOCK_MS, NULL,
                           espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_DONT_EXIT);
    if (hz <= 0) {
        put_done(IV_E_TTS_ERROR, "tts espeak: its data cannot be loaded; install espeak-ng-data");
        return false;
    }
    espeak_SetSynthCallback(on_block);
    r->rate_hz = (uint32_t)hz;
    snprintf(r->version, sizeof r->version, "%s", espeak_Info(NULL));
    put_packet(TTS_READY, sizeof *r);
    return true;
}

static void serve(void)
{
    while (!helper.alone) {
        ssize_t n = recv(TTS_HELPER_FD, &helper.in, sizeof helper.in, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < (ssize_t)TTS_PACKET_HEAD)
            return;
        answer((size_t)n - TTS_PACKET_HEAD);
    }
}

/* Ctrl-C goes to the whole foreground group; the parent decides what it means for a voice. */
static void settle_in(void)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGPIPE};
    const struct rlimit no_core = {0, 0};

    for (size_t i = 0; i < IV_LEN(ignored); i++)
        signal(ignored[i], SIG_IGN);
    close_range(TTS_HELPER_FD + 1, ~0u, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "ivc-voice");
}

int iv_tts_helper_main(int argc, char **argv)
{
    int type = 0;
    socklen_t len = sizeof type;

    (void)argc;
    (void)argv;
    if (getsockopt(TTS_HELPER_FD, SOL_SOCKET, SO_TYPE, &type, &len) || type != SOCK_SEQPACKET)
        return iv_code_info(IV_E_USAGE)->exit_status; /* started by hand */
    settle_in();
    if (start_espeak())
        serve();
    return 0;
}

#else

int iv_tts_helper_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return iv_code_info(IV_E_TTS_ERROR)->exit_status;
}

#endif
