/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "sides.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct gate_row) == 64, "a row is a cache line");

int
sides_init(struct gate *gate)
{
	const size_t octets = GATE_ROWS * sizeof(*gate->rows);

	gate->rows = aligned_alloc(sizeof(*gate->rows), octets);
	if (gate->rows == NULL)
		return -1;
	memset(gate->rows, 0, octets);
	return 0;
}

void
sides_clear(struct gate *gate)
{
	free(gate->rows);
	gate->rows = NULL;
}

static uint16_t
tag_of(const struct segment *segment)
{
	return (uint16_t)(segment->hash >> 32);
}

static uint8_t
open_bit(uint16_t tag)
{
	return (uint8_t)(1u << (tag & 7));
}

/* Only now bits go of those that have been forgotten since. */
static void
note_closed(struct gate *gate, size_t row)
{
	unsigned open = 0;

	for (size_t i = 0; i < ROW_SIDES; i++) {
		const struct gate_side *side = &gate->rows[row].side[i];

		if (side->marks & SIDE_OPEN)
			open |= open_bit(side->tag);
	}
	gate->open[row] = (uint8_t)open;
}

/* The newest stands first, so the oldest is the last. */
static struct gate_side *
move_ahead(struct gate_row *row, size_t at)
{
	struct gate_side side = row->side[at];

	memmove(row->side + 1, row->side, at * sizeof(side));
	row->side[0] = side;
	return row->side;
}

static struct gate_side *
find(struct gate_row *row, uint16_t tag)
{
	for (size_t i = 0; i < ROW_SIDES; i++)
		if (row->side[i].tag == tag && row->side[i].marks != 0)
			return &row->side[i];
	return NULL;
}

static struct gate_side *
put(struct gate *gate, const struct gate_put *new)
{
	struct gate_row *row = &gate->rows[new->row];
	struct gate_side *side = find(row, new->tag);

	if (side != NULL && new->unless)
		return side;
	if (side == NULL)
		side = move_ahead(row, ROW_SIDES - 1);
	*side = (struct gate_side){ .first = new->first,
		.tag = new->tag,
		.marks = new->marks | SIDE_IN_USE };
	if (new->marks & SIDE_OPEN)
		gate->open[new->row] |= open_bit(new->tag);
	return side;
}

/* What waits, in its order. */
static void
put_waiting(struct gate *gate)
{
	for (unsigned i = 0; i < gate->waiting; i++)
		put(gate, &gate->puts[i]);
	gate->waiting = 0;
}

struct gate_side *
sides_find(struct gate *gate, const struct segment *segment, unsigned sender)
{
	put_waiting(gate);
	return find(&gate->rows[gate_row_of(segment, sender)], tag_of(segment));
}

struct gate_side *
sides_put(struct gate *gate, const struct segment *segment, unsigned sender,
    uint32_t first, unsigned marks)
{
	const struct gate_put new = { .row = gate_row_of(segment, sender),
		.tag = tag_of(segment),
		.first = first,
		.marks = (uint8_t)marks };

	put_waiting(gate);
	return put(gate, &new);
}

void
sides_put_later(struct gate *gate, const struct segment *segment,
    unsigned sender, uint32_t first, bool unless)
{
	struct gate_put *new = &gate->puts[gate->waiting];

	*new = (struct gate_put){ .row = gate_row_of(segment, sender),
		.tag = tag_of(segment),
		.first = first,
		.marks = SIDE_KNOWN | SIDE_OPEN,
		.unless = unless };
	gate->open[new->row] |= open_bit(new->tag);
	__builtin_prefetch(&gate->rows[new->row], 1);
	if (++gate->waiting == GATE_WAITING)
		put_waiting(gate);
}

void
sides_close(
    struct gate *gate, const struct segment *segment, struct gate_side *side)
{
	side->marks &= ~(unsigned)SIDE_OPEN;
	note_closed(gate, gate_row_of(segment, segment->sender));
}
