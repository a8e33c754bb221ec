/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of settings: defaults, ranges, units, kinds and names. */
#include <config.h>

#include "../settings_fixture.h"

static void
defaults_are_those_of_the_page(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x.pcap", NULL), SETTINGS_RUN);
	assert_int_equal(s.meter.tcp_opening_timeout.ns, 30 * NS_PER_SECOND);
	assert_int_equal(s.meter.tcp_idle_timeout.ns, 300 * NS_PER_SECOND);
	assert_int_equal(
	    s.meter.tcp_half_closed_timeout.ns, 60 * NS_PER_SECOND);
	assert_int_equal(s.meter.tcp_linger.ns, 5 * NS_PER_SECOND);
	assert_int_equal(s.meter.udp_idle_timeout.ns, 30 * NS_PER_SECOND);
	assert_int_equal(s.meter.active_timeout.ns, 0);
	assert_false(s.meter.udp_idle_either);
	assert_int_equal(s.meter.kinds, 0); /* the meter's own default */
	assert_int_equal(s.meter.tcp_resume.ns, 7200 * NS_PER_SECOND);
	assert_int_equal(s.meter.max_exchanges, 0);
	assert_false(s.key_vlan);
	assert_false(s.key_tunnel);
	assert_int_equal(s.tunnels, 0);
	assert_int_equal(s.fragment_table, 4096);
	assert_int_equal(s.destination.record.enterprise_number, 32473);
	assert_true(s.destination.record.flags_own);
	assert_false(s.destination.record.flags_iana);
	assert_false(s.destination.record.vlan);
	assert_false(s.destination.text.extended);
	assert_int_equal(s.destination.domain, 1);
	assert_int_equal(s.destination.udp_message_octets, 1420);
	assert_int_equal(s.destination.template_refresh_seconds, 300);
	assert_int_equal(s.destination.template_refresh_messages, 1000);
	assert_int_equal(s.destination.connect_timeout_seconds, 10);
	assert_int_equal(s.destination.send_timeout_seconds, 30);
	assert_int_equal(s.destination.udp_rate, UDP_RATE_DEFAULT);
	assert_true(s.destination.types_file);
	assert_true(s.destination.types_tcp);
	assert_false(s.destination.types_udp);
	assert_int_equal(s.workers, 1);
	assert_null(s.filter);
	assert_null(s.stats_path);
	settings_free(&s);
}

static void
without_networks_no_end_is_local(void **state)
{
	const uint8_t private[4] = { 10, 0, 0, 1 }, public[4] = { 8, 8, 8, 8 };
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", NULL), SETTINGS_RUN);
	assert_ptr_equal(s.meter.networks, s.networks);
	assert_int_equal(network_set_count(s.networks), 0);
	assert_false(network_set_contains(s.networks, private, 4));
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x", "-n", "8.0.0.0/8", NULL), SETTINGS_RUN);
	assert_false(network_set_contains(s.networks, private, 4));
	assert_true(network_set_contains(s.networks, public, 4));
	settings_free(&s);
}

static void
meter_is_a_set_of_kinds(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", "-n", "10.0.0.0/8", "--set",
	                     "meter=outbound, midstream", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.meter.kinds, METER_OUTBOUND | METER_MIDSTREAM);
	settings_free(&s);
	assert_refused("meter: sideways is unknown, expected outbound, "
	               "local_tcp, local, inbound, foreign, midstream, all or "
	               "other\n",
	    "-r", "x", "--set", "meter=sideways");
}

static void
kinds_that_need_networks_are_refused_without_them(void **state)
{
	static const char *const needing[] = { "outbound", "local_tcp", "local",
		"inbound", "foreign", "midstream", "all,inbound",
		"other,midstream" };
	static const char *const taken[] = { "all", "other", "all,other",
		"all,midstream", "" };
	char text[64];
	struct settings s;

	(void)state;
	for (size_t i = 0; i < sizeof(needing) / sizeof(*needing); i++) {
		snprintf(text, sizeof(text), "meter=%s", needing[i]);
		assert_refused(
		    "meter: expected all or other where there are no "
		    "networks",
		    "-t", "--set", text);
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		snprintf(text, sizeof(text), "meter=%s", taken[i]);
		assert_int_equal(
		    load(&s, "-r", "x", "--set", text, NULL), SETTINGS_RUN);
		settings_free(&s);
	}
}

