/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/status/metrics.h"

static char *
print(const struct status *status, bool openmetrics)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	metrics_print(status, openmetrics, stream);
	fclose(stream);
	return text;
}

static void
has(const char *text, const char *line)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(text, whole) == NULL)
		fail_msg("%s is not in the page:\n%s", line, text);
}

static struct interface_counts interface = {
	.name = "eth0", .state = INTERFACE_UP, .packets = 7, .kernel_drops = 2
};
static struct exporter_output output = { .name = (char *)"a\"b\\c\nd",
	.counts = { .records_due = 9, .left_out = 4, .delivered = 8 } };

static struct status
status(void)
{
	struct status status = {
		.seconds = 1, .interfaces = &interface, .interface_count = 1
	};

	output.counts.lost[LOSS_SEND] = 1;
	status.ledger.packets_read = 10;
	status.ledger.unmatched[UNMATCHED_NOT_IP] = 3;
	status.ledger.exchanges_ended[END_IDLE] = 4;
	status.started.ns = 1500000000;
	status.exporter.outputs = &output;
	status.exporter.output_count = 1;
	status.exporter.delays = (struct exporter_delays){
		.count = 5, .seconds = 12.5, .within = { 1, 2 }
	};
	return status;
}

static void
prometheus_has_every_sample_under_its_type(void **state)
{
	struct status s = status();
	char *text = print(&s, false);

	(void)state;
	has(text, "# TYPE exflow_packets_read_total counter");
	has(text, "exflow_packets_read_total 10");
	has(text, "exflow_packets_unmatched_total{reason=\"not_ip\"} 3");
	has(text, "exflow_exchanges_ended_total{end=\"idle\"} 4");
	has(text, "exflow_interface_packets_total{interface=\"eth0\"} 7");
	has(text, "exflow_interface_kernel_drops_total{interface=\"eth0\"} 2");
	has(text, "exflow_interface_up{interface=\"eth0\"} 1");
	has(text, "exflow_output_records_delivered_total{output=\"a\\\"b"
	          "\\\\c\\nd\"} 8");
	has(text, "exflow_output_records_left_out_total{output=\"a\\\"b"
	          "\\\\c\\nd\"} 4");
	has(text, "exflow_output_records_lost_total{output=\"a\\\"b\\\\c\\nd\","
	          "reason=\"send\"} 1");
	has(text, "exflow_start_time_seconds 1.500");
	assert_null(strstr(text, "# EOF"));
	free(text);
}

static void
the_histogram_adds_up(void **state)
{
	struct status s = status();
	char *text = print(&s, false);

	(void)state;
	has(text, "exflow_export_delay_seconds_bucket{le=\"0.001\"} 1");
	has(text, "exflow_export_delay_seconds_bucket{le=\"0.01\"} 3");
	has(text, "exflow_export_delay_seconds_bucket{le=\"10\"} 3");
	has(text, "exflow_export_delay_seconds_bucket{le=\"+Inf\"} 5");
	has(text, "exflow_export_delay_seconds_sum 12.500000");
	has(text, "exflow_export_delay_seconds_count 5");
	free(text);
}

/* An exchange of the network "office", and one of none. */
static struct quality_totals *
two_exchanges(bool names)
{
	struct network_set *set = network_set_new();
	struct quality_totals *totals = quality_totals_new();
	struct exchange_quality figures;
	struct exchange exchange = { .protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.address = { { 192, 0, 2, 1 } },
		.local = 1 << CLIENT,
		.quality = &figures };
	char error[256];

	assert_true(set != NULL && totals != NULL);
	assert_int_equal(network_set_add_named(set,
	                     names ? "office=192.0.2.0/24" : "192.0.2.0/24",
	                     error, sizeof(error)),
	    0);
	network_set_freeze(set);
	quality_totals_networks(totals, set);
	quality_figures_init(&figures);
	figures.side[CLIENT].handshake_rtt = 150;
	figures.response_time = 6000000;
	figures.side[SERVER].segments[LOSS_NONE] = 3;
	figures.side[SERVER].segments[LOSS_FAST] = 1;
	quality_totals_count(totals, &exchange);
	exchange.local = 0;
	figures.side[CLIENT].handshake_rtt = 100;
	figures.side[SERVER].segments[LOSS_FAST] = 0;
	quality_totals_count(totals, &exchange);
	network_set_free(&set);
	return totals;
}

#define HANDSHAKE "exflow_handshake_rtt_seconds_"
#define RATIO "exflow_retransmission_ratio_"

