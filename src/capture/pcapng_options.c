/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "pcapng_options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/escape.h"

#define END_OF_OPTIONS 0
#define NAME 2
#define RESOLUTION 9
#define RESOLUTION_BINARY 0x80
#define RESOLUTION_BINARY_MAX 63
#define RESOLUTION_DECIMAL_MAX 19
#define OFFSET 14
#define OFFSET_SIZE 8

#define FIRST_COUNT 4 /* isb_ifrecv; enum capture_count has the order */
#define COUNTER_SIZE 8

#define HEAD_SIZE 4

struct option {
	uint16_t code, length;
	const uint8_t *value;
};

/* 1 with the next option, 0 behind the last, -1 where it is cut short. */
static int
next_option(struct options *options, struct option *option)
{
	ptrdiff_t left = options->end - options->next, padded;

	if (left == 0)
		return 0;
	if (left < HEAD_SIZE)
		return options->whole ? -1 : 0;
	option->code = load16(options->next, options->swapped);
	option->length = load16(options->next + 2, options->swapped);
	option->value = options->next + HEAD_SIZE;
	padded = ((ptrdiff_t)option->length + 3) / 4 * 4;
	if (left - HEAD_SIZE < padded)
		return options->whole ? -1 : 0;
	options->next += HEAD_SIZE + padded;
	return 1;
}

static int
set_resolution(struct reading *reading, struct ticks *ticks, uint8_t value)
{
	unsigned exponent = value & (RESOLUTION_BINARY - 1);
	bool binary = (value & RESOLUTION_BINARY) != 0;

	if (exponent >
	    (binary ? RESOLUTION_BINARY_MAX : RESOLUTION_DECIMAL_MAX))
		return reading_damaged(reading,
		    "an interface counts time in units of %d^-%u seconds",
		    binary ? 2 : 10, exponent);
	ticks->binary = binary;
	ticks->shift = exponent;
	ticks->each = 1;
	while (!binary && exponent-- > 0)
		ticks->each *= 10;
	return 0;
}

/* Each of these must be given once at most, and have its length. */
static int
check_option(struct reading *reading, const struct option *option,
    uint16_t length, bool *seen)
{
	if (option->length != length)
		return reading_damaged(reading,
		    "an interface's option %u has %u octets; expected %u",
		    option->code, option->length, length);
	if (*seen)
		return reading_damaged(
		    reading, "an interface's option %u is twice", option->code);
	*seen = true;
	return 0;
}

/* A name will stand in logs: no terminal may take it for a command. */
static void
set_name(struct interface_options *found, const struct option *option)
{
	size_t length = option->length;

	if (length >= sizeof(found->name))
		length = sizeof(found->name) - 1;
	memcpy(found->name, option->value, length);
	found->name[length] = '\0';
	escape_replace(found->name);
}

struct seen {
	bool resolution, offset, end;
};

/* 1: more options may follow. */
static int
use_option(struct reading *reading, const struct option *option,
    struct seen *seen, struct interface_options *found)
{
	switch (option->code) {
	case END_OF_OPTIONS:
		return check_option(reading, option, 0, &seen->end);
	case NAME:
		set_name(found, option);
		return 1;
	case RESOLUTION:
		if (check_option(reading, option, 1, &seen->resolution) == -1 ||
		    set_resolution(reading, &found->ticks, option->value[0]) ==
		        -1)
			return -1;
		return 1;
	case OFFSET:
		if (check_option(reading, option, OFFSET_SIZE, &seen->offset) ==
		    -1)
			return -1;
		found->ticks.offset =
		    (int64_t)load64(option->value, reading->swapped);
		return 1;
	default:
		return 1;
	}
}

int
options_of_interface(struct reading *reading, struct options *options,
    struct interface_options *found)
{
	struct seen seen = { 0 };
	struct option option;
	int result;

	found->name[0] = '\0';
	found->ticks = TICKS_MICROSECONDS;
	while ((result = next_option(options, &option)) == 1)
		if ((result = use_option(reading, &option, &seen, found)) != 1)
			return result;
	if (result == -1)
		return reading_damaged(
		    reading, "an interface's options do not end in its block");
	return 0;
}

void
options_of_statistics(struct options *options, struct described *described)
{
	struct option option;

	while (next_option(options, &option) == 1 &&
	       option.code != END_OF_OPTIONS) {
		unsigned which = option.code - FIRST_COUNT;

		if (option.length == COUNTER_SIZE &&
		    option.code >= FIRST_COUNT && which < CAPTURE_COUNTS)
			described_count(described, which,
			    load64(option.value, options->swapped));
	}
}
