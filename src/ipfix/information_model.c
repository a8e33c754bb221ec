/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model of libfixbuf, with what its own lacks: the elements of the table
 * of fields.
 */
#include "exflow/ipfix/information_model.h"

#include <stdlib.h>

#include "exflow/record/record.h"

/*
 * Without FB_IE_F_REVERSIBLE: the table has the reverse elements, too, each
 * with a description of its own, which libfixbuf would not give them; and
 * reverseFlowDeltaMilliseconds has no reverse.
 */
static void
add_field(fbInfoModel_t *model, const struct field *field, uint32_t pen)
{
	fbInfoElement_t element = { .ref.name = field->name,
		.ent = pen,
		.num = field->id,
		.len = field->text != NULL ? FB_IE_VARLEN : field->octets,
		.type = field->type,
		.flags = (uint32_t)field->semantics << 8 |
		         (uint32_t)field->units << 16,
		.description = field->description };

	/* Counts are octets that we put in network order. */
	if (field->octets > 1 && field->type != FIELD_COUNTS)
		element.flags |= FB_IE_F_ENDIAN;
	fbInfoModelAddElement(model, &element);
}

fbInfoModel_t *
model_new(uint32_t enterprise_number)
{
	fbInfoModel_t *model = fbInfoModelAlloc();

	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (field->pen == PEN_OWN)
			add_field(model, field, enterprise_number);
		else if (model_find(model, field->pen, field->id) == NULL)
			add_field(model, field, field->pen);
	}
	return model;
}

const fbInfoElement_t *
model_find(fbInfoModel_t *model, uint32_t pen, uint16_t id)
{
	return fbInfoModelGetElementByID(model, id, pen);
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
