/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the text of a setting to its place in struct settings, with the
 * messages for texts that cannot go there.
 */
#include <config.h>

#include "options.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/decode/decode.h"
#include "exflow/export/kinds.h"
#include "exflow/status/metrics.h"

static void *
place(const struct option_row *row, struct settings *settings)
{
	return (char *)settings + row->offset;
}

/* Say what is wrong with a text, then what the option accepts. */
__attribute__((format(printf, 4, 5))) static int
refuse(const struct option_row *row, const char *text, char *error,
    const char *format, ...)
{
	char expected[256], what[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	option_expected(row, expected, sizeof(expected));
	snprintf(error, OPTION_ERROR_SIZE, "%.200s%s, expected %s", text, what,
	    expected);
	return -1;
}

static int
no_memory(char *error)
{
	snprintf(error, OPTION_ERROR_SIZE, "%s", strerror(ENOMEM));
	return -1;
}

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

bool
same_value(const struct option_row *row, const struct settings *a,
    const struct settings *b)
{
	return memcmp((const char *)a + row->offset,
	           (const char *)b + row->offset, row->octets) == 0;
}

bool
same_text(const struct option_row *row, const struct settings *a,
    const struct settings *b)
{
	const char *x = *(char *const *)((const char *)a + row->offset);
	const char *y = *(char *const *)((const char *)b + row->offset);

	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

int
take_switch(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	int value = cfg_parse_boolean(text);

	if (value < 0)
		return refuse(row, text, error, " is not a switch");
	*(bool *)place(row, settings) = value != 0;
	return 0;
}

/*
 * Digits with, where fraction_digits allows, a point and more of them: the
 * number in units of the last fraction digit.  -1: not a number, held at
 * INT64_MAX where it is larger.
 */
static int64_t
number_parse(const char *text, int fraction_digits)
{
	int64_t value = 0;
	int fraction = -1; /* digits behind the point; -1 before it */

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text == '.' && fraction < 0 && fraction_digits > 0) {
			fraction = 0;
			continue;
		}
		if (*text < '0' || *text > '9')
			return -1;
		if (fraction >= 0 && ++fraction > fraction_digits)
			return -1;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			value = INT64_MAX;
	}
	if (fraction == 0)
		return -1;
	for (fraction = fraction < 0 ? 0 : fraction; fraction < fraction_digits;
	     fraction++)
		if (__builtin_mul_overflow(value, 10, &value))
			value = INT64_MAX;
	return value;
}

static bool
in_range(const struct option_row *row, double value)
{
	return (value == 0 && row->zero != NULL) ||
	       (value >= row->minimum && value <= row->maximum);
}

int
take_count(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	int64_t value = number_parse(text, 0);

	if (value < 0)
		return refuse(row, text, error, " is not a whole number");
	if (!in_range(row, (double)value))
		return refuse(row, text, error, " is out of range");
	if (row->octets == sizeof(uint32_t))
		*(uint32_t *)place(row, settings) = (uint32_t)value;
	else
		*(size_t *)place(row, settings) = (size_t)value;
	return 0;
}

int
take_duration(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	int64_t value = number_parse(text, 9);

	if (value < 0)
		return refuse(row, text, error, " is not a number of seconds");
	if (!in_range(row, (double)value / (double)NS_PER_SECOND))
		return refuse(row, text, error, " is out of range");
	*(duration *)place(row, settings) = (duration){ value };
	return 0;
}

/* The index of a word, -1 with a message where it is none of them. */
static int
word_find(const struct option_row *row, const char *text, char *error)
{
	for (int i = 0; row->words[i] != NULL; i++)
		if (strcmp(row->words[i], text) == 0)
			return i;
	return refuse(row, text, error, " is unknown");
}

int
take_choice(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	int word = word_find(row, text, error);

	if (word < 0)
		return -1;
	*(bool *)place(row, settings) = word == 1;
	return 0;
}

int
take_word(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	int word = word_find(row, text, error);

	if (word < 0)
		return -1;
	*(unsigned *)place(row, settings) = (unsigned)word;
	return 0;
}

int
take_flag_counters(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	struct record_options *record = &settings->destination.record;
	int word = word_find(row, text, error);

	if (word < 0)
		return -1;
	record->flags_own = word != 1;
	record->flags_iana = word != 0;
	return 0;
}

int
take_types(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	struct destination_options *options = &settings->destination;
	bool *const types[] = { &options->types_file, &options->types_tcp,
		&options->types_udp };
	int word = word_find(row, text, error);

	if (word < 0)
		return -1;
	*types[word] = true;
	return 0;
}

