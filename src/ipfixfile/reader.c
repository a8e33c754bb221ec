/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a file to fields:
 *
 *	file ──► frame ──► domain ──► template ──► layout ──► fields
 *	         message    session    libfixbuf's   places,    octets, name,
 *	         by message of its own               names      type of each
 *
 * Most messages have nothing but records of known templates: these are found
 * by the layouts alone (direct.c), several times as fast.
 *
 * Our own code finds the messages and checks the lengths of sets and templates
 * (frame.c), because libfixbuf trusts them, and withdraws templates (part.c).
 * libfixbuf keeps the templates and finds sets and records.  It reads with a
 * model in which every element is an octetArray (model_raw_new), so that its
 * decoders of lists, which trust the lengths that they find, and its swapping
 * of octets never run.  What the octets mean is looked up in a second model,
 * `names`.
 *
 * The happy path is frame_next, begin_message, next_of_message until it returns
 * 0, end_message.  Records are made in reader_record.c.  What can go wrong:
 *  - Damage costs the message that has it: the records before it are handed
 *    out, then reader_next returns -1 once, then it goes on behind the message.
 *    If the length of the message is in doubt, reading ends.
 *  - A sender that asks for more memory than the limits of reader.h is damage
 *    that ends reading.
 *  - A set may come before its template: it is skipped and counted.
 *  - Records of no octets would never end: they are damage, too.
 */
#include "exflow/ipfixfile/reader.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <fixbuf/public.h>

#include "exflow/ipfix/information_model.h"

#include "model_learn.h"
#include "reader_internal.h"

/* text is libfixbuf's; it ends in DOMAIN:SET, in hexadecimal. */
static void
count_skipped(struct reader *reader, const char *text)
{
	const char *id = strrchr(text, ':');

	reader->skipped = true;
	if (reader->domain != NULL)
		reader->domain->count.sets_without_template++;
	if (reader->sets_skipped++ > 0)
		return;
	reader->skipped_at = reader->frame.offset;
	reader->skipped_id =
	    id == NULL ? 0 : (unsigned)strtoul(id + 1, NULL, 16) & UINT16_MAX;
}

/*
 * libfixbuf skips what it cannot read and only warns.  A set without a template
 * is counted, gaps in the sequence are counted elsewhere, all else is damage.
 */
static void
take_warning(const gchar *domain, GLogLevelFlags level, const gchar *text,
    gpointer context)
{
	struct reader *reader = context;

	(void)domain;
	(void)level;
	if (strncmp(text, "Skipping set", 12) == 0)
		count_skipped(reader, text);
	else if (strstr(text, "out of sequence") == NULL)
		reader_fail(reader, reader->frame.offset, "%s", text);
}

void
reader_name_field(const struct reader *reader, struct reader_field *field,
    char name[READER_NAME_SIZE])
{
	layout_name_field(field, reader->names, name);
}

bool
reader_find_element(
    const struct reader *reader, const char *name, struct reader_field *field)
{
	const fbInfoElement_t *element =
	    fbInfoModelGetElementByName(reader->names, name);

	if (element == NULL)
		return false;
	field->pen = element->ent;
	field->id = element->num;
	field->type = (uint8_t)element->type;
	field->known = true;
	return true;
}

struct reader *
reader_new(uint32_t own_pen, char *error, size_t error_size)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL) {
		snprintf(error, error_size, "%s", strerror(errno));
		return NULL;
	}
	reader->learned = 1;
	reader->names = model_new(own_pen);
	domains_init(&reader->domains);
	reader->log_handler = g_log_set_handler(NULL,
	    G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL, take_warning, reader);
	return reader;
}

static void
close_file(struct reader *reader)
{
	read_ahead_free(&reader->frame.source);
	free(reader->path);
	reader->path = NULL;
}

void
reader_free(struct reader **pointer)
{
	struct reader *reader = *pointer;

	*pointer = NULL;
	if (reader == NULL)
		return;
	close_file(reader);
	domains_free(&reader->domains);
	fbInfoModelFree(reader->names);
	g_log_remove_handler(NULL, reader->log_handler);
	free(reader->record);
	free(reader->fields);
	free(reader);
}

int
reader_add_elements(
    struct reader *reader, const char *path, char *error, size_t error_size)
{
	reader->learned++;
	return model_add_xml(reader->names, path, error, error_size);
}

void
reader_use_libfixbuf(struct reader *reader)
{
	reader->indirect = true;
}

int
reader_open(
    struct reader *reader, const char *path, char *error, size_t error_size)
{
	bool standard_input = strcmp(path, "-") == 0;
	struct stream *stream;

	close_file(reader);
	reader->path = strdup(standard_input ? "standard input" : path);
	stream = stream_open(path);
	if (stream != NULL)
		reader->frame.source = read_ahead_new(stream);
	reader->frame.next = 0;
	reader->frame.stopped = false;
	reader->sets_skipped = 0;
	reader->domain = NULL;
	reader->broken = false;
	if (reader->frame.source != NULL && reader->path != NULL)
		return 0;
	snprintf(error, error_size, "%s: %s", path, strerror(errno));
	if (reader->frame.source == NULL)
		stream_close(&stream);
	close_file(reader);
	return -1;
}

