/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of settings that are one value: switches, numbers, times, words and
 * texts.  The others are in types_list.c, types_mask.c and types_checked.c.
 */
#include <config.h>

#include "types.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

static void *
place(const struct setting *setting, struct settings *settings)
{
	return (char *)settings + setting->offset;
}

static const void *
place_read(const struct setting *setting, const struct settings *settings)
{
	return (const char *)settings + setting->offset;
}

/* --- lists of strings */

int
text_list_add(char ***list, size_t *count, const char *text)
{
	char **grown = reallocarray(*list, *count + 1, sizeof(*grown));

	if (grown == NULL)
		return -1;
	*list = grown;
	grown[*count] = strdup(text);
	if (grown[*count] == NULL)
		return -1;
	(*count)++;
	return 0;
}

void
text_list_clear(char ***list, size_t *count)
{
	while (*count > 0)
		free((*list)[--*count]);
	free(*list);
	*list = NULL;
}

/* --- what a setting accepts, in words */

static void
words_join(const struct setting *setting, char *text, size_t size)
{
	const char *const *words = setting->words;
	size_t used = 0;

	for (size_t i = 0; words[i] != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                 ? ""
		    : words[i + 1] == NULL ? " or "
		                           : ", ",
		    words[i]);
}

void
setting_expected(const struct setting *setting, char *text, size_t size)
{
	bool zero = setting->zero != NULL;

	if (setting->type->expected != NULL)
		setting->type->expected(text, size);
	else if (setting->words[0] != NULL)
		words_join(setting, text, size);
	else if (setting->expected != NULL)
		snprintf(text, size, "%s", setting->expected);
	else
		snprintf(text, size, "%s%s%s%.15g to %.15g%s%s",
		    zero ? "0 (" : "", zero ? setting->zero : "",
		    zero ? ") or " : "", setting->minimum, setting->maximum,
		    setting->unit != NULL ? " " : "",
		    setting->unit != NULL ? setting->unit : "");
}

const char *
setting_initial(const struct setting *setting, char text[SETTING_INITIAL_SIZE])
{
	if (!setting->type->number)
		return setting->initial != NULL ? setting->initial : "none";
	snprintf(text, SETTING_INITIAL_SIZE, "%.15g", setting->number);
	return text;
}

