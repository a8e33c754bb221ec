/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fate of datagrams.  Where one does not get there an ICMP message may
 * come back, late, and quotes how it began.  The system keeps these for us
 * (IP_RECVERR), and the quoted message header says which one it was.  What no
 * report was about for a while counts as delivered: more is not to be known.
 */
#include <config.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h> /* wants time.h before it */

#include "exflow/base/clock.h"
#include "exflow/base/octets.h"

#include "udp_internal.h"

#define DATA_SET 256 /* ids of sets of data begin here */

static struct udp_sent *
sent_at(struct udp *u, size_t i)
{
	return &u->sent[(u->sent_first + i) % UDP_SENT];
}

static void
settle_first(struct udp *u)
{
	struct udp_sent *sent = sent_at(u, 0);

	u->tally.delivered += sent->exchanges;
	u->heard = u->heard || sent->exchanges > 0;
	u->sent_first = (u->sent_first + 1) % UDP_SENT;
	u->sent_count--;
}

void
udp_report_expect(struct udp *u, const struct queued_message *head,
    uint32_t first, uint32_t behind, uint32_t exchanges)
{
	struct udp_sent *sent;

	if (u->sent_count == UDP_SENT)
		settle_first(u);
	sent = sent_at(u, u->sent_count++);
	*sent = (struct udp_sent){
		.first = first,
		.behind = behind,
		.exchanges = exchanges,
		.at_ms = clock_ms(),
		.head_length = head->length < UDP_HEAD_OCTETS ? head->length
		                                              : UDP_HEAD_OCTETS,
	};
	memcpy(sent->head, head->octets, sent->head_length);
}

void
udp_report_settle(struct udp *u, bool all)
{
	uint64_t now = clock_ms();

	while (u->sent_count > 0 &&
	       (all || now - sent_at(u, 0)->at_ms >= UDP_REPORT_MS))
		settle_first(u);
}

uint64_t
udp_report_deadline(const struct udp *u)
{
	return u->sent_count > 0 ? u->sent[u->sent_first].at_ms + UDP_REPORT_MS
	                         : UINT64_MAX;
}

static bool
begins_with(const struct udp_sent *sent, const uint8_t *quoted, size_t length)
{
	return length >= MESSAGE_HEADER_OCTETS &&
	       memcmp(sent->head, quoted,
	           length < sent->head_length ? length : sent->head_length) ==
	           0;
}

/* Within a piece of several messages of data, by the sequence number. */
static bool
is_within(const struct udp_sent *sent, const uint8_t *quoted, size_t length)
{
	return length >= MESSAGE_HEADER_OCTETS + 2 && sent->exchanges > 0 &&
	       get16(quoted + MESSAGE_HEADER_OCTETS) >= DATA_SET &&
	       memcmp(sent->head + 12, quoted + 12, 4) == 0 &&
	       get32(quoted + 8) - sent->first < sent->behind - sent->first;
}

/*
 * What a report is about.  The beginning is unique but for the templates of
 * the same second, which are all the same to us.
 */
static struct udp_sent *
find(struct udp *u, const uint8_t *quoted, size_t length)
{
	for (size_t i = u->sent_count; i-- > 0;)
		if (begins_with(sent_at(u, i), quoted, length))
			return sent_at(u, i);
	for (size_t i = u->sent_count; i-- > 0;)
		if (is_within(sent_at(u, i), quoted, length))
			return sent_at(u, i);
	if (length >= MESSAGE_HEADER_OCTETS || u->sent_count == 0)
		return NULL;
	return sent_at(u, 0); /* it quotes too little */
}

/* The errno; 0: of our own system, which the call that failed told, too. */
static int
report_code(struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL;
	     c = CMSG_NXTHDR(header, c)) {
		struct sock_extended_err error;

		if ((c->cmsg_level != IPPROTO_IP ||
		        c->cmsg_type != IP_RECVERR) &&
		    (c->cmsg_level != IPPROTO_IPV6 ||
		        c->cmsg_type != IPV6_RECVERR))
			continue;
		memcpy(&error, CMSG_DATA(c), sizeof(error));
		return error.ee_origin == SO_EE_ORIGIN_LOCAL
		           ? 0
		           : (int)error.ee_errno;
	}
	return EPROTO;
}

static void
report_take(struct udp *u, int code, const uint8_t *quoted, size_t length)
{
	struct udp_sent *sent = find(u, quoted, length);

	udp_trouble(u, code, 1);
	if (sent == NULL)
		return;
	udp_lose(u, LOSS_SEND, sent->exchanges);
	sent->exchanges = 0;
}

/* One report: its errno, 0 where it tells nothing new; false: none is there. */
static bool
report_next(struct udp *u, int *code)
{
	uint8_t quoted[UDP_HEAD_OCTETS], control[512];
	struct iovec io = { quoted, sizeof(quoted) };
	struct msghdr header = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(u->fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT);

	if (n < 0)
		return false;
	*code = report_code(&header);
	if (*code != 0)
		report_take(u, *code, quoted, (size_t)n);
	return true;
}

unsigned
udp_report_read(struct udp *u, int *code)
{
	unsigned count = 0;
	int next = 0;

	if (u->fd < 0)
		return 0;
	while (report_next(u, &next)) {
		if (next == 0)
			continue;
		*code = next;
		count++;
	}
	/* Its copy: what is pending would fail a later call. */
	(void)peer_socket_error(u->fd);
	return count;
}
