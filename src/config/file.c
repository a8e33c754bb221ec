/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file, through libconfuse.
 *
 *	text ─► comments blanked ─► libconfuse ─► settings ─► sections
 *	                            each value is checked
 *
 * To libconfuse every setting is a string or a list of strings.  It calls
 * file_value for each value while it still knows the line, which checks the
 * value by the table of settings.  Values are applied when the whole file is
 * read.
 *
 * Comments are blanked out before libconfuse sees them: version 3.3 counts
 * three lines for each, so that later messages would name a wrong line, and
 * refuses comments inside of lists.
 *
 * Words of a list with a "=", as in {office=192.0.2.0/24}, are put in quotes:
 * to libconfuse it would be a sign of its own.
 */
#include <config.h>

#include "file.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"

#include "sections.h"

#define UNKNOWN_OPTION "no such option '"

/* Of which section libconfuse speaks; NULL: the top level. */
static const struct setting_section *
section_of(cfg_t *cfg)
{
	for (size_t i = 0; i < SETTING_SECTIONS && cfg->title != NULL; i++)
		if (strcmp(cfg->name, setting_sections[i].name) == 0)
			return &setting_sections[i];
	return NULL;
}

static unsigned
where_of(cfg_t *cfg)
{
	const struct setting_section *section = section_of(cfg);

	return section != NULL ? section->where : SETTING_TOP;
}

/* libconfuse's message with file and line; ours for an unknown option. */
__attribute__((format(printf, 2, 0))) static void
file_error(cfg_t *cfg, const char *format, va_list arguments)
{
	char text[SETTING_ERROR_SIZE], unknown[SETTING_ERROR_SIZE];

	vsnprintf(text, sizeof(text), format, arguments);
	if (strncmp(text, UNKNOWN_OPTION, strlen(UNKNOWN_OPTION)) != 0) {
		log_error("%s:%d: %s", cfg->filename, cfg->line, text);
		return;
	}
	text[strlen(text) - 1] = '\0';
	setting_unknown(where_of(cfg), text + strlen(UNKNOWN_OPTION), unknown);
	log_error("%s:%d: %s", cfg->filename, cfg->line, unknown);
}

/*
 * Remember where a setting stands, for checks of the whole file, as the comment
 * that libconfuse has for an option.  The last line of a list counts.
 */
static int
remember_line(cfg_t *cfg, cfg_opt_t *option)
{
	char line[16];

	snprintf(line, sizeof(line), "%d", cfg->line);
	return cfg_opt_setcomment(option, line) == CFG_SUCCESS ? 0 : -1;
}

/* Take a value into settings that are thrown away, and say what is wrong. */
static int
file_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *result)
{
	const struct setting_section *section = section_of(cfg);
	const struct setting *setting =
	    setting_find(where_of(cfg), option->name);
	struct settings scratch;
	char error[SETTING_ERROR_SIZE];
	const char *warning;
	int failed = settings_defaults(&scratch) | remember_line(cfg, option);

	if (failed != 0)
		snprintf(error, sizeof(error), "%s", strerror(ENOMEM));
	else
		failed = setting->type->take(setting, &scratch, value, error);
	if (failed != 0 && section != NULL)
		cfg_error(cfg, "%s \"%s\": %s: %s", section->name,
		    cfg_title(cfg), setting->name, error);
	else if (failed != 0)
		cfg_error(cfg, "%s: %s", setting->name, error);
	else if ((warning = setting_warning(setting, value)) != NULL)
		log_warning("%s:%d: %s: %s: %s", cfg->filename, cfg->line,
		    setting->name, value, warning);
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

/*
 * The end of what stands at a place: a text in quotes, a word, or one sign.  No
 * text is without its end here.
 */
static const char *
piece_end(const char *at)
{
	size_t length = strcspn(at, " \t\r\n{},\"'");

	if (*at == '"' || *at == '\'')
		return quoted_end((char *)at);
	return length > 0 ? at + length : at + 1;
}

/*
 * The text with quotes around words of a list that have a "=" inside; a list is
 * what stands in braces behind a "=".  To be freed; NULL without memory.
 */
static char *
quote_words(const char *text)
{
	char *quoted = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&quoted, &size);
	bool list = false, after_equals = false;

	if (stream == NULL)
		return NULL;
	for (const char *at = text, *end; *at != '\0'; at = end) {
		bool word = strchr(" \t\r\n{},\"'", *at) == NULL, quote;

		end = piece_end(at);
		quote = list && word && *at != '=' &&
		        memchr(at, '=', (size_t)(end - at)) != NULL;
		fprintf(
		    stream, quote ? "\"%.*s\"" : "%.*s", (int)(end - at), at);
		if (*at == '{')
			list = after_equals;
		else if (*at == '}')
			list = false;
		if (strchr(" \t\r\n", *at) == NULL)
			after_equals = end[-1] == '=';
	}
	if (fclose(stream) == 0)
		return quoted;
	free(quoted);
	return NULL;
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

/*
 * One setting in libconfuse's terms; in a section what is not there is as it is
 * outside, so that there is no default.  -1: no memory.
 */
static int
confuse_option(cfg_opt_t *option, const struct setting *setting, unsigned where)
{
	*option = (cfg_opt_t){ .name = setting->name,
		.type = CFGT_STR,
		.parsecb = file_value,
		.flags = CFGF_NODEFAULT };
	if (setting->type->clear == NULL)
		return 0;
	option->flags = CFGF_LIST;
	/* Without its default "{}" would look the same as nothing. */
	if (setting->initial != NULL && where == SETTING_TOP &&
	    asprintf(&option->def.parsed, "{%s}", setting->initial) == -1) {
		option->def.parsed = NULL;
		return -1;
	}
	return 0;
}

static void
confuse_options_free(cfg_opt_t *options)
{
	for (size_t i = 0; options != NULL && options[i].name != NULL; i++)
		free(options[i].def.parsed);
	free(options);
}

/*
 * The settings that may stand somewhere, with room for the sections behind
 * them; NULL without memory.
 */
static cfg_opt_t *
confuse_options(unsigned where, size_t *count)
{
	cfg_opt_t *options = calloc(
	    settings_table_count() + SETTING_SECTIONS + 1, sizeof(*options));
	const struct setting *setting;
	size_t i = 0;

	*count = 0;
	while (options != NULL && (setting = setting_next(where, &i)) != NULL)
		if (confuse_option(&options[(*count)++], setting, where) != 0) {
			confuse_options_free(options);
			return NULL;
		}
	return options;
}

/* The sections' options behind those of the top level.  -1: no memory. */
static int
confuse_sections(cfg_opt_t *options, cfg_opt_t *inside[SETTING_SECTIONS])
{
	size_t ignored;

	for (size_t i = 0; i < SETTING_SECTIONS; i++) {
		const struct setting_section *section = &setting_sections[i];

		inside[i] = confuse_options(section->where, &ignored);
		if (inside[i] == NULL)
			return -1;
		options[i] = (cfg_opt_t)CFG_SEC(section->name, inside[i],
		    CFGF_MULTI | CFGF_TITLE |
		        (section->one_title ? CFGF_NO_TITLE_DUPES : CFGF_NONE));
	}
	return 0;
}

/* The parser; the caller frees it with cfg_free. */
static cfg_t *
parser_new(const char *path)
{
	cfg_opt_t *inside[SETTING_SECTIONS] = { NULL };
	size_t count;
	cfg_opt_t *options = confuse_options(SETTING_TOP, &count);
	cfg_t *cfg = NULL;

	if (options != NULL && confuse_sections(options + count, inside) == 0)
		cfg = cfg_init(options, CFGF_NONE); /* has copies */
	for (size_t i = 0; i < SETTING_SECTIONS; i++)
		confuse_options_free(inside[i]);
	confuse_options_free(options);
	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, file_error);
	cfg->filename = strdup(path);
	return cfg;
}

