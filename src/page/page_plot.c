/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The picture of octets by time: columns of SVG in units of its own, stretched
 * to the width of the window.  Words stand beside it in HTML, at per cents of
 * its sides, so that they are as large on a phone; there only those of the ends
 * are shown.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "exflow/base/text.h"

#include "page_internal.h"

#define HEIGHT 1000 /* of the picture */
#define COLUMN 10   /* of an interval */
#define TICKS 7     /* of an axis, at most */
/* No word beside that of an end, as a part of the side. */
#define Y_CLEAR 0.08
#define X_CLEAR 0.03

/* How the octets of both sides lie in the picture. */
struct scale {
	uint64_t most[2]; /* of an interval, by side */
	double unit;      /* of one octet */
	double zero;      /* where the line between the sides is */
};

static uint64_t
sum_of(const struct plot *plot, int side, size_t interval)
{
	uint64_t sum = 0;

	for (size_t n = 0; n <= PAGE_COLOURS; n++)
		if (plot->octets[n][side] != NULL)
			sum += plot->octets[n][side][interval];
	return sum;
}

static struct scale
make_scale(const struct plot *plot)
{
	struct scale scale = { .most = { 0, 0 } };

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < plot->intervals; i++)
			scale.most[side] =
			    MAX(scale.most[side], sum_of(plot, side, i));
	scale.unit = (double)HEIGHT /
	             MAX((double)scale.most[0] + (double)scale.most[1], 1);
	scale.zero = (double)scale.most[CLIENT] * scale.unit;
	return scale;
}

/* --- columns */

/* One path for all columns of a colour; base: where the last one ended. */
static void
draw_line(GString *out, const struct plot *plot, size_t n, int side,
    const struct scale *scale, double *base)
{
	g_string_append_printf(out, "<path class=\"c%zu\" d=\"", n);
	for (size_t i = 0; i < plot->intervals; i++) {
		double length = (double)plot->octets[n][side][i] * scale->unit;
		double top = side == CLIENT ? scale->zero - base[i] - length
		                            : scale->zero + base[i];

		base[i] += length;
		if (length > 0)
			g_string_append_printf(out, "M%zu %.1fh%dv%.1fh-%dz",
			    i * COLUMN, top, COLUMN - 1, length, COLUMN - 1);
	}
	g_string_append(out, "\"/>\n");
}

static void
draw_side(
    GString *out, const struct plot *plot, int side, const struct scale *scale)
{
	double base[PAGE_INTERVALS] = { 0 };

	for (size_t n = 0; n <= PAGE_COLOURS; n++)
		if (plot->octets[n][side] != NULL)
			draw_line(out, plot, n, side, scale, base);
}

/* What the pointer finds: the sums of an interval. */
static void
draw_sums(GString *out, const struct plot *plot)
{
	for (size_t i = 0; i < plot->intervals; i++) {
		uint64_t sent = sum_of(plot, CLIENT, i);
		uint64_t received = sum_of(plot, SERVER, i);

		if (sent + received == 0)
			continue;
		g_string_append_printf(out,
		    "<rect class=\"h\" x=\"%zu\" width=\"%d\" "
		    "height=\"%d\"><title>",
		    i * COLUMN, COLUMN, HEIGHT);
		html_time(out, plot->origin + i * plot->step);
		g_string_append(out, ": ");
		html_octets(out, sent);
		g_string_append(out, " sent, ");
		html_octets(out, received);
		g_string_append(out, " received</title></rect>\n");
	}
}

/* --- the axis of octets */

/* The least of 1, 2, 5, 10, 20, … of which TICKS are more than all. */
static uint64_t
octets_step(double all)
{
	static const unsigned factors[] = { 2, 5, 10 };
	uint64_t power = 1;

	if (all <= TICKS)
		return 1;
	for (;; power *= 10)
		for (size_t i = 0; i < 3; i++)
			if (all / (double)(power * factors[i]) <= TICKS)
				return power * factors[i];
}

struct place {
	double at; /* a part of the side */
	uint64_t value;
};

/* Of one side, from the line outwards. */
static size_t
side_ticks(const struct scale *scale, int side, uint64_t step,
    struct place places[TICKS])
{
	size_t count = 0;

	for (uint64_t value = step; value <= scale->most[side] && count < TICKS;
	     value += step) {
		double length = (double)value * scale->unit;

		places[count].value = value;
		places[count++].at = (side == CLIENT ? scale->zero - length
		                                     : scale->zero + length) /
		                     HEIGHT;
	}
	return count;
}

static void
octets_ticks(
    GString *words, GString *lines, const struct scale *scale, size_t width)
{
	uint64_t step = octets_step(
	    (double)scale->most[CLIENT] + (double)scale->most[SERVER]);
	struct place places[TICKS];

	for (int side = 0; side < 2; side++) {
		size_t count = side_ticks(scale, side, step, places);

		for (size_t i = 0; i < count; i++) {
			double at = places[i].at;

			g_string_append_printf(
			    lines, "M0 %.1fH%zu", at * HEIGHT, width);
			if (at < Y_CLEAR || at > 1 - Y_CLEAR)
				continue;
			g_string_append_printf(
			    words, "<i style=\"top:%.1f%%\">", at * 100);
			html_octets(words, places[i].value);
			g_string_append(words, "</i>");
		}
	}
}

