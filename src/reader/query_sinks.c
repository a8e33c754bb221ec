/* SPDX-License-Identifier: BSD-2-Clause */
/* Where chosen records go: lines, columns, an aggregate, a file. */
#include <errno.h>
#include <string.h>

#include "query_internal.h"

/* Of exchanges that were paired there is no record to show. */
#define PAIR_FIELDS                                                            \
	"start,duration,protocol,client,client port,server,server port,"       \
	"client packets,server packets,client octets,server octets,end"

/* Columns of a database, unless --fields says others. */
#define DATABASE_FIELDS                                                        \
	"start,last,duration,protocol,client,client port,server,server port,"  \
	"client packets,server packets,client octets,server octets,"           \
	"client payload,server payload,client flags,server flags,end,vlan,"    \
	"flow,rtt,response,client retransmissions,server retransmissions,name"

int
sink_fail(struct query *query, const char *message)
{
	query->failed = true;
	g_strlcpy(query->error, message, sizeof(query->error));
	return -1;
}

/* --- opening */

static bool
open_columns(struct query *query, const char *names,
    const struct attribute_resolver *resolver, char *error)
{
	query->columns = columns_new(names, resolver, error, QUERY_ERROR_SIZE);
	if (query->columns == NULL)
		return false;
	mapping_use(query->mapping, columns_parts(query->columns));
	query->row = columns_report(query->columns);
	report_add_row(query->row, REPORT_ROW);
	return true;
}

/* "+start": the least first. */
static bool
open_sort(
    struct query *query, const struct attribute_resolver *resolver, char *error)
{
	const char *name = query->options.sort;
	bool least = *name == '+';

	query->sort =
	    columns_new(name + least, resolver, error, QUERY_ERROR_SIZE);
	if (query->sort == NULL)
		return false;
	query->weight = columns_report(query->sort);
	report_add_row(query->weight, REPORT_ROW);
	if (query->weight->column_count != 1 ||
	    query->weight->columns[0].kind == REPORT_TEXT) {
		g_snprintf(error, QUERY_ERROR_SIZE,
		    "--sort \"%s\": expected one name of a number or a time",
		    name);
		return false;
	}
	mapping_use(query->mapping, columns_parts(query->sort));
	query->sorted =
	    sorted_new(least, query->options.head, query->options.memory);
	return true;
}

static bool
open_aggregate(
    struct query *query, const struct attribute_resolver *resolver, char *error)
{
	const struct query_options *options = &query->options;
	bool own =
	    options->kind == QUERY_HISTOGRAM || options->kind == QUERY_MATRIX;
	struct aggregate_options aggregate = {
		.by = own ? options->argument : options->by,
		.order = options->kind == QUERY_HISTOGRAM ? "records"
		                                          : options->order,
		.step = options->step,
		.periods = options->kind == QUERY_DIFF ? AGGREGATE_PERIODS : 1,
		.memory = options->memory,
		.resolver = resolver,
		.may_thread = true,
	};

	query->aggregate = aggregate_new(&aggregate, error, QUERY_ERROR_SIZE);
	if (query->aggregate == NULL)
		return false;
	if (options->kind == QUERY_HISTOGRAM &&
	    !aggregate_is_number(query->aggregate)) {
		g_snprintf(error, QUERY_ERROR_SIZE,
		    "--hist \"%s\": expected one name of a number",
		    options->argument);
		return false;
	}
	if (options->kind == QUERY_MATRIX &&
	    aggregate_keys(query->aggregate) != 2) {
		g_snprintf(error, QUERY_ERROR_SIZE,
		    "--matrix \"%s\": expected two keys, as client,server",
		    options->argument);
		return false;
	}
	mapping_use(query->mapping, aggregate_parts(query->aggregate));
	return true;
}

/* The columns of --fields, or those that most questions are about. */
static bool
open_database(
    struct query *query, const struct attribute_resolver *resolver, char *error)
{
	const struct query_options *options = &query->options;

	if (!open_columns(query,
	        options->argument != NULL ? options->argument : DATABASE_FIELDS,
	        resolver, error))
		return false;
	query->database = database_new(options->sqlite, query->row, error);
	return query->database != NULL;
}

