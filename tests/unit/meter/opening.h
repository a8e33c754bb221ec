/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments that open exchanges. */
#ifndef EXFLOW_TESTS_METER_OPENING_H
#define EXFLOW_TESTS_METER_OPENING_H

#include "../meter_fixture.h"

#define ISN 100u /* the client's */
#define SERVER_ISN 500u

static inline struct end_point
at_port(struct end_point end, uint16_t port)
{
	end.port = port;
	return end;
}

static inline void
assert_client(const struct exchange *e, struct end_point end)
{
	const uint8_t octets[4] = { (uint8_t)(end.address >> 24),
		(uint8_t)(end.address >> 16), (uint8_t)(end.address >> 8),
		(uint8_t)end.address };

	assert_memory_equal(e->address[CLIENT], octets, 4);
	assert_int_equal(e->port[CLIENT], end.port);
}

static inline void
syn_of(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint32_t isn)
{
	numbered(bench, at, from, to, TCP_SYN, isn, 0, 0);
}

/* The server accepts the SYN with this initial sequence number. */
static inline void
syn_ack_of(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint32_t isn)
{
	numbered(
	    bench, at, from, to, TCP_SYN | TCP_ACK, SERVER_ISN, isn + 1, 0);
}

static inline void
shake(
    struct bench *bench, double at, struct end_point from, struct end_point to)
{
	syn_of(bench, at, from, to, ISN);
	syn_ack_of(bench, at, to, from, ISN);
	numbered(bench, at, from, to, TCP_ACK, ISN + 1, SERVER_ISN + 1, 0);
}

#endif
