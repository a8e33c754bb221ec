/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/config/load.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "exflow/base/log.h"
#include "exflow/decode/decode.h"

#include "exflow/settings/setting.h"

#define MAX_ARGUMENTS 24

static char output[65536]; /* what the last load wrote, both streams */

static void
capture_begin(int saved[2], FILE *into)
{
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		saved[i] = dup(i + 1);
		dup2(fileno(into), i + 1);
	}
}

static void
capture_end(int saved[2], FILE *from)
{
	size_t length;

	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	rewind(from);
	length = fread(output, 1, sizeof(output) - 1, from);
	output[length] = '\0';
	fclose(from);
}

/* Load from arguments that end in NULL. */
static enum settings_result
load(struct settings *settings, ...)
{
	char *argv[MAX_ARGUMENTS + 1] = { (char *)"exflow" };
	int argc = 1, saved[2];
	FILE *stream = tmpfile();
	enum settings_result result;
	va_list list;

	va_start(list, settings);
	while (
	    argc < MAX_ARGUMENTS && (argv[argc] = va_arg(list, char *)) != NULL)
		argc++;
	va_end(list);
	log_init("exflow", LOG_LEVEL_WARNING);
	capture_begin(saved, stream);
	result = settings_load(settings, argc, argv);
	capture_end(saved, stream);
	if (result == SETTINGS_RUN && !settings->check_only)
		assert_string_equal(output, "");
	return result;
}

static void
assert_said(const char *text)
{
	if (strstr(output, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, output);
}

/* Each ends in an error with this text. */
#define assert_refused(text, ...)                                              \
	do {                                                                   \
		struct settings refused;                                       \
                                                                               \
		assert_int_equal(                                              \
		    load(&refused, __VA_ARGS__, NULL), SETTINGS_ERROR);        \
		assert_said(text);                                             \
	} while (0)

static char file_name[] = "/tmp/check_settings.XXXXXX";

static int
file_begin(void **state)
{
	int fd;

	(void)state;
	snprintf(file_name, sizeof(file_name), "/tmp/check_settings.XXXXXX");
	fd = mkstemp(file_name);
	return fd < 0 ? -1 : close(fd);
}

static int
file_end(void **state)
{
	(void)state;
	return unlink(file_name);
}

static const char *
file_with(const char *text)
{
	FILE *file = fopen(file_name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return file_name;
}

/* The file with this text is refused with this message behind its name. */
static void
assert_file_refused(const char *text, const char *message)
{
	char expected[512];

	snprintf(
	    expected, sizeof(expected), "exflow: %s:%s", file_name, message);
	assert_refused(expected, "-t", "-c", file_with(text));
}

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
without_output_the_table_is_written(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", NULL), SETTINGS_RUN);
	assert_int_equal(s.output_count, 1);
	assert_string_equal(s.outputs[0], "table");
	settings_free(&s);
}

static void
command_line_fills_every_place(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(
	    load(&s, "-r", "a", "--input", "-", "-o", "ipfix:a,b", "--output",
	        "udp://h", "-n", "10.0.0.0/8,11.0.0.0/8", "--network=::1", "-f",
	        "tcp port 80", "--stats", "s.json", "-vv", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.input_count, 2);
	assert_string_equal(s.inputs[0], "a");
	assert_string_equal(s.inputs[1], "-");
	assert_int_equal(s.output_count, 2);
	assert_string_equal(s.outputs[0], "ipfix:a,b");
	assert_string_equal(s.outputs[1], "udp://h");
	assert_int_equal(network_set_count(s.networks), 3);
	assert_string_equal(s.filter, "tcp port 80");
	assert_string_equal(s.stats_path, "s.json");
	assert_int_equal(s.verbose, 2);
	assert_false(s.quiet);
	settings_free(&s);
}

static void
set_takes_any_option(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(
	    load(&s, "-r", "x", "--set", "tcp_linger=0.5", "--set",
	        "udp_idle=either", "--set", "decapsulate=gre, vxlan", "--set",
	        "flag_counters=both", "--set", "type_information=udp", "--set",
	        "key_vlan=yes", "--set", "fragment_table=16", "--set",
	        "networks=192.0.2.0/24", "--set", "max_exchanges=0", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.meter.tcp_linger.ns, NS_PER_SECOND / 2);
	assert_true(s.meter.udp_idle_either);
	assert_int_equal(s.tunnels, TUNNEL_GRE | TUNNEL_VXLAN);
	assert_true(s.destination.record.flags_own);
	assert_true(s.destination.record.flags_iana);
	assert_true(s.destination.types_udp);
	assert_false(s.destination.types_file);
	assert_true(s.key_vlan);
	assert_int_equal(s.fragment_table, 16);
	assert_int_equal(network_set_count(s.networks), 1);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x", "--set", "type_information=", "--set",
	        "decapsulate=all", "--set", "flag_counters=iana", NULL),
	    SETTINGS_RUN);
	assert_false(s.destination.types_file);
	assert_false(s.destination.types_tcp);
	assert_false(s.destination.record.flags_own);
	assert_int_equal(s.tunnels, tunnel_from_name("all"));
	settings_free(&s);
}

static void
command_line_beats_the_file(void **state)
{
	const char *path = file_with("networks = {10.0.0.0/8, 11.0.0.0/8}\n"
	                             "outputs = {\"ipfix:file\"}\n"
	                             "decapsulate = {gre}\n"
	                             "tcp_linger = 7\n"
	                             "udp_idle_timeout = 9\n");
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", "-c", path, NULL), SETTINGS_RUN);
	assert_int_equal(network_set_count(s.networks), 2);
	assert_string_equal(s.outputs[0], "ipfix:file");
	assert_int_equal(s.meter.tcp_linger.ns, 7 * NS_PER_SECOND);
	assert_int_equal(s.tunnels, TUNNEL_GRE);
	settings_free(&s);

	assert_int_equal(
	    load(&s, "-n", "::1", "-o", "tcp://h", "--set", "tcp_linger=1",
	        "-c", path, "-r", "x", "--set", "decapsulate=", NULL),
	    SETTINGS_RUN);
	assert_int_equal(network_set_count(s.networks), 1);
	assert_int_equal(s.output_count, 1);
	assert_string_equal(s.outputs[0], "tcp://h");
	assert_int_equal(s.meter.tcp_linger.ns, NS_PER_SECOND);
	assert_int_equal(s.meter.udp_idle_timeout.ns, 9 * NS_PER_SECOND);
	assert_int_equal(s.tunnels, 0);
	settings_free(&s);
}

static void
file_takes_comments_lists_and_quotes(void **state)
{
	const char *path = file_with(
	    "# networks\n"
	    "networks = { # in the list\n"
	    "\t10.0.0.0/8, // too\n"
	    "\t\"2001:db8::/32\" /* and\n so */ }\n"
	    "networks += {192.0.2.1}\n"
	    "outputs = {udp://[::1]:4739, 'ipfix:a#b', \"ipfix:/*\"}\n"
	    "user = \"host 1.2.3.4 # no comment\"\n"
	    "type_information = {}\n"
	    "decapsulate = gre\n"
	    "key_vlan = on // yes\n");
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", "-c", path, NULL), SETTINGS_RUN);
	assert_int_equal(network_set_count(s.networks), 3);
	assert_int_equal(s.output_count, 3);
	assert_string_equal(s.outputs[0], "udp://[::1]:4739");
	assert_string_equal(s.outputs[1], "ipfix:a#b");
	assert_string_equal(s.outputs[2], "ipfix:/*");
	assert_string_equal(s.user, "host 1.2.3.4 # no comment");
	assert_false(s.destination.types_file);
	assert_int_equal(s.tunnels, TUNNEL_GRE);
	assert_true(s.key_vlan);
	settings_free(&s);
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
outputs_turn_quality_on_where_nobody_has_set_it(void **state)
{
	const char *no = file_with("quality = no\n");
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", NULL), SETTINGS_RUN);
	assert_false(s.meter.quality);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x", "-o", "tstat:/tmp/x", NULL), SETTINGS_RUN);
	assert_true(s.meter.quality && s.destination.record.quality);
	settings_free(&s);
	assert_int_equal(load(&s, "-r", "x", "-v", NULL), SETTINGS_RUN);
	assert_true(s.meter.quality);
	settings_free(&s);
	/* -v beside another output says more, and measures no more. */
	assert_int_equal(
	    load(&s, "-r", "x", "-v", "-o", "csv:/tmp/x", NULL), SETTINGS_RUN);
	assert_false(s.meter.quality);
	settings_free(&s);
	assert_int_equal(load(&s, "-r", "x", "-v", "--set", "quality=no", NULL),
	    SETTINGS_RUN);
	assert_false(s.meter.quality);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x", "-v", "-c", no, NULL), SETTINGS_RUN);
	assert_false(s.meter.quality);
	settings_free(&s);
}

static void
logs_of_tstat_need_quality(void **state)
{
	const char *no = file_with("quality = no\n"
	                           "outputs = {\"tstat:/tmp/x\"}\n");

	(void)state;
	assert_refused("output tstat:/tmp/x: its columns need quality, which "
	               "is set to no; expected quality = yes, or no such "
	               "output",
	    "-r", "x", "-c", no);
	assert_refused("output tstat:/tmp/x: its columns need quality", "-r",
	    "x", "--set", "quality=no", "-o", "json:/tmp/y", "-o",
	    "tstat:/tmp/x");
}

static void
empty_file_changes_nothing(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_with(""), NULL), SETTINGS_RUN);
	assert_true(s.destination.types_file);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_with("# nothing"), NULL),
	    SETTINGS_RUN);
	assert_true(s.destination.types_tcp);
	settings_free(&s);
}

