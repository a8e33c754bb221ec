/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: the table of options, --help, and what each option sets.
 * What is set here is marked as taken, so that the file does not replace it.
 */
#include <config.h>

#include "command_line.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/capture/interface.h"
#include "exflow/record/definitions.h"

enum {
	OPERAND = 1,    /* what getopt gives for no option */
	LONG_SET = 256, /* options without a letter */
	LONG_STATS,
	LONG_ELEMENTS,
	LONG_NO_SECCOMP,
	LONG_NAMES,
};

static const struct argument {
	int letter;
	const char *name;
	const char *value; /* NULL: takes none */
	const char *help;
	const char *setting; /* that it sets; NULL: see argument_take */
} arguments[] = {
	{ 'r', "input", "FILE", "same as FILE: a capture, a folder, - is stdin",
	    NULL },
	{ 'i', "interface", "NAME", "capture on an interface, or on any",
	    "interfaces" },
	{ 'D', "list-interfaces", NULL, "list the interfaces and exit", NULL },
	{ 'o', "output", "SPEC",
	    "where records go, table if not given:", "outputs" },
	{ 'n', "network", "CIDR[,CIDR...]", "the local networks", "networks" },
	{ 'f', "filter", "FILTER", "read only the packets that match",
	    "filter" },
	{ LONG_NAMES, "names", "KIND[,KIND...]",
	    "who was talked to: tls, quic, http, dns, ja4", "names" },
	{ 'c', "config", "FILE", "read this configuration file", NULL },
	{ LONG_SET, "set", "NAME=VALUE", "a setting; it overrides the file",
	    NULL },
	{ 'd', "daemon", NULL, "detach when everything is ready", NULL },
	{ LONG_NO_SECCOMP, "no-seccomp", NULL, "same as --set seccomp=no",
	    NULL },
	{ 't', "check", NULL, "check whether a run would start, and exit",
	    NULL },
	{ 'N', "numbers", NULL, "show addresses in the table, not names",
	    NULL },
	{ 'u', "utc", NULL, "show times in UTC on a terminal, too", NULL },
	{ LONG_STATS, "stats", "FILE", "write statistics as JSON at the end",
	    NULL },
	{ LONG_ELEMENTS, "elements", "FORMAT",
	    "print what defines the elements for others:", NULL },
	{ 'q', "quiet", NULL, "errors only, no summary, no progress", NULL },
	{ 'v', "verbose", NULL, "say more; twice: for debugging", NULL },
	{ 'V', "version", NULL, "print the version and exit", NULL },
	{ 'h', "help", NULL, "print this and exit", NULL },
};
#define ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

static const char output_help[] =
    "    ipfix:FILE, NAME.ipfix     IPFIX file (RFC 5655); - is standard "
    "output\n"
    "    udp://HOST[:PORT]          IPFIX collector over UDP, port 4739\n"
    "    tcp://HOST[:PORT]          IPFIX collector over TCP, port 4739\n"
    "    archive:PATTERN            IPFIX files by time, see exflow.conf(5)\n"
    "    tls://HOST[:PORT]          IPFIX collector over TLS, port 4740\n"
    "    netflow9://HOST[:PORT]     NetFlow v9 collector, port 2055\n"
    "    netflow5://HOST[:PORT]     the same of v5, IPv4 only\n"
    "    kafka://BROKER[:PORT]/TOPIC  JSON to Apache Kafka, port 9092\n"
    "    csv:DIR                    tcp_flows.csv and udp_flows.csv\n"
    "    tstat:DIR                  the three logs of Tstat\n"
    "    json:FILE                  an object a line; - is standard output\n"
    "    table                      for people, on standard output\n";

static const char end_help[] =
    "\nHow exchanges end, in the table's last column:\n"
    "    fin   finished, both sides sent FIN     rst   reset\n"
    "    half  one FIN, then silence             idle  silent until a "
    "timeout\n"
    "    none  the server did not answer         repl  replaced by a new "
    "SYN\n"
    "    part  it goes on after active_timeout   evic  the table was full\n"
    "    shut  it ran when the input ended\n";

static void
help_formats(FILE *stream)
{
	fputs("   ", stream);
	for (size_t i = 0; i < definition_format_count; i++)
		fprintf(stream, " %s%s", definition_formats[i].name,
		    i + 1 < definition_format_count ? "," : "\n");
}

