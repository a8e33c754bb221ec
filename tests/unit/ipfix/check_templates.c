/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets of every template are those of templates.txt: what collectors,
 * files and spools out there rely on.  A change of the records changes the
 * file, and is seen in its review:
 *
 *	check_templates print >tests/unit/ipfix/templates.txt
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/ipfix/encoder.h"

#define GOLDEN "tests/unit/ipfix/templates.txt"
#define LINE_OCTETS 32

static void
ignore(void *context, const struct message *message)
{
	(void)context;
	(void)message;
}

/* A row of octets as it stands in the file. */
static void
print_octets(FILE *to, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++)
		fprintf(to, "%s%02x", i % LINE_OCTETS == 0 ? "\n\t" : "",
		    octets[i]);
	fputc('\n', to);
}

static void
print_templates(FILE *to, const char *name, const struct record_options *record)
{
	struct ipfix_options options = { .record = *record,
		.message_octets = ipfix_message_min(record) };
	char error[256] = "";
	struct ipfix_encoder *encoder =
	    ipfix_encoder_new(&options, ignore, NULL, error, sizeof(error));
	const struct message *messages;
	size_t count;

	if (encoder == NULL) {
		fprintf(stderr, "%s\n", error);
		exit(1);
	}
	messages = ipfix_encoder_templates(encoder, &count);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *set = messages[i].octets + MESSAGE_HEADER_OCTETS;
		bool quality = (set[4] & TEMPLATE_QUALITY >> 8) != 0;
		bool names = (set[4] & TEMPLATE_NAMES >> 8) != 0;

		if (quality != record->quality || names != record->names)
			continue; /* the same as without that group */
		fprintf(to, "%s 0x%x", name, set[4] << 8 | set[5]);
		print_octets(
		    to, set, messages[i].length - MESSAGE_HEADER_OCTETS);
	}
	ipfix_encoder_free(&encoder);
}

/*
 * The default for every protocol, and all that there is for TCP and UDP, but
 * for hardware addresses, which make four templates of one; and the same of
 * exchanges that have figures of their quality, or names.
 */
static void
print_all(FILE *to)
{
	struct record_options options;

	record_options_init(&options);
	options.other = true;
	print_templates(to, "default", &options);
	options.other = false;
	options.flags_iana = options.interface = options.vlan = true;
	print_templates(to, "everything", &options);
	record_options_init(&options);
	options.mac = true;
	print_templates(to, "mac", &options);
	record_options_init(&options);
	options.other = options.quality = true;
	print_templates(to, "quality", &options);
	options.other = false;
	options.profiles = RECORD_FLOWMON;
	print_templates(to, "flowmon", &options);
	options.profiles = RECORD_NTOP;
	print_templates(to, "ntop", &options);
	record_options_init(&options);
	options.names = true;
	print_templates(to, "names", &options);
	options.payload = true;
	print_templates(to, "payload", &options);
	options.quality = true;
	print_templates(to, "quality and names", &options);
}

static char *
read_golden(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *text = calloc(1, 1 << 20);
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", top == NULL ? "." : top, GOLDEN);
	file = fopen(path, "r");
	if (file == NULL || text == NULL)
		fail_msg("%s cannot be read", path);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

static void
test_templates_have_the_octets_of_the_file(void **state)
{
	char *made = NULL, *golden = read_golden();
	size_t length;
	FILE *to = open_memstream(&made, &length);

	(void)state;
	assert_non_null(to);
	print_all(to);
	fclose(to);
	if (strcmp(made, golden) != 0) {
		size_t at = 0;

		while (made[at] == golden[at])
			at++;
		fail_msg(
		    "octet %zu of " GOLDEN " differs: %.40s", at, made + at);
	}
	free(made);
	free(golden);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_templates_have_the_octets_of_the_file),
	};

	if (argc == 2 && strcmp(argv[1], "print") == 0) {
		print_all(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
