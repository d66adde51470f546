/* start.c - the first screen: what kind of interview, in whose voice, and what was before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/mic.h"
#include "audio/player.h"
#include "avatar/term_face.h"
#include "avatar/window.h"
#include "iv/alloc.h"
#include "screen/choices.h"
#include "screen/past.h"
#include "screen/sound_row.h"

#define BESIDE 110 /* columns from which the earlier sessions stand beside the form */
#define EARLIER 8
#define LABEL 16
#define FORM_MAX 76
#define IDLE_MS 1000

enum row {
    ROW_GO_ON,
    ROW_TYPE,
    ROW_LANGUAGE,
    ROW_DIFFICULTY,
    ROW_MINUTES,
    ROW_ROLE,
    ROW_PERSONA,
    ROW_VOICE,
    ROW_SPEAKER,
    ROW_MIC,
    ROW_TALK,
    ROW_FACE,
    ROW_START,
    ROW_COUNT
};

struct start {
    struct iv_session_spec spec;
    struct list rows;
    bool has_left;
    struct past left;
    struct past *earlier;
    int n_earlier;
    struct field role;
    struct choices voices, speakers, mics; /* looked up when they are wanted first */
    struct sound_row sound;
    char message[MESSAGE_BYTES];
};

static enum iv_code open_screen(struct app *a, void *st, const char *about, struct iv_error *err)
{
    struct start *s = st;
    enum iv_code rc;

    (void)about;
    s->spec = a->host->spec;
    field_init(&s->role, sizeof s->spec.role);
    field_set(&s->role, s->spec.role);
    snprintf(s->message, sizeof s->message, "%s", a->message);
    a->message[0] = '\0';
    s->has_left = past_unfinished(a, &s->left);
    rc = past_load(a, EARLIER, &s->earlier, &s->n_earlier, err);
    s->rows = (struct list){.n = ROW_COUNT, .at = s->has_left ? ROW_GO_ON : ROW_START};
    return rc;
}

static void close_screen(struct app *a, void *st)
{
    struct start *s = st;

    (void)a;
    free(s->earlier);
    field_release(&s->role);
    choices_release(&s->voices);
    choices_release(&s->speakers);
    choices_release(&s->mics);
    sound_row_release(&s->sound);
}

/* -- values -- */

static const char *label_of(enum row row)
{
    static const char *const labels[ROW_COUNT] = {
        [ROW_GO_ON] = N_("Go on"),       [ROW_TYPE] = N_("Interview"),
        [ROW_LANGUAGE] = N_("Language"), [ROW_DIFFICULTY] = N_("Difficulty"),
        [ROW_MINUTES] = N_("Length"),    [ROW_ROLE] = N_("Job title"),
        [ROW_PERSONA] = N_("Manner"),    [ROW_VOICE] = N_("Voice"),
        [ROW_SPEAKER] = N_("Speaker"),   [ROW_MIC] = N_("Microphone"),
        [ROW_TALK] = N_("Turns"),        [ROW_FACE] = N_("Face"),
        [ROW_START] = N_("Start"),
    };

    return _(labels[row]);
}

static bool can_show(enum stage_face where)
{
    return where == FACE_NONE ||
           !(where == FACE_WINDOW ? window_check(NULL) : term_face_check(NULL));
}

static const char *word_of_face(enum stage_face where)
{
    if (where != FACE_NONE && can_show(where))
        return where == FACE_TERM ? _("here in the terminal") : _("in a window");
    if (can_show(FACE_WINDOW))
        return _("none; F8 opens a window");
    return can_show(FACE_TERM) ? _("none; F8 shows it in the terminal")
                               : _("none: there is no display");
}

