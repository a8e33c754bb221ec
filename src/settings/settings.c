/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of struct settings, and the outputs that it describes. */
#include <config.h>

#include "exflow/settings/setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/export/kinds.h"

int
settings_defaults(struct settings *settings)
{
	*settings = (struct settings){ 0 };
	destination_options_init(&settings->destination);
	if (setting_defaults(settings) != 0)
		return -1;
	settings->quality_set = false; /* a default is set by nobody */
	return 0;
}

void
settings_free(struct settings *settings)
{
	for (size_t i = 0; i < settings->archive_count; i++) {
		free(settings->archives[i].name);
		free(settings->archives[i].path);
	}
	free(settings->archives);
	free(settings->collectors);
	free(settings->section_spec);
	free(settings->balance_place);
	free(settings->outputs_place);
	text_list_clear(&settings->inputs, &settings->input_count);
	text_list_clear(&settings->interfaces, &settings->interface_count);
	text_list_clear(&settings->outputs, &settings->output_count);
	text_list_clear(&settings->balance, &settings->balance_count);
	text_list_clear(&settings->strings, &settings->string_count);
	network_set_free(&settings->networks);
	free(settings->filter);
	free(settings->user);
	free(settings->group);
	free(settings->pid_file);
	free(settings->metrics);
	free(settings->control);
	free(settings->stats_path);
	*settings = (struct settings){ 0 };
}

/* What an output does with quality, and what the settings say. */
static int
check_quality(struct settings *settings, const struct destination *output,
    char error[DESTINATION_ERROR_SIZE])
{
	enum destination_quality quality = output->ops->quality;
	bool filter = output->filter != NULL &&
	              (filter_parts(output->filter) & PART_QUALITY) != 0;

	if (filter)
		quality = DESTINATION_QUALITY_NEEDED;
	if (quality == DESTINATION_QUALITY_AS_SET)
		return 0;
	if (!settings->quality_set)
		settings->meter.quality = true;
	if (settings->meter.quality || quality != DESTINATION_QUALITY_NEEDED)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE,
	    "output %.200s: its %s quality, which is set to no; "
	    "expected quality = yes, or no such output",
	    output->name, filter ? "record_filter needs" : "columns need");
	return -1;
}

/* "FILE:LINE" of an output; NULL: the command line's. */
static const char *
place_of(const struct settings *settings, size_t i)
{
	if (i < settings->output_count)
		return settings->outputs_place;
	i -= settings->output_count;
	if (i < settings->collector_count)
		return settings->collectors[i].place;
	return settings->archives[i - settings->collector_count].place;
}

/* Two that write to the same: the place is that of the second. */
static int
check_shared(const struct settings *settings, struct destination *const *all,
    size_t count, char error[DESTINATION_ERROR_SIZE])
{
	char why[DESTINATION_ERROR_SIZE];
	const char *place;
	size_t second;

	if (destinations_check(all, count, &second, why) == 0)
		return 0;
	place = place_of(settings, second);
	snprintf(error, DESTINATION_ERROR_SIZE, "%.200s%s%.*s",
	    place == NULL ? "" : place, place == NULL ? "" : ": ",
	    DESTINATION_ERROR_SIZE - 203, why);
	return -1;
}

int
settings_check_targets(
    struct settings *settings, char error[DESTINATION_ERROR_SIZE])
{
	size_t count = settings_destinations(settings), made = 0;
	struct destination **all = calloc(count + 1, sizeof(*all));
	int result = 0;

	if (all == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		return -1;
	}
	while (result == 0 && made < count) {
		all[made] = settings_destination(settings, made, NULL, error);
		if (all[made] == NULL) {
			result = -1;
			break;
		}
		settings->meter.sums |= all[made]->ops->whole;
		result = check_quality(settings, all[made++], error);
	}
	if (result == 0)
		result = check_shared(settings, all, count, error);
	while (made > 0)
		destination_free(&all[--made]);
	free(all);
	return result;
}

size_t
settings_destinations(const struct settings *settings)
{
	return settings->output_count + settings->collector_count +
	       settings->archive_count;
}

struct destination *
settings_destination(const struct settings *settings, size_t i,
    const struct interface_names *names, char error[DESTINATION_ERROR_SIZE])
{
	struct destination_options options = settings->destination;
	const struct collector *collector;
	const struct archive_setting *archive;

	options.record.interface_names = names;
	if (i < settings->output_count)
		return destination_new(settings->outputs[i], &options, error);
	i -= settings->output_count;
	if (i < settings->collector_count) {
		collector = &settings->collectors[i];
		options = collector->options;
		options.record.interface_names = names;
		return destination_new(collector->address, &options, error);
	}
	archive = &settings->archives[i - settings->collector_count];
	options.archive = archive->options;
	options.record.biflow = archive->biflow;
	options.record.profiles = archive->profiles;
	options.text = archive->text;
	options.record_filter = archive->record_filter;
	return destination_new_archive(
	    archive->name, archive->path, &options, error);
}
