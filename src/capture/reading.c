/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "reading.h"

#include <inttypes.h>
#include <pcap/dlt.h>
#include <stdarg.h>
#include <stdio.h>

/* NFLOG: type and length of each attribute are in the writer's order. */
#define NFLOG_HEADER_SIZE 4
#define NFLOG_ATTRIBUTE_SIZE 4

int
reading_damaged(struct reading *reading, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->reason, sizeof(reading->reason), format, arguments);
	va_end(arguments);
	return -1;
}

int
reading_cut(struct reading *reading, uint64_t wanted, uint64_t there)
{
	return reading_damaged(reading,
	    "the file is cut: %" PRIu64 " octets follow, expected %" PRIu64,
	    there, wanted);
}

static void
swap16(uint8_t *at)
{
	uint8_t first = at[0];

	at[0] = at[1];
	at[1] = first;
}

static void
swap_nflog(uint8_t *at, uint32_t captured, uint32_t on_wire)
{
	uint32_t whole = captured < on_wire ? captured : on_wire, length;

	if (whole < NFLOG_HEADER_SIZE || at[1] != 0) /* the version */
		return;
	at += NFLOG_HEADER_SIZE;
	captured -= NFLOG_HEADER_SIZE;
	whole -= NFLOG_HEADER_SIZE;
	while (captured >= NFLOG_ATTRIBUTE_SIZE) {
		swap16(at);
		swap16(at + 2);
		length = ((uint32_t)load16(at, false) + 3) / 4 * 4;
		if (length < NFLOG_ATTRIBUTE_SIZE || whole < length)
			return;
		at += length;
		captured -= length;
		whole -= length;
	}
}

void
reading_to_host_order(
    struct reading *reading, const struct capture_packet *packet)
{
	/* The frame lies in the window, which is ours to write. */
	uint8_t *frame =
	    reading->window.memory + (packet->frame - reading->window.memory);

	if (packet->datalink == DLT_NFLOG)
		swap_nflog(frame, packet->captured, packet->wire_length);
}