static bool
open_copy(struct query *query, char *error)
{
	query->copy = copy_new(query->options.argument, query->reader);
	if (query->copy != NULL)
		return true;
	g_snprintf(error, QUERY_ERROR_SIZE, "%s: %s", query->options.argument,
	    g_strerror(errno));
	return false;
}

static bool
open_page(
    struct query *query, const struct attribute_resolver *resolver, char *error)
{
	const struct query_options *options = &query->options;
	struct page_options page = { .by = options->by,
		.top = options->top,
		.memory = options->memory,
		.resolver = resolver };

	query->page = page_file_new(options->argument, &page, error);
	if (query->page == NULL)
		return false;
	if (page_file_open(query->page) != 0) {
		g_snprintf(error, QUERY_ERROR_SIZE, "%s",
		    page_file_error(query->page));
		return false;
	}
	mapping_use(query->mapping, page_file_parts(query->page));
	return true;
}

bool
sink_open(struct query *query, const struct attribute_resolver *resolver,
    char error[QUERY_ERROR_SIZE])
{
	const struct query_options *options = &query->options;

	if (options->sort != NULL && !open_sort(query, resolver, error))
		return false;
	switch (options->kind) {
	case QUERY_LINES:
		if (options->pair)
			return open_columns(
			    query, PAIR_FIELDS, resolver, error);
		query->dump = dump_new(&options->dump, query->stream);
		return true;
	case QUERY_FIELDS:
		return open_columns(query, options->argument, resolver, error);
	case QUERY_SQLITE:
		return open_database(query, resolver, error);
	case QUERY_IPFIX:
		return open_copy(query, error);
	case QUERY_HTML:
		return open_page(query, resolver, error);
	default:
		return open_aggregate(query, resolver, error);
	}
}

void
sink_close(struct query *query)
{
	dump_free(&query->dump);
	columns_free(&query->columns);
	report_free(&query->row);
	aggregate_free(&query->aggregate);
	columns_free(&query->sort);
	report_free(&query->weight);
	sorted_free(&query->sorted);
	copy_free(&query->copy);
	database_free(&query->database);
	page_file_free(&query->page);
}

/* --- taking */

static int
add_sorted(struct query *query, const struct subject *subject, const char *line,
    size_t header)
{
	struct report_cell *weight = query->weight->rows[0].cells;

	columns_fill(query->sort, subject, weight);
	if (sorted_add(query->sorted, weight->known, weight->number, line,
	        header, line + header) == 0)
		return 0;
	return sink_fail(query,
	    "--sort: the records do not fit in --memory; expected more, "
	    "--head, or a filter");
}

static int
take_line(struct query *query, const struct subject *subject)
{
	const struct reader_record *record = query->record;
	const char *line;
	size_t header;

	if (query->sorted == NULL)
		return dump_record(query->dump, query->reader, record) == 0
		           ? 0
		           : sink_fail(query, "");
	line = dump_record_apart(query->dump, query->reader, record, &header);
	return add_sorted(query, subject, line, header);
}

static int
take_columns(struct query *query, const struct subject *subject)
{
	GString *line;
	int result;

	columns_fill(query->columns, subject, query->row->rows[0].cells);
	if (query->database != NULL)
		return database_add(query->database, &query->row->rows[0]) == 0
		           ? 0
		           : sink_fail(query, database_error(query->database));
	line = report_row_text(query->row, &query->row->rows[0], &query->print);
	if (query->sorted != NULL)
		result = add_sorted(query, subject, line->str, 0);
	else
		result =
		    fwrite(line->str, 1, line->len, query->stream) == line->len
		        ? 0
		        : sink_fail(query, "");
	g_string_free(line, TRUE);
	return result;
}

static int
count_in(struct query *query, const struct subject *subject, unsigned period)
{
	char error[AGGREGATE_ERROR_SIZE];

	return aggregate_add(
	           query->aggregate, subject, period, error, sizeof(error)) == 0
	           ? 0
	           : sink_fail(query, error);
}

static int
take_aggregate(struct query *query, const struct subject *subject)
{
	timestamp last;

	if (query->options.kind != QUERY_DIFF)
		return count_in(query, subject, 0);
	last = exchange_last(subject->exchange);
	for (unsigned i = 0; i < AGGREGATE_PERIODS; i++) {
		const struct period *period = &query->options.diff[i];

		if (timestamp_before(last, period->from) ||
		    !timestamp_before(last, period->until))
			continue;
		if (count_in(query, subject, i) != 0)
			return -1;
	}
	return 0;
}

