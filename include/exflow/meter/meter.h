/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meter: segments in, finished exchanges out.  One meter is one table with
 * its timers; it is used by one thread, allocates nothing per packet and asks
 * no clock: time is what the segments and meter_advance say.
 */
#ifndef EXFLOW_METER_METER_H
#define EXFLOW_METER_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/decode/segment.h"
#include "exflow/decode/segment_detail.h"
#include "exflow/exchange/exchange.h"
#include "exflow/exchange/flow_hash.h"
#include "exflow/exchange/ledger.h"
#include "exflow/network/network.h"
#include "exflow/exchange/totals.h"
#include "exflow/names/names.h"
#include "exflow/names/payload.h"

/* Defaults in seconds. */
#define TCP_OPENING_TIMEOUT_DEFAULT 30
#define TCP_IDLE_TIMEOUT_DEFAULT 300
#define TCP_HALF_CLOSED_TIMEOUT_DEFAULT 60
#define TCP_LINGER_DEFAULT 5
#define TCP_RESUME_DEFAULT 7200 /* 0: never */
#define UDP_IDLE_TIMEOUT_DEFAULT 30
#define ACTIVE_TIMEOUT_DEFAULT 0 /* never */
#define ACTIVE_TIMEOUT_LIVE 300  /* the default on interfaces */

#define MAX_EXCHANGES_MIN 16
#define MAX_EXCHANGES_MAX (1u << 28)

/*
 * Sequence numbers this far apart may be in one window: more than any system
 * opens by itself, and less than a hundredth of all, so that few that are
 * guessed are in it.
 */
#define METER_RESET_WINDOW (UINT32_C(1) << 24)

/* Which exchanges are metered: the setting `meter`. */
enum meter_kind {
	METER_OUTBOUND = 1 << 0,
	METER_LOCAL_TCP = 1 << 1,
	METER_LOCAL = 1 << 2,
	METER_INBOUND = 1 << 3,
	METER_FOREIGN = 1 << 4,
	METER_MIDSTREAM = 1 << 5,
	METER_ALL = 1 << 6,
	METER_OTHER = 1 << 7
};

/* The bit of a kind's name ("outbound", "local_tcp", …), 0 if unknown. */
unsigned meter_kind_from_name(const char *name);
/* The n-th name in the order above, NULL past the last. */
const char *meter_kind_name(size_t n);
/* Does one of these kinds mean nothing where no network is local? */
bool meter_kinds_need_networks(unsigned kinds);

struct meter_options {
	const struct flow_hash *hash; /* outlives the meter */
	/* Frozen; outlives the meter.  NULL or empty: no end is local. */
	const struct network_set *networks;
	unsigned kinds; /* of enum meter_kind; 0: the page's default */
	duration tcp_opening_timeout;
	duration tcp_idle_timeout;
	duration tcp_half_closed_timeout;
	duration tcp_linger;
	duration tcp_resume; /* 0: never */
	duration udp_idle_timeout;
	duration active_timeout; /* 0: never */
	bool udp_idle_either;    /* udp_idle = "either" */
	bool sums;               /* hand on EXTENT_SUM, too */
	bool quality;            /* exchanges have figures of their quality */
	bool mac;                /* exchanges have hardware addresses */
	/* Which names they have; states is set by the meter. */
	struct names_options names;
	uint32_t max_exchanges; /* 0: a quarter of the memory */
};

/* Everything at its default, but for hash and networks: NULL. */
void meter_options_init(struct meter_options *options);

/*
 * The max_exchanges of each of several meters, so that together they keep to
 * that of the options; 0 stands for a quarter of the memory here, too, by what
 * an exchange takes with these options.  At least 1.
 */
uint32_t meter_share(const struct meter_options *options, unsigned meters);
/* Likewise the bounds of names. */
void meter_share_names(struct meter_options *options, unsigned meters);

/*
 * Where finished exchanges go.  Called in the order of their ending; the
 * exchange is only valid during the call.
 *
 * An exchange that active_timeout has cut comes in parts (EXTENT_PART), and,
 * with sums, once more when it ends, as a whole (EXTENT_SUM): outputs take
 * one or the other.
 */
typedef void exchange_handler(void *context, const struct exchange *exchange);

/*
 * Where the handler would have the next exchange, so that it need not copy it;
 * NULL: anywhere.  The meter writes there, then calls the handler with it.  Its
 * quality is where the figures would go, or NULL: anywhere.  What the handler
 * gets has NULL there if it has no figures; those in its room may have a brief
 * (exflow/quality/brief.h), all others have none.
 */
typedef struct exchange *exchange_room(void *context);

struct meter;

/* NULL with errno set (ENOMEM) where it cannot be had. */
struct meter *meter_new(const struct meter_options *options,
    exchange_handler *handler, void *context);
void meter_free(struct meter **meter); /* idempotent, sets NULL */
/* Of the handler, and with its context; without it there is none. */
void meter_set_room(struct meter *meter, exchange_room *room);

