/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queries take the records of a run from the octets of the message.  What they
 * answer is what they answer where libfixbuf hands out one record after the
 * other, whatever templates a file has:
 *
 *	message 1   templates 256, 258; 8 records of 256
 *	message 2   8 records of 256, padding; 5 of 258
 *	message 3   256 with the same elements in other places; 257, which has
 *	            a field of variable length
 *	message 4   8 records of 256; 8 of 257; 5 of 258
 *	message 5   an options template and its records
 *	message 6   5 records of 258; 8 of 257; 8 of 256
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/reader/query.h"

#define OWN_PEN 32473
#define SETS_OF 8 /* records in a set */

static uint8_t data[8192];
static size_t used, message_at, set_at;

static void
put(unsigned n, uint64_t value)
{
	for (unsigned i = n; i > 0; i--)
		data[used++] = (uint8_t)(value >> (8 * (i - 1)));
}

static void
put_length(size_t start)
{
	data[start + 2] = (uint8_t)((used - start) >> 8);
	data[start + 3] = (uint8_t)(used - start);
}

static void
message_begin(void)
{
	message_at = used;
	put(4, 10 << 16);
	put(4, 1704164645);
	put(8, 0);
}

static void
set_begin(unsigned id)
{
	set_at = used;
	put(4, id << 16);
}

/* id, length pairs, ended by id 0; scope: of options, or 0. */
static void
put_template(unsigned id, unsigned scope, const unsigned (*fields)[2])
{
	unsigned count = 0;

	while (fields[count][0] != 0)
		count++;
	set_begin(scope > 0 ? 3 : 2);
	put(2, id);
	put(2, count);
	if (scope > 0)
		put(2, scope);
	for (unsigned i = 0; i < count; i++) {
		put(2, fields[i][0]);
		put(2, fields[i][1]);
	}
	put_length(set_at);
}

/* The n-th record of a set; padding: octets in front of it. */
static void
put_flow(unsigned n, unsigned padding)
{
	put(padding, 0xaaaaaaaa);
	put(4, 0x0a000000 + n % 3);
	put(4, 0xc0000200 + n);
	put(2, 1000 + n);
	put(2, n % 2 == 0 ? 443 : 53);
	put(1, n % 2 == 0 ? 6 : 17);
	put(8, n + 1);
	put(8, (uint64_t)100 * (n + 1));
	put(8, UINT64_C(1704164645000) + n);
}

static void
put_flows(unsigned id, unsigned padding, bool named)
{
	set_begin(id);
	for (unsigned i = 0; i < SETS_OF; i++) {
		if (named) {
			put(1, i % 4);
			put(i % 4, 0x61626364);
		}
		put_flow(i, padding);
	}
	put(3, 0);
	put_length(set_at);
}

#define FLOW                                                                   \
	{ 8, 4 }, { 12, 4 }, { 7, 2 }, { 11, 2 }, { 4, 1 }, { 2, 8 },          \
	    { 1, 8 }, { 152, 8 },                                              \
	{                                                                      \
		0, 0                                                           \
	}

/* Messages that have templates are libfixbuf's: records come behind them. */
static void
next_message(void)
{
	if (used > 0)
		put_length(message_at);
	message_begin();
}

static void
put_other_flows(void)
{
	set_begin(258);
	for (unsigned i = 0; i < 5; i++) {
		put(8, UINT64_C(0x20010db800000000));
		put(8, i / 2);
		put(4, 1000 * i);
		put(3, i);
		put(4, 77 + i);
		memcpy(data + used, "eth0", 5);
		used += 5;
	}
	put_length(set_at);
}

static void
put_options(void)
{
	put_template(
	    300, 1, (const unsigned[][2]){ { 149, 4 }, { 160, 8 }, { 0, 0 } });
	set_begin(300);
	put(4, 0);
	put(8, UINT64_C(1704160000000));
	put(4, 0);
	put(8, UINT64_C(1704161000000));
	put_length(set_at);
}

static void
make_file(void)
{
	used = 0;
	next_message();
	put_template(256, 0, (const unsigned[][2]){ { 210, 1 }, FLOW });
	put_template(258, 0,
	    (const unsigned[][2]){ { 27, 16 }, { 85, 4 }, { 86, 3 }, { 22, 4 },
	        { 82, 5 }, { 0, 0 } });
	put_flows(256, 1, false);
	next_message();
	put_flows(256, 1, false);
	put_other_flows();
	next_message();
	put_template(256, 0, (const unsigned[][2]){ { 210, 3 }, FLOW });
	put_template(257, 0, (const unsigned[][2]){ { 82, 65535 }, FLOW });
	next_message();
	put_flows(256, 3, false);
	put_flows(257, 0, true);
	put_other_flows();
	next_message();
	put_options();
	next_message();
	put_other_flows();
	put_flows(257, 0, true);
	put_flows(256, 3, false);
	put_length(message_at);
}

