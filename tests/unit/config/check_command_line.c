/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: options, operands, what it says of mistakes. */
#include <config.h>

#include <sys/stat.h>
#include <fcntl.h>

#include "exflow/decode/decode.h"
#include "exflow/settings/setting.h"

#include "../settings_fixture.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_line_fills_every_place),
		cmocka_unit_test(set_takes_any_option),
		cmocka_unit_test(command_line_beats_the_file),
		cmocka_unit_test(set_errors_name_the_option),
		cmocka_unit_test(
		    usage_errors_say_what_was_expected_in_two_lines),
		cmocka_unit_test(check_needs_no_input),
		cmocka_unit_test(an_unknown_option_was_given_no_hint),
		cmocka_unit_test(captures_had_to_be_named_one_by_one_with_r),
		cmocka_unit_test(a_folder_was_no_input),
		cmocka_unit_test(a_wrong_filter_was_found_by_the_run_only),
		cmocka_unit_test(version_is_printed),
		cmocka_unit_test(
		    help_lists_every_option_with_default_and_fits_80_columns),
		cmocka_unit_test(without_output_the_table_is_written),
	};

	return cmocka_run_group_tests(tests, file_begin, file_end);
}
