/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A live exchange in the meter's memory: three records in three arrays, all
 * under one number.
 *
 *	index ─► number ─┬─► head   64 octets: key, clock, state
 *	                 ├─► sides 128 octets: counts of the client, the server
 *	                 └─► cold   40 octets: timers, queues, the opening
 *
 * A packet touches two cache lines: the head, and the counts of its side.
 * What only opening, timers and ending need is cold.
 *
 * An opening that nobody has answered takes no sides.  While a client's
 * packets are copies of one another (a SYN and its retransmissions, a query
 * and its repetitions) they are a "run": the cold record keeps the shape of
 * the packet and how many there were.  One datagram that answers one (DNS,
 * NTP) is still a run: the head keeps the shape of the answer.  The first
 * packet that is anything else writes the run into the sides and is counted
 * there, and so is all that follows.  So a flood of openings takes 104 octets
 * each, and so does a query with its answer.
 *
 * Counters are narrow to keep a side within its line.  All of them count
 * packets of that side, so none can pass `packets`: when that reaches 2^31,
 * or a counter of 8 or 16 bits is full, all are carried over into a struct
 * wide, which almost no exchange ever needs.
 *
 * States of an exchange, and what leads from one to the next:
 *
 *	                     SYN-ACK without its SYN
 *	                  ┌───────────────► waiting (waiting.h) ──► unmatched
 *	                  │                    │ SYN, or 1 s with `midstream`
 *	  first packet ───┴─► opening ◄────────┘
 *	                         │ sign of the server
 *	                         ▼          FIN of one side
 *	  resumable ──────────► open ─────────────────► half-closed
 *	  (resumable.h)          │                          │
 *	     ▲ segment           │ RST, or both FINs        │ the other FIN, RST
 *	     │ without SYN       ▼                          │
 *	     │                lingering ◄───────────────────┘
 *	     │                   │ SYN copy, then its SYN-ACK: open again
 *	     │                   ▼
 *	     └─ idle,        ended: a record
 *	        half_closed
 *
 * A remembered exchange (LIVE_LEFT_OUT) goes through the same states: `meter`
 * leaves it out, so its packets are unmatched and it makes no record.
 */
#ifndef EXFLOW_MEMORY_LIVE_H
#define EXFLOW_MEMORY_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/decode/segment.h"
#include "exflow/quality/figures.h"

#define LIVE_NONE UINT32_MAX

enum live_state {
	LIVE_IN_USE = 1 << 0,
	/* TCP: there was a sign of the server.  Else both sides have spoken. */
	LIVE_ANSWERED = 1 << 1,
	LIVE_FIN_CLIENT = 1 << 2,
	LIVE_FIN_SERVER = 1 << 3,
	LIVE_RESET = 1 << 4,   /* RST came before both FINs */
	LIVE_CLOSING = 1 << 5, /* it lingers */
	LIVE_GUESSED = 1 << 6, /* DIRECTION_GUESSED */
	LIVE_RESUMED = 1 << 7,
	LIVE_LEFT_OUT = 1 << 8, /* remembered */
	/* initial_sequence is the client's initial sequence number (ISN), */
	LIVE_NUMBERED = 1 << 9,
	/* as a SYN-ACK says, which may acknowledge octets of the SYN, too. */
	LIVE_NUMBERED_BY_ACK = 1 << 10,
	LIVE_SYN_AGAIN = 1 << 11, /* a copy of the SYN came while it lingers */
	/* Counts of this part: as a run, or in the sides. */
	LIVE_RUN = 1 << 12,
	LIVE_CLIENT_COUNTS = 1 << 13,
	LIVE_SERVER_COUNTS = 1 << 14,
	LIVE_CUT = 1 << 15, /* there was a part before */
	LIVE_COUNTS = LIVE_RUN | LIVE_CLIENT_COUNTS | LIVE_SERVER_COUNTS,
};

/* What the timeout of an exchange depends on. */
enum timeout_class {
	CLASS_TCP_OPENING,
	CLASS_TCP_ESTABLISHED,
	CLASS_TCP_HALF_CLOSED,
	CLASS_TCP_HALF_CLOSED_UNANSWERED,
	CLASS_TCP_CLOSING,
	CLASS_DATAGRAM, /* UDP and other protocols */
	CLASS_COUNT
};

/* The server's only packet in a run. */
struct live_answer {
	uint16_t ip_octets;
	uint8_t header_words; /* octets that are no payload, by fours */
	uint8_t tos;
};

