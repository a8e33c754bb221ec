/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A finished exchange, as it leaves the meter: a plain value that owns nothing,
 * and points to nothing but the figures of its quality and its names.
 */
#ifndef EXFLOW_METER_EXCHANGE_H
#define EXFLOW_METER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/decode/segment.h"
#include "exflow/names/exchange_names.h"
#include "exflow/quality/figures.h"

/* The values of the element exchangeEnd. */
enum exchange_end {
	END_FINISHED = 1,    /* both FINs */
	END_RESET = 2,       /* RST before both FINs */
	END_HALF_CLOSED = 3, /* one FIN, then silence */
	END_REPLACED = 4,    /* a new SYN on the same 5-tuple */
	END_UNANSWERED = 5,  /* the server never spoke (TCP) */
	END_IDLE = 6,
	END_ACTIVE = 7,   /* a part; the exchange goes on */
	END_EVICTED = 8,  /* max_exchanges was reached */
	END_SHUTDOWN = 9, /* end of input or of the program */
	END_COUNT         /* ends are 1 … END_COUNT - 1 */
};

/* "finished", "reset", "half_closed", …: the names used in every report. */
const char *exchange_end_name(enum exchange_end end);

enum {
	CLIENT,
	SERVER
};

struct exchange_side {
	timestamp first, last; /* 0 where packets is 0 */
	uint64_t packets;
	uint64_t ip_octets;
	uint64_t payload_octets;
	uint64_t data_packets;                 /* packets with payload */
	uint64_t flag_packets[TCP_FLAG_COUNT]; /* by the flag's bit number */
	uint8_t initial_flags;                 /* TCP's, of its first packet */
	uint8_t tos;             /* of its first packet; DSCP and ECN */
	uint8_t mac[MAC_OCTETS]; /* where exchange.macs has it */
};

/*
 * How the client was told from the server: biflowDirection, element 239
 * (RFC 5103, 6.3).
 */
enum exchange_direction {
	DIRECTION_GUESSED = 0,   /* by ports and networks */
	DIRECTION_INITIATOR = 1, /* the client sent the opening */
	DIRECTION_RESPONDER = 2  /* exchange_one_way: the server's half */
};

/* An ICMP type and code that is not known. */
#define ICMP_TYPE_CODE_UNKNOWN UINT16_MAX

/* What a record covers. */
enum exchange_extent {
	EXTENT_WHOLE, /* the exchange, which has never been cut */
	EXTENT_PART,  /* one of several; the last has the exchange's end */
	EXTENT_SUM    /* the sums over all parts, when it ends; see meter.h */
};

struct exchange {
	uint8_t address[2][16];  /* of CLIENT, SERVER; IPv4 in the first 4 */
	uint16_t port[2];        /* of CLIENT, SERVER, host order */
	uint8_t protocol;        /* IP protocol number */
	uint8_t ip_version;      /* 4 or 6 */
	uint16_t vlan;           /* of the first packet, 0: untagged */
	uint16_t customer_vlan;  /* of its inner tag, 0: none */
	uint16_t icmp_type_code; /* of the first packet, type * 256 + code */
	uint32_t tunnel;         /* id of the tunnel it came in, else 0 */
	uint32_t interface;      /* of the first packet, 0: a file */
	uint8_t extent;          /* enum exchange_extent */
	uint8_t end;             /* enum exchange_end */
	uint8_t end_reason;      /* flowEndReason, IANA element 136: 1 … 5 */
	uint8_t direction;       /* enum exchange_direction */
	bool resumed;            /* it goes on after a timeout (tcp_resume) */
	uint8_t local; /* by side, 1 << CLIENT and so on: whether its end is in
	                * a local network; with quality */
	uint8_t macs;  /* whose mac is known: bits 1 << CLIENT, 1 << SERVER */
	bool turned;   /* exchange_one_way: its client is the whole's server */
	/*
	 * With quality: its kind is BRIEF_NONE but for what the meter has
	 * written into its handler's room (exchange_room, in meter.h).  There
	 * it stands for figures that are not written.
	 */
	struct quality_brief brief;
	uint64_t flow_id; /* the same in all parts of one exchange */
	struct exchange_side side[2]; /* of CLIENT, SERVER */
	/*
	 * NULL where quality is off.  Its owner is whoever made room for the
	 * exchange, and it lives as long.  In such room, before there is an
	 * exchange in it: where its figures are to be written.
	 */
	struct exchange_quality *quality;
	/*
	 * Who was talked to; NULL: no names are known.  Borrowed: it lives as
	 * long as what made room for the exchange, and a copy of the exchange
	 * points to the same.
	 */
	const struct exchange_names *names;
};