/* As many segments a call as hide most of the memory's latency; or more. */
#define METER_BATCH 64

/*
 * Count segments, in their order.  Each carries the hash of its key, made
 * with the hash of the options.  now must not go backwards, but through
 * meter_clock_step.
 */
void meter_segments(
    struct meter *meter, const struct segment *segments, size_t n);

/*
 * Does the meter want details?  Then before each call of meter_segments:
 * details[i] belongs to segments[i], with what the decoder tells for
 * quality, and decode_macs() for mac.  Borrowed until that call returns.
 */
static inline bool
meter_wants_details(const struct meter_options *options)
{
	return options->mac || options->quality;
}
void meter_set_details(struct meter *meter, const struct segment *segments,
    size_t n, const struct segment_detail *details);

/* Do exchanges have names, or first octets? */
static inline bool
names_wanted(const struct names_options *options)
{
	return options->kinds != 0 || options->payload != 0;
}
/*
 * With names, before a call of meter_segments: the payloads of some of its
 * segments, as gate_segment() lets them pass, in the order of the segments.
 * Borrowed until that call returns.
 */
void meter_set_payloads(struct meter *meter, const struct segment *segments,
    const struct segment_payload *payloads, size_t n);

/* Time has moved on to now without a packet: everything overdue ends. */
void meter_advance(struct meter *meter, timestamp now);

/*
 * The clock was set from one time to another; the next segment's now is not
 * before `to`.  Forward it is meter_advance.  Back, what was overdue ends, live
 * exchanges count as last seen at `to`, and whatever else waits for time moves
 * along.  Takes time for every exchange that lives.
 */
void meter_clock_step(struct meter *meter, timestamp from, timestamp to);

/*
 * From now on packets' own time stamps are mostly so many nanoseconds ahead of
 * now; 0 at first.  Nothing but memory and speed depends on that: exchanges of
 * alike packets that are dated so are kept in less.  Takes time for every
 * exchange that lives where it is not as before.
 */
void meter_stamps_ahead(struct meter *meter, int64_t ns);

/* The end of input: every live exchange ends, and nothing waits any more. */
void meter_finish(struct meter *meter);

/*
 * packets_read and the reasons of decode are the caller's to count; the
 * rest is the meter's.  undecided are SYN-ACKs that wait for their SYN.
 * Exchanges that are only remembered are not in it, but that their packets
 * are unmatched.  records counts calls of the handler: every ended
 * exchange makes one, and every active part, but a part without a packet
 * (silent since the last cut) makes none.  EXTENT_SUM is not counted there.
 */
const struct ledger *meter_ledger(const struct meter *meter);
/* What is counted of names, added to the sum: not in meter_ledger. */
void meter_add_names(const struct meter *meter, struct ledger *sum);

/* Of the exchanges that ended; NULL where quality was never on. */
const struct quality_totals *meter_totals(const struct meter *meter);

/*
 * What is done to every live exchange, in steps between which packets are
 * counted: each call looks at so many places of the table and says whether
 * there are more.  A walk begins zeroed.  What is opened behind it is missed.
 */
struct meter_walk {
	uint32_t next;
};
/* A record of each now, as if cut by active_timeout; not of those closing. */
bool meter_flush(struct meter *meter, struct meter_walk *walk, uint32_t places);
/* Hand each one to a handler as it stands; its end is 0. */
bool meter_visit(struct meter *meter, struct meter_walk *walk, uint32_t places,
    exchange_handler *handler, void *context);
/* After meter_reconfigure: a timeout that is shorter now takes effect. */
bool meter_rearm(struct meter *meter, struct meter_walk *walk, uint32_t places);

/*
 * Other networks, kinds and timeouts from the next segment on; the hash, mac
 * and max_exchanges stay as they are.  What lives or is remembered stays so.
 * Where quality is turned on, exchanges that begin from then on have figures;
 * where it is turned off, no exchange has any more.
 */
void meter_reconfigure(
    struct meter *meter, const struct meter_options *options);

struct meter_load {
	uint64_t live;
	uint64_t remembered; /* openings that were left out */
	uint64_t resumable;  /* what ended by a timeout may go on as */
	uint64_t bound;      /* max_exchanges, of these three together */
	uint64_t slots;      /* of the index */
	uint64_t slots_used;
	uint64_t octets; /* of the table and the index, as taken so far */
};
void meter_load(const struct meter *meter, struct meter_load *load);

/* Octets that one live exchange takes at most, with its share of the index. */
#define METER_OCTETS_PER_EXCHANGE 256
#define METER_OCTETS_OF_QUALITY 640 /* at most: TCP that was answered */
/* At most, without `payload`: what is found, and where it is. */
#define METER_OCTETS_OF_NAMES 640
/* What hardware addresses add to that. */
#define METER_OCTETS_OF_MACS 16

#endif
