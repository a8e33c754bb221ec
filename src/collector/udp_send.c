/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of a collector over UDP on their way out.  Several go with one
 * call (sendmmsg), and those of the same length, which is most of them, as one
 * piece that the system cuts up again (UDP_SEGMENT): it passes the layers of
 * the network once.
 */
#include <config.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "exflow/base/clock.h"

#include "udp_internal.h"

#define BURST 8            /* messages that may go at once, at least … */
#define BURST_PART 250     /* … and this part of a second's */
#define PIECE_MESSAGES 64  /* older systems take no more */
#define PIECE_OCTETS 65000 /* nor a longer one */
#define ENOBUFS_MS 1       /* the queue of an interface is full: wait */
#define NS_A_MS 1000000ULL

/* Messages that go out as one piece. */
struct piece {
	size_t count;
	uint32_t first, behind; /* sequence numbers */
	uint32_t exchanges;
};

struct pieces {
	size_t count;
	struct piece list[UDP_BATCH];
	struct mmsghdr headers[UDP_BATCH];
	struct iovec octets[UDP_BATCH];
	union {
		char octets[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} control[UDP_BATCH];
};

/* --- the rate */

static uint64_t
now_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

static uint64_t
burst_ns(uint32_t rate)
{
	uint64_t burst = rate / BURST_PART;

	return (burst > BURST ? burst : BURST) * 1000000000 / rate;
}

/* How many may go now. */
static size_t
allowance(struct udp *u)
{
	uint32_t rate = u->base.options.udp_rate;
	uint64_t now, end;

	if (rate == 0)
		return UDP_BATCH;
	now = now_ns();
	end = now + burst_ns(rate);
	if (u->pace_ns < now)
		u->pace_ns = now;
	return u->pace_ns >= end ? 0 : (end - u->pace_ns) / (1000000000 / rate);
}

static void
pace(struct udp *u, size_t messages)
{
	if (u->base.options.udp_rate != 0)
		u->pace_ns += messages * 1000000000 / u->base.options.udp_rate;
}

/* When half of the burst may go again. */
uint64_t
udp_send_deadline(const struct udp *u)
{
	uint32_t rate = u->base.options.udp_rate;
	uint64_t half, at = 0;

	if (u->full && u->full_ms == 0)
		return UINT64_MAX; /* it will be writable */
	if (rate != 0) {
		half = burst_ns(rate) / 2;
		at = u->pace_ns > half ? (u->pace_ns - half) / NS_A_MS + 1 : 0;
	}
	return u->full && u->full_ms > at ? u->full_ms : at;
}

/* --- pieces */

/* Whether one more of this length makes the piece longer. */
static bool
piece_takes(const struct piece *piece, const struct queued_message *head,
    const struct queued_message *last, const struct queued_message *next)
{
	return piece->count < PIECE_MESSAGES && last->length == head->length &&
	       next->length <= head->length &&
	       (piece->count + 1) * head->length <= PIECE_OCTETS;
}

static void
piece_header(struct pieces *pieces, size_t i, struct iovec *octets)
{
	struct msghdr *header = &pieces->headers[i].msg_hdr;
	uint16_t length = (uint16_t)octets->iov_len;
	struct cmsghdr *control;

	header->msg_iov = octets;
	header->msg_iovlen = pieces->list[i].count;
	if (pieces->list[i].count == 1)
		return;
	/* The system reads what pads it, too. */
	memset(pieces->control[i].octets, 0, sizeof(pieces->control[i].octets));
	header->msg_control = pieces->control[i].octets;
	header->msg_controllen = sizeof(pieces->control[i].octets);
	control = CMSG_FIRSTHDR(header);
	control->cmsg_level = IPPROTO_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof(length));
	memcpy(CMSG_DATA(control), &length, sizeof(length));
}

/* Stamp the messages, and sort them into pieces. */
static void
pieces_make(struct pieces *pieces, struct udp *u,
    struct queued_message *const *list, size_t n, uint32_t sequence, bool data)
{
	uint32_t now = (uint32_t)time(NULL);
	struct piece *piece = NULL;
	size_t head = 0;

