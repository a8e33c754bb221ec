/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line.  The settings come from three places:
 *
 *	defaults ──► --set, -i, -n, -f, -o ──► the file that -c names
 *	             marked as taken           all but what is taken
 *
 * The file is read last, as the command line names it, but a setting that
 * the command line has given is marked as taken and keeps its value.
 */
#include <config.h>

#include "exflow/settings/setting.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
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

struct command_line {
	struct settings *settings;
	const char *config;
	const char *operand; /* the first capture without -r, or NULL */
	const struct definition_format *elements; /* to print, or NULL */
	bool *taken;       /* by index in settings_table */
	const char **text; /* likewise: the last value, in argv */
};

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

__attribute__((format(printf, 1, 2))) static int
usage_error(const char *format, ...)
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
	bool *taken = &line->taken[setting - settings_table];
	bool before = *taken;

	*taken = true;
	return before;
}

static bool
is_taken(const struct command_line *line, const char *name)
{
	return line->taken[setting_find(SETTING_TOP, name) - settings_table];
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
	line->text[setting - settings_table] = text;
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
		return usage_error("--set %s: expected NAME=VALUE", text);
	snprintf(name, sizeof(name), "%.*s", (int)(value - text), text);
	snprintf(source, sizeof(source), "--set %s", name);
	setting = setting_find(SETTING_TOP, name);
	if (setting != NULL)
		return assign(line, source, setting, value + 1);
	setting_unknown(SETTING_TOP, name, error);
	return usage_error("--set: %s", error);
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
		return usage_error("the name of a capture is empty");
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
		return usage_error("--stats: expected FILE");
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
		return usage_error(
		    "unknown option --%s, did you mean --set %s=VALUE", name,
		    name);
	for (size_t i = 0; i < ARGUMENTS; i++)
		suggestion_try(&suggestion, arguments[i].name);
	if (suggestion.best == NULL)
		return usage_error("unknown option --%s", name);
	return usage_error(
	    "unknown option --%s, did you mean --%s", name, suggestion.best);
}

static int
elements_set(struct command_line *line, const char *name)
{
	line->elements = definition_format_find(name);
	if (line->elements != NULL)
		return 0;
	return usage_error("--elements %s: expected one of the formats", name);
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
			return usage_error("%s: expected %s", text, row->value);
		return usage_error("--%s takes no value", row->name);
	}
	if (optopt != 0)
		return usage_error("unknown option -%c", optopt);
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

static enum settings_result
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

/* Defaults of the lists that are still empty. */
static int
fill_empty(struct settings *settings)
{
	struct network_set **set = &settings->networks;

	if (settings_destinations(settings) == 0 &&
	    text_list_add(
	        &settings->outputs, &settings->output_count, "table") != 0)
		return -1;
	if (*set == NULL && (*set = network_set_new()) == NULL)
		return -1;
	network_set_freeze(*set);
	settings->meter.networks = *set;
	return 0;
}

/* Without networks every exchange is foreign: other kinds mean nothing. */
static int
check_kinds(const struct settings *settings)
{
	if (network_set_count(settings->networks) > 0 ||
	    !meter_kinds_need_networks(settings->meter.kinds))
		return 0;
	log_error("meter: expected all or other where there are no networks; "
	          "networks = {PREFIX, ...} or -n PREFIX,... says what is "
	          "local");
	return -1;
}

/* Live, sorted rows would come at the end of the capture only. */
static int
check_sort(const struct settings *settings)
{
	bool live = settings->input_count == 0 && settings->interface_count > 0;

	if (!settings->destination.sort_start || !live)
		return 0;
	log_error("sort = start: expected captures (-r FILE), an interface "
	          "needs sort = end");
	return -1;
}

/* Names stand behind the headers, which are all that is read else. */
static void
choose_snaplen(struct settings *settings)
{
	unsigned *snaplen = &settings->interface_options.snaplen;

	if (*snaplen == 0)
		*snaplen = names_wanted(&settings->meter.names)
		               ? INTERFACE_SNAPLEN_NAMES
		               : INTERFACE_SNAPLEN_DEFAULT;
}

static int
check_names(const struct settings *settings)
{
	unsigned kinds = settings->meter.names.kinds;

	if (!(kinds & NAMES_FINGERPRINT) || kinds & (NAMES_TLS | NAMES_QUIC))
		return 0;
	log_error("names: ja4 is made of hellos of TLS: expected tls or quic "
	          "with it");
	return -1;
}

