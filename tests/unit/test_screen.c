/* test_screen.c - the full screen's parts without a terminal: glyphs, lines, fields, and the interview drawn at any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "iv/text.h"
#include "screen/ansi.h"
#include "screen/canvas.h"
#include "screen/field.h"
#include "screen/interview.h"
#include "screen/list.h"
#include "screen/plots.h"

/* -- glyphs -- */

static const struct glyph_row {
    const char *name, *text, *drawn;
    size_t bytes;
    int width;
} glyph_rows[] = {
    {"a letter", "ab", "a", 1, 1},
    {"a Korean syllable takes two cells", "가나", "가", 3, 2},
    {"a syllable of jamo is one glyph", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8x",
     "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", 9, 2},
    {"an accent belongs to its letter", "e\xcc\x81t", "e\xcc\x81", 3, 1},
    {"a dakuten belongs to its kana", "か\xe3\x82\x99", "か\xe3\x82\x99", 6, 2},
    {"an accent alone is shown on a circle", "\xcc\x81", "◌\xcc\x81", 2, 1},
    {"an escape never reaches the terminal", "\033[2J", "\xef\xbf\xbd", 1, 1},
    {"a C1 control neither",
     "\xc2\x9b"
     "2J",
     "\xef\xbf\xbd", 2, 1},
    {"a tab is a blank", "\tx", " ", 1, 1},
    {"what joins emoji is left out", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9",
     "\xf0\x9f\x91\xa9", 7, 2},
    {"bidi controls take no place",
     "\xe2\x80\xae"
     "ab",
     "a", 4, 1},
};

static void one_glyph(void **state)
{
    const struct glyph_row *r = *state;
    struct glyph g;

    assert_int_equal(glyph_next(r->text, &g), r->bytes);
    assert_string_equal(g.text, r->drawn);
    assert_int_equal(g.width, r->width);
}

/* Marks without end neither overflow a cell nor hang. */
static void many_marks(void **state)
{
    char text[1024] = "e";
    struct glyph g;

    (void)state;
    for (int i = 0; i < 500; i++)
        memcpy(text + 1 + i * 2, "\xcc\x81", 3);
    assert_int_equal(glyph_next(text, &g), 1001);
    assert_true(strlen(g.text) < GLYPH_BYTES && iv_utf8_valid(g.text, strlen(g.text)));
}

/* -- lines -- */

static const struct wrap_row {
    const char *name, *text, *lines; /* lines joined by | */
    int width;
} wrap_rows[] = {
    {"words stay whole", "one two three", "one two|three", 8},
    {"a long word is cut", "abcdefghij", "abcd|efgh|ij", 4},
    {"blanks at a line's end are dropped", "abcd   efgh", "abcd|efgh", 4},
    {"a newline ends a line", "a\nb", "a|b", 10},
    {"an empty line stays", "a\n\nb", "a||b", 10},
    {"Korean breaks at blanks", "일정을 조율했습니다", "일정을|조율했습니다", 12},
    {"Japanese breaks anywhere", "今後三年ほどで", "今後|三年|ほど|で", 4},
    {"no line begins with a full stop", "今後三年。次", "今後|三|年。|次", 4},
    {"no line ends with an opening bracket", "今後「三年", "今後|「三|年", 5},
    {"a wide character never hangs over the edge", "가나다", "가|나|다", 3},
    {"narrower than one character", "가나", "가|나", 1},
};

static void one_wrap(void **state)
{
    const struct wrap_row *r = *state;
    struct iv_buf got = IV_BUF_INIT(4096);
    size_t next, len;

    for (const char *p = r->text; *p; p += next) {
        len = glyph_wrap(p, r->width, &next);
        assert_true(next > 0);
        if (p != r->text)
            iv_buf_addc(&got, '|');
        iv_buf_add(&got, p, len);
        if (r->width > 1)
            assert_true(glyph_width(p, len) <= r->width);
    }
    assert_string_equal(iv_buf_str(&got), r->lines);
    iv_buf_release(&got);
}