	memset(pieces->headers, 0, n * sizeof(pieces->headers[0]));
	pieces->count = 0;
	for (size_t i = 0; i < n; i++) {
		struct queued_message *p = list[i];

		pieces->octets[i] = (struct iovec){ p->octets, p->length };
		if (piece == NULL || !u->segments ||
		    !piece_takes(piece, list[head], list[i - 1], p)) {
			head = i;
			piece = &pieces->list[pieces->count++];
			*piece =
			    (struct piece){ .first = sequence + p->missing };
		}
		sequence += p->missing;
		message_stamp(p->octets, sequence, now);
		sequence += p->records;
		piece->behind = sequence;
		piece->exchanges += data ? p->records : 0;
		piece->count++;
	}
	for (size_t i = 0, at = 0; i < pieces->count; i++) {
		piece_header(pieces, i, &pieces->octets[at]);
		at += pieces->list[i].count;
	}
}

/* --- sending */

static void
piece_sent(struct udp *u, const struct piece *piece,
    struct queued_message *const *list)
{
	udp_report_expect(
	    u, list[0], piece->first, piece->behind, piece->exchanges);
	u->tally.messages += piece->count;
	u->tally.sent += piece->exchanges;
	for (size_t i = 0; i < piece->count; i++)
		u->tally.octets += list[i]->length;
	pace(u, piece->count);
	u->gained_ms = clock_ms();
	u->full = false;
}

enum verdict {
	SENT,  /* or lost, and counted: it is over with the piece */
	AGAIN, /* at once */
	LATER,
};

/*
 * The piece failed with this errno.  Where a report has come in meanwhile it
 * is about what was sent before.
 */
static enum verdict
piece_failed(struct udp *u, const struct piece *piece, int code)
{
	int reported = 0;

	if (code == EINTR)
		return AGAIN;
	if (udp_report_read(u, &reported) > 0) {
		if (!udp_link_is_down(reported))
			return AGAIN;
		udp_link_refused(u, reported);
		return LATER;
	}
	if (code == EAGAIN || code == ENOBUFS) {
		if (code == ENOBUFS)
			udp_trouble(u, code, piece->count);
		u->full = true;
		u->full_ms = code == ENOBUFS ? clock_ms() + ENOBUFS_MS : 0;
		return LATER;
	}
	if (piece->count > 1) {
		u->segments = false; /* this path does not do it */
		return AGAIN;
	}
	udp_trouble(u, code, 1);
	if (udp_link_is_down(code)) {
		udp_link_refused(u, code);
		return LATER;
	}
	udp_lose(u, LOSS_SEND, piece->exchanges);
	return SENT;
}

/*
 * Send these, of one kind, from *sequence on; how many are done with.  An
 * error behind the first piece is not told: it comes again with the next call,
 * or was a report.
 */
static size_t
send_list(struct udp *u, struct queued_message *const *list, size_t n,
    uint32_t *sequence, bool data)
{
	struct pieces pieces;
	size_t done = 0;

	while (done < n) {
		size_t i = 0, at = done;
		int sent;

		pieces_make(&pieces, u, list + done, n - done, *sequence, data);
		sent = sendmmsg(u->fd, pieces.headers, (unsigned)pieces.count,
		    MSG_NOSIGNAL);
		for (; sent > 0 && i < (size_t)sent; i++) {
			piece_sent(u, &pieces.list[i], list + at);
			at += pieces.list[i].count;
			*sequence = pieces.list[i].behind;
		}
		done = at;
		if (sent >= 0)
			continue;
		switch (piece_failed(u, &pieces.list[0], errno)) {
		case SENT:
			/* The collector shall see the gap. */
			*sequence = pieces.list[0].behind;
			done += pieces.list[0].count;
			break;
		case AGAIN:
			break;
		case LATER:
			return done;
		}
	}
	return done;
}

/* --- what goes out */

