/* SPDX-License-Identifier: BSD-2-Clause */
#include "../text_fixture.h"

#include "exflow/record/record.h"

static const char *const csv_files[] = { "tcp_flows.csv", "udp_flows.csv",
	NULL };

#define TCP_HEADER                                                             \
	"s_ip,s_port,d_ip,d_port,s_packs,s_bytes,s_packs_data,s_packs_ack,"    \
	"s_packs_syn,s_packs_rst,s_packs_fin,s_packs_urg,s_packs_psh,s_ts,"    \
	"s_te,d_packs,d_bytes,d_packs_data,d_packs_ack,d_packs_syn,"           \
	"d_packs_rst,d_packs_fin,d_packs_urg,d_packs_psh,d_ts,d_te"
#define UDP_HEADER                                                             \
	"s_ip,s_port,d_ip,d_port,s_packs,s_bytes,s_packs_data,s_ts,s_te,"      \
	"d_packs,d_bytes,d_packs_data,d_ts,d_te"

struct run {
	char *folder, *spec;
	struct destination *destination;
};

static struct run
run_start(const struct destination_options *options)
{
	struct run run = { .folder = fixture_folder() };

	run.spec = malloc(strlen(run.folder) + 8);
	assert_non_null(run.spec);
	snprintf(run.spec, strlen(run.folder) + 8, "csv:%s", run.folder);
	run.destination = fixture_destination(run.spec, options);
	assert_int_equal(run.destination->ops->start(run.destination), 0);
	return run;
}

static void
expect_file(const struct run *run, const char *name, const char *expected)
{
	char *path = fixture_path(run->folder, name);
	char *text = fixture_read(path);

	assert_string_equal(text, expected);
	free(text);
	free(path);
}

static void
run_end(struct run *run)
{
	destination_free(&run->destination);
	free(run->spec);
	fixture_remove(run->folder, csv_files);
}

static void
rows_are_those_of_the_seed(void **state)
{
	struct run run = run_start(NULL);
	struct exchange tcp = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange udp = fixture_exchange(PROTOCOL_UDP, 6);

	(void)state;
	fixture_send(run.destination, &tcp);
	fixture_send(run.destination, &udp);
	assert_int_equal(run.destination->counts.delivered, 0);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	assert_int_equal(run.destination->counts.delivered, 2);
	assert_int_equal(run.destination->counts.waiting, 0);
	expect_file(&run, "tcp_flows.csv",
	    TCP_HEADER "\n10.0.0.5,51234,93.184.216.34,443,"
	               "100,101,102,114,111,112,110,115,113,"
	               "1704164645123456,1704164647123456,"
	               "200,201,202,214,211,212,210,215,213,"
	               "1704164645124456,1704164647124456\n");
	expect_file(&run, "udp_flows.csv",
	    UDP_HEADER "\n2001:db8::5,51234,2001:db8:1:2:3:4:5:6,443,"
	               "100,101,102,1704164645123456,1704164647123456,"
	               "200,201,202,1704164645124456,1704164647124456\n");
	run_end(&run);
}

static void
other_protocols_are_in_no_table(void **state)
{
	struct run run = run_start(NULL);
	struct exchange exchanges[] = { fixture_other(PROTOCOL_ICMP, 4),
		fixture_exchange(PROTOCOL_UDP, 4), fixture_other(47, 4) };
	struct destination *d = run.destination;

	(void)state;
	/* The exporter counts as due what has ports, see outputs.c. */
	assert_true(d->ops->ports_only);
	d->counts.records_due = d->counts.waiting = 1;
	d->ops->exchanges(d, exchanges, 3);
	assert_int_equal(d->ops->finish(d), 0);
	assert_int_equal(d->counts.delivered, 1);
	assert_true(destination_balanced(&d->counts));
	expect_file(&run, "tcp_flows.csv", TCP_HEADER "\n");
	expect_file(&run, "udp_flows.csv",
	    UDP_HEADER "\n10.0.0.5,51234,93.184.216.34,443,"
	               "100,101,102,1704164645123456,1704164647123456,"
	               "200,201,202,1704164645124456,1704164647124456\n");
	run_end(&run);
}

