/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record becomes an exchange: its plan moves what is asked for, then times,
 * counts and flags are put together, as every exporter has its own.
 */
#include "mapping_internal.h"

#include <string.h>

#include "exflow/input/element.h"

/* --- foreign elements */

static bool
foreign_value(void *context, unsigned number, struct attribute_value *value)
{
	const struct mapping *mapping = context;
	const struct foreign *foreign = &mapping->foreign[number];
	unsigned at = mapping->plan->foreign[number];
	struct reader_field field;
	timestamp time;

	if (at == 0)
		return false;
	field = mapping->record->fields[at - 1];
	if (mapping->octets != NULL)
		field.octets =
		    mapping->octets +
		    (field.octets - mapping->record->fields[0].octets);
	value->octets = field.octets;
	value->length = field.length;
	if (foreign->kind == ATTRIBUTE_TIME) {
		if (!element_time(&field, &time))
			return false;
		value->number = time.ns;
		return true;
	}
	if (foreign->kind >= ATTRIBUTE_ADDRESS)
		return true;
	return element_unsigned(&field, &value->number);
}

static bool
kind_of(uint8_t type, struct attribute *attribute)
{
	switch (type) {
	case READER_UNSIGNED8:
	case READER_UNSIGNED16:
	case READER_UNSIGNED32:
	case READER_UNSIGNED64:
	case READER_BOOLEAN:
		attribute->kind = ATTRIBUTE_COUNT;
		return true;
	case READER_SECONDS:
	case READER_MILLISECONDS:
	case READER_MICROSECONDS:
	case READER_NANOSECONDS:
		attribute->kind = ATTRIBUTE_TIME;
		return true;
	case READER_IPV4:
	case READER_IPV6:
		attribute->kind = ATTRIBUTE_ADDRESS;
		return true;
	case READER_MAC:
		attribute->kind = ATTRIBUTE_MAC;
		return true;
	case READER_STRING:
		attribute->kind = ATTRIBUTE_TEXT;
		return true;
	default:
		return false;
	}
}

static bool
find_foreign(void *context, const char *name, struct attribute *attribute)
{
	struct mapping *mapping = context;
	struct foreign *foreign = &mapping->foreign[mapping->foreign_count];
	struct reader_field field = { .pen = 0 };

	if (mapping->foreign_count == MAPPING_FOREIGN_MAX ||
	    !reader_find_element(mapping->reader, name, &field) ||
	    !kind_of(field.type, attribute))
		return false;
	*foreign = (struct foreign){
		.pen = field.pen, .id = field.id, .kind = attribute->kind
	};
	attribute->foreign = (unsigned)mapping->foreign_count++;
	return true;
}

struct attribute_resolver
mapping_resolver(struct mapping *mapping)
{
	return (struct attribute_resolver){ find_foreign, mapping };
}

/* --- putting together */

/* Since the exporter started: an options record may have said when. */
static uint64_t
booted(const struct mapping *mapping)
{
	const uint64_t *ms = g_hash_table_lookup(
	    mapping->boots, GUINT_TO_POINTER(mapping->record->domain));

	return ms == NULL ? 0 : *ms * (uint64_t)NS_PER_MS;
}

static void
finish_times(struct mapping *mapping)
{
	struct gathered *g = &mapping->gathered;
	struct exchange_side *side = mapping->exchange.side;

	if (g->whole[0] == 0 && g->uptime[0] != 0) {
		uint64_t boot = booted(mapping);

		g->whole[0] = boot + g->uptime[0];
		g->whole[1] = boot + g->uptime[1];
	}
	if (g->whole[1] == 0 && g->whole[0] != 0)
		g->whole[1] = g->whole[0] + g->duration;
	if (g->start[CLIENT] == 0) {
		g->start[CLIENT] = g->whole[0];
		g->end[CLIENT] = g->whole[1];
	}
	if (g->end[CLIENT] == 0)
		g->end[CLIENT] = g->start[CLIENT] + g->duration;
	if (g->start[SERVER] == 0 && side[SERVER].packets > 0) {
		uint64_t start =
		    g->whole[0] != 0 ? g->whole[0] : g->start[CLIENT];

		g->start[SERVER] = start + g->delta;
		g->end[SERVER] =
		    g->whole[1] != 0 ? g->whole[1] : g->end[CLIENT];
	}
	for (int i = CLIENT; i <= SERVER; i++) {
		side[i].first.ns = g->start[i];
		side[i].last.ns = g->end[i];
	}
}

