/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of DNS (RFC 1035, 4), of mDNS (RFC 6762) and LLMNR (RFC 4795), which
 * look alike.
 */
#ifndef EXFLOW_SRC_NAMES_DNS_H
#define EXFLOW_SRC_NAMES_DNS_H

#include "exflow/names/exchange_names.h"
#include "exflow/names/names.h"

#include "parsed.h"

#define DNS_HEADER_OCTETS 12
#define DNS_POINTER 0xc0 /* in the length of a label: the name goes on there */

enum {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_HTTPS = 65,
};

/* A name in lower case with dots; one behind it for the root only. */
struct dns_name {
	size_t length;
	uint8_t octets[NAME_OCTETS_MAX];
};

struct dns_message {
	uint16_t id;
	bool answer;       /* QR: not a query */
	uint8_t code;      /* RCODE */
	bool has_question; /* exactly one: name and type */
	uint16_t type;     /* of the question */
	struct dns_name name;
	uint16_t records;   /* in the answer section */
	struct cursor rest; /* behind the question */
	struct span whole;  /* for what names point to */
};

/* Header and question.  False: malformed, or cut before their end. */
bool dns_read(struct span octets, struct dns_message *message);
/*
 * A name with what it points to (RFC 1035, 4.1.4); the cursor, which is over
 * whole or a part of it, stands behind it then.  False: malformed, or longer
 * than NAME_OCTETS_MAX.
 */
bool dns_read_name(
    struct cursor *cursor, struct span whole, struct dns_name *name);

#endif
