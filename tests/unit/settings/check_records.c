/* SPDX-License-Identifier: BSD-2-Clause */
/* What settings say of records: their form, for all outputs and for one. */
#include <config.h>

#include "../settings_fixture.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    outputs_turn_quality_on_where_nobody_has_set_it),
		cmocka_unit_test(logs_of_tstat_need_quality),
		cmocka_unit_test(
		    enterprise_numbers_of_others_were_found_by_the_run_alone),
		cmocka_unit_test(biflow_is_of_an_output_or_of_all),
		cmocka_unit_test(a_profile_is_of_an_output_or_of_all),
		cmocka_unit_test(a_profile_needs_quality),
		cmocka_unit_test(messages_have_room_for_records_with_quality),
		cmocka_unit_test(an_archive_makes_its_output_uniflow),
		cmocka_unit_test(
		    a_long_enterprise_number_is_taken_with_a_warning),
		cmocka_unit_test(columns_that_are_no_elements_are_refused),
		cmocka_unit_test(two_outputs_on_one_target_are_refused),
	};

	return cmocka_run_group_tests(tests, file_begin, file_end);
}
