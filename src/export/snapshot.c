/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "snapshot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const double exporter_delay_bounds[EXPORT_DELAYS] = { 0.001, 0.01, 0.1, 0.5, 1,
	2, 5, 10 };

void
delays_add(struct exporter_delays *delays, uint64_t n, double seconds)
{
	delays->count += n;
	delays->seconds += (double)n * seconds;
	for (size_t i = 0; i < EXPORT_DELAYS; i++)
		if (seconds <= exporter_delay_bounds[i]) {
			delays->within[i] += n;
			break;
		}
}

void
exporter_status_clear(struct exporter_status *status)
{
	for (size_t i = 0; i < status->output_count; i++)
		free(status->outputs[i].name);
	free(status->outputs);
	*status = (struct exporter_status){ .outputs = NULL };
}

void
snapshot_init(struct snapshot *snapshot)
{
	pthread_mutex_init(&snapshot->lock, NULL);
	snapshot->status = (struct exporter_status){ .outputs = NULL };
}

void
snapshot_clear(struct snapshot *snapshot)
{
	exporter_status_clear(&snapshot->status);
	pthread_mutex_destroy(&snapshot->lock);
}

static void
copy_output(struct exporter_output *copy, const struct output *output)
{
	const struct destination *d = output->destination;

	copy->balance = d->options.balance;
	copy->since_start = !output->incomplete;
	copy->counts = d->counts;
	memcpy(copy->error, d->error, sizeof(copy->error));
}

static int
copy_new_output(struct exporter_status *status, const struct output *output)
{
	const struct destination *d = output->destination;
	struct exporter_output *copy = &status->outputs[status->output_count];

	copy->name = strdup(d->name);
	if (copy->name == NULL)
		return -1;
	status->output_count++;
	copy_output(copy, output);
	return 0;
}

/* Update the counts in place; false where the outputs have changed. */
static bool
refresh(struct exporter_status *status, const struct outputs *outputs)
{
	if (status->output_count != outputs->count)
		return false;
	for (size_t i = 0; i < outputs->count; i++)
		if (strcmp(status->outputs[i].name,
		        outputs->list[i].destination->name) != 0)
			return false;
	for (size_t i = 0; i < outputs->count; i++)
		copy_output(&status->outputs[i], &outputs->list[i]);
	return true;
}

static int
copy_outputs(struct exporter_status *fresh, const struct outputs *outputs)
{
	int result = 0;

	fresh->outputs = calloc(outputs->count + 1, sizeof(*fresh->outputs));
	if (fresh->outputs == NULL)
		return -1;
	for (size_t i = 0; i < outputs->count && result == 0; i++)
		result = copy_new_output(fresh, &outputs->list[i]);
	return result;
}

void
snapshot_set(struct snapshot *snapshot, const struct outputs *outputs,
    const struct exporter_delays *delays, uint64_t queue_lost)
{
	struct exporter_status fresh = { .outputs = NULL }, stale = fresh;
	bool done;

	pthread_mutex_lock(&snapshot->lock);
	done = refresh(&snapshot->status, outputs);
	if (!done && copy_outputs(&fresh, outputs) == 0) {
		stale = snapshot->status;
		snapshot->status = fresh;
		fresh = (struct exporter_status){ .outputs = NULL };
		done = true;
	}
	if (done) {
		snapshot->status.delays = *delays;
		snapshot->status.queue_lost = queue_lost;
	}
	pthread_mutex_unlock(&snapshot->lock);
	exporter_status_clear(&stale);
	exporter_status_clear(&fresh);
}

int
snapshot_get(struct snapshot *snapshot, struct exporter_status *status)
{
	const struct exporter_status *from = &snapshot->status;
	int result = 0;

	pthread_mutex_lock(&snapshot->lock);
	*status = *from;
	status->output_count = 0;
	status->outputs =
	    calloc(from->output_count + 1, sizeof(*status->outputs));
	if (status->outputs == NULL)
		result = -1;
	for (size_t i = 0; i < from->output_count && result == 0; i++) {
		status->outputs[i] = from->outputs[i];
		status->outputs[i].name = strdup(from->outputs[i].name);
		if (status->outputs[i].name == NULL)
			result = -1;
		else
			status->output_count++;
	}
	pthread_mutex_unlock(&snapshot->lock);
	if (result != 0)
		exporter_status_clear(status);
	return result;
}
