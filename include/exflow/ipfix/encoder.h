/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder makes IPFIX messages of exchanges, by libfixbuf, in a buffer.
 * One encoder serves all outputs of one message class, that is of one message
 * size and observation domain.  One thread uses it.
 */
#ifndef EXFLOW_IPFIX_ENCODER_H
#define EXFLOW_IPFIX_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/exchange/exchange.h"
#include "exflow/record/record.h"

/*
 * The id of a template says which records it has:
 *
 *	0x1 S B		B	1 TCP, 2 UDP over IPv4; 3 TCP, 4 UDP over IPv6;
 *	    │ └─ base		5 ICMP, 6 other over IPv4; 7 ICMPv6, 8 other
 *	    │			over IPv6
 *	    └─── sides	S	0 both sent something, 1 only the client,
 *				2 only the server; 4 more with the client's
 *				hardware address, 8 more with the server's;
 *				0x200 more with quality, 0x400 with names;
 *				0x800 more with quality that is brief
 */
enum ipfix_template {
	TEMPLATE_TCP4 = 0x101,
	TEMPLATE_UDP4 = 0x102,
	TEMPLATE_TCP6 = 0x103,
	TEMPLATE_UDP6 = 0x104,
	TEMPLATE_ICMP4 = 0x105,
	TEMPLATE_OTHER4 = 0x106,
	TEMPLATE_ICMP6 = 0x107,
	TEMPLATE_OTHER6 = 0x108,
	/* Added to one of these. */
	TEMPLATE_CLIENT_ONLY = 0x010,
	TEMPLATE_SERVER_ONLY = 0x020,
	TEMPLATE_MACS = 0x040, /* times macs of struct exchange */
	TEMPLATE_QUALITY = 0x200,
	TEMPLATE_NAMES = 0x400,
	TEMPLATE_BRIEF = 0x800,
	TEMPLATE_TYPES = 0x1f0, /* RFC 5610 options template */
};

enum ipfix_sides {
	SIDES_BOTH,
	SIDES_CLIENT,
	SIDES_SERVER,
	SIDES_COUNT
};

/*
 * The shape of an exchange, 0 … IPFIX_SHAPES - 1, decides on its template:
 *
 *	0			base + IPFIX_BASES * (sides + SIDES_COUNT * macs)
 *	IPFIX_PLAIN_SHAPES	the same with figures of quality
 *	IPFIX_BRIEF_SHAPES	the same with brief figures, without macs
 *	IPFIX_FIXED_SHAPES	the first two again, with names
 *
 * Each change of the template begins a set, so records of one shape in a row
 * are cheaper and make shorter messages than mixed ones.  The bases of TCP and
 * UDP come first, as many as IPFIX_PORT_BASES; others have no names, nor brief
 * figures.  Many shapes do not occur, see ipfix_shape_occurs().
 *
 * Records of the first IPFIX_FIXED_SHAPES have a fixed length; those of the
 * others end with texts.
 */
#define IPFIX_PORT_BASES 4
#define IPFIX_BASES 8
enum {
	IPFIX_SHAPES_WITHOUT_MACS = IPFIX_BASES * SIDES_COUNT,
	IPFIX_PLAIN_SHAPES = IPFIX_SHAPES_WITHOUT_MACS * 4,
	IPFIX_BRIEF_SHAPES = 2 * IPFIX_PLAIN_SHAPES,
	IPFIX_FIXED_SHAPES = IPFIX_BRIEF_SHAPES + IPFIX_SHAPES_WITHOUT_MACS,
	IPFIX_SHAPES = IPFIX_FIXED_SHAPES + IPFIX_BRIEF_SHAPES
};

/* Whether records with these options may have this shape. */
bool ipfix_shape_occurs(const struct record_options *options, unsigned shape);

static inline unsigned
ipfix_base(uint8_t ip_version, uint8_t protocol)
{
	unsigned version = ip_version == 4 ? 0 : 2;

	/* For every record, and nearly all of them are of these. */
	if (__builtin_expect(protocol == PROTOCOL_TCP, 1))
		return version;
	if (__builtin_expect(protocol == PROTOCOL_UDP, 1))
		return version + 1;
	if (protocol == (version == 0 ? PROTOCOL_ICMP : PROTOCOL_ICMP6))
		return IPFIX_PORT_BASES + version;
	return IPFIX_PORT_BASES + version + 1;
}

/* Without quality and names, whether the exchange has them or not. */
static inline unsigned
ipfix_plain_shape(const struct exchange *exchange)
{
	unsigned base = ipfix_base(exchange->ip_version, exchange->protocol);

	if (__builtin_expect(base >= IPFIX_PORT_BASES, 0) &&
	    exchange->icmp_type_code == ICMP_TYPE_CODE_UNKNOWN)
		base |= 1; /* the template of others has none */
	base += IPFIX_SHAPES_WITHOUT_MACS * exchange->macs;
	if (exchange->side[SERVER].packets == 0)
		return base + IPFIX_BASES * SIDES_CLIENT;
	if (exchange->side[CLIENT].packets == 0)
		return base + IPFIX_BASES * SIDES_SERVER;
	return base;
}

