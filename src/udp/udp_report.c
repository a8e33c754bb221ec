/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "udp_report.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h> /* wants time.h before it */

#include "exflow/base/clock.h"
#include "exflow/base/octets.h"
#include "exflow/ipfix/wire.h"
#include "exflow/output/kind.h"
#include "exflow/output/peer.h"

_Static_assert(UDP_QUOTED_OCTETS >= UDP_HEADER_MAX + 2,
    "a report quotes the header and the id of the first set");

/* The last entry takes the kinds that do not fit; code 0 marks a free one. */
void
udp_count_error(struct sender *sender, int code, uint64_t messages)
{
	struct destination_error *errors = sender->counts.errors;
	size_t i = 0;

	while (i + 1 < DESTINATION_ERRORS && errors[i].code != 0 &&
	       errors[i].code != code)
		i++;
	errors[i].code = code;
	errors[i].count += messages;
	snprintf(sender->error, sizeof(sender->error), "%s", strerror(code));
}

void
udp_summarise_errors(struct destination *destination)
{
	const struct destination_error *errors = destination->counts.errors;
	char text[DESTINATION_ERROR_SIZE] = "";
	size_t used = 0;

	for (size_t i = 0; i < DESTINATION_ERRORS; i++)
		if (errors[i].code != 0 && used < sizeof(text))
			used += (size_t)snprintf(text + used,
			    sizeof(text) - used, "%s%s (%" PRIu64 " times)",
			    used > 0 ? ", " : "", strerror(errors[i].code),
			    errors[i].count);
	if (used > 0)
		destination_fail(destination, "%s", text);
}

/* --- the ring */

static struct udp_sent *
sent_at(struct udp_reports *reports, size_t i)
{
	return &reports->ring[(reports->first + i) % UDP_SENT];
}

static void
settle_first(struct udp_reports *reports)
{
	const struct udp_sent *sent = sent_at(reports, 0);

	reports->sender->counts.delivered += sent->records;
	reports->delivered = reports->delivered || sent->records > 0;
	reports->first = (reports->first + 1) % UDP_SENT;
	reports->count--;
}

void
udp_report_expect(struct udp_reports *reports,
    const struct queued_message *head, uint32_t first, uint32_t behind,
    uint32_t records)
{
	struct udp_sent *sent;

	if (reports->count == UDP_SENT)
		settle_first(reports);
	sent = sent_at(reports, reports->count++);
	*sent = (struct udp_sent){
		.first = first,
		.behind = behind,
		.records = records,
		.at_ms = clock_ms(),
		.head_length = head->length < UDP_QUOTED_OCTETS
		                   ? head->length
		                   : UDP_QUOTED_OCTETS,
	};
	memcpy(sent->head, head->octets, sent->head_length);
}

void
udp_report_settle(struct udp_reports *reports, bool all)
{
	uint64_t now = clock_ms();

	while (reports->count > 0 &&
	       (all || now - sent_at(reports, 0)->at_ms >= UDP_REPORT_MS))
		settle_first(reports);
}

uint64_t
udp_report_deadline(const struct udp_reports *reports)
{
	return reports->count > 0
	           ? reports->ring[reports->first].at_ms + UDP_REPORT_MS
	           : UINT64_MAX;
}

/* --- what a report is about */

static bool
begins_with(const struct udp_sent *sent, const struct udp_protocol *protocol,
    const uint8_t *quoted, size_t length)
{
	return length >= protocol->header_octets &&
	       memcmp(sent->head, quoted,
	           length < sent->head_length ? length : sent->head_length) ==
	           0;
}

/* Within a piece of several data messages, by the sequence number. */
static bool
is_within(const struct udp_sent *sent, const struct udp_protocol *protocol,
    const uint8_t *quoted, size_t length)
{
	const uint8_t *sequence = quoted + protocol->sequence_at;

	return length >= protocol->header_octets + 2u && sent->records > 0 &&
	       (!protocol->sets ||
	           get16(quoted + protocol->header_octets) >= DATA_SET_MIN) &&
	       memcmp(sent->head + protocol->domain_at,
	           quoted + protocol->domain_at,
	           protocol->domain_octets) == 0 &&
	       get32(sequence) - sent->first < sent->behind - sent->first;
}

/*
 * The datagram that a report quotes, or NULL.  How a message begins is unique,
 * except for templates of the same second, which carry no records.
 */
static struct udp_sent *
find(struct udp_reports *reports, const uint8_t *quoted, size_t length)
{
	const struct udp_protocol *protocol = reports->protocol;

	for (size_t i = reports->count; i-- > 0;)
		if (begins_with(sent_at(reports, i), protocol, quoted, length))
			return sent_at(reports, i);
	for (size_t i = reports->count; i-- > 0;)
		if (is_within(sent_at(reports, i), protocol, quoted, length))
			return sent_at(reports, i);
	if (length >= protocol->header_octets || reports->count == 0)
		return NULL;
	return sent_at(reports, 0); /* it quotes too little */
}

/*
 * The report's errno; 0 where our own kernel made it, as then the call that
 * failed has returned the same errno.
 */
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
report_take(
    struct udp_reports *reports, int code, const uint8_t *quoted, size_t length)
{
	struct udp_sent *sent = find(reports, quoted, length);

	udp_count_error(reports->sender, code, 1);
	if (sent == NULL)
		return;
	reports->sender->counts.lost[LOSS_SEND] += sent->records;
	sent->records = 0;
}

/* Read one report: its errno, or 0; false: there is none. */
static bool
report_next(struct udp_reports *reports, int fd, int *code)
{
	uint8_t quoted[UDP_QUOTED_OCTETS], control[512];
	struct iovec io = { quoted, sizeof(quoted) };
	struct msghdr header = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT);

	if (n < 0)
		return false;
	*code = report_code(&header);
	if (*code != 0)
		report_take(reports, *code, quoted, (size_t)n);
	return true;
}

unsigned
udp_report_read(struct udp_reports *reports, int fd, int *code)
{
	unsigned count = 0;
	int next = 0;

	if (fd < 0)
		return 0;
	while (report_next(reports, fd, &next)) {
		if (next == 0)
			continue;
		*code = next;
		count++;
	}
	/* Clear the pending error, or a later call would return it. */
	(void)peer_socket_error(fd);
	return count;
}
