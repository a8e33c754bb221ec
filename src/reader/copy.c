/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message is of one domain and one export time; a set is of one template.
 * What a record needs of templates, its own and those of its lists, is announced
 * before it:
 *
 *	 header   template set   data set 256   data set 257 …
 *	 16       of new ids     records        records
 */
#include "copy.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/publish.h"
#include "exflow/ipfix/message.h"
#include "exflow/ipfix/wire.h"

#include "copy_lists.h"

struct domain {
	struct copy_templates *templates;
	uint32_t sequence;
};

struct copy {
	const struct reader *reader;
	FILE *file;
	char *path, *temporary;
	GHashTable *domains;
	struct domain *domain; /* of the message */
	uint32_t number, export_time, records;
	GByteArray *message;
	guint set;       /* where the set begins, 0: none is open */
	uint16_t set_id; /* the set's template */
	GByteArray *announce, *record; /* of the present record */
};

static void
domain_free(gpointer data)
{
	struct domain *domain = data;

	copy_templates_free(domain->templates);
	g_free(domain);
}

struct copy *
copy_new(const char *path, const struct reader *reader)
{
	struct copy *copy = g_new0(struct copy, 1);
	int fd = publish_create(path, &copy->temporary);

	copy->reader = reader;
	if (fd >= 0)
		copy->file = fdopen(fd, "w");
	copy->path = g_strdup(path);
	copy->domains = g_hash_table_new_full(NULL, NULL, NULL, domain_free);
	copy->message = g_byte_array_new();
	copy->announce = g_byte_array_new();
	copy->record = g_byte_array_new();
	if (copy->file == NULL)
		copy_free(&copy);
	return copy;
}

void
copy_free(struct copy **pointer)
{
	struct copy *copy = *pointer;
	int code = errno;

	*pointer = NULL;
	if (copy == NULL)
		return;
	if (copy->file != NULL)
		fclose(copy->file);
	if (copy->temporary != NULL)
		unlink(copy->temporary);
	free(copy->temporary);
	g_free(copy->path);
	g_hash_table_destroy(copy->domains);
	g_byte_array_unref(copy->message);
	g_byte_array_unref(copy->announce);
	g_byte_array_unref(copy->record);
	g_free(copy);
	errno = code;
}

/* --- octets */

static void
set16(GByteArray *in, guint at, guint value)
{
	in->data[at] = (uint8_t)(value >> 8);
	in->data[at + 1] = (uint8_t)value;
}

/* --- messages */

static void
close_set(struct copy *copy)
{
	if (copy->set > 0)
		set16(copy->message, copy->set + 2,
		    copy->message->len - copy->set);
	copy->set = 0;
}

static void
open_set(struct copy *copy, uint16_t id)
{
	close_set(copy);
	copy->set = copy->message->len;
	copy->set_id = id;
	copy_put16(copy->message, id);
	copy_put16(copy->message, 0);
}

static int
write_message(struct copy *copy)
{
	guint length = copy->message->len;
	bool good = true;

	close_set(copy);
	if (length > MESSAGE_HEADER_OCTETS) {
		set16(copy->message, 2, length);
		good = fwrite(copy->message->data, 1, length, copy->file) ==
		       length;
		copy->domain->sequence += copy->records;
	}
	g_byte_array_set_size(copy->message, 0);
	copy->records = 0;
	return good ? 0 : -1;
}

static void
begin_message(struct copy *copy)
{
	copy_put16(copy->message, IPFIX_VERSION);
	copy_put16(copy->message, 0);
	copy_put32(copy->message, copy->export_time);
	copy_put32(copy->message, copy->domain->sequence);
	copy_put32(copy->message, copy->number);
}

static struct domain *
find_domain(struct copy *copy, uint32_t number)
{
	gpointer key = GUINT_TO_POINTER(number);
	struct domain *domain = g_hash_table_lookup(copy->domains, key);

	if (domain != NULL)
		return domain;
	domain = g_new0(struct domain, 1);
	domain->templates = copy_templates_new();
	g_hash_table_insert(copy->domains, key, domain);
	return domain;
}

/* --- records */

static void
gather(struct copy *copy, const struct reader_record *record,
    const struct copy_lists *lists)
{
	g_byte_array_set_size(copy->record, 0);
	for (size_t i = 0; i < record->field_count; i++) {
		const struct reader_field *field = &record->fields[i];
		uint8_t octet = (uint8_t)field->length;

		if (copy_is_variable(field) && field->length >= 255)
			octet = 255;
		if (copy_is_variable(field))
			g_byte_array_append(copy->record, &octet, 1);
		if (copy_is_variable(field) && field->length >= 255)
			copy_put16(copy->record, (uint32_t)field->length);
		g_byte_array_append(
		    copy->record, field->octets, (guint)field->length);
		if (copy_is_list(field))
			copy_list(lists, field->type,
			    copy->record->data + copy->record->len -
			        field->length,
			    field->length);
	}
}

static int
make_room(struct copy *copy, const struct reader_record *record, guint octets)
{
	bool other = copy->number != record->domain ||
	             copy->export_time != record->export_time;

	if (copy->message->len > 0 &&
	    (other || copy->message->len + octets > MESSAGE_MAX_OCTETS) &&
	    write_message(copy) != 0)
		return -1;
	if (copy->message->len > 0)
		return 0;
	copy->number = record->domain;
	copy->export_time = record->export_time;
	copy->domain = find_domain(copy, record->domain);
	begin_message(copy);
	return 0;
}

static void
put_announced(struct copy *copy, const struct reader_record *record)
{
	if (copy->announce->len == 0)
		return;
	open_set(copy, record->options ? 3 : 2);
	g_byte_array_append(
	    copy->message, copy->announce->data, copy->announce->len);
	close_set(copy);
}

int
copy_record(struct copy *copy, const struct reader_record *record)
{
	struct domain *domain = find_domain(copy, record->domain);
	struct copy_lists lists = { copy->reader, domain->templates,
		copy->announce };
	uint16_t id;

	if (record->options && !record->type_information)
		return 0;
	g_byte_array_set_size(copy->announce, 0);
	gather(copy, record, &lists);
	id = copy_templates_id(domain->templates, record->fields,
	    record->field_count, record->options, copy->announce);
	/* A template set, the record, and their two headers. */
	if (make_room(copy, record,
	        copy->announce->len + copy->record->len +
	            2 * SET_HEADER_OCTETS) != 0)
		return -1;
	put_announced(copy, record);
	if (id == 0 ||
	    copy->message->len + copy->record->len + SET_HEADER_OCTETS >
	        MESSAGE_MAX_OCTETS) {
		errno = EMSGSIZE;
		return -1;
	}
	if (copy->set == 0 || copy->set_id != id)
		open_set(copy, id);
	g_byte_array_append(
	    copy->message, copy->record->data, copy->record->len);
	copy->records++;
	return 0;
}

int
copy_finish(struct copy *copy)
{
	char *name;
	int result = write_message(copy);

	if (fflush(copy->file) != 0 || publish_sync(fileno(copy->file)) != 0)
		result = -1;
	if (fclose(copy->file) != 0)
		result = -1;
	copy->file = NULL;
	if (result != 0)
		return -1;
	name = publish_file(copy->temporary, copy->path, NULL);
	if (name == NULL)
		return -1;
	publish_tell(copy->path, name);
	publish_sync_folder(name);
	free(name);
	free(copy->temporary);
	copy->temporary = NULL;
	return 0;
}
