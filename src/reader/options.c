/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of exflowdump: a table of options, each with the function
 * that takes its argument.  What contradicts itself is refused at the end
 * (options_check.c).
 */
#include <config.h>

#include "exflow/reader/options.h"

#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/filter/filter.h"
#include "exflow/record/record.h"

#include "options_check.h"

#define TOP_MAX 1000000
#define MEMORY_MIN 1000000

static const char usage[] =
    "usage: exflowdump [OPTION ...] FILE|FOLDER ...\n"
    "Show, choose and count the records of IPFIX files; - is standard input.\n"
    "\n"
    "What is read:\n"
    "  -f, --filter FILTER        only records that match, exflow-filter(7)\n"
    "      --from TIME            only those whose last packet is not before\n"
    "      --to TIME              … and is before; as 2026-11-22T10:00, -1h\n"
    "      --pair                 make one exchange of two uniflow records\n"
    "  -F, --follow               wait for new files in the folders\n"
    "  -e, --elements FILE.xml    further element definitions\n"
    "      --enterprise-number N  number of exflow's own elements (32473)\n"
    "What is shown of each record:\n"
    "      --fields NAMES         these attributes or elements, as a,b,c\n"
    "      --sort NAME            by a number, the greatest first; +NAME: the\n"
    "                             least first\n"
    "      --head N               the first N only\n"
    "      --types                type information records as well\n"
    "What is counted instead:\n"
    "      --by KEYS              by keys, as client,server port,net/24\n"
    "      --top N                the N (10) greatest groups\n"
    "      --order NAME           by octets, records, packets, rtt, ...\n"
    "      --series TIME          by intervals, as 1m, with --by for the top "
    "N\n"
    "      --hist NAME            how a number is distributed\n"
    "      --matrix KEY,KEY       one key by the other\n"
    "      --diff PERIOD,PERIOD   what changed; a period is TIME/TIME\n"
    "      --memory SIZE          for groups and sorting, as 512Mi (1Gi)\n"
    "      --stats                messages, templates, records and gaps\n"
    "How:\n"
    "  -N, --numbers              show addresses in the table, not names\n"
    "      --sqlite FILE          write attributes of them to a file of "
    "SQLite\n"
    "  -u, --utc                  show times in UTC on a terminal, too\n"
    "      --csv                  comma separated\n"
    "      --json                 one JSON object a line\n"
    "      --ipfix FILE           write the records to an IPFIX file\n"
    "      --html FILE            write a page with pictures and tables of "
    "them\n"
    "      --help                 show this\n"
    "  -V, --version              show the version\n";

/* --- arguments */

static int
refuse(const char *option, const char *text, const char *expected)
{
	log_error("--%s \"%s\": expected %s", option, text, expected);
	return -1;
}

static int
take_number(const char *option, const char *text, uint64_t least, uint64_t most,
    uint64_t *value)
{
	char *end, expected[64];

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
	    *value >= least && *value <= most)
		return 0;
	g_snprintf(expected, sizeof(expected),
	    "a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
	    (guint64)least, (guint64)most);
	return refuse(option, text, expected);
}

static int
take_kind(
    struct reader_options *options, enum query_kind kind, const char *argument)
{
	if (options->query.kind != QUERY_LINES && options->query.kind != kind) {
		log_error("expected only one of --fields, --top or --by, "
		          "--series, --hist, --matrix, --diff, --ipfix, "
		          "--html");
		return -1;
	}
	options->query.kind = kind;
	if (argument != NULL)
		options->query.argument = argument;
	return 0;
}

static int
take_mode(struct reader_options *options, enum dump_mode mode)
{
	options->query.dump.mode = mode;
	return 0;
}

static int
take_csv(struct reader_options *options, const char *text)
{
	(void)text;
	return take_mode(options, DUMP_CSV);
}

static int
take_json(struct reader_options *options, const char *text)
{
	(void)text;
	return take_mode(options, DUMP_JSON);
}

static int
take_stats(struct reader_options *options, const char *text)
{
	(void)text;
	return take_mode(options, DUMP_STATISTICS);
}

static int
take_types(struct reader_options *options, const char *text)
{
	(void)text;
	options->query.dump.types = true;
	return 0;
}

static int
take_numbers(struct reader_options *options, const char *text)
{
	(void)text;
	options->query.dump.numbers = true;
	return 0;
}

static int
take_utc(struct reader_options *options, const char *text)
{
	(void)text;
	options->utc = true;
	return 0;
}

