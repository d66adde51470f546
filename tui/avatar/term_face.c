/* term_face.c - Chafa behind term_face.h. */
#include "avatar/term_face.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv_build.h"

#if IV_HAVE_CHAFA
#include "avatar/chafa_lib.h"
#include "avatar/due.h"

#define BYTES_MAX (8u << 20) /* a picture as text */
#define FRAME_MS 100 /* a terminal is no screen for films: ten pictures a second */
#define CELL_W 8
#define CELL_H 16

struct term_face {
    struct due due;
    ChafaPixelMode pixels;
    ChafaCanvasMode colours;
    uint8_t *rgb; /* the present picture; NULL: none yet */
    int width, height;
    uint64_t shown_ms; /* when it came */
    struct iv_buf bytes; /* of the present picture in that place */
    struct term_place place;
    bool is_drawn;
};

enum iv_code term_face_check(struct iv_error *err)
{
    return iv_lazy_load(&iv_chafa, err);
}

/* -- what the terminal can -- */

static bool says(const char *variable, const char *word)
{
    const char *value = getenv(variable);

    return value && strstr(value, word);
}

static ChafaPixelMode detect(void)
{
    extern char **environ;
    ChafaTermInfo *info = chafa_term_db_detect(chafa_term_db_get_default(), environ);
    ChafaPixelMode mode = CHAFA_PIXEL_MODE_SYMBOLS;

    if (!info)
        return mode;
    if (chafa_term_info_have_seq(info, CHAFA_TERM_SEQ_BEGIN_KITTY_IMMEDIATE_IMAGE_V1))
        mode = CHAFA_PIXEL_MODE_KITTY;
    else if (chafa_term_info_have_seq(info, CHAFA_TERM_SEQ_BEGIN_SIXELS))
        mode = CHAFA_PIXEL_MODE_SIXELS;
    chafa_term_info_unref(info);
    return mode;
}

static ChafaPixelMode pixels_of(const char *how, bool colour)
{
    if (!colour || !strcmp(how, "blocks"))
        return CHAFA_PIXEL_MODE_SYMBOLS;
    if (!strcmp(how, "kitty"))
        return CHAFA_PIXEL_MODE_KITTY;
    return strcmp(how, "sixel") ? detect() : CHAFA_PIXEL_MODE_SIXELS;
}

static ChafaCanvasMode colours_of(ChafaPixelMode pixels, bool colour)
{
    if (!colour)
        return CHAFA_CANVAS_MODE_FGBG;
    if (pixels != CHAFA_PIXEL_MODE_SYMBOLS || says("COLORTERM", "truecolor") ||
        says("COLORTERM", "24bit"))
        return CHAFA_CANVAS_MODE_TRUECOLOR;
    return says("TERM", "256color") ? CHAFA_CANVAS_MODE_INDEXED_240 : CHAFA_CANVAS_MODE_INDEXED_8;
}

enum iv_code term_face_open(const char *how, bool colour, struct term_face **out,
                            struct iv_error *err)
{
    enum iv_code rc = term_face_check(err);
    struct term_face *f;

    *out = NULL;
    if (rc)
        return rc;
    f = iv_alloc(sizeof *f);
    if (!f)
        return iv_fail(err, IV_E_NOMEM, "face: out of memory");
    *f = (struct term_face){.bytes = IV_BUF_INIT(BYTES_MAX), .pixels = pixels_of(how, colour)};
    f->colours = colours_of(f->pixels, colour);
    *out = f;
    return IV_OK;
}

/* -- pictures -- */

