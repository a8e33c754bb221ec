/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder: exchanges in, IPFIX messages out, by libfixbuf into a buffer
 * (EXPORT, "libfixbuf as the encoder").  One encoder serves all destinations
 * of one message class (size limit and observation domain); it is used by
 * one thread.
 */
#ifndef EXFLOW_IPFIX_ENCODER_H
#define EXFLOW_IPFIX_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/meter/exchange.h"
#include "exflow/record/record.h"

/* Template ids of the four shapes of an exchange record. */
enum ipfix_template {
	TEMPLATE_TCP4 = 0x101,
	TEMPLATE_UDP4 = 0x102,
	TEMPLATE_TCP6 = 0x103,
	TEMPLATE_UDP6 = 0x104,
	TEMPLATE_TYPES = 0x1f0, /* RFC 5610 options template */
};

/*
 * Which of the shapes an exchange has: 0 … IPFIX_SHAPES - 1.  Records of one
 * shape in a row are cheaper, and make shorter messages, than mixed ones:
 * each change of the template begins a set.
 */
#define IPFIX_SHAPES 4
static inline unsigned
ipfix_shape(const struct exchange *exchange)
{
	return (exchange->ip_version == 4 ? 0 : 2) +
	       (exchange->protocol == PROTOCOL_TCP ? 0 : 1);
}

struct ipfix_options {
	struct record_options record;
	uint32_t domain;         /* observation domain id */
	uint32_t message_octets; /* MESSAGE_MIN_OCTETS … MESSAGE_MAX_OCTETS */
	bool plain;              /* encode records by libfixbuf field by field
				 * (the oracle) instead of by hand */
};

/*
 * Takes each finished message.  Its sequence number counts the data records
 * of MESSAGE_DATA messages from 0; a destination that also sends
 * MESSAGE_TYPES, or loses a message, stamps its own (message_stamp).
 */
typedef void message_handler(void *context, const struct message *message);

struct ipfix_encoder;

/* NULL with a message in error (what libfixbuf said). */
struct ipfix_encoder *ipfix_encoder_new(const struct ipfix_options *options,
    message_handler *handler, void *context, char *error, size_t error_size);
void ipfix_encoder_free(struct ipfix_encoder **encoder);

/* Encode one exchange; full messages go to the handler.  0, or -1 (error). */
int ipfix_encoder_add(
    struct ipfix_encoder *encoder, const struct exchange *exchange);
/* Hand on the message that is being filled, if it holds a record. */
int ipfix_encoder_flush(struct ipfix_encoder *encoder);

/*
 * Messages that announce the templates, one template each; and the type
 * information of the project's own elements: the options template (of kind
 * MESSAGE_TEMPLATES), then its records (MESSAGE_TYPES).  Made once; they
 * belong to the encoder.
 *
 * Where both are sent, types go first: a reader that meets an unknown
 * element in a template has bound the template before it learns the type,
 * and then, as libfixbuf does, reads numbers in the wrong order of octets.
 */
const struct message *ipfix_encoder_templates(
    const struct ipfix_encoder *encoder, size_t *count);
const struct message *ipfix_encoder_types(
    const struct ipfix_encoder *encoder, size_t *count);

const char *ipfix_encoder_error(const struct ipfix_encoder *encoder);

#endif
