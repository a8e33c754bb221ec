/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file, through libconfuse.  To libconfuse every option is
 * a string or a list of strings: values are checked by the one table of
 * options, while libconfuse still knows the line.
 *
 * Comments are blanked out before libconfuse sees them: version 3.3 counts
 * three lines for each, so that every message behind one would name a wrong
 * line, and refuses them inside of lists.
 */
#include <config.h>

#include "archive.h"
#include "options.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"

#define UNKNOWN_OPTION "no such option '"

/* libconfuse's message with file and line; ours for an unknown option. */
__attribute__((format(printf, 2, 0))) static void
file_error(cfg_t *cfg, const char *format, va_list arguments)
{
	char text[OPTION_ERROR_SIZE];
	const char *name = text + strlen(UNKNOWN_OPTION), *suggestion;

	vsnprintf(text, sizeof(text), format, arguments);
	if (strncmp(text, UNKNOWN_OPTION, strlen(UNKNOWN_OPTION)) != 0) {
		log_error("%s:%d: %s", cfg->filename, cfg->line, text);
		return;
	}
	text[strlen(text) - 1] = '\0';
	suggestion = cfg->title != NULL ? NULL : option_suggest(name);
	log_error("%s:%d: unknown option %s%s%s", cfg->filename, cfg->line,
	    name, suggestion != NULL ? ", did you mean " : "",
	    suggestion != NULL ? suggestion : "");
}

/* Try a value on settings that are thrown away, and say what is wrong. */
static int
file_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *result)
{
	const struct option_row *row = option_find(option->name);
	struct settings scratch;
	char error[OPTION_ERROR_SIZE];
	int failed = settings_defaults(&scratch);

	if (failed != 0)
		snprintf(error, sizeof(error), "%s", strerror(ENOMEM));
	else
		failed = row->take(row, &scratch, value, error);
	if (failed != 0)
		cfg_error(cfg, "%s: %s", row->name, error);
	settings_free(&scratch);
	*(const char **)result = value;
	return failed;
}

/* Where a comment may begin with slashes: not within "udp://host". */
static bool
token_begins(const char *text, const char *at)
{
	return at == text || strchr(" \t\r\n{},=+()", at[-1]) != NULL;
}

/* NULL where there is no end. */
static char *
quoted_end(char *at)
{
	char quote = *at++;

	for (; *at != '\0' && *at != quote; at++)
		if (*at == '\\' && at[1] != '\0')
			at++;
	return *at == '\0' ? NULL : at + 1;
}

/* Up to end; all the rest where there is no end. */
static char *
blank_until(char *at, const char *end)
{
	const char *stop = strstr(at, end);

	for (; *at != '\0' && at != stop; at++)
		if (*at != '\n')
			*at = ' ';
	return at;
}

/* Where at is in the text, for messages. */
static int
line_number(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/*
 * 0, or the line where a comment or a text in quotes begins that has no end:
 * of such a text libconfuse would write parts to standard output.
 */
static int
blank_comments(char *text, const char **what)
{
	for (char *at = text; *at != '\0';) {
		bool begins = token_begins(text, at);
		char *comment = at;

		if (*at == '"' || *at == '\'') {
			*what = "a text in quotes";
			at = quoted_end(at);
			if (at == NULL)
				return line_number(text, comment);
		} else if (*at == '#' ||
		           (begins && strncmp(at, "//", 2) == 0)) {
			at = blank_until(at, "\n");
		} else if (begins && strncmp(at, "/*", 2) == 0) {
			at = blank_until(at + 2, "*/");
			*what = "a comment";
			if (*at == '\0')
				return line_number(text, comment);
			comment[0] = comment[1] = at[0] = at[1] = ' ';
		} else {
			at++;
		}
	}
	return 0;
}

/* The whole file; NULL with errno. */
static char *
file_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL)
		return NULL;
	errno = 0;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = errno == 0 ? strdup("") : NULL; /* empty */
	} else if (!feof(file)) {
		free(text);
		text = NULL;
		errno = EILSEQ; /* an octet 0: this is no text */
	}
	if (fclose(file) != 0 && text != NULL) {
		free(text);
		text = NULL;
	}
	return text;
}