struct live {
	_Alignas(64) struct flow_key key;
	/*
	 * Of the first packet; part of the key where the settings say so.
	 * The tags' upper bits are those of live_client_tos().
	 */
	uint32_t tunnel;
	uint16_t vlan, customer_vlan;
	timestamp last; /* the meter's now at the last packet */
	union {
		/*
		 * TCP: the client's ISN or, without LIVE_NUMBERED, the sequence
		 * number of the first segment.  ICMP: type and code of the
		 * first packet.
		 */
		uint32_t initial_sequence;
		struct live_answer answer; /* UDP: LIVE_RUN and LIVE_ANSWERED */
	};
	uint16_t state;          /* enum live_state */
	uint8_t class : 3,       /* enum timeout_class */
	    spoke : 2,           /* bits of the sides; sequence.h */
	    acknowledged : 1,    /* likewise */
	    server_numbered : 1; /* the server's initial_sequence is known */
	uint8_t client : 1,      /* which endpoint of key: 0 or 1 */
	    wide : 1,            /* has a struct wide */
	    /*
	     * LIVE_LEFT_OUT: enum unmatched.  Else the lowest bits of the
	     * tick of the wheel in which the part is to be cut.
	     */
	    reason_or_cut : 6;
};
_Static_assert(sizeof(struct live) == 64, "one cache line");
_Static_assert(UNMATCHED_COUNT <= 64, "a reason has 6 bits");
_Static_assert(CLASS_COUNT <= 8, "a class has 3 bits");

/* The flags that are rare enough for counters of 8 and of 16 bits. */
struct rare_counts {
	uint8_t fin, syn, rst, urg;
	uint16_t ece, cwr;
};

/*
 * Counts of a part, undefined without LIVE_CLIENT_COUNTS, LIVE_SERVER_COUNTS.
 * What the union holds goes on over parts.
 */
struct live_side {
	uint32_t packets;
	uint32_t data_packets;
	uint32_t ack_packets;
	uint32_t psh_packets;
	uint64_t ip_octets;
	uint64_t payload_octets;
	timestamp first, last; /* by the packets' own timestamps */
	struct rare_counts rare;
	union {
		struct { /* TCP; sequence.h */
			uint32_t next_sequence;
			union {
				uint32_t initial_sequence; /* the server's */
				uint8_t server_tos;        /* in the client's */
			};
		};
		timestamp heard; /* other: the meter's now at its last packet */
	};
};
_Static_assert(sizeof(struct live_side) == 64, "one cache line");

struct live_sides {
	_Alignas(64) struct live_side side[2]; /* CLIENT, SERVER */
};

/* A packet that repeats: its shape, and how many there were. */
struct live_run {
	uint16_t ip_octets;
	uint8_t packets;
	uint8_t header_words : 6, /* octets that are no payload, by fours */
	    flags : 2;            /* enum run_flags */
};

enum run_flags {
	RUN_NO_FLAGS, /* no TCP */
	RUN_SYN,
	RUN_SYN_ECN, /* with ECE and CWR (RFC 3168, 6.1.1) */
	RUN_FLAGS_COUNT
};

struct live_cold {
	uint64_t flow_id : 53, wheel_slot : 11;
	timestamp part_start; /* the meter's now at the part's first packet */
	uint32_t wheel_next, wheel_prev;
	uint32_t queue_next, queue_prev;
	uint32_t interface;
	union {
		struct live_run run; /* LIVE_RUN */
		struct {
			uint16_t syn_payload; /* of the client's SYN */
			union {               /* of the part */
				uint8_t initial_flags[2]; /* TCP; by side */
				uint8_t server_tos;       /* other */
			};
		};
	};
};
_Static_assert(sizeof(struct live_cold) == 40, "part of the memory bound");

/* With `mac` only, in an array of its own: see macs.h. */
struct live_macs {
	_Alignas(16) uint8_t address[2][MAC_OCTETS]; /* of CLIENT, SERVER */
	uint8_t known; /* bits: 1 << CLIENT, 1 << SERVER */
};

/* What the narrow counters of one side were carried over into. */
struct wide_side {
	uint64_t packets, data_packets;
	uint64_t flag_packets[TCP_FLAG_COUNT];
};

struct wide {
	uint32_t number; /* the place that they belong to */
	struct wide_side side[2];
	struct exchange_quality *quality; /* with `quality`, or NULL */
};

/* A VLAN id has 12 bits; those above hold half of the client's tos each. */
#define LIVE_VLAN 0x0fff

static inline uint16_t
live_vlan(const struct live *live)
{
	return live->vlan & LIVE_VLAN;
}

static inline uint16_t
live_customer_vlan(const struct live *live)
{
	return live->customer_vlan & LIVE_VLAN;
}

/* Of the client's first packet in this part. */
static inline uint8_t
live_client_tos(const struct live *live)
{
	return (uint8_t)(live->vlan >> 12 << 4 | live->customer_vlan >> 12);
}

static inline void
live_set_client_tos(struct live *live, uint8_t tos)
{
	live->vlan = (uint16_t)(live_vlan(live) | tos >> 4 << 12);
	live->customer_vlan =
	    (uint16_t)(live_customer_vlan(live) | (tos & 15) << 12);
}

static inline bool
live_is_tcp(const struct live *live)
{
	return live->key.protocol == PROTOCOL_TCP;
}

#endif