static void
finish_flags(struct mapping *mapping)
{
	for (int side = CLIENT; side <= SERVER; side++)
		for (int bit = 0; bit < TCP_FLAG_COUNT; bit++) {
			uint64_t set = mapping->gathered.flags[side] >> bit & 1;

			if (!mapping->plan->flag_counts)
				mapping->exchange.side[side].flag_packets[bit] =
				    set;
		}
}

/*
 * Payload where the record has octets, too, as IANA defines these two; else the
 * only octets that there are.
 */
static void
finish_counts(struct mapping *mapping)
{
	const struct gathered *g = &mapping->gathered;

	for (int i = CLIENT; i <= SERVER; i++) {
		struct exchange_side *side = &mapping->exchange.side[i];

		if (mapping->plan->counts)
			side->payload_octets = g->initiated[i];
		else
			side->ip_octets = g->initiated[i];
		if (!mapping->plan->packets)
			side->packets = g->initiated_packets[i];
	}
}

/* The class that no element has: what of the sum is in no other one. */
static void
finish_quality(struct mapping *mapping)
{
	for (int i = CLIENT; i <= SERVER; i++) {
		uint64_t *segments = mapping->figures.side[i].segments;
		uint64_t sum = segments[LOSS_SPURIOUS] + segments[LOSS_FAST] +
		               segments[LOSS_TIMEOUT];

		if (mapping->gathered.retransmitted[i] > sum)
			segments[LOSS_OTHER] =
			    mapping->gathered.retransmitted[i] - sum;
	}
	mapping->exchange.quality = &mapping->figures;
}

/* systemInitTimeMilliseconds, of an options record. */
static void
learn_boot(struct mapping *mapping, const struct reader_record *record)
{
	unsigned at = plan_field(mapping, record, 0, 160);
	uint64_t ms;

	if (at == 0 || !element_unsigned(&record->fields[at - 1], &ms))
		return;
	g_hash_table_insert(mapping->boots, GUINT_TO_POINTER(record->domain),
	    g_memdup2(&ms, sizeof(ms)));
}

static void
finish(struct mapping *mapping, const struct plan *plan)
{
	if (plan->initiated)
		finish_counts(mapping);
	if (mapping->parts & PART_TIMES)
		finish_times(mapping);
	if (mapping->parts & PART_FLAGS)
		finish_flags(mapping);
	if (plan->quality)
		finish_quality(mapping);
	if (plan->names)
		mapping->exchange.names = mapped_names_end(&mapping->names);
}

bool
mapping_take(struct mapping *mapping, const struct reader_record *record,
    const uint8_t *octets)
{
	const struct plan *plan;

	mapping->record = record;
	mapping->octets = octets;
	if (record->options) {
		learn_boot(mapping, record);
		return false;
	}
	plan = mapping->plan = plan_find(mapping, record);
	if (!plan->flow)
		return false;
	if (octets == NULL)
		moves_do(mapping, plan, record);
	else
		moves_do_at(mapping, plan, record, octets);
	finish(mapping, plan);
	return true;
}

const struct subject *
mapping_subject(const struct mapping *mapping)
{
	return &mapping->subject;
}

/* --- life */

struct mapping *
mapping_new(struct reader *reader, uint32_t own_pen)
{
	struct mapping *mapping = g_new0(struct mapping, 1);

	mapping->reader = reader;
	mapping->own_pen = own_pen;
	mapping->plans =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	mapping->boots = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	mapping->subject =
	    (struct subject){ &mapping->exchange, foreign_value, mapping };
	return mapping;
}

void
mapping_free(struct mapping **pointer)
{
	struct mapping *mapping = *pointer;

	*pointer = NULL;
	if (mapping == NULL)
		return;
	g_hash_table_destroy(mapping->plans);
	g_hash_table_destroy(mapping->boots);
	g_free(mapping);
}

void
mapping_use(struct mapping *mapping, unsigned parts)
{
	mapping->parts |= parts;
	plan_forget_all(mapping);
}
