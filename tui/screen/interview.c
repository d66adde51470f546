/* interview.c - the screen on which one talks: keys, wishes, the beginning and the end. */
#include "screen/interview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "avatar/term_face.h"
#include "avatar/window.h"
#include "iv/text.h"

#define ANSWER_MAX_BYTES (64u << 10)
#define DRAW_MS 100 /* while something moves */
#define TIMER_MS 500

static void notice(struct app *a, struct interview *s, const char *text)
{
    model_notice(&s->m, app_now_us(a), "%s", text);
}

static void toggle_mic(struct app *a, struct interview *s);
static void toggle_face(struct app *a, struct interview *s);

/* -- open and close -- */

static enum iv_code open_screen(struct app *a, void *st, const char *about, struct iv_error *err)
{
    struct interview *s = st;
    enum iv_code rc;

    model_init(&s->m);
    field_init(&s->field, ANSWER_MAX_BYTES);
    rc = talk_open(a->host, about, a->speaker, &s->m, &s->talk, err);
    if (!rc)
        rc = talk_start(s->talk, err);
    if (rc)
        return rc;
    snprintf(a->last, sizeof a->last, "%s", about);
    a->wake_fd = talk_fd(s->talk);
    talk_by_key(s->talk, a->pushes);
    if (strcmp(a->mic, "none"))
        toggle_mic(a, s);
    if (a->face)
        toggle_face(a, s);
    return IV_OK;
}

static void close_screen(struct app *a, void *st)
{
    struct interview *s = st;
    struct iv_error err;

    if (talk_close(s->talk, s->m.phase == IV_PHASE_ENDED, &err))
        app_message(a, "%s", err.text);
    field_release(&s->field);
    transcript_release(&s->transcript);
    model_release(&s->m);
}

/* Ctrl-C, Ctrl-Z, the end of the terminal: the clock stops, and the session can be taken up again. */
static void save(struct app *a, void *st)
{
    struct interview *s = st;
    struct iv_error err;

    if (s->m.phase != IV_PHASE_PAUSED && s->m.phase != IV_PHASE_ENDED &&
        talk_move(s->talk, TALK_PAUSE, &err))
        notice(a, s, err.text);
}

/* -- wishes -- */

static void move(struct app *a, struct interview *s, enum talk_move m)
{
    struct iv_error err;

    transcript_end(&s->transcript);
    if (talk_move(s->talk, m, &err))
        notice(a, s, err.text);
}

static void toggle_pause(struct app *a, struct interview *s)
{
    move(a, s, s->m.phase == IV_PHASE_PAUSED ? TALK_RESUME : TALK_PAUSE);
}

static void end_now(struct app *a)
{
    struct interview *s = a->state;

    notice(a, s, _("the report is being made"));
    if (a->term) { /* a model that judges takes its time */
        app_draw(a, &a->canvas);
        term_show(a->term, &a->canvas);
    }
    move(a, s, TALK_END);
    if (s->m.phase == IV_PHASE_ENDED) /* asked for: nothing is left to read here */
        app_go(a, &screen_report, talk_session(s->talk)->id);
}

static void toggle_mic(struct app *a, struct interview *s)
{
    struct iv_error err;

    if (talk_hear(s->talk, strcmp(a->mic, "none") ? a->mic : "default", !talk_hears(s->talk), &err))
        notice(a, s, err.text);
}

/* A terminal says when a key goes down, never when it comes up: the same key ends what it began. */
static void toggle_talk(struct app *a, struct interview *s)
{
    struct iv_error err;

    if (!talk_pushes(s->talk)) {
        notice(a, s, _("hands-free: silence ends an answer (audio.talk)"));
        return;
    }
    if (!talk_hears(s->talk))
        toggle_mic(a, s);
    if (talk_hears(s->talk) && talk_push(s->talk, !talk_is_pushed(s->talk), &err))
        notice(a, s, err.text);
}

/* Where it is wanted; where nobody said, in a window if there is a display. */
static enum stage_face choose_face(const struct app *a)
{
    if (a->face)
        return a->face;
    return window_check(NULL) && !term_face_check(NULL) ? FACE_TERM : FACE_WINDOW;
}

static void toggle_face(struct app *a, struct interview *s)
{
    struct iv_error err;

    if (talk_show(s->talk, talk_shows(s->talk) ? FACE_NONE : choose_face(a), &err))
        notice(a, s, err.text);
}

static void toggle_panel(struct interview *s, enum panel p)
{
    s->panel = s->panel == p ? PANEL_NONE : p;
}

enum wish {
    WISH_NONE,
    WISH_HELP,
    WISH_HINT,
    WISH_REPEAT,
    WISH_SKIP,
    WISH_PAUSE,
    WISH_TIMES,
    WISH_MIC,
    WISH_FACE,
    WISH_TALK,
    WISH_END,
    WISH_RESUME
};