static void value_of(const struct app *a, const struct start *s, enum row row, char *out,
                     size_t size)
{
    const struct iv_session_spec *p = &s->spec;
    char date[32];

    switch (row) {
    case ROW_GO_ON:
        date_text(s->left.s.created_ms, date);
        snprintf(out, size, _("with the unfinished one of %s (%s, %s)"), date,
                 word_of_type(s->left.s.spec.type), word_of_language(s->left.s.spec.lang));
        break;
    case ROW_TYPE:
        snprintf(out, size, "%s", word_of_type(p->type));
        break;
    case ROW_LANGUAGE:
        snprintf(out, size, "%s", word_of_language(p->lang));
        break;
    case ROW_DIFFICULTY:
        snprintf(out, size, "%s", word_of_difficulty(p->difficulty));
        break;
    case ROW_MINUTES:
        snprintf(out, size, _("%d minutes"), p->duration_minutes);
        break;
    case ROW_PERSONA:
        snprintf(out, size, "%s", word_of_persona(p->persona));
        break;
    case ROW_VOICE:
        snprintf(out, size, "%s", p->voice[0] ? p->voice : _("the best one here"));
        break;
    case ROW_SPEAKER:
        snprintf(out, size, "%s",
                 !strcmp(a->speaker, "default") ? _("the system's")
                 : !strcmp(a->speaker, "none")  ? _("none: it only writes")
                                                : a->speaker);
        break;
    case ROW_MIC:
        snprintf(out, size, "%s",
                 !sound_row_hears(&s->sound) && mic_check(NULL) ? _("none found: answers are typed")
                 : !strcmp(a->mic, "default")                   ? _("the system's")
                 : !strcmp(a->mic, "none") ? _("off: answers are typed, F7 switches it on")
                                           : a->mic);
        break;
    case ROW_TALK:
        snprintf(out, size, "%s",
                 a->pushes ? _("the Space key says when you speak")
                           : _("hands-free: you speak, and fall silent"));
        break;
    case ROW_FACE:
        snprintf(out, size, "%s", word_of_face(a->face));
        break;
    case ROW_START:
        snprintf(out, size, "%s", _("a new interview (Enter)"));
        break;
    default:
        out[0] = '\0';
    }
}

static int step(int at, int by, int n)
{
    return (at + by + n) % n;
}

static void change_persona(struct iv_session_spec *p, int by)
{
    static const char *const names[] = {"neutral", "warm", "strict"};
    int at = 0;

    for (int i = 0; i < (int)IV_LEN(names); i++)
        if (!strcmp(names[i], p->persona))
            at = i;
    snprintf(p->persona, sizeof p->persona, "%s", names[step(at, by, (int)IV_LEN(names))]);
}

static void change_voice(struct app *a, struct start *s, int by)
{
    if (!s->voices.n)
        choices_voices(&s->voices, a->host->ctx, a->host->config->tts_engine, s->spec.lang);
    choices_step(&s->voices, s->spec.voice, sizeof s->spec.voice, by);
}

static void change_speaker(struct app *a, struct start *s, int by)
{
    if (!s->speakers.n)
        choices_speakers(&s->speakers);
    choices_step(&s->speakers, a->speaker, sizeof a->speaker, by);
}

static void change_mic(struct app *a, struct start *s, int by)
{
    if (!s->mics.n)
        choices_mics(&s->mics);
    choices_step(&s->mics, a->mic, sizeof a->mic, by);
}

static void change_face(struct app *a, int by)
{
    do
        a->face = (enum stage_face)step((int)a->face, by, FACE_TERM + 1);
    while (!can_show(a->face));
}

static void change(struct app *a, struct start *s, int by)
{
    struct iv_session_spec *p = &s->spec;

    switch ((enum row)s->rows.at) {
    case ROW_TYPE:
        p->type = (enum iv_session_type)step((int)p->type, by, IV_TYPE_COUNT);
        break;
    case ROW_LANGUAGE:
        p->lang = (enum iv_lang)step((int)p->lang, by, IV_LANG_COUNT);
        p->voice[0] = '\0'; /* a voice speaks one language */
        choices_release(&s->voices);
        break;
    case ROW_DIFFICULTY:
        p->difficulty = (enum iv_difficulty)step((int)p->difficulty, by, IV_DIFFICULTY_COUNT);
        break;
    case ROW_MINUTES:
        p->duration_minutes += by * 5;
        if (p->duration_minutes < IV_SESSION_MIN_MINUTES)
            p->duration_minutes = IV_SESSION_MIN_MINUTES;
        if (p->duration_minutes > IV_SESSION_MAX_MINUTES)
            p->duration_minutes = IV_SESSION_MAX_MINUTES;
        break;
    case ROW_PERSONA:
        change_persona(p, by);
        break;
    case ROW_VOICE:
        change_voice(a, s, by);
        break;
    case ROW_SPEAKER:
        change_speaker(a, s, by);
        break;
    case ROW_MIC:
        change_mic(a, s, by);
        break;
    case ROW_TALK:
        a->pushes = !a->pushes;
        break;
    case ROW_FACE:
        change_face(a, by);
        break;
    default:
        break;
    }
}

