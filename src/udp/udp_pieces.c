/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "udp_pieces.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <time.h>

#include "exflow/base/octets.h"

#define PIECE_MESSAGES 64  /* older kernels take no more … */
#define PIECE_OCTETS 65000 /* … nor a longer piece */

/* Whether the next message may be added to the piece. */
static bool
piece_takes(const struct udp_piece *piece, const struct queued_message *head,
    const struct queued_message *last, const struct queued_message *next)
{
	return piece->count < PIECE_MESSAGES && last->length == head->length &&
	       next->length <= head->length &&
	       (piece->count + 1) * head->length <= PIECE_OCTETS;
}

static void
piece_header(struct udp_pieces *pieces, size_t i, struct iovec *octets)
{
	struct msghdr *header = &pieces->headers[i].msg_hdr;
	uint16_t length = (uint16_t)octets->iov_len;
	struct cmsghdr *control;

	header->msg_iov = octets;
	header->msg_iovlen = pieces->list[i].count;
	if (pieces->list[i].count == 1)
		return;
	/* The padding, too: the kernel reads all of it. */
	memset(pieces->control[i].octets, 0, sizeof(pieces->control[i].octets));
	header->msg_control = pieces->control[i].octets;
	header->msg_controllen = sizeof(pieces->control[i].octets);
	control = CMSG_FIRSTHDR(header);
	control->cmsg_level = IPPROTO_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof(length));
	memcpy(CMSG_DATA(control), &length, sizeof(length));
}

static void
stamp(const struct udp_protocol *protocol, uint8_t *octets, uint32_t sequence,
    uint32_t now)
{
	if (protocol->own_times)
		put32(octets + protocol->sequence_at, sequence);
	else
		message_stamp(octets, sequence, now);
}

void
udp_pieces_make(struct udp_pieces *pieces, const struct udp_stamp *how,
    struct queued_message *const *list, size_t n, uint32_t sequence)
{
	uint32_t now = (uint32_t)time(NULL);
	struct udp_piece *piece = NULL;
	size_t head = 0;

	memset(pieces->headers, 0, n * sizeof(pieces->headers[0]));
	pieces->count = 0;
	for (size_t i = 0; i < n; i++) {
		struct queued_message *m = list[i];

		pieces->octets[i] = (struct iovec){ m->octets, m->length };
		if (piece == NULL || !how->segments ||
		    !piece_takes(piece, list[head], list[i - 1], m)) {
			head = i;
			piece = &pieces->list[pieces->count++];
			*piece = (struct udp_piece){ .first = sequence +
				                              m->missing };
		}
		sequence += m->missing;
		stamp(how->protocol, m->octets, sequence, now);
		sequence += m->step;
		piece->behind = sequence;
		piece->records += how->data ? m->records : 0;
		piece->count++;
	}
	for (size_t i = 0, at = 0; i < pieces->count; i++) {
		piece_header(pieces, i, &pieces->octets[at]);
		at += pieces->list[i].count;
	}
}
