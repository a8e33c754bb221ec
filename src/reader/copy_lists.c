/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	subTemplateList       semantic, id, records
 *	subTemplateMultiList  semantic, { id, length, records } …
 *
 * Records may have lists, to a depth of READER_LIST_DEPTH.
 */
#include "copy_lists.h"

#include "exflow/base/octets.h"

#define ID_OCTETS 2
#define ENTRY_OCTETS 4 /* id and length */

static void rewrite(const struct copy_lists *lists, enum reader_type type,
    uint8_t *octets, size_t length, unsigned depth);

/* Records of a template, whose id is at that place. */
static void
rewrite_records(const struct copy_lists *lists, uint8_t *id_at, uint8_t *octets,
    size_t length, unsigned depth)
{
	struct reader_field *fields =
	    g_new(struct reader_field, READER_FIELDS_MAX);
	uint16_t id = (uint16_t)get16(id_at), new_id = 0;

	while (length > 0) {
		size_t count = READER_FIELDS_MAX;
		size_t used = reader_split(
		    lists->reader, id, octets, length, fields, &count);

		if (used == 0)
			break;
		for (size_t i = 0; i < count; i++)
			if (copy_is_list(&fields[i]))
				rewrite(lists, fields[i].type,
				    octets + (fields[i].octets - octets),
				    fields[i].length, depth + 1);
		if (new_id == 0)
			new_id = copy_templates_id(lists->templates, fields,
			    count, false, lists->announce);
		octets += used;
		length -= used;
	}
	if (new_id != 0)
		put16(id_at, new_id);
	g_free(fields);
}

static void
rewrite(const struct copy_lists *lists, enum reader_type type, uint8_t *octets,
    size_t length, unsigned depth)
{
	uint8_t *at = octets + 1, *end = octets + length;

	if (depth >= READER_LIST_DEPTH || length < 1 + ID_OCTETS)
		return;
	if (type == READER_TEMPLATE_LIST) {
		rewrite_records(lists, at, at + ID_OCTETS,
		    (size_t)(end - at) - ID_OCTETS, depth);
		return;
	}
	while (end - at >= ENTRY_OCTETS) {
		size_t entry = get16(at + ID_OCTETS);

		if (entry < ENTRY_OCTETS || entry > (size_t)(end - at))
			return;
		rewrite_records(
		    lists, at, at + ENTRY_OCTETS, entry - ENTRY_OCTETS, depth);
		at += entry;
	}
}

void
copy_list(const struct copy_lists *lists, enum reader_type type,
    uint8_t *octets, size_t length)
{
	rewrite(lists, type, octets, length, 0);
}