static int
dispatch(struct query *query, const struct subject *subject)
{
	if (query->copy != NULL)
		return copy_record(query->copy, query->record) == 0
		           ? 0
		           : sink_fail(query, g_strerror(errno));
	if (query->dump != NULL)
		return take_line(query, subject);
	if (query->columns != NULL)
		return take_columns(query, subject);
	return page_file_add(query->page, subject) == 0
	           ? 0
	           : sink_fail(query, page_file_error(query->page));
}

bool
sink_shows(const struct query *query)
{
	return query->copy != NULL || query->dump != NULL;
}

int
sink_take(struct query *query, const struct subject *subject)
{
	uint64_t head = query->sorted == NULL ? query->options.head : 0;
	int result;

	if (query->columns != NULL && query->handed == 0 &&
	    query->sorted == NULL && query->database == NULL)
		report_print_heading(query->row, &query->print, query->stream);
	result = query->aggregate != NULL ? take_aggregate(query, subject)
	                                  : dispatch(query, subject);
	query->handed++;
	query->done = head > 0 && query->handed >= head;
	return result != 0 ? result : query->done;
}

/* It goes with the records that need it, and is not counted as one. */
int
sink_types(struct query *query)
{
	if (query->copy == NULL &&
	    (query->dump == NULL || query->sorted != NULL))
		return 0;
	return dispatch(query, NULL);
}

/* --- the end */

static struct report *
make_report(const struct query *query)
{
	size_t top = query->options.top;

	switch (query->options.kind) {
	case QUERY_SERIES:
		return aggregate_series(query->aggregate, top);
	case QUERY_HISTOGRAM:
		return aggregate_bins(query->aggregate);
	case QUERY_MATRIX:
		return aggregate_matrix(query->aggregate, top);
	case QUERY_DIFF:
		return aggregate_diff(query->aggregate, top);
	default:
		return aggregate_top(query->aggregate, top);
	}
}

static int
print_report(struct query *query, struct report *report)
{
	int result;

	if (report == NULL)
		return sink_fail(query, "there is no memory for the report");
	result = report_print(report, &query->print, query->stream);
	report_free(&report);
	return result == 0 ? 0 : sink_fail(query, "");
}

/* A histogram has two parts; programs tell them apart by their columns. */
static int
finish_aggregate(struct query *query)
{
	if (query->options.kind == QUERY_HISTOGRAM) {
		if (print_report(
		        query, aggregate_percentiles(query->aggregate)) != 0)
			return -1;
		if (query->print.form != REPORT_JSON)
			fputc('\n', query->stream);
	}
	return print_report(query, make_report(query));
}

static int
finish_sorted(struct query *query)
{
	if (query->columns != NULL)
		report_print_heading(query->row, &query->print, query->stream);
	else if (sorted_count(query->sorted) > 0 &&
	         dump_heading(query->dump) != 0)
		return sink_fail(query, "");
	return sorted_print(query->sorted, query->stream) == 0
	           ? 0
	           : sink_fail(query, "");
}

int
sink_finish(struct query *query)
{
	int result = 0;

	if (query->sorted != NULL)
		result = finish_sorted(query);
	else if (query->aggregate != NULL)
		result = finish_aggregate(query);
	else if (query->page != NULL &&
	         page_file_finish(query->page, false) != 0)
		result = sink_fail(query, page_file_error(query->page));
	else if (query->copy != NULL && copy_finish(query->copy) != 0)
		result = sink_fail(query, g_strerror(errno));
	else if (query->database != NULL) {
		if (database_finish(query->database) != 0)
			result =
			    sink_fail(query, database_error(query->database));
	} else if (query->columns != NULL && query->handed == 0)
		report_print_heading(query->row, &query->print, query->stream);
	if (result != 0)
		return -1;
	if (query->dump != NULL)
		return dump_finish(query->dump, query->reader) == 0
		           ? 0
		           : sink_fail(query, "");
	return fflush(query->stream) == 0 ? 0 : sink_fail(query, "");
}
