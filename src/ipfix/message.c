/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/message.h"

#include <endian.h>
#include <string.h>

#define EXPORT_TIME_OFFSET 4
#define SEQUENCE_OFFSET 8

void
message_stamp(uint8_t *octets, uint32_t sequence, uint32_t export_time)
{
	sequence = htobe32(sequence);
	export_time = htobe32(export_time);
	memcpy(octets + SEQUENCE_OFFSET, &sequence, sizeof(sequence));
	memcpy(octets + EXPORT_TIME_OFFSET, &export_time, sizeof(export_time));
}
