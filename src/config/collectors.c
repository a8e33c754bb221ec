/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections of the configuration file, collector "name" { … }: an address and
 * those settings of the table that are about one destination.
 */
#include <config.h>

#include "options.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/export/kinds.h"

#define SECTION "collector"
#define ADDRESS "address"

/* Whether a setting may stand in a section. */
static bool
in_section(const struct option_row *row)
{
	size_t begin = offsetof(struct settings, destination);

	return row->clear == NULL && row->octets > 0 && row->offset >= begin &&
	       row->offset < begin + sizeof(struct destination_options);
}

int
collector_section(cfg_opt_t *section, cfg_opt_t **subopts,
    int (*check)(cfg_t *, cfg_opt_t *, const char *, void *))
{
	cfg_opt_t *options = calloc(option_count + 2, sizeof(*options));
	size_t n = 0;

	if (options == NULL)
		return -1;
	options[n].name = ADDRESS;
	options[n].type = CFGT_STR;
	options[n++].flags = CFGF_NODEFAULT;
	for (size_t i = 0; i < option_count; i++)
		if (in_section(&option_rows[i])) {
			options[n].name = option_rows[i].name;
			options[n].type = CFGT_STR;
			options[n].parsecb = check;
			options[n++].flags = CFGF_NODEFAULT;
		}
	section->name = SECTION;
	section->type = CFGT_SEC;
	section->flags = CFGF_MULTI | CFGF_TITLE;
	section->subopts = *subopts = options;
	return 0;
}

static const char *
keep(struct settings *settings, const char *text)
{
	if (text_list_add(&settings->strings, &settings->string_count, text) !=
	    0)
		return NULL;
	return settings->strings[settings->string_count - 1];
}

/* The settings' options, with those of the section in their place. */
static int
take_options(cfg_t *section, struct settings *settings, char *error)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];
		cfg_opt_t *option =
		    in_section(row) ? cfg_getopt(section, row->name) : NULL;

		if (option != NULL && cfg_opt_size(option) > 0 &&
		    row->take(
		        row, settings, cfg_opt_getnstr(option, 0), error) != 0)
			return -1;
	}
	return 0;
}

/* Settings that NetFlow has a use for; version 5 has no templates. */
static const struct {
	const char *name;
	bool templates;
} netflow_settings[] = {
	{ "observation_domain", false },
	{ "udp_message_octets", false },
	{ "udp_rate", false },
	{ "template_refresh", true },
	{ "template_refresh_messages", true },
	{ "connect_timeout", false },
	{ "shutdown_timeout", false },
	{ "queue_octets", false },
	{ "source_address", false },
};
#define NETFLOW_SETTINGS                                                       \
	(sizeof(netflow_settings) / sizeof(netflow_settings[0]))

static bool
netflow_has_use(const char *name, bool templates)
{
	for (size_t i = 0; i < NETFLOW_SETTINGS; i++)
		if (strcmp(netflow_settings[i].name, name) == 0)
			return templates || !netflow_settings[i].templates;
	return false;
}

/* A setting of the section that its NetFlow has no use for; NULL: none. */
static const char *
setting_without_use(cfg_t *section, const char *address)
{
	bool v9 = strncmp(address, "netflow9:", 9) == 0;

	if (!v9 && strncmp(address, "netflow5:", 9) != 0)
		return NULL;
	for (size_t i = 0; i < option_count; i++) {
		const char *name = option_rows[i].name;

		if (in_section(&option_rows[i]) &&
		    cfg_opt_size(cfg_getopt(section, name)) > 0 &&
		    !netflow_has_use(name, v9))
			return name;
	}
	return NULL;
}

/* Tried, so that a mistake is reported with its place. */
static int
try_collector(const struct collector *collector, char *error)
{
	char why[DESTINATION_ERROR_SIZE] = "";
	struct destination *destination =
	    destination_new(collector->address, &collector->options, why);

	if (destination == NULL) {
		snprintf(error, OPTION_ERROR_SIZE, ADDRESS ": %s", why);
		return -1;
	}
	destination_free(&destination);
	return 0;
}

static int
collector_add(struct settings *settings, const struct collector *collector)
{
	struct collector *grown = reallocarray(settings->collectors,
	    settings->collector_count + 1, sizeof(*grown));

	if (grown == NULL)
		return -1;
	settings->collectors = grown;
	grown[settings->collector_count++] = *collector;
	return 0;
}

static int
collector_apply(cfg_t *section, struct settings *settings, char *error)
{
	const struct destination_options common = settings->destination;
	const char *address = cfg_getstr(section, ADDRESS), *without_use;
	struct collector collector = { .name = NULL };
	int result = take_options(section, settings, error);

	collector.options = settings->destination;
	settings->destination = common;
	if (result != 0)
		return -1;
	if (address == NULL) {
		snprintf(error, OPTION_ERROR_SIZE,
		    "expected " ADDRESS " = \"tcp://HOST\"");
		return -1;
	}
	without_use = setting_without_use(section, address);
	if (without_use != NULL) {
		snprintf(error, OPTION_ERROR_SIZE, "%s is of no use to %.*s://",
		    without_use, (int)strcspn(address, ":"), address);
		return -1;
	}
	collector.name = keep(settings, cfg_title(section));
	collector.address = keep(settings, address);
	collector.options.label = collector.name;
	if (collector.name == NULL || collector.address == NULL) {
		snprintf(error, OPTION_ERROR_SIZE, "%s", strerror(ENOMEM));
		return -1;
	}
	if (try_collector(&collector, error) != 0)
		return -1;
	return collector_add(settings, &collector);
}

int
collectors_apply(cfg_t *cfg, struct settings *settings)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";

	for (unsigned i = 0; i < cfg_size(cfg, SECTION); i++) {
		cfg_t *section = cfg_getnsec(cfg, SECTION, i);

		if (collector_apply(section, settings, error) != 0) {
			log_error("%s: " SECTION " %s: %s", cfg->filename,
			    cfg_title(section), error);
			return -1;
		}
	}
	return 0;
}

int
collectors_balance(struct settings *settings)
{
	for (size_t n = 0; n < settings->balance_count; n++) {
		struct collector *found = NULL;

		for (size_t i = 0; i < settings->collector_count; i++)
			if (strcmp(settings->collectors[i].name,
			        settings->balance[n]) == 0)
				found = &settings->collectors[i];
		if (found == NULL) {
			log_error("balance: there is no collector %s",
			    settings->balance[n]);
			return -1;
		}
		found->options.balance = true;
	}
	return 0;
}

void
collectors_clear(struct settings *settings)
{
	free(settings->collectors);
	settings->collectors = NULL;
	settings->collector_count = 0;
}

size_t
settings_destinations(const struct settings *settings)
{
	return settings->output_count + settings->collector_count +
	       settings->archive_count;
}

struct destination *
settings_destination(const struct settings *settings, size_t i,
    char error[DESTINATION_ERROR_SIZE])
{
	const struct collector *collector;
	const struct archive_setting *archive;
	struct destination_options options;

	if (i < settings->output_count)
		return destination_new(
		    settings->outputs[i], &settings->destination, error);
	i -= settings->output_count;
	if (i < settings->collector_count) {
		collector = &settings->collectors[i];
		return destination_new(
		    collector->address, &collector->options, error);
	}
	archive = &settings->archives[i - settings->collector_count];
	options = settings->destination;
	options.archive = archive->options;
	return destination_new_archive(
	    archive->name, archive->path, &options, error);
}