static void carry_out(struct app *a, struct interview *s, enum wish w)
{
    switch (w) {
    case WISH_HELP:
        app_press(a, &(struct press){PRESS_F, 1});
        break;
    case WISH_HINT:
        toggle_panel(s, PANEL_HINTS);
        break;
    case WISH_REPEAT:
        move(a, s, TALK_REPEAT);
        break;
    case WISH_SKIP:
        move(a, s, TALK_SKIP);
        break;
    case WISH_PAUSE:
    case WISH_RESUME:
        toggle_pause(a, s);
        break;
    case WISH_TIMES:
        toggle_panel(s, PANEL_TIMES);
        break;
    case WISH_MIC:
        toggle_mic(a, s);
        break;
    case WISH_FACE:
        toggle_face(a, s);
        break;
    case WISH_TALK:
        toggle_talk(a, s);
        break;
    case WISH_END:
        app_ask(a, _("End the interview now? The report is made of what was said."), end_now);
        break;
    case WISH_NONE:
        break;
    }
}

/* Function keys are eaten by some terminals: each has a Ctrl key and a word beside it. */
static const struct {
    enum wish wish;
    uint32_t f, ctrl;
    const char *word;
} wishes[] = {
    {WISH_HELP, 1, 0, "/help"},       {WISH_HINT, 2, 'T', "/hint"},
    {WISH_REPEAT, 3, 'R', "/repeat"}, {WISH_SKIP, 4, 'N', "/skip"},
    {WISH_PAUSE, 5, 'P', "/pause"},   {WISH_TIMES, 6, 'G', "/times"},
    {WISH_MIC, 7, 'V', "/mic"},       {WISH_FACE, 8, 'O', "/face"},
    {WISH_END, 9, 'X', "/end"},       {WISH_RESUME, 0, 0, "/resume"},
    {WISH_TALK, 0, 0, "/talk"},
};

static enum wish wish_of_key(const struct press *p)
{
    for (size_t i = 0; i < IV_LEN(wishes); i++)
        if ((p->kind == PRESS_F && p->cp == wishes[i].f) ||
            (p->kind == PRESS_CTRL && p->cp == wishes[i].ctrl))
            return wishes[i].wish;
    return WISH_NONE;
}

static enum wish wish_of_word(const char *text)
{
    size_t n = strcspn(text, " ");

    for (size_t i = 0; i < IV_LEN(wishes); i++)
        if (strlen(wishes[i].word) == n && !strncmp(wishes[i].word, text, n))
            return wishes[i].wish;
    return WISH_NONE;
}

/* -- keys -- */

/* What is refused stays in the field. */
static void send_answer(struct app *a, struct interview *s)
{
    const char *text = iv_buf_str(&s->field.text);
    struct iv_error err;
    enum wish w;

    if (iv_text_is_blank(text)) {
        if (talk_is_pushed(s->talk))
            toggle_talk(a, s);
        else if (talk_hears(s->talk) && talk_said(s->talk, &err))
            notice(a, s, err.text);
        return;
    }
    transcript_end(&s->transcript);
    if (text[0] == '/') {
        w = wish_of_word(text);
        if (w == WISH_NONE)
            notice(a, s,
                   _("/repeat /skip /pause /resume /hint /times /mic /talk /face /end /help"));
        else
            field_clear(&s->field);
        carry_out(a, s, w);
    } else if (s->m.phase == IV_PHASE_PAUSED) {
        notice(a, s, _("paused: F5 goes on, then Enter sends the answer"));
    } else if (talk_answer(s->talk, text, &err)) {
        notice(a, s, err.text);
    } else {
        field_clear(&s->field);
    }
}

static void press_escape(struct app *a, struct interview *s)
{
    if (s->panel != PANEL_NONE)
        s->panel = PANEL_NONE;
    else if (s->transcript.back)
        transcript_end(&s->transcript);
    else if (s->m.phase == IV_PHASE_SPEAKING)
        move(a, s, TALK_INTERRUPT);
}

/* The closing words can be read, and whoever was typing does not find his letters pressed in the report. */
static void press_ended(struct app *a, struct interview *s, const struct press *p)
{
    if (p->kind == PRESS_ENTER || p->kind == PRESS_ESCAPE)
        app_go(a, &screen_report, talk_session(s->talk)->id);
    else if (!transcript_press(&s->transcript, p))
        field_press(&s->field, p);
}

static void press(struct app *a, void *st, const struct press *p)
{
    struct interview *s = st;

    talk_alive(s->talk);
    if (s->m.phase == IV_PHASE_ENDED)
        press_ended(a, s, p);
    else if (p->kind == PRESS_ENTER)
        send_answer(a, s);
    else if (p->kind == PRESS_ESCAPE)
        press_escape(a, s);
    else if (p->kind == PRESS_TEXT && p->cp == '?' && field_is_empty(&s->field))
        carry_out(a, s, WISH_HELP);
    else if (p->kind == PRESS_TEXT && p->cp == ' ' && field_is_empty(&s->field) &&
             talk_pushes(s->talk))
        toggle_talk(a, s);
    else if (wish_of_key(p) != WISH_NONE)
        carry_out(a, s, wish_of_key(p));
    else if (!transcript_press(&s->transcript, p))
        field_press(&s->field, p);
}

