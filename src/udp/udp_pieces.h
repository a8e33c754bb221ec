/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages on their way to sendmmsg.  Those of the same length, which is most
 * of them, are handed to the kernel as one piece that it cuts up again
 * (UDP_SEGMENT, or GSO); the last one may be shorter.
 */
#ifndef EXFLOW_SRC_UDP_UDP_PIECES_H
#define EXFLOW_SRC_UDP_UDP_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "exflow/output/message_list.h"

#include "udp_protocol.h"

#define UDP_BATCH 64 /* messages that go with one call */

/* Messages that are handed to the kernel as one. */
struct udp_piece {
	size_t count;
	uint32_t first, behind; /* sequence numbers */
	uint32_t records;       /* exchanges */
};

struct udp_pieces {
	size_t count;
	struct udp_piece list[UDP_BATCH];
	struct mmsghdr headers[UDP_BATCH];
	struct iovec octets[UDP_BATCH];
	union {
		char octets[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} control[UDP_BATCH];
};

/* How messages are stamped and sorted into pieces. */
struct udp_stamp {
	const struct udp_protocol *protocol;
	bool segments; /* the kernel cuts pieces up; else a message is one */
	bool data;     /* they carry exchanges, which are counted */
};

/*
 * Stamp these messages, UDP_BATCH at most, with the time and with sequence
 * numbers from this one on, and sort them into pieces.
 */
void udp_pieces_make(struct udp_pieces *pieces, const struct udp_stamp *how,
    struct queued_message *const *list, size_t n, uint32_t sequence);

#endif
