/* SPDX-License-Identifier: BSD-2-Clause */
/* What people are told of settings: --help, and of one that there is not. */
#include <config.h>

#include "exflow/settings/setting.h"

#include <string.h>

const char *
setting_suggest(unsigned where, const char *name)
{
	struct suggestion suggestion = { .typed = name };
	const struct setting *setting;
	size_t i = 0;

	while ((setting = setting_next(where, &i)) != NULL)
		suggestion_try(&suggestion, setting->name);
	return suggestion.best;
}

/* The section where a setting of that name may stand, and not elsewhere. */
static const struct setting_section *
section_with(const char *name)
{
	for (size_t i = 0; i < SETTING_SECTIONS; i++)
		if (setting_find(setting_sections[i].where, name) != NULL)
			return &setting_sections[i];
	return NULL;
}

/* The section that was perhaps meant, where sections begin. */
static const char *
section_suggest(unsigned where, const char *name)
{
	struct suggestion suggestion = { .typed = name };

	for (size_t i = 0; i < SETTING_SECTIONS; i++)
		if (where == SETTING_TOP)
			suggestion_try(&suggestion, setting_sections[i].name);
	return suggestion.best;
}

void
setting_unknown(
    unsigned where, const char *name, char error[SETTING_ERROR_SIZE])
{
	const char *similar = setting_suggest(where, name);
	const char *kind = section_suggest(where, name);
	const struct setting_section *section = section_with(name);

	if (where != SETTING_TOP && setting_find(SETTING_TOP, name) != NULL)
		snprintf(error, SETTING_ERROR_SIZE,
		    "%s stands outside of sections", name);
	else if (section != NULL)
		snprintf(error, SETTING_ERROR_SIZE,
		    "%s stands in a section %s \"NAME\" { ... } of the file",
		    name, section->name);
	else if (similar != NULL)
		snprintf(error, SETTING_ERROR_SIZE,
		    "unknown setting %s, did you mean %s", name, similar);
	else if (kind != NULL && strcmp(kind, name) == 0)
		snprintf(error, SETTING_ERROR_SIZE,
		    "%s \"NAME\" { ... } is a section of the file", name);
	else if (kind != NULL)
		snprintf(error, SETTING_ERROR_SIZE,
		    "unknown section %s, did you mean %s", name, kind);
	else
		snprintf(error, SETTING_ERROR_SIZE, "unknown setting %s", name);
}

/* A terminal's line behind the names, less the room for a default. */
#define HELP_INDENT "                           " /* 27 spaces */
#define HELP_WIDTH 39
#define HELP_LINE 51 /* of the expected values, with a comma or semicolon */
#define HELP_COLUMNS 80

/* What is too long for a line goes on in the next. */
static void
help_expected(const char *expected, FILE *stream)
{
	int head = HELP_LINE;

	if (strlen(expected) <= HELP_LINE) {
		fprintf(stream, "%28s%s;", "", expected);
		return;
	}
	while (head > 0 && expected[head] != ' ')
		head--;
	fprintf(stream, "%28s%.*s\n%28s%s;", "", head, expected, "",
	    expected + head + 1);
}

static void
help_setting(const struct setting *setting, FILE *stream)
{
	char expected[256], initial[SETTING_INITIAL_SIZE];

	setting_expected(setting, expected, sizeof(expected));
	fprintf(stream, "  %-26s%s\n", setting->name, setting->help);
	help_expected(expected, stream);
	fprintf(stream, "%s default %s\n",
	    strlen(expected) > HELP_WIDTH ? "\n" HELP_INDENT : "",
	    setting_initial(setting, initial));
}

/* The names of the settings above that may also stand in a section. */
static void
help_shared(unsigned where, FILE *stream)
{
	const struct setting *setting;
	size_t i = 0, column = HELP_COLUMNS;

	while ((setting = setting_next(where, &i)) != NULL) {
		if ((setting->where & SETTING_TOP) == 0)
			continue;
		if (column == HELP_COLUMNS)
			fputs("  and, for this output alone, settings of the "
			      "list "
			      "above:",
			    stream);
		if (column + strlen(setting->name) + 1 >= HELP_COLUMNS)
			column = (size_t)fprintf(stream, "\n   ") - 1;
		column += (size_t)fprintf(stream, " %s", setting->name);
	}
	if (column != HELP_COLUMNS)
		fputc('\n', stream);
}

void
setting_help(FILE *stream)
{
	const struct setting *setting;

	fputs(
	    "\nSettings, for --set and the configuration file; times may have "
	    "units (90s,\n5m, 1h30m), and so may sizes (512kB, 4MB, 1GiB):\n",
	    stream);
	for (size_t i = 0; (setting = setting_next(SETTING_TOP, &i)) != NULL;)
		help_setting(setting, stream);
	for (size_t n = 0; n < SETTING_SECTIONS; n++) {
		const struct setting_section *section = &setting_sections[n];

		fprintf(stream,
		    "\nIn the file, %s \"NAME\" { ... } is one output more:\n"
		    "%s.\n",
		    section->name, section->help);
		for (size_t i = 0;
		     (setting = setting_next(section->where, &i)) != NULL;)
			if ((setting->where & SETTING_TOP) == 0)
				help_setting(setting, stream);
		help_shared(section->where, stream);
	}
}
