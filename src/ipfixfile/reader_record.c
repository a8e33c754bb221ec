/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as they are handed out, from libfixbuf and from the message itself. */
#include "reader_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model_learn.h"

void
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

void
reader_name_layout(const struct reader *reader, struct layout *layout)
{
	if (layout->learned == reader->learned)
		return;
	layout_name(layout, reader->names);
	layout->learned = reader->learned;
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
	reader_name_layout(reader, layout);
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
		.fixed = layout->fixed,
		.fields = reader->fields,
		.field_count = layout->count };
	learn_elements(reader, record);
	reader->records++;
	reader->domain->count.records++;
}

/*
 * The same as reader_next_libfixbuf, of a message that libfixbuf does not have.
 * A record of fixed lengths is copied, as libfixbuf does, so that its fields
 * stay where they are.
 */
int
reader_next_direct(struct reader *reader, struct reader_record *record)
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

/* Options records may teach elements, so each of them is looked at. */
struct reader_run
reader_run(struct reader *reader)
{
	struct reader_run run = { .count = 0 };

	if (reader->domain == NULL || !reader->direct.active ||
	    !reader->spread_own || reader->direct.layout->options)
		return run;
	run.count = direct_run(&reader->direct, &run.octets, &run.length);
	reader->records += run.count;
	reader->domain->count.records += run.count;
	return run;
}

/* Its fields point to the record, whose lengths are fixed. */
void
reader_show(struct reader *reader, const uint8_t *octets)
{
	memcpy(reader->record, octets, reader->direct.layout->octets_min);
}

int
reader_next_libfixbuf(struct reader *reader, struct reader_record *record)
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
