/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/ipfix/message.h"

#include <endian.h>
#include <string.h>

#define LENGTH_OFFSET 2
#define EXPORT_TIME_OFFSET 4
#define SEQUENCE_OFFSET 8
#define SET_HEADER_OCTETS 4
#define FIRST_DATA_SET 256

void
message_stamp(uint8_t *octets, uint32_t sequence, uint32_t export_time)
{
	sequence = htobe32(sequence);
	export_time = htobe32(export_time);
	memcpy(octets + SEQUENCE_OFFSET, &sequence, sizeof(sequence));
	memcpy(octets + EXPORT_TIME_OFFSET, &export_time, sizeof(export_time));
}

static uint32_t
read16(const uint8_t *octets)
{
	uint16_t number;

	memcpy(&number, octets, sizeof(number));
	return be16toh(number);
}

uint32_t
message_drop_templates(uint8_t *octets, uint32_t length)
{
	uint8_t *first = octets + MESSAGE_HEADER_OCTETS;
	uint32_t set;
	uint16_t left;

	while (length > MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS &&
	       read16(first) < FIRST_DATA_SET) {
		set = read16(first + 2);
		if (set < SET_HEADER_OCTETS ||
		    set > length - MESSAGE_HEADER_OCTETS)
			break;
		length -= set;
		memmove(first, first + set, length - MESSAGE_HEADER_OCTETS);
	}
	left = htobe16((uint16_t)length);
	memcpy(octets + LENGTH_OFFSET, &left, sizeof(left));
	return length;
}