static void
a_side_that_sent_nothing_is_zero(void **state)
{
	struct run run = run_start(NULL);
	struct exchange udp = fixture_unanswered(PROTOCOL_UDP);

	(void)state;
	fixture_send(run.destination, &udp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	expect_file(&run, "udp_flows.csv",
	    UDP_HEADER "\n10.0.0.5,51234,93.184.216.34,443,100,101,102,"
	               "1704164645123456,1704164647123456,0,0,0,0,0\n");
	run_end(&run);
}

static void
both_tables_are_there_without_a_row(void **state)
{
	struct run run = run_start(NULL);

	(void)state;
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	expect_file(&run, "tcp_flows.csv", TCP_HEADER "\n");
	expect_file(&run, "udp_flows.csv", UDP_HEADER "\n");
	run_end(&run);
}

static void
extended_columns_stand_behind_the_seeds(void **state)
{
	struct destination_options options;
	struct exchange udp = fixture_exchange(PROTOCOL_UDP, 4);
	struct run run;

	(void)state;
	destination_options_init(&options);
	options.text.extended = true;
	run = run_start(&options);
	fixture_send(run.destination, &udp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	expect_file(&run, "tcp_flows.csv",
	    TCP_HEADER ",octetDeltaCount,reverseOctetDeltaCount,"
	               "tcpEcePacketDeltaCount,reverseTcpEcePacketDeltaCount,"
	               "tcpCwrPacketDeltaCount,reverseTcpCwrPacketDeltaCount,"
	               "exchangeEnd,flowId,vlanId,ingressInterface,"
	               "dot1qCustomerVlanId,initialTCPFlags,unionTCPFlags,"
	               "reverseInitialTCPFlags,reverseUnionTCPFlags\n");
	expect_file(&run, "udp_flows.csv",
	    UDP_HEADER ",octetDeltaCount,reverseOctetDeltaCount,"
	               "exchangeEnd,flowId,vlanId,ingressInterface,"
	               "dot1qCustomerVlanId\n"
	               "10.0.0.5,51234,93.184.216.34,443,"
	               "100,101,102,1704164645123456,1704164647123456,"
	               "200,201,202,1704164645124456,1704164647124456,"
	               "103,203,finished,99,7,3,8\n");
	run_end(&run);
}

static void
hardware_addresses_are_the_last_of_the_extended_columns(void **state)
{
	struct exchange udp = fixture_exchange(PROTOCOL_UDP, 4);
	struct destination_options options;
	struct run run;

	(void)state;
	destination_options_init(&options);
	options.text.extended = options.record.mac = true;
	udp.macs = 1 << SERVER;
	memcpy(udp.side[CLIENT].mac, "\1\2\3\4\5\6", MAC_OCTETS);
	memcpy(udp.side[SERVER].mac, "\0\x1b\x21\x3c\x9d\xf8", MAC_OCTETS);
	run = run_start(&options);
	fixture_send(run.destination, &udp);
	udp.macs |= 1 << CLIENT;
	fixture_send(run.destination, &udp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
#define BEFORE                                                                 \
	"10.0.0.5,51234,93.184.216.34,443,"                                    \
	"100,101,102,1704164645123456,1704164647123456,"                       \
	"200,201,202,1704164645124456,1704164647124456,"                       \
	"103,203,finished,99,7,3,8,"
	expect_file(&run, "udp_flows.csv",
	    UDP_HEADER ",octetDeltaCount,reverseOctetDeltaCount,"
	               "exchangeEnd,flowId,vlanId,ingressInterface,"
	               "dot1qCustomerVlanId,"
	               "sourceMacAddress,destinationMacAddress\n" BEFORE
	               ",00:1b:21:3c:9d:f8\n" BEFORE
	               "01:02:03:04:05:06,00:1b:21:3c:9d:f8\n");
#undef BEFORE
	run_end(&run);
}

static void
extended_columns_tell_the_flags_of_the_first_packets(void **state)
{
	struct exchange tcp = fixture_unanswered(PROTOCOL_TCP);
	struct destination_options options;
	const char *end = ",3,8,2,18,0,0\n";
	struct run run;
	char *path, *text;

	(void)state;
	destination_options_init(&options);
	options.text.extended = true;
	memset(tcp.side[CLIENT].flag_packets, 0,
	    sizeof(tcp.side[CLIENT].flag_packets));
	tcp.side[CLIENT].initial_flags = TCP_SYN;
	tcp.side[CLIENT].flag_packets[FLAG_SYN] = 2;
	tcp.side[CLIENT].flag_packets[FLAG_ACK] = 1;
	run = run_start(&options);
	fixture_send(run.destination, &tcp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	path = fixture_path(run.folder, "tcp_flows.csv");
	text = fixture_read(path);
	assert_string_equal(text + strlen(text) - strlen(end), end);
	free(text);
	free(path);
	run_end(&run);
}

static void
extended_columns_are_named_as_in_the_record_table(void **state)
{
	static const char *const names[] = { "octetDeltaCount",
		"reverseOctetDeltaCount", "tcpEcePacketDeltaCount",
		"reverseTcpEcePacketDeltaCount", "tcpCwrPacketDeltaCount",
		"reverseTcpCwrPacketDeltaCount", "exchangeEnd", "flowId",
		"vlanId", "ingressInterface", "dot1qCustomerVlanId",
		"initialTCPFlags", "unionTCPFlags", "reverseInitialTCPFlags",
		"reverseUnionTCPFlags", "sourceMacAddress",
		"destinationMacAddress" };

	(void)state;
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		bool found = false;

		for (size_t i = 0; i < record_field_count; i++)
			found |= strcmp(record_fields[i].name, names[n]) == 0;
		if (!found)
			fail_msg("%s is not in the record table", names[n]);
	}
}

/* Behind all others: own elements, empty where a figure is not known. */
static void
extended_columns_have_figures_with_quality(void **state)
{
	struct exchange udp = fixture_exchange(PROTOCOL_UDP, 4);
	struct exchange_quality figures = fixture_figures();
	struct destination_options options;
	struct run run;

	(void)state;
	destination_options_init(&options);
	options.text.extended = true;
	options.record.quality = true;
	options.record.profiles = RECORD_FLOWMON;
	run = run_start(&options);
	fixture_send(run.destination, &udp);
	udp.quality = &figures;
	fixture_send(run.destination, &udp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
#define UDP_ROW                                                                \
	"10.0.0.5,51234,93.184.216.34,443,"                                    \
	"100,101,102,1704164645123456,1704164647123456,"                       \
	"200,201,202,1704164645124456,1704164647124456,"                       \
	"103,203,finished,99,7,3,8"
	expect_file(&run, "udp_flows.csv",
	    UDP_HEADER
	    ",octetDeltaCount,reverseOctetDeltaCount,exchangeEnd,flowId,"
	    "vlanId,ingressInterface,dot1qCustomerVlanId,"
	    "responseTimeMicroseconds,minimumTtl,reverseMinimumTtl,"
	    "maximumTtl,reverseMaximumTtl,payloadMinimum,"
	    "reversePayloadMinimum,payloadMaximum,reversePayloadMaximum,"
	    "ectPacketDeltaCount,reverseEctPacketDeltaCount,"
	    "cePacketDeltaCount,reverseCePacketDeltaCount,packetSizeBins,"
	    "reversePacketSizeBins,idleTimeMicroseconds\n" UDP_ROW
	    ",,,,,,,,,,,,,,,,\n" UDP_ROW ",,,,,255,,,,,0,0,0,0,"
	    "4294967295 0 0 0 0 0 0 2,0 0 0 0 0 0 0 0,1500000\n");
	run_end(&run);
}

/* No column has another place, or is missing, where a figure is not known. */
static void
a_row_of_tcp_has_as_many_columns_as_its_header(void **state)
{
	struct exchange tcp = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_quality figures = fixture_figures();
	struct destination_options options;
	size_t columns[3] = { 0 };
	struct run run;
	char *path, *text;
	size_t line = 0;

	(void)state;
	destination_options_init(&options);
	options.text.extended = true;
	options.record.quality = true;
	run = run_start(&options);
	fixture_send(run.destination, &tcp);
	tcp.quality = &figures;
	fixture_send(run.destination, &tcp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	path = fixture_path(run.folder, "tcp_flows.csv");
	text = fixture_read(path);
	assert_non_null(strstr(text, ",reverseUnionTCPFlags,"
	                             "handshakeRttMicroseconds,"));
	assert_non_null(strstr(text, ",0,3,0,0,0,0,"));
	for (const char *at = text; *at != '\0'; at++) {
		columns[line] += *at == ',';
		line += *at == '\n';
	}
	assert_int_equal(line, 3);
	assert_int_equal(columns[0], columns[1]);
	assert_int_equal(columns[0], columns[2]);
	free(text);
	free(path);
	run_end(&run);
}

static void
both_files_have_their_names_from_the_start(void **state)
{
	struct run run = run_start(NULL);

	(void)state;
	for (size_t i = 0; csv_files[i] != NULL; i++) {
		char *path = fixture_path(run.folder, csv_files[i]);

		assert_int_equal(access(path, F_OK), 0);
		free(path);
	}
	/* Freed without a write: the folder is left empty (run_end checks). */
	run_end(&run);
}

static void
chosen_columns_stand_behind_the_seeds(void **state)
{
	struct exchange udp = fixture_exchange(PROTOCOL_UDP, 6);
	struct destination_options options;
	struct run run;

	(void)state;
	destination_options_init(&options);
	options.text.columns = "exchangeEnd,sourceIPv4Address,"
	                       "sourceIPv6Address,flowStartMilliseconds,"
	                       "vlanId,tcpSynTotalCount,destinationMacAddress,"
	                       "sourceMacAddress";
	udp.macs = 1 << SERVER;
	memcpy(udp.side[SERVER].mac, "\0\x1b\x21\x3c\x9d\xf8", MAC_OCTETS);
	run = run_start(&options);
	fixture_send(run.destination, &udp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	expect_file(&run, "udp_flows.csv",
	    UDP_HEADER ",exchangeEnd,sourceIPv4Address,sourceIPv6Address,"
	               "flowStartMilliseconds,vlanId,tcpSynTotalCount,"
	               "destinationMacAddress,sourceMacAddress\n"
	               "2001:db8::5,51234,2001:db8:1:2:3:4:5:6,443,"
	               "100,101,102,1704164645123456,1704164647123456,"
	               "200,201,202,1704164645124456,1704164647124456,"
	               "finished,,2001:db8::5,2024-01-02T03:04:05.123Z,7,,"
	               "00:1b:21:3c:9d:f8,\n");
	run_end(&run);
}

static void
standard_output_is_refused_with_the_reason(void **state)
{
	static const char *const specs[] = { "csv:-", "csv:/dev/stdout",
		"csv:/dev/fd/1" };
	struct destination_options options;
	char error[DESTINATION_ERROR_SIZE];

	(void)state;
	destination_options_init(&options);
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		assert_null(destination_new(specs[i], &options, error));
		assert_non_null(strstr(error, "two tables"));
	}
}

static void
a_folder_that_cannot_be_made_is_named(void **state)
{
	struct destination *destination =
	    fixture_destination("csv:/dev/null/folder", NULL);

	(void)state;
	assert_int_equal(destination->ops->start(destination), -1);
	assert_non_null(strstr(destination->error, "/dev/null/folder"));
	destination_free(&destination);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_those_of_the_seed),
		cmocka_unit_test(other_protocols_are_in_no_table),
		cmocka_unit_test(a_side_that_sent_nothing_is_zero),
		cmocka_unit_test(both_tables_are_there_without_a_row),
		cmocka_unit_test(extended_columns_stand_behind_the_seeds),
		cmocka_unit_test(
		    hardware_addresses_are_the_last_of_the_extended_columns),
		cmocka_unit_test(
		    extended_columns_tell_the_flags_of_the_first_packets),
		cmocka_unit_test(
		    extended_columns_are_named_as_in_the_record_table),
		cmocka_unit_test(extended_columns_have_figures_with_quality),
		cmocka_unit_test(
		    a_row_of_tcp_has_as_many_columns_as_its_header),
		cmocka_unit_test(both_files_have_their_names_from_the_start),
		cmocka_unit_test(chosen_columns_stand_behind_the_seeds),
		cmocka_unit_test(standard_output_is_refused_with_the_reason),
		cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