static int
take_pen(struct reader_options *options, const char *text)
{
	uint64_t value;

	if (take_number("enterprise-number", text, 1, UINT32_MAX, &value) != 0)
		return -1;
	options->query.own_pen = (uint32_t)value;
	return 0;
}

static int
take_elements(struct reader_options *options, const char *text)
{
	if (options->element_file_count == OPTIONS_ELEMENT_FILES_MAX) {
		log_error("-e: at most %d files", OPTIONS_ELEMENT_FILES_MAX);
		return -1;
	}
	options->element_files[options->element_file_count++] = text;
	return 0;
}

static int
take_filter(struct reader_options *options, const char *text)
{
	options->query.filter = text;
	return 0;
}

#define TIME_EXPECTED "a time, as 2026-11-22T10:00, -1h or @1700000000"

static int
take_from(struct reader_options *options, const char *text)
{
	struct query_options *query = &options->query;

	query->has_period = true;
	if (query_time_parse(&query->period.from, text, query->now) == 0)
		return 0;
	return refuse("from", text, TIME_EXPECTED);
}

static int
take_to(struct reader_options *options, const char *text)
{
	struct query_options *query = &options->query;

	query->has_period = true;
	if (query_time_parse(&query->period.until, text, query->now) == 0)
		return 0;
	return refuse("to", text, TIME_EXPECTED);
}

static int
take_pair(struct reader_options *options, const char *text)
{
	(void)text;
	options->query.pair = true;
	return 0;
}

static int
take_follow(struct reader_options *options, const char *text)
{
	(void)text;
	options->follow = true;
	return 0;
}

static int
take_fields(struct reader_options *options, const char *text)
{
	return take_kind(options, QUERY_FIELDS, text);
}

static int
take_sort(struct reader_options *options, const char *text)
{
	options->query.sort = text;
	return 0;
}

static int
take_head(struct reader_options *options, const char *text)
{
	return take_number("head", text, 1, INT64_MAX, &options->query.head);
}

static int
take_by(struct reader_options *options, const char *text)
{
	options->query.by = text;
	return 0;
}

static int
take_top(struct reader_options *options, const char *text)
{
	uint64_t value;

	if (take_number("top", text, 1, TOP_MAX, &value) != 0)
		return -1;
	options->query.top = (size_t)value;
	return 0;
}

static int
take_order(struct reader_options *options, const char *text)
{
	options->query.order = text;
	return 0;
}

static int
take_series(struct reader_options *options, const char *text)
{
	duration step;

	if (!filter_span_parse(text, &step) || step.ns == 0)
		return refuse(
		    "series", text, "a time with its unit, as 10s, 1m or 1h");
	options->query.step = (uint64_t)step.ns;
	return take_kind(options, QUERY_SERIES, NULL);
}

static int
take_hist(struct reader_options *options, const char *text)
{
	return take_kind(options, QUERY_HISTOGRAM, text);
}

static int
take_matrix(struct reader_options *options, const char *text)
{
	return take_kind(options, QUERY_MATRIX, text);
}

static int
take_diff(struct reader_options *options, const char *text)
{
	struct query_options *query = &options->query;
	char **parts = g_strsplit(text, ",", 3);
	bool good = g_strv_length(parts) == 2;

	for (int i = 0; i < AGGREGATE_PERIODS && good; i++)
		good = query_period_parse(
		           &query->diff[i], parts[i], query->now) == 0;
	g_strfreev(parts);
	if (!good)
		return refuse("diff", text,
		    "two periods, as -2h/-1h,-1h/now, each with its end behind "
		    "its start");
	return take_kind(options, QUERY_DIFF, NULL);
}

static int
take_memory(struct reader_options *options, const char *text)
{
	if (filter_count_parse(text, &options->query.memory) &&
	    options->query.memory >= MEMORY_MIN)
		return 0;
	return refuse("memory", text, "octets, 1M or more, as 512Mi or 2G");
}

static int
take_ipfix(struct reader_options *options, const char *text)
{
	return take_kind(options, QUERY_IPFIX, text);
}

static int
take_html(struct reader_options *options, const char *text)
{
	return take_kind(options, QUERY_HTML, text);
}

static int
take_sqlite(struct reader_options *options, const char *text)
{
	options->query.sqlite = text;
	return 0;
}

/* --- the table */

