/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "options_check.h"

#include "exflow/base/log.h"

static int
contradiction(const char *text)
{
	log_error("%s", text);
	return -1;
}

static bool
is_aggregate(enum query_kind kind)
{
	return kind >= QUERY_TOP && kind <= QUERY_DIFF;
}

static int
check_counting(const struct query_options *query, bool top_given)
{
	bool aggregate = is_aggregate(query->kind);
	bool html = query->kind == QUERY_HTML;

	if (html && (query->order != NULL || query->sort != NULL ||
	                query->head > 0 || query->dump.mode != DUMP_TABLE))
		return contradiction(
		    "--html: expected nothing but --by, --top, "
		    "--memory and what chooses records with it");
	if ((query->by != NULL || query->order != NULL || top_given) &&
	    !aggregate && !html)
		return contradiction("expected --by, --order and --top without "
		                     "--fields and --ipfix");
	if (query->by != NULL &&
	    (query->kind == QUERY_HISTOGRAM || query->kind == QUERY_MATRIX))
		return contradiction(
		    "expected --hist and --matrix without --by");
	if (aggregate && (query->sort != NULL || query->head > 0))
		return contradiction("expected --order and --top instead of "
		                     "--sort and --head");
	return 0;
}

static int
check(const struct reader_options *options, bool top_given)
{
	const struct query_options *query = &options->query;
	bool lines = query->kind == QUERY_LINES || query->kind == QUERY_FIELDS;

	if (check_counting(query, top_given) != 0)
		return -1;
	if (query->dump.mode == DUMP_STATISTICS &&
	    (query->kind != QUERY_LINES || query->filter != NULL ||
	        query->has_period || query->pair || query->sort != NULL ||
	        query->head > 0))
		return contradiction("--stats: expected nothing that chooses "
		                     "or counts records with it");
	if (query->kind == QUERY_IPFIX && query->sort != NULL)
		return contradiction("--ipfix: expected no --sort with it");
	if (options->follow && (!lines || query->sort != NULL || query->pair))
		return contradiction("--follow: expected lines or --fields "
		                     "with it, without --sort and --pair");
	if (query->has_period &&
	    !timestamp_before(query->period.from, query->period.until))
		return contradiction("--to: expected a time behind --from");
	if (options->paths[0] == NULL)
		return contradiction("the name of an IPFIX file was expected");
	return 0;
}

/* Its columns are those of --fields; everything else contradicts it. */
static int
take_database(struct query_options *query)
{
	if ((query->kind != QUERY_LINES && query->kind != QUERY_FIELDS) ||
	    query->sort != NULL || query->dump.mode != DUMP_TABLE)
		return contradiction("--sqlite: expected nothing but --fields, "
		                     "--head and what chooses records with it");
	query->kind = QUERY_SQLITE;
	return 0;
}

int
options_check(struct reader_options *options, bool top_given)
{
	struct query_options *query = &options->query;

	if (query->sqlite != NULL && take_database(query) != 0)
		return -1;
	return check(options, top_given);
}