int
setting_refuse(const struct setting *setting, const char *text,
    char error[SETTING_ERROR_SIZE], const char *format, ...)
{
	char expected[256], what[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	setting_expected(setting, expected, sizeof(expected));
	snprintf(error, SETTING_ERROR_SIZE, "%.200s%s, expected %s", text, what,
	    expected);
	return -1;
}

int
setting_no_memory(char error[SETTING_ERROR_SIZE])
{
	snprintf(error, SETTING_ERROR_SIZE, "%s", strerror(ENOMEM));
	return -1;
}

/* --- comparing */

static bool
same_octets(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	return memcmp(place_read(setting, a), place_read(setting, b),
	           setting->octets) == 0;
}

static bool
same_text(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	const char *x = *(char *const *)place_read(setting, a);
	const char *y = *(char *const *)place_read(setting, b);

	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

/* --- switches */

static void
expected_switch(char *text, size_t size)
{
	snprintf(text, size, "yes or no");
}

static int
take_switch(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	int value = cfg_parse_boolean(text);

	if (value < 0)
		return setting_refuse(setting, text, error, " is not a switch");
	*(bool *)place(setting, settings) = value != 0;
	return 0;
}

const struct setting_type setting_switch = {
	.take = take_switch, .same = same_octets, .expected = expected_switch
};

/* --- numbers */

#define NS_PER_DAY (86400 * NS_PER_SECOND)
#define MIB INT64_C(1048576)

/* What a setting counts, and how its values may be written. */
struct measure {
	const char *unit; /* of the setting */
	int64_t (*parse)(const char *text, int64_t plain);
	int64_t plain;    /* what a number without a unit has of the parser's */
	const char *hint; /* for messages: what else it may be */
};

static const struct measure measures[] = {
	{ "seconds", units_time, NS_PER_SECOND, UNITS_TIME_HINT },
	{ "days", units_time, NS_PER_DAY, "or a time such as 30d or 2w" },
	{ "octets", units_size, 1, UNITS_SIZE_HINT },
	{ "MiB", units_size, MIB, "or a size such as 64MiB or 1GiB" },
};

/* NULL: of what the setting counts there are no units. */
static const struct measure *
measure_of(const struct setting *setting)
{
	const size_t count = sizeof(measures) / sizeof(measures[0]);

	for (size_t i = 0; i < count && setting->unit != NULL; i++)
		if (strcmp(measures[i].unit, setting->unit) == 0)
			return &measures[i];
	return NULL;
}

/* As setting_refuse, with the units that the number may have. */
static int
refuse_number(const struct setting *setting, const char *text, char *error,
    const char *what)
{
	const struct measure *measure = measure_of(setting);
	size_t used;

	setting_refuse(setting, text, error, "%s", what);
	used = strlen(error);
	if (measure != NULL)
		snprintf(error + used, SETTING_ERROR_SIZE - used, ", %s",
		    measure->hint);
	return -1;
}

/* Digits only; -1: no whole number, INT64_MAX: a larger one. */
static int64_t
whole_number(const char *text)
{
	int64_t value = 0;

	if (*text == '\0')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			value = INT64_MAX;
	}
	return value;
}

/* In the setting's unit; -1: no whole number of them. */
static int64_t
count_parse(const struct setting *setting, const char *text)
{
	const struct measure *measure = measure_of(setting);
	int64_t value;

	if (measure == NULL)
		return whole_number(text);
	value = measure->parse(text, measure->plain);
	if (value == -1 || value == INT64_MAX)
		return value;
	return value % measure->plain == 0 ? value / measure->plain : -1;
}

static bool
in_range(const struct setting *setting, double value)
{
	return (value == 0 && setting->zero != NULL) ||
	       (value >= setting->minimum && value <= setting->maximum);
}

static int
take_count(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	int64_t value = count_parse(setting, text);

	if (value < 0)
		return refuse_number(
		    setting, text, error, " is not a whole number");
	if (!in_range(setting, (double)value))
		return setting_refuse(setting, text, error, " is out of range");
	if (setting->octets == sizeof(uint16_t))
		*(uint16_t *)place(setting, settings) = (uint16_t)value;
	else if (setting->octets == sizeof(uint32_t))
		*(uint32_t *)place(setting, settings) = (uint32_t)value;
	else
		*(size_t *)place(setting, settings) = (size_t)value;
	return 0;
}

static int
take_duration(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	int64_t value = units_time(text, NS_PER_SECOND);

	if (value < 0)
		return refuse_number(
		    setting, text, error, " is not a number of seconds");
	if (!in_range(setting, (double)value / (double)NS_PER_SECOND))
		return setting_refuse(setting, text, error, " is out of range");
	*(duration *)place(setting, settings) = (duration){ value };
	return 0;
}

const struct setting_type setting_count = {
	.take = take_count, .same = same_octets, .number = true
};
const struct setting_type setting_duration = {
	.take = take_duration, .same = same_octets, .number = true
};

/* --- words */

int
setting_word_find(const struct setting *setting, const char *text,
    char error[SETTING_ERROR_SIZE])
{
	for (int i = 0; setting->words[i] != NULL; i++)
		if (strcmp(setting->words[i], text) == 0)
			return i;
	return setting_refuse(setting, text, error, " is unknown");
}

static int
take_choice(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	int word = setting_word_find(setting, text, error);

	if (word < 0)
		return -1;
	*(bool *)place(setting, settings) = word == 1;
	return 0;
}

static int
take_word(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	int word = setting_word_find(setting, text, error);

	if (word < 0)
		return -1;
	*(unsigned *)place(setting, settings) = (unsigned)word;
	return 0;
}

const struct setting_type setting_choice = { .take = take_choice,
	.same = same_octets };
const struct setting_type setting_word = { .take = take_word,
	.same = same_octets };

/* --- texts; an empty one is none */

static int
take_text(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	char **into = place(setting, settings);
	char *copy = *text == '\0' ? NULL : strdup(text);

	if (*text != '\0' && copy == NULL)
		return setting_no_memory(error);
	free(*into);
	*into = copy;
	return 0;
}

/* The settings keep the string; several options structs may point to it. */
static int
take_borrowed(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	const char **into = place(setting, settings);

	*into = NULL;
	if (*text == '\0')
		return 0;
	if (text_list_add(&settings->strings, &settings->string_count, text) !=
	    0)
		return setting_no_memory(error);
	*into = settings->strings[settings->string_count - 1];
	return 0;
}

const struct setting_type setting_text = { .take = take_text,
	.same = same_text };
const struct setting_type setting_borrowed = { .take = take_borrowed,
	.same = same_text };
