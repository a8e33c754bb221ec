/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

uint32_t
model_pen(const struct field *field, uint32_t enterprise_number)
{
	return field->pen == PEN_OWN ? enterprise_number : field->pen;
}

static uint8_t
element_type(const struct field *field)
{
	switch (field->octets) {
	case 8:
		return FB_UINT_64;
	case 4:
		return FB_UINT_32;
	case 2:
		return FB_UINT_16;
	default:
		return FB_UINT_8;
	}
}

static uint32_t
element_units(const struct field *field)
{
	if (field->units == NULL)
		return 0;
	if (strcmp(field->units, "packets") == 0)
		return FB_UNITS_PACKETS;
	if (strcmp(field->units, "octets") == 0)
		return FB_UNITS_OCTETS;
	return strcmp(field->units, "milliseconds") == 0 ? FB_UNITS_MILLISECONDS
	                                                 : 0;
}

/*
 * Without FB_IE_F_REVERSIBLE: the table has the reverse elements too, each
 * with a description of its own, which libfixbuf would not give them; and
 * reverseFlowDeltaMilliseconds has no reverse.
 */
static void
model_add(fbInfoModel_t *model, const struct field *field, uint32_t pen)
{
	fbInfoElement_t element;

	memset(&element, 0, sizeof(element));
	element.ref.name = field->name;
	element.ent = pen;
	element.num = field->id;
	element.len = field->octets;
	element.type = element_type(field);
	element.flags = (uint32_t)field->semantics << 8 | element_units(field);
	if (field->octets > 1)
		element.flags |= FB_IE_F_ENDIAN;
	element.description = field->description;
	fbInfoModelAddElement(model, &element);
}

fbInfoModel_t *
model_new(uint32_t enterprise_number)
{
	fbInfoModel_t *model = fbInfoModelAlloc();

	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];
		uint32_t pen = model_pen(field, enterprise_number);

		if (fbInfoModelGetElementByID(model, field->id, pen) == NULL)
			model_add(model, field, pen);
	}
	return model;
}

void
model_free(fbInfoModel_t *model)
{
	if (model != NULL && memory_is_left(FREEING_OCTETS))
		fbInfoModelFree(model);
}

bool
memory_is_left(size_t octets)
{
	void *volatile some = malloc(octets);
	bool left = some != NULL;

	free(some);
	return left;
}
