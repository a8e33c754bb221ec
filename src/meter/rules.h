/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules that are about one segment and one exchange: who is the client, who
 * may open, what a segment changes, when it is over and how it ends.
 */
#ifndef EXFLOW_SRC_METER_RULES_H
#define EXFLOW_SRC_METER_RULES_H

#include <stdbool.h>

#include "exflow/memory/live.h"
#include "exflow/meter/meter.h"

/* How an exchange is opened. */
struct opening {
	uint8_t client; /* which endpoint of the key */
	uint16_t state; /* LIVE_GUESSED, _RESUMED, _LEFT_OUT, _NUMBERED… */
	uint32_t initial_sequence;
	enum unmatched reason; /* of LIVE_LEFT_OUT */
};

/* Timeouts by class, made once from the options. */
struct timeouts {
	duration after[CLASS_COUNT];
	uint8_t end[CLASS_COUNT]; /* enum exchange_end */
};
void rules_timeouts(
    struct timeouts *timeouts, const struct meter_options *options);

/*
 * The options with the default of kinds filled in, and networks NULL where
 * there is none.
 */
void rules_options(struct meter_options *to, const struct meter_options *from);

static inline bool
rules_is_syn(const struct segment *segment)
{
	return (segment->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static inline bool
rules_is_syn_ack(const struct segment *segment)
{
	return (segment->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) ==
	       (TCP_SYN | TCP_ACK);
}

/* May TCP be opened without its SYN? */
bool rules_take_midstream(const struct meter_options *options);

/*
 * Can this segment open an exchange that nothing is known of?  A SYN-ACK can,
 * with `midstream`, once it has waited.  False with the reason why not.
 */
bool rules_opens(const struct meter_options *options,
    const struct segment *segment, struct opening *opening,
    enum unmatched *reason);

/* The same for TCP whose client is known from the exchange before. */
bool rules_resumes(const struct meter_options *options,
    const struct segment *segment, uint8_t client, bool guessed,
    struct opening *opening);

/* A SYN-ACK opens a resumed exchange, in front of another segment. */
void rules_resume(const struct meter_options *options,
    const struct segment *segment, uint8_t client, bool guessed,
    struct opening *opening);

/* Why a segment of TCP that opens nothing is in no exchange. */
enum unmatched rules_tcp_reason(
    const struct meter_options *options, const struct segment *segment);

/* Is the SYN the one that the SYN-ACK answers? */
bool rules_answers(const struct segment *syn_ack, const struct segment *syn);

/* What a SYN or SYN-ACK means to the TCP exchange that has its key. */
enum syn_meaning {
	SYN_COUNTS,   /* it is a packet like any other */
	SYN_AGAIN,    /* a copy of the opening, while the exchange lingers */
	SYN_ACCEPTS,  /* that copy is accepted: the exchange is open again */
	SYN_NEXT,     /* the exchange is over, and the next one opens */
	SYN_TOO_EARLY /* it belongs to the next one, whose SYN is not here */
};
enum syn_meaning rules_syn(
    const struct live *live, uint32_t syn_payload, const struct segment *s);

/*
 * The state after a segment; true where it has changed the class.  A reset
 * that is not believed ends nothing.
 */
bool rules_advance(
    struct live *live, int side, const struct segment *segment, bool believed);

/* SYN_ACCEPTS: nothing has ended. */
void rules_reopen(struct live *live);

/* flowEndReason (IANA element 136). */
uint8_t rules_end_reason(enum exchange_end end);

#endif