static void
set_log_level(const struct settings *settings)
{
	if (settings->quiet)
		log_set_level(LOG_LEVEL_ERROR);
	else if (settings->verbose > 0)
		log_set_level(
		    settings->verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	else
		log_set_level(settings->log_level);
}

/* Capture files on the command line replace the file's interfaces. */
static int
choose_input(struct command_line *line)
{
	struct settings *settings = line->settings;
	bool named = is_taken(line, "interfaces");

	if (line->operand != NULL && named)
		return usage_error("%s: expected no capture beside -i; a "
		                   "filter is given with -f FILTER",
		    line->operand);
	if (settings->input_count > 0 && named && settings->interface_count > 0)
		return usage_error("-r and -i: expected one of them");
	if (settings->input_count > 0 && settings->detach)
		return usage_error("-d: expected -i NAME: a file is read in "
		                   "the foreground");
	if (settings->input_count > 0)
		text_list_clear(
		    &settings->interfaces, &settings->interface_count);
	else if (settings->interface_count == 0)
		return line->settings->check_only
		           ? 0
		           : usage_error("no input: expected FILE, -i NAME "
		                         "or the setting interfaces");
	return captures_of_folders(settings);
}

/*
 * What outputs need to know of the input and the meter.  A live capture never
 * waits for an output, and its records name the interface.
 */
static void
set_records(
    struct destination_options *options, const struct settings *settings)
{
	bool live = settings->interface_count > 0;

	options->live = live;
	options->wait = !live;
	options->record.interface = live;
	options->record.other = (settings->meter.kinds & METER_OTHER) != 0;
	options->record.quality = settings->meter.quality;
	options->record.names = names_wanted(&settings->meter.names);
	options->record.payload = settings->meter.names.payload > 0;
	options->record.mac = settings->meter.mac;
}

/* When all options are read, as -q may come last. */
static void
warn_of_values(const struct command_line *line)
{
	for (size_t i = 0; i < settings_table_count; i++) {
		const char *text = line->text[i];
		const char *warning =
		    text != NULL ? setting_warning(&settings_table[i], text)
		                 : NULL;

		if (warning != NULL)
			log_warning("--set %s: %s: %s", settings_table[i].name,
			    text, warning);
	}
}

static enum settings_result
print_elements(const struct command_line *line)
{
	line->elements->print(
	    stdout, line->settings->destination.record.enterprise_number);
	if (fflush(stdout) == 0)
		return SETTINGS_DONE;
	log_error("standard output: %s", strerror(errno));
	return SETTINGS_ERROR;
}

static enum settings_result
settings_complete(struct command_line *line)
{
	struct settings *settings = line->settings;
	char error[DESTINATION_ERROR_SIZE];

	set_log_level(settings);
	warn_of_values(line);
	if (line->config != NULL &&
	    settings_read_file(settings, line->config, line->taken) != 0)
		return SETTINGS_ERROR;
	set_log_level(settings); /* as the file wants it */
	if (line->elements != NULL)
		return print_elements(line);
	settings->destination.detailed = settings->verbose > 0;
	/* -o replaces what the file has. */
	if (is_taken(line, "outputs"))
		settings->collector_count = 0;
	if (collectors_balance(settings, is_taken(line, "outputs")) != 0)
		return SETTINGS_ERROR;
	if (fill_empty(settings) != 0) {
		log_error("settings: %s", strerror(ENOMEM));
		return SETTINGS_ERROR;
	}
	if (check_kinds(settings) != 0 || check_sort(settings) != 0 ||
	    check_names(settings) != 0)
		return SETTINGS_ERROR;
	choose_snaplen(settings);
	if (settings_check_targets(settings, error) != 0) {
		log_error("%s", error);
		return SETTINGS_ERROR;
	}
	if (choose_input(line) != 0)
		return SETTINGS_ERROR;
	if (settings->interface_count > 0 && !is_taken(line, "active_timeout"))
		settings->meter.active_timeout =
		    duration_seconds(ACTIVE_TIMEOUT_LIVE);
	set_records(&settings->destination, settings);
	for (size_t i = 0; i < settings->collector_count; i++)
		set_records(&settings->collectors[i].options, settings);
	return settings_check_records(settings) == 0 ? SETTINGS_RUN
	                                             : SETTINGS_ERROR;
}

enum settings_result
settings_load(struct settings *settings, int argc, char **argv)
{
	struct command_line line = { .settings = settings };
	enum settings_result result = SETTINGS_ERROR;

	memset(settings, 0, sizeof(*settings));
	line.taken = calloc(settings_table_count, sizeof(*line.taken));
	line.text = calloc(settings_table_count, sizeof(*line.text));
	if (line.taken == NULL || line.text == NULL ||
	    settings_defaults(settings) != 0)
		log_error("settings: %s", strerror(ENOMEM));
	else
		result = command_line_read(&line, argc, argv);
	if (result == SETTINGS_RUN)
		result = settings_complete(&line);
	free(line.taken);
	free(line.text);
	if (result != SETTINGS_RUN)
		settings_free(settings);
	return result;
}
