#include "transcript_pdf.h"

#include <assert.h>
#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "own.h"

/* In points: A4, with two centimetres around. */
static const double page_width = 595.28, page_height = 841.89, margin = 56.69;
static const double paragraph_gap = 3;

#define TITLE_FONT "Sans Bold 11"
#define FONT       "Sans 10"

enum { INDENT = 16 }; /* of what follows the first line of a paragraph; points */

struct press {
    msgpack_sbuffer *out;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *fonts;
    PangoContext *context;
    PangoLayout *layout;
    double y;
    int page;
};

/* ---- the surface ---- */

static cairo_status_t take_bytes(void *arguments, const unsigned char *bytes, unsigned size)
{
    msgpack_sbuffer *out = arguments;

    if (out->size + size > PDF_SIZE_MAX)
        return CAIRO_STATUS_WRITE_ERROR;
    msgpack_sbuffer_write(out, (const char *)bytes, size);
    return CAIRO_STATUS_SUCCESS;
}

static void press_open(struct press *self, msgpack_sbuffer *out)
{
    *self = (struct press){.out = out, .y = margin, .page = 1};
    self->surface = cairo_pdf_surface_create_for_stream(take_bytes, out, page_width, page_height);
    self->cairo = cairo_create(self->surface);
    self->fonts = pango_cairo_font_map_new();
    self->context = pango_font_map_create_context(self->fonts);
    pango_cairo_update_context(self->cairo, self->context);
    self->layout = pango_layout_new(self->context);
    pango_layout_set_width(self->layout, (int)((page_width - 2 * margin) * PANGO_SCALE));
    pango_layout_set_wrap(self->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_indent(self->layout, -INDENT * PANGO_SCALE);
}

static void press_close(struct press *self)
{
    g_object_unref(self->layout);
    g_object_unref(self->context);
    g_object_unref(self->fonts);
    cairo_destroy(self->cairo);
    cairo_surface_destroy(self->surface);
}

/* ---- lines ---- */

static void set_font(struct press *self, const char *name)
{
    PangoFontDescription *font = pango_font_description_from_string(name);

    pango_layout_set_font_description(self->layout, font);
    pango_font_description_free(font);
}

/* Pango draws a character that no font has as a picture of its number, which
 * is no text any more. The font's own box stays one. */
static void replace_unknown(const PangoGlyphString *glyphs)
{
    for (int i = 0; i < glyphs->num_glyphs; i++)
        if (glyphs->glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG)
            glyphs->glyphs[i].glyph = 0;
}

static void next_page_if_full(struct press *self, double height)
{
    if (self->y + height <= page_height - margin)
        return;
    cairo_show_page(self->cairo);
    self->y = margin;
    self->page++;
}

static void draw_line(struct press *self, PangoLayoutIter *place)
{
    PangoLayoutLine *line = pango_layout_iter_get_line(place);
    PangoRectangle box;

    pango_layout_iter_get_line_extents(place, NULL, &box);
    for (GSList *run = line->runs; run; run = run->next)
        replace_unknown(((PangoGlyphItem *)run->data)->glyphs);
    double height = pango_units_to_double(box.height);
    int baseline = pango_layout_iter_get_baseline(place) - box.y;
    next_page_if_full(self, height);
    cairo_move_to(self->cairo, margin + pango_units_to_double(box.x),
                  self->y + pango_units_to_double(baseline));
    pango_cairo_show_layout_line(self->cairo, line);
    self->y += height;
}

/* cairo takes none of Unicode's noncharacters, and then makes no PDF at all. */
static bool is_noncharacter(gunichar point)
{
    return (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe;
}

static void set_text(struct press *self, const char *text, size_t size)
{
    enum { REPLACEMENT = 0xfffd };
    GString *taken = g_string_sized_new(size);

    for (const char *at = text; at < text + size; at = g_utf8_next_char(at)) {
        gunichar point = g_utf8_get_char(at);
        g_string_append_unichar(taken, is_noncharacter(point) ? REPLACEMENT : point);
    }
    pango_layout_set_text(self->layout, taken->str, (int)taken->len);
    g_string_free(taken, TRUE);
}

static void draw_paragraph(struct press *self, const char *text, size_t size)
{
    set_text(self, text, size);
    PangoLayoutIter *place = pango_layout_get_iter(self->layout);
    do
        draw_line(self, place);
    while (pango_layout_iter_next_line(place) && self->page <= PDF_PAGES_MAX);
    pango_layout_iter_free(place);
    self->y += paragraph_gap;
}

/* ---- the whole ---- */

static enum pdf_outcome draw_text(struct press *self, const char *text, int64_t deadline,
                                  char why[WHY_MAX])
{
    set_font(self, TITLE_FONT);
    while (*text) {
        size_t size = strcspn(text, "\n");
        draw_paragraph(self, text, size);
        set_font(self, FONT);
        text += size + (text[size] == '\n');
        if (self->page > PDF_PAGES_MAX) {
            (void)refuse(why, "too many pages");
            return PDF_IS_TOO_LARGE;
        }
        if (clock_monotonic_ms() >= deadline) {
            (void)refuse(why, "it takes too long");
            return PDF_IS_NOT_MADE;
        }
    }
    return PDF_IS_MADE;
}

static enum pdf_outcome finish(struct press *self, char why[WHY_MAX])
{
    cairo_surface_finish(self->surface);
    cairo_status_t status = cairo_status(self->cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(self->surface);
    if (status == CAIRO_STATUS_SUCCESS)
        return PDF_IS_MADE;
    (void)refuse(why, "%s", cairo_status_to_string(status));
    return status == CAIRO_STATUS_WRITE_ERROR ? PDF_IS_TOO_LARGE : PDF_IS_NOT_MADE;
}

/* Without any font Pango ends the process. */
static bool has_fonts(void)
{
    const FcFontSet *fonts = FcInit() ? FcConfigGetFonts(NULL, FcSetSystem) : NULL;

    return fonts && fonts->nfont > 0;
}

enum pdf_outcome pdf_make(const char *text, int64_t deadline, msgpack_sbuffer *out,
                          char why[WHY_MAX])
{
    struct press press;

    assert(strlen(text) <= PDF_TEXT_MAX);
    if (!has_fonts()) {
        (void)refuse(why, "there are no fonts");
        return PDF_IS_NOT_MADE;
    }
    press_open(&press, out);
    enum pdf_outcome drawn = draw_text(&press, text, deadline, why);
    enum pdf_outcome finished = finish(&press, why);
    press_close(&press);
    return drawn == PDF_IS_MADE ? finished : drawn;
}

/* ---- as a piece of work ---- */

struct pdf *pdf_new(const msgpack_sbuffer *text, int64_t deadline)
{
    struct pdf *self = own_zero(sizeof(*self));

    self->deadline = deadline;
    msgpack_sbuffer_init(&self->text);
    msgpack_sbuffer_init(&self->bytes);
    msgpack_sbuffer_write(&self->text, text->data, text->size);
    msgpack_sbuffer_write(&self->text, "", 1);
    return self;
}

void pdf_destroy(void *self)
{
    struct pdf *pdf = self;

    msgpack_sbuffer_destroy(&pdf->text);
    msgpack_sbuffer_destroy(&pdf->bytes);
    free(pdf);
}

void pdf_do(void *self)
{
    struct pdf *pdf = self;

    pdf->outcome = pdf_make(pdf->text.data, pdf->deadline, &pdf->bytes, pdf->why);
}