static int
preamble_add(struct udp *u, const struct message *messages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct queued_message *queued =
		    queued_message_new(messages[i].octets, messages[i].length,
		        messages[i].records);

		if (queued == NULL)
			return -1;
		u->preamble[u->preamble_count++] = queued;
	}
	return 0;
}

/* Types first: ipfixDump takes a template as it knows it then. */
int
udp_greeting_set(struct udp *u, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	u->preamble = calloc(
	    templates_count + types_count + 1, sizeof(struct queued_message *));
	if (u->preamble == NULL || preamble_add(u, types, types_count) != 0 ||
	    preamble_add(u, templates, templates_count) != 0)
		return -1;
	return 0;
}

bool
udp_send_greeting(struct udp *u)
{
	size_t left = u->preamble_count - u->greeted, allowed = allowance(u);

	u->full = false;
	if (left > allowed)
		left = allowed;
	if (left > UDP_BATCH)
		left = UDP_BATCH;
	u->greeted +=
	    send_list(u, u->preamble + u->greeted, left, &u->sequence, false);
	if (u->greeted < u->preamble_count)
		return false;
	u->greeted_ms = clock_ms();
	u->greeted_messages = 0;
	return true;
}

static bool
preamble_due(const struct udp *u)
{
	const struct destination_options *options = &u->base.options;

	if (options->template_refresh_messages != 0 &&
	    u->greeted_messages >= options->template_refresh_messages)
		return true;
	return options->template_refresh_seconds != 0 &&
	       clock_ms() - u->greeted_ms >=
	           (uint64_t)options->template_refresh_seconds * 1000;
}

static void
send_statistics(struct udp *u)
{
	struct queued_message *queued =
	    message_queue_take_statistics(&u->queue);

	/* One of them is like the other: none is tried again. */
	if (queued != NULL)
		(void)send_list(u, &queued, 1, &u->statistics_sequence, false);
	free(queued);
}

/* So many that templates are not late by a batch. */
static size_t
batch_room(struct udp *u)
{
	uint32_t every = u->base.options.template_refresh_messages;
	size_t room = allowance(u);

	if (room > UDP_BATCH)
		room = UDP_BATCH;
	if (every != 0 && room > every - u->greeted_messages)
		room = every - u->greeted_messages;
	return room;
}

static void
batch_fill(struct udp *u, size_t room)
{
	struct queued_message *queued;

	while (u->batched < room &&
	       (queued = message_queue_take(&u->queue)) != NULL) {
		u->batch[u->batched++] = queued;
		message_queue_stored(&u->queue);
	}
}

static void
batch_drop(struct udp *u, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(u->batch[i]);
	u->batched -= count;
	memmove(u->batch, u->batch + count, u->batched * sizeof(u->batch[0]));
}

void
udp_send_data(struct udp *u)
{
	size_t room, done, n;

	u->full = false;
	if (u->greeted == u->preamble_count && preamble_due(u) &&
	    (u->batched > 0 || !message_queue_empty(&u->queue)))
		u->greeted = 0;
	if (u->greeted < u->preamble_count && !udp_send_greeting(u))
		return;
	send_statistics(u);
	room = u->state == UDP_OPEN && !u->full ? batch_room(u) : 0;
	batch_fill(u, room);
	n = u->batched < room ? u->batched : room;
	done = send_list(u, u->batch, n, &u->sequence, true);
	u->greeted_messages += (uint32_t)done;
	batch_drop(u, done);
}

void
udp_send_nothing(struct udp *u)
{
	enum loss reason = u->state == UDP_CLOSED ? LOSS_CONNECT : LOSS_SEND;

	do {
		for (size_t i = 0; i < u->batched; i++) {
			udp_lose(u, reason, u->batch[i]->records);
			u->sequence +=
			    u->batch[i]->missing + u->batch[i]->records;
		}
		batch_drop(u, u->batched);
		batch_fill(u, UDP_BATCH);
	} while (u->batched > 0);
}

void
udp_send_free(struct udp *u)
{
	batch_drop(u, u->batched);
	for (size_t i = 0; i < u->preamble_count; i++)
		free(u->preamble[i]);
	free(u->preamble);
}
