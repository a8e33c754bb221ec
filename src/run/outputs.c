/* SPDX-License-Identifier: BSD-2-Clause */
/* The outputs of the settings, and an exporter with them. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"

#include "run_internal.h"

struct destination **
outputs_make(
    const struct settings *settings, const struct interface_names *names)
{
	size_t count = settings_destinations(settings);
	struct destination **made = calloc(count + 1, sizeof(*made));
	char error[DESTINATION_ERROR_SIZE];
	size_t n = 0;

	if (made == NULL) {
		log_error("outputs: %s", strerror(ENOMEM));
		return NULL;
	}
	for (; n < count; n++) {
		made[n] = settings_destination(settings, n, names, error);
		if (made[n] == NULL)
			break;
	}
	if (n == count)
		return made;
	log_error("%s", error);
	while (n > 0)
		destination_free(&made[--n]);
	free(made);
	return NULL;
}

struct exporter *
outputs_open(
    const struct settings *settings, const struct interface_names *names)
{
	struct destination **outputs = outputs_make(settings, names);
	char error[DESTINATION_ERROR_SIZE];
	struct exporter *exporter;

	if (outputs == NULL)
		return NULL;
	exporter = exporter_new(
	    outputs, settings_destinations(settings), error, sizeof(error));
	if (exporter == NULL)
		log_error("%s", error);
	free(outputs);
	return exporter;
}
