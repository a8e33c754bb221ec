/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One query: how it is set up, and the way of a record through it.  The sinks
 * at the end of that way are in query_sinks.c.
 *
 *	reader_next ──► a record ─┐
 *	reader_run ───► octets ───┴► sieve ──► filter ──► mapping ──► sink
 *	                of those     what the             what the
 *	                behind it    filter asks          sink asks
 *
 * The sieve is a mapping, too, so that of records that are not chosen nothing
 * is decoded but what the filter looks at.  Records that wait for their other
 * half (--pair) are filtered behind that.
 */
#include "query_internal.h"

#include <errno.h>
#include <string.h>

/* Another thread has written the records, perhaps in the cache of its core. */
#define AHEAD 4 /* records */
#define CACHE_LINE 64

/* --- times */

int
query_time_parse(timestamp *time, const char *text, timestamp now)
{
	return filter_time_parse(text, now, time) ? 0 : -1;
}

int
query_period_parse(struct period *period, const char *text, timestamp now)
{
	const char *slash = strchr(text, '/');
	char *from;
	int result;

	if (slash == NULL)
		return -1;
	from = g_strndup(text, (gsize)(slash - text));
	result = query_time_parse(&period->from, from, now);
	g_free(from);
	if (result != 0 ||
	    query_time_parse(&period->until, slash + 1, now) != 0)
		return -1;
	return timestamp_before(period->from, period->until) ? 0 : -1;
}

/* --- setting up */

static bool
make_filter(struct query *query, struct mapping *mapping,
    const struct attribute_resolver *resolver, char error[QUERY_ERROR_SIZE])
{
	struct filter_options options = { .now = query->options.now,
		.resolver = resolver };
	const char *text = query->options.filter;
	struct filter_error wrong;

	if (text == NULL)
		return true;
	query->filter = filter_compile(text, &options, &wrong);
	if (query->filter == NULL) {
		filter_error_show(&wrong, text, error, QUERY_ERROR_SIZE);
		return false;
	}
	mapping_use(mapping, filter_parts(query->filter));
	return true;
}

static pair_handler take_pair;

/* Records are only looked at where something is to be chosen or counted. */
static bool
needs_exchanges(const struct query_options *options)
{
	return options->filter != NULL || options->has_period ||
	       options->pair || options->sort != NULL ||
	       (options->kind != QUERY_LINES && options->kind != QUERY_IPFIX);
}

/* What was paired is not in a record any more: it has no other elements. */
static bool
set_up_pairs(struct query *query, char error[QUERY_ERROR_SIZE])
{
	if (!make_filter(query, query->mapping, NULL, error) ||
	    !sink_open(query, NULL, error))
		return false;
	mapping_use(query->mapping, PART_ALL);
	query->pairs = pairs_new(query->options.memory,
	    query->options.kind == QUERY_IPFIX ? query->reader : NULL,
	    take_pair, query);
	return true;
}

static bool
set_up_sieve(struct query *query, char error[QUERY_ERROR_SIZE])
{
	struct attribute_resolver resolver;

	if (query->options.filter == NULL && !query->options.has_period)
		return true;
	query->sieve = mapping_new(query->reader, query->options.own_pen);
	if (query->options.has_period)
		mapping_use(query->sieve, PART_TIMES);
	resolver = mapping_resolver(query->sieve);
	return make_filter(query, query->sieve, &resolver, error);
}

static bool
set_up(struct query *query, char error[QUERY_ERROR_SIZE])
{
	struct attribute_resolver resolver;

	if (!needs_exchanges(&query->options))
		return sink_open(query, NULL, error);
	query->mapping = mapping_new(query->reader, query->options.own_pen);
	if (query->options.pair)
		return set_up_pairs(query, error);
	resolver = mapping_resolver(query->mapping);
	if (!set_up_sieve(query, error) || !sink_open(query, &resolver, error))
		return false;
	if (query->options.kind == QUERY_DIFF)
		mapping_use(query->mapping, PART_TIMES);
	return true;
}

