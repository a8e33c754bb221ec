/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchanges to messages.  libfixbuf makes the messages: headers, sets,
 * lengths, sequence numbers.  What it is given of a record is, by default,
 * its finished body as one octetArray: a tenth of the cost of having each of
 * some 45 fields transcoded.  For that it has a session of its own, whose
 * templates have the ids of the announced ones, are as long, and are never
 * announced.  With options.plain it transcodes field by field; the octets
 * are the same, which the tests check.
 *
 * The encoder counts what goes into a message, so that a message is handed
 * on before it would overrun.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define SET_HEADER_OCTETS 4

struct ipfix_encoder {
	struct ipfix_options options;
	message_handler *handler;
	void *context;
	struct plan plans[IPFIX_SHAPES];
	const struct plan *plan; /* of the set that is open, or NULL */
	fbInfoModel_t *model;
	fBuf_t *buffer;
	uint8_t *octets;   /* where finished messages are put */
	uint32_t used;     /* octets of the message that is filled */
	uint32_t records;  /* in it */
	uint32_t sequence; /* records of all messages before it */
	struct message_array templates, types;
	char error[256];
};

/* Takes over the GError; there is none where there was no memory. */
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
	uint32_t number = options->record.enterprise_number;

	if (number < 1 || number > UINT16_MAX)
		return "enterprise_number: expected 1 to 65535";
	if (number == PEN_REVERSE)
		return "enterprise_number: 29305 stands for the reverse "
		       "elements of RFC 5103 and cannot be one's own";
	if (number == PEN_CERT)
		return "enterprise_number: 6871 is CERT's, whose elements the "
		       "records have too, and cannot be one's own";
	if (options->message_octets < MESSAGE_MIN_OCTETS ||
	    options->message_octets > MESSAGE_MAX_OCTETS)
		return "message size: expected 512 to 65535 octets";
	return NULL;
}

static int open_set(struct ipfix_encoder *encoder, const struct plan *plan);

/*
 * At the first record of a template libfixbuf makes itself a plan, and has no
 * word for want of memory but to end the program: let it be now, with a
 * message that nobody gets.
 */
static int
warm_up(struct ipfix_encoder *encoder)
{
	uint8_t record[IPFIX_RECORD_MAX] = { 0 };
	GError *error = NULL;

	for (size_t i = 0; i < IPFIX_SHAPES; i++) {
		const struct plan *plan = &encoder->plans[i];

		if (open_set(encoder, plan) < 0)
			return -1;
		if (!fBufAppend(
		        encoder->buffer, record, plan->octets, &error) ||
		    !fBufEmit(encoder->buffer, &error))
			return fail(encoder, error);
	}
	encoder->plan = NULL;
	encoder->used = MESSAGE_HEADER_OCTETS;
	return 0;
}

static int
encoder_init(struct ipfix_encoder *encoder)
{
	const struct ipfix_options *options = &encoder->options;
	GError *error = NULL;

	plan_compile_all(encoder->plans, &options->record);
	encoder->used = MESSAGE_HEADER_OCTETS;
	encoder->model = model_new(options->record.enterprise_number);
	if (announce(encoder->model, encoder->plans, options,
	        &encoder->templates, &encoder->types, &error) < 0)
		return fail(encoder, error);
	encoder->buffer = fixbuf_session_new(encoder->model, encoder->plans,
	    options, options->plain ? SESSION_FIELDS : SESSION_BODIES,
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
	message_array_free(&gone->templates);
	message_array_free(&gone->types);
	fixbuf_session_free(gone->buffer);
	model_free(gone->model);
	free(gone->octets);
	free(gone);
	*encoder = NULL;
}

/* libfixbuf's own counts what warmed it up, too. */
static void
put_sequence(uint8_t *message, uint32_t sequence)
{
	sequence = htobe32(sequence);
	memcpy(message + 8, &sequence, sizeof(sequence));
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
	encoder->plan = NULL;
	encoder->handler(encoder->context, &message);
	return 0;
}

/* The set of another template: its header, and libfixbuf's templates. */
static int
open_set(struct ipfix_encoder *encoder, const struct plan *plan)
{
	GError *error = NULL;

	if (!fBufSetExportTemplate(
	        encoder->buffer, plan->template_id, &error) ||
	    !fBufSetInternalTemplate(
	        encoder->buffer, plan->template_id, &error))
		return fail(encoder, error);
	encoder->plan = plan;
	encoder->used += SET_HEADER_OCTETS;
	return 0;
}

/* Room for a record, in a set of its template. */
static int
make_room(struct ipfix_encoder *encoder, const struct plan *plan)
{
	uint32_t need = plan->octets;

	if (plan != encoder->plan)
		need += SET_HEADER_OCTETS;
	if (encoder->used + need > encoder->options.message_octets &&
	    ipfix_encoder_flush(encoder) < 0)
		return -1;
	return plan == encoder->plan ? 0 : open_set(encoder, plan);
}

int
ipfix_encoder_add(
    struct ipfix_encoder *encoder, const struct exchange *exchange)
{
	const struct plan *plan = plan_of(encoder->plans, exchange);
	uint8_t record[IPFIX_RECORD_MAX];
	GError *error = NULL;

	if (make_room(encoder, plan) < 0)
		return -1;
	if (encoder->options.plain)
		plan_pack(plan, exchange, record);
	else
		body_encode(plan, exchange, record);
	if (!fBufAppend(encoder->buffer, record, plan->octets, &error))
		return fail(encoder, error);
	encoder->used += plan->octets;
	encoder->records++;
	return 0;
}

const struct message *
ipfix_encoder_templates(const struct ipfix_encoder *encoder, size_t *count)
{
	*count = encoder->templates.count;
	return encoder->templates.message;
}

const struct message *
ipfix_encoder_types(const struct ipfix_encoder *encoder, size_t *count)
{
	*count = encoder->types.count;
	return encoder->types.message;
}

const char *
ipfix_encoder_error(const struct ipfix_encoder *encoder)
{
	return encoder->error;
}
