/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings come from three places:
 *
 *	defaults ──► --set, -i, -n, -f, -o ──► the file that -c names
 *	             marked as taken           all but what is taken
 *
 * The file is read last, as the command line names it, but a setting that
 * the command line has given is marked as taken and keeps its value.  Then
 * what is still open is chosen, and what does not fit together is refused.
 */
#include <config.h>

#include "exflow/config/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"

#include "command_line.h"
#include "file.h"
#include "folders.h"
#include "sections.h"

static bool
is_taken(const struct command_line *line, const char *name)
{
	return line->taken[setting_index(setting_find(SETTING_TOP, name))];
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
		return command_line_wrong(
		    "%s: expected no capture beside -i; a "
		    "filter is given with -f FILTER",
		    line->operand);
	if (settings->input_count > 0 && named && settings->interface_count > 0)
		return command_line_wrong("-r and -i: expected one of them");
	if (settings->input_count > 0 && settings->detach)
		return command_line_wrong(
		    "-d: expected -i NAME: a file is read in "
		    "the foreground");
	if (settings->input_count > 0)
		text_list_clear(
		    &settings->interfaces, &settings->interface_count);
	else if (settings->interface_count == 0)
		return line->settings->check_only
		           ? 0
		           : command_line_wrong(
		                 "no input: expected FILE, -i NAME "
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
	const struct setting *setting;

	for (size_t i = 0; (setting = setting_at(i)) != NULL; i++) {
		const char *text = line->text[i];
		const char *warning =
		    text != NULL ? setting_warning(setting, text) : NULL;

		if (warning != NULL)
			log_warning(
			    "--set %s: %s: %s", setting->name, text, warning);
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
	line.taken = calloc(settings_table_count(), sizeof(*line.taken));
	line.text = calloc(settings_table_count(), sizeof(*line.text));
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
