/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports as they are printed, and the bounds of aggregates. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/report/aggregate.h"

#define SECOND UINT64_C(1000000000)

/* The linker has the calls of aligned_alloc() come here. */
static bool no_memory;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return no_memory ? NULL : __real_aligned_alloc(alignment, size);
}

static const struct report_print_options table = { .form = REPORT_TABLE };
static const struct report_print_options csv = { .form = REPORT_CSV };
static const struct report_print_options json = { .form = REPORT_JSON };

static void
expect(const struct report *report, const struct report_print_options *options,
    const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	assert_int_equal(report_print(report, options, stream), 0);
	fclose(stream);
	assert_string_equal(text, expected);
	free(text);
}

static struct exchange
exchange_of(uint8_t client, uint16_t port, uint64_t sent, uint64_t received)
{
	struct exchange exchange = {
		.address = { { 10, 0, 0, client }, { 192, 0, 2, 1 } },
		.port = { 1000, port },
		.protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.side = { { .packets = 1, .ip_octets = sent },
		    { .packets = 2, .ip_octets = received } },
	};

	exchange.side[CLIENT].first.ns = client * 10 * SECOND;
	exchange.side[CLIENT].last.ns = client * 10 * SECOND;
	exchange.side[SERVER].first.ns = client * 10 * SECOND;
	exchange.side[SERVER].last.ns = (client * 10u + port % 7u) * SECOND;
	return exchange;
}

static struct aggregate *
aggregate_of(const char *by, const char *order, uint64_t step)
{
	struct aggregate_options options = {
		.by = by,
		.order = order,
		.step = step,
		.periods = AGGREGATE_PERIODS,
	};
	char error[AGGREGATE_ERROR_SIZE];
	struct aggregate *aggregate =
	    aggregate_new(&options, error, sizeof(error));

	if (aggregate == NULL)
		fail_msg("%s: %s", by, error);
	return aggregate;
}

static void
add(struct aggregate *aggregate, struct exchange exchange, unsigned period)
{
	struct subject subject = { &exchange, NULL, NULL };
	char error[AGGREGATE_ERROR_SIZE];

	assert_int_equal(
	    aggregate_add(aggregate, &subject, period, error, sizeof(error)),
	    0);
}

static void
add_some(struct aggregate *aggregate)
{
	add(aggregate, exchange_of(1, 443, 1000, 500000), 0);
	add(aggregate, exchange_of(1, 80, 500, 1500), 0);
	add(aggregate, exchange_of(2, 443, 20000, 40000), 0);
	add(aggregate, exchange_of(3, 53, 60, 100), 0);
}

static void
a_top_list_has_rest_and_total(void **state)
{
	struct aggregate *aggregate = aggregate_of("client", NULL, 0);
	struct report *report;

	(void)state;
	add_some(aggregate);
	report = aggregate_top(aggregate, 2);
	expect(report, &table,
	    "CLIENT    RECORDS  PKTS SENT  PKTS RCVD  SENT  RCVD   SHARE    "
	    "CUM.\n"
	    "10.0.0.1        2          2          4  1.5k  502k   89.3%   "
	    "89.3%\n"
	    "10.0.0.2        1          1          2   20k   40k   10.7%  "
	    "100.0%\n"
	    "rest            1          1          2    60   100    0.0%  "
	    "100.0%\n"
	    "total           4          4          8   22k  542k  100.0%  "
	    "100.0%\n");
	expect(report, &csv,
	    "client,records,packets_sent,packets_received,octets_sent,"
	    "octets_received,share,cumulative_share\n"
	    "10.0.0.1,2,2,4,1500,501500,0.893174,0.893174\n"
	    "10.0.0.2,1,1,2,20000,40000,0.106542,0.999716\n"
	    "rest,1,1,2,60,100,0.000284,1.000000\n"
	    "total,4,4,8,21560,541600,1.000000,1.000000\n");
	report_free(&report);
	report = aggregate_top(aggregate, 1);
	expect(report, &json,
	    "{\"client\":\"10.0.0.1\",\"records\":2,\"packets_sent\":2,"
	    "\"packets_received\":4,\"octets_sent\":1500,"
	    "\"octets_received\":501500,\"share\":0.893174,"
	    "\"cumulative_share\":0.893174}\n"
	    "{\"row\":\"rest\",\"records\":2,\"packets_sent\":2,"
	    "\"packets_received\":4,\"octets_sent\":20060,"
	    "\"octets_received\":40100,\"share\":0.106826,"
	    "\"cumulative_share\":1.000000}\n"
	    "{\"row\":\"total\",\"records\":4,\"packets_sent\":4,"
	    "\"packets_received\":8,\"octets_sent\":21560,"
	    "\"octets_received\":541600,\"share\":1.000000,"
	    "\"cumulative_share\":1.000000}\n");
	report_free(&report);
	aggregate_free(&aggregate);
}