struct query *
query_new(const struct query_options *options, struct reader *reader,
    FILE *stream, char error[QUERY_ERROR_SIZE])
{
	struct query *query = g_new0(struct query, 1);

	query->options = *options;
	if (options->memory == 0)
		query->options.memory = AGGREGATE_MEMORY_DEFAULT;
	query->reader = reader;
	query->stream = stream;
	query->print = (struct report_print_options){
		.form = options->dump.mode == DUMP_CSV    ? REPORT_CSV
		        : options->dump.mode == DUMP_JSON ? REPORT_JSON
		                                          : REPORT_TABLE,
		.width = options->dump.width,
		.bars = options->bars,
	};
	if (!set_up(query, error))
		query_free(&query);
	return query;
}

void
query_free(struct query **pointer)
{
	struct query *query = *pointer;

	*pointer = NULL;
	if (query == NULL)
		return;
	sink_close(query);
	pairs_free(&query->pairs);
	filter_free(&query->filter);
	mapping_free(&query->sieve);
	mapping_free(&query->mapping);
	g_free(query);
}

/* --- the way of a record */

static bool
in_period(const struct period *period, const struct exchange *exchange)
{
	timestamp last = exchange_last(exchange);

	return !timestamp_before(last, period->from) &&
	       timestamp_before(last, period->until);
}

static bool
is_chosen(const struct query *query, const struct subject *subject)
{
	if (query->options.has_period &&
	    !in_period(&query->options.period, subject->exchange))
		return false;
	return query->filter == NULL || filter_takes(query->filter, subject);
}

static int
take_pair(void *context, const struct exchange *exchange,
    const struct reader_record *record)
{
	struct query *query = context;
	struct subject subject = { exchange, NULL, NULL };

	query->record = record;
	return is_chosen(query, &subject) ? sink_take(query, &subject) : 0;
}

static int
offer_pair(struct query *query, const struct reader_record *record)
{
	int result;

	if (!mapping_take(query->mapping, record, NULL))
		return 0;
	result = pairs_offer(
	    query->pairs, mapping_subject(query->mapping)->exchange, record);
	if (result < 0 && !query->failed)
		return sink_fail(query,
		    "--pair: more records wait for their other half than fit "
		    "in --memory; expected more, or a shorter time");
	return result;
}

static bool
passes_sieve(struct query *query, const struct reader_record *record,
    const uint8_t *octets)
{
	if (query->sieve == NULL)
		return true;
	return mapping_take(query->sieve, record, octets) &&
	       is_chosen(query, mapping_subject(query->sieve));
}

/* The record, or the one of its run at octets. */
static int
take_one(struct query *query, const struct reader_record *record,
    const uint8_t *octets)
{
	/* What options records tell is of use to both mappings. */
	if (!passes_sieve(query, record, octets) && !record->options)
		return 0;
	if (!mapping_take(query->mapping, record, octets))
		return 0;
	if (octets != NULL && sink_shows(query))
		reader_show(query->reader, octets);
	return sink_take(query, mapping_subject(query->mapping));
}

static int
take_run(struct query *query, const struct reader_record *record)
{
	struct reader_run run = reader_run(query->reader);
	int result = 0;

	for (size_t i = 0; i < run.count && result == 0; i++) {
		const uint8_t *octets = run.octets + i * run.length;

		for (size_t at = 0; at < run.length; at += CACHE_LINE)
			__builtin_prefetch(octets + AHEAD * run.length + at);
		result = take_one(query, record, octets);
	}
	return result;
}

static int
take_record(void *context, const struct reader_record *record)
{
	struct query *query = context;
	int result;

	query->record = record;
	if (record->type_information)
		return sink_types(query);
	if (query->mapping == NULL)
		return sink_take(query, NULL);
	if (query->pairs != NULL)
		return offer_pair(query, record);
	result = take_one(query, record, NULL);
	return result != 0 ? result : take_run(query, record);
}

int
query_file(struct query *query, void (*complain)(const char *format, ...),
    void (*warn)(const char *format, ...))
{
	return dump_each(
	    query->reader, take_record, query, query->stream, complain, warn);
}

bool
query_done(const struct query *query)
{
	return query->done || query->failed || ferror(query->stream);
}

const char *
query_failed(const struct query *query)
{
	return query->failed ? query->error : NULL;
}

int
query_finish(struct query *query)
{
	if (query->failed)
		return -1;
	if (query->pairs != NULL && pairs_finish(query->pairs) < 0)
		return -1;
	return sink_finish(query);
}
