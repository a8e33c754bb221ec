/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The batch of a worker: segments with their details and payloads, as far as
 * the meter wants them, on their way to it.
 */
#include <config.h>

#include "worker.h"

void
worker_batch(struct worker *worker)
{
	if (worker_with_details(worker))
		meter_set_details(worker->meter, worker->batch, worker->filled,
		    worker->details);
	if (worker->payloads.count > 0)
		meter_set_payloads(worker->meter, worker->batch,
		    worker->payloads.list, worker->payloads.count);
	meter_stamps_ahead(worker->meter,
	    worker->clock.wall_ahead + worker->packets.stamps_ahead);
	meter_segments(worker->meter, worker->batch, worker->filled);
	worker->filled = 0;
	payload_batch_empty(&worker->payloads);
}

static void
end_names(struct worker *worker)
{
	gate_free(&worker->gate);
	payload_batch_clear(&worker->payloads);
	if (worker->packets.reorder != NULL)
		(void)reorder_want_payloads(worker->packets.reorder, false);
}

/* A gate of its own for each worker; what it hears of is shared. */
static int
begin_names(struct worker *worker, const struct meter_options *meter)
{
	struct reorder *reorder = worker->packets.reorder;

	worker->gate = gate_new(meter, worker->probe->hunter);
	if (worker->gate != NULL &&
	    payload_batch_init(&worker->payloads, METER_BATCH) == 0 &&
	    (reorder == NULL || reorder_want_payloads(reorder, true) == 0)) {
		gate_set_shared(
		    worker->gate, worker->probe->options.workers > 1);
		return 0;
	}
	end_names(worker);
	return -1;
}

int
worker_want(struct worker *worker, const struct meter_options *meter)
{
	bool names = names_wanted(&meter->names);
	int result = 0;

	if (worker->packets.reorder != NULL)
		reorder_flush(worker->packets.reorder);
	if (worker->meter != NULL)
		worker_batch(worker);
	worker->with_quality = meter->quality;
	end_names(worker);
	if (names)
		result = begin_names(worker, meter);
	for (size_t i = 0; i < worker->probe->options.interface_count; i++)
		decoder_want(worker->decoders[i],
		    meter->quality ? &worker->detail : NULL, names);
	return result;
}