/* -- canvas -- */

static void row_is(const struct canvas *c, int y, const char *wanted)
{
    struct iv_buf row = IV_BUF_INIT(1u << 16);

    canvas_row(c, y, &row);
    assert_string_equal(iv_buf_str(&row), wanted);
    iv_buf_release(&row);
}

static void half_a_character(void **state)
{
    struct canvas c = {0};

    (void)state;
    assert_int_equal(canvas_resize(&c, 6, 2, NULL), IV_OK);
    canvas_put(&c, 0, 0, 6, "가나다", STYLE_TEXT);
    canvas_put(&c, 1, 0, 1, "x", STYLE_TEXT); /* over a right half */
    row_is(&c, 0, " x나다");
    canvas_put(&c, 2, 0, 1, "y", STYLE_TEXT); /* over a left half */
    row_is(&c, 0, " xy 다");
    assert_int_equal(canvas_put(&c, 5, 1, 6, "가", STYLE_TEXT), 0); /* no room for both halves */
    assert_int_equal(canvas_put(&c, -1, 0, 6, "a", STYLE_TEXT), 0);
    assert_int_equal(canvas_put(&c, 0, 7, 6, "a", STYLE_TEXT), 0);
    assert_int_equal(canvas_put_cut(&c, 0, 1, 5, "가나다", STYLE_TEXT), 5);
    row_is(&c, 1, "가나…");
    canvas_release(&c);
}

static void report_lines(void **state)
{
    struct canvas c = {0};

    (void)state;
    assert_int_equal(canvas_resize(&c, 20, 3, NULL), IV_OK);
    ansi_draw(&c, (struct box){0, 0, 20, 3},
              "\033[1mtitle\033[0m\nplain \033[33mlow\033[0m\n\033[9;9Hlast", 0);
    row_is(&c, 0, "title");
    row_is(&c, 1, "plain low");
    row_is(&c, 2, "last");
    assert_int_equal(c.cells[0].style, STYLE_STRONG);
    assert_int_equal(c.cells[20 + 6].style, STYLE_BAD);
    assert_int_equal(ansi_lines("a\nb\nc"), 3);
    canvas_release(&c);
}

/* -- field -- */

static void press(struct field *f, enum press_kind kind, uint32_t cp)
{
    struct press p = {kind, cp};

    field_press(f, &p);
}

static void type(struct field *f, const char *text)
{
    uint32_t cp;

    while ((cp = iv_utf8_next(&text)))
        press(f, cp == '\n' ? PRESS_NEWLINE : PRESS_TEXT, cp);
}

static void edits(void **state)
{
    struct field f;

    (void)state;
    field_init(&f, 64);
    type(&f, "one two");
    press(&f, PRESS_CTRL, 'W');
    type(&f, "2");
    press(&f, PRESS_HOME, 0);
    press(&f, PRESS_DELETE, 0);
    type(&f, "O");
    assert_string_equal(iv_buf_str(&f.text), "One 2");
    press(&f, PRESS_RIGHT, 0);
    press(&f, PRESS_CTRL, 'K');
    assert_string_equal(iv_buf_str(&f.text), "On");
    press(&f, PRESS_CTRL, 'U');
    assert_true(field_is_empty(&f));
    press(&f, PRESS_BACKSPACE, 0);
    press(&f, PRESS_LEFT, 0);
    press(&f, PRESS_DELETE, 0);
    assert_true(field_is_empty(&f));
    field_release(&f);
}

static void composes(void **state)
{
    struct field f;

    (void)state;
    field_init(&f, 64);
    type(&f, "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"); /* three jamo */
    assert_string_equal(iv_buf_str(&f.text), "각");
    press(&f, PRESS_BACKSPACE, 0);
    assert_true(field_is_empty(&f));
    type(&f, "が"); /* in its decomposed form: */
    press(&f, PRESS_BACKSPACE, 0);
    type(&f, "か\xe3\x82\x99");
    assert_string_equal(iv_buf_str(&f.text), "が");
    field_release(&f);
}