static const struct {
	struct option option;
	int (*take)(struct reader_options *options, const char *text);
} table[] = {
	{ { "filter", required_argument, NULL, 'f' }, take_filter },
	{ { "from", required_argument, NULL, 0 }, take_from },
	{ { "to", required_argument, NULL, 0 }, take_to },
	{ { "pair", no_argument, NULL, 0 }, take_pair },
	{ { "follow", no_argument, NULL, 'F' }, take_follow },
	{ { "elements", required_argument, NULL, 'e' }, take_elements },
	{ { "enterprise-number", required_argument, NULL, 0 }, take_pen },
	{ { "fields", required_argument, NULL, 0 }, take_fields },
	{ { "sort", required_argument, NULL, 0 }, take_sort },
	{ { "head", required_argument, NULL, 0 }, take_head },
	{ { "types", no_argument, NULL, 0 }, take_types },
	{ { "by", required_argument, NULL, 0 }, take_by },
	{ { "top", required_argument, NULL, 0 }, take_top },
	{ { "order", required_argument, NULL, 0 }, take_order },
	{ { "series", required_argument, NULL, 0 }, take_series },
	{ { "hist", required_argument, NULL, 0 }, take_hist },
	{ { "matrix", required_argument, NULL, 0 }, take_matrix },
	{ { "diff", required_argument, NULL, 0 }, take_diff },
	{ { "memory", required_argument, NULL, 0 }, take_memory },
	{ { "stats", no_argument, NULL, 0 }, take_stats },
	{ { "numbers", no_argument, NULL, 'N' }, take_numbers },
	{ { "utc", no_argument, NULL, 'u' }, take_utc },
	{ { "csv", no_argument, NULL, 0 }, take_csv },
	{ { "json", no_argument, NULL, 0 }, take_json },
	{ { "ipfix", required_argument, NULL, 0 }, take_ipfix },
	{ { "html", required_argument, NULL, 0 }, take_html },
	{ { "sqlite", required_argument, NULL, 0 }, take_sqlite },
};
#define OPTIONS (sizeof(table) / sizeof(table[0]))
#define LONG_FIRST 256 /* values of long options, behind all letters */
#define LONG_HELP (LONG_FIRST + (int)OPTIONS)

static void
make_long(struct option longs[OPTIONS + 3])
{
	for (size_t i = 0; i < OPTIONS; i++) {
		longs[i] = table[i].option;
		longs[i].val = LONG_FIRST + (int)i;
	}
	longs[OPTIONS] =
	    (struct option){ "help", no_argument, NULL, LONG_HELP };
	longs[OPTIONS + 1] =
	    (struct option){ "version", no_argument, NULL, 'V' };
	longs[OPTIONS + 2] = (struct option){ NULL, 0, NULL, 0 };
}

static int
take(struct reader_options *options, int letter, const char *text)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (letter == LONG_FIRST + (int)i ||
		    (letter != 0 && letter == table[i].option.val))
			return table[i].take(options, text);
	return -1; /* getopt_long has printed a message */
}

/* --- all of them */

static void
defaults(struct reader_options *options)
{
	struct timespec now = clock_read(CLOCK_REALTIME);

	*options = (struct reader_options){ .follow = false };
	options->query.own_pen = PEN_DOCUMENTATION;
	options->query.now = timestamp_from(now.tv_sec, now.tv_nsec);
	options->query.period.until = TIMESTAMP_MAX;
}

enum options_result
options_parse(struct reader_options *options, int argc, char **argv)
{
	struct option longs[OPTIONS + 3];
	struct query_options *query = &options->query;
	bool top_given;
	int letter;

	defaults(options);
	make_long(longs);
	while (
	    (letter = getopt_long(argc, argv, "f:Fe:NuV", longs, NULL)) != -1) {
		if (letter == LONG_HELP || letter == 'V') {
			fputs(letter == 'V' ? "exflowdump " PACKAGE_VERSION "\n"
			                    : usage,
			    stdout);
			return OPTIONS_DONE;
		}
		if (take(options, letter, optarg) != 0)
			return OPTIONS_WRONG;
	}
	options->paths = argv + optind;
	top_given = query->top > 0;
	if (query->kind == QUERY_LINES &&
	    (top_given || query->by != NULL || query->order != NULL))
		query->kind = QUERY_TOP;
	if (options_check(options, top_given) != 0)
		return OPTIONS_WRONG;
	if (!top_given)
		query->top = QUERY_TOP_DEFAULT;
	return OPTIONS_RUN;
}
