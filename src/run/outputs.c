/* SPDX-License-Identifier: BSD-2-Clause */
/* The outputs of the settings, and an exporter with them. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/run/run.h"

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

/*
 * What no system could open; what the system refuses, start refuses, too.  0,
 * or -1 with a message.
 */
static int
check_settings(struct destination **outputs, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		struct destination *output = outputs[i];

		if (output->ops->check == NULL ||
		    output->ops->check(output) == 0)
			continue;
		if (errno == 0) {
			log_error("output %s: %s", output->name, output->error);
			result = -1;
		}
		output->error[0] = '\0';
	}
	return result;
}

int
outputs_open(const struct settings *settings,
    const struct interface_names *names, struct exporter **exporter)
{
	struct destination **outputs = outputs_make(settings, names);
	size_t count = settings_destinations(settings);
	char error[DESTINATION_ERROR_SIZE];

	*exporter = NULL;
	if (outputs == NULL)
		return EXIT_FAILED;
	outputs_warn_of_keys(settings, NULL);
	if (check_settings(outputs, count) != 0) {
		for (size_t i = 0; i < count; i++)
			destination_free(&outputs[i]);
		free(outputs);
		return EXIT_USAGE;
	}
	*exporter = exporter_new(outputs, count, error, sizeof(error));
	if (*exporter == NULL)
		log_error("%s", error);
	free(outputs);
	if (*exporter == NULL)
		return EXIT_FAILED;
	if (exporter_quality(*exporter, settings->meter.quality) == 0 &&
	    exporter_names(*exporter, names_wanted(&settings->meter.names)) ==
	        0)
		return EXIT_OK;
	log_error("no memory for the figures of quality, or for names");
	exporter_free(exporter);
	return EXIT_FAILED;
}

/* --- keys that others can read */

/* The i-th tls_key of the settings; NULL: not set. */
static const char *
key_at(const struct settings *settings, size_t i)
{
	return i == 0 ? settings->destination.tls_key
	              : settings->collectors[i - 1].options.tls_key;
}

/* Whether a key is among the first so many. */
static bool
has_key(const struct settings *settings, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (key_at(settings, i) != NULL &&
		    strcmp(key_at(settings, i), key) == 0)
			return true;
	return false;
}

/* That the group can read it is how we can, where another owns the file. */
static void
warn_of_key(const char *key)
{
	struct stat status;
	mode_t wrong = 077;

	if (stat(key, &status) != 0)
		return; /* the output says why */
	if (status.st_uid != geteuid())
		wrong &= ~(mode_t)S_IRGRP;
	if ((status.st_mode & wrong) != 0)
		log_warning("tls_key %s: others than its owner can use it "
		            "(mode %04o), expected mode 0600",
		    key, (unsigned)status.st_mode & 07777);
}

void
outputs_warn_of_keys(
    const struct settings *settings, const struct settings *before)
{
	for (size_t i = 0; i <= settings->collector_count; i++) {
		const char *key = key_at(settings, i);

		if (key == NULL || has_key(settings, i, key) ||
		    (before != NULL &&
		        has_key(before, before->collector_count + 1, key)))
			continue;
		warn_of_key(key);
	}
}