/* -- what is shown, and when -- */

static void gather(const struct app *a, struct interview *s, struct interview_facts *f)
{
    const struct iv_session *session = talk_session(s->talk);

    *f = (struct interview_facts){.remaining_ms = talk_remaining_ms(s->talk),
                                  .level = talk_level(s->talk),
                                  .gain_db = talk_gain_db(s->talk),
                                  .notice = model_notice_text(&s->m, app_now_us(a)),
                                  .hears = talk_hears(s->talk),
                                  .pushes = talk_pushes(s->talk),
                                  .is_pushed = talk_is_pushed(s->talk),
                                  .has_face = talk_shows(s->talk) == FACE_TERM};
    if (s->panel == PANEL_HINTS)
        f->question = talk_question(s->talk);
    snprintf(f->title, sizeof f->title, "%s · %s · %s", word_of_type(session->spec.type),
             word_of_difficulty(session->spec.difficulty), word_of_language(session->spec.lang));
}

static void draw(struct app *a, void *st, struct canvas *c, struct box body)
{
    struct interview *s = st;
    struct interview_facts f;

    gather(a, s, &f);
    interview_draw(s, &f, c, body);
}

/* Another number: something that is shown changed. */
static uint64_t look(const struct app *a, const struct interview *s)
{
    double level = talk_level(s->talk);
    const uint64_t parts[] = {s->m.generation,
                              s->m.reply.len,
                              s->m.interim.len,
                              s->m.phase,
                              s->m.waits,
                              talk_is_pushed(s->talk),
                              (uint64_t)s->m.question,
                              (uint64_t)(talk_remaining_ms(s->talk) / 1000),
                              level > 0 ? (uint64_t)(level * 20) : 0,
                              (uint64_t)talk_gain_db(s->talk),
                              s->m.n_times,
                              s->m.n_times ? (uint64_t)s->m.times[s->m.n_times - 1].us[STAMP_HEARD]
                                           : 0,
                              model_notice_text(&s->m, app_now_us(a)) != NULL,
                              (uint64_t)s->m.notice_until_us};
    uint64_t sum = 1469598103934665603u;

    for (size_t i = 0; i < IV_LEN(parts); i++)
        sum = (sum ^ parts[i]) * 1099511628211u;
    return sum;
}

static int tick(struct app *a, void *st)
{
    struct interview *s = st;
    int wait = talk_pump(s->talk), most = talk_level(s->talk) >= 0 ? DRAW_MS : TIMER_MS;
    uint64_t now = look(a, s);

    if (now != s->drawn)
        a->is_dirty = true;
    s->drawn = now;
    a->picture_moved |= talk_face_moved(s->talk);
    if (a->picture_moved && !a->pictured.box.w) /* the first one */
        a->is_dirty = true;
    return wait < most ? wait : most;
}

static bool picture(struct app *a, void *st, struct picture *out)
{
    const struct interview *s = st;
    struct term_face *face = talk_term_face(s->talk);
    struct term_place place = {.x = s->face.x, .y = s->face.y, .w = s->face.w, .h = s->face.h};

    if (!face || !s->face.w)
        return false;
    term_cell(a->term, &place.cell_w, &place.cell_h);
    *out = (struct picture){.box = s->face, .wipe = term_face_wipe(face)};
    out->bytes = term_face_draw(face, &place, &out->len);
    return out->len > 0;
}

static const struct key_help keys[] = {
    {"F1", N_("Help"), true},
    {"F2", N_("Hint"), true},
    {"F3", N_("Repeat"), true},
    {"F4", N_("Skip"), true},
    {"F5", N_("Pause"), true},
    {"F6", N_("Times"), true},
    {"F7", N_("Microphone"), true},
    {"F8", N_("Face"), true},
    {"F9", N_("End"), true},
    {"Enter", N_("send the answer"), false},
    {"Space", N_("speak, and end what was spoken (audio.talk: push)"), false},
    {"Alt-Enter", N_("a new line in the answer"), false},
    {"PgUp PgDn ↑ ↓", N_("read back"), false},
    {"Esc", N_("stop the interviewer's voice, close a panel"), false},
    {"^T ^R ^N ^P ^G", N_("the same as F2 to F6"), false},
    {"^V ^O ^X", N_("the same as F7 to F9"), false},
    {"/hint /end …", N_("the same as words"), false},
    {"^A ^E ^W ^U ^K", N_("begin, end, delete a word, to the left, to the right"), false},
    {"^C", N_("save and stop; twice: now"), false},
    {"^Z", N_("pause and back to the shell; fg comes back"), false},
    {"^L", N_("draw anew"), false},
    {"?", N_("this list, when nothing is typed"), false},
    {NULL, NULL, false},
};

const struct screen_ops screen_interview = {
    .title = N_("Interview"),
    .state_size = sizeof(struct interview),
    .keys = keys,
    .open = open_screen,
    .close = close_screen,
    .draw = draw,
    .press = press,
    .tick = tick,
    .save = save,
    .picture = picture,
};
