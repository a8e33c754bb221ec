/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/ipfix/message.h"

#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/wire.h"

void
message_stamp(uint8_t *octets, uint32_t sequence, uint32_t export_time)
{
	put32(octets + EXPORT_TIME_OFFSET, export_time);
	put32(octets + SEQUENCE_OFFSET, sequence);
}

uint32_t
message_drop_templates(uint8_t *octets, uint32_t length)
{
	uint8_t *first = octets + MESSAGE_HEADER_OCTETS;

	while (length > MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS &&
	       get16(first) < DATA_SET_MIN) {
		uint32_t set = get16(first + 2);

		if (set < SET_HEADER_OCTETS ||
		    set > length - MESSAGE_HEADER_OCTETS)
			break;
		length -= set;
		memmove(first, first + set, length - MESSAGE_HEADER_OCTETS);
	}
	put16(octets + LENGTH_OFFSET, (uint16_t)length);
	return length;
}