__attribute__((format(printf, 1, 2))) static void
complain(const char *format, ...)
{
	fail_msg("%s", format);
}

static char *
answer(const struct query_options *options, bool libfixbuf)
{
	struct query_options asked = *options;
	char path[] = "/tmp/check_query.XXXXXX", error[QUERY_ERROR_SIZE];
	struct reader *reader = reader_new(OWN_PEN, error, sizeof(error));
	int fd = mkstemp(path);
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct query *query;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, used), used);
	close(fd);
	if (libfixbuf)
		reader_use_libfixbuf(reader);
	asked.own_pen = OWN_PEN;
	asked.top = 10;
	query = query_new(&asked, reader, stream, error);
	if (query == NULL)
		fail_msg("%s", error);
	assert_int_equal(reader_open(reader, path, error, sizeof(error)), 0);
	assert_int_equal(query_file(query, complain, complain), 0);
	assert_int_equal(query_finish(query), 0);
	query_free(&query);
	reader_free(&reader);
	fclose(stream);
	unlink(path);
	return text;
}

static void
runs_answer_as_single_records(void **state)
{
	static const struct query_options queries[] = {
		{ .kind = QUERY_TOP, .by = "client" },
		{ .kind = QUERY_TOP, .by = "client,interfaceName" },
		{ .kind = QUERY_TOP, .by = "protocol", .order = "packets" },
		{ .kind = QUERY_TOP,
		    .by = "server port",
		    .filter = "interfaceName ~ a* or ip6" },
		{ .kind = QUERY_SERIES, .by = "protocol", .step = 2000000 },
		{ .kind = QUERY_HISTOGRAM, .argument = "octets" },
		{ .kind = QUERY_MATRIX, .argument = "client,server" },
		{ .kind = QUERY_DIFF,
		    .by = "client",
		    .diff = { { { 0 }, { UINT64_C(1704164645003000000) } },
		        { { UINT64_C(1704164645003000000) },
		            { INT64_MAX } } } },
		{ .kind = QUERY_LINES,
		    .filter = "server port 443",
		    .dump = { .mode = DUMP_JSON } },
		{ .kind = QUERY_LINES,
		    .filter = "octets > 300",
		    .sort = "octets",
		    .dump = { .mode = DUMP_CSV } },
		{ .kind = QUERY_FIELDS,
		    .argument = "start,client,server,port,packets,"
		                "interfaceName" },
		{ .kind = QUERY_FIELDS,
		    .argument = "start,client,octets",
		    .filter = "not udp",
		    .head = 5 },
		{ .kind = QUERY_LINES, .pair = true, .filter = "octets > 300" },
		{ .kind = QUERY_LINES,
		    .has_period = true,
		    .period = { { UINT64_C(1704160000000000000) },
		        { UINT64_C(1704164645004000000) } } },
	};

	(void)state;
	make_file();
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		char *runs = answer(&queries[i], false);
		char *single = answer(&queries[i], true);

		assert_true(strlen(runs) > 0);
		assert_string_equal(runs, single);
		free(runs);
		free(single);
	}
}

/* Six times the same eight flows; clients 0 and 1 have three of them. */
static void
fields_that_moved_are_found(void **state)
{
	static const struct query_options query = { .kind = QUERY_TOP,
		.by = "client",
		.filter = "ip",
		.dump = { .mode = DUMP_CSV } };
	char *text;

	(void)state;
	make_file();
	text = answer(&query, false);
	assert_string_equal(text,
	    "client,records,packets_sent,packets_received,octets_sent,"
	    "octets_received,share,cumulative_share\n"
	    "10.0.0.1,18,90,0,9000,0,0.416667,0.416667\n"
	    "10.0.0.0,18,72,0,7200,0,0.333333,0.750000\n"
	    "10.0.0.2,12,54,0,5400,0,0.250000,1.000000\n"
	    "total,48,216,0,21600,0,1.000000,1.000000\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_answer_as_single_records),
		cmocka_unit_test(fields_that_moved_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
