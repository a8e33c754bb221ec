/* SPDX-License-Identifier: BSD-2-Clause */
#include "elements.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "exflow/record/record.h"

/* Information elements of RFC 5610. */
enum {
	IE_ID = 303,
	IE_DATA_TYPE = 339,
	IE_NAME = 341,
	IE_PEN = 346
};

#define NAME_MAX_OCTETS 200
#define CERT_REVERSE_DELTA 21 /* in PEN_CERT; not in libfixbuf's model */

static void
add_element(fbInfoModel_t *model, const char *name, uint32_t pen, uint16_t id,
    uint8_t type)
{
	fbInfoElement_t element = { .ref.name = name,
		.ent = pen,
		.num = id,
		.len = FB_IE_VARLEN,
		.type = type };

	fbInfoModelAddElement(model, &element);
}

static uint8_t
unsigned_type(uint8_t octets)
{
	switch (octets) {
	case 1:
		return READER_UNSIGNED8;
	case 2:
		return READER_UNSIGNED16;
	case 4:
		return READER_UNSIGNED32;
	default:
		return READER_UNSIGNED64;
	}
}

fbInfoModel_t *
elements_new(uint32_t own_pen)
{
	fbInfoModel_t *names = fbInfoModelAlloc();

	add_element(names, "reverseFlowDeltaMilliseconds", PEN_CERT,
	    CERT_REVERSE_DELTA, READER_UNSIGNED32);
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (field->pen == PEN_OWN)
			add_element(names, field->name, own_pen, field->id,
			    unsigned_type(field->octets));
	}
	return names;
}

fbInfoModel_t *
elements_raw_new(void)
{
	fbInfoModel_t *raw = fbInfoModelAlloc();
	GPtrArray *all = g_ptr_array_new();
	fbInfoModelIter_t iterator;
	const fbInfoElement_t *element;

	/* Not changed while it is walked. */
	fbInfoModelIterInit(&iterator, raw);
	while ((element = fbInfoModelIterNext(&iterator)) != NULL)
		g_ptr_array_add(all, (gpointer)element);
	for (guint i = 0; i < all->len; i++) {
		element = g_ptr_array_index(all, i);
		add_element(raw, element->ref.name, element->ent, element->num,
		    READER_OCTETS);
	}
	g_ptr_array_free(all, TRUE);
	return raw;
}

int
elements_add_xml(
    fbInfoModel_t *names, const char *path, char *error, size_t error_size)
{
	GError *reason = NULL;

	if (fbInfoModelReadXMLFile(names, path, &reason))
		return 0;
	snprintf(error, error_size, "%s: element definitions were expected: %s",
	    path, reason == NULL ? "cannot be read" : reason->message);
	g_clear_error(&reason);
	return -1;
}

const fbInfoElement_t *
elements_find(fbInfoModel_t *names, uint32_t pen, uint16_t id)
{
	return fbInfoModelGetElementByID(names, id, pen);
}

static const struct reader_field *
find_field(const struct reader_field *fields, size_t count, uint16_t id)
{
	for (size_t i = 0; i < count; i++)
		if (fields[i].pen == 0 && fields[i].id == id)
			return &fields[i];
	return NULL;
}

bool
elements_is_type_record(const struct reader_field *fields, size_t count)
{
	return find_field(fields, count, IE_ID) != NULL &&
	       find_field(fields, count, IE_DATA_TYPE) != NULL &&
	       find_field(fields, count, IE_NAME) != NULL &&
	       find_field(fields, count, IE_PEN) != NULL;
}

/* 0, which defines nothing, where there is no such field. */
static uint64_t
find_number(const struct reader_field *fields, size_t count, uint16_t id)
{
	const struct reader_field *field = find_field(fields, count, id);
	size_t length = field == NULL ? 0 : field->length;
	uint64_t value = 0;

	for (size_t i = 0; i < length && i < 8; i++)
		value = value << 8 | field->octets[i];
	return value;
}

/* A name is shown and used as a key: letters, digits and a few signs. */
static bool
copy_name(char *name, const struct reader_field *field)
{
	size_t length = field->length;

	while (length > 0 && field->octets[length - 1] == '\0')
		length--;
	if (length == 0 || length > NAME_MAX_OCTETS)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!g_ascii_isalnum(field->octets[i]) &&
		    /* Not the zero at the end: one within is no sign. */
		    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
		    memchr("_-.:/", field->octets[i], 5) == NULL)
			return false;
		name[i] = (char)field->octets[i];
	}
	name[length] = '\0';
	return true;
}

bool
elements_learn(
    fbInfoModel_t *names, const struct reader_field *fields, size_t count)
{
	char name[NAME_MAX_OCTETS + 1];
	uint64_t pen = find_number(fields, count, IE_PEN);
	uint64_t id = find_number(fields, count, IE_ID) & 0x7fff;
	uint64_t type = find_number(fields, count, IE_DATA_TYPE);
	const fbInfoElement_t *known;

	/* IANA's elements are IANA's to define. */
	if (pen == 0 || pen > UINT32_MAX || id == 0 ||
	    type > READER_TEMPLATE_MULTI_LIST ||
	    !copy_name(name, find_field(fields, count, IE_NAME)))
		return false;
	known = elements_find(names, (uint32_t)pen, (uint16_t)id);
	if (known != NULL && known->type == type &&
	    strcmp(known->ref.name, name) == 0)
		return false;
	add_element(names, name, (uint32_t)pen, (uint16_t)id, (uint8_t)type);
	return true;
}