static void
networks_may_have_names(void **state)
{
	const uint8_t address[] = { 192, 0, 2, 9 }, other[] = { 10, 0, 0, 1 };
	const char *path =
	    file_with("networks = {office=192.0.2.0/24 /* too */, 10.0.0.0/8,\n"
	              "\t\"office=2001:db8::/32\", lab=192.0.3.0/24}\n"
	              "archive a { path=\"/tmp/%j\" }\n"
	              "key_vlan=yes\n");
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", "-c", path, NULL), SETTINGS_RUN);
	assert_int_equal(network_set_count(s.networks), 4);
	assert_int_equal(network_set_names(s.networks), 2);
	assert_string_equal(network_set_name_text(s.networks,
	                        network_set_name(s.networks, address, 4)),
	    "office");
	assert_int_equal(network_set_name(s.networks, other, 4), 0);
	assert_int_equal(s.archive_count, 1);
	assert_true(s.key_vlan);
	settings_free(&s);
	assert_int_equal(load(&s, "-r", "x", "-n",
	                     "office=192.0.2.0/24,lab=10.0.0.0/8", NULL),
	    SETTINGS_RUN);
	assert_int_equal(network_set_names(s.networks), 2);
	settings_free(&s);
	assert_file_refused("networks = {10.0.0.0/8,\nno name=10.0.0.0/9}",
	    "2: networks: \"no\" is not a network, expected");
	assert_refused("-n: \"9\" is no name of a network", "-r", "x", "-n",
	    "9=10.0.0.0/8");
}

static void
numbers_are_taken_whole_and_within_their_range(void **state)
{
	static const char *const wrong[] = { "", " 5", "5 ", "-1", "+1", "1e3",
		"0x10", "5x", "nan", "1.", ".5", "1..2", "86400.000000001",
		"0.0000000001", "99999999999999999999999999", "9223372037" };
	char text[80];
	struct settings s;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "tcp_linger=%s", wrong[i]);
		if (load(&s, "-t", "--set", text, NULL) != SETTINGS_ERROR)
			fail_msg("%s was taken", text);
		assert_said("exflow: --set tcp_linger: ");
		assert_said("expected 0 to 86400 seconds");
	}
	assert_refused("1.5 is not a whole number", "-t", "--set",
	    "enterprise_number=1.5");
	assert_refused("4294967296 is out of range, expected 1 to 4294967295",
	    "-t", "--set", "enterprise_number=4294967296");
	assert_refused("4294967297 is out of range", "-t", "--set",
	    "observation_domain=4294967297");
	assert_refused("511 is out of range, expected 512 to 65507 octets",
	    "-t", "--set", "udp_message_octets=511");
	assert_int_equal(
	    load(&s, "-r", "x", "--set", "tcp_linger=86400", "--set",
	        "active_timeout=0.000", "--set", "tcp_idle_timeout=1.000000001",
	        "--set", "observation_domain=4294967295", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.meter.tcp_linger.ns, 86400 * NS_PER_SECOND);
	assert_int_equal(s.meter.tcp_idle_timeout.ns, NS_PER_SECOND + 1);
	assert_int_equal(s.destination.domain, UINT32_MAX);
	settings_free(&s);
	assert_refused(
	    "0 is out of range", "-t", "--set", "udp_idle_timeout=0");
}

