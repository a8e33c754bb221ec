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
 * The happy path is frame_next, begin_message, next_record until it returns 0,
 * end_message.  What can go wrong:
 *  - Damage costs the message that has it: the records before it are handed
 *    out, then reader_next returns -1 once, then it goes on behind the message.
 *    If the length of the message is in doubt, reading ends.
 *  - A sender that asks for more memory than the limits of reader.h is damage
 *    that ends reading.
 *  - A set may come before its template: it is skipped and counted.
 *  - Records of no octets would never end: they are damage, too.
 */
#include "exflow/ipfix/reader.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <fixbuf/public.h>

#include "direct.h"
#include "domain.h"
#include "frame.h"
#include "information_model.h"
#include "layout.h"
#include "part.h"

struct reader {
	char *path;
	struct frame frame; /* the current message */
	struct domains domains;
	struct domain *domain; /* of the current message, or NULL */
	uint64_t records;      /* in the current message */
	bool skipped;          /* it has a set without a template */
	bool broken;           /* error is still to be handed out */
	struct part part;      /* of the message, what libfixbuf has */
	struct direct direct;  /* of the message, where it has it not */
	bool indirect;         /* libfixbuf has all messages */
	uint64_t sets_skipped; /* in the file: they had no template */
	uint64_t skipped_at;   /* octet of the message with the first */
	unsigned skipped_id;   /* its set id, 0: not known */
	fbInfoModel_t *names;  /* names and types of elements */
	unsigned learned;      /* counts changes of names, from 1 */
	uint64_t type_records;
	uint8_t *record; /* the current record, as libfixbuf has it */
	size_t record_size;
	struct reader_field *fields; /* of the current record */
	size_t field_room;
	uint64_t spread; /* serial of the layout they are of, or 0 */
	bool spread_own; /* … and they are those of record */
	guint log_handler;
	char error[READER_ERROR_SIZE];
};

/* There is damage at an octet of the file.  The first of a message is told. */
__attribute__((format(printf, 3, 4))) static void
reader_fail(struct reader *reader, uint64_t offset, const char *format, ...)
{
	char reason[256];
	va_list arguments;

	if (reader->broken)
		return; /* the first one is the reason */
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	snprintf(reader->error, sizeof(reader->error),
	    "%s: octet %" PRIu64 ": %s", reader->path, offset, reason);
	reader->broken = true;
}

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