/* --- the axis of time */

/* As short as the step allows. */
static void
append_tick_time(GString *out, uint64_t ns, uint64_t step)
{
	char text[TEXT_TIME_SIZE];
	const uint64_t second = (uint64_t)NS_PER_SECOND;

	text_time(text, (timestamp){ ns }, step < second ? 3 : 0);
	if (step >= 86400 * second) /* 2026-11-22 */
		g_string_append_len(out, text, 10);
	else /* 22:34, 22:34:56, 22:34:56.789 */
		g_string_append_len(out, text + 11,
		    step >= 60 * second ? 5
		    : step >= second    ? 8
		                        : 12);
}

/* The least round step of which fewer than TICKS fit. */
static uint64_t
time_step(uint64_t span)
{
	static const uint16_t ms[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500 };
	static const uint32_t seconds[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300,
		600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400 };
	uint64_t day = UINT64_C(86400) * (uint64_t)NS_PER_SECOND, step;

	for (size_t i = 0; i < G_N_ELEMENTS(ms); i++)
		if (span / (ms[i] * (uint64_t)NS_PER_MS) < TICKS)
			return ms[i] * (uint64_t)NS_PER_MS;
	for (size_t i = 0; i < G_N_ELEMENTS(seconds); i++)
		if (span / (seconds[i] * (uint64_t)NS_PER_SECOND) < TICKS)
			return seconds[i] * (uint64_t)NS_PER_SECOND;
	for (step = 2 * day; span / step >= TICKS;)
		step *= 2;
	return step;
}

static void
time_ticks(GString *words, GString *lines, const struct plot *plot)
{
	/* Times of strangers may span all that there is. */
	uint64_t span =
	    MIN(plot->intervals, UINT64_MAX / 2 / plot->step) * plot->step;
	uint64_t step = time_step(span);

	for (uint64_t at = step - plot->origin % step; at < span; at += step) {
		double part = (double)at / (double)span;

		g_string_append_printf(lines, "M%.1f 0V%d",
		    part * (double)(plot->intervals * COLUMN), HEIGHT);
		if (part < X_CLEAR || part > 1 - X_CLEAR)
			continue;
		g_string_append_printf(
		    words, "<i style=\"left:%.1f%%\">", part * 100);
		append_tick_time(words, plot->origin + at, step);
		g_string_append(words, "</i>");
	}
}

/* --- all of it */

static void
write_y(GString *out, const struct scale *scale, const GString *ticks)
{
	g_string_append(out, "<div class=\"y\"><span>");
	html_octets(out, scale->most[CLIENT]);
	g_string_append(out, " sent</span>");
	g_string_append_len(out, ticks->str, (gssize)ticks->len);
	g_string_append(out, "<span>");
	html_octets(out, scale->most[SERVER]);
	g_string_append(out, " received</span></div>\n");
}

static void
write_x(GString *out, const struct plot *plot, const GString *ticks)
{
	g_string_append_printf(out,
	    "<div class=\"ticks\" aria-hidden=\"true\">%s</div>\n"
	    "<div class=\"x\"><span>",
	    ticks->str);
	html_time(out, plot->origin);
	g_string_append(out, "</span><span>");
	html_time(out, plot->origin + plot->intervals * plot->step);
	g_string_append(out, "</span></div>");
}

void
page_plot_draw(const struct plot *plot, GString *out)
{
	size_t width = plot->intervals * COLUMN;
	struct scale scale = make_scale(plot);
	GString *y = g_string_new(NULL), *x = g_string_new(NULL);
	GString *lines = g_string_new(NULL);

	octets_ticks(y, lines, &scale, width);
	time_ticks(x, lines, plot);
	g_string_append(out, "<div class=\"plot\">");
	write_y(out, &scale, y);
	g_string_append_printf(out,
	    "<svg role=\"img\" viewBox=\"0 0 %zu %d\" "
	    "preserveAspectRatio=\"none\" aria-label=\"Octets by time: sent "
	    "above the line, received below; the numbers are in the table "
	    "that follows\">\n<path class=\"grid\" d=\"%s\"/>\n",
	    width, HEIGHT, lines->str);
	draw_side(out, plot, CLIENT, &scale);
	draw_side(out, plot, SERVER, &scale);
	g_string_append_printf(out,
	    "<path class=\"zero\" d=\"M0 %.1fH%zu\"/>\n", scale.zero, width);
	draw_sums(out, plot);
	g_string_append(out, "</svg>\n");
	write_x(out, plot, x);
	g_string_append(out, "</div>\n");
	g_string_free(y, TRUE);
	g_string_free(x, TRUE);
	g_string_free(lines, TRUE);
}
