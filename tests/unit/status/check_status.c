/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include "exflow/status/status.h"

#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "exflow/base/human.h"
#include "exflow/base/log.h"
#include "exflow/status/progress.h"

static char text[65536];

static void
stream_read(FILE *stream)
{
	size_t length;

	rewind(stream);
	length = fread(text, 1, sizeof(text) - 1, stream);
	text[length] = '\0';
	fclose(stream);
}

/* A run whose books balance, with two outputs. */
struct run {
	struct exporter_output outputs[2];
	struct status status;
};

static void
run_init(struct run *run, const char *name)
{
	*run = (struct run){ 0 };
	run->status.ledger = (struct ledger){ .packets_read = 1234567,
		.packets_in_exchanges = 1200000,
		.exchanges_opened = 12345,
		.exchanges_live = 0,
		.active_parts = 5,
		.parts_not_summed = 2,
		.records = 12350 };
	run->status.ledger.unmatched[UNMATCHED_TCP_MIDSTREAM] = 30000;
	run->status.ledger.unmatched[UNMATCHED_NOT_IP] = 4567;
	run->status.ledger.exchanges_ended[END_FINISHED] = 10000;
	run->status.ledger.exchanges_ended[END_IDLE] = 2345;
	run->outputs[0].name = (char *)name;
	run->outputs[0].counts =
	    (struct destination_counts){ .records_due = 12350,
		    .delivered = 12350,
		    .messages = 300,
		    .octets = 3210000 };
	run->outputs[1].name = (char *)"udp://127.0.0.1:4739";
	run->outputs[1].counts =
	    (struct destination_counts){ .records_due = 12350,
		    .delivered = 12000 };
	run->outputs[1].counts.lost[LOSS_SEND] = 350;
	run->outputs[1].counts.errors[0] =
	    (struct destination_error){ ECONNREFUSED, 7 };
	run->outputs[1].counts.errors[1] =
	    (struct destination_error){ EMSGSIZE, 1 };
	run->outputs[0].since_start = run->outputs[1].since_start = true;
	run->status.exporter.outputs = run->outputs;
	run->status.exporter.output_count = 2;
	run->status.seconds = 1.25;
	run->status.final = true;
}

/* Check the books, with what is logged in text. */
static bool
check_books(const struct run *run)
{
	FILE *stream = tmpfile();
	int saved = dup(STDERR_FILENO);
	bool balanced;

	log_init("exflow", LOG_LEVEL_WARNING);
	fflush(stderr);
	dup2(fileno(stream), STDERR_FILENO);
	balanced = status_check(&run->status);
	dup2(saved, STDERR_FILENO);
	close(saved);
	stream_read(stream);
	assert_int_equal(status_balanced(&run->status), balanced);
	return balanced;
}

static void
balanced_books_say_nothing(void **state)
{
	struct run run;

	(void)state;
	run_init(&run, "table");
	assert_true(check_books(&run));
	assert_string_equal(text, "");
}

static void
packets_that_do_not_balance_are_an_error(void **state)
{
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.status.ledger.packets_read++;
	assert_false(check_books(&run));
	assert_string_equal(text,
	    "exflow: books do not balance: packets read 1234568 != in "
	    "exchanges 1200000 + unmatched 34567 + undecided 0\n");
}

static void
exchanges_that_do_not_balance_are_an_error(void **state)
{
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.status.ledger.exchanges_live = 2;
	assert_false(check_books(&run));
	assert_string_equal(text,
	    "exflow: books do not balance: exchanges opened 12345 != ended "
	    "12345 + live 2\n");
}

static void
output_that_does_not_balance_is_an_error_by_name(void **state)
{
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.outputs[1].counts.delivered--;
	assert_false(check_books(&run));
	assert_string_equal(text,
	    "exflow: books do not balance: udp://127.0.0.1:4739: records due "
	    "12350 + recovered 0 != delivered 11999 + waiting 0 + lost 350\n");
}

