/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of settings that are lists, and those whose values another module
 * checks: an output, a network, the address of the metrics page; and the one
 * that knows whether it was set.
 */
#include <config.h>

#include "exflow/settings/setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/capture/capture.h"
#include "exflow/decode/decode.h"
#include "exflow/export/kinds.h"
#include "exflow/kafka/kinds.h"
#include "exflow/record/record.h"
#include "exflow/status/metrics.h"

static int
no_memory(char *error)
{
	snprintf(error, SETTING_ERROR_SIZE, "%s", strerror(ENOMEM));
	return -1;
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
		return no_memory(error);
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
		return no_memory(error);
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
		return no_memory(error);
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
		return no_memory(error);
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

/* The settings keep the joined names: sections may point to them. */
static int
add_column(struct settings *settings, const char *name, char *error)
{
	const char **columns = &settings->destination.text.columns;
	char *joined;
	int result;

	if (asprintf(&joined, "%s%s%s", *columns != NULL ? *columns : "",
	        *columns != NULL ? "," : "", name) == -1)
		return no_memory(error);
	result =
	    text_list_add(&settings->strings, &settings->string_count, joined);
	free(joined);
	if (result != 0)
		return no_memory(error);
	*columns = settings->strings[settings->string_count - 1];
	return 0;
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
		return add_column(settings, text, error);
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

/* --- tunnels: a mask */

static void
expected_tunnels(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; tunnel_name(i) != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i > 0 ? ", " : "", tunnel_name(i));
	if (used < size)
		snprintf(text + used, size - used, " or all");
}

static int
take_tunnel(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	unsigned tunnel = tunnel_from_name(text);

	if (tunnel == 0)
		return setting_refuse(setting, text, error, " is unknown");
	settings->tunnels |= tunnel;
	return 0;
}

static void
clear_tunnels(struct settings *settings)
{
	settings->tunnels = 0;
}

static bool
same_tunnels(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	(void)setting;
	return a->tunnels == b->tunnels;
}

const struct setting_type setting_tunnels = { .take = take_tunnel,
	.clear = clear_tunnels,
	.same = same_tunnels,
	.expected = expected_tunnels };

/* --- kinds of exchanges */

static void
expected_kinds(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; meter_kind_name(i) != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                           ? ""
		    : meter_kind_name(i + 1) == NULL ? " or "
		                                     : ", ",
		    meter_kind_name(i));
}

static int
take_kind(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	unsigned kind = meter_kind_from_name(text);

	if (kind == 0)
		return setting_refuse(setting, text, error, " is unknown");
	settings->meter.kinds |= kind;
	return 0;
}

static void
clear_kinds(struct settings *settings)
{
	settings->meter.kinds = 0;
}

const struct setting_type setting_kinds = {
	.take = take_kind, .clear = clear_kinds, .expected = expected_kinds
};

/* --- what records have */

/* A number that elements of records have, or seem to have, is no own one. */
static int
take_enterprise_number(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	uint32_t *number = &settings->destination.record.enterprise_number;
	uint32_t before = *number;
	const char *wrong;

	if (setting_count.take(setting, settings, text, error) != 0)
		return -1;
	wrong = record_number_wrong(*number);
	if (wrong == NULL)
		return 0;
	*number = before;
	return setting_refuse(setting, text, error, " %s", wrong);
}

static const char *
warn_of_enterprise_number(const char *text)
{
	return strtoul(text, NULL, 10) > PEN_NFDUMP_MASK
	           ? "nfdump keeps only its low 16 bits"
	           : NULL;
}

const struct setting_type setting_enterprise_number = {
	.take = take_enterprise_number,
	.warning = warn_of_enterprise_number,
	.number = true
};

static int
take_flag_counters(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	struct record_options *record = &settings->destination.record;
	int word = setting_word_find(setting, text, error);

	if (word < 0)
		return -1;
	record->flags_own = word != 1;
	record->flags_iana = word != 0;
	return 0;
}

static int
take_type_information(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	struct destination_options *options = &settings->destination;
	bool *const types[] = { &options->types_file, &options->types_tcp,
		&options->types_udp };
	int word = setting_word_find(setting, text, error);

	if (word < 0)
		return -1;
	*types[word] = true;
	return 0;
}

static void
clear_type_information(struct settings *settings)
{
	settings->destination.types_file = false;
	settings->destination.types_tcp = false;
	settings->destination.types_udp = false;
}

const struct setting_type setting_flag_counters = { .take =
	                                                take_flag_counters };
