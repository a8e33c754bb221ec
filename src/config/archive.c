/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive "NAME" { … } of the configuration file.  Its options are rows like
 * those of the whole file, whose values go to the settings' own archive; from
 * there each section takes a copy.
 */
#include <config.h>

#include "archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/export/kinds.h"

#define INTO(member)                                                           \
	.offset = offsetof(struct settings, member),                           \
	.octets = sizeof(((struct settings *)0)->member)
#define TEXT(value) #value
#define DEFAULT(value) TEXT(value)
#define OCTETS_MAX 1e14 /* 100 TB */
#ifdef HAVE_ZSTD
#define COMPRESS_ZSTD "zstd"
#else
#define COMPRESS_ZSTD NULL
#endif

static const struct option_row rows[] = {
	{ .name = "path",
	    .take = take_text,
	    .expected = "a pattern such as %Y/%m/%d/exflow-%H%M.ipfix",
	    INTO(archive_path),
	    .help = "names of files, made from the time" },
	{ .name = "rotate",
	    .take = take_count,
	    .initial = DEFAULT(ARCHIVE_ROTATE_DEFAULT),
	    .minimum = 1,
	    .maximum = 86400,
	    .unit = "seconds",
	    .zero = "never",
	    INTO(destination.archive.rotate_seconds),
	    .help = "a new file for each such interval" },
	{ .name = "rotate_octets",
	    .take = take_count,
	    .initial = "0",
	    .minimum = 65536,
	    .maximum = OCTETS_MAX,
	    .unit = "octets",
	    .zero = "never",
	    INTO(destination.archive.rotate_octets),
	    .help = "a new file before one is larger" },
	{ .name = "clock",
	    .take = take_word,
	    .initial = "auto",
	    .words = { "auto", "capture", "system" },
	    INTO(destination.archive.clock),
	    .help = "the time that files are told apart by" },
	{ .name = "time",
	    .take = take_choice,
	    .initial = "utc",
	    .words = { "utc", "local" },
	    INTO(destination.archive.local_time),
	    .help = "of names and midnight" },
	{ .name = "compress",
	    .take = take_word,
	    .initial = "none",
	    .words = { "none", "gzip", COMPRESS_ZSTD },
	    INTO(destination.archive.compression),
	    .help = "files that are complete" },
	{ .name = "retention_days",
	    .take = take_count,
	    .initial = "0",
	    .minimum = 1,
	    .maximum = 36500,
	    .unit = "days",
	    .zero = "for ever",
	    INTO(destination.archive.retention_days),
	    .help = "older files are removed" },
	{ .name = "retention_octets",
	    .take = take_count,
	    .initial = "0",
	    .minimum = 65536,
	    .maximum = OCTETS_MAX,
	    .unit = "octets",
	    .zero = "no limit",
	    INTO(destination.archive.retention_octets),
	    .help = "the oldest are removed beyond that" },
	{ .name = "memory_octets",
	    .take = take_count,
	    .initial = DEFAULT(ARCHIVE_MEMORY_DEFAULT),
	    .minimum = 1048576,
	    .maximum = OCTETS_MAX,
	    .unit = "octets",
	    INTO(destination.archive.memory_octets),
	    .help = "wait while a disk is full" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct option_row *
row_find(const char *name)
{
	const struct option_row *row = rows;

	while (strcmp(row->name, name) != 0)
		row++; /* each option was made from one of them */
	return row;
}

/* Try a value on settings that are thrown away, and say what is wrong. */
static int
archive_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *result)
{
	const struct option_row *row = row_find(option->name);
	struct settings scratch = { 0 };
	char error[OPTION_ERROR_SIZE];
	int failed = row->take(row, &scratch, value, error);

	if (failed != 0)
		cfg_error(cfg, "archive \"%s\": %s: %s", cfg_title(cfg),
		    row->name, error);
	free(scratch.archive_path);
	*(const char **)result = value;
	return failed;
}

cfg_opt_t *
archive_section_options(void)
{
	cfg_opt_t *options = calloc(ROWS + 1, sizeof(*options));

	for (size_t i = 0; options != NULL && i < ROWS; i++) {
		options[i].name = rows[i].name;
		options[i].type = CFGT_STR;
		options[i].flags = CFGF_NODEFAULT;
		options[i].parsecb = archive_value;
	}
	return options;
}

/* The section's values into the settings' own archive. */
static int
take_section(cfg_t *section, struct settings *settings, char *error)
{
	for (size_t i = 0; i < ROWS; i++) {
		cfg_opt_t *option = cfg_getopt(section, rows[i].name);

		if (cfg_opt_size(option) > 0 &&
		    rows[i].take(
		        &rows[i], settings, cfg_opt_getstr(option), error) != 0)
			return -1;
	}
	if (settings->archive_path != NULL)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "path is missing, expected %s",
	    rows[0].expected);
	return -1;
}

static int
archive_add(struct settings *settings, const char *name, char *error)
{
	struct archive_setting *grown = reallocarray(
	    settings->archives, settings->archive_count + 1, sizeof(*grown));
	struct archive_setting *added;

	snprintf(error, OPTION_ERROR_SIZE, "%s", strerror(ENOMEM));
	if (grown == NULL)
		return -1;
	settings->archives = grown;
	added = &grown[settings->archive_count];
	*added = (struct archive_setting){ .name = strdup(name),
		.path = settings->archive_path,
		.options = settings->destination.archive };
	if (added->name == NULL)
		return -1;
	settings->archive_path = NULL;
	settings->archive_count++;
	return 0;
}

/* Made once, so that a mistake is reported with its place. */
static int
archive_try(const struct settings *settings, const char *name, char *error)
{
	char why[DESTINATION_ERROR_SIZE];
	struct destination *destination = destination_new_archive(
	    name, settings->archive_path, &settings->destination, why);

	/* Behind 'output "NAME": '; the section is named anyway. */
	if (destination == NULL)
		snprintf(error, OPTION_ERROR_SIZE, "path: %s",
		    strstr(why, "\": ") != NULL ? strstr(why, "\": ") + 3
		                                : why);
	destination_free(&destination);
	return error[0] == '\0' ? 0 : -1;
}

static int
apply_section(cfg_t *section, struct settings *settings)
{
	const struct archive_options defaults = settings->destination.archive;
	const char *name = cfg_title(section);
	char error[OPTION_ERROR_SIZE] = "";
	int result = take_section(section, settings, error);

	if (result == 0)
		result = archive_try(settings, name, error);
	if (result == 0)
		result = archive_add(settings, name, error);
	if (result != 0)
		log_error("%s:%d: archive \"%s\": %s", section->filename,
		    section->line, name, error);
	free(settings->archive_path);
	settings->archive_path = NULL;
	settings->destination.archive = defaults;
	return result;
}

int
archive_sections_apply(cfg_t *cfg, struct settings *settings)
{
	for (unsigned i = 0; i < cfg_size(cfg, ARCHIVE_SECTION); i++)
		if (apply_section(
		        cfg_getnsec(cfg, ARCHIVE_SECTION, i), settings) != 0)
			return -1;
	return 0;
}

void
archive_help(FILE *stream)
{
	fputs("\nIn the file, archive \"NAME\" { ... } is one output more, "
	      "with:\n",
	    stream);
	option_rows_help(rows, ROWS, stream);
}

void
archive_settings_clear(struct settings *settings)
{
	while (settings->archive_count > 0) {
		struct archive_setting *archive =
		    &settings->archives[--settings->archive_count];

		free(archive->name);
		free(archive->path);
	}
	free(settings->archives);
	settings->archives = NULL;
}
