/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of src/ipfix share: the information model, the plan of a
 * record's octets, and the messages made once.
 */
#ifndef EXFLOW_SRC_IPFIX_INTERNAL_H
#define EXFLOW_SRC_IPFIX_INTERNAL_H

#include <fixbuf/public.h>

#include "exflow/ipfix/encoder.h"

#define IPFIX_FIELDS_MAX 64
#define IPFIX_RECORD_MAX 448 /* octets of the longest record */

/* The layout of one template: its fields in their order. */
struct plan {
	uint16_t template_id;
	uint16_t octets;     /* of a record */
	unsigned conditions; /* that hold: mask of enum field_condition */
	unsigned field_count;
	const struct field *field[IPFIX_FIELDS_MAX];
};

/* The plans of all templates, TEMPLATE_TCP4 first. */
void plan_compile_all(
    struct plan plans[IPFIX_SHAPES], const struct record_options *options);
static inline const struct plan *
plan_of(const struct plan plans[IPFIX_SHAPES], const struct exchange *exchange)
{
	return &plans[ipfix_shape(exchange)];
}
/* A record as it goes on the wire: plan->octets of them. */
void body_encode(
    const struct plan *plan, const struct exchange *exchange, uint8_t *out);
/* The same in host order and packed, as libfixbuf takes it. */
void plan_pack(
    const struct plan *plan, const struct exchange *exchange, uint8_t *out);

/*
 * Where glib gets no memory it ends the program, even where it only empties a
 * table: it is not called then.
 */
bool memory_is_left(size_t octets);
/* More than it wants for a model and a session, and to free them. */
#define STARTING_OCTETS (1 << 20)
#define FREEING_OCTETS 16384

/* libfixbuf's default model with what it lacks and the project's elements. */
fbInfoModel_t *model_new(uint32_t enterprise_number);
void model_free(fbInfoModel_t *model); /* or NULL */
uint32_t model_pen(const struct field *field, uint32_t enterprise_number);

/*
 * A session with the templates of all plans, and a buffer that writes to
 * octets.  As libfixbuf has it, the buffer owns session and exporter.
 * NULL with the error, which stays NULL for want of memory.
 */
enum fixbuf_session_kind {
	SESSION_FIELDS, /* field by field; the one that is announced */
	SESSION_BODIES, /* each record one octetArray, never announced */
};
fBuf_t *fixbuf_session_new(fbInfoModel_t *model, const struct plan *plans,
    const struct ipfix_options *options, enum fixbuf_session_kind kind,
    uint8_t *octets, GError **error);
void fixbuf_session_free(fBuf_t *buffer); /* or NULL */

/* A list of messages that owns their octets. */
struct message_array {
	struct message *message;
	size_t count;
};
void message_array_free(struct message_array *list);

/*
 * The messages of ipfix_encoder_templates and _types.  0, or -1 with the
 * error; it stays NULL for want of memory.
 */
int announce(fbInfoModel_t *model, const struct plan *plans,
    const struct ipfix_options *options, struct message_array *templates,
    struct message_array *types, GError **error);

#endif