static void
output_that_was_not_given_every_record_is_an_error(void **state)
{
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.outputs[0].counts.records_due--;
	run.outputs[0].counts.delivered--;
	assert_false(check_books(&run));
	assert_string_equal(text,
	    "exflow: books do not balance: table: records due 12349 - split "
	    "0 + left out 0 + parts 0 - sums 0 != records made 12350\n");
}

static void
output_that_left_records_out_is_balanced(void **state)
{
	struct run run;

	(void)state;
	run_init(&run, "csv:tables");
	run.outputs[0].counts.records_due--;
	run.outputs[0].counts.delivered--;
	run.outputs[0].counts.left_out++;
	assert_true(check_books(&run));
	assert_string_equal(text, "");
}

static void
output_whose_records_are_halves_is_balanced(void **state)
{
	struct run run;

	(void)state;
	run_init(&run, "udp://[::1]");
	run.outputs[0].counts.records_due += 12000;
	run.outputs[0].counts.delivered += 12000;
	assert_false(check_books(&run));
	run.outputs[0].counts.split = 12000;
	assert_true(check_books(&run));
	assert_string_equal(text, "");
}

static const char json_expected[] =
    "{\n"
    "  \"packets_read\": 1234567,\n"
    "  \"packets_in_exchanges\": 1200000,\n"
    "  \"unmatched\": {\"not_ip\": 4567, \"not_tcp_udp\": 0, \"malformed\": 0,"
    " \"truncated_header\": 0, \"fragment\": 0,"
    " \"tunnel_fragment\": 0, \"tcp_midstream\": 30000,"
    " \"outbound\": 0, \"inbound\": 0, \"foreign\": 0, \"local\": 0,"
    " \"no_memory\": 0},\n"
    "  \"undecided\": 0,\n"
    "  \"exchanges\": {\"opened\": 12345, \"resumed\": 0, \"live\": 0, "
    "\"ended\":"
    " {\"finished\": 10000, \"reset\": 0, \"half_closed\": 0,"
    " \"replaced\": 0, \"unanswered\": 0, \"idle\": 2345, \"evicted\": 0,"
    " \"shutdown\": 0}, \"active_parts\": 5,"
    " \"parts_not_summed\": 2},\n"
    "  \"fragments_evicted\": 0,\n"
    "  \"resets_out_of_window\": 0,\n"
    "  \"clock_steps\": 0,\n"
    "  \"clock_outliers\": 0,\n"
    "  \"reordered_early\": 0,\n"
    "  \"outputs\": [\n"
    "    {\"name\": \"csv:a\\\"b\\\\c\\u000ad\\u0001\xef\xbf\xbd\","
    " \"records_due\": 12350, \"split\": 0, \"left_out\": 0, \"parts\": 0, "
    "\"sums\": 0, \"cut\": 0,"
    " \"delivered\": 12350,"
    " \"unconfirmed\": 0, \"waiting\": 0,"
    " \"recovered\": 0, \"queued\": 0, \"in_spool\": 0,"
    " \"spool_octets\": 0, \"spooled\": 0, \"sent\": 0, \"acknowledged\": 0,"
    " \"replayed\": 0, \"maybe_twice\": 0, \"connects\": 0,"
    " \"lost\": {\"encode\": 0, \"queue\": 0, \"connect\": 0, \"send\": 0,"
    " \"write\": 0, \"spool\": 0, \"damaged\": 0, \"not_v5\": 0, "
    "\"too_large\": 0}, \"errors\": "
    "{},"
    " \"messages\": 300, \"octets\": 3210000, \"files\": 0, \"files_removed\": "
    "0, \"after_done\": 0, \"after_failed\": 0, \"after_waiting\": 0, "
    "\"after_given_up\": 0, \"last_error\": "
    "\"\"},\n"
    "    {\"name\": \"udp://127.0.0.1:4739\","
    " \"records_due\": 12350, \"split\": 0, \"left_out\": 0, \"parts\": 0, "
    "\"sums\": 0, \"cut\": 0,"
    " \"delivered\": 12000,"
    " \"unconfirmed\": 0, \"waiting\": 0,"
    " \"recovered\": 0, \"queued\": 0, \"in_spool\": 0,"
    " \"spool_octets\": 0, \"spooled\": 0, \"sent\": 0, \"acknowledged\": 0,"
    " \"replayed\": 0, \"maybe_twice\": 0, \"connects\": 0,"
    " \"lost\": {\"encode\": 0, \"queue\": 0, \"connect\": 0, \"send\": 350,"
    " \"write\": 0, \"spool\": 0, \"damaged\": 0, \"not_v5\": 0, "
    "\"too_large\": 0},"
    " \"errors\": {\"ECONNREFUSED\": 7, \"EMSGSIZE\": 1}, \"messages\": 0,"
    " \"octets\": 0, \"files\": 0, \"files_removed\": 0, "
    "\"after_done\": 0, \"after_failed\": 0, \"after_waiting\": 0, "
    "\"after_given_up\": 0, \"last_error\": "
    "\"\"}],\n"
    "  \"seconds\": 1.250000,\n"
    "  \"balanced\": true\n"
    "}\n";