static void
help_print(FILE *stream)
{
	char left[64];

	fputs("usage: exflow [OPTION...] FILE...\n"
	      "       exflow [OPTION...] -i NAME\n"
	      "Turn packets into records of exchanges, seen from the client.\n"
	      "\nOptions (-r, -i, -o, -n and -v may be repeated):\n",
	    stream);
	for (size_t i = 0; i < ARGUMENTS; i++) {
		const struct argument *row = &arguments[i];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s",
		    row->letter < 256 ? '-' : ' ',
		    row->letter < 256 ? row->letter : ' ',
		    row->letter < 256 ? "," : " ", row->name,
		    row->value != NULL ? " " : "",
		    row->value != NULL ? row->value : "");
		fprintf(stream, "  %-28s %s\n", left, row->help);
		if (row->letter == 'o')
			fputs(output_help, stream);
		if (row->letter == LONG_ELEMENTS)
			help_formats(stream);
	}
	setting_help(stream);
	fputs(end_help, stream);
	fputs("\nSee exflow(8) and exflow.conf(5).\n", stream);
}

int
command_line_wrong(const char *format, ...)
{
	char text[SETTING_ERROR_SIZE];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	log_error("%s", text);
	log_error("exflow --help lists what there is");
	return -1;
}

/* Mark a setting as taken; whether it was so before. */
static bool
take_setting(struct command_line *line, const struct setting *setting)
{
	bool *taken = &line->taken[setting_index(setting)];
	bool before = *taken;

	*taken = true;
	return before;
}

/* A value from the command line; source is named in messages. */
static int
assign(struct command_line *line, const char *source,
    const struct setting *setting, const char *text)
{
	char error[SETTING_ERROR_SIZE];
	/* A file's name may have a comma in it. */
	bool whole = strcmp(source, "-o") == 0;

	if (!take_setting(line, setting) && setting->type->clear != NULL)
		setting->type->clear(line->settings);
	if ((whole ? setting->type->take : setting_assign)(
	        setting, line->settings, text, error) != 0) {
		log_error("%s: %s", source, error);
		return -1;
	}
	line->text[setting_index(setting)] = text;
	return 0;
}

static int
assign_set(struct command_line *line, const char *text)
{
	const char *value = strchr(text, '=');
	const struct setting *setting;
	char name[64], source[80], error[SETTING_ERROR_SIZE];

	if (value == NULL || value == text ||
	    (size_t)(value - text) >= sizeof(name))
		return command_line_wrong(
		    "--set %s: expected NAME=VALUE", text);
	snprintf(name, sizeof(name), "%.*s", (int)(value - text), text);
	snprintf(source, sizeof(source), "--set %s", name);
	setting = setting_find(SETTING_TOP, name);
	if (setting != NULL)
		return assign(line, source, setting, value + 1);
	setting_unknown(SETTING_TOP, name, error);
	return command_line_wrong("--set: %s", error);
}

/* An option that stands for a setting. */
static int
assign_argument(struct command_line *line, const struct argument *argument)
{
	char source[32];

	if (argument->letter < 256)
		snprintf(source, sizeof(source), "-%c", argument->letter);
	else
		snprintf(source, sizeof(source), "--%s", argument->name);
	return assign(
	    line, source, setting_find(SETTING_TOP, argument->setting), optarg);
}

static int
input_add(struct settings *settings, const char *path)
{
	if (*path == '\0')
		return command_line_wrong("the name of a capture is empty");
	if (text_list_add(&settings->inputs, &settings->input_count, path) == 0)
		return 0;
	log_error("-r: %s", strerror(ENOMEM));
	return -1;
}

/* A capture without -r. */
static int
operand_add(struct command_line *line, const char *path)
{
	if (line->operand == NULL)
		line->operand = path;
	return input_add(line->settings, path);
}

static int
stats_set(struct settings *settings, const char *path)
{
	if (*path == '\0')
		return command_line_wrong("--stats: expected FILE");
	free(settings->stats_path);
	settings->stats_path = strdup(path);
	if (settings->stats_path != NULL)
		return 0;
	log_error("--stats: %s", strerror(ENOMEM));
	return -1;
}

