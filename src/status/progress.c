/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/human.h"
#include "exflow/base/terminal.h"
#include "exflow/status/progress.h"

#define DRAW_INTERVAL 0.25 /* seconds */
#define WIDTH_DEFAULT 80
#define WIDTH_MAX 120
#define CLEAR "\r\033[K"

struct progress {
	FILE *stream;
	uint64_t octets_total;
	double start, drawn; /* seconds of the monotonic clock */
	bool visible;        /* a line stands on the terminal */
};

static double
clock_seconds(void)
{
	return (double)clock_ns(CLOCK_MONOTONIC) / 1e9;
}

static void
left_format(char *text, size_t size, double seconds)
{
	uint64_t left = seconds < 360000 ? (uint64_t)(seconds + 0.5) : 359999;

	if (left >= 3600)
		snprintf(text, size, "  %" PRIu64 ":%02u:%02u left",
		    left / 3600, (unsigned)(left / 60 % 60),
		    (unsigned)(left % 60));
	else
		snprintf(text, size, "  %u:%02u left", (unsigned)(left / 60),
		    (unsigned)(left % 60));
}

void
progress_format(char *line, size_t size, unsigned width, uint64_t octets,
    uint64_t octets_total, uint64_t packets, double seconds)
{
	char count[HUMAN_SIZE], rate[HUMAN_SIZE], part[16] = "", left[40] = "";
	double done = 0;

	if (octets_total > 0) {
		done = (double)octets / (double)octets_total;
		done = done > 1 ? 1 : done;
		snprintf(part, sizeof(part), "%4u %%", (unsigned)(done * 100));
	}
	/* At the very beginning the rate says nothing. */
	if (done > 0.001 && seconds > 0)
		left_format(left, sizeof(left), seconds * (1 - done) / done);
	human_scaled(count, sizeof(count), (double)packets);
	human_scaled(
	    rate, sizeof(rate), seconds > 0 ? (double)packets / seconds : 0);
	snprintf(line, size < width + 1 ? size : width + 1,
	    "%s  %s packets  %s/s%s", part, count, rate, left);
}

struct progress *
progress_new(FILE *stream, uint64_t octets_total)
{
	struct progress *progress = calloc(1, sizeof(*progress));
	const char *terminal = getenv("TERM");

	if (progress == NULL)
		return NULL;
	progress->octets_total = octets_total;
	progress->start = progress->drawn = clock_seconds();
	if (isatty(fileno(stream)) && terminal != NULL &&
	    strcmp(terminal, "dumb") != 0)
		progress->stream = stream;
	return progress;
}

/* One column less than there are: a full line would wrap. */
static unsigned
line_width(FILE *stream)
{
	unsigned width = terminal_width(fileno(stream));

	width = width == 0 ? WIDTH_DEFAULT : width;
	return (width < WIDTH_MAX ? width : WIDTH_MAX) - 1;
}

void
progress_update(struct progress *progress, uint64_t octets, uint64_t packets)
{
	char line[WIDTH_MAX + 1];
	double now;

	if (progress == NULL || progress->stream == NULL)
		return;
	now = clock_seconds();
	if (now - progress->drawn < DRAW_INTERVAL)
		return;
	progress->drawn = now;
	progress_format(line, sizeof(line), line_width(progress->stream),
	    octets, progress->octets_total, packets, now - progress->start);
	fprintf(progress->stream, CLEAR "%s", line);
	fflush(progress->stream);
	progress->visible = true;
}

void
progress_clear(struct progress *progress)
{
	if (progress == NULL || !progress->visible)
		return;
	fputs(CLEAR, progress->stream);
	fflush(progress->stream);
	progress->visible = false;
}

void
progress_free(struct progress **progress)
{
	progress_clear(*progress);
	free(*progress);
	*progress = NULL;
}