const struct setting_type setting_type_information = {
	.take = take_type_information, .clear = clear_type_information
};

/* --- quality: outputs turn it on where it is not set */

static int
take_quality(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	if (setting_switch.take(setting, settings, text, error) != 0)
		return -1;
	settings->quality_set = true;
	return 0;
}

static bool
same_quality(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	return setting_switch.same(setting, a, b);
}

static void
expected_quality(char *text, size_t size)
{
	setting_switch.expected(text, size);
}

const struct setting_type setting_quality = {
	.take = take_quality, .same = same_quality, .expected = expected_quality
};

/* --- names: a mask */

static const char *const names_words[] = { "tls", "quic", "http", "dns",
	"ja4" };
#define NAMES_WORDS (sizeof(names_words) / sizeof(names_words[0]))
_Static_assert(NAMES_TLS == 1 << 0 && NAMES_QUIC == 1 << 1 &&
                   NAMES_HTTP == 1 << 2 && NAMES_DNS == 1 << 3 &&
                   NAMES_FINGERPRINT == 1 << 4,
    "words stand in the order of the bits");

static void
expected_names(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < NAMES_WORDS && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                 ? ""
		    : i + 1 == NAMES_WORDS ? " or "
		                           : ", ",
		    names_words[i]);
}

static int
take_names(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	for (unsigned i = 0; i < NAMES_WORDS; i++) {
		if (strcmp(text, names_words[i]) != 0)
			continue;
		if (1u << i == NAMES_QUIC && !names_have_quic())
			return setting_refuse(setting, text, error,
			    " needs OpenSSL, which this build does without");
		settings->meter.names.kinds |= 1u << i;
		return 0;
	}
	return setting_refuse(setting, text, error, " is unknown");
}

static void
clear_names(struct settings *settings)
{
	settings->meter.names.kinds = 0;
}

const struct setting_type setting_names = {
	.take = take_names, .clear = clear_names, .expected = expected_names
};

/* --- the filter */

static int
take_filter(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	char why[CAPTURE_ERROR_SIZE];

	if (*text != '\0' && capture_filter_check(text, why) == -1) {
		snprintf(error, SETTING_ERROR_SIZE,
		    "\"%.200s\" cannot be used: %s, expected a filter as in "
		    "pcap-filter(7)",
		    text, why);
		return -1;
	}
	return setting_text.take(setting, settings, text, error);
}

static bool
same_filter(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	return setting_text.same(setting, a, b);
}

const struct setting_type setting_filter = { .take = take_filter,
	.same = same_filter };

/* --- the filter of records */

static int
take_record_filter(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	struct filter_options options = { .resolver = NULL };
	struct filter_error wrong;
	struct filter *filter = filter_compile(text, &options, &wrong);

	if (filter == NULL) {
		filter_error_line(&wrong, text, error, SETTING_ERROR_SIZE);
		return -1;
	}
	filter_free(&filter);
	return setting_borrowed.take(setting, settings, text, error);
}

const struct setting_type setting_record_filter = { .take =
	                                                take_record_filter };

/* --- the metrics page */

static int
take_metrics(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	char why[SETTING_ERROR_SIZE / 2];

	if (*text != '\0' && metrics_check(text, why, sizeof(why)) == -1) {
		snprintf(error, SETTING_ERROR_SIZE, "%.200s: %s", text, why);
		return -1;
	}
	return setting_text.take(setting, settings, text, error);
}

static bool
same_metrics(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	return setting_text.same(setting, a, b);
}

const struct setting_type setting_metrics = { .take = take_metrics,
	.same = same_metrics };

/* --- properties of librdkafka, a line each */

static int
take_property(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	const char **properties = &settings->destination.kafka.properties;
	char why[DESTINATION_ERROR_SIZE], *joined;
	int result;

	(void)setting;
	if (kafka_property_check(text, why) != 0) {
		snprintf(error, SETTING_ERROR_SIZE, "%s", why);
		return -1;
	}
	if (asprintf(&joined, "%s%s%s", *properties != NULL ? *properties : "",
	        *properties != NULL ? "\n" : "", text) == -1)
		return no_memory(error);
	result =
	    text_list_add(&settings->strings, &settings->string_count, joined);
	free(joined);
	if (result != 0)
		return no_memory(error);
	*properties = settings->strings[settings->string_count - 1];
	return 0;
}

static void
clear_properties(struct settings *settings)
{
	settings->destination.kafka.properties = NULL;
}

const struct setting_type setting_property = { .take = take_property,
	.clear = clear_properties };
