/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A live exchange in the meter's memory, in two parts under one number.
 *
 * What a packet touches is two cache lines of three that lie together: the
 * key with the clocks and the state, and the counts of its side.  What only
 * opening, timers and ending need (struct live_cold) is in an array of its
 * own.
 *
 * Counters are narrow to keep a side within its line.  All of them count
 * packets of that side, so none can pass `packets`: when that reaches 2^31,
 * or a 16-bit flag counter is full, all are carried over into a struct wide,
 * which almost no exchange ever needs.
 */
#ifndef EXFLOW_SRC_METER_LIVE_H
#define EXFLOW_SRC_METER_LIVE_H

#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/decode/segment.h"
#include "exflow/meter/exchange.h"

#define LIVE_NONE UINT32_MAX

enum live_state {
	LIVE_IN_USE = 1 << 0,
	LIVE_ANSWERED = 1 << 1, /* the server has spoken */
	LIVE_FIN_CLIENT = 1 << 2,
	LIVE_FIN_SERVER = 1 << 3,
	LIVE_RESET = 1 << 4, /* RST came before both FINs */
	LIVE_CLOSING = 1 << 5,
	LIVE_MIDSTREAM = 1 << 6,
	LIVE_SERVER_COUNTS = 1 << 7, /* in this part */
};

/* What the timeout of an exchange depends on. */
enum timeout_class {
	CLASS_TCP_OPENING,
	CLASS_TCP_ESTABLISHED,
	CLASS_TCP_HALF_CLOSED,
	CLASS_TCP_HALF_CLOSED_UNANSWERED,
	CLASS_TCP_CLOSING,
	CLASS_UDP,
	CLASS_COUNT
};

/* The counters that are rare enough for 16 bits. */
enum {
	RARE_FIN,
	RARE_SYN,
	RARE_RST,
	RARE_URG,
	RARE_ECE,
	RARE_CWR,
	RARE_COUNT
};

struct live_side {
	uint32_t packets;
	uint32_t data_packets;
	uint32_t ack_packets;
	uint32_t psh_packets;
	uint64_t ip_octets;
	uint64_t payload_octets;
	timestamp first, last; /* by the packets' own timestamps */
	uint16_t rare[RARE_COUNT];
	uint32_t next_sequence; /* sequence.h; goes on over parts */
};

struct live {
	struct flow_key key;
	timestamp clock[2]; /* the meter's now at each side's last packet */
	uint32_t initial_sequence;
	uint8_t state;  /* enum live_state */
	uint8_t class;  /* enum timeout_class */
	uint8_t client; /* which endpoint of key: 0 or 1 */
	uint8_t wide;   /* has a struct wide */
	/* The server's are undefined without LIVE_SERVER_COUNTS. */
	struct live_side side[2];
};
_Static_assert(sizeof(struct live) == 192, "three cache lines");
_Static_assert(sizeof(struct live_side) == 64, "one cache line");

struct live_cold {
	uint64_t flow_id;
	timestamp part_start; /* the meter's now at the part's first packet */
	uint32_t wheel_next, wheel_prev;
	uint32_t queue_next, queue_prev;
	uint32_t interface;
	uint16_t vlan;
	uint16_t wheel_slot;
};
_Static_assert(sizeof(struct live_cold) == 40, "part of the memory bound");

/* What the narrow counters of one side were carried over into. */
struct wide_side {
	uint64_t packets, data_packets, ack_packets, psh_packets;
	uint64_t rare[RARE_COUNT];
};

struct wide {
	uint32_t number; /* the place that they belong to */
	struct wide_side side[2];
};

static inline timestamp
live_last(const struct live *live)
{
	return timestamp_max(live->clock[CLIENT], live->clock[SERVER]);
}

#endif
