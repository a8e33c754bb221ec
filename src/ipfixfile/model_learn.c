/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The elements of a type record are the sender's to choose.  So IANA's
 * elements cannot be redefined, a name has only characters that are safe to
 * show and to use as a key, and the reader counts what it learns
 * (READER_ELEMENTS_MAX).
 */
#include "model_learn.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "exflow/ipfix/information_model.h"

/* Information elements of RFC 5610. */
enum {
	IE_ID = 303,
	IE_DATA_TYPE = 339,
	IE_NAME = 341,
	IE_PEN = 346
};

#define NAME_MAX_OCTETS 200

/* An element of any length, of which only name and type count. */
static void
add_named(fbInfoModel_t *model, const char *name, uint32_t pen, uint16_t id,
    uint8_t type)
{
	fbInfoElement_t element = { .ref.name = name,
		.ent = pen,
		.num = id,
		.len = FB_IE_VARLEN,
		.type = type };

	fbInfoModelAddElement(model, &element);
}

fbInfoModel_t *
model_raw_new(void)
{
	fbInfoModel_t *raw = fbInfoModelAlloc();
	GPtrArray *all = g_ptr_array_new();
	fbInfoModelIter_t iterator;
	const fbInfoElement_t *element;

	/* An iterator does not survive a change of the model: list first. */
	fbInfoModelIterInit(&iterator, raw);
	while ((element = fbInfoModelIterNext(&iterator)) != NULL)
		g_ptr_array_add(all, (gpointer)element);
	for (guint i = 0; i < all->len; i++) {
		element = g_ptr_array_index(all, i);
		add_named(raw, element->ref.name, element->ent, element->num,
		    READER_OCTETS);
	}
	g_ptr_array_free(all, TRUE);
	return raw;
}

int
model_add_xml(
    fbInfoModel_t *model, const char *path, char *error, size_t error_size)
{
	GError *reason = NULL;

	if (fbInfoModelReadXMLFile(model, path, &reason))
		return 0;
	snprintf(error, error_size, "%s: element definitions were expected: %s",
	    path, reason == NULL ? "cannot be read" : reason->message);
	g_clear_error(&reason);
	return -1;
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
model_is_type_record(const struct reader_field *fields, size_t count)
{
	return find_field(fields, count, IE_ID) != NULL &&
	       find_field(fields, count, IE_DATA_TYPE) != NULL &&
	       find_field(fields, count, IE_NAME) != NULL &&
	       find_field(fields, count, IE_PEN) != NULL;
}

/* 0, which defines nothing, if there is no such field. */
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

/* A name is shown and used as a key: only letters, digits and a few signs. */
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
		    /* 5 and not 6: the zero at the end is no such sign. */
		    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
		    memchr("_-.:/", field->octets[i], 5) == NULL)
			return false;
		name[i] = (char)field->octets[i];
	}
	name[length] = '\0';
	return true;
}

bool
model_learn(
    fbInfoModel_t *model, const struct reader_field *fields, size_t count)
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
	known = model_find(model, (uint32_t)pen, (uint16_t)id);
	if (known != NULL && known->type == type &&
	    strcmp(known->ref.name, name) == 0)
		return false;
	add_named(model, name, (uint32_t)pen, (uint16_t)id, (uint8_t)type);
	return true;
}
