/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a spool finds in its folder at the start: up to three files, the first
 * two behind two octets of length each.  The first octet says how many of the
 * messages the collector takes before the program ends and starts anew.
 * Every record that was there is taken, lost and counted, or still there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/spool/spool.h"

#include "scratch.h"

#define FILES 3
#define OCTETS_BOUND ((uint64_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spool *
opened(struct preamble *preamble)
{
	struct spool_options options = {
		.directory = scratch_folder(),
		.name = "s",
		.octets = OCTETS_BOUND,
	};
	char error[DESTINATION_ERROR_SIZE] = "";
	struct spool *spool = spool_new(&options, error);

	if (spool == NULL)
		scratch_fail(__FILE__, __LINE__, error);
	spool_set_preamble(spool, preamble);
	scratch_expect(spool_records(spool) + spool_damaged(spool) ==
	               spool_recovered(spool));
	return spool;
}

/* At most so many messages; how many records are gone from the spool. */
static uint64_t
take(struct spool *spool, unsigned messages)
{
	uint64_t gone = 0;

	while (messages-- > 0 && spool_unread(spool)) {
		uint64_t lost = 0;
		struct queued_message *message = spool_take(spool, &lost);

		gone += lost;
		scratch_expect(lost == 0); /* damage was found at the start */
		if (message == NULL)
			continue;
		scratch_expect(message->length >= MESSAGE_HEADER_OCTETS);
		gone += message->records;
		spool_acknowledge(spool, message);
		spool_release(spool, message);
		free(message);
	}
	return gone;
}

/* Its own messages go in beside those that were there. */
static void
put(struct spool *spool)
{
	static const uint8_t octets[24] = { 0, 10, 0, 24, [15] = 1, 1, 2, 0,
		8 };
	struct queued_message *message =
	    queued_message_new(octets, sizeof(octets), 1);

	scratch_expect(message != NULL);
	scratch_expect(spool_put(spool, message) == 0);
	free(message);
}

static void
write_files(const uint8_t *data, size_t size)
{
	for (int i = 1; i <= FILES; i++) {
		size_t length = size;
		char name[64];

		if (i < FILES && size >= 2) {
			length = (size_t)data[0] << 8 | data[1];
			data += 2;
			size -= 2;
		}
		length = length > size ? size : length;
		snprintf(name, sizeof(name), "s/%012d.ipfix", i);
		if (length > 0)
			scratch_write(name, data, length);
		data += length;
		size -= length;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t octets[] = { 0, 10, 0, 28, [15] = 1, 0, 2, 0, 12,
		1, 2, 0, 1, 0, 1, 0, 4 };
	const struct message template = { .octets = octets,
		.length = sizeof(octets),
		.kind = MESSAGE_TEMPLATES };
	struct preamble *preamble;
	struct spool *spool;
	uint64_t there;

	if (size == 0)
		return 0;
	log_init("fuzz_spool", LOG_LEVEL_ERROR);
	preamble = preamble_new(&template, 1, NULL, 0);
	scratch_expect(preamble != NULL);
	spool = opened(preamble); /* makes the folder */
	spool_free(&spool);
	write_files(data + 1, size - 1);
	spool = opened(preamble);
	there = spool_records(spool) - take(spool, data[0] % 8);
	scratch_expect(spool_records(spool) == there);
	if (data[0] & 8) {
		put(spool);
		there++;
	}
	spool_free(&spool);
	spool = opened(preamble);
	scratch_expect(spool_recovered(spool) == there);
	scratch_expect(take(spool, UINT32_MAX) == there);
	scratch_expect(spool_records(spool) == 0);
	spool_free(&spool);
	preamble_free(&preamble);
	return 0;
}