/* Look names up again if elements were learned after the template came. */
static void
name_layout(const struct reader *reader, struct layout *layout)
{
	if (layout->learned == reader->learned)
		return;
	layout_name(layout, reader->names);
	layout->learned = reader->learned;
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

static bool
make_room(struct reader *reader, const struct layout *layout)
{
	if (reader->record_size < layout->octets_own ||
	    reader->field_room < layout->count)
		reader->spread = 0;
	if (reader->record_size < layout->octets_own) {
		free(reader->record);
		reader->record = malloc(layout->octets_own);
		reader->record_size =
		    reader->record == NULL ? 0 : layout->octets_own;
	}
	if (reader->field_room < layout->count) {
		free(reader->fields);
		reader->fields =
		    calloc(layout->count, sizeof(reader->fields[0]));
		reader->field_room = reader->fields == NULL ? 0 : layout->count;
	}
	return reader->record != NULL && reader->fields != NULL;
}

static void
learn_elements(struct reader *reader, struct reader_record *record)
{
	record->type_information =
	    record->options &&
	    model_is_type_record(record->fields, record->field_count);
	if (!record->type_information)
		return;
	reader->type_records++;
	if (reader->learned < READER_ELEMENTS_MAX &&
	    model_learn(reader->names, record->fields, record->field_count))
		reader->learned++;
}

/* Fields of fixed lengths lie where those of the record before lay. */
static void
spread(struct reader *reader, const struct layout *layout)
{
	if (layout->serial == reader->spread && reader->spread_own &&
	    layout->fixed)
		return;
	layout_spread(layout, reader->record, reader->fields);
	reader->spread = layout->serial;
	reader->spread_own = true;
}

/* Fields of any lengths, where they are in the message. */
static void
spread_message(struct reader *reader, const struct layout *layout,
    const uint8_t *octets, size_t length)
{
	if (layout->serial != reader->spread || reader->spread_own)
		layout_fill(layout, reader->fields);
	(void)layout_place(layout, octets, length, reader->fields);
	reader->spread = layout->serial;
	reader->spread_own = false;
}

static void
use_names(struct reader *reader, struct layout *layout)
{
	if (layout->learned == reader->learned)
		return;
	reader->spread = 0;
	name_layout(reader, layout);
}

static void
finish_record(struct reader *reader, struct reader_record *record,
    const struct layout *layout, uint16_t id)
{
	*record = (struct reader_record){ .domain = reader->frame.domain,
		.export_time = reader->frame.export_time,
		.template_id = id,
		.layout = layout->number,
		.serial = layout->serial,
		.options = layout->options,
		.fields = reader->fields,
		.field_count = layout->count };
	learn_elements(reader, record);
	reader->records++;
	reader->domain->count.records++;
}

/*
 * The same as next_record, of a message that libfixbuf does not have.  A record
 * of fixed lengths is copied, as libfixbuf does, so that its fields stay where
 * they are.
 */
static int
next_direct(struct reader *reader, struct reader_record *record)
{
	struct direct *direct = &reader->direct;
	const uint8_t *octets;
	size_t length;

	switch (direct_next(direct, &octets, &length)) {
	case DIRECT_END:
		return 0;
	case DIRECT_TOO_LONG:
		reader_fail(reader, reader->frame.offset,
		    "a record of template %u is longer than its set",
		    direct->id);
		return 0;
	default:
		break;
	}
	if (!make_room(reader, direct->layout)) {
		reader_fail(
		    reader, reader->frame.offset, "%s", strerror(ENOMEM));
		return 0;
	}
	use_names(reader, direct->layout);
	if (direct->layout->fixed) {
		memcpy(reader->record, octets, length);
		spread(reader, direct->layout);
	} else
		spread_message(reader, direct->layout, octets, length);
	finish_record(reader, record, direct->layout, direct->id);
	return 1;
}

/* 1 with a record of the message, 0 at its end or at damage. */
static int
next_record(struct reader *reader, struct reader_record *record)
{
	fBuf_t *buffer = reader->domain->buffer;
	uint64_t offset = reader->frame.offset;
	fbTemplate_t *template;
	struct layout *layout;
	uint16_t id = 0;
	GError *reason = NULL;
	size_t size;

	template = fBufNextCollectionTemplate(buffer, &id, &reason);
	if (template == NULL) {
		if (!g_error_matches(reason, FB_ERROR_DOMAIN, FB_ERROR_EOM))
			reader_fail(reader, offset, "%s", reason->message);
		g_clear_error(&reason);
		return 0;
	}
	layout = fbTemplateGetContext(template);
	if (layout == NULL || layout->octets_min == 0) {
		reader_fail(reader, offset,
		    "template %u has records without an octet", id);
		return 0;
	}
	if (!make_room(reader, layout)) {
		reader_fail(reader, offset, "%s", strerror(ENOMEM));
		return 0;
	}
	size = layout->octets_own;
	if (!fBufSetInternalTemplate(buffer, id, &reason) ||
	    !fBufNext(buffer, reader->record, &size, &reason)) {
		/* If the set was cut, frame.damage says so already. */
		if (reader->frame.damage[0] == '\0')
			reader_fail(reader, offset,
			    "a record of template %u is longer than its set",
			    id);
		g_clear_error(&reason);
		return 0;
	}
	use_names(reader, layout);
	spread(reader, layout);
	finish_record(reader, record, layout, id);
	domain_template(reader->domain, id)->records++;
	return 1;
}

/* 1 with a record of the present message, 0: there is no more. */
static int
next_of_message(struct reader *reader, struct reader_record *record)
{
	for (;;) {
		if (!reader->broken &&
		    (reader->direct.active ? next_direct(reader, record)
		                           : next_record(reader, record)) == 1)
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
	name_layout(reader, layout);
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
