/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "tls.h"

#include <string.h>

#define RECORD_HEADER 5
#define RECORD_OCTETS_MAX ((1 << 14) + 2048) /* of TLS 1.2, the most */
#define MESSAGE_HEADER 4

#define RECORD_HANDSHAKE 22

/* SSL 3.0 … TLS 1.2; TLS 1.3 calls itself 1.2 or 1.0 here. */
static bool
is_version(struct span octets, size_t at)
{
	return (octets.length <= at || octets.octets[at] == 3) &&
	       (octets.length <= at + 1 || octets.octets[at + 1] <= 4);
}

bool
tls_looks_like_handshake(struct span octets)
{
	if (octets.length == 0 || octets.octets[0] != RECORD_HANDSHAKE ||
	    !is_version(octets, 1))
		return false;
	return octets.length <= RECORD_HEADER ||
	       octets.octets[RECORD_HEADER] == TLS_CLIENT_HELLO ||
	       octets.octets[RECORD_HEADER] == TLS_SERVER_HELLO;
}

/* One record lies where it is; of several, the parts are put in a row. */
static void
add_record(struct tls_handshake *handshake, struct span record)
{
	struct span *all = &handshake->octets;

	if (all->length == 0) {
		*all = record;
		return;
	}
	if (record.length == 0)
		return;
	if (all->octets != handshake->room)
		memcpy(handshake->room, all->octets, all->length);
	all->octets = handshake->room;
	memcpy(&handshake->room[all->length], record.octets, record.length);
	all->length += record.length;
}

void
tls_read_records(struct span octets, struct tls_handshake *handshake)
{
	handshake->octets = (struct span){ octets.octets, 0 };
	handshake->over = false;
	while (octets.length >= RECORD_HEADER) {
		uint32_t length = load16(octets.octets + 3);
		struct span record;

		/* Behind whole messages it does not matter what follows. */
		if (octets.octets[0] != RECORD_HANDSHAKE ||
		    !is_version(octets, 1) || length == 0 ||
		    length > RECORD_OCTETS_MAX) {
			handshake->over = true;
			return;
		}
		octets.octets += RECORD_HEADER;
		octets.length -= RECORD_HEADER;
		record = octets;
		if (record.length > length)
			record.length = length;
		add_record(handshake, record);
		octets.octets += record.length;
		octets.length -= record.length;
	}
}

bool
tls_take_message(struct span *octets, struct tls_message *message)
{
	if (octets->length < MESSAGE_HEADER)
		return false;
	message->type = octets->octets[0];
	message->length =
	    (uint32_t)octets->octets[1] << 16 | load16(octets->octets + 2);
	octets->octets += MESSAGE_HEADER;
	octets->length -= MESSAGE_HEADER;
	message->body = *octets;
	if (message->body.length > message->length)
		message->body.length = message->length;
	octets->octets += message->body.length;
	octets->length -= message->body.length;
	return true;
}