static void has_a_ceiling(void **state)
{
    struct field f;

    (void)state;
    field_init(&f, 16);
    for (int i = 0; i < 100; i++)
        type(&f, "가");
    assert_true(f.text.len < 16 && f.text.len % 3 == 0);
    assert_true(iv_utf8_valid(iv_buf_str(&f.text), f.text.len));
    press(&f, PRESS_TEXT, 0xd800); /* half a pair is no character */
    press(&f, PRESS_BACKSPACE, 0);
    type(&f, "x");
    assert_int_equal(f.text.data[f.text.len - 1], 'x');
    field_release(&f);
}

static const struct cursor_row {
    const char *name, *text;
    int left; /* how often to the left */
    int w, h, x, y; /* box, and where the cursor is in it */
} cursor_rows[] = {
    {"empty", "", 0, 10, 1, 0, 0},
    {"behind wide characters", "가나", 0, 10, 1, 4, 0},
    {"one to the left is one glyph", "가나", 1, 10, 1, 2, 0},
    {"on the next line when the first is full", "one two three", 0, 9, 3, 5, 1},
    {"behind a newline", "ab\n", 0, 10, 2, 0, 1},
    {"behind an accent", "e\xcc\x81", 0, 10, 1, 1, 0},
    {"the last line when there are more than fit", "a\nb\nc\nd", 0, 10, 2, 1, 1},
    {"the first line again after going back", "a\nb\nc\nd", 7, 10, 2, 0, 0},
};

static void one_cursor(void **state)
{
    const struct cursor_row *r = *state;
    struct canvas c = {0};
    struct field f;

    field_init(&f, 4096);
    type(&f, r->text);
    assert_int_equal(canvas_resize(&c, 40, 10, NULL), IV_OK);
    field_draw(&f, &c, (struct box){3, 4, r->w, r->h}, STYLE_TEXT);
    for (int i = 0; i < r->left; i++)
        press(&f, PRESS_LEFT, 0);
    field_draw(&f, &c, (struct box){3, 4, r->w, r->h}, STYLE_TEXT);
    assert_int_equal(c.cursor_x, 3 + r->x);
    assert_int_equal(c.cursor_y, 4 + r->y);
    field_release(&f);
    canvas_release(&c);
}

static void secrets_are_dots(void **state)
{
    struct canvas c = {0};
    struct field f;

    (void)state;
    field_init(&f, 4096);
    f.secret = true;
    type(&f, "sk-가");
    assert_int_equal(canvas_resize(&c, 20, 1, NULL), IV_OK);
    field_draw(&f, &c, (struct box){0, 0, 20, 1}, STYLE_TEXT);
    row_is(&c, 0, "••••");
    assert_int_equal(c.cursor_x, 4);
    field_release(&f);
    canvas_release(&c);
}

/* -- the interview -- */

struct held {
    struct interview s;
    struct interview_facts f;
    struct canvas c;
};

static void say(struct held *h, const struct iv_msg *m)
{
    model_message(&h->s.m, m, 1000000);
}

static int hold(void **state)
{
    struct held *h = calloc(1, sizeof *h);
    struct iv_turn turns[] = {{.speaker = IV_INTERVIEWER, .text = (char *)"어떤 일을 하셨나요?"},
                              {.number = 1,
                               .speaker = IV_CANDIDATE,
                               .text = (char *)"팀의 일정을 조율했습니다.",
                               .start_ms = 9000}};

    if (!h)
        return -1;
    model_init(&h->s.m);
    field_init(&h->s.field, 4096);
    h->f = (struct interview_facts){
        .title = "behavioral · easy · 한국어", .remaining_ms = 61000, .level = -1};
    model_turns(&h->s.m, turns, IV_LEN(turns), NULL);
    model_asked(&h->s.m, "어떤 일을 하셨나요?");
    say(h, &(struct iv_msg){.type = IV_MSG_turn,
                            .turn = {.state = "listening", .question = 2, .questions = 5}});
    *state = h;
    return 0;
}

