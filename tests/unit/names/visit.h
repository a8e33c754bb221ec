/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exchange whose payloads are made by hand, and hellos of TLS by what they
 * are to say.
 *
 *	visit_begin(&visit, NAMES_TLS);
 *	length = make_hello(message, &(struct spec){ .name = "a.example" });
 *	visit_tcp(&visit, CLIENT, 0, octets, length);
 *	assert_text(visit_read(&visit), NAMES_TLS_SERVER, "a.example");
 *	visit_end(&visit);
 */
#ifndef EXFLOW_VISIT_H
#define EXFLOW_VISIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/names/state.h"
#include "exflow/decode/segment.h"
#include "exflow/names/names.h"

#include "hellos.h"

#define START_NS UINT64_C(1700000000000000000)

struct visit {
	struct names *names;
	names_state state;
	uint64_t ns;
	uint16_t port;
	uint32_t first[2];
	bool joined; /* no SYN was seen */
	uint64_t room[(EXCHANGE_NAMES_OCTETS_MAX + 7) / 8];
};

static inline void
visit_begin_with(struct visit *visit, const struct names_options *options)
{
	memset(visit, 0, sizeof(*visit));
	visit->names = names_new(options);
	assert_non_null(visit->names);
	visit->ns = START_NS;
	visit->port = 443;
	visit->first[0] = 0xfffffff0; /* wraps */
	visit->first[1] = 1000;
}

static inline void
visit_begin(struct visit *visit, unsigned kinds)
{
	const struct names_options options = {
		.kinds = kinds,
		.states = 16,
		.buffers = 4,
	};

	visit_begin_with(visit, &options);
}

/* Of `length` octets on the wire `captured` were. */
static inline void
visit_give(struct visit *visit, uint8_t protocol, int side, uint32_t sequence,
    const void *octets, size_t captured, size_t length)
{
	const struct names_packet packet = {
		.octets = octets,
		.captured = (uint32_t)captured,
		.length = (uint32_t)length,
		.sequence = sequence,
		.time = { visit->ns },
		.protocol = protocol,
		.side = (uint8_t)side,
		.first_known = !visit->joined,
		.first = visit->first[side],
		.port = visit->port,
	};

	names_payload(visit->names, &visit->state, &packet);
}

/* At this offset of the side's stream. */
static inline void
visit_tcp(struct visit *visit, int side, size_t offset, const void *octets,
    size_t length)
{
	visit_give(visit, PROTOCOL_TCP, side,
	    visit->first[side] + (uint32_t)offset, octets, length, length);
}

static inline void
visit_text(struct visit *visit, int side, size_t offset, const char *text)
{
	visit_tcp(visit, side, offset, text, strlen(text));
}

static inline void
visit_udp(struct visit *visit, int side, const void *octets, size_t length)
{
	visit_give(visit, PROTOCOL_UDP, side, 0, octets, length, length);
}

static inline const struct exchange_names *
visit_read(struct visit *visit)
{
	struct exchange_names *names = (struct exchange_names *)visit->room;

	names_read(visit->names, visit->state, NULL, 0, names);
	return names;
}

/* The exchange is over: everything it had is given back. */
static inline void
visit_again(struct visit *visit)
{
	names_end(visit->names, &visit->state);
	assert_int_equal(visit->state, 0);
	assert_int_equal(visit->names->states.live, 0);
	assert_int_equal(visit->names->cells.live, 0);
	assert_int_equal(visit->names->buffers.live, 0);
}

static inline void
visit_end(struct visit *visit)
{
	visit_again(visit);
	names_free(&visit->names);
}

static inline void
assert_text(
    const struct exchange_names *names, enum names_text which, const char *text)
{
	assert_int_equal(names->length[which], strlen(text));
	assert_memory_equal(
	    exchange_names_text(names, which), text, strlen(text));
}

#endif