/* On the command line and in the file, in what the setting counts. */
static void
times_and_sizes_took_no_units(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(
	    load(&s, "-i", "lo", "--set", "tcp_idle_timeout=1h30m", "--set",
	        "stats_interval=5m", "--set", "ring=1GiB", "--set",
	        "queue_octets=4MB", "-c",
	        file_with("tcp_linger = 1500ms\nspool_octets = 1.5GiB\n"
	                  "archive \"a\" { path = \"x.ipfix\"\n"
	                  "retention_days = 2w\n"
	                  "retention_octets = 1TB }\n"),
	        NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.meter.tcp_idle_timeout.ns, 5400 * NS_PER_SECOND);
	assert_int_equal(s.meter.tcp_linger.ns, 3 * NS_PER_SECOND / 2);
	assert_int_equal(s.stats_interval, 300);
	assert_int_equal(s.interface_options.ring_megabytes, 1024);
	assert_int_equal(s.destination.queue_octets, 4000000);
	assert_int_equal(s.destination.spool_octets, 1610612736);
	assert_int_equal(s.archives[0].options.retention_days, 14);
	assert_int_equal(s.archives[0].options.retention_octets, 1000000000000);
	settings_free(&s);
	assert_file_refused("queue_octets = 4M",
	    "1: queue_octets: 4M is not a whole number, expected 1048576 to "
	    "1073741824 octets, or a size such as 512kB, 4MB (powers of "
	    "1000), 64KiB or 1GiB (powers of 1024)\n");
	assert_refused("--set stats_interval: 1500ms is not a whole number, "
	               "expected 0 (never) or 1 to 86400 seconds, or a time "
	               "such as 90s, 5m or 1h30m\n",
	    "-t", "--set", "stats_interval=1500ms");
	assert_refused("--set ring: 64MB is not a whole number, expected 1 to "
	               "2000 MiB, or a size such as 64MiB or 1GiB\n",
	    "-t", "--set", "ring=64MB");
}

static void
names_are_kinds_that_fit_together(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-i", "lo", NULL), SETTINGS_RUN);
	assert_int_equal(s.meter.names.kinds, 0);
	assert_int_equal(s.meter.names.payload, 0);
	assert_false(names_wanted(&s.meter.names));
	assert_false(s.destination.record.names);
	assert_int_equal(
	    s.interface_options.snaplen, INTERFACE_SNAPLEN_DEFAULT);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-i", "lo", "--names", "tls,http", "--names=dns,ja4",
	        "--set", "payload=1400", "--set", "quic_rate=0", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.meter.names.kinds,
	    NAMES_TLS | NAMES_HTTP | NAMES_DNS | NAMES_FINGERPRINT);
	assert_int_equal(s.meter.names.payload, 1400);
	assert_int_equal(s.meter.names.quic_rate, 0);
	assert_true(s.destination.record.names);
	assert_true(s.destination.record.payload);
	assert_int_equal(s.interface_options.snaplen, INTERFACE_SNAPLEN_NAMES);
	settings_free(&s);
	assert_int_equal(load(&s, "-i", "lo", "--set", "payload=10", "--set",
	                     "snaplen=200", NULL),
	    SETTINGS_RUN);
	assert_true(s.destination.record.names);
	assert_int_equal(s.interface_options.snaplen, 200);
	settings_free(&s);
	assert_refused("exflow: --names: smtp is unknown, expected tls, quic, "
	               "http, dns or ja4\n",
	    "-r", "x", "--names", "smtp");
	assert_refused("exflow: names: ja4 is made of hellos of TLS: expected "
	               "tls or quic with it\n",
	    "-r", "x", "--names", "ja4,http");
	assert_refused("exflow: --set payload: 1401 is out of range, expected "
	               "0 (none) or 1 to 1400 octets\n",
	    "-r", "x", "--set", "payload=1401");
}

/* OpenSSL opens the packets of QUIC. */
static void
quic_needs_a_build_that_can(void **state)
{
	struct settings s;

	(void)state;
	if (!names_have_quic()) {
		assert_refused("exflow: --names: quic needs OpenSSL, which "
		               "this build does without, expected tls, quic, "
		               "http, dns or ja4\n",
		    "-r", "x", "--names", "quic");
		return;
	}
	assert_int_equal(
	    load(&s, "-r", "x", "--names", "quic,ja4", NULL), SETTINGS_RUN);
	assert_int_equal(s.meter.names.kinds, NAMES_QUIC | NAMES_FINGERPRINT);
	settings_free(&s);
}

/* 300 s live, never from files. */
static void
the_active_timeout_depends_on_the_input(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-i", "lo", NULL), SETTINGS_RUN);
	assert_int_equal(s.meter.active_timeout.ns, 300 * NS_PER_SECOND);
	assert_false(s.meter.sums);
	settings_free(&s);
	assert_int_equal(load(&s, "-i", "lo", "-o", "csv:/tmp/x", "--set",
	                     "active_timeout=0", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.meter.active_timeout.ns, 0);
	assert_true(s.meter.sums);
	settings_free(&s);
	assert_int_equal(load(&s, "-r", "x.pcap", NULL), SETTINGS_RUN);
	assert_int_equal(s.meter.active_timeout.ns, 0);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x.pcap", "--set", "active_timeout=60", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.meter.active_timeout.ns, 60 * NS_PER_SECOND);
	settings_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_page),
		cmocka_unit_test(without_networks_no_end_is_local),
		cmocka_unit_test(meter_is_a_set_of_kinds),
		cmocka_unit_test(
		    kinds_that_need_networks_are_refused_without_them),
		cmocka_unit_test(networks_may_have_names),
		cmocka_unit_test(
		    numbers_are_taken_whole_and_within_their_range),
		cmocka_unit_test(times_and_sizes_took_no_units),
		cmocka_unit_test(names_are_kinds_that_fit_together),
		cmocka_unit_test(quic_needs_a_build_that_can),
		cmocka_unit_test(the_active_timeout_depends_on_the_input),
	};

	return cmocka_run_group_tests(tests, file_begin, file_end);
}
