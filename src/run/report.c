/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run reports: snapshots, the summary, the statistics file. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"

#include "run_internal.h"

static timestamp
wall(void)
{
	return timestamp_from(0, clock_ns(CLOCK_REALTIME));
}

void
run_start_now(struct run_start *start)
{
	start->time = wall();
	start->monotonic_ns = clock_ns(CLOCK_MONOTONIC);
}

static int
take_interfaces(struct status *status, const struct probe *probe)
{
	size_t count = probe_interfaces(probe);

	status->interfaces = calloc(count + 1, sizeof(*status->interfaces));
	if (status->interfaces == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		probe_interface(probe, i, &status->interfaces[i]);
	status->interface_count = count;
	return 0;
}

int
report_snapshot(struct status *status, const struct run_start *start,
    struct exporter *exporter, struct probe *probe)
{
	int64_t ns = clock_ns(CLOCK_MONOTONIC) - start->monotonic_ns;

	*status = (struct status){
		.time = wall(),
		.started = start->time,
		.seconds = (double)ns / 1e9,
	};
	if (exporter_status(exporter, &status->exporter) == 0 &&
	    (probe == NULL || take_interfaces(status, probe) == 0)) {
		if (probe == NULL)
			return 0;
		probe_ledger(probe, &status->ledger);
		status->quality = probe_totals(probe);
		probe_load(probe, &status->load);
		return 0;
	}
	log_error("statistics: %s", strerror(ENOMEM));
	status_clear(status);
	return -1;
}

int
report_end(
    const struct settings *settings, const struct status *status, bool quiet)
{
	int result = status_check(status) ? 0 : -1;

	if (!quiet)
		status_print(status, stderr);
	if (settings->stats_path != NULL &&
	    status_write_json(status, settings->stats_path) == -1) {
		log_error("%s: the statistics cannot be written: %s",
		    settings->stats_path, strerror(errno));
		result = -1;
	}
	return result;
}

void
report_log(const struct status *status)
{
	char *text = NULL, *rest, *line;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return;
	status_print(status, stream);
	fclose(stream);
	rest = text;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			log_note("%s", line);
	free(text);
}
