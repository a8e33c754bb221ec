/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the first packets of exchanges say of who was talked to: the parsers of
 * TLS, QUIC, HTTP and DNS behind one door.  A struct names belongs to one
 * meter, and is used by one thread.
 *
 *	payload ──► names_payload ──► state of the exchange ──► names_read
 *	            looks at the first octets of each side; takes a buffer
 *	            only while a hello is put together from several packets
 *
 * An exchange has no state until a payload of it says something.  States and
 * buffers come from pools that are bounded, and nothing is allocated for a
 * packet.
 */
#ifndef EXFLOW_NAMES_NAMES_H
#define EXFLOW_NAMES_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/names/exchange_names.h"

struct populate;

/* What is looked for: the setting `names`. */
enum names_kind {
	NAMES_TLS = 1 << 0,
	NAMES_QUIC = 1 << 1,
	NAMES_HTTP = 1 << 2,
	NAMES_DNS = 1 << 3,
	NAMES_FINGERPRINT = 1 << 4, /* ja4, with TLS and QUIC */
};

#define NAMES_STREAM_OCTETS 4096 /* of each side, put together */
#define NAMES_BUFFERS_DEFAULT 4096
#define NAMES_QUIC_RATE_DEFAULT 2000 /* Initials opened a second */

struct names_options {
	unsigned kinds;   /* of enum names_kind */
	uint16_t payload; /* first octets of each side to keep; 0: none */
	uint32_t states;  /* exchanges that have names at a time, at most */
	uint32_t buffers; /* hellos that are put together at a time */
	/*
	 * Initials that are opened in a second of the packets' time, by this
	 * struct names; 0: no bound.
	 */
	uint32_t quic_rate;
	/* Makes pages ready ahead of use; NULL: nobody does. */
	struct populate *populate;
};

/* Counts since names_new. */
struct names_counts {
	/*
	 * Exchanges in which a name was found, by enum name_source - 1; one may
	 * have several.  NAME_SOURCE_DNS is 0: the caller knows those.
	 */
	uint64_t found[5];
	uint64_t malformed;    /* messages that gave no name */
	uint64_t buffers_full; /* hellos in pieces without a buffer */
	uint64_t states_full;  /* exchanges without a state */
	uint64_t texts_full;   /* texts that found no room */
	uint64_t quic_skipped; /* exchanges beyond quic_rate */
	uint64_t incomplete;   /* hellos whose rest never came */
};

struct names;

/*
 * NULL: no memory, or OpenSSL refuses.  OpenSSL is made ready here, and may
 * read its configuration: before the process gives its rights up.
 */
struct names *names_new(const struct names_options *options);
void names_free(struct names **names); /* idempotent, sets NULL */

/* Is QUIC in this build (OpenSSL 3.0 or later)? */
bool names_have_quic(void);

/* A payload, or what of it was captured. */
struct names_packet {
	const uint8_t *octets;
	uint32_t captured;
	uint32_t length;   /* on the wire */
	uint32_t sequence; /* TCP's, of the first octet of octets */
	timestamp time;
	uint8_t protocol; /* IP protocol number */
	uint8_t side;     /* CLIENT or SERVER sent it */
	/*
	 * The side's first octet is known to have this sequence number (from
	 * its SYN); else the first payload that comes begins the stream.
	 */
	bool first_known;
	uint32_t first;
	uint16_t port; /* the server's */
	uint16_t
	    client_port; /* of LLMNR an answer opens an exchange of its own */
};

/*
 * Before there is a state: may a stream of TCP that begins so say anything of
 * these kinds?  Also where there are too few octets to tell; DNS is told by its
 * ports, names_is_dns_port().
 */
bool names_stream_begins(
    unsigned kinds, const uint8_t *octets, uint32_t captured);
/* Of DNS, mDNS or LLMNR. */
static inline bool
names_is_dns_port(uint16_t port)
{
	return port == 53 || port == 5353 || port == 5355;
}

/*
 * Of an exchange: 0 at its begin; what other values mean is the module's.  Not
 * all of them hold memory, but every one is given to names_end.
 */
typedef uint32_t names_state;

/* Look at a payload of an exchange, whose state may begin here. */
void names_payload(
    struct names *names, names_state *state, const struct names_packet *packet);
/* Is there more to be looked at in what this side (CLIENT, SERVER) sends? */
bool names_wants(const struct names *names, names_state state, int side);
/*
 * The names as they stand, into room for EXCHANGE_NAMES_OCTETS_MAX.  False:
 * nothing is known.  The best name is chosen by the order of enum name_source;
 * `hunted` is what the client asked for before it opened the exchange, or NULL.
 */
bool names_read(const struct names *names, names_state state,
    const char *hunted, size_t hunted_octets, struct exchange_names *room);
/* They will be read soon: the state is fetched, … */
void names_prefetch(const struct names *names, names_state state);
/* … and later, when that is there, its first texts. */
void names_prefetch_texts(const struct names *names, names_state state);
/* The exchange is over; sets 0. */
void names_end(struct names *names, names_state *state);

const struct names_counts *names_counts(const struct names *names);
/* Octets that these options take at most. */
uint64_t names_memory(const struct names_options *options);

/*
 * An address that an answer of DNS gives to a question whose name is given, for
 * the table of what clients asked for; ttl in seconds as it stands.
 */
struct names_answer {
	const char *name; /* lower case, as asked */
	size_t name_octets;
	uint8_t ip_version;
	uint8_t address[16]; /* IPv4 in the first 4 */
	uint32_t ttl;
	timestamp time;
};
typedef void names_answer_handler(
    void *context, const struct names_answer *answer);

/*
 * Called for each A and AAAA record of an answer, and the address hints of each
 * HTTPS record (RFC 9460, 7.3), CNAMEs followed in whatever order they stand.
 * No exchange has to be known for it.  False: the message is malformed, or cut
 * off before its end, and tells nothing.
 */
bool names_read_answers(const uint8_t *octets, size_t captured, timestamp time,
    names_answer_handler *handler, void *context);

#endif