/*
 * Write the figures that its brief stands for, in an exchange with quality;
 * without a brief nothing happens.
 */
void exchange_expand(struct exchange *exchange);
/* The same somewhere else: figures of an exchange with a brief. */
void exchange_read_brief(
    const struct exchange *exchange, struct exchange_quality *figures);
/*
 * How many microseconds after the client's first packet came the server's, of an
 * exchange with a brief, in which that has answered.  False: it has not.
 */
static inline bool
exchange_brief_answer(const struct exchange *exchange, uint64_t *took)
{
	const struct exchange_side *side = exchange->side;

	*took = side[SERVER].first.ns / 1000 - side[CLIENT].first.ns / 1000;
	return side[SERVER].packets > 0 &&
	       side[SERVER].first.ns >= side[CLIENT].first.ns;
}

/* Has it been idle (struct exchange_quality), an exchange with a brief? */
static inline bool
exchange_brief_idle(const struct exchange *exchange)
{
	const struct exchange_side *side = exchange->side;
	uint64_t took;

	/* For every record: no division where a comparison tells. */
	if (__builtin_expect(
	        side[SERVER].packets == 0 ||
	            side[SERVER].first.ns - side[CLIENT].first.ns <=
	                QUALITY_IDLE_US * 1000,
	        1))
		return false;
	return exchange_brief_answer(exchange, &took) && took > QUALITY_IDLE_US;
}

/* Whether both sides sent something. */
static inline bool
exchange_two_way(const struct exchange *exchange)
{
	return exchange->side[CLIENT].packets > 0 &&
	       exchange->side[SERVER].packets > 0;
}

/*
 * Copy an exchange, and its figures to where to->quality points.  Without
 * figures, or without room for them (NULL), the copy has none.
 */
void exchange_copy(struct exchange *to, const struct exchange *from);
/*
 * What one side sent, as an exchange of its own: that side is its client, and
 * its server sent nothing.  Ends, flow id, VLAN, hardware addresses and
 * interface are those of the whole; the ICMP type of what the server sent is
 * not known.
 *
 * half->quality is room for figures, or NULL.  The half has those of its side
 * in side[CLIENT], with the round-trip times between that side and the probe;
 * in side[SERVER] those of the other side, for what spans the whole path.  Idle
 * time is of the whole, the response time in the half that asked.  Both halves
 * have the names of the whole.
 */
void exchange_one_way(
    const struct exchange *exchange, int side, struct exchange *half);

/* First and last packet of either side.  packets > 0 on one side at least. */
timestamp exchange_first(const struct exchange *exchange);
timestamp exchange_last(const struct exchange *exchange);

/* The union of the flags that a side (CLIENT, SERVER) sent. */
static inline uint8_t
exchange_flags(const struct exchange *exchange, int side)
{
	const uint64_t *counts = exchange->side[side].flag_packets;
	unsigned flags = 0;

	/* Without branches or a loop: this is done for every record. */
#pragma GCC unroll 8
	for (int bit = TCP_FLAG_COUNT - 1; bit >= 0; bit--)
		flags = 2 * flags + (counts[bit] > 0);
	return (uint8_t)flags;
}

/*
 * The same of all its packets but the first: a flag that one packet had is
 * among these if the first one lacks it.
 */
static inline uint8_t
exchange_later_flags(const struct exchange *exchange, int side)
{
	const struct exchange_side *from = &exchange->side[side];
	unsigned first = from->initial_flags, twice;

	/* Of a first packet nearly always at most these two. */
	twice = (from->flag_packets[FLAG_SYN] > 1) << FLAG_SYN |
	        (from->flag_packets[FLAG_ACK] > 1) << FLAG_ACK;
	if (__builtin_expect((first & ~(TCP_SYN | TCP_ACK)) != 0, 0))
		for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
			twice |= (unsigned)(from->flag_packets[bit] > 1) << bit;
	return (uint8_t)(twice | (exchange_flags(exchange, side) & ~first));
}

#endif
