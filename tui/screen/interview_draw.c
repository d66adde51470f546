/* interview_draw.c - the interview on a canvas of any size.
 *
 *   title            kind, question n of m, time left
 *   question         what stands, as soon as there is room for it
 *   transcript       both sides; a panel beside it or below
 *   state            who has the word, level, notice
 *   field            what is typed
 */
#include <stdio.h>
#include <string.h>

#include "screen/interview.h"

#define PANEL_BESIDE 96 /* from that width on */
#define PANEL_WIDTH 40
#define QUESTION_FROM 11 /* lines */
#define FACE_ROWS 18 /* at most */
#define FACE_LEAST 4

const char *word_of_phase(enum iv_phase phase)
{
    static const char *const words[] = {
        [IV_PHASE_IDLE] = N_("Starting"),     [IV_PHASE_LISTENING] = N_("Listening"),
        [IV_PHASE_THINKING] = N_("Thinking"), [IV_PHASE_SPEAKING] = N_("Speaking"),
        [IV_PHASE_PAUSED] = N_("Paused"),     [IV_PHASE_ENDED] = N_("Ended")};

    return _(words[phase]);
}

static void draw_title(const struct interview *s, const struct interview_facts *f, struct canvas *c)
{
    int64_t left = f->remaining_ms < 0 ? 0 : f->remaining_ms / 1000;
    char right[160], question[96] = "";

    if (s->m.questions)
        snprintf(question, sizeof question, _("question %d of %d"), s->m.question, s->m.questions);
    snprintf(right, sizeof right, "%s   %02d:%02d", question, (int)(left / 60), (int)(left % 60));
    if (glyph_width(right, strlen(right)) + glyph_width(f->title, strlen(f->title)) + 4 > c->w)
        snprintf(right, sizeof right, "%d/%d %02d:%02d", s->m.question, s->m.questions,
                 (int)(left / 60), (int)(left % 60));
    app_title(c, f->title, right);
}

static int draw_asked(const struct interview *s, struct canvas *c, struct box b)
{
    const char *text = iv_buf_str(&s->m.asked);
    int lines, most = b.h / 4;

    if (b.h < QUESTION_FROM || !text[0])
        return 0;
    lines = canvas_lines(text, b.w - 4);
    if (lines > most)
        lines = most;
    canvas_wrap(c, (struct box){b.x + 2, b.y, b.w - 4, lines}, text, STYLE_STRONG);
    for (int x = 0; x < b.w; x++)
        canvas_put(c, b.x + x, b.y + lines, 1, "─", STYLE_FAINT);
    return lines + 1;
}

static int draw_phase(const struct interview *s, const struct interview_facts *f, struct canvas *c,
                      int x, int y, int w)
{
    static const char *const marks[] = {"·", "●", "…", "♪", "‖", "■"};
    enum style style = s->m.phase == IV_PHASE_LISTENING  ? STYLE_LISTENING
                       : s->m.phase == IV_PHASE_SPEAKING ? STYLE_SPEAKING
                                                         : STYLE_STRONG;
    int used = canvas_put(c, x, y, w, marks[s->m.phase], style) + 1;
    const char *word = f->is_pushed ? _("You speak: Space ends it")
                       : s->m.phase == IV_PHASE_LISTENING && s->m.waits
                           ? _("Listening, take your time")
                           : word_of_phase(s->m.phase);

    return used + canvas_put_cut(c, x + used, y, w - used, word, style);
}

static int64_t whole_us(const struct turn_times *t)
{
    for (int i = STAMP_COUNT - 1; i > 0; i--)
        if (t->us[i])
            return t->us[i] - t->us[STAMP_ANSWER];
    return 0;
}

/* Of the last reply that came, at the right end; returns the cells that it takes. */
static int draw_last_time(const struct model *m, struct canvas *c, int y)
{
    char text[48];
    int width;

    if (!m->n_times || !whole_us(&m->times[m->n_times - 1]) || c->w < 60)
        return 0;
    snprintf(text, sizeof text, "%.1f ms", (double)whole_us(&m->times[m->n_times - 1]) / 1000);
    width = glyph_width(text, strlen(text));
    canvas_put(c, c->w - 1 - width, y, width, text, STYLE_FAINT);
    return width + 2;
}