/*
 * Whether figures that came as a brief (struct quality_brief) can leave so, in
 * a record that has nothing but what one packet of each side can tell: TTL,
 * what a SYN says, the payload of a datagram, the response time.  All else is 0
 * or unknown in them, or follows from the counts.
 */
static inline bool
ipfix_is_brief(const struct exchange *exchange)
{
	const struct exchange_side *side = exchange->side;
	unsigned tos = side[CLIENT].tos | side[SERVER].tos;

	return exchange->brief.kind != BRIEF_NONE &&
	       (tos & QUALITY_ECN_MASK) == 0 && exchange->macs == 0 &&
	       !exchange_brief_idle(exchange);
}

static inline unsigned
ipfix_shape(
    const struct exchange *exchange, const struct record_options *options)
{
	unsigned shape = ipfix_plain_shape(exchange);
	bool ports = shape % IPFIX_BASES < IPFIX_PORT_BASES;

	if (__builtin_expect(options->names && exchange->names != NULL, 0) &&
	    ports)
		return shape + IPFIX_FIXED_SHAPES +
		       (options->quality && exchange->quality != NULL
		               ? IPFIX_PLAIN_SHAPES
		               : 0);
	if (__builtin_expect(!options->quality || exchange->quality == NULL, 1))
		return shape;
	if (ports && options->profiles == 0 && ipfix_is_brief(exchange))
		return shape + IPFIX_BRIEF_SHAPES;
	return shape + IPFIX_PLAIN_SHAPES;
}

/* The kind of the exchanges that have this shape, and their template's id. */
struct record_kind ipfix_shape_kind(unsigned shape);
uint16_t ipfix_shape_template(unsigned shape);

/* The smallest message that holds any record and any template of these. */
static inline uint32_t
ipfix_message_min(const struct record_options *options)
{
	if (options->quality && options->names)
		return MESSAGE_BOTH_MIN_OCTETS;
	return options->quality || options->names ? MESSAGE_QUALITY_MIN_OCTETS
	                                          : MESSAGE_MIN_OCTETS;
}

struct ipfix_options {
	struct record_options record;
	uint32_t domain; /* observation domain id */
	/* ipfix_message_min() … MESSAGE_MAX_OCTETS */
	uint32_t message_octets;
	bool plain; /* libfixbuf encodes records field by field:
				 * slower, and the tests' second opinion */
};

/*
 * Takes each finished message, whose octets are valid during the call.  Its
 * sequence number counts the records of MESSAGE_DATA messages from 0.  An
 * output that sends MESSAGE_TYPES, too, or loses a message, writes its own
 * sequence numbers (message_stamp).
 */
typedef void message_handler(void *context, const struct message *message);

struct ipfix_encoder;

/* NULL with a message in error. */
struct ipfix_encoder *ipfix_encoder_new(const struct ipfix_options *options,
    message_handler *handler, void *context, char *error, size_t error_size);
void ipfix_encoder_free(struct ipfix_encoder **encoder);

/*
 * Encode one exchange.  A full message goes to the handler.  Texts are cut to
 * what a message holds.  0, or -1 with the reason in ipfix_encoder_error(); the
 * encoder can then only be freed.
 */
int ipfix_encoder_add(
    struct ipfix_encoder *encoder, const struct exchange *exchange);
/* The same, where its ipfix_shape() with options.record is known. */
int ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape);
/* Give the unfinished message to the handler, if it holds a record. */
int ipfix_encoder_flush(struct ipfix_encoder *encoder);

/*
 * The messages with the templates, one template each; and those with the type
 * information of the project's own elements: the options template (of kind
 * MESSAGE_TEMPLATES), then its records (MESSAGE_TYPES).  The encoder owns them
 * and makes them once.  Templates of protocols other than TCP and UDP are among
 * them with options.record.other, without which no such exchange may be added;
 * those with quality with options.record.quality, with names likewise.
 *
 * Send the types before the templates.  A reader of libfixbuf that meets a
 * template with an unknown element does not swap its octets, even if it learns
 * the type later.
 */
const struct message *ipfix_encoder_templates(
    const struct ipfix_encoder *encoder, size_t *count);
const struct message *ipfix_encoder_types(
    const struct ipfix_encoder *encoder, size_t *count);

/* Records so far whose texts were cut. */
uint64_t ipfix_encoder_cut(const struct ipfix_encoder *encoder);
const char *ipfix_encoder_error(const struct ipfix_encoder *encoder);

#endif