static void
file_errors_name_file_line_option_and_range(void **state)
{
	(void)state;
	assert_file_refused("\n# a\n\ntcp_linger = 999999\n",
	    "4: tcp_linger: 999999 is out of range, expected 0 to 86400 "
	    "seconds\n");
	assert_file_refused("// a\n/* b\n*/ tcp_linger = x\n",
	    "3: tcp_linger: x is not a number of seconds, expected 0 to "
	    "86400 seconds, or a time such as 90s, 5m or 1h30m\n");
	assert_file_refused("key_vlan = maybe\n",
	    "1: key_vlan: maybe is not a switch, expected yes or no\n");
	assert_file_refused("udp_idle = neither",
	    "1: udp_idle: neither is unknown, expected both or either\n");
	assert_file_refused("networks = {10.0.0.0/8,\n10.0.0.0/99}",
	    "2: networks: \"10.0.0.0/99\" is not a network, expected");
	assert_file_refused("decapsulate = {gre, l2tp}",
	    "1: decapsulate: l2tp is unknown, expected ipip, 6in4, gre, "
	    "vxlan, geneve, gtpu, teredo, erspan or all\n");
	assert_file_refused(
	    "outputs = {\"udp://h\", \"pigeon:home\"}", "1: outputs: ");
	assert_said("pigeon:home");
	assert_file_refused("max_exchanges = 3",
	    "1: max_exchanges: 3 is out of range, expected 0 (by memory) or "
	    "16 to 268435456 exchanges\n");
	assert_file_refused("observation_domain = 0",
	    "1: observation_domain: 0 is out of range, expected 1 to "
	    "4294967295\n");
}

static void
file_errors_count_even_where_the_command_line_wins(void **state)
{
	(void)state;
	assert_refused("tcp_linger: -1 is not a number", "-t", "--set",
	    "tcp_linger=1", "-c", file_with("tcp_linger = -1"));
}

static void
unknown_option_in_the_file_is_named_with_the_line(void **state)
{
	(void)state;
	assert_file_refused("# one\n\ntcp_lingr = 5\n",
	    "3: unknown setting tcp_lingr, did you mean tcp_linger\n");
	assert_file_refused("colour = blue\n", "1: unknown setting colour\n");
}

static void
syntax_errors_are_those_of_the_parser_with_the_line(void **state)
{
	(void)state;
	assert_file_refused(
	    "# one\ntcp_linger 5\n", "2: missing equal sign after option");
	assert_file_refused(
	    "filter = \"abc", "1: a text in quotes without its end\n");
	assert_file_refused("key_vlan = {yes}", "1: unexpected token '{'\n");
	assert_file_refused("\n/* never ends\nkey_vlan = maybe",
	    "2: a comment without its end\n");
}