/* Where a setting stands of which only the whole file tells what is wrong. */
static int
remember_place(cfg_t *cfg, cfg_opt_t *option, char **place)
{
	const char *line = cfg_opt_getcomment(option);

	if (line == NULL)
		return 0;
	free(*place);
	if (asprintf(place, "%s:%s", cfg->filename, line) != -1)
		return 0;
	*place = NULL;
	log_error("%s: %s", cfg->filename, strerror(ENOMEM));
	return -1;
}

/* Apply one setting of the top level: all values of it, if it is a list. */
static int
setting_apply(
    cfg_t *cfg, const struct setting *setting, struct settings *settings)
{
	cfg_opt_t *option = cfg_getopt(cfg, setting->name);
	char error[SETTING_ERROR_SIZE];

	if (setting->type->clear != NULL)
		setting->type->clear(settings);
	for (unsigned n = 0; n < cfg_opt_size(option); n++)
		if (setting->type->take(setting, settings,
		        cfg_opt_getnstr(option, n), error) != 0) {
			log_error(
			    "%s: %s: %s", cfg->filename, setting->name, error);
			return -1;
		}
	if (setting->type == &setting_balance)
		return remember_place(cfg, option, &settings->balance_place);
	if (setting->type == &setting_outputs)
		return remember_place(cfg, option, &settings->outputs_place);
	return 0;
}

static int
file_apply(cfg_t *cfg, struct settings *settings, const bool *taken)
{
	const struct setting *setting;
	bool outputs_taken = false;
	size_t i = 0;

	while ((setting = setting_next(SETTING_TOP, &i)) != NULL)
		if (taken[setting_index(setting)])
			outputs_taken |= setting->type == &setting_outputs;
		else if (setting_apply(cfg, setting, settings) != 0)
			return -1;
	for (size_t n = 0; n < SETTING_SECTIONS; n++) {
		const struct setting_section *section = &setting_sections[n];

		/* Outputs of the command line replace all of the file's. */
		if (section->where == SETTING_ARCHIVE && outputs_taken)
			continue;
		if (sections_apply(cfg, section, settings) != 0)
			return -1;
	}
	return 0;
}

/* libconfuse reports mistakes in the text, but no failure of its own. */
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
	char *text = file_read(path), *quoted = NULL;
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
	else if ((quoted = quote_words(text)) == NULL ||
	         (cfg = parser_new(path)) == NULL)
		log_error("%s: %s", path, strerror(ENOMEM));
	else if (text_parse(cfg, quoted) == 0)
		result = file_apply(cfg, settings, taken);
	if (cfg != NULL)
		cfg_free(cfg);
	free(quoted);
	free(text);
	return result;
}