static void
quality_is_told_by_half_and_network(void **state)
{
	struct status s = status();
	char *text;

	(void)state;
	s.quality = two_exchanges(true);
	text = print(&s, false);
	has(text, "# TYPE exflow_handshake_rtt_seconds histogram");
	has(text, HANDSHAKE "bucket{half=\"client\",network=\"office\","
	                    "le=\"0.0001\"} 0");
	has(text, HANDSHAKE "bucket{half=\"client\",network=\"office\","
	                    "le=\"0.0002\"} 1");
	has(text, HANDSHAKE "bucket{half=\"client\",network=\"office\","
	                    "le=\"+Inf\"} 1");
	has(text, HANDSHAKE "sum{half=\"client\",network=\"office\"} 0.00015");
	has(text, HANDSHAKE "count{half=\"client\",network=\"office\"} 1");
	has(text, HANDSHAKE "bucket{half=\"client\",network=\"\","
	                    "le=\"0.0001\"} 1");
	has(text, HANDSHAKE "count{half=\"server\",network=\"office\"} 0");
	has(text, "exflow_response_time_seconds_bucket{network=\"office\","
	          "le=\"5.0\"} 0");
	has(text, "exflow_response_time_seconds_bucket{network=\"office\","
	          "le=\"+Inf\"} 1");
	has(text, "exflow_response_time_seconds_sum{network=\"\"} 6.0");
	has(text, RATIO "bucket{side=\"server\",network=\"\",le=\"0.0\"} 1");
	has(text, RATIO "sum{side=\"server\",network=\"office\"} 0.25");
	has(text, RATIO "count{side=\"client\",network=\"office\"} 0");
	quality_totals_free(&s.quality);
	free(text);
}

static void
without_names_there_is_no_label_of_them(void **state)
{
	struct status s = status();
	char *text;

	(void)state;
	s.quality = two_exchanges(false);
	text = print(&s, true);
	assert_null(strstr(text, "network="));
	has(text, HANDSHAKE "count{half=\"client\"} 2");
	has(text, "exflow_response_time_seconds_count 2");
	has(text, "exflow_response_time_seconds_bucket{le=\"+Inf\"} 2");
	quality_totals_free(&s.quality);
	free(text);
	text = print(&s, false);
	assert_null(strstr(text, "rtt_seconds"));
	free(text);
}

static void
openmetrics_names_counters_without_total_and_ends(void **state)
{
	struct status s = status();
	char *text = print(&s, true);

	(void)state;
	has(text, "# TYPE exflow_packets_read counter");
	has(text, "exflow_packets_read_total 10");
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	free(text);
}

/* Names come from the configuration: none may become a tag. */
static void
the_front_page_has_the_books_and_escapes_names(void **state)
{
	struct exporter_output evil = { .name = (char *)"<b>&\xff\"",
		.counts = { .records_due = 1234567 } };
	struct status s = status();
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	s.exporter.outputs = &evil;
	page_print(&s, false, stream);
	fclose(stream);
	has(text, "<tr><th scope=\"row\">read</th><td>10</td></tr>");
	has(text, "<tr><th scope=\"row\">in none: not_ip</th><td>3</td></tr>");
	has(text, "<table><caption>eth0</caption>");
	has(text,
	    "<tr><th scope=\"row\">records due</th><td>1,234,567</td></tr>");
	has(text, "<table><caption>&lt;b&gt;&amp;\xef\xbf\xbd&quot;</caption>");
	assert_non_null(strstr(text, "The books do not balance."));
	assert_non_null(strstr(text, "<a href=\"/metrics\">"));
	assert_null(strstr(text, "/status"));
	free(text);
}

static void
an_address_has_a_port(void **state)
{
	static const char *const good[] = { "127.0.0.1:9100", "[::1]:1",
		"0.0.0.0:65535" };
	static const char *const bad[] = { "", "127.0.0.1", ":9100", "[::1]",
		"localhost:80", "127.0.0.1:port", "127.0.0.1:", "[]:80" };
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(
		    metrics_check(good[i], error, sizeof(error)), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    metrics_check(bad[i], error, sizeof(error)), -1);
		assert_non_null(strstr(error, "expected an address"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prometheus_has_every_sample_under_its_type),
		cmocka_unit_test(the_histogram_adds_up),
		cmocka_unit_test(quality_is_told_by_half_and_network),
		cmocka_unit_test(without_names_there_is_no_label_of_them),
		cmocka_unit_test(
		    openmetrics_names_counters_without_total_and_ends),
		cmocka_unit_test(
		    the_front_page_has_the_books_and_escapes_names),
		cmocka_unit_test(an_address_has_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
