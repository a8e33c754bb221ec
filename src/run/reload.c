/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reload: the configuration is read into settings beside those in force,
 * outputs are made of them, and the exporter replaces its outputs.  Until then
 * each step may fail, and everything stays as it was.  Then the workers get
 * their new options, which cannot fail, and the settings change places.
 */
#include <config.h>

#include "reload.h"

#include <stdlib.h>

#include "exflow/base/log.h"
#include "exflow/config/load.h"

/* Warn of settings that differ but cannot change while the program runs. */
static void
warn_fixed(const struct settings *running, const struct settings *wanted)
{
	const char *name;
	size_t i = 0;

	while ((name = settings_fixed_change(running, wanted, &i)) != NULL)
		log_warning(
		    "reload: %s has changed, which needs a restart", name);
}

/*
 * Decoding and templates remain as `meter` had or had not `other` at the start:
 * without it later, exchanges that still live come to the new outputs.  So it
 * is with `mac`, of which a message says that it needs a restart.
 */
static void
keep_records(struct settings *wanted, const struct settings *running)
{
	bool other = running->destination.record.other;
	bool mac = running->destination.record.mac;

	if (wanted->destination.record.other && !other)
		log_warning(
		    "reload: meter now has other, which needs a restart");
	wanted->destination.record.other = other;
	wanted->destination.record.mac = mac;
	for (size_t i = 0; i < wanted->collector_count; i++) {
		wanted->collectors[i].options.record.other = other;
		wanted->collectors[i].options.record.mac = mac;
	}
}

/*
 * Put the wanted settings into force.  Those that cannot change are among
 * them, with their new values: nobody reads these again.
 */
static int
put_into_force(struct probe_run *run, struct settings *wanted)
{
	struct settings before = *run->settings;
	struct destination **outputs;
	char error[DESTINATION_ERROR_SIZE];
	int result;

	wanted->destination.terminal_width = before.destination.terminal_width;
	wanted->destination.local_time = before.destination.local_time;
	keep_records(wanted, &before);
	outputs = outputs_make(wanted, run->names);
	if (outputs == NULL)
		return -1;
	outputs_warn_of_keys(wanted, &before);
	result = exporter_replace(run->exporter, outputs,
	    settings_destinations(wanted), error, sizeof(error));
	free(outputs);
	if (result == -1) {
		log_error("%s", error);
		return -1;
	}
	if (exporter_quality(run->exporter, wanted->meter.quality) != 0)
		log_warning("reload: no memory for the figures of quality: "
		            "some exchanges come without");
	if (exporter_names(run->exporter, names_wanted(&wanted->meter.names)) !=
	    0)
		log_warning("reload: no memory for names: some exchanges come "
		            "without");
	probe_reconfigure(run->probe, &wanted->meter);
	*run->settings = *wanted;
	settings_free(&before);
	return 0;
}

/* -1: a message was logged. */
static int
load_and_replace(struct probe_run *run)
{
	struct settings wanted;

	if (settings_load(&wanted, run->argc, run->argv) != SETTINGS_RUN)
		return -1;
	warn_fixed(run->settings, &wanted);
	if (put_into_force(run, &wanted) == 0)
		return 0;
	settings_free(&wanted);
	return -1;
}

int
reload(struct probe_run *run, char error[CONTROL_ERROR_SIZE])
{
	int result;

	log_keep_error(error, CONTROL_ERROR_SIZE);
	result = load_and_replace(run);
	log_keep_error(NULL, 0);
	return result;
}

void
reload_done(struct probe_run *run, int result, const char *error)
{
	pthread_mutex_lock(&run->lock);
	snprintf(run->reload_error, sizeof(run->reload_error), "%s",
	    result != 0 ? error : "");
	run->reloads += result == 0;
	run->reloads_failed += result != 0;
	run->reload_pending = false;
	pthread_cond_broadcast(&run->reloaded);
	pthread_mutex_unlock(&run->lock);
}
