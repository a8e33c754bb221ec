/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another configuration while the probe runs.  It is read beside the one in
 * force, which stays if the other is not valid.
 */
#include <config.h>

#include "live.h"

#include "exflow/log.h"

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
static void
adopt(struct service *service, struct settings *wanted)
{
	struct settings before = *service->settings;

	probe_reconfigure(service->probe, &wanted->meter);
	*service->settings = *wanted;
	settings_free(&before);
}

void
live_reload(struct service *service)
{
	struct settings wanted;

	notify_reloading(&service->process.notify);
	exporter_rotate(service->exporter);
	if (settings_load(&wanted, service->argc, service->argv) !=
	    SETTINGS_RUN) {
		service->reloads_failed++;
		log_error("reload: the configuration stays as it was");
		live_say_ready(service);
		return;
	}
	name_fixed(service->settings, &wanted);
	adopt(service, &wanted);
	service->reloads++;
	log_info("reload: the configuration is in force");
	live_say_ready(service);
}