static void
json_has_every_key_and_escapes_strings(void **state)
{
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "csv:a\"b\\c\nd\x01\xff");
	status_print_json(&run.status, stream);
	stream_read(stream);
	assert_string_equal(text, json_expected);
}

static void
json_without_outputs_and_out_of_balance(void **state)
{
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.status.exporter.output_count = 0;
	run.status.ledger.packets_read = 0;
	status_print_json(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(text, "\"outputs\": [],\n"));
	assert_non_null(strstr(text, "\"balanced\": false\n"));
}

static char folder[] = "/tmp/check_statistics.XXXXXX";

static int
folder_begin(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
folder_end(void **state)
{
	(void)state;
	return rmdir(folder); /* fails where anything was left */
}

static void
json_file_appears_whole_and_leaves_nothing_beside_it(void **state)
{
	char path[64];
	struct stat status;
	struct run run;
	mode_t mask = umask(022);

	(void)state;
	run_init(&run, "csv:a\"b\\c\nd\x01\xff");
	snprintf(path, sizeof(path), "%s/s.json", folder);
	for (int round = 0; round < 2; round++) /* new, then replaced */
		assert_int_equal(status_write_json(&run.status, path), 0);
	umask(mask);
	stream_read(fopen(path, "r"));
	assert_string_equal(text, json_expected);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0644);
	assert_int_equal(unlink(path), 0);
}

static void
json_file_that_cannot_be_written_is_an_error(void **state)
{
	char path[64];
	struct run run;

	(void)state;
	run_init(&run, "table");
	snprintf(path, sizeof(path), "%s/none/s.json", folder);
	assert_int_equal(status_write_json(&run.status, path), -1);
	assert_int_equal(status_write_json(&run.status, folder), -1);
	assert_int_equal(status_write_json(&run.status, "/dev/full"), -1);
	assert_int_equal(access("/dev/full", F_OK), 0);
}

static void
summary_is_aligned_and_names_what_is_not_zero(void **state)
{
	static const char expected[] =
	    "packets        1,234,567 read\n"
	    "               1,200,000 in exchanges\n"
	    "                  34,567 unmatched      not_ip 4,567, "
	    "tcp_midstream 30,000\n"
	    "exchanges         12,345 opened\n"
	    "                  12,345 ended          finished 10,000, "
	    "idle 2,345\n"
	    "                       5 parts cut off by active_timeout\n"
	    "                       2 of these missing in rows of csv: no "
	    "memory\n"
	    "outputs           12,350 delivered      ipfix:out.ipfix, 3.21 MB\n"
	    "                  12,000 delivered      udp://127.0.0.1:4739\n"
	    "                     350 lost           send 350\n"
	    "time              1.25 s                988 k packets/s\n";
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "ipfix:out.ipfix");
	status_print(&run.status, stream);
	stream_read(stream);
	assert_string_equal(text, expected);
}