void
clear_types(struct settings *settings)
{
	settings->destination.types_file = false;
	settings->destination.types_tcp = false;
	settings->destination.types_udp = false;
}

int
take_text(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	char **into = place(row, settings);
	char *copy = *text == '\0' ? NULL : strdup(text);

	if (*text != '\0' && copy == NULL)
		return no_memory(error);
	free(*into);
	*into = copy;
	return 0;
}

int
take_metrics(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	char why[OPTION_ERROR_SIZE / 2];

	if (*text != '\0' && metrics_check(text, why, sizeof(why)) == -1) {
		snprintf(error, OPTION_ERROR_SIZE, "%.200s: %s", text, why);
		return -1;
	}
	return take_text(row, settings, text, error);
}

int
take_borrowed(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	const char **into = place(row, settings);

	*into = NULL;
	if (*text == '\0')
		return 0;
	if (text_list_add(&settings->strings, &settings->string_count, text) !=
	    0)
		return no_memory(error);
	*into = settings->strings[settings->string_count - 1];
	return 0;
}

int
take_network(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	(void)row;
	if (settings->networks == NULL)
		settings->networks = network_set_new();
	if (settings->networks == NULL)
		return no_memory(error);
	return network_set_add(
	    settings->networks, text, error, OPTION_ERROR_SIZE);
}

void
clear_networks(struct settings *settings)
{
	network_set_free(&settings->networks);
}

int
take_interface(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	if (*text == '\0' || strlen(text) >= INTERFACE_NAME_SIZE)
		return refuse(row, text, error, " is no name");
	for (size_t i = 0; i < settings->interface_count; i++)
		if (strcmp(settings->interfaces[i], text) == 0)
			return refuse(row, text, error, " is there twice");
	if (text_list_add(
	        &settings->interfaces, &settings->interface_count, text) != 0)
		return no_memory(error);
	return 0;
}

void
clear_interfaces(struct settings *settings)
{
	text_list_clear(&settings->interfaces, &settings->interface_count);
}

bool
same_interfaces(const struct option_row *row, const struct settings *a,
    const struct settings *b)
{
	bool same = a->interface_count == b->interface_count;

	(void)row;
	for (size_t i = 0; same && i < a->interface_count; i++)
		same = strcmp(a->interfaces[i], b->interfaces[i]) == 0;
	return same;
}

/* Tried here, so that a mistake is reported with its place. */
int
take_output(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	char why[DESTINATION_ERROR_SIZE] = "";
	struct destination *destination;

	(void)row;
	destination = destination_new(text, &settings->destination, why);
	if (destination == NULL) {
		snprintf(error, OPTION_ERROR_SIZE, "%s", why);
		return -1;
	}
	destination_free(&destination);
	if (text_list_add(&settings->outputs, &settings->output_count, text) !=
	    0)
		return no_memory(error);
	return 0;
}

void
clear_outputs(struct settings *settings)
{
	text_list_clear(&settings->outputs, &settings->output_count);
}

int
take_balance(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	(void)row;
	if (text_list_add(&settings->balance, &settings->balance_count, text) !=
	    0)
		return no_memory(error);
	return 0;
}

void
clear_balance(struct settings *settings)
{
	text_list_clear(&settings->balance, &settings->balance_count);
}

int
take_meter(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	unsigned kind = meter_kind_from_name(text);

	if (kind == 0)
		return refuse(row, text, error, " is unknown");
	settings->meter.kinds |= kind;
	return 0;
}

void
clear_meter(struct settings *settings)
{
	settings->meter.kinds = 0;
}

int
take_tunnel(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	unsigned tunnel = tunnel_from_name(text);

	if (tunnel == 0)
		return refuse(row, text, error, " is unknown");
	settings->tunnels |= tunnel;
	return 0;
}

void
clear_tunnels(struct settings *settings)
{
	settings->tunnels = 0;
}

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
list_assign(const struct option_row *row, struct settings *settings, char *text,
    char *error)
{
	char *item;

	if (*trim(text) == '\0') /* an empty list */
		return 0;
	while ((item = strsep(&text, ",")) != NULL)
		if (row->take(row, settings, trim(item), error) != 0)
			return -1;
	return 0;
}

int
option_assign(const struct option_row *row, struct settings *settings,
    const char *text, char *error)
{
	char *copy;
	int result;

	if (row->clear == NULL)
		return row->take(row, settings, text, error);
	copy = strdup(text);
	if (copy == NULL)
		return no_memory(error);
	result = list_assign(row, settings, copy, error);
	free(copy);
	return result;
}