static void
an_open_quote_wrote_its_backslash_to_standard_output(void **state)
{
	char octet;
	int before = dup(STDOUT_FILENO), ends[2];

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	assert_file_refused(
	    "\nuser = 'abc\\", "2: a text in quotes without its end\n");
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	close(ends[1]);
	assert_int_equal(read(ends[0], &octet, 1), 0);
	close(ends[0]);
}

static void
each_collector_section_has_values_of_its_own(void **state)
{
	struct settings s;

	(void)state;
	file_with("send_timeout = 7\ncollector one {\n"
	          "address = \"tcp://127.0.0.1\"\nsend_timeout = 9\n}\n"
	          "collector two {\naddress = \"udp://[::1]:9\"\n}\n"
	          "balance = {two}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	assert_int_equal(s.collector_count, 2);
	assert_string_equal(s.collectors[0].name, "one");
	assert_int_equal(s.collectors[0].options.send_timeout_seconds, 9);
	assert_false(s.collectors[0].options.balance);
	assert_string_equal(s.collectors[1].address, "udp://[::1]:9");
	assert_int_equal(s.collectors[1].options.send_timeout_seconds, 7);
	assert_true(s.collectors[1].options.balance);
	assert_int_equal(s.destination.send_timeout_seconds, 7);
	settings_free(&s);
}

static void
settings_without_use_to_netflow_are_refused(void **state)
{
	struct settings s;

	(void)state;
	file_with("tls_ca = \"/etc/ca\"\nspool_age = 7\n"
	          "collector nine {\naddress = \"netflow9://h\"\n"
	          "template_refresh = 9\nudp_rate = 9\n}\n"
	          "collector five {\naddress = \"netflow5://h:9\"\n"
	          "udp_message_octets = 600\nobservation_domain = 5\n}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	assert_int_equal(s.collector_count, 2);
	assert_int_equal(s.collectors[0].options.template_refresh_seconds, 9);
	assert_int_equal(s.collectors[1].options.udp_message_octets, 600);
	settings_free(&s);
	assert_file_refused("collector nine {\naddress = \"netflow9://h\"\n"
	                    "tls_ca = \"/etc/ca\"\n}\n",
	    "4: collector \"nine\": tls_ca is of no use to netflow9://\n");
	assert_file_refused("collector nine {\naddress = \"netflow9://h\"\n"
	                    "enterprise_number = 9\n}\n",
	    "4: collector \"nine\": enterprise_number is of no use to "
	    "netflow9://\n");
	assert_file_refused("collector five {\naddress = \"netflow5://h\"\n"
	                    "template_refresh = 9\n}\n",
	    "4: collector \"five\": template_refresh is of no use to "
	    "netflow5://\n");
	assert_file_refused("collector five {\naddress = \"netflow5://h:0\"\n"
	                    "}\n",
	    "3: collector \"five\": address: output \"netflow5://h:0\": a port "
	    "is a");
}

static void
mistakes_in_a_collector_section_are_named(void **state)
{
	(void)state;
	assert_file_refused("collector one {\n}\n",
	    "2: collector \"one\": address is missing, expected tcp://HOST");
	assert_file_refused("collector one {\naddress = \"ftp://h\"\n}\n",
	    "3: collector \"one\": address: ");
	assert_file_refused("collector one {\naddress = \"udp://h\"\n"
	                    "send_timeout = never\n}\n",
	    "3: collector \"one\": send_timeout: never is not a whole "
	    "number");
	assert_file_refused("collector one {\naddress = \"udp://h\"\n"
	                    "sent_timeout = 3\n}\n",
	    "3: unknown setting sent_timeout, did you mean send_timeout\n");
}

/* The run refuses what -t refuses. */
static void
assert_refused_alike(const char *message, const char *text)
{
	char expected[512];

	assert_file_refused(text, message);
	snprintf(
	    expected, sizeof(expected), "exflow: %s:%s", file_name, message);
	assert_refused(expected, "-r", "x", "-c", file_name);
}

static void
unknown_names_in_balance_had_no_place(void **state)
{
	(void)state;
	assert_refused_alike("2: balance: there is no collector two, expected "
	                     "one, three\n",
	    "\nbalance = {one, two}\ncollector one {\naddress = "
	    "\"udp://h\"\n}\n"
	    "collector three {\naddress = \"udp://i\"\n}\n");
	assert_refused_alike("3: balance: there is no collector one, expected "
	                     "none, as there is no section collector\n",
	    "\n\nbalance = {one}\n");
	assert_refused("exflow: --set: balance: there is no collector one, "
	               "expected none",
	    "-t", "--set", "balance=one");
}

static void
balance_was_ignored_beside_an_output_of_the_command_line(void **state)
{
	static const char message[] =
	    "4: balance: -o replaces the collectors, expected balance or -o\n";
	char expected[512];
	struct settings s;

	(void)state;
	file_with("collector one {\naddress = \"udp://h\"\n}\n"
	          "balance = {one}\n");
	snprintf(
	    expected, sizeof(expected), "exflow: %s:%s", file_name, message);
	assert_refused(expected, "-t", "-c", file_name, "-o", "table");
	assert_refused(expected, "-r", "x", "-c", file_name, "-o", "table");
	assert_refused("exflow: --set: balance: -o replaces", "-t", "-o",
	    "table", "--set", "balance=one");
	assert_int_equal(load(&s, "-r", "x", "-c", file_name, "-o", "table",
	                     "--set", "balance=", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.collector_count, 0);
	settings_free(&s);
}

static void
enterprise_numbers_of_others_were_found_by_the_run_alone(void **state)
{
	static const struct {
		uint32_t number;
		const char *why;
	} wrong[] = {
		{ 0, " is out of range" },
		{ 6871, " is CERT's, whose elements records have" },
		{ 29305, " is that of reverse elements (RFC 5103)" },
		{ 65536, " is 0 in its low 16 bits" },
		{ 65536 + 6871, " is 6871, CERT's, in its low 16 bits" },
		{ 131072 + 29305,
		    " is 29305, of reverse elements, in its low 16 bits" },
		{ UINT32_MAX - 65535, " is 0 in its low 16 bits" },
	};
	char text[128], message[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "\nenterprise_number = %u\n",
		    wrong[i].number);
		snprintf(message, sizeof(message),
		    "2: enterprise_number: %u%s, expected 1 to 4294967295 "
		    "whose low 16 bits are not 0, 6871 or 29305\n",
		    wrong[i].number, wrong[i].why);
		assert_refused_alike(message, text);
	}
	assert_file_refused("collector one {\naddress = \"udp://h\"\n"
	                    "enterprise_number = 6871\n}\n",
	    "3: collector \"one\": enterprise_number: 6871 is CERT's, ");
	assert_refused("--set enterprise_number: 29305 is that of reverse",
	    "-t", "--set", "enterprise_number=29305");
}

static void
biflow_is_of_an_output_or_of_all(void **state)
{
	struct destination_options options;
	struct settings s;

	(void)state;
	destination_options_init(&options);
	assert_true(options.record.biflow);
	file_with("collector one {\naddress = \"udp://h\"\nbiflow = no\n}\n"
	          "collector two {\naddress = \"tcp://h\"\n}\n"
	          "archive a {\npath = \"a/%H\"\nbiflow = no\n}\n"
	          "archive b {\npath = \"b/%H\"\n}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	assert_false(s.collectors[0].options.record.biflow);
	assert_true(s.collectors[1].options.record.biflow);
	assert_false(s.archives[0].biflow);
	assert_true(s.archives[1].biflow);
	assert_true(s.destination.record.biflow);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, "--set", "biflow=no", NULL),
	    SETTINGS_RUN);
	assert_false(s.collectors[1].options.record.biflow);
	assert_false(s.archives[1].biflow);
	assert_false(s.destination.record.biflow);
	settings_free(&s);
	assert_file_refused("collector nine {\naddress = \"netflow9://h\"\n"
	                    "biflow = no\n}\n",
	    "4: collector \"nine\": biflow is of no use to netflow9://\n");
}

static void
a_profile_is_of_an_output_or_of_all(void **state)
{
	char error[DESTINATION_ERROR_SIZE];
	struct destination *destination;
	struct settings s;

	(void)state;
	file_with("quality = yes\n"
	          "collector one {\naddress = \"udp://h\"\nprofile = ntop\n}\n"
	          "collector two {\naddress = \"tcp://h\"\n}\n"
	          "archive a {\npath = \"a/%H\"\nprofile = flowmon\n}\n"
	          "archive b {\npath = \"b/%H\"\n}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	assert_int_equal(s.destination.record.profiles, 0);
	assert_int_equal(s.collectors[0].options.record.profiles, RECORD_NTOP);
	assert_int_equal(s.collectors[1].options.record.profiles, 0);
	assert_int_equal(s.archives[0].profiles, RECORD_FLOWMON);
	assert_int_equal(s.archives[1].profiles, 0);
	assert_true(s.destination.record.quality);
	assert_true(s.collectors[1].options.record.quality);
	destination = settings_destination(&s, 2, NULL, error);
	assert_non_null(destination);
	assert_int_equal(destination->options.record.profiles, RECORD_FLOWMON);
	assert_true(destination->options.record.quality);
	destination_free(&destination);
	settings_free(&s);
}

/* It would be a second form of what is not measured. */
static void
a_profile_needs_quality(void **state)
{
	(void)state;
	assert_refused("profile: expected quality = yes", "-r", "x", "--set",
	    "profile=ntop");
	assert_refused("archive \"a\": profile: expected quality = yes", "-r",
	    "x", "-c",
	    file_with("archive a {\npath = \"a/%H\"\nprofile = flowmon\n}\n"));
	assert_refused("collector \"one\": enterprise_number: 39499 is "
	               "Flowmon's",
	    "-r", "x", "--set", "quality=yes", "-c",
	    file_with("collector one {\naddress = \"udp://h\"\n"
	              "profile = flowmon\nenterprise_number = 39499\n}\n"));
	assert_refused("enterprise_number: 35632 is ntop's", "-r", "x", "--set",
	    "quality=yes", "--set", "profile=ntop", "--set",
	    "enterprise_number=35632");
}

static void
messages_have_room_for_records_with_quality(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-r", "x", "--set", "quality=yes", "--set",
	                     "udp_message_octets=1232", NULL),
	    SETTINGS_RUN);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-r", "x", "--set", "udp_message_octets=512", NULL),
	    SETTINGS_RUN);
	settings_free(&s);
	assert_refused("expected at least 1232 with quality = yes", "-r", "x",
	    "--set", "quality=yes", "--set", "udp_message_octets=1231");
	assert_refused("collector \"one\": udp_message_octets and "
	               "tcp_message_octets: expected at least 1232",
	    "-r", "x", "--set", "quality=yes", "-c",
	    file_with("collector one {\naddress = \"tcp://h\"\n"
	              "tcp_message_octets = 1000\n}\n"));
}

