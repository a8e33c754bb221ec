/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html:FILE, a page about all exchanges of a run over captures.
 *
 * The page counts each exchange as it ends, in the export thread, and is
 * written at the end: only then do the exchanges count as delivered.  Its
 * numbers are exact.  Where they do not fit in html_memory there is no page:
 * all that came and comes is lost.
 *
 * A page of a live run would come when the probe stops, and take memory until
 * then, so interfaces are refused.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/path.h"
#include "exflow/base/target.h"
#include "exflow/page/kinds.h"
#include "exflow/page/page_file.h"

#define TOP 10 /* rows of its tables */

struct html {
	struct destination destination;
	struct page_file *file; /* NULL: given up */
	char *path;
	uint64_t counted; /* exchanges */
};

static const char *
html_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct html *)destination)->path : NULL;
}

static int
html_check(struct destination *destination)
{
	const struct html *html = (const struct html *)destination;

	if (target_kind(html->path) != TARGET_FILE ||
	    path_check_file(html->path) == 0)
		return 0;
	destination_fail(destination, "cannot create a file beside %s: %s",
	    html->path, strerror(errno));
	return -1;
}

static int
html_start(struct destination *destination)
{
	struct html *html = (struct html *)destination;

	if (page_file_open(html->file) == 0)
		return 0;
	destination_fail(destination, "cannot create a file beside %s",
	    page_file_error(html->file));
	return -1;
}

/* There will be no page. */
static void
give_up(struct html *html)
{
	destination_fail(&html->destination, "%s", page_file_error(html->file));
	page_file_free(&html->file);
	destination_lose(&html->destination, LOSS_WRITE, html->counted);
	html->counted = 0;
}

/* Records have microseconds, and so does a page of theirs. */
static void
floor_times(struct exchange *exchange)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		exchange->side[side].first.ns -=
		    exchange->side[side].first.ns % (uint64_t)NS_PER_US;
		exchange->side[side].last.ns -=
		    exchange->side[side].last.ns % (uint64_t)NS_PER_US;
	}
}

static void
html_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct html *html = (struct html *)destination;

	for (size_t i = 0; i < n && html->file != NULL; i++) {
		struct exchange exchange = exchanges[i];
		struct subject subject = { &exchange, NULL, NULL };

		floor_times(&exchange);
		if (page_file_add(html->file, &subject) != 0)
			give_up(html);
	}
	if (html->file == NULL)
		destination_lose(destination, LOSS_WRITE, n);
	else
		html->counted += n;
}

static int
html_finish(struct destination *destination)
{
	struct html *html = (struct html *)destination;

	if (html->file == NULL)
		return -1;
	if (page_file_finish(html->file, true) != 0) {
		give_up(html);
		return -1;
	}
	destination->counts.octets = page_file_octets(html->file);
	destination_deliver(destination, html->counted);
	return 0;
}

static void
html_free(struct destination *destination)
{
	struct html *html = (struct html *)destination;

	page_file_free(&html->file);
	g_free(html->path);
}

static uint32_t
html_message_octets(const struct destination *destination)
{
	(void)destination;
	return 0;
}

static const struct destination_ops html_ops = {
	.scheme = "html",
	.once = true,
	.quality = DESTINATION_QUALITY_WANTED,
	.message_octets = html_message_octets,
	.target = html_target,
	.check = html_check,
	.start = html_start,
	.exchanges = html_exchanges,
	.finish = html_finish,
	.free = html_free,
};

/* What is wrong with the arguments; false: nothing. */
static bool
is_refused(const char *spec, const char *path,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	if (path[0] == '\0' || path[strlen(path) - 1] == '/')
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "output \"%.200s\": the name of the file is missing; "
		    "expected html:FILE",
		    spec);
	else if (options->live)
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "output \"%.200s\": a page is about captures; expected "
		    "them (-r FILE); of an interface, an archive and then "
		    "exflowdump --html, or status_page = yes",
		    spec);
	else
		return false;
	return true;
}

struct destination *
html_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct page_options page = { .by = options->html.by,
		.top = TOP,
		.memory = options->html.memory,
		.memory_name = "html_memory" };
	struct destination *destination;
	char why[PAGE_ERROR_SIZE];
	struct html *html;

	if (is_refused(spec, argument, options, error))
		return NULL;
	html =
	    destination_alloc(sizeof(*html), &html_ops, spec, options, error);
	if (html == NULL)
		return NULL;
	html->path = g_strdup(argument);
	html->file = page_file_new(argument, &page, why);
	if (html->file != NULL)
		return &html->destination;
	snprintf(error, DESTINATION_ERROR_SIZE, "html_by: %.480s", why);
	destination = &html->destination;
	destination_free(&destination);
	return NULL;
}
