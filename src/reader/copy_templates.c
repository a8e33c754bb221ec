/* SPDX-License-Identifier: BSD-2-Clause */
#include "copy_templates.h"

#define TYPE_SCOPES 2 /* of type information: enterprise and element */

struct copy_templates {
	GHashTable *ids; /* fields as octets → id */
	GByteArray *fields;
	uint32_t next_id;
};

struct copy_templates *
copy_templates_new(void)
{
	struct copy_templates *templates = g_new0(struct copy_templates, 1);

	templates->ids = g_hash_table_new_full(
	    g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
	templates->fields = g_byte_array_new();
	templates->next_id = DATA_SET_MIN;
	return templates;
}

void
copy_templates_free(gpointer data)
{
	struct copy_templates *templates = data;

	g_hash_table_destroy(templates->ids);
	g_byte_array_unref(templates->fields);
	g_free(templates);
}

void
copy_put16(GByteArray *to, uint32_t value)
{
	uint8_t octets[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	g_byte_array_append(to, octets, 2);
}

void
copy_put32(GByteArray *to, uint32_t value)
{
	copy_put16(to, value >> 16);
	copy_put16(to, value & 0xffff);
}

/* As in a template, behind its id. */
static void
describe(GByteArray *to, const struct reader_field *fields, size_t count,
    bool options)
{
	g_byte_array_set_size(to, 0);
	copy_put16(to, (uint32_t)count);
	if (options)
		copy_put16(to, TYPE_SCOPES);
	for (size_t i = 0; i < count; i++) {
		const struct reader_field *field = &fields[i];

		copy_put16(
		    to, field->id | (field->pen != 0 ? ENTERPRISE_BIT : 0));
		copy_put16(to, copy_is_variable(field)
		                   ? VARIABLE_LENGTH
		                   : (uint32_t)field->length);
		if (field->pen != 0)
			copy_put32(to, field->pen);
	}
}

uint16_t
copy_templates_id(struct copy_templates *templates,
    const struct reader_field *fields, size_t count, bool options,
    GByteArray *announce)
{
	GByteArray *text = templates->fields;
	GBytes *key;
	uint32_t id;

	describe(text, fields, count, options);
	key = g_bytes_new(text->data, text->len);
	id = GPOINTER_TO_UINT(g_hash_table_lookup(templates->ids, key));
	if (id != 0 || templates->next_id > UINT16_MAX) {
		g_bytes_unref(key);
		return (uint16_t)id;
	}
	id = templates->next_id++;
	g_hash_table_insert(templates->ids, key, GUINT_TO_POINTER(id));
	copy_put16(announce, id);
	g_byte_array_append(announce, text->data, text->len);
	return (uint16_t)id;
}