static uint8_t clip(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Half as wide and high, where each pixel has a colour of its own: full-range BT.601. */
static void to_rgb(const struct iv_picture *p, uint8_t *rgb)
{
    for (int y = 0; y < p->height / 2; y++) {
        const uint8_t *top = p->y + (ptrdiff_t)2 * y * p->stride_y, *low = top + p->stride_y;
        const uint8_t *us = p->u + (ptrdiff_t)y * p->stride_uv;
        const uint8_t *vs = p->v + (ptrdiff_t)y * p->stride_uv;

        for (int x = 0; x < p->width / 2; x++, rgb += 3) {
            int l = (top[2 * x] + top[2 * x + 1] + low[2 * x] + low[2 * x + 1] + 2) / 4;
            int u = us[x] - 128, v = vs[x] - 128;

            rgb[0] = clip(l + (91881 * v >> 16));
            rgb[1] = clip(l - ((22554 * u + 46802 * v) >> 16));
            rgb[2] = clip(l + (116130 * u >> 16));
        }
    }
}

static bool load(struct term_face *f, const struct iv_picture *p)
{
    int width = p->width / 2, height = p->height / 2;

    if (!f->rgb || f->width != width || f->height != height) {
        free(f->rgb);
        f->rgb = iv_alloc((size_t)width * (size_t)height * 3);
        f->width = width;
        f->height = height;
    }
    if (f->rgb)
        to_rgb(p, f->rgb);
    f->is_drawn = false;
    return f->rgb;
}

void term_face_show_at(struct term_face *f, const struct iv_picture *p, uint64_t at_ms)
{
    due_put(&f->due, p, at_ms);
}

/* Pictures in between are left out, so that a slow line is not filled with them. */
bool term_face_pump(struct term_face *f, uint64_t now_ms, int *wait_ms)
{
    const struct due_picture *due;
    bool rests = f->rgb && now_ms - f->shown_ms < FRAME_MS;

    *wait_ms = rests ? (int)(f->shown_ms + FRAME_MS - now_ms) : due_wait_ms(&f->due, now_ms);
    due = rests ? NULL : due_take(&f->due, now_ms);
    if (!due)
        return false;
    f->shown_ms = now_ms;
    return load(f, &due->picture);
}

/* -- bytes -- */

static ChafaCanvas *new_canvas(const struct term_face *f, const struct term_place *place)
{
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    ChafaSymbolMap *symbols = chafa_symbol_map_new();
    ChafaCanvas *canvas;

    /* Without colours the shapes alone make the picture: more of them. */
    chafa_symbol_map_add_by_tags(symbols, CHAFA_SYMBOL_TAG_SPACE);
    chafa_symbol_map_add_by_tags(symbols, f->colours == CHAFA_CANVAS_MODE_FGBG
                                              ? CHAFA_SYMBOL_TAG_BLOCK
                                              : CHAFA_SYMBOL_TAG_HALF);
    chafa_canvas_config_set_symbol_map(config, symbols);
    chafa_canvas_config_set_geometry(config, place->w, place->h);
    chafa_canvas_config_set_cell_geometry(config, place->cell_w ? place->cell_w : CELL_W,
                                          place->cell_h ? place->cell_h : CELL_H);
    chafa_canvas_config_set_pixel_mode(config, f->pixels);
    chafa_canvas_config_set_canvas_mode(config, f->colours);
    chafa_canvas_config_set_optimizations(config, CHAFA_OPTIMIZATION_REUSE_ATTRIBUTES);
    if (f->colours != CHAFA_CANVAS_MODE_TRUECOLOR)
        chafa_canvas_config_set_dither_mode(config, CHAFA_DITHER_MODE_ORDERED);
    canvas = chafa_canvas_new(config);
    chafa_symbol_map_unref(symbols);
    chafa_canvas_config_unref(config);
    return canvas;
}

/* Each line of text at its own place; a picture is one line. */
static void add_lines(struct iv_buf *out, const char *text, const struct term_place *place)
{
    for (int row = 0; *text && row < place->h; row++) {
        size_t n = strcspn(text, "\n");

        iv_buf_addf(out, "\033[%d;%dH", place->y + row + 1, place->x + 1);
        iv_buf_add(out, text, n);
        text += n + (text[n] == '\n');
    }
}

static void draw(struct term_face *f)
{
    ChafaCanvas *canvas = new_canvas(f, &f->place);
    GString *text;

    chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, f->rgb, f->width, f->height,
                                 f->width * 3);
    text = chafa_canvas_print(canvas, NULL);
    iv_buf_adds(&f->bytes, "\0337");
    iv_buf_adds(&f->bytes, term_face_wipe(f));
    add_lines(&f->bytes, text->str, &f->place);
    iv_buf_adds(&f->bytes, "\033[0m\0338");
    g_string_free(text, true);
    chafa_canvas_unref(canvas);
}

static bool is_same(const struct term_place *a, const struct term_place *b)
{
    return a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h && a->cell_w == b->cell_w &&
           a->cell_h == b->cell_h;
}

const char *term_face_draw(struct term_face *f, const struct term_place *place, size_t *len)
{
    if (!f->is_drawn || !is_same(place, &f->place)) {
        f->place = *place;
        f->bytes.failed = false;
        iv_buf_clear(&f->bytes);
        if (f->rgb && place->w > 0 && place->h > 0)
            draw(f);
        f->is_drawn = true;
    }
    *len = f->bytes.failed ? 0 : f->bytes.len;
    return iv_buf_str(&f->bytes);
}

/* Kitty keeps pictures apart from the text: each new one would lie on those before. */
const char *term_face_wipe(const struct term_face *f)
{
    return f->pixels == CHAFA_PIXEL_MODE_KITTY ? "\033_Ga=d,d=A,q=2\033\\" : "";
}

void term_face_close(struct term_face *f)
{
    if (!f)
        return;
    due_release(&f->due);
    free(f->rgb);
    iv_buf_release(&f->bytes);
    free(f);
}

#else

enum iv_code term_face_check(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "faces in a terminal were left out of this build (package libchafa-dev)");
}

enum iv_code term_face_open(const char *how, bool colour, struct term_face **out,
                            struct iv_error *err)
{
    (void)how;
    (void)colour;
    *out = NULL;
    return term_face_check(err);
}

void term_face_show_at(struct term_face *f, const struct iv_picture *p, uint64_t at_ms)
{
    (void)f;
    (void)p;
    (void)at_ms;
}

bool term_face_pump(struct term_face *f, uint64_t now_ms, int *wait_ms)
{
    (void)f;
    (void)now_ms;
    *wait_ms = -1;
    return false;
}

const char *term_face_draw(struct term_face *f, const struct term_place *place, size_t *len)
{
    (void)f;
    (void)place;
    *len = 0;
    return "";
}

const char *term_face_wipe(const struct term_face *f)
{
    (void)f;
    return "";
}

void term_face_close(struct term_face *f)
{
    (void)f;
}
#endif
