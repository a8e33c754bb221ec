/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments of an exchange that is about to end. */
#ifndef EXFLOW_TESTS_METER_ENDING_H
#define EXFLOW_TESTS_METER_ENDING_H

#include "../meter_fixture.h"

#define ISN 100u /* the client's */
#define SERVER_ISN 500u

static inline void
client_says(struct bench *bench, double at, uint8_t flags, uint32_t sequence,
    uint32_t payload)
{
	numbered(bench, at, client, server, flags, sequence, SERVER_ISN + 1,
	    payload);
}

static inline void
server_says(struct bench *bench, double at, uint8_t flags, uint32_t sequence,
    uint32_t payload)
{
	numbered(bench, at, server, client, flags, sequence, ISN + 1, payload);
}

static inline struct bench *
bench_shaken(void)
{
	struct bench *bench = bench_started();

	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	client_says(bench, 1, TCP_ACK, ISN + 1, 0);
	return bench;
}

static inline struct end_point
nth(int n)
{
	return (struct end_point){ client.address, (uint16_t)(2000 + n) };
}

static inline void
assert_load(
    struct bench *bench, uint64_t live, uint64_t remembered, uint64_t resumable)
{
	struct meter_load load;

	meter_load(bench->meter, &load);
	assert_int_equal(load.live, live);
	assert_int_equal(load.remembered, remembered);
	assert_int_equal(load.resumable, resumable);
}

#endif
