/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another configuration while the probe runs.  It is read beside the one in
 * force, which stays if the other is not valid.
 */
#include <config.h>

#include "probe_run.h"

#include <stdlib.h>

#include "exflow/base/log.h"

/* What cannot change now is named. */
static void
name_fixed(const struct settings *running, const struct settings *wanted)
{
	const char *name;
	size_t i = 0;

	while ((name = settings_fixed_change(running, wanted, &i)) != NULL)
		log_warning(
		    "reload: %s is another one, which needs a restart", name);
}

/*
 * The settings in force are those that were read, with what cannot change as
 * it was: nobody looks at that again.
 */
static int
adopt(struct service *service, struct settings *wanted)
{
	struct settings before = *service->settings;
	struct destination **outputs;
	char error[DESTINATION_ERROR_SIZE];
	int result;

	wanted->destination.terminal_width = before.destination.terminal_width;
	outputs = outputs_make(wanted);
	if (outputs == NULL)
		return -1;
	result = exporter_replace(service->exporter, outputs,
	    settings_destinations(wanted), error, sizeof(error));
	free(outputs);
	if (result == -1) {
		log_error("%s", error);
		return -1;
	}
	pthread_mutex_lock(&service->asking);
	probe_reconfigure(service->probe, &wanted->meter);
	pthread_mutex_unlock(&service->asking);
	*service->settings = *wanted;
	settings_free(&before);
	return 0;
}

static int
reload(struct service *service)
{
	struct settings wanted;

	if (settings_load(&wanted, service->argc, service->argv) !=
	    SETTINGS_RUN)
		return -1;
	name_fixed(service->settings, &wanted);
	if (adopt(service, &wanted) == 0)
		return 0;
	settings_free(&wanted);
	return -1;
}

int
live_reload(struct service *service)
{
	int result;

	notify_reloading(&service->process.notify);
	exporter_rotate(service->exporter);
	result = reload(service);
	if (result == 0)
		log_info("reload: the configuration is in force");
	else
		log_error("reload: the configuration stays as it was");
	live_say_ready(service);
	pthread_mutex_lock(&service->lock);
	service->reloads += result == 0;
	service->reloads_failed += result != 0;
	service->reload_pending = false;
	pthread_cond_broadcast(&service->reloaded);
	pthread_mutex_unlock(&service->lock);
	return result;
}