static int draw_gain(const struct interview_facts *f, struct canvas *c, int x, int y)
{
    char text[16];

    snprintf(text, sizeof text, "%+d dB", f->gain_db);
    return canvas_put(c, x, y, c->w - x, text, STYLE_FAINT) + 2;
}

static void draw_state(const struct interview *s, const struct interview_facts *f, struct canvas *c,
                       int y)
{
    int x = 1 + draw_phase(s, f, c, 1, y, c->w - 2) + 2, right = 0;
    const char *rest = f->notice                       ? f->notice
                       : s->m.phase == IV_PHASE_PAUSED ? _("F5 goes on")
                       : s->m.phase == IV_PHASE_ENDED  ? _("Enter shows the report")
                       : s->transcript.back            ? _("PgDn: back to the end")
                       : f->pushes && !f->is_pushed    ? _("Space: speak")
                                                       : "";

    if (f->level >= 0 && c->w >= 44) {
        canvas_meter(c, x, y, 10, f->level, STYLE_GOOD);
        x += 12;
        if (f->gain_db)
            x += draw_gain(f, c, x, y);
    }
    if (!f->notice)
        right = draw_last_time(&s->m, c, y);
    canvas_put_cut(c, x, y, c->w - x - 1 - right, rest, f->notice ? STYLE_BAD : STYLE_FAINT);
}

static void draw_field(struct interview *s, struct canvas *c, struct box b)
{
    int x = b.w >= 30 ? 2 : 0;

    if (x)
        canvas_put(c, b.x, b.y, 1, ">", STYLE_CANDIDATE);
    field_draw(&s->field, c, (struct box){b.x + x, b.y, b.w - x, b.h}, STYLE_TEXT);
    if (field_is_empty(&s->field))
        canvas_put_cut(c, b.x + x + 1, b.y, b.w - x - 2,
                       s->m.phase == IV_PHASE_ENDED ? _("Enter shows the report")
                                                    : _("Type an answer; Enter sends it"),
                       STYLE_FAINT);
}

/* -- panels -- */

static void draw_hints(const struct interview_facts *f, struct canvas *c, struct box b)
{
    const struct iv_question *q = f->question;
    char line[64];
    int y = 0;

    if (!q || !q->n_points) {
        canvas_wrap(c, b, _("There are no hints for this one."), STYLE_FAINT);
        return;
    }
    snprintf(line, sizeof line, _("about %d seconds"), q->seconds);
    y += canvas_wrap(c, (struct box){b.x, b.y, b.w, b.h}, line, STYLE_FAINT);
    for (size_t i = 0; i < q->n_points && y < b.h; i++) {
        canvas_put(c, b.x, b.y + y, 1, "·", STYLE_MIDDLE);
        y += canvas_wrap(c, (struct box){b.x + 2, b.y + y, b.w - 2, b.h - y}, q->points[i].say,
                         STYLE_TEXT);
    }
}

static void draw_stage(struct canvas *c, struct box b, int y, const char *name, int64_t us,
                       int64_t longest_us)
{
    int name_width = b.w / 3, figure = 10, bar = b.w - name_width - figure - 2;
    char text[32];

    canvas_put_cut(c, b.x + 1, b.y + y, name_width - 1, name, STYLE_TEXT);
    if (bar > 2)
        canvas_meter(c, b.x + name_width + 1, b.y + y, bar,
                     longest_us ? (double)us / (double)longest_us : 0, STYLE_MIDDLE);
    snprintf(text, sizeof text, "%8.1f ms", (double)us / 1000);
    canvas_put(c, b.x + b.w - 11, b.y + y, 11, text, STYLE_TEXT);
}

