/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a configuration file: as the program reads it at its start and
 * at a reload.  Outputs are made of it, but not opened.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/config/load.h"

#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
load(struct settings *settings, const char *path)
{
	char *arguments[] = { (char *)"exflow", (char *)"-qr", (char *)"-",
		(char *)"-c", (char *)path, NULL };
	enum settings_result result = settings_load(settings, 5, arguments);

	scratch_expect(result != SETTINGS_DONE);
	return result == SETTINGS_RUN;
}

/* What was accepted is within the limits that everybody relies on. */
static void
check(const struct settings *settings)
{
	char error[DESTINATION_ERROR_SIZE];
	size_t count = settings_destinations(settings);

	scratch_expect(count > 0);
	scratch_expect(network_set_count(settings->networks) > 0 ||
	               !meter_kinds_need_networks(settings->meter.kinds));
	scratch_expect(settings->workers >= 1 && settings->workers <= 64);
	scratch_expect(settings->meter.tcp_idle_timeout.ns > 0);
	scratch_expect(settings->meter.tcp_linger.ns >= 0);
	for (size_t i = 0; i < count; i++) {
		struct destination *destination =
		    settings_destination(settings, i, NULL, error);

		/* Outputs are looked at when they are made. */
		scratch_expect(destination != NULL || error[0] != '\0');
		destination_free(&destination);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = scratch_file(data, size);
	struct settings settings, again;
	size_t i = 0;

	log_init("fuzz_config", LOG_LEVEL_ERROR);
	if (!load(&settings, path))
		return 0;
	check(&settings);
	/* The same text is the same configuration. */
	scratch_expect(load(&again, scratch_file(data, size)));
	scratch_expect(settings_fixed_change(&settings, &again, &i) == NULL);
	settings_free(&again);
	settings_free(&settings);
	return 0;
}
