/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchanges become messages.  libfixbuf makes the messages (headers, sets,
 * lengths); we make the records in them:
 *
 *	exchange ─► ipfix_shape() ─► make_room() ─► record_encode()
 *	                              │ full             │
 *	                              ▼                  ▼
 *	      handler ◄─ flush ◄─ message   ◄─────── fBufAppend()
 *
 * By default a record is handed to libfixbuf as one finished octetArray, in a
 * session whose templates are never sent (exporter_session.c).  With
 * options.plain libfixbuf transcodes field by field.  The octets are the same,
 * which the tests check: plain is the second opinion on the fast way.  Texts,
 * of records with names, are handed over as libfixbuf's fields of any length in
 * both ways, behind what has a fixed one.
 *
 * Invariants: `used` is the length that the message in the buffer will have,
 * and is never beyond message_octets, so fBufAppend never meets the end of a
 * message.  A set is open while `template` has not changed.  What can fail is
 * libfixbuf; then the encoder is of no more use and error tells why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/octets.h"

#include "exflow/ipfix/information_model.h"
#include "exflow/ipfix/wire.h"

#include "exporter_session.h"
#include "record_template.h"
#include "record_texts.h"

/* A record as it is handed to libfixbuf: its fixed fields, then its texts. */
#define HANDED_OCTETS_MAX                                                      \
	(RECORD_OCTETS_MAX + NAMES_TEXT_COUNT * sizeof(fbVarfield_t))

struct ipfix_encoder {
	struct ipfix_options options;
	message_handler *handler;
	void *context;
	struct record_template templates[IPFIX_SHAPES]; /* as there are */
	const struct record_template *template; /* of the open set, or NULL */
	fbInfoModel_t *model;
	fBuf_t *buffer;
	uint8_t *octets;           /* of the message, when it is finished */
	uint32_t used;             /* octets of the message in the buffer */
	uint32_t records;          /* in it */
	uint32_t sequence;         /* records of all messages before it */
	uint64_t cut;              /* records whose texts were cut */
	struct record_texts texts; /* of the record that is added */
	struct message_array template_messages, type_messages;
	char error[256];
};

/* Take over the GError, which is NULL if there was no memory. */
static int
fail(struct ipfix_encoder *encoder, GError *error)
{
	snprintf(encoder->error, sizeof(encoder->error), "%s",
	    error != NULL ? error->message : "out of memory");
	g_clear_error(&error);
	return -1;
}

static const char *
options_check(const struct ipfix_options *options)
{
	if (record_options_wrong(&options->record) != NULL)
		return "enterprise_number: its low 16 bits cannot be 0, 6871 "
		       "or 29305, nor it the number of a profile, which "
		       "others use";
	if (options->record.quality && options->record.names &&
	    options->message_octets < MESSAGE_BOTH_MIN_OCTETS)
		return "message size: expected 1312 to 65535 octets, for "
		       "records with quality and names";
	if (options->message_octets < ipfix_message_min(&options->record) &&
	    options->message_octets >= MESSAGE_MIN_OCTETS)
		return "message size: expected 1232 to 65535 octets, for "
		       "records with quality or names";
	if (options->message_octets < MESSAGE_MIN_OCTETS ||
	    options->message_octets > MESSAGE_MAX_OCTETS)
		return "message size: expected 512 to 65535 octets";
	return NULL;
}

static int open_set(
    struct ipfix_encoder *encoder, const struct record_template *template);

static size_t
handed_octets(const struct record_template *template)
{
	return template->octets + template->text_count * sizeof(fbVarfield_t);
}

/*
 * At the first record of a template libfixbuf allocates a transcoding plan,
 * and glib ends the program if there is no memory.  So this happens here, at
 * the start, with one record of each template in messages that are thrown away.
 */
