/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections of the configuration file: collector "NAME" { … },
 * archive "NAME" { … } and kafka "NAME" { … } are one output each.  Those of
 * Kafka join the collectors, so that balance can name them, too.
 *
 * A section starts from the values outside of it.  Its own values replace
 * them in the settings, the output is made once and thrown away, so that a
 * mistake is reported with its place, and the section gets a copy; then the
 * values outside are put back.
 */
#include <config.h>

#include "sections.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/export/kinds.h"

static int
no_memory(char *error)
{
	snprintf(error, SETTING_ERROR_SIZE, "%s", strerror(ENOMEM));
	return -1;
}

static const char *
keep(struct settings *settings, const char *text)
{
	if (text_list_add(&settings->strings, &settings->string_count, text) !=
	    0)
		return NULL;
	return settings->strings[settings->string_count - 1];
}

/* --- collectors */

static int
collector_add(struct settings *settings, const char *name, char *error)
{
	struct collector *grown = reallocarray(settings->collectors,
	    settings->collector_count + 1, sizeof(*grown));
	struct collector *added;

	if (grown == NULL)
		return no_memory(error);
	settings->collectors = grown;
	added = &grown[settings->collector_count];
	*added = (struct collector){ .name = keep(settings, name),
		.address = keep(settings, settings->section_spec),
		.options = settings->destination };
	if (added->name == NULL || added->address == NULL)
		return no_memory(error);
	added->options.label = added->name;
	settings->collector_count++;
	return 0;
}

static struct collector *
collector_find(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->collector_count; i++)
		if (strcmp(settings->collectors[i].name, name) == 0)
			return &settings->collectors[i];
	return NULL;
}

/* "one, two": the names there are. */
static void
list_collectors(const struct settings *settings, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "none, as there is no section collector");
	for (size_t i = 0; i < settings->collector_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i > 0 ? ", " : "", settings->collectors[i].name);
}

