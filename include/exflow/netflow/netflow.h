/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetFlow version 9 (RFC 3954) and version 5: exchanges in, datagrams out.
 * Records of NetFlow have one direction: an exchange becomes a record of what
 * the client sent and one of what the server sent, each with its own counts,
 * times and flags; a side that sent nothing has none.
 *
 *                 version 9                   version 5
 *   header        20 octets                   24 octets
 *   templates     256: IPv4, 257: IPv6        none, and IPv4 only
 *   record        44 or 68 octets, in sets    48 octets, at most 30
 *   counters      64 bit                      32 bit
 *   the sequence  datagrams                   records before this datagram
 *   counts
 *
 * Times in records are milliseconds of sysUptime, 32 bit, and the header tells
 * both sysUptime and the time of day.  Readers subtract one from the other to
 * learn when the exporter was started, which the encoder may therefore choose:
 *
 *        boot            first        last     header's time, whole seconds
 *   ───────┼───────────────┼────────────┼────────────────┼──────────►
 *          └─ FIRST_SWITCHED            │                │
 *          └─ LAST_SWITCHED ────────────┘                │
 *          └─ sysUptime, at most 2^32 - 1 ms (49.7 days) ┘
 *
 * Invariants: boot <= first <= last <= the header's time of every record, so
 * that none is negative and none is ahead of the header; header's time - boot
 * fits 32 bits.  Boot is the time of netflow_encoder_new while that works, as
 * it does for 49 days of a live capture.  A record that does not fit ends the
 * datagram and makes boot a day before its own start, for those behind it, too.
 * The time of the header is that of the call, unless the records are too old or
 * too new for it, as those of files are: then it is their latest end.  What can
 * go wrong: a record that lasts more than 49.7 days loses its beginning.
 */
#ifndef EXFLOW_NETFLOW_NETFLOW_H
#define EXFLOW_NETFLOW_NETFLOW_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/exchange/exchange.h"

#define NETFLOW5_HEADER_OCTETS 24
#define NETFLOW9_HEADER_OCTETS 20
/* Where the sequence number, and the source id or engine, stand in it. */
#define NETFLOW5_SEQUENCE_AT 16
#define NETFLOW9_SEQUENCE_AT 12
#define NETFLOW5_ENGINE_AT 20
#define NETFLOW9_SOURCE_AT 16

enum netflow_version {
	NETFLOW_V5 = 5,
	NETFLOW_V9 = 9,
};

struct netflow_options {
	enum netflow_version version;
	uint32_t domain;         /* source id; v5: engine, its low 16 bits */
	uint32_t message_octets; /* of a datagram, from MESSAGE_MIN_OCTETS on */
};

/*
 * Takes each finished datagram.  Its records are exchanges: one counts in the
 * datagram that has its last record.  Both records are in the same one, unless
 * they are more than a datagram of version 5 holds.  The sequence number is 0:
 * who sends it writes it, and advances it by the message's step.
 */
typedef void netflow_handler(void *context, const struct message *message);

struct netflow_encoder;

/* Times are milliseconds since 1970.  NULL without memory. */
struct netflow_encoder *netflow_encoder_new(
    const struct netflow_options *options, uint64_t now_ms,
    netflow_handler *handler, void *context);
void netflow_encoder_free(struct netflow_encoder **encoder);

/*
 * Encode one exchange; full datagrams go to the handler.  0, or -1: version 5
 * has no place for IPv6, and nothing was encoded.
 */
int netflow_encoder_add(struct netflow_encoder *encoder,
    const struct exchange *exchange, uint64_t now_ms);
/* Hand on the datagram that is being filled, if it holds a record. */
void netflow_encoder_flush(struct netflow_encoder *encoder, uint64_t now_ms);

/*
 * The templates of version 9, with the header's times as of now; the message
 * belongs to the encoder, until the next call.  NULL: version 5 has none.
 */
const struct message *netflow_encoder_templates(
    struct netflow_encoder *encoder);

#endif