/* The domain of the current message; NULL if the sender asks for too much. */
static struct domain *
find_domain(struct reader *reader)
{
	struct frame *frame = &reader->frame;
	struct domain *domain = domains_find(&reader->domains, frame->domain);
	const char *exceeded = domains_exceeded(&reader->domains);

	if (exceeded != NULL) {
		reader_fail(reader, frame->offset, "too many %s", exceeded);
		frame->stopped = true;
		return NULL;
	}
	if (domain == NULL)
		reader_fail(reader, frame->offset,
		    "more than %d observation domains", READER_DOMAINS_MAX);
	return domain;
}

/* Hand libfixbuf the next part of the message; false after the last one. */
static bool
begin_part(struct reader *reader)
{
	fBuf_t *buffer = reader->domain->buffer;
	struct part *part = &reader->part;
	GError *reason = NULL;

	if (part->withdraws)
		domain_withdraw(reader->domain, &part->withdrawal);
	if (!part_next(part))
		return false;
	fBufSetBuffer(buffer, part->octets, part->length);
	if (!fBufNextMessage(buffer, &reason))
		reader_fail(
		    reader, reader->frame.offset, "%s", reason->message);
	g_clear_error(&reason);
	return true;
}

static void
begin_message(struct reader *reader)
{
	const struct frame *frame = &reader->frame;
	struct domain *domain = find_domain(reader);
	struct reader_domain_count *count;

	if (domain == NULL)
		return;
	count = &domain->count;
	count->messages++;
	count->octets += frame->length;
	if (frame->export_time < count->first_export)
		count->first_export = frame->export_time;
	if (frame->export_time > count->last_export)
		count->last_export = frame->export_time;
	domain_check_sequence(domain, frame->sequence);
	reader->domain = domain;
	reader->records = 0;
	reader->skipped = false;
	part_begin(&reader->part, reader->frame.octets, frame->length);
	reader->direct.active = false;
	if (!reader->indirect && frame->damage[0] == '\0')
		direct_begin(
		    &reader->direct, domain, frame->octets, frame->length);
	if (!reader->direct.active)
		begin_part(reader);
}

/*
 * The next sequence number is known unless records were not seen: in a set
 * without a template, or in damage.
 */
static void
end_message(struct reader *reader)
{
	struct domain *domain = reader->domain;
	const struct frame *frame = &reader->frame;
	char *refused = reader->domains.error;

	if (refused[0] != '\0')
		reader_fail(reader, frame->offset, "%s", refused);
	refused[0] = '\0';
	domain->synced =
	    !reader->skipped && !reader->broken && frame->damage[0] == '\0';
	domain->expected = frame->sequence + (uint32_t)reader->records;
	reader->domain = NULL;
	if (frame->damage[0] != '\0')
		reader_fail(reader, frame->damage_offset, "%s", frame->damage);
}

/* 1 with a record of the present message, 0: there is no more. */
static int
next_of_message(struct reader *reader, struct reader_record *record)
{
	for (;;) {
		if (!reader->broken &&
		    (reader->direct.active
		            ? reader_next_direct(reader, record)
		            : reader_next_libfixbuf(reader, record)) == 1)
			return 1;
		/* What follows damage is not read, but withdrawn. */
		if (reader->direct.active || !begin_part(reader))
			return 0;
	}
}

int
reader_next(struct reader *reader, struct reader_record *record)
{
	for (;;) {
		int result;

		if (reader->domain != NULL) {
			if (next_of_message(reader, record) == 1)
				return 1;
			end_message(reader);
		}
		if (reader->broken) {
			reader->broken = false;
			return -1;
		}
		result = frame_next(&reader->frame);
		if (result == 0)
			return 0;
		if (result > 0)
			begin_message(reader);
		else
			reader_fail(reader, reader->frame.damage_offset, "%s",
			    reader->frame.damage);
	}
}

bool
reader_skipped(const struct reader *reader, char *text, size_t size)
{
	int length;

	if (reader->sets_skipped == 0)
		return false;
	length = snprintf(text, size,
	    "%s: sets skipped because no template for them came before: "
	    "%" PRIu64 ", the first in the message at octet %" PRIu64,
	    reader->path, reader->sets_skipped, reader->skipped_at);
	if (reader->skipped_id != 0 && length > 0 && (size_t)length < size)
		snprintf(text + length, size - (size_t)length,
		    ", of template %u", reader->skipped_id);
	return true;
}

const char *
reader_error(const struct reader *reader)
{
	return reader->error;
}

size_t
reader_split(const struct reader *reader, uint16_t template_id,
    const uint8_t *octets, size_t length, struct reader_field *fields,
    size_t *count)
{
	fbSession_t *session;
	fbTemplate_t *template;
	struct layout *layout;

	if (reader->domain == NULL)
		return 0;
	session = fBufGetSession(reader->domain->buffer);
	template = fbSessionGetTemplate(session, FALSE, template_id, NULL);
	layout = template == NULL ? NULL : fbTemplateGetContext(template);
	if (layout == NULL || layout->octets_min == 0 || layout->count > *count)
		return 0;
	reader_name_layout(reader, layout);
	*count = layout->count;
	return layout_split(layout, octets, length, fields);
}

uint64_t
reader_type_records(const struct reader *reader)
{
	return reader->type_records;
}

bool
reader_domain(
    const struct reader *reader, size_t n, struct reader_domain_count *count)
{
	if (n >= reader->domains.list->len)
		return false;
	*count = domain_count(g_ptr_array_index(reader->domains.list, n));
	return true;
}