static void
bars_are_of_blocks_where_there_is_room(void **state)
{
	struct report_print_options bars = {
		.form = REPORT_TABLE, .bars = true, .width = 80
	};
	struct report_print_options narrow = bars;
	struct report *report = report_new(NULL);
	const uint64_t values[] = { 80, 40, 5, 0 };

	(void)state;
	report_add_column(report, "n", "N", REPORT_COUNT);
	report->bar = 0;
	for (size_t i = 0; i < 4; i++)
		cell_number(report_add_row(report, REPORT_ROW), values[i]);
	bars.width = 14; /* 2 of the column, 2 × 2 between, 8 of bars */
	expect(report, &bars,
	    " N\n"
	    "80  ████████\n"
	    "40  ████\n"
	    " 5  ▌\n"
	    " 0\n");
	narrow.width = 13;
	expect(report, &narrow, " N\n80\n40\n 5\n 0\n");
	report_free(&report);
}

static void
a_series_has_no_gaps(void **state)
{
	struct aggregate *aggregate = aggregate_of(NULL, NULL, 5 * SECOND);
	struct report *report;

	(void)state;
	add_some(aggregate);
	report = aggregate_series(aggregate, 10);
	expect(report, &csv,
	    "start,records,packets_sent,packets_received,octets_sent,"
	    "octets_received\n"
	    "1970-01-01T00:00:10Z,2,2,4,1500,501500\n"
	    "1970-01-01T00:00:15Z,0,0,0,0,0\n"
	    "1970-01-01T00:00:20Z,1,1,2,20000,40000\n"
	    "1970-01-01T00:00:25Z,0,0,0,0,0\n"
	    "1970-01-01T00:00:30Z,1,1,2,60,100\n");
	report_free(&report);
	aggregate_free(&aggregate);
}

static void
a_series_by_a_key_has_a_rest_in_each_interval(void **state)
{
	struct aggregate *aggregate = aggregate_of("port", NULL, 60 * SECOND);
	struct report *report;

	(void)state;
	add_some(aggregate);
	report = aggregate_series(aggregate, 1);
	expect(report, &table,
	    "START                PORT  RECORDS  PKTS SENT  PKTS RCVD  SENT  "
	    "RCVD\n"
	    "1970-01-01 00:00:00   443        2          2          4   21k  "
	    "540k\n"
	    "1970-01-01 00:00:00  rest        2          2          4   560  "
	    "1.6k\n");
	report_free(&report);
	aggregate_free(&aggregate);
}

static void
percentiles_are_values_that_there_are(void **state)
{
	struct aggregate *aggregate = aggregate_of("octets", "records", 0);
	struct report *report;

	(void)state;
	for (unsigned i = 1; i <= 100; i++)
		add(aggregate, exchange_of(1, 80, i, 0), 0);
	report = aggregate_percentiles(aggregate);
	expect(report, &csv,
	    "records,without,mean,minimum,p50,p90,p95,p99,maximum\n"
	    "100,0,51,1,50,90,95,99,100\n");
	report_free(&report);
	report = aggregate_bins(aggregate);
	expect(report, &csv,
	    "from,below,records,share,cumulative_share\n"
	    "1,2,1,0.010000,0.010000\n"
	    "2,5,3,0.030000,0.040000\n"
	    "5,10,5,0.050000,0.090000\n"
	    "10,20,10,0.100000,0.190000\n"
	    "20,50,30,0.300000,0.490000\n"
	    "50,100,50,0.500000,0.990000\n"
	    "100,200,1,0.010000,1.000000\n");
	report_free(&report);
	aggregate_free(&aggregate);
}

static void
a_matrix_of_nothing_and_of_the_greatest_number(void **state)
{
	struct aggregate *aggregate =
	    aggregate_of("client,server port", NULL, 0);
	struct report *report = aggregate_matrix(aggregate, 3);

	(void)state;
	expect(report, &csv, "client,total\n");
	report_free(&report);
	add_some(aggregate);
	report = aggregate_matrix(aggregate, 2);
	expect(report, &csv,
	    "client,443,80,other,total\n"
	    "10.0.0.1,501000,2000,0,503000\n"
	    "10.0.0.2,60000,0,0,60000\n"
	    "rest,0,0,160,160\n");
	report_free(&report);
	aggregate_free(&aggregate);
	aggregate = aggregate_of("octets", "records", 0);
	add(aggregate, exchange_of(1, 80, UINT64_MAX, 0), 0);
	report = aggregate_bins(aggregate);
	assert_int_equal(report->row_count, 1);
	assert_true(report->rows[0].cells[1].number == UINT64_MAX);
	report_free(&report);
	aggregate_free(&aggregate);
}