static void
what_a_file_says_was_lost_stands_beside_the_books(void **state)
{
	struct described_interface described[2] = {
		{ .number = 0, .name = "eth0", .told = true },
		{ .number = 3, .name = "\xff" }
	};
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	described[0].counts[CAPTURE_RECEIVED] = 9000;
	described[0].counts[CAPTURE_ACCEPTED] = 8000;
	described[0].counts[CAPTURE_DROPPED_BY_SYSTEM] = 1200;
	described[0].counts[CAPTURE_DROPPED_BY_INTERFACE] = 34;
	run_init(&run, "table");
	run.status.described = described;
	run.status.described_count = 2;
	status_print(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(text,
	    "                   1,234 never captured kernel_drops 1,200, "
	    "interface_drops 34\n"));
	stream = tmpfile();
	status_print_json(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(text,
	    "  \"interfaces\": [\n"
	    "    {\"name\": \"eth0\", \"index\": 0, \"received\": 9000, "
	    "\"accepted\": 8000, \"kernel_drops\": 1200, "
	    "\"interface_drops\": 34},\n"
	    "    {\"name\": \"\xef\xbf\xbd\", \"index\": 3}],\n"));
	assert_true(status_balanced(&run.status));
}

static void
what_an_output_has_no_place_for_is_shown(void **state)
{
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "csv:tables");
	run.outputs[0].counts.records_due -= 50;
	run.outputs[0].counts.delivered -= 50;
	run.outputs[0].counts.left_out = 50;
	assert_true(status_balanced(&run.status));
	status_print(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(text, "12,300 delivered      csv:tables, "));
	assert_non_null(strstr(text, "\n                      50 left out\n"));
	stream = tmpfile();
	status_print_json(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(
	    text, "\"records_due\": 12300, \"split\": 0, \"left_out\": 50,"));
}

static void
summary_tells_what_interfaces_lost(void **state)
{
	static const char expected[] =
	    "interfaces     1,234,560 read           eth0, kernel_drops 7\n"
	    "                       7 read           eth1, gone, reopened 2\n"
	    "packets        1,234,567 read\n";
	struct interface_counts interfaces[] = {
		{ .name = "eth0", .packets = 1234560, .kernel_drops = 7 },
		{ .name = "eth1",
		    .state = INTERFACE_GONE,
		    .packets = 7,
		    .reopened = 2 },
	};
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.status.interfaces = interfaces;
	run.status.interface_count = 2;
	status_print(&run.status, stream);
	stream_read(stream);
	text[sizeof(expected) - 1] = '\0';
	assert_string_equal(text, expected);
}

/* So many exchanges of which all is known, or nothing. */
static struct quality_totals *
measured(unsigned known, unsigned unknown)
{
	struct quality_totals *totals = quality_totals_new();
	struct exchange_quality figures;
	struct exchange exchange = { .protocol = PROTOCOL_TCP,
		.quality = &figures };

	assert_non_null(totals);
	quality_figures_init(&figures);
	for (unsigned i = 0; i < unknown; i++)
		quality_totals_count(totals, &exchange);
	for (int i = 0; i < 2; i++) {
		figures.side[i].handshake_rtt = 5;
		figures.side[i].rtt_mean = 6;
		figures.side[i].segments[LOSS_NONE] = 999;
		figures.side[i].segments[LOSS_FAST] = 1;
	}
	figures.response_time = 7;
	for (unsigned i = 0; i < known; i++)
		quality_totals_count(totals, &exchange);
	return totals;
}

static void
medians_are_there_where_quality_was_measured(void **state)
{
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.status.quality = measured(2, 1);
	status_print(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(text,
	    "medians                3 exchanges      handshake RTT 10us, data "
	    "RTT 12us,\n"
	    "                                        response 7us, "
	    "retransmitted 0.10 %,\n"
	    "                                        of all segments 0.10 "
	    "%\n"));
	quality_totals_free(&run.status.quality);
	stream = tmpfile();
	status_print(&run.status, stream);
	stream_read(stream);
	assert_null(strstr(text, "medians"));
}

static void
a_line_of_no_median_is_not_there(void **state)
{
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.status.quality = measured(0, 2);
	status_print(&run.status, stream);
	stream_read(stream);
	quality_totals_free(&run.status.quality);
	assert_null(strstr(text, "medians"));
}

