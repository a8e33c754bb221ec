/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/gate/payload_batch.h"

#include <stdlib.h>
#include <string.h>

int
payload_batch_init(struct payload_batch *batch, size_t segments)
{
	*batch = (struct payload_batch){ 0 };
	batch->list = calloc(segments, sizeof(*batch->list));
	batch->arena = malloc(PAYLOAD_ARENA);
	if (batch->list != NULL && batch->arena != NULL)
		return 0;
	payload_batch_clear(batch);
	return -1;
}

void
payload_batch_clear(struct payload_batch *batch)
{
	free(batch->list);
	free(batch->arena);
	*batch = (struct payload_batch){ 0 };
}

static const void *
copy(struct payload_batch *batch, const void *octets, size_t n)
{
	uint8_t *to = batch->arena + batch->used;

	if (n > 0)
		memcpy(to, octets, n);
	batch->used += (uint32_t)n;
	return to;
}

void
payload_batch_add(struct payload_batch *batch, uint32_t segment,
    const struct segment_payload *payload)
{
	struct segment_payload *to = &batch->list[batch->count++];

	*to = *payload;
	to->segment = segment;
	batch->left += payload->hunt != 0;
	to->octets = copy(batch, payload->octets, payload->captured);
	to->hunted = copy(batch, payload->hunted, payload->hunted_octets);
}
