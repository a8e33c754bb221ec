/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/ipfix/information_model.h"

void
layout_name_field(struct reader_field *field, fbInfoModel_t *names,
    char name[READER_NAME_SIZE])
{
	const fbInfoElement_t *element =
	    model_find(names, field->pen, field->id);

	field->known = element != NULL;
	field->type = element != NULL ? element->type : READER_OCTETS;
	if (element != NULL) {
		field->name = element->ref.name;
		return;
	}
	snprintf(name, READER_NAME_SIZE, "%" PRIu32 "/%u", field->pen,
	    field->id & 0x7fffu);
	field->name = name;
}

void
layout_name(struct layout *layout, fbInfoModel_t *names)
{
	for (size_t i = 0; i < layout->count; i++) {
		struct layout_field *field = &layout->fields[i];
		struct reader_field named = { .pen = field->pen,
			.id = field->id };

		layout_name_field(&named, names, field->number);
		field->name = named.name;
		field->type = named.type;
		field->known = named.known;
	}
}

struct place {
	uint64_t element;
	size_t field;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->element != y->element)
		return x->element < y->element ? -1 : 1;
	return x->field < y->field ? -1 : 1;
}

/* Sorted, because a template may have the same element in 1,024 fields. */
static void
count_repetitions(struct layout *layout)
{
	struct place *places = g_new(struct place, layout->count);

	for (size_t i = 0; i < layout->count; i++)
		places[i] =
		    (struct place){ (uint64_t)layout->fields[i].pen << 16 |
			                layout->fields[i].id,
			    i };
	qsort(places, layout->count, sizeof(places[0]), compare_places);
	for (size_t i = 1; i < layout->count; i++)
		if (places[i].element == places[i - 1].element)
			layout->fields[places[i].field].repetition =
			    layout->fields[places[i - 1].field].repetition + 1;
	g_free(places);
}

struct layout *
layout_new(fbTemplate_t *template)
{
	uint32_t count = fbTemplateCountElements(template);
	struct layout *layout =
	    g_malloc0(sizeof(*layout) + count * sizeof(layout->fields[0]));

	layout->count = count;
	layout->fixed = true;
	layout->options = fbTemplateGetOptionsScope(template) > 0;
	for (uint32_t i = 0; i < count; i++) {
		const fbInfoElement_t *element =
		    fbTemplateGetIndexedIE(template, i);
		struct layout_field *field = &layout->fields[i];

		field->pen = element->ent;
		field->id = element->num;
		field->length = element->len;
		if (element->len == FB_IE_VARLEN) {
			layout->fixed = false;
			layout->octets_min += 1;
			layout->octets_own += sizeof(fbVarfield_t);
		} else {
			layout->octets_min += element->len;
			layout->octets_own += element->len;
		}
	}
	count_repetitions(layout);
	return layout;
}

void
layout_free(struct layout *layout)
{
	g_free(layout);
}

static void
name_from_layout(struct reader_field *field, const struct layout_field *from)
{
	field->name = from->name;
	field->pen = from->pen;
	field->id = from->id;
	field->type = from->type;
	field->known = from->known;
	field->variable = from->length == FB_IE_VARLEN;
	field->repetition = from->repetition;
}

/* libfixbuf does not align the fields. */
void
layout_spread(const struct layout *layout, const uint8_t *record,
    struct reader_field *fields)
{
	const uint8_t *at = record;

	for (size_t i = 0; i < layout->count; i++) {
		struct reader_field *field = &fields[i];
		fbVarfield_t variable;

		name_from_layout(field, &layout->fields[i]);
		if (layout->fields[i].length != FB_IE_VARLEN) {
			field->octets = at;
			field->length = layout->fields[i].length;
			at += field->length;
			continue;
		}
		memcpy(&variable, at, sizeof(variable));
		field->octets = variable.buf;
		field->length = variable.len;
		at += sizeof(variable);
	}
}

/*
 * The length of a field, and of the length that stands before it (0 for a field
 * of fixed length).  False if they are longer than the rest of the record.
 */
static bool
field_extent(const struct layout_field *field, const uint8_t *octets,
    size_t length, size_t *prefix, size_t *extent)
{
	*prefix = 0;
	*extent = field->length;
	if (field->length == FB_IE_VARLEN) {
		if (length < 1)
			return false;
		*prefix = 1;
		*extent = octets[0];
		if (octets[0] == 255) {
			if (length < 3)
				return false;
			*prefix = 3;
			*extent = (size_t)octets[1] << 8 | octets[2];
		}
	}
	return *extent <= length - *prefix;
}

size_t
layout_place(const struct layout *layout, const uint8_t *octets, size_t length,
    struct reader_field *fields)
{
	size_t at = 0;

	for (size_t i = 0; i < layout->count; i++) {
		size_t prefix, extent;

		if (!field_extent(&layout->fields[i], octets + at, length - at,
		        &prefix, &extent))
			return 0;
		fields[i].octets = octets + at + prefix;
		fields[i].length = extent;
		at += prefix + extent;
	}
	return at;
}

void
layout_fill(const struct layout *layout, struct reader_field *fields)
{
	for (size_t i = 0; i < layout->count; i++)
		name_from_layout(&fields[i], &layout->fields[i]);
}

size_t
layout_split(const struct layout *layout, const uint8_t *octets, size_t length,
    struct reader_field *fields)
{
	layout_fill(layout, fields);
	return layout_place(layout, octets, length, fields);
}

size_t
layout_extent(const struct layout *layout, const uint8_t *octets, size_t length)
{
	size_t at = 0;

	for (size_t i = 0; i < layout->count; i++) {
		size_t prefix, extent;

		if (!field_extent(&layout->fields[i], octets + at, length - at,
		        &prefix, &extent))
			return 0;
		at += prefix + extent;
	}
	return at;
}

char *
layout_key(const struct layout *layout)
{
	GString *key = g_string_new(layout->options ? "o" : "d");

	for (size_t i = 0; i < layout->count; i++)
		g_string_append_printf(key, " %" PRIu32 "/%u",
		    layout->fields[i].pen, layout->fields[i].id);
	return g_string_free(key, FALSE);
}
