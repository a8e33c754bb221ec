/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/statistics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/log.h"

/* Point the report at the exporter's destinations; freed by the caller. */
static int
report_collect(const struct statistics *statistics, struct report *report,
    const struct destination ***outputs)
{
	size_t count = statistics->exporter == NULL
	                   ? 0
	                   : exporter_destinations(statistics->exporter);

	*outputs = calloc(count + 1, sizeof(**outputs));
	if (*outputs == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		(*outputs)[i] = exporter_destination(statistics->exporter, i);
	*report = (struct report){ .ledger = statistics->ledger,
		.outputs = *outputs,
		.output_count = count,
		.seconds = statistics->seconds };
	return 0;
}

bool
statistics_balanced(const struct statistics *statistics)
{
	const struct destination **outputs;
	struct report report;
	bool balanced;

	if (report_collect(statistics, &report, &outputs) != 0) {
		log_error("books could not be checked: out of memory");
		return false;
	}
	balanced = report_check(&report);
	free(outputs);
	return balanced;
}

void
statistics_print(const struct statistics *statistics, FILE *stream)
{
	const struct destination **outputs;
	struct report report;

	if (report_collect(statistics, &report, &outputs) != 0) {
		log_error("summary: out of memory");
		return;
	}
	report_print(&report, stream);
	free(outputs);
}

int
statistics_write_json(const struct statistics *statistics, const char *path)
{
	const struct destination **outputs;
	struct report report;
	int result;

	result = report_collect(statistics, &report, &outputs);
	if (result == 0)
		result = report_write_json(&report, path);
	if (result != 0)
		log_error("%s: statistics cannot be written: %s", path,
		    strerror(errno));
	free(outputs);
	return result;
}
