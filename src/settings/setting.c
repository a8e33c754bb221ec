/* SPDX-License-Identifier: BSD-2-Clause */
/* What the table of settings is asked. */
#include <config.h>

#include "exflow/settings/setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct setting_section setting_sections[SETTING_SECTIONS] = {
	{ "collector", SETTING_COLLECTOR, false,
	    "a collector with settings of its own" },
	{ "archive", SETTING_ARCHIVE, true, "IPFIX files one after the other" },
	{ "kafka", SETTING_KAFKA, true, "messages in a topic of Apache Kafka" },
};

const struct setting *
setting_next(unsigned where, size_t *i)
{
	while (*i < settings_table_count) {
		const struct setting *setting = &settings_table[(*i)++];

		if ((setting->where & where) != 0)
			return setting;
	}
	return NULL;
}

const struct setting *
setting_find(unsigned where, const char *name)
{
	const struct setting *setting;
	size_t i = 0;

	while ((setting = setting_next(where, &i)) != NULL)
		if (strcmp(setting->name, name) == 0)
			return setting;
	return NULL;
}

const char *
settings_fixed_change(
    const struct settings *running, const struct settings *wanted, size_t *i)
{
	const struct setting *setting;

	while ((setting = setting_next(SETTING_TOP, i)) != NULL)
		if (setting->restart &&
		    !setting->type->same(setting, running, wanted))
			return setting->name;
	return NULL;
}

/* Without blanks and tabs at both ends. */
static char *
trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	for (length = strlen(text); length > 0; length--)
		if (text[length - 1] != ' ' && text[length - 1] != '\t')
			break;
	text[length] = '\0';
	return text;
}

static int
list_assign(const struct setting *setting, struct settings *settings,
    char *text, char *error)
{
	char *item;

	if (*trim(text) == '\0') /* an empty list */
		return 0;
	while ((item = strsep(&text, ",")) != NULL)
		if (setting->type->take(setting, settings, trim(item), error) !=
		    0)
			return -1;
	return 0;
}

const char *
setting_warning(const struct setting *setting, const char *text)
{
	return setting->type->warning != NULL ? setting->type->warning(text)
	                                      : NULL;
}

int
setting_assign(const struct setting *setting, struct settings *settings,
    const char *text, char error[SETTING_ERROR_SIZE])
{
	char *copy;
	int result;

	if (setting->type->clear == NULL)
		return setting->type->take(setting, settings, text, error);
	copy = strdup(text);
	if (copy == NULL) {
		snprintf(error, SETTING_ERROR_SIZE, "%s", strerror(ENOMEM));
		return -1;
	}
	result = list_assign(setting, settings, copy, error);
	free(copy);
	return result;
}

int
setting_defaults(struct settings *settings)
{
	char error[SETTING_ERROR_SIZE], text[SETTING_INITIAL_SIZE];

	for (size_t i = 0; i < settings_table_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (setting->initial == NULL && !setting->type->number)
			continue;
		if (setting_assign(setting, settings,
		        setting_initial(setting, text), error) != 0)
			return -1;
	}
	return 0;
}