static void
json_has_medians_and_means_of_networks(void **state)
{
	FILE *stream = tmpfile();
	struct run run;

	(void)state;
	run_init(&run, "table");
	run.status.quality = measured(2, 0);
	status_print_json(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(text,
	    "\"quality\": {\"exchanges\": 2, \"medians\": {\"handshake_rtt\": "
	    "0.000010, \"data_rtt\": 0.000012, \"response_time\": 0.000007, "
	    "\"retransmission_ratio\": 0.001000}, "
	    "\"retransmission_ratio\": 0.001000, \"networks\": [\n"
	    "    {\"name\": \"\", \"handshake_rtt_client\": {\"count\": 2, "
	    "\"mean\": 0.000005}, "));
	quality_totals_free(&run.status.quality);
	run.status.quality = measured(0, 1);
	stream = tmpfile();
	status_print_json(&run.status, stream);
	stream_read(stream);
	assert_non_null(strstr(text, "\"medians\": {\"handshake_rtt\": null, "
	                             "\"data_rtt\": null, "));
	quality_totals_free(&run.status.quality);
}

static void
summary_stays_under_80_columns(void **state)
{
	FILE *stream = tmpfile();
	struct run run;
	char name[300];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	run_init(&run, name);
	for (unsigned i = 0; i < UNMATCHED_COUNT; i++)
		run.status.ledger.unmatched[i] = 123456789012;
	for (unsigned i = 1; i < END_COUNT; i++)
		run.status.ledger.exchanges_ended[i] = 123456789012;
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		run.outputs[1].counts.lost[i] = 123456789012;
	run.status.ledger.packets_read = 999999999999;
	run.status.ledger.exchanges_live = 999999999999;
	run.status.ledger.fragments_evicted = 999999999999;
	run.outputs[1].counts.waiting = 999999999999;
	status_print(&run.status, stream);
	stream_read(stream);
	for (char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") >= 80)
			fail_msg("too wide: %.100s", at);
	assert_non_null(strstr(text, "local 123,456,789,012"));
	assert_non_null(strstr(text, "shutdown 123,456,789,012\n"));
	assert_non_null(strstr(text, "...nnn"));
}

static void
units_have_three_digits(void **state)
{
	static const struct {
		double number;
		const char *expected;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 999.6, "1.00 k" },
		{ 1000, "1.00 k" }, { 1234567, "1.23 M" },
		{ 45600000, "45.6 M" }, { 9996, "10.0 k" }, { 99960, "100 k" },
		{ 999500, "1.00 M" }, { 7.89e11, "789 G" } };
	char buffer[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		human_scaled(buffer, sizeof(buffer), cases[i].number);
		assert_string_equal(buffer, cases[i].expected);
	}
	human_octets(buffer, sizeof(buffer), 999);
	assert_string_equal(buffer, "999 octets");
	human_octets(buffer, sizeof(buffer), 1230);
	assert_string_equal(buffer, "1.23 kB");
	human_grouped(buffer, sizeof(buffer), 0);
	assert_string_equal(buffer, "0");
	human_grouped(buffer, sizeof(buffer), 123456);
	assert_string_equal(buffer, "123,456");
	human_grouped(buffer, sizeof(buffer), UINT64_MAX);
	assert_string_equal(buffer, "18,446,744,073,709,551,615");
}

static void
progress_line_tells_part_rate_and_time_left(void **state)
{
	char line[100];

	(void)state;
	progress_format(line, sizeof(line), 79, 420, 1000, 1230000, 8.6896);
	assert_string_equal(line, "  42 %  1.23 M packets  142 k/s  0:12 left");
	progress_format(line, sizeof(line), 79, 10, 1000, 1000, 100);
	assert_string_equal(line, "   1 %  1.00 k packets  10/s  2:45:00 left");
	progress_format(line, sizeof(line), 79, 0, 1000, 0, 0);
	assert_string_equal(line, "   0 %  0 packets  0/s");
	progress_format(line, sizeof(line), 79, 2000, 1000, 10, 1);
	assert_string_equal(line, " 100 %  10 packets  10/s  0:00 left");
	/* A pipe: how much is to come is not known. */
	progress_format(line, sizeof(line), 79, 420, 0, 1000, 1);
	assert_string_equal(line, "  1.00 k packets  1.00 k/s");
}