static int
warm_up(struct ipfix_encoder *encoder)
{
	uint8_t record[HANDED_OCTETS_MAX] = { 0 };
	GError *error = NULL;

	for (unsigned i = 0; i < IPFIX_SHAPES; i++) {
		const struct record_template *template = &encoder->templates[i];

		if (!ipfix_shape_occurs(&encoder->options.record, i))
			continue;

		if (open_set(encoder, template) < 0)
			return -1;
		if (!fBufAppend(encoder->buffer, record,
		        handed_octets(template), &error) ||
		    !fBufEmit(encoder->buffer, &error))
			return fail(encoder, error);
	}
	encoder->template = NULL;
	encoder->used = MESSAGE_HEADER_OCTETS;
	return 0;
}

static int
encoder_init(struct ipfix_encoder *encoder)
{
	const struct ipfix_options *options = &encoder->options;
	GError *error = NULL;

	record_templates_init(encoder->templates, &options->record);
	encoder->used = MESSAGE_HEADER_OCTETS;
	encoder->model = model_new(options->record.enterprise_number);
	if (exporter_session_messages(encoder->model, encoder->templates,
	        options, &encoder->template_messages, &encoder->type_messages,
	        &error) < 0)
		return fail(encoder, error);
	encoder->buffer =
	    exporter_session_new(encoder->model, encoder->templates, options,
	        options->plain ? SESSION_FIELDS : SESSION_OCTETS,
	        encoder->octets, &error);
	return encoder->buffer == NULL ? fail(encoder, error)
	                               : warm_up(encoder);
}

struct ipfix_encoder *
ipfix_encoder_new(const struct ipfix_options *options, message_handler *handler,
    void *context, char *error, size_t error_size)
{
	const char *wrong = options_check(options);
	struct ipfix_encoder *encoder;

	if (wrong != NULL) {
		snprintf(error, error_size, "%s", wrong);
		return NULL;
	}
	encoder = calloc(1, sizeof(*encoder));
	if (encoder == NULL || !memory_is_left(STARTING_OCTETS) ||
	    (encoder->octets = malloc(options->message_octets)) == NULL) {
		snprintf(error, error_size, "out of memory");
		free(encoder);
		return NULL;
	}
	encoder->options = *options;
	encoder->handler = handler;
	encoder->context = context;
	if (encoder_init(encoder) < 0) {
		snprintf(error, error_size, "%s", encoder->error);
		ipfix_encoder_free(&encoder);
	}
	return encoder;
}

void
ipfix_encoder_free(struct ipfix_encoder **encoder)
{
	struct ipfix_encoder *gone = *encoder;

	if (gone == NULL)
		return;
	message_array_free(&gone->template_messages);
	message_array_free(&gone->type_messages);
	exporter_session_free(gone->buffer);
	model_free(gone->model);
	free(gone->octets);
	free(gone);
	*encoder = NULL;
}

/* libfixbuf's own sequence number counts the records of warm_up, too. */
static void
put_sequence(uint8_t *message, uint32_t sequence)
{
	put32(message + SEQUENCE_OFFSET, sequence);
}

int
ipfix_encoder_flush(struct ipfix_encoder *encoder)
{
	struct message message = { .octets = encoder->octets,
		.records = encoder->records,
		.kind = MESSAGE_DATA };
	GError *error = NULL;

	if (encoder->records == 0)
		return 0;
	if (!fBufEmit(encoder->buffer, &error))
		return fail(encoder, error);
	message.length =
	    (uint32_t)fbExporterGetMsgLen(fBufGetExporter(encoder->buffer));
	put_sequence(encoder->octets, encoder->sequence);
	encoder->sequence += encoder->records;
	encoder->used = MESSAGE_HEADER_OCTETS;
	encoder->records = 0;
	encoder->template = NULL;
	encoder->handler(encoder->context, &message);
	return 0;
}

/* Begin a set of another template. */
static int
open_set(struct ipfix_encoder *encoder, const struct record_template *template)
{
	GError *error = NULL;

	if (!fBufSetExportTemplate(encoder->buffer, template->id, &error) ||
	    !fBufSetInternalTemplate(encoder->buffer, template->id, &error))
		return fail(encoder, error);
	encoder->template = template;
	encoder->used += SET_HEADER_OCTETS;
	return 0;
}