static void
an_archive_makes_its_output_uniflow(void **state)
{
	char error[DESTINATION_ERROR_SIZE];
	struct destination *destination;
	struct settings s;

	(void)state;
	file_with("archive a {\npath = \"a/%H\"\nbiflow = no\n}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	destination = settings_destination(&s, 0, NULL, error);
	assert_non_null(destination);
	assert_false(destination->options.record.biflow);
	destination_free(&destination);
	settings_free(&s);
}

static void
a_long_enterprise_number_is_taken_with_a_warning(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(
	    load(&s, "-t", "--set", "enterprise_number=65535", NULL),
	    SETTINGS_RUN);
	settings_free(&s);
	assert_string_equal(output, "");
	assert_int_equal(
	    load(&s, "-t", "--set", "enterprise_number=4294967295", NULL),
	    SETTINGS_RUN);
	settings_free(&s);
	assert_said("--set enterprise_number: 4294967295: nfdump keeps only "
	            "its low 16 bits\n");
	assert_int_equal(
	    load(&s, "-t", "--set", "enterprise_number=70000", "-q", NULL),
	    SETTINGS_RUN);
	settings_free(&s);
	assert_string_equal(output, "");
	file_with("\ncollector one {\naddress = \"udp://h\"\n"
	          "enterprise_number = 65537\n}\n");
	assert_int_equal(load(&s, "-t", "-c", file_name, NULL), SETTINGS_RUN);
	settings_free(&s);
	assert_said(":4: enterprise_number: 65537: nfdump keeps only its low "
	            "16 bits\n");
}

static void
flag_counters_was_unknown_in_a_collector_section(void **state)
{
	struct settings s;

	(void)state;
	file_with("collector one {\naddress = \"tcp://127.0.0.1\"\n"
	          "flag_counters = iana\n}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	assert_true(s.collectors[0].options.record.flags_iana);
	assert_false(s.collectors[0].options.record.flags_own);
	assert_false(s.destination.record.flags_iana);
	assert_true(s.destination.record.flags_own);
	settings_free(&s);
}

static bool
is_in_part(const struct setting *setting, const char *title)
{
	for (size_t i = 0; i < SETTING_PARTS; i++) {
		const struct setting_part *part = setting_parts[i];

		if (strcmp(part->title, title) == 0)
			return setting >= part->settings &&
			       setting < part->settings + part->count;
	}
	fail_msg("there is no part %s", title);
	return false;
}

/* As the manual says of the sections. */
static void
settings_of_ipfix_and_collectors_may_stand_in_a_section(void **state)
{
	const struct setting *row;

	(void)state;
	for (size_t i = 0; (row = setting_at(i)) != NULL; i++) {
		bool about_collectors = is_in_part(row, "IPFIX") ||
		                        is_in_part(row, "Collectors") ||
		                        strcmp(row->name, "record_filter") == 0;

		if ((row->where & SETTING_TOP) == 0)
			continue;
		assert_int_equal((row->where & SETTING_COLLECTOR) != 0,
		    about_collectors && row->type->clear == NULL);
		/* What a reload compares has a comparison. */
		assert_true(!row->restart || row->type->same != NULL);
	}
}

/* They join the collectors, so that balance can name them. */
static void
a_section_of_kafka_has_values_of_its_own(void **state)
{
#ifdef HAVE_KAFKA
	const struct kafka_options *kafka;
	struct settings s;

	(void)state;
	file_with("balance = {a, b}\ncollector a {\naddress = \"udp://h\"\n}\n"
	          "kafka b {\naddress = \"kafka://h,i/t\"\nformat = ipfix\n"
	          "compression = zstd\nspool_octets = 2MiB\n"
	          "property = {\"linger.ms=7\", \"sasl.username=u\"}\n}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	assert_int_equal(s.collector_count, 2);
	kafka = &s.collectors[1].options.kafka;
	assert_true(s.collectors[1].options.balance);
	assert_int_equal(kafka->format, KAFKA_IPFIX);
	assert_int_equal(kafka->compression, KAFKA_ZSTD);
	assert_int_equal(kafka->batch, 1);
	assert_string_equal(kafka->properties, "linger.ms=7\nsasl.username=u");
	assert_int_equal(s.collectors[1].options.spool_octets, 2 << 20);
	assert_null(s.destination.kafka.properties);
	settings_free(&s);
#else
	(void)state;
	skip();
#endif
}

static void
mistakes_in_a_section_of_kafka_are_told(void **state)
{
#ifdef HAVE_KAFKA
	static const char *const mistakes[][2] = {
		{ "address = \"udp://h\"", "is no topic, expected kafka://" },
		{ "address = \"kafka://h\"", "the topic is missing" },
		{ "address = \"kafka://h/t\"\nformat = ipfix\nbatch = 9",
		    "batch" },
		{ "address = \"kafka://h/t\"\nformat = ipfix\nkey = client\n"
		  "biflow = no",
		    "expected key = exchange or none" },
		{ "address = \"kafka://h/t\"\nproperty = {\"acks=0\"}",
		    "exflow sets this itself" },
		{ "address = \"kafka://h/t\"\nproperty = "
		  "{\"sasl.password=s3cret\"}",
		    "expected @FILE" },
		{ "format = json", "address is missing" },
	};
	char text[256];
	struct settings s;

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		snprintf(
		    text, sizeof(text), "kafka k {\n%s\n}\n", mistakes[i][0]);
		file_with(text);
		assert_int_equal(
		    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_ERROR);
		assert_said(mistakes[i][1]);
		assert_null(strstr(output, "s3cret"));
	}
#else
	(void)state;
	skip();
#endif
}

static void
each_archive_section_has_values_of_its_own(void **state)
{
	struct settings s;

	(void)state;
	file_with("archive \"a\" {\npath = \"a/%H\"\nrotate = 60\n"
	          "compress = gzip\n}\narchive b {\npath = b\n}\n");
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	assert_int_equal(s.output_count, 0); /* nor the table */
	assert_int_equal(s.archive_count, 2);
	assert_string_equal(s.archives[0].path, "a/%H");
	assert_int_equal(s.archives[0].options.rotate_seconds, 60);
	assert_int_equal(s.archives[0].options.compression, ARCHIVE_GZIP);
	assert_string_equal(s.archives[1].name, "b");
	assert_int_equal(s.archives[1].options.rotate_seconds, 300);
	assert_int_equal(s.archives[1].options.compression, ARCHIVE_PLAIN);
	settings_free(&s);
	/* The outputs of the command line stand for all of the file's. */
	assert_int_equal(
	    load(&s, "-r", "x", "-o", "table", "-c", file_name, NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.archive_count, 0);
	settings_free(&s);
}

static void
archive_errors_name_section_option_and_range(void **state)
{
	(void)state;
	assert_file_refused("archive \"o\" {\npath = a\nrotate = 0.5\n}\n",
	    "3: archive \"o\": rotate: 0.5 is not a whole number, expected "
	    "0 (never) or 1 to 86400 seconds, or a time such as 90s, 5m or "
	    "1h30m\n");
	assert_file_refused("archive \"o\" {\npath = \"a%Q\"\n}\n",
	    "3: archive \"o\": path: %Q stands for nothing");
	assert_file_refused(
	    "archive \"o\" {\n}\n", "2: archive \"o\": path is missing");
	assert_file_refused("archive \"o\" {\npth = a\n}\n",
	    "2: unknown setting pth, did you mean path\n");
	/* A setting of another place is none here. */
	assert_file_refused("archive \"o\" {\nworkers = 2\n}\n",
	    "2: workers stands outside of sections\n");
	assert_file_refused("rotate = 60\n",
	    "1: rotate stands in a section archive \"NAME\" { ... } of the "
	    "file\n");
	assert_file_refused("archive a { path = a }\narchive a { path = b }\n",
	    "2: found duplicate title 'a'");
}

static void
a_section_has_columns_of_its_own(void **state)
{
	struct settings s;

	(void)state;
	(void)file_with("columns = {extended, flowId}\ntimes = milliseconds\n"
	                "archive a { path = \"json:/tmp/%H\" }\n"
	                "archive b { path = \"csv:/tmp/%j\"\n"
	                "columns = {vlanId, exchangeEnd} }\n");
	assert_int_equal(
	    load(&s, "-c", file_name, "-i", "lo", NULL), SETTINGS_RUN);
	assert_true(s.destination.text.extended);
	assert_string_equal(s.destination.text.columns, "flowId");
	assert_string_equal(s.archives[0].text.columns, "flowId");
	assert_int_equal(s.archives[0].text.times, TEXT_TIMES_MILLISECONDS);
	assert_false(s.archives[1].text.extended);
	assert_string_equal(s.archives[1].text.columns, "vlanId,exchangeEnd");
	settings_free(&s);
}

static void
columns_that_are_no_elements_are_refused(void **state)
{
	(void)state;
	assert_refused("--set columns: flowID is no element of a record, did "
	               "you mean flowId\n",
	    "-t", "--set", "columns=flowID");
	assert_refused("columns: zzz is no element of a record, expected seed, "
	               "extended or names of elements",
	    "-t", "--set", "columns=zzz");
	assert_refused(
	    "flowId is there twice", "-t", "--set", "columns=flowId,flowId");
	assert_file_refused("archive \"o\" {\npath = \"json:a\"\n"
	                    "columns = {vlanID}\n}\n",
	    "3: archive \"o\": columns: vlanID is no element of a record, did "
	    "you mean vlanId\n");
}

static void
two_outputs_on_one_target_are_refused(void **state)
{
	(void)state;
	assert_refused("outputs json:- and table: both write to standard "
	               "output, expected one of them there\n",
	    "-t", "-o", "json:-", "-o", "table");
	assert_refused("both write to /tmp/../tmp/x.ipfix", "-t", "-o",
	    "ipfix:/tmp/../tmp/x.ipfix", "-o", "json:/tmp/x.ipfix");
	assert_refused("both write to", "-t", "-o", "archive:/tmp/%H", "-o",
	    "json:/tmp/%H");
	/* The second is named by its line. */
	assert_refused(":2: outputs json:/tmp/%H and o: both write to "
	               "/tmp/%H, expected one of them there\n",
	    "-t", "-c",
	    file_with("outputs = {\"json:/tmp/%H\"}\n"
	              "archive \"o\" { path = \"json:/tmp/%H\" }\n"));
	assert_refused(":2: outputs tcp://h and tcp://h:4739: both write to "
	               "/tmp/tcp-h-4739, expected one of them there\n",
	    "-t", "-c",
	    file_with("spool_dir = /tmp\n"
	              "outputs = {\"tcp://h\", \"tcp://h:4739\"}\n"));
	assert_refused(":4: outputs tcp://h and tcp-h-4739: both write to "
	               "/tmp/tcp-h-4739, expected one of them there\n",
	    "-t", "-c",
	    file_with("spool_dir = /tmp\n"
	              "outputs = {\"tcp://h\"}\n"
	              "collector \"tcp-h-4739\" {\n"
	              "address = \"tcp://i\" }\n"));
}

static void
unreadable_file_is_named(void **state)
{
	FILE *file;

	(void)state;
	assert_refused("exflow: /nowhere/exflow.conf: No such file or "
	               "directory, expected a configuration file\n",
	    "-t", "-c", "/nowhere/exflow.conf");
	assert_refused("exflow: /tmp: Is a directory", "-t", "-c", "/tmp");
	file = fopen(file_name, "w");
	assert_non_null(file);
	assert_int_equal(fwrite("key_vlan\0= yes", 1, 14, file), 14);
	fclose(file);
	assert_refused("not a text", "-t", "-c", file_name);
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
set_errors_name_the_option(void **state)
{
	(void)state;
	assert_refused("--set networks: \"10/8\" is not a network", "-t",
	    "--set", "networks=10.0.0.0/8,10/8");
	assert_refused("--set: unknown setting tcp_idle_timout, did you mean "
	               "tcp_idle_timeout\n",
	    "-t", "--set", "tcp_idle_timout=3");
	assert_refused("--set: unknown setting x\n", "-t", "--set", "x=3");
	assert_refused(
	    "--set key_vlan: expected NAME=VALUE", "-t", "--set", "key_vlan");
	assert_refused("--set =3: expected NAME=VALUE", "-t", "--set", "=3");
}

static void
usage_errors_say_what_was_expected_in_two_lines(void **state)
{
	(void)state;
	assert_refused("exflow: no input: expected FILE, -i NAME or the "
	               "setting interfaces\n",
	    "-q");
	assert_refused("exflow: -r: expected FILE\n", "-r");
	assert_refused("exflow: the name of a capture is empty\n", "-r", "");
	assert_refused("exflow: --input: expected FILE\n", "--input");
	assert_refused("exflow: -o: expected SPEC\n", "-r", "x", "-o");
	assert_refused("exflow: --set: expected NAME=VALUE\n", "--set");
	assert_refused("exflow: unknown option --bogus\n", "--bogus");
	assert_refused("exflow: unknown option -x\n", "-qx");
	assert_refused("exflow: --quiet takes no value\n", "--quiet=1");
	assert_refused("exflow: port: expected no capture beside -i; a filter "
	               "is given with -f FILTER\n",
	    "-i", "lo", "port", "80");
	assert_refused("exflow: -n: \"lan\" is not a network, expected", "-n",
	    "lan", "-r", "x");
	assert_refused("exflow: -o: ", "-o", "pigeon:home", "-r", "x");
	assert_refused(
	    "exflow: -r and -i: expected one of them\n", "-r", "x", "-i", "lo");
	assert_refused(
	    "exflow: -d: expected -i NAME: a file is read in the foreground\n",
	    "-r", "x", "-d");
	assert_refused("exflow: -i: lo is there twice, expected names of "
	               "interfaces, or any\n",
	    "-i", "lo", "-i", "lo");
	for (size_t i = 0, lines = 0; output[i] != '\0'; i++)
		assert_true((lines += output[i] == '\n') <= 2);
}

/* run_check does it, with these settings. */
static void
check_needs_no_input(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-t", NULL), SETTINGS_RUN);
	assert_true(s.check_only);
	settings_free(&s);
	assert_int_equal(load(&s, "--check", "-c", file_with("tcp_linger = 1"),
	                     "-r", "x", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.input_count, 1);
	settings_free(&s);
	/* It was valid, and the run refused it. */
	assert_refused("exflow: -r and -i: expected one of them\n", "-t", "-r",
	    "x", "-i", "lo");
}

static void
an_unknown_option_was_given_no_hint(void **state)
{
	(void)state;
	assert_refused("exflow: unknown option --confg, did you mean "
	               "--config\n",
	    "--confg", "x");
	assert_refused("exflow: unknown option --workers, did you mean --set "
	               "workers=VALUE\n",
	    "--workers=4");
	assert_refused("--set: archive \"NAME\" { ... } is a section of the "
	               "file\n",
	    "--set", "archive=x");
	assert_refused("--set: path stands in a section archive \"NAME\" { "
	               "... } of the file\n",
	    "--set", "path=x");
	assert_file_refused("colector \"x\" {}\n",
	    "1: unknown section colector, did you mean collector\n");
}

static void
captures_had_to_be_named_one_by_one_with_r(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(
	    load(&s, "a", "-r", "b", "c", "-q", "-", "--", "-r", NULL),
	    SETTINGS_RUN);
	assert_int_equal(s.input_count, 5);
	assert_string_equal(s.inputs[4], "-r");
	assert_string_equal(s.inputs[0], "a");
	assert_string_equal(s.inputs[1], "b");
	assert_string_equal(s.inputs[2], "c");
	assert_string_equal(s.inputs[3], "-");
	settings_free(&s);
}

/* Files in the order of their names; nothing hidden, no subfolder. */
static void
a_folder_was_no_input(void **state)
{
	static const char *const names[] = { "b.pcap", "a.pcap", "A.pcap",
		".hidden", "a10.pcap", "a9.pcap" };
	static const char *const read[] = { "A.pcap", "a.pcap", "a10.pcap",
		"a9.pcap", "b.pcap" };
	char folder[] = "/tmp/check_settings.XXXXXX", path[64], below[64];
	struct settings s;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(below, sizeof(below), "%s/below", folder);
	assert_int_equal(mkdir(below, 0700), 0);
	assert_refused("there is no file in this folder", folder);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		assert_int_equal(
		    close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	}
	assert_int_equal(load(&s, "-r", folder, "last", NULL), SETTINGS_RUN);
	assert_int_equal(s.input_count, 6);
	for (size_t i = 0; i < sizeof(read) / sizeof(*read); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, read[i]);
		assert_string_equal(s.inputs[i], path);
	}
	assert_string_equal(s.inputs[5], "last");
	settings_free(&s);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(below), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* On every link type: some words mean something to a few only. */
static void
a_wrong_filter_was_found_by_the_run_only(void **state)
{
	struct settings s;

	(void)state;
	assert_refused("exflow: -f: \"prot 80\" cannot be used: can't parse "
	               "filter expression: syntax error, expected a filter "
	               "as in pcap-filter(7)\n",
	    "-t", "-f", "prot 80");
	assert_file_refused("\nfilter = \"udp port\"\n",
	    "2: filter: \"udp port\" cannot be used: ");
	assert_int_equal(load(&s, "-t", "-f", "type mgt subtype beacon", NULL),
	    SETTINGS_RUN);
	settings_free(&s);
	assert_int_equal(
	    load(&s, "-t", "-f", "vlan and ip", NULL), SETTINGS_RUN);
	settings_free(&s);
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

static void
version_is_printed(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(load(&s, "-V", NULL), SETTINGS_DONE);
	assert_string_equal(output, PACKAGE_STRING "\n");
}

static void
help_lists_every_option_with_default_and_fits_80_columns(void **state)
{
	struct settings s;
	const struct setting *row;
	char line[64];

	(void)state;
	assert_int_equal(load(&s, "--help", NULL), SETTINGS_DONE);
	for (size_t i = 0; (row = setting_at(i)) != NULL; i++) {
		snprintf(line, sizeof(line), "\n  %s ", row->name);
		assert_said(line);
		assert_said(row->help);
	}
	assert_said("0 to 86400 seconds; default 5\n");
	for (char *at = output; *at != '\0'; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") > 80)
			fail_msg("too wide: %.90s", at);
}

/* The shipped file, as it is and with every option uncommented. */
static void
shipped_file_is_valid_and_holds_the_defaults(void **state)
{
	const struct setting *row;
	const char *top = getenv("top_srcdir");
	char path[1024], line[1024];
	const struct archive_options *shipped, *initial;
	struct settings s, defaults;
	FILE *from, *into;
	bool seen;

	(void)state;
	snprintf(
	    path, sizeof(path), "%s/conf/exflow.conf", top != NULL ? top : ".");
	assert_int_equal(load(&s, "-r", "x", "-c", path, NULL), SETTINGS_RUN);
	settings_free(&s);
	from = fopen(path, "r");
	into = fopen(file_name, "w");
	assert_non_null(from);
	assert_non_null(into);
	while (fgets(line, sizeof(line), from) != NULL) {
		char *at = line + strspn(line, "\t");

#ifndef HAVE_KAFKA
		if (strncmp(at, "#kafka ", 7) == 0)
			break; /* it is refused, and comes last */
#endif
		fputs(at[0] == '#' && at[1] != ' ' ? at + 1 : line, into);
	}
	fclose(into);
	assert_int_equal(
	    load(&s, "-r", "x", "-c", file_name, NULL), SETTINGS_RUN);
	/* The examples turn names on, on which snaplen depends. */
	assert_int_equal(
	    load(&defaults, "-r", "x", "--names", "tls", NULL), SETTINGS_RUN);
	for (size_t i = 0; (row = setting_at(i)) != NULL; i++) {
		snprintf(path, sizeof(path), "#%s = ", row->name);
		rewind(from);
		for (seen = false; fgets(line, sizeof(line), from) != NULL;)
			seen |= strncmp(line + strspn(line, "\t"), path,
			            strlen(path)) == 0;
		if (!seen)
			fail_msg("%s is not in the file", row->name);
		/* Those without a default show an example. */
		if ((row->initial != NULL || row->type->number) &&
		    row->octets > 0)
			assert_memory_equal((char *)&s + row->offset,
			    (char *)&defaults + row->offset, row->octets);
	}
	fclose(from);
	assert_int_equal(s.archive_count, 1);
	assert_string_equal(s.archives[0].name, "example");
#ifdef HAVE_KAFKA
	assert_int_equal(s.collector_count, 2);
	assert_string_equal(s.collectors[1].name, "flows");
#else
	assert_int_equal(s.collector_count, 1);
#endif
	shipped = &s.archives[0].options;
	initial = &defaults.destination.archive;
	assert_int_equal(shipped->rotate_seconds, initial->rotate_seconds);
	assert_int_equal(shipped->rotate_octets, initial->rotate_octets);
	assert_int_equal(shipped->clock, initial->clock);
	assert_int_equal(shipped->local_time, initial->local_time);
	assert_int_equal(shipped->compression, initial->compression);
	assert_int_equal(shipped->retention_days, initial->retention_days);
	assert_int_equal(shipped->memory_octets, initial->memory_octets);
	settings_free(&s);
	settings_free(&defaults);
}

/* SEMANTICS, "Ending": 300 s live, never from files. */
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
		cmocka_unit_test(without_output_the_table_is_written),
		cmocka_unit_test(
		    an_open_quote_wrote_its_backslash_to_standard_output),
		cmocka_unit_test(each_collector_section_has_values_of_its_own),
		cmocka_unit_test(settings_without_use_to_netflow_are_refused),
		cmocka_unit_test(mistakes_in_a_collector_section_are_named),
		cmocka_unit_test(unknown_names_in_balance_had_no_place),
		cmocka_unit_test(
		    balance_was_ignored_beside_an_output_of_the_command_line),
		cmocka_unit_test(
		    enterprise_numbers_of_others_were_found_by_the_run_alone),
		cmocka_unit_test(biflow_is_of_an_output_or_of_all),
		cmocka_unit_test(a_profile_is_of_an_output_or_of_all),
		cmocka_unit_test(a_profile_needs_quality),
		cmocka_unit_test(messages_have_room_for_records_with_quality),
		cmocka_unit_test(an_archive_makes_its_output_uniflow),
		cmocka_unit_test(
		    a_long_enterprise_number_is_taken_with_a_warning),
		cmocka_unit_test(
		    flag_counters_was_unknown_in_a_collector_section),
		cmocka_unit_test(
		    settings_of_ipfix_and_collectors_may_stand_in_a_section),
		cmocka_unit_test(a_section_of_kafka_has_values_of_its_own),
		cmocka_unit_test(mistakes_in_a_section_of_kafka_are_told),
		cmocka_unit_test(each_archive_section_has_values_of_its_own),
		cmocka_unit_test(archive_errors_name_section_option_and_range),
		cmocka_unit_test(command_line_fills_every_place),
		cmocka_unit_test(set_takes_any_option),
		cmocka_unit_test(command_line_beats_the_file),
		cmocka_unit_test(file_takes_comments_lists_and_quotes),
		cmocka_unit_test(networks_may_have_names),
		cmocka_unit_test(
		    outputs_turn_quality_on_where_nobody_has_set_it),
		cmocka_unit_test(logs_of_tstat_need_quality),
		cmocka_unit_test(empty_file_changes_nothing),
		cmocka_unit_test(file_errors_name_file_line_option_and_range),
		cmocka_unit_test(
		    file_errors_count_even_where_the_command_line_wins),
		cmocka_unit_test(
		    unknown_option_in_the_file_is_named_with_the_line),
		cmocka_unit_test(
		    syntax_errors_are_those_of_the_parser_with_the_line),
		cmocka_unit_test(a_section_has_columns_of_its_own),
		cmocka_unit_test(columns_that_are_no_elements_are_refused),
		cmocka_unit_test(two_outputs_on_one_target_are_refused),
		cmocka_unit_test(unreadable_file_is_named),
		cmocka_unit_test(
		    numbers_are_taken_whole_and_within_their_range),
		cmocka_unit_test(times_and_sizes_took_no_units),
		cmocka_unit_test(set_errors_name_the_option),
		cmocka_unit_test(
		    usage_errors_say_what_was_expected_in_two_lines),
		cmocka_unit_test(check_needs_no_input),
		cmocka_unit_test(an_unknown_option_was_given_no_hint),
		cmocka_unit_test(captures_had_to_be_named_one_by_one_with_r),
		cmocka_unit_test(a_folder_was_no_input),
		cmocka_unit_test(a_wrong_filter_was_found_by_the_run_only),
		cmocka_unit_test(names_are_kinds_that_fit_together),
		cmocka_unit_test(quic_needs_a_build_that_can),
		cmocka_unit_test(version_is_printed),
		cmocka_unit_test(
		    help_lists_every_option_with_default_and_fits_80_columns),
		cmocka_unit_test(shipped_file_is_valid_and_holds_the_defaults),
		cmocka_unit_test(the_active_timeout_depends_on_the_input),
	};

	return cmocka_run_group_tests(tests, file_begin, file_end);
}
