/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/message.h"

#include <arpa/inet.h>
#include <string.h>

void
message_stamp(uint8_t *octets, uint32_t sequence, uint32_t export_time)
{
	uint32_t fields[2] = { htonl(export_time), htonl(sequence) };

	memcpy(octets + 4, fields, sizeof(fields));
}