static void
a_difference_names_what_is_new_and_gone(void **state)
{
	struct aggregate *aggregate = aggregate_of("client", NULL, 0);
	struct report *report;

	(void)state;
	add_some(aggregate);
	add(aggregate, exchange_of(1, 443, 1000, 1000), 1);
	add(aggregate, exchange_of(2, 443, 30000, 40000), 1);
	add(aggregate, exchange_of(4, 443, 7000, 0), 1);
	report = aggregate_diff(aggregate, 10);
	expect(report, &csv,
	    "client,records_before,records_after,octets_before,octets_after,"
	    "change,state\n"
	    "10.0.0.1,2,1,503000,2000,-501000,shrunk\n"
	    "10.0.0.2,1,1,60000,70000,10000,grown\n"
	    "10.0.0.4,0,1,0,7000,7000,new\n"
	    "10.0.0.3,1,0,160,0,-160,gone\n");
	report_free(&report);
	aggregate_free(&aggregate);
}

/* What does not fit is refused, and says how many groups there are. */
static void
memory_is_bounded(void **state)
{
	struct aggregate_options options = { .by = "flow", .memory = 4 << 20 };
	char error[AGGREGATE_ERROR_SIZE] = "";
	struct aggregate *aggregate =
	    aggregate_new(&options, error, sizeof(error));
	unsigned i = 0;

	(void)state;
	assert_non_null(aggregate);
	for (; error[0] == '\0' && i < 1000000; i++) {
		struct exchange exchange = exchange_of(1, 80, 1, 1);
		struct subject subject = { &exchange, NULL, NULL };

		exchange.flow_id = i;
		(void)aggregate_add(
		    aggregate, &subject, 0, error, sizeof(error));
	}
	assert_in_range(i, 10000, 100000);
	assert_non_null(strstr(error, "groups do not fit in the"));
	aggregate_free(&aggregate);
}

/* Some with a client of their own each; how many were taken. */
static unsigned
add_clients(
    struct aggregate *aggregate, unsigned n, char error[AGGREGATE_ERROR_SIZE])
{
	for (unsigned i = 0; i < n; i++) {
		struct exchange exchange = exchange_of(1, 80, 1, 1);
		struct subject subject = { &exchange, NULL, NULL };

		memcpy(exchange.address[CLIENT], &i, sizeof(i));
		if (aggregate_add(aggregate, &subject, 0, error,
		        AGGREGATE_ERROR_SIZE) != 0)
			return i;
	}
	return n;
}

/*
 * It ended the program, or left the record out of the sums: whichever noticed
 * first.
 */
static void
a_machine_without_memory_is_told_of(void **state)
{
	struct aggregate *aggregate = aggregate_of("client", NULL, 0);
	char error[AGGREGATE_ERROR_SIZE] = "";

	(void)state;
	no_memory = true;
	assert_in_range(add_clients(aggregate, 10000, error), 1000, 9000);
	assert_non_null(strstr(error, "there is no memory for more than"));
	no_memory = false;
	assert_int_equal(add_clients(aggregate, 1, error), 0);
	assert_null(aggregate_top(aggregate, 1));
	assert_null(aggregate_diff(aggregate, 1));
	aggregate_free(&aggregate);
}

/* The last records are counted with the report. */
static void
a_report_without_a_record_is_none(void **state)
{
	char error[AGGREGATE_ERROR_SIZE] = "";
	struct aggregate *aggregate;
	unsigned all;

	(void)state;
	aggregate = aggregate_of("client,server port", NULL, 0);
	no_memory = true;
	all = add_clients(aggregate, 10000, error);
	aggregate_free(&aggregate);
	aggregate = aggregate_of("client,server port", NULL, 0);
	assert_int_equal(add_clients(aggregate, all, error), all);
	assert_null(aggregate_top(aggregate, 1));
	no_memory = false;
	aggregate_free(&aggregate);
}

/* It had rows and columns without those for which there was no memory. */
static void
a_matrix_without_memory_is_none(void **state)
{
	struct aggregate *aggregate = aggregate_of("client,server", NULL, 0);
	char error[AGGREGATE_ERROR_SIZE] = "";
	struct report *report;

	(void)state;
	assert_int_equal(add_clients(aggregate, 10000, error), 10000);
	no_memory = true;
	assert_null(aggregate_matrix(aggregate, 2));
	no_memory = false;
	report = aggregate_matrix(aggregate, 2);
	assert_non_null(report);
	report_free(&report);
	aggregate_free(&aggregate);
}