/* -- drawing -- */

static bool is_shown(const struct start *s, int row)
{
    return row != ROW_GO_ON || s->has_left;
}

static void draw_row(const struct app *a, struct start *s, struct canvas *c, struct box b,
                     enum row row)
{
    bool selected = (int)row == s->rows.at, has_arrows = row >= ROW_TYPE && row <= ROW_FACE;
    enum style style = selected ? STYLE_SELECTED : STYLE_TEXT;
    int label = b.w < 40 ? b.w / 3 : LABEL, x = b.x + label;
    char value[MESSAGE_BYTES];

    canvas_put_cut(c, b.x, b.y, label - 1, label_of(row),
                   row == ROW_START || row == ROW_GO_ON ? STYLE_STRONG : STYLE_FAINT);
    if (row == ROW_ROLE) {
        int cursor_x = c->cursor_x, cursor_y = c->cursor_y;

        field_draw(&s->role, c, (struct box){x + 2, b.y, b.w - label - 2, 1}, STYLE_TEXT);
        if (selected)
            canvas_put(c, x, b.y, 1, ">", STYLE_STRONG);
        else {
            c->cursor_x = cursor_x;
            c->cursor_y = cursor_y;
        }
        return;
    }
    value_of(a, s, row, value, sizeof value);
    if (selected && has_arrows)
        canvas_put(c, x, b.y, 1, "‹", STYLE_STRONG);
    x += 2;
    x += canvas_put_cut(c, x, b.y, b.x + b.w - x - 2, value, style);
    if (selected && has_arrows)
        canvas_put(c, x + 1, b.y, 1, "›", STYLE_STRONG);
    if (row == ROW_MIC)
        sound_row_draw(&s->sound, c, (struct box){x + 4, b.y, b.x + b.w - x - 4, 1});
}

static void draw_form(const struct app *a, struct start *s, struct canvas *c, struct box b)
{
    struct list shown = {.n = s->has_left ? ROW_COUNT : ROW_COUNT - 1,
                         .at = s->rows.at - !s->has_left,
                         .top = s->rows.top};

    list_show(&shown, b.h);
    s->rows.top = shown.top;
    s->rows.h = b.h;
    for (int y = 0; y < b.h && shown.top + y < shown.n; y++)
        draw_row(a, s, c, (struct box){b.x, b.y + y, b.w - 1, 1},
                 (enum row)(shown.top + y + !s->has_left));
    list_mark(&shown, c, b);
}

static void draw_earlier(const struct start *s, struct canvas *c, struct box b)
{
    canvas_put_cut(c, b.x, b.y, b.w, _("Earlier interviews"), STYLE_STRONG);
    if (!s->n_earlier)
        canvas_put_cut(c, b.x, b.y + 1, b.w, _("none yet"), STYLE_FAINT);
    for (int i = 0; i < s->n_earlier && i + 1 < b.h; i++)
        past_draw(&s->earlier[i], c, b.x, b.y + 1 + i, b.w, false);
}

/* What went wrong, or what the test of the sound says. */
static bool draw_message(const struct start *s, struct canvas *c, struct box body)
{
    const char *text = s->message[0] ? s->message : sound_row_text(&s->sound);

    if (!text)
        return false;
    canvas_put_cut(c, 1, body.y + body.h - 1, c->w - 2, text,
                   s->message[0] || s->sound.is_bad ? STYLE_BAD : STYLE_GOOD);
    return true;
}

static void draw(struct app *a, void *st, struct canvas *c, struct box body)
{
    struct start *s = st;
    int rows = s->has_left ? ROW_COUNT : ROW_COUNT - 1, top = body.y + (body.h >= rows + 4);
    struct box form = {1, top, c->w - 2, body.y + body.h - top};

    app_title(c, "interviewctl", _("practise a job interview"));
    if (form.h > 3)
        form.h -= draw_message(s, c, body);
    if (c->w >= BESIDE) {
        form.w = c->w * 55 / 100 < FORM_MAX ? c->w * 55 / 100 : FORM_MAX;
        draw_earlier(s, c, (struct box){form.w + 3, form.y, c->w - form.w - 4, form.h});
    } else if (form.h >= rows + 4) {
        draw_earlier(s, c, (struct box){1, form.y + rows + 1, form.w, form.h - rows - 1});
    }
    if (form.h > rows)
        form.h = rows;
    if (form.w > FORM_MAX)
        form.w = FORM_MAX;
    draw_form(a, s, c, form);
}

