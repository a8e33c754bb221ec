/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflowdump: IPFIX files as table, CSV, JSON or statistics.  ipfix/reader.c
 * reads them, src/reader prints.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/base/terminal.h"
#include "exflow/ipfix/reader.h"
#include "exflow/reader/dump.h"
#include "exflow/record/record.h"

#define EXIT_USAGE 2
#define PEN_MAX UINT32_MAX
#define ELEMENT_FILES_MAX 16

enum { /* the first three in the order of enum dump_mode */
	OPTION_CSV = 256,
	OPTION_JSON,
	OPTION_STATS,
	OPTION_TYPES,
	OPTION_PEN,
	OPTION_HELP
};

static const struct option long_options[] = {
	{ "csv", no_argument, NULL, OPTION_CSV },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "stats", no_argument, NULL, OPTION_STATS },
	{ "types", no_argument, NULL, OPTION_TYPES },
	{ "numbers", no_argument, NULL, 'N' },
	{ "elements", required_argument, NULL, 'e' },
	{ "enterprise-number", required_argument, NULL, OPTION_PEN },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: exflowdump [--csv | --json | --stats] [--types] [-N]\n"
    "                  [-e FILE.xml] [--enterprise-number N] FILE ...\n"
    "Show the records of IPFIX files; - is standard input.\n\n"
    "      --csv                  comma separated, a header for each template\n"
    "      --json                 one JSON object a line\n"
    "      --stats                counts of messages, templates and records\n"
    "      --types                show type information records as well\n"
    "  -N, --numbers              addresses in the table, no names\n"
    "  -e, --elements FILE.xml    further element definitions\n"
    "      --enterprise-number N  number of exflow's own elements (32473)\n"
    "      --help                 show this\n"
    "  -V, --version              show the version\n";

struct command {
	struct dump_options dump;
	const char *element_files[ELEMENT_FILES_MAX];
	size_t element_file_count;
	uint32_t enterprise_number;
	bool done; /* --help, -V */
};

static int
parse_enterprise_number(struct command *command, const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 1 ||
	    value > PEN_MAX) {
		log_error("--enterprise-number \"%s\": a number from 1 to %u "
		          "was expected",
		    text, PEN_MAX);
		return -1;
	}
	command->enterprise_number = (uint32_t)value;
	return 0;
}

static int
take_option(struct command *command, int option)
{
	switch (option) {
	case OPTION_CSV:
	case OPTION_JSON:
	case OPTION_STATS:
		command->dump.mode = DUMP_CSV + (unsigned)(option - OPTION_CSV);
		return 0;
	case OPTION_TYPES:
		command->dump.types = true;
		return 0;
	case 'N':
		command->dump.numbers = true;
		return 0;
	case OPTION_PEN:
		return parse_enterprise_number(command, optarg);
	case 'e':
		if (command->element_file_count == ELEMENT_FILES_MAX) {
			log_error("-e: at most %d files", ELEMENT_FILES_MAX);
			return -1;
		}
		command->element_files[command->element_file_count++] = optarg;
		return 0;
	case OPTION_HELP:
	case 'V':
		fputs(
		    option == 'V' ? "exflowdump " PACKAGE_VERSION "\n" : usage,
		    stdout);
		command->done = true;
		return 0;
	default: /* getopt_long has printed a message */
		return -1;
	}
}

static int
parse_command(struct command *command, int argc, char **argv)
{
	int option;

	while (!command->done && (option = getopt_long(argc, argv, "Ne:V",
	                              long_options, NULL)) != -1)
		if (take_option(command, option) < 0)
			return -1;
	if (command->done || optind < argc)
		return 0;
	log_error("the name of an IPFIX file was expected");
	return -1;
}

static struct reader *
make_reader(const struct command *command)
{
	char error[READER_ERROR_SIZE];
	struct reader *reader =
	    reader_new(command->enterprise_number, error, sizeof(error));

	for (size_t i = 0; reader != NULL && i < command->element_file_count;
	     i++)
		if (reader_add_elements(reader, command->element_files[i],
		        error, sizeof(error)) < 0)
			reader_free(&reader);
	if (reader == NULL)
		log_error("%s", error);
	return reader;
}

/* Read every file, also after one that could not be read. */
static int
dump_all(struct dump *dump, struct reader *reader, char **paths)
{
	char error[READER_ERROR_SIZE];
	int status = EXIT_SUCCESS;

	for (; *paths != NULL && !ferror(stdout); paths++)
		if (reader_open(reader, *paths, error, sizeof(error)) < 0) {
			log_error("%s", error);
			status = EXIT_FAILURE;
		} else if (dump_file(dump, reader, log_error, log_warning) < 0)
			status = EXIT_FAILURE;
	if (ferror(stdout) || dump_finish(dump, reader) < 0) {
		if (errno != EPIPE) /* head(1) may stop reading */
			log_error("standard output: %s", strerror(errno));
		status = EXIT_FAILURE;
	}
	return status;
}

int
main(int argc, char **argv)
{
	struct command command = { .enterprise_number = PEN_DOCUMENTATION };
	struct reader *reader;
	struct dump *dump;
	int status;

	log_init("exflowdump", LOG_LEVEL_WARNING);
	log_take_glib();
	signal(SIGPIPE, SIG_IGN);
	if (parse_command(&command, argc, argv) < 0)
		return EXIT_USAGE;
	if (command.done)
		return EXIT_SUCCESS;
	if ((reader = make_reader(&command)) == NULL)
		return EXIT_USAGE;
	command.dump.width = terminal_width(STDOUT_FILENO);
	dump = dump_new(&command.dump, stdout);
	status = dump_all(dump, reader, argv + optind);
	dump_free(&dump);
	reader_free(&reader);
	return status;
}