/* Many groups, and more records than are counted without a thread. */
static char *
count_many(bool may_thread, uint64_t memory, char error[AGGREGATE_ERROR_SIZE])
{
	struct aggregate_options options = {
		.by = "client,port", .memory = memory, .may_thread = may_thread
	};
	struct aggregate *aggregate =
	    aggregate_new(&options, error, AGGREGATE_ERROR_SIZE);
	struct report *report;
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	uint32_t random = 1;

	assert_non_null(aggregate);
	error[0] = '\0';
	for (unsigned i = 0; i < 300000 && error[0] == '\0'; i++) {
		struct exchange exchange;
		struct subject subject = { &exchange, NULL, NULL };

		random = random * 1664525 + 1013904223;
		exchange = exchange_of((uint8_t)(random >> 24),
		    (uint16_t)(random >> 8), random >> 4, i);
		(void)aggregate_add(
		    aggregate, &subject, 0, error, AGGREGATE_ERROR_SIZE);
	}
	report = aggregate_top(aggregate, 100000);
	/* None without all records. */
	assert_int_equal(report == NULL, error[0] != '\0');
	if (report != NULL)
		assert_int_equal(report_print(report, &csv, stream), 0);
	fclose(stream);
	report_free(&report);
	aggregate_free(&aggregate);
	return text;
}

static void
a_thread_counts_the_same(void **state)
{
	char error[2][AGGREGATE_ERROR_SIZE];
	char *alone = count_many(false, 0, error[0]);
	char *threaded = count_many(true, 0, error[1]);

	(void)state;
	assert_string_equal(error[0], "");
	assert_string_equal(error[1], "");
	assert_string_equal(alone, threaded);
	free(alone);
	free(threaded);
}

/* Also where only the last batches do not fit any more. */
static void
a_thread_refuses_the_same(void **state)
{
	(void)state;
	for (uint64_t memory = 1 << 20; memory < 32 << 20; memory *= 2) {
		char error[2][AGGREGATE_ERROR_SIZE];
		char *alone = count_many(false, memory, error[0]);
		char *threaded = count_many(true, memory, error[1]);

		assert_string_equal(error[0], error[1]);
		assert_string_equal(alone, threaded);
		free(alone);
		free(threaded);
		if (memory <= 4 << 20)
			assert_non_null(strstr(error[0], "do not fit"));
	}
}

static void
wrong_keys_say_what_was_expected(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "expected a name" },
		{ "client,", "expected a name" },
		{ "client/33", "expected /24" },
		{ "client/24/129", "expected /24" },
		{ "port/8", "of addresses only" },
		{ "client vlan", "it has no sides" },
		{ "port,port,port,port,port,port,port,port,port",
		    "at most 8 keys" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct aggregate_options options = { .by = wrong[i][0] };
		char error[AGGREGATE_ERROR_SIZE] = "";

		assert_null(aggregate_new(&options, error, sizeof(error)));
		if (strstr(error, wrong[i][1]) == NULL)
			fail_msg("%s: %s", wrong[i][0], error);
	}
}

/* Texts from strangers cannot steer a terminal, nor break CSV or JSON. */
static void
texts_are_escaped(void **state)
{
	struct report *report = report_new(NULL);
	struct report_cell *cells;

	(void)state;
	report_add_column(report, "name", "NAME", REPORT_TEXT);
	report_add_column(report, "n", "N", REPORT_COUNT);
	cells = report_add_row(report, REPORT_ROW);
	cell_text(cells, strdup("a\x1b[2J,\"b\"\n"));
	cell_number(cells + 1, 1);
	expect(report, &table,
	    "NAME              N\n"
	    "a\\x1b[2J,\"b\"\\x0a  1\n");
	expect(report, &csv, "name,n\n\"a\\x1b[2J,\"\"b\"\"\\x0a\",1\n");
	expect(report, &json,
	    "{\"name\":\"a\\u001b[2J,\\\"b\\\"\\u000a\",\"n\":1}\n");
	report_free(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_top_list_has_rest_and_total),
		cmocka_unit_test(bars_are_of_blocks_where_there_is_room),
		cmocka_unit_test(a_series_has_no_gaps),
		cmocka_unit_test(a_series_by_a_key_has_a_rest_in_each_interval),
		cmocka_unit_test(percentiles_are_values_that_there_are),
		cmocka_unit_test(
		    a_matrix_of_nothing_and_of_the_greatest_number),
		cmocka_unit_test(a_difference_names_what_is_new_and_gone),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(a_machine_without_memory_is_told_of),
		cmocka_unit_test(a_report_without_a_record_is_none),
		cmocka_unit_test(a_matrix_without_memory_is_none),
		cmocka_unit_test(a_thread_counts_the_same),
		cmocka_unit_test(a_thread_refuses_the_same),
		cmocka_unit_test(wrong_keys_say_what_was_expected),
		cmocka_unit_test(texts_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