/* -- keys -- */

static void begin(struct app *a, struct start *s)
{
    struct iv_error err;
    char id[IV_ID_BYTES];

    snprintf(s->spec.role, sizeof s->spec.role, "%s", iv_buf_str(&s->role.text));
    if (iv_session_spec_check(&s->spec, &err) || a->host->create(a->host->arg, &s->spec, id, &err))
        snprintf(s->message, sizeof s->message, "%s", err.text);
    else
        app_go(a, &screen_interview, id);
}

static void press_enter(struct app *a, struct start *s)
{
    if (s->rows.at == ROW_GO_ON)
        app_go(a, &screen_interview, s->left.s.id);
    else
        begin(a, s);
}

static bool move_rows(struct start *s, const struct press *p)
{
    struct press moved = *p;

    if (p->kind == PRESS_TAB)
        moved.kind = PRESS_DOWN;
    if (p->kind == PRESS_BACKTAB)
        moved.kind = PRESS_UP;
    if (s->rows.at == ROW_ROLE && (p->kind == PRESS_HOME || p->kind == PRESS_END))
        return false;
    if (!list_press(&s->rows, &moved))
        return false;
    if (!is_shown(s, s->rows.at))
        s->rows.at = ROW_TYPE;
    return true;
}

static void leave(struct app *a)
{
    a->quit = true;
}

static bool is_sound_test(const struct press *p)
{
    return (p->kind == PRESS_F && p->cp == 4) || (p->kind == PRESS_CTRL && p->cp == 'T');
}

static void press(struct app *a, void *st, const struct press *p)
{
    struct start *s = st;
    bool types = s->rows.at == ROW_ROLE;

    if (is_sound_test(p)) {
        s->message[0] = '\0';
        sound_row_test(&s->sound, a->mic, a->speaker);
        return;
    }
    sound_row_forget(&s->sound);
    if (move_rows(s, p))
        return;
    if (p->kind == PRESS_ENTER)
        press_enter(a, s);
    else if (p->kind == PRESS_F && p->cp == 2)
        app_go(a, &screen_history, NULL);
    else if (p->kind == PRESS_F && p->cp == 3)
        app_go(a, &screen_settings, NULL);
    else if (p->kind == PRESS_ESCAPE || (p->kind == PRESS_F && p->cp == 9) ||
             (p->kind == PRESS_TEXT && p->cp == 'q' && !types))
        leave(a);
    else if (types)
        field_press(&s->role, p);
    else if (p->kind == PRESS_TEXT && p->cp == '?')
        a->helps = true;
    else if (p->kind == PRESS_LEFT || p->kind == PRESS_RIGHT)
        change(a, s, p->kind == PRESS_LEFT ? -1 : 1);
    else if (p->kind == PRESS_TEXT && p->cp == ' ')
        change(a, s, 1);
}

/* The microphone is open while its row is chosen, and while it is tested. */
static int tick(struct app *a, void *st)
{
    struct start *s = st;
    bool changed = false;
    int wait;

    sound_row_look(&s->sound, s->rows.at == ROW_MIC ? a->mic : NULL, app_now_us(a));
    wait = sound_row_tick(&s->sound, app_now_us(a), &changed);
    a->is_dirty |= changed;
    return wait < 0 ? IDLE_MS : wait;
}

static const struct key_help keys[] = {
    {"Enter", N_("Start"), true}, {"↑ ↓", N_("Choose"), true},  {"← →", N_("Change"), true},
    {"F2", N_("History"), true},  {"F3", N_("Settings"), true}, {"F4", N_("Sound test"), true},
    {"F1", N_("Help"), true},     {"q", N_("Quit"), true},      {"^T", N_("the same as F4"), false},
    {NULL, NULL, false},
};

const struct screen_ops screen_start = {
    .title = N_("Start"),
    .state_size = sizeof(struct start),
    .keys = keys,
    .open = open_screen,
    .close = close_screen,
    .draw = draw,
    .press = press,
    .tick = tick,
};
