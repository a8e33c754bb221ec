/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What settings of records must have together: records with quality need room
 * in a message, a profile needs quality, and the elements of a profile need
 * their numbers.  Collectors and archives may have values of their own.
 */
#include <config.h>

#include "exflow/settings/setting.h"

#include <inttypes.h>

#include "exflow/base/log.h"
#include "exflow/ipfix/encoder.h"

/* -1: a message that begins with whose options these are was logged. */
static int
check_quality(const struct destination_options *options, const char *whose)
{
	const struct record_options *record = &options->record;

	if (record->profiles != 0 && !record->quality) {
		log_error("%sprofile: expected quality = yes with it, as it is "
		          "another form of these figures",
		    whose);
		return -1;
	}
	if (record_options_wrong(record) != NULL) {
		log_error("%senterprise_number: %" PRIu32 " %s", whose,
		    record->enterprise_number, record_options_wrong(record));
		return -1;
	}
	if (options->udp_message_octets >= ipfix_message_min(record) &&
	    options->tcp_message_octets >= ipfix_message_min(record))
		return 0;
	log_error("%sudp_message_octets and tcp_message_octets: expected at "
	          "least %" PRIu32 " with %s",
	    whose, ipfix_message_min(record),
	    !record->names     ? "quality = yes"
	    : !record->quality ? "names"
	                       : "quality = yes and names");
	return -1;
}

/* An archive has a profile of its own, and all else from outside of it. */
static int
check_archive_quality(
    const struct settings *settings, const struct archive_setting *archive)
{
	struct destination_options options = settings->destination;
	char whose[SETTING_ERROR_SIZE];

	options.record.profiles = archive->profiles;
	snprintf(whose, sizeof(whose), "archive \"%s\": ", archive->name);
	return check_quality(&options, whose);
}

int
settings_check_records(const struct settings *settings)
{
	char whose[SETTING_ERROR_SIZE];

	if (check_quality(&settings->destination, "") != 0)
		return -1;
	for (size_t i = 0; i < settings->collector_count; i++) {
		snprintf(whose, sizeof(whose),
		    "collector \"%s\": ", settings->collectors[i].name);
		if (check_quality(&settings->collectors[i].options, whose) != 0)
			return -1;
	}
	for (size_t i = 0; i < settings->archive_count; i++)
		if (check_archive_quality(settings, &settings->archives[i]) !=
		    0)
			return -1;
	return 0;
}
