/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of settings that are lists: each item is added to those before it.
 */
#include <config.h>

#include "types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/export/kinds.h"
#include "exflow/kafka/kinds.h"
#include "exflow/record/record.h"

/*
 * Add to a text whose items stand behind each other.  The settings keep every
 * text that there was: sections may point to it.
 */
static int
append(struct settings *settings, const char **to, char separator,
    const char *item, char *error)
{
	char *joined;
	int result;

	if (*to == NULL)
		result = asprintf(&joined, "%s", item);
	else
		result = asprintf(&joined, "%s%c%s", *to, separator, item);
	if (result == -1)
		return setting_no_memory(error);
	result =
	    text_list_add(&settings->strings, &settings->string_count, joined);
	free(joined);
	if (result != 0)
		return setting_no_memory(error);
	*to = settings->strings[settings->string_count - 1];
	return 0;
}

/* --- networks */

static int
take_network(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	(void)setting;
	if (settings->networks == NULL)
		settings->networks = network_set_new();
	if (settings->networks == NULL)
		return setting_no_memory(error);
	return network_set_add_named(
	    settings->networks, text, error, SETTING_ERROR_SIZE);
}

static void
clear_networks(struct settings *settings)
{
	network_set_free(&settings->networks);
}

const struct setting_type setting_networks = { .take = take_network,
	.clear = clear_networks };

/* --- interfaces */

static int
take_interface(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	if (*text == '\0' || strlen(text) >= INTERFACE_NAME_SIZE)
		return setting_refuse(setting, text, error, " is no name");
	for (size_t i = 0; i < settings->interface_count; i++)
		if (strcmp(settings->interfaces[i], text) == 0)
			return setting_refuse(
			    setting, text, error, " is there twice");
	if (text_list_add(
	        &settings->interfaces, &settings->interface_count, text) != 0)
		return setting_no_memory(error);
	return 0;
}

static void
clear_interfaces(struct settings *settings)
{
	text_list_clear(&settings->interfaces, &settings->interface_count);
}

static bool
same_interfaces(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	bool same = a->interface_count == b->interface_count;

	(void)setting;
	for (size_t i = 0; same && i < a->interface_count; i++)
		same = strcmp(a->interfaces[i], b->interfaces[i]) == 0;
	return same;
}

const struct setting_type setting_interfaces = { .take = take_interface,
	.clear = clear_interfaces,
	.same = same_interfaces };

/* --- outputs */

/* The output is made and thrown away: a mistake is reported with its line. */
static int
take_output(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	char why[DESTINATION_ERROR_SIZE] = "";
	struct destination *destination;

	(void)setting;
	destination = destination_new(text, &settings->destination, why);
	if (destination == NULL) {
		snprintf(error, SETTING_ERROR_SIZE, "%s", why);
		return -1;
	}
	destination_free(&destination);
	if (text_list_add(&settings->outputs, &settings->output_count, text) !=
	    0)
		return setting_no_memory(error);
	return 0;
}

static void
clear_outputs(struct settings *settings)
{
	text_list_clear(&settings->outputs, &settings->output_count);
}

static int
take_balance(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	(void)setting;
	if (text_list_add(&settings->balance, &settings->balance_count, text) !=
	    0)
		return setting_no_memory(error);
	return 0;
}

static void
clear_balance(struct settings *settings)
{
	text_list_clear(&settings->balance, &settings->balance_count);
}

const struct setting_type setting_outputs = { .take = take_output,
	.clear = clear_outputs };
const struct setting_type setting_balance = { .take = take_balance,
	.clear = clear_balance };

/* --- columns: words, and names of fields, which are joined */

static void
expected_columns(char *text, size_t size)
{
	snprintf(text, size,
	    "seed, extended or names of elements, see "
	    "exflow-records(5)");
}

static bool
is_field(const char *name)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (strcmp(record_fields[i].name, name) == 0)
			return true;
	return false;
}

static bool
is_chosen(const char *columns, const char *name)
{
	size_t length = strlen(name);

	while (columns != NULL && *columns != '\0') {
		size_t one = strcspn(columns, ",");

		if (one == length && strncmp(columns, name, length) == 0)
			return true;
		columns += one + (columns[one] == ',');
	}
	return false;
}

static int
take_column(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	const char *suggestion;

	if (strcmp(text, "seed") == 0)
		return 0;
	if (strcmp(text, "extended") == 0) {
		settings->destination.text.extended = true;
		return 0;
	}
	if (is_field(text) &&
	    is_chosen(settings->destination.text.columns, text))
		return setting_refuse(setting, text, error, " is there twice");
	if (is_field(text))
		return append(settings, &settings->destination.text.columns,
		    ',', text, error);
	suggestion = setting_suggest_field(text);
	if (suggestion == NULL)
		return setting_refuse(
		    setting, text, error, " is no element of a record");
	snprintf(error, SETTING_ERROR_SIZE,
	    "%.200s is no element of a record, did you mean %s", text,
	    suggestion);
	return -1;
}

static void
clear_columns(struct settings *settings)
{
	settings->destination.text.extended = false;
	settings->destination.text.columns = NULL;
}

const struct setting_type setting_columns = { .take = take_column,
	.clear = clear_columns,
	.expected = expected_columns };

/* --- properties of librdkafka, a line each */

static int
take_property(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	const char **properties = &settings->destination.kafka.properties;
	char why[DESTINATION_ERROR_SIZE];

	(void)setting;
	if (kafka_property_check(text, why) != 0) {
		snprintf(error, SETTING_ERROR_SIZE, "%s", why);
		return -1;
	}
	return append(settings, properties, '\n', text, error);
}

static void
clear_properties(struct settings *settings)
{
	settings->destination.kafka.properties = NULL;
}

const struct setting_type setting_property = { .take = take_property,
	.clear = clear_properties };
