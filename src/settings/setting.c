/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of settings: taken from a text, at their defaults, compared. */
#include <config.h>

#include "exflow/settings/setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/text.h"

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

static int
list_assign(const struct setting *setting, struct settings *settings,
    char *text, char *error)
{
	char *item;

	if (*text_trim(text) == '\0') /* an empty list */
		return 0;
	while ((item = strsep(&text, ",")) != NULL)
		if (setting->type->take(
		        setting, settings, text_trim(item), error) != 0)
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

	const struct setting *setting;

	for (size_t i = 0; (setting = setting_at(i)) != NULL; i++) {
		if (setting->initial == NULL && !setting->type->number)
			continue;
		if (setting_assign(setting, settings,
		        setting_initial(setting, text), error) != 0)
			return -1;
	}
	return 0;
}