static int let_go(void **state)
{
    struct held *h = *state;

    field_release(&h->s.field);
    transcript_release(&h->s.transcript);
    model_release(&h->s.m);
    canvas_release(&h->c);
    free(h);
    return 0;
}

static void draw_at(struct held *h, int w, int height)
{
    assert_int_equal(canvas_resize(&h->c, w, height, NULL), IV_OK);
    interview_draw(&h->s, &h->f, &h->c, (struct box){0, 1, w, height - 2});
}

static bool shows(const struct canvas *c, const char *wanted)
{
    struct iv_buf text = IV_BUF_INIT(1u << 22);
    bool found;

    for (int y = 0; y < c->h; y++) {
        canvas_row(c, y, &text);
        iv_buf_addc(&text, '\n');
    }
    found = strstr(iv_buf_str(&text), wanted) != NULL;
    iv_buf_release(&text);
    return found;
}

static void both_sides(void **state)
{
    struct held *h = *state;

    draw_at(h, 80, 16);
    row_is(&h->c, 0,
           " behavioral · easy · 한국어                             question 2 of 5   01:01");
    row_is(&h->c, 1, "  어떤 일을 하셨나요?");
    row_is(&h->c, 3, " Interviewer  어떤 일을 하셨나요?");
    row_is(&h->c, 5, " You          팀의 일정을 조율했습니다.");
    row_is(&h->c, 13, " ● Listening");
    assert_int_equal(h->c.cursor_x, 3);
    assert_int_equal(h->c.cursor_y, 14);
}

static void captions(void **state)
{
    struct held *h = *state;

    say(h,
        &(struct iv_msg){.type = IV_MSG_stt_interim, .stt_interim = {.transcript = "저는 아마"}});
    draw_at(h, 80, 20);
    row_is(&h->c, 7, " You          저는 아마");
    assert_int_equal(h->c.cells[7 * 80 + 14].style, STYLE_INTERIM);
    say(h, &(struct iv_msg){.type = IV_MSG_stt_final, .stt_final = {.transcript = "저는 아마"}});
    say(h, &(struct iv_msg){.type = IV_MSG_llm_start});
    say(h, &(struct iv_msg){.type = IV_MSG_llm_response, .llm_response = {.text = "네. "}});
    say(h, &(struct iv_msg){.type = IV_MSG_turn,
                            .turn = {.state = "speaking", .question = 2, .questions = 5}});
    draw_at(h, 80, 20);
    assert_true(shows(&h->c, "Speaking") && shows(&h->c, " Interviewer  네."));
    assert_false(shows(&h->c, "아마"));
    say(h, &(struct iv_msg){.type = IV_MSG_turn,
                            .turn = {.state = "listening", .question = 2, .questions = 5}});
    assert_true(h->s.m.is_stale); /* what was really said is in the store */
    draw_at(h, 80, 20);
    assert_false(shows(&h->c, "네."));
}

/* A voice over the interviewer's: what is being said stays, for it may go on. */
static void hushed(void **state)
{
    struct held *h = *state;

    say(h, &(struct iv_msg){.type = IV_MSG_llm_start});
    say(h, &(struct iv_msg){.type = IV_MSG_llm_response, .llm_response = {.text = "네. "}});
    h->s.m.is_stale = false;
    say(h, &(struct iv_msg){.type = IV_MSG_turn,
                            .turn = {.state = "listening", .has_hushed = true, .hushed = true}});
    assert_false(h->s.m.is_stale);
    draw_at(h, 80, 20);
    assert_true(shows(&h->c, "● Listening") && shows(&h->c, " Interviewer  네."));
    say(h, &(struct iv_msg){.type = IV_MSG_turn, .turn = {.state = "speaking"}});
    draw_at(h, 80, 20);
    assert_true(shows(&h->c, "Speaking") && shows(&h->c, " Interviewer  네."));
}

