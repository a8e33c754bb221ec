/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of settings whose values another module checks, or that are more than
 * one member of struct settings.
 */
#include <config.h>

#include "types.h"

#include <stdio.h>
#include <stdlib.h>

#include "exflow/capture/capture.h"
#include "exflow/filter/filter.h"
#include "exflow/record/record.h"
#include "exflow/status/metrics.h"

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