/* A long option that there is not; perhaps a setting was meant. */
static int
option_unknown(const char *text)
{
	struct suggestion suggestion = { 0 };
	char name[64];

	snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(text + 2, "="), text + 2);
	suggestion.typed = name;
	if (setting_find(SETTING_TOP, name) != NULL)
		return command_line_wrong(
		    "unknown option --%s, did you mean --set %s=VALUE", name,
		    name);
	for (size_t i = 0; i < ARGUMENTS; i++)
		suggestion_try(&suggestion, arguments[i].name);
	if (suggestion.best == NULL)
		return command_line_wrong("unknown option --%s", name);
	return command_line_wrong(
	    "unknown option --%s, did you mean --%s", name, suggestion.best);
}

static int
elements_set(struct command_line *line, const char *name)
{
	line->elements = definition_format_find(name);
	if (line->elements != NULL)
		return 0;
	return command_line_wrong(
	    "--elements %s: expected one of the formats", name);
}

/* What getopt could not use: letter is '?' or ':'. */
static int
argument_wrong(char **argv, int letter)
{
	const char *text = argv[optind - 1];

	for (size_t i = 0; i < ARGUMENTS; i++) {
		const struct argument *row = &arguments[i];

		if (optopt != row->letter)
			continue;
		if (letter == ':')
			return command_line_wrong(
			    "%s: expected %s", text, row->value);
		return command_line_wrong("--%s takes no value", row->name);
	}
	if (optopt != 0)
		return command_line_wrong("unknown option -%c", optopt);
	return option_unknown(text);
}

static int
argument_take(struct command_line *line, char **argv, int letter)
{
	struct settings *settings = line->settings;

	for (size_t i = 0; i < ARGUMENTS; i++)
		if (arguments[i].letter == letter &&
		    arguments[i].setting != NULL)
			return assign_argument(line, &arguments[i]);
	switch (letter) {
	case OPERAND:
		return operand_add(line, optarg);
	case 'r':
		return input_add(settings, optarg);
	case LONG_SET:
		return assign_set(line, optarg);
	case LONG_STATS:
		return stats_set(settings, optarg);
	case LONG_ELEMENTS:
		return elements_set(line, optarg);
	case 'c':
		line->config = optarg;
		return 0;
	case LONG_NO_SECCOMP:
		return assign(line, "--no-seccomp",
		    setting_find(SETTING_TOP, "seccomp"), "no");
	case 'd':
		settings->detach = true;
		return 0;
	case 't':
		settings->check_only = true;
		return 0;
	case 'N':
		settings->destination.numbers = true;
		return 0;
	case 'u':
		settings->utc = true;
		return 0;
	case 'q':
		settings->quiet = true;
		return 0;
	case 'v':
		settings->verbose++;
		return 0;
	default:
		return argument_wrong(argv, letter);
	}
}

/* getopt's two tables from ours. */
static void
getopt_tables(struct option *longs, char *letters)
{
	*letters++ = '-'; /* operands among the options, in their order */
	*letters++ = ':'; /* tell a missing value from an unknown option */
	for (size_t i = 0; i < ARGUMENTS; i++) {
		const struct argument *row = &arguments[i];

		longs[i] = (struct option){ .name = row->name,
			.has_arg = row->value != NULL ? required_argument
			                              : no_argument,
			.val = row->letter };
		if (row->letter < 256) {
			*letters++ = (char)row->letter;
			if (row->value != NULL)
				*letters++ = ':';
		}
	}
	longs[ARGUMENTS] = (struct option){ 0 };
	*letters = '\0';
}

static enum settings_result
list_interfaces(void)
{
	char error[CAPTURE_ERROR_SIZE];

	if (interface_list(stdout, error) == 0)
		return SETTINGS_DONE;
	log_error("-D: %s", error);
	return SETTINGS_ERROR;
}

enum settings_result
command_line_read(struct command_line *line, int argc, char **argv)
{
	struct option longs[ARGUMENTS + 1];
	char letters[2 * ARGUMENTS + 3];
	int letter;

	getopt_tables(longs, letters);
	opterr = 0;
	optind = 0; /* from the start, also when called again */
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (letter == 'h') {
			help_print(stdout);
			return SETTINGS_DONE;
		}
		if (letter == 'V') {
			puts(PACKAGE_STRING);
			return SETTINGS_DONE;
		}
		if (letter == 'D')
			return list_interfaces();
		if (argument_take(line, argv, letter) != 0)
			return SETTINGS_ERROR;
	}
	for (; optind < argc; optind++) /* behind "--" */
		if (operand_add(line, argv[optind]) != 0)
			return SETTINGS_ERROR;
	return SETTINGS_RUN;
}