__attribute__((format(printf, 2, 3))) static int
refuse_balance(const struct settings *settings, const char *format, ...)
{
	char text[SETTING_ERROR_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_error("%s: balance: %s",
	    settings->balance_place != NULL ? settings->balance_place : "--set",
	    text);
	return -1;
}

int
collectors_balance(struct settings *settings, bool replaced)
{
	char names[SETTING_ERROR_SIZE / 2];

	if (replaced && settings->balance_count > 0)
		return refuse_balance(settings,
		    "-o replaces the collectors, expected balance or -o");
	list_collectors(settings, names, sizeof(names));
	for (size_t n = 0; n < settings->balance_count; n++) {
		const char *name = settings->balance[n];
		struct collector *found = collector_find(settings, name);

		if (found == NULL)
			return refuse_balance(settings,
			    "there is no collector %.200s, expected %s", name,
			    names);
		found->options.balance = true;
	}
	return 0;
}

/* --- archives */

static int
archive_add(struct settings *settings, const char *name, char *error)
{
	struct archive_setting *grown = reallocarray(
	    settings->archives, settings->archive_count + 1, sizeof(*grown));
	struct archive_setting *added;

	if (grown == NULL)
		return no_memory(error);
	settings->archives = grown;
	added = &grown[settings->archive_count];
	*added = (struct archive_setting){ .name = strdup(name),
		.path = settings->section_spec,
		.options = settings->destination.archive,
		.biflow = settings->destination.record.biflow,
		.profiles = settings->destination.record.profiles,
		.text = settings->destination.text,
		.record_filter = settings->destination.record_filter };
	if (added->name == NULL)
		return no_memory(error);
	settings->section_spec = NULL;
	settings->archive_count++;
	return 0;
}

/* --- both */

static int
take_values(cfg_t *cfg, const struct setting_section *section,
    struct settings *settings, char *error)
{
	const struct setting *setting;
	size_t i = 0;

	while ((setting = setting_next(section->where, &i)) != NULL) {
		cfg_opt_t *option = cfg_getopt(cfg, setting->name);

		/* A list of the section replaces the one outside of it. */
		if (cfg_opt_size(option) > 0 && setting->type->clear != NULL)
			setting->type->clear(settings);
		for (unsigned n = 0; n < cfg_opt_size(option); n++)
			if (setting->type->take(setting, settings,
			        cfg_opt_getnstr(option, n), error) != 0)
				return -1;
		if (setting->required && settings->section_spec == NULL) {
			snprintf(error, SETTING_ERROR_SIZE,
			    "%s is missing, expected %s", setting->name,
			    setting->expected);
			return -1;
		}
	}
	return 0;
}

/* NetFlow has no use for most settings, so they are refused with it. */
static int
check_netflow(cfg_t *cfg, const struct setting_section *section,
    const struct settings *settings, char *error)
{
	const char *address = settings->section_spec;
	const struct setting *setting;
	unsigned version =
	    strncmp(address, "netflow9:", 9) == 0   ? SETTING_NETFLOW_9
	    : strncmp(address, "netflow5:", 9) == 0 ? SETTING_NETFLOW_5
	                                            : 0;
	size_t i = 0;

	while (version != 0 &&
	       (setting = setting_next(section->where, &i)) != NULL)
		if (cfg_opt_size(cfg_getopt(cfg, setting->name)) > 0 &&
		    (setting->netflow & version) == 0) {
			snprintf(error, SETTING_ERROR_SIZE,
			    "%s is of no use to %.*s://", setting->name,
			    (int)strcspn(address, ":"), address);
			return -1;
		}
	return 0;
}

/* A section of Kafka is of nothing else.  -1 with what is wrong. */
static int
check_kafka(const struct setting_section *section,
    const struct settings *settings, char *error)
{
	if (section->where != SETTING_KAFKA ||
	    strncmp(settings->section_spec, "kafka:", 6) == 0)
		return 0;
	snprintf(error, SETTING_ERROR_SIZE,
	    "address: \"%.200s\" is no topic, expected "
	    "kafka://BROKER[:PORT]/TOPIC",
	    settings->section_spec);
	return -1;
}

/* Make the output once.  -1 with what is wrong, behind its setting's name. */
static int
try_output(const struct settings *settings, enum setting_where where,
    const char *name, char *error)
{
	bool archive = where == SETTING_ARCHIVE;
	char why[DESTINATION_ERROR_SIZE] = "";
	const char *behind;
	struct destination *destination =
	    archive ? destination_new_archive(name, settings->section_spec,
	                  &settings->destination, why)
	            : destination_new(
	                  settings->section_spec, &settings->destination, why);

	if (destination != NULL) {
		destination_free(&destination);
		return 0;
	}
	/* The section is named anyway: leave out 'output "NAME": '. */
	behind = archive ? strstr(why, "\": ") : NULL;
	snprintf(error, SETTING_ERROR_SIZE, "%s: %s",
	    archive ? "path" : "address", behind != NULL ? behind + 3 : why);
	return -1;
}

/* For what only all outputs together tell is wrong. */
static int
remember_section(cfg_t *cfg, const struct setting_section *section,
    struct settings *settings, char *error)
{
	char place[SETTING_ERROR_SIZE];
	const char *kept;

	snprintf(place, sizeof(place), "%s:%d", cfg->filename, cfg->line);
	kept = keep(settings, place);
	if (kept == NULL)
		return no_memory(error);
	if (section->where == SETTING_ARCHIVE)
		settings->archives[settings->archive_count - 1].place = kept;
	else
		settings->collectors[settings->collector_count - 1].place =
		    kept;
	return 0;
}

static int
section_apply(cfg_t *cfg, const struct setting_section *section,
    struct settings *settings)
{
	const struct destination_options outside = settings->destination;
	const char *name = cfg_title(cfg);
	char error[SETTING_ERROR_SIZE] = "";
	int result = take_values(cfg, section, settings, error);

	if (result == 0)
		result = check_netflow(cfg, section, settings, error);
	if (result == 0)
		result = check_kafka(section, settings, error);
	if (result == 0)
		result = try_output(settings, section->where, name, error);
	if (result == 0)
		result = (section->where == SETTING_ARCHIVE
		              ? archive_add
		              : collector_add)(settings, name, error);
	if (result == 0)
		result = remember_section(cfg, section, settings, error);
	if (result != 0)
		log_error("%s:%d: %s \"%s\": %s", cfg->filename, cfg->line,
		    section->name, name, error);
	free(settings->section_spec);
	settings->section_spec = NULL;
	settings->destination = outside;
	return result;
}

int
sections_apply(cfg_t *cfg, const struct setting_section *section,
    struct settings *settings)
{
	for (unsigned i = 0; i < cfg_size(cfg, section->name); i++)
		if (section_apply(cfg_getnsec(cfg, section->name, i), section,
		        settings) != 0)
			return -1;
	return 0;
}