static void
progress_line_is_cut_to_the_width(void **state)
{
	char line[100];

	(void)state;
	progress_format(line, sizeof(line), 10, 420, 1000, 1230000, 8);
	assert_string_equal(line, "  42 %  1.");
}

static void
progress_draws_nothing_where_there_is_no_terminal(void **state)
{
	FILE *stream = tmpfile();
	struct progress *progress = progress_new(stream, 1000);
	const struct timespec pause = { .tv_nsec = 300000000 };

	(void)state;
	nanosleep(&pause, NULL);
	progress_update(progress, 1, 1);
	progress_free(&progress);
	assert_null(progress);
	progress_free(&progress);
	stream_read(stream);
	assert_string_equal(text, "");
}

static void
progress_on_a_terminal_is_drawn_seldom_and_cleared(void **state)
{
	const struct timespec pause = { .tv_nsec = 300000000 };
	struct progress *progress;
	int master, slave;
	FILE *stream;
	ssize_t length = 0, part;
	size_t drawn = 0;

	(void)state;
	setenv("TERM", "xterm", 1);
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	stream = fdopen(slave, "w");
	progress = progress_new(stream, 1000);
	for (int i = 0; i < 1000; i++)
		progress_update(progress, 1, 1);
	nanosleep(&pause, NULL);
	for (int i = 0; i < 1000; i++)
		progress_update(progress, 500, 1234);
	progress_free(&progress);
	fclose(stream); /* the end, for the reader */
	while ((part = read(master, text + length,
	            sizeof(text) - 1 - (size_t)length)) > 0)
		length += part;
	text[length] = '\0';
	for (char *at = text; (at = strchr(at, '%')) != NULL; at++)
		drawn++;
	/* Twice only where the loops themselves took a quarter second. */
	assert_in_range(drawn, 1, 3);
	assert_non_null(strstr(text, "\r\033[K  50 %  1.23 k packets"));
	assert_string_equal(text + strlen(text) - 4, "\r\033[K");
	close(master);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(balanced_books_say_nothing),
		cmocka_unit_test(packets_that_do_not_balance_are_an_error),
		cmocka_unit_test(exchanges_that_do_not_balance_are_an_error),
		cmocka_unit_test(
		    output_that_does_not_balance_is_an_error_by_name),
		cmocka_unit_test(
		    output_that_was_not_given_every_record_is_an_error),
		cmocka_unit_test(output_that_left_records_out_is_balanced),
		cmocka_unit_test(output_whose_records_are_halves_is_balanced),
		cmocka_unit_test(json_has_every_key_and_escapes_strings),
		cmocka_unit_test(json_without_outputs_and_out_of_balance),
		cmocka_unit_test(
		    json_file_appears_whole_and_leaves_nothing_beside_it),
		cmocka_unit_test(json_file_that_cannot_be_written_is_an_error),
		cmocka_unit_test(summary_is_aligned_and_names_what_is_not_zero),
		cmocka_unit_test(
		    what_a_file_says_was_lost_stands_beside_the_books),
		cmocka_unit_test(what_an_output_has_no_place_for_is_shown),
		cmocka_unit_test(summary_tells_what_interfaces_lost),
		cmocka_unit_test(medians_are_there_where_quality_was_measured),
		cmocka_unit_test(a_line_of_no_median_is_not_there),
		cmocka_unit_test(json_has_medians_and_means_of_networks),
		cmocka_unit_test(summary_stays_under_80_columns),
		cmocka_unit_test(units_have_three_digits),
		cmocka_unit_test(progress_line_tells_part_rate_and_time_left),
		cmocka_unit_test(progress_line_is_cut_to_the_width),
		cmocka_unit_test(
		    progress_draws_nothing_where_there_is_no_terminal),
		cmocka_unit_test(
		    progress_on_a_terminal_is_drawn_seldom_and_cleared),
	};

	return cmocka_run_group_tests(tests, folder_begin, folder_end);
}