static void a_pause_is_waited_for(void **state)
{
    struct held *h = *state;

    h->s.m.waits = true;
    draw_at(h, 80, 16);
    row_is(&h->c, 13, " ● Listening, take your time");
    h->s.m.phase = IV_PHASE_THINKING;
    draw_at(h, 80, 16);
    assert_false(shows(&h->c, "take your time"));
}

static void times(void **state)
{
    struct held *h = *state;

    model_answering(&h->s.m, 1000000);
    model_stamp(&h->s.m, STAMP_WORDS, 1012000);
    model_stamp(&h->s.m, STAMP_SOUND, 1095000);
    model_stamp(&h->s.m, STAMP_SOUND, 1999000); /* the first one counts */
    h->s.panel = PANEL_TIMES;
    draw_at(h, 120, 30);
    assert_true(shows(&h->c, "answer to reply: 95.0 ms"));
    assert_true(shows(&h->c, "12.0 ms") && shows(&h->c, "83.0 ms"));
    for (int i = 0; i < 20; i++)
        model_answering(&h->s.m, 2000000 + i);
    assert_int_equal(h->s.m.n_times, MODEL_TIMES);
}

static void reading_back(void **state)
{
    struct held *h = *state;
    struct iv_turn turns[60];
    char texts[60][16];
    struct press up = {PRESS_PAGE_UP, 0}, down = {PRESS_PAGE_DOWN, 0};

    for (int i = 0; i < 60; i++) {
        snprintf(texts[i], sizeof texts[i], "turn-%02d.", i);
        turns[i] = (struct iv_turn){
            .number = i, .speaker = i % 2 ? IV_CANDIDATE : IV_INTERVIEWER, .text = texts[i]};
    }
    model_turns(&h->s.m, turns, 60, NULL);
    draw_at(h, 60, 12);
    assert_true(shows(&h->c, "turn-59."));
    for (int i = 0; i < 100; i++)
        transcript_press(&h->s.transcript, &up);
    draw_at(h, 60, 12);
    assert_true(shows(&h->c, "turn-00.") && !shows(&h->c, "turn-59."));
    assert_true(shows(&h->c, "back to the end"));
    transcript_press(&h->s.transcript, &down);
    draw_at(h, 60, 12);
    assert_false(shows(&h->c, "turn-00."));
    /* what is said meanwhile does not move the page that is read */
    assert_true(shows(&h->c, "turn-04."));
    say(h, &(struct iv_msg){.type = IV_MSG_llm_response, .llm_response = {.text = "and one more"}});
    draw_at(h, 60, 12);
    assert_true(shows(&h->c, "turn-04.") && !shows(&h->c, "one more"));
    transcript_end(&h->s.transcript);
    draw_at(h, 60, 12);
    assert_true(shows(&h->c, "one more"));
}

/* Nothing is drawn outside, at no size, with each panel and much text; the cursor stays on the canvas. */
static void every_size(void **state)
{
    struct held *h = *state;
    struct iv_point points[] = {{.say = (char *)"말한 것의 결과를 숫자로 말한다"},
                                {.say = (char *)"own part"}};
    struct iv_question q = {.seconds = 90, .points = points, .n_points = 2};

    h->f.question = &q;
    h->f.notice = "아주 긴 알림입니다: something went wrong and this is a long text about it";
    h->f.level = 0.5;
    type(&h->s.field,
         "긴 대답을 여러 줄에 걸쳐 씁니다. A long answer over several lines.\n그리고 한 줄 더");
    for (int w = 1; w <= 130; w += w < 50 ? 1 : 13)
        for (int height = 1; height <= 60; height += height < 15 ? 1 : 9)
            for (enum panel p = PANEL_NONE; p <= PANEL_TIMES; p++) {
                h->s.panel = p;
                draw_at(h, w, height);
                assert_true(h->c.cursor_x < w && h->c.cursor_y < height);
            }
    draw_at(h, 400, 120);
    assert_true(h->c.cursor_x > 0);
}

/* -- plots -- */

