/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of the configuration file: collectors, archives, Kafka. */
#include <config.h>

#include "exflow/settings/setting.h"

#include "../settings_fixture.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_collector_section_has_values_of_its_own),
		cmocka_unit_test(settings_without_use_to_netflow_are_refused),
		cmocka_unit_test(mistakes_in_a_collector_section_are_named),
		cmocka_unit_test(unknown_names_in_balance_had_no_place),
		cmocka_unit_test(
		    balance_was_ignored_beside_an_output_of_the_command_line),
		cmocka_unit_test(
		    flag_counters_was_unknown_in_a_collector_section),
		cmocka_unit_test(
		    settings_of_ipfix_and_collectors_may_stand_in_a_section),
		cmocka_unit_test(a_section_of_kafka_has_values_of_its_own),
		cmocka_unit_test(mistakes_in_a_section_of_kafka_are_told),
		cmocka_unit_test(each_archive_section_has_values_of_its_own),
		cmocka_unit_test(archive_errors_name_section_option_and_range),
		cmocka_unit_test(a_section_has_columns_of_its_own),
	};

	return cmocka_run_group_tests(tests, file_begin, file_end);
}