/* The table in libconfuse's terms; the caller frees with cfg_free. */
static cfg_t *
parser_new(const char *path)
{
	cfg_opt_t *options = calloc(option_count + 3, sizeof(*options));
	cfg_opt_t *archive = archive_section_options();
	cfg_opt_t *collector = NULL;
	char list[64];
	cfg_t *cfg;

	if (options == NULL || archive == NULL ||
	    collector_section(
	        &options[option_count + 1], &collector, file_value) != 0) {
		free(options);
		free(archive);
		return NULL;
	}
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];

		options[i].name = row->name;
		options[i].type = CFGT_STR;
		options[i].parsecb = file_value;
		options[i].flags = CFGF_NODEFAULT;
		if (row->clear == NULL)
			continue;
		options[i].flags = CFGF_LIST;
		/* Else "{}" could not be told from nothing. */
		if (row->initial != NULL) {
			snprintf(list, sizeof(list), "{%s}", row->initial);
			options[i].def.parsed = list;
		}
	}
	options[option_count] = (cfg_opt_t)CFG_SEC(ARCHIVE_SECTION, archive,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	cfg = cfg_init(options, CFGF_NONE);
	free(options);
	free(archive);
	free(collector);
	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, file_error);
	cfg->filename = strdup(path);
	return cfg;
}

static int
file_apply(cfg_t *cfg, struct settings *settings, const bool *taken)
{
	char error[OPTION_ERROR_SIZE];

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];
		cfg_opt_t *option = cfg_getopt(cfg, row->name);

		if (taken[i])
			continue;
		if (row->clear != NULL)
			row->clear(settings);
		for (unsigned n = 0; n < cfg_opt_size(option); n++)
			if (row->take(row, settings, cfg_opt_getnstr(option, n),
			        error) != 0) {
				log_error("%s: %s: %s", cfg->filename,
				    row->name, error);
				return -1;
			}
	}
	if (collectors_apply(cfg, settings) != 0)
		return -1;
	/* The outputs of the command line stand for all of the file's. */
	return taken[option_find("outputs") - option_rows]
	           ? 0
	           : archive_sections_apply(cfg, settings);
}

/* libconfuse says what is wrong with the text, but not that of itself. */
static int
text_parse(cfg_t *cfg, char *text)
{
	FILE *stream;
	int result = CFG_PARSE_ERROR;

	if (*text == '\0') /* fmemopen takes no empty buffer everywhere */
		return 0;
	stream = fmemopen(text, strlen(text), "r");
	errno = 0;
	if (stream != NULL) {
		result = cfg_parse_fp(cfg, stream);
		fclose(stream);
	}
	if (stream == NULL || (result != CFG_SUCCESS && errno == ENOMEM))
		log_error("%s: %s", cfg->filename, strerror(ENOMEM));
	return result == CFG_SUCCESS ? 0 : -1;
}

int
settings_read_file(
    struct settings *settings, const char *path, const bool *taken)
{
	char *text = file_read(path);
	const char *what = NULL;
	cfg_t *cfg = NULL;
	int result = -1, line;

	if (text == NULL) {
		log_error("%s: %s, expected a configuration file", path,
		    errno == EILSEQ ? "not a text" : strerror(errno));
		return -1;
	}
	line = blank_comments(text, &what);
	if (line != 0)
		log_error("%s:%d: %s without its end", path, line, what);
	else if ((cfg = parser_new(path)) == NULL)
		log_error("%s: %s", path, strerror(ENOMEM));
	else if (text_parse(cfg, text) == 0)
		result = file_apply(cfg, settings, taken);
	if (cfg != NULL)
		cfg_free(cfg);
	free(text);
	return result;
}
