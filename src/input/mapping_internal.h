/* SPDX-License-Identifier: BSD-2-Clause */
/* What mapping.c, mapping_plan.c and mapping_moves.c share. */
#ifndef EXFLOW_SRC_INPUT_MAPPING_INTERNAL_H
#define EXFLOW_SRC_INPUT_MAPPING_INTERNAL_H

#include <glib.h>

#include "exflow/input/mapping.h"

#include "mapped_names.h"
#include "places.h"

#define RECENT 16 /* plans that are found without a search */

/*
 * Most moves are of whole numbers to a place of the same width, which is known
 * from the lengths of a template's fields.
 */
enum move_kind {
	MOVE_8,
	MOVE_16,
	MOVE_32,
	MOVE_64,
	MOVE_ADDRESS_4,
	MOVE_OTHER /* by its action */
};

struct move {
	uint8_t kind;
	bool variable;
	uint16_t length; /* of the field; where it is not variable */
	uint32_t field;
	uint32_t at; /* of the field in a record of fixed lengths, or 0 */
	uint32_t to; /* in struct mapping, of all but MOVE_OTHER */
	const struct place *place;
};

struct plan {
	bool flow;   /* it has addresses */
	bool gather; /* what it has gathered is changed, and made anew */
	bool unsure; /* some may not be done: of fields of variable lengths */
	bool quality, names, counts, packets, initiated, flag_counts;
	unsigned foreign[MAPPING_FOREIGN_MAX]; /* field + 1; 0: none */
	size_t count;
	struct move moves[];
};

struct foreign {
	uint32_t pen;
	uint16_t id;
	enum attribute_kind kind;
	uint64_t unit;
};

struct mapping {
	struct reader *reader;
	uint32_t own_pen;
	unsigned parts;
	struct foreign foreign[MAPPING_FOREIGN_MAX];
	size_t foreign_count;
	GHashTable *plans; /* layout → struct plan */
	GHashTable *boots; /* domain → systemInitTimeMilliseconds */
	struct {
		uint64_t serial; /* of a template; 0: none */
		const struct plan *plan;
	} recent[RECENT];
	const struct plan *plan;
	const struct plan *filled; /* by which the exchange was filled in */
	const struct reader_record *record;
	const uint8_t *octets; /* of another record of its run, or NULL */
	struct gathered gathered;
	struct exchange exchange;
	struct exchange_quality figures;
	struct mapped_names names;
	struct subject subject;
};

/* The plan for records of that template, a new one if need be. */
const struct plan *plan_find(
    struct mapping *mapping, const struct reader_record *record);
/* Other parts are asked for: all plans are made anew. */
void plan_forget_all(struct mapping *mapping);
/* The first field of an element; its number + 1; 0: none. */
unsigned plan_field(const struct mapping *mapping,
    const struct reader_record *record, uint32_t pen, uint16_t id);

/* Move the values of the record to where its plan says. */
void moves_do(struct mapping *mapping, const struct plan *plan,
    const struct reader_record *record);
/* The same of another record of its run, from its octets. */
void moves_do_at(struct mapping *mapping, const struct plan *plan,
    const struct reader_record *record, const uint8_t *octets);

#endif
