/* SPDX-License-Identifier: BSD-2-Clause */
/* An encoder, its options, and the messages that it has made. */
#ifndef EXFLOW_TESTS_IPFIX_ENCODED_H
#define EXFLOW_TESTS_IPFIX_ENCODED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/ipfix/encoder.h"

#define DOMAIN 0x01020304
#define COMBINATIONS 256 /* of the switches of record_options */

/* The messages of an encoder, one behind the other. */
struct stream {
	uint8_t *octets;
	size_t length, room;
	size_t messages;
	uint64_t records, cut;
	uint32_t longest;
};

static inline void
stream_add(void *context, const struct message *message)
{
	struct stream *stream = context;

	while (stream->room < stream->length + message->length) {
		stream->room = stream->room * 2 + 65536;
		stream->octets = realloc(stream->octets, stream->room);
		assert_non_null(stream->octets);
	}
	memcpy(
	    stream->octets + stream->length, message->octets, message->length);
	/* The export times of two encoders may differ by a second. */
	memset(stream->octets + stream->length + 4, 0, 4);
	stream->length += message->length;
	stream->messages++;
	stream->records += message->records;
	if (message->length > stream->longest)
		stream->longest = message->length;
}

static inline uint32_t
min_octets(unsigned combination)
{
	struct record_options options = { .quality = combination & 64,
		.names = combination & 128 };

	return ipfix_message_min(&options);
}

static inline struct ipfix_options
options_of(unsigned combination, uint32_t message_octets, bool plain)
{
	struct ipfix_options options = { .domain = DOMAIN,
		.message_octets = message_octets,
		.plain = plain };

	record_options_init(&options.record);
	options.record.flags_own = combination & 1;
	options.record.flags_iana = combination & 2;
	options.record.interface = combination & 4;
	options.record.vlan = combination & 8;
	options.record.biflow = (combination & 16) == 0;
	options.record.mac = combination & 32;
	/* Profiles without quality have no field. */
	options.record.quality = combination & 64;
	options.record.profiles = combination & 3;
	options.record.names = combination & 128;
	options.record.payload = combination & 4;
	options.record.other = true;
	return options;
}

static inline struct ipfix_encoder *
encoder_of(const struct ipfix_options *options, struct stream *stream)
{
	char error[256] = "";
	struct ipfix_encoder *encoder = ipfix_encoder_new(
	    options, stream_add, stream, error, sizeof(error));

	if (encoder == NULL)
		fail_msg("%s", error);
	return encoder;
}

static inline uint32_t
get(const uint8_t *at, unsigned octets)
{
	uint32_t value = 0;

	while (octets-- > 0)
		value = value << 8 | *at++;
	return value;
}

#endif
