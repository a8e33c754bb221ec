/* SPDX-License-Identifier: BSD-2-Clause */
/* Where elements go in an exchange: the table that mapping.c plans with. */
#ifndef EXFLOW_SRC_INPUT_PLACES_H
#define EXFLOW_SRC_INPUT_PLACES_H

#include "exflow/filter/attribute.h"

/* What a record says of times and flags before it is put together. */
struct gathered {
	uint64_t start[2], end[2]; /* of CLIENT, SERVER, or 0: ns */
	uint64_t whole[2];         /* start and end of both sides: ns */
	uint64_t uptime[2];        /* likewise, since the exporter started */
	uint64_t duration;         /* ns */
	uint64_t delta;            /* from the start to the server's: ns */
	uint64_t flags[2];         /* unions */
	uint64_t retransmitted[2];
	uint64_t initiated[2]; /* initiatorOctets, responderOctets */
	uint64_t initiated_packets[2];
	bool has_delta;
};

enum place_action {
	PLACE_ADDRESS,
	PLACE_MAC,
	PLACE_NUMBER_8, /* into the exchange */
	PLACE_NUMBER_16,
	PLACE_NUMBER_32,
	PLACE_NUMBER_64,
	PLACE_FIGURE_8, /* into its quality */
	PLACE_FIGURE_16,
	PLACE_FIGURE_32,
	PLACE_FIGURE_64,
	PLACE_FIGURE_TIME,
	PLACE_NAMES_8, /* into its names */
	PLACE_NAMES_16,
	PLACE_NAMES_32,
	PLACE_NAMES_TEXT, /* offset: enum names_text */
	PLACE_GATHER,     /* a number into struct gathered */
	PLACE_GATHER_MS,  /* milliseconds, into nanoseconds */
	PLACE_GATHER_US,
	PLACE_GATHER_TIME, /* of the field's type */
	PLACE_DELTA_MS,
	PLACE_DELTA_US
};

struct place {
	uint32_t pen; /* PEN_OWN: the project's own */
	uint16_t id;
	uint16_t part; /* enum exchange_part */
	uint8_t action;
	uint8_t side; /* of PLACE_ADDRESS and PLACE_MAC */
	uint16_t offset;
};

extern const struct place places[];
extern const size_t place_count;

#endif