static void no_figures(void **state)
{
    iv_json *report = iv_json_object();
    struct canvas c = {0};
    struct list l = {0};

    (void)state;
    assert_int_equal(canvas_resize(&c, 60, 20, NULL), IV_OK);
    plots_delivery(report, &l, &c, (struct box){0, 0, 60, 20});
    assert_true(shows(&c, "Nothing was spoken aloud"));
    plots_delivery(NULL, &l, &c, (struct box){0, 0, 8, 3});
    iv_json_free(report);
    canvas_release(&c);
}

static void who_spoke_when(void **state)
{
    static const char text[] =
        "{\"transcript\":[{\"speaker\":\"interviewer\",\"start_ms\":0,\"end_ms\":30000},"
        "{\"speaker\":\"candidate\",\"start_ms\":30000,\"end_ms\":60000}],"
        "\"questions\":[{\"units\":50,\"suggested_units\":100}],"
        "\"delivery\":{\"unit\":\"words\",\"measures\":{\"words_per_s\":2.5,\"pause_longest_ms\":"
        "null},"
        "\"baseline\":{\"measures\":[{\"name\":\"words_per_s\",\"mean\":2,\"sd\":0.5}]}}}";
    struct canvas c = {0};
    struct list l = {0};
    iv_json *report = NULL;

    (void)state;
    assert_int_equal(iv_json_parse(text, strlen(text), sizeof text, &report, NULL), IV_OK);
    assert_int_equal(canvas_resize(&c, 57, 20, NULL), IV_OK);
    plots_delivery(report, &l, &c, (struct box){0, 0, 57, 20});
    row_is(&c, 1, " Interviewer    ████████████████████");
    row_is(&c, 2, " You                                ████████████████████");
    assert_true(shows(&c, "50 / 100") && shows(&c, "words a second") && shows(&c, "◆") &&
                shows(&c, "▒"));
    assert_false(shows(&c, "longest pause"));
    iv_json_free(report);
    canvas_release(&c);
}

#define ROWS(list, function)                                                                       \
    for (size_t i = 0; i < IV_LEN(list); i++)                                                      \
        t[n++] = (struct CMUnitTest)                                                               \
        {                                                                                          \
            .name = list[i].name, .test_func = function, .initial_state = (void *)&list[i]         \
        }

int main(void)
{
    static const struct CMUnitTest others[] = {
        {"marks without end", many_marks, NULL, NULL, NULL},
        {"drawing over half a character", half_a_character, NULL, NULL, NULL},
        {"the report's sequences are styles", report_lines, NULL, NULL, NULL},
        {"a field is edited", edits, NULL, NULL, NULL},
        {"a field composes", composes, NULL, NULL, NULL},
        {"a field has a ceiling", has_a_ceiling, NULL, NULL, NULL},
        {"secrets are dots", secrets_are_dots, NULL, NULL, NULL},
        {"both sides are drawn", both_sides, hold, let_go, NULL},
        {"captions come and go", captions, hold, let_go, NULL},
        {"what is hushed stays", hushed, hold, let_go, NULL},
        {"a pause within an answer is waited for", a_pause_is_waited_for, hold, let_go, NULL},
        {"times from answer to reply", times, hold, let_go, NULL},
        {"reading back stays where it is", reading_back, hold, let_go, NULL},
        {"every size is drawn", every_size, hold, let_go, NULL},
        {"a report without figures", no_figures, NULL, NULL, NULL},
        {"who spoke when", who_spoke_when, NULL, NULL, NULL},
    };
    struct CMUnitTest
        t[IV_LEN(glyph_rows) + IV_LEN(wrap_rows) + IV_LEN(cursor_rows) + IV_LEN(others)];
    size_t n = 0;

    ROWS(glyph_rows, one_glyph);
    ROWS(wrap_rows, one_wrap);
    ROWS(cursor_rows, one_cursor);
    for (size_t i = 0; i < IV_LEN(others); i++)
        t[n++] = others[i];
    return cmocka_run_group_tests_name("screen", t, NULL, NULL);
}
