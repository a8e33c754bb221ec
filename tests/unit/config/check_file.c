/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file: its syntax, and what is said of mistakes in it. */
#include <config.h>

#include "exflow/decode/decode.h"
#include "exflow/settings/setting.h"

#include "../settings_fixture.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_takes_comments_lists_and_quotes),
		cmocka_unit_test(empty_file_changes_nothing),
		cmocka_unit_test(file_errors_name_file_line_option_and_range),
		cmocka_unit_test(
		    file_errors_count_even_where_the_command_line_wins),
		cmocka_unit_test(
		    unknown_option_in_the_file_is_named_with_the_line),
		cmocka_unit_test(
		    syntax_errors_are_those_of_the_parser_with_the_line),
		cmocka_unit_test(
		    an_open_quote_wrote_its_backslash_to_standard_output),
		cmocka_unit_test(unreadable_file_is_named),
		cmocka_unit_test(shipped_file_is_valid_and_holds_the_defaults),
	};

	return cmocka_run_group_tests(tests, file_begin, file_end);
}