static int draw_turn(const struct turn_times *t, struct canvas *c, struct box b, int y,
                     int64_t longest_us)
{
    static const char *const names[] = {[STAMP_WORDS] = N_("first words"),
                                        [STAMP_SOUND] = N_("first sound"),
                                        [STAMP_HEARD] = N_("speaker")};
    int64_t before = t->us[STAMP_ANSWER];

    for (int i = STAMP_WORDS; i < STAMP_COUNT && y < b.h; i++) {
        if (!t->us[i])
            continue;
        draw_stage(c, b, y++, _(names[i]), t->us[i] - before, longest_us);
        before = t->us[i];
    }
    return y;
}

/* From the answer to what is heard of the reply, the last turn first. */
static void draw_times(const struct model *m, struct canvas *c, struct box b)
{
    int64_t longest = 1;
    char line[96];
    int y = 0;

    for (size_t i = 0; i < m->n_times; i++)
        if (whole_us(&m->times[i]) > longest)
            longest = whole_us(&m->times[i]);
    if (!m->n_times)
        canvas_wrap(c, b, _("Times are shown after the first answer."), STYLE_FAINT);
    for (size_t i = m->n_times; i-- > 0 && y < b.h;) {
        snprintf(line, sizeof line, _("answer to reply: %.1f ms"),
                 (double)whole_us(&m->times[i]) / 1000);
        canvas_put_cut(c, b.x, b.y + y, b.w, line, STYLE_STRONG);
        y = draw_turn(&m->times[i], c, b, y + 1, longest);
    }
}

static void draw_panel(const struct interview *s, const struct interview_facts *f, struct canvas *c,
                       struct box b)
{
    bool hints = s->panel == PANEL_HINTS;
    struct box in =
        canvas_frame(c, b, hints ? _("What a good answer holds") : _("From answer to reply"));

    if (hints)
        draw_hints(f, c, in);
    else
        draw_times(&s->m, c, in);
}

/* What is left for the transcript. */
static struct box place_panel(const struct interview *s, const struct interview_facts *f,
                              struct canvas *c, struct box b)
{
    int h = b.h / 2;

    if (s->panel == PANEL_NONE || b.h < 4 || b.w < 20)
        return b;
    if (b.w >= PANEL_BESIDE) {
        draw_panel(s, f, c, (struct box){b.x + b.w - PANEL_WIDTH, b.y, PANEL_WIDTH, b.h});
        b.w -= PANEL_WIDTH + 1;
        return b;
    }
    if (h < 4)
        h = b.h;
    draw_panel(s, f, c, (struct box){b.x, b.y + b.h - h, b.w, h});
    b.h -= h;
    return b;
}

/* At the right of the transcript, as high as wide; a cell is about twice as high as wide. What is left for the words. */
static struct box place_face(struct interview *s, const struct interview_facts *f, struct box b)
{
    int h = b.h < FACE_ROWS ? b.h : FACE_ROWS;

    if (2 * h > b.w * 2 / 5)
        h = b.w / 5;
    s->face = (struct box){0};
    if (!f->has_face || h < FACE_LEAST)
        return b;
    s->face = (struct box){b.x + b.w - 2 * h, b.y, 2 * h, h};
    b.w -= 2 * h + 1;
    return b;
}

void interview_draw(struct interview *s, const struct interview_facts *f, struct canvas *c,
                    struct box body)
{
    int field_h = field_lines(&s->field, body.w - (body.w >= 30 ? 4 : 2)), top;
    int state_h = body.h >= 4;
    struct box b = body;

    if (field_h > body.h / 3)
        field_h = body.h / 3;
    if (field_h < 1)
        field_h = 1;
    draw_title(s, f, c);
    top = draw_asked(s, c, b);
    b = (struct box){b.x + 1, b.y + top, b.w - 2, b.h - top - field_h - state_h};
    b = place_face(s, f, place_panel(s, f, c, b));
    transcript_draw(&s->transcript, &s->m, c, b);
    if (state_h)
        draw_state(s, f, c, body.y + body.h - field_h - 1);
    draw_field(s, c, (struct box){1, body.y + body.h - field_h, body.w - 2, field_h});
}