/* Flush and begin a set as needed, so that a record of so many octets fits. */
static int
make_room(struct ipfix_encoder *encoder, const struct record_template *template,
    uint32_t need)
{
	if (template != encoder->template)
		need += SET_HEADER_OCTETS;
	if (encoder->used + need > encoder->options.message_octets &&
	    ipfix_encoder_flush(encoder) < 0)
		return -1;
	return template == encoder->template ? 0 : open_set(encoder, template);
}

int
ipfix_encoder_add(
    struct ipfix_encoder *encoder, const struct exchange *exchange)
{
	return ipfix_encoder_add_shape(
	    encoder, exchange, ipfix_shape(exchange, &encoder->options.record));
}

/* Hand a record over, which takes so many octets on the wire. */
static inline int
append(struct ipfix_encoder *encoder, uint8_t *record, size_t handed,
    uint32_t octets)
{
	GError *error = NULL;

	if (!fBufAppend(encoder->buffer, record, handed, &error))
		return fail(encoder, error);
	encoder->used += octets;
	encoder->records++;
	return 0;
}

static inline void
encode_fixed(const struct ipfix_encoder *encoder,
    const struct record_template *template, const struct exchange *exchange,
    uint8_t *record)
{
	if (encoder->options.plain)
		record_pack(template, exchange, record);
	else
		record_encode(template, exchange, record);
}

/* Where libfixbuf is told of the texts: behind the fixed fields. */
static void
hand_texts(const struct record_texts *texts, unsigned count, uint8_t *out)
{
	for (unsigned i = 0; i < count; i++) {
		const char *octets = texts->text[i].octets;
		fbVarfield_t field = { .len = texts->text[i].length,
			.buf = (uint8_t *)(uintptr_t)octets };

		memcpy(out + i * sizeof(field), &field, sizeof(field));
	}
}

/* For each such record libfixbuf needs some memory. */
static __attribute__((noinline)) int
add_with_texts(struct ipfix_encoder *encoder,
    const struct record_template *template, const struct exchange *exchange)
{
	uint32_t most = encoder->options.message_octets -
	                MESSAGE_HEADER_OCTETS - SET_HEADER_OCTETS;
	struct record_texts *texts = &encoder->texts;
	uint8_t record[HANDED_OCTETS_MAX];
	uint32_t octets;

	if (!memory_is_left(NAMES_TEXT_COUNT * sizeof(fbVarfield_t)))
		return fail(encoder, NULL);
	record_texts_find(texts, template, exchange, most - template->octets);
	encoder->cut += texts->cut;
	octets = template->octets + texts->octets;
	if (make_room(encoder, template, octets) < 0)
		return -1;
	encode_fixed(encoder, template, exchange, record);
	hand_texts(texts, template->text_count, record + template->octets);
	return append(encoder, record, handed_octets(template), octets);
}

int
ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape)
{
	const struct record_template *template = &encoder->templates[shape];
	uint8_t record[RECORD_OCTETS_MAX];

	if (__builtin_expect(shape >= IPFIX_FIXED_SHAPES, 0))
		return add_with_texts(encoder, template, exchange);
	if (make_room(encoder, template, template->octets) < 0)
		return -1;
	encode_fixed(encoder, template, exchange, record);
	return append(encoder, record, template->octets, template->octets);
}

const struct message *
ipfix_encoder_templates(const struct ipfix_encoder *encoder, size_t *count)
{
	*count = encoder->template_messages.count;
	return encoder->template_messages.message;
}

const struct message *
ipfix_encoder_types(const struct ipfix_encoder *encoder, size_t *count)
{
	*count = encoder->type_messages.count;
	return encoder->type_messages.message;
}

uint64_t
ipfix_encoder_cut(const struct ipfix_encoder *encoder)
{
	return encoder->cut;
}

const char *
ipfix_encoder_error(const struct ipfix_encoder *encoder)
{
	return encoder->error;
}
