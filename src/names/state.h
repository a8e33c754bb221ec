/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of an exchange, and where its parsers are.
 *
 *	side:  BEGIN ──► TLS, HTTP, SSH, DNS, QUIC, UNORDERED ──► DONE
 *	       first     looked at until enough is known          nothing
 *	       octets                                             more
 *
 * A stream is counted from its first octet on.  `consumed` octets of it are
 * parsed; the next ones are parsed where they lie in the packet, unless they
 * are a part only: then they are put together in a buffer.
 */
#ifndef EXFLOW_SRC_NAMES_STATE_H
#define EXFLOW_SRC_NAMES_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/names/names.h"
#include "exflow/quic/quic.h"

#include "digest.h"
#include "parsed.h"
#include "places.h"
#include "stream.h"
#include "texts.h"

#define CLIENT 0
#define SERVER 1

#define QUIC_PACKETS_MAX 10 /* Initials of a client that are looked at */

enum phase {
	PHASE_BEGIN,     /* nothing came */
	PHASE_UNORDERED, /* only what is behind the first octets */
	PHASE_TLS,
	PHASE_HTTP,
	PHASE_SSH,
	PHASE_DNS,
	PHASE_QUIC,
	PHASE_DONE,
};

struct state {
	uint64_t asked; /* when the first query of DNS came, in ns */
	struct chain texts;
	struct chain payload[2];
	uint32_t begin[2];  /* sequence number of the first octet */
	uint32_t buffer[2]; /* where the stream is put together; 0: nowhere */
	uint32_t quic_version;
	uint32_t dns_resolution;
	uint16_t consumed[2];
	uint16_t texts_known; /* a bit for each enum names_text */
	uint16_t tls_version_offered;
	uint16_t tls_version_chosen;
	uint16_t application;
	uint16_t http_status;
	uint16_t dns_type;
	uint16_t dns_id; /* of the first query */
	uint8_t dns_response_code;
	uint8_t tls_flags;
	uint8_t tls_source;   /* enum name_source of the TLS server name */
	uint8_t phase[2];     /* enum phase */
	uint8_t initials;     /* of QUIC that were looked at */
	uint8_t failures;     /* of those, not opened in a row */
	bool asking;          /* the first query waits for its answer */
	bool skipped;         /* beyond quic_rate: counted */
	uint8_t begun;        /* a bit for each side whose begin is known */
	uint8_t payload_over; /* a bit for each side */
};

/* A hello that is put together, and the keys that open its next packet. */
struct buffer {
	struct stream stream;
	struct quic_keys keys;
};

struct names {
	struct names_options options;
	struct names_counts counts;
	struct places states, cells, buffers;
	struct digest *digest;
	struct quic_opener *quic;
	uint64_t quic_second; /* the second that is counted */
	uint32_t quic_opened; /* Initials in it */
	struct buffer scratch;
};

/* A packet, and the exchange that it belongs to. */
struct talk {
	struct names *names;
	names_state *handle;
	struct state *state; /* NULL: none yet */
	const struct names_packet *packet;
	int side;
};

/*
 * A names_state is the number of a state, or tells by which sides nothing is
 * to be found.
 */
#define STATE_DECIDED UINT32_C(0x80000000)

static inline bool
state_is_decided(names_state handle, int side)
{
	return (handle & STATE_DECIDED) != 0 && (handle >> side & 1) != 0;
}

static inline bool
state_exists(names_state handle)
{
	return handle != 0 && (handle & STATE_DECIDED) == 0;
}

static inline struct state *
state_at(const struct names *names, names_state handle)
{
	return state_exists(handle) ? places_at(&names->states, handle) : NULL;
}

/* Nothing is to be found in what the packet's side sends. */
void state_decide(struct talk *talk);
/* The exchange gets a state.  False, counted: there is none. */
bool state_take(struct talk *talk);
void state_give(struct names *names, names_state *handle);

/* The text is known from now on; a first one stays.  Empty: nothing. */
void state_set_text(struct talk *talk, enum names_text which, struct span text);
/* The same, lower-cased; beyond NAME_OCTETS_MAX it is malformed: nothing. */
void state_set_name(struct talk *talk, enum names_text which, struct span name);
static inline bool
state_has_text(const struct state *state, enum names_text which)
{
	return (state->texts_known >> which & 1) != 0;
}

/* By the ports of the exchange. */
static inline bool
state_is_dns(const struct names_packet *packet)
{
	return names_is_dns_port(packet->port) ||
	       names_is_dns_port(packet->client_port);
}

/* --- buffers: NULL where all are taken, which is counted */

struct buffer *state_buffer(const struct talk *talk);
struct buffer *state_take_buffer(struct talk *talk);
void state_give_buffer(struct talk *talk);

/* --- what the parsers of each protocol do with an exchange */

/* Keep the first octets of a side, as far as they come in a row. */
void payload_keep(struct talk *talk, uint64_t offset, struct span octets);
bool payload_wants(
    const struct names *names, const struct state *state, int side);
/* TCP: the first octets of a side, as far as they came in a row. */
void segments_payload(struct talk *talk);
/* UDP */
void datagrams_payload(struct talk *talk);

/*
 * Look at octets that stand where the last call ended.  `last`: no more of
 * them will come.  Only DNS uses up what it has parsed: *used octets.
 */
typedef enum parsed stream_reader(
    struct talk *talk, struct span octets, bool last, size_t *used);
stream_reader tls_stream, http_stream, ssh_stream, dns_stream;

/* The body of a whole client hello goes into the state.  False: malformed. */
bool hello_found(struct talk *talk, struct span message, bool quic);
void dns_datagram(struct talk *talk);
void quic_datagram(struct talk *talk);

#endif
