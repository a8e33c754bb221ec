/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generate KIND FILE [COUNT [MORE]]: one of the benchmarks' traces, the same
 * octets at every run.  Clients are in 10/8 and fd00::/8; every flow has a 5-tuple of its own.
 *
 *   mix    COUNT packets (5000000) in about a minute: some thousand flows at
 *          once, many short, few long; see kinds[] and flow_start
 *   flood  COUNT SYNs (1000000), none answered, in 20 s
 *   dns    COUNT queries (500000), each answered, in 20 s
 *   spread COUNT datagrams (1000000), each answered once all are sent, in 20 s
 *   small  what may follow a spread of COUNT: MORE datagrams (5000000) of its
 *          exchanges picked at random, in 5 s; 82 octets each
 *   sized  the same with the sizes of mix, about 620 octets on average
 *
 * One line on standard output says what the trace holds.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define CLIENT_HOSTS 4096
#define SERVER_HOSTS 20011
#define IPV6_PERCENT 15
#define MIX_SECONDS 60
#define MIX_SLOTS 4096 /* flows at once */
#define SHORT_SECONDS 20
#define PICKED_SECONDS 5
#define SPREAD_PAYLOAD 40
#define MORE_DEFAULT 5000000
#define DNS_PENDING 500 /* queries without their answer yet */

/* splitmix64: small, and good enough to look like traffic. */
static uint64_t
scramble(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

struct random {
	uint64_t state;
};

/* 0 … below - 1 */
static uint32_t
random_below(struct random *random, uint32_t below)
{
	uint64_t x = scramble(random->state++);

	return (uint32_t)((x >> 32) * below >> 32);
}

/*
 * least … least << (most + 1), half as likely for each doubling: the heavy
 * tail that sizes of transfers have.
 */
static uint32_t
random_heavy(struct random *random, uint32_t least, unsigned most)
{
	unsigned doublings = 0;

	while (doublings < most && random_below(random, 2) == 1)
		doublings++;
	return (least << doublings) + random_below(random, least << doublings);
}

static bool
random_percent(struct random *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}

static void
address_set(
    uint8_t address[16], uint8_t version, const uint8_t *prefix, uint32_t host)
{
	uint8_t *last = address + (version == 4 ? 1 : 13);

	memset(address, 0, 16);
	memcpy(address, prefix, version == 4 ? 1 : 4);
	last[0] = (uint8_t)(host >> 16);
	last[1] = (uint8_t)(host >> 8);
	last[2] = (uint8_t)host;
}

static void
ends_set(struct endpoints *ends, uint8_t version, uint32_t client,
    uint16_t client_port, uint32_t server, uint16_t server_port)
{
	static const uint8_t local4[] = { 10 }, remote4[] = { 203 };
	static const uint8_t local6[] = { 0xfd, 0, 0, 1 };
	static const uint8_t remote6[] = { 0x20, 1, 0x0d, 0xb8 };

	ends->version = version;
	address_set(
	    ends->address[0], version, version == 4 ? local4 : local6, client);
	address_set(ends->address[1], version, version == 4 ? remote4 : remote6,
	    server);
	ends->port[0] = client_port;
	ends->port[1] = server_port;
}

/* The 5-tuple of the n-th flow: no two have client and port in common. */
static void
ends_of_flow(struct endpoints *ends, uint64_t n, uint16_t server_port)
{
	uint64_t mixed = scramble(n);
	uint32_t host = (uint32_t)(n % CLIENT_HOSTS);
	uint32_t turn = (uint32_t)(n / CLIENT_HOSTS);

	ends_set(ends, mixed % 100 < IPV6_PERCENT ? 6 : 4, host << 4 | 1,
	    (uint16_t)(16384 + (turn + host * 97) % 49152),
	    (uint32_t)(mixed >> 32) % SERVER_HOSTS, server_port);
}

enum kind {
	KIND_LOOKUP,     /* UDP: a query and its answer */
	KIND_QUIC,       /* UDP: many datagrams */
	KIND_REQUESTS,   /* TCP: some requests, small answers */
	KIND_DOWNLOAD,   /* TCP: a large answer */
	KIND_UPLOAD,     /* TCP: the same the other way */
	KIND_TERMINAL,   /* TCP: small segments both ways */
	KIND_RESET,      /* TCP: refused by a RST */
	KIND_UNANSWERED, /* TCP: nothing but SYNs */
	KIND_COUNT
};

static const struct {
	unsigned percent;
	uint16_t port;
	unsigned burst; /* packets in a row, at most */
} kinds[KIND_COUNT] = {
	[KIND_LOOKUP] = { 32, 53, 1 },
	[KIND_QUIC] = { 5, 443, 8 },
	[KIND_REQUESTS] = { 43, 443, 3 },
	[KIND_DOWNLOAD] = { 7, 80, 12 },
	[KIND_UPLOAD] = { 1, 443, 12 },
	[KIND_TERMINAL] = { 5, 22, 2 },
	[KIND_RESET] = { 4, 8080, 1 },
	[KIND_UNANSWERED] = { 3, 25, 1 },
};

enum stage {
	STAGE_SYN,
	STAGE_SYN_ACK,
	STAGE_ACK,
	STAGE_REQUEST,
	STAGE_DATA,
	STAGE_FIN,
	STAGE_FIN_BACK,
	STAGE_LAST_ACK,
	STAGE_DONE
};

struct flow {
	struct endpoints ends;
	enum kind kind;
	enum stage stage;
	uint32_t next[2]; /* sequence number of each side */
	uint32_t left;    /* octets, or datagrams, still to be sent */
	unsigned rounds;  /* requests, or SYNs, still to be sent */
	unsigned unacked; /* segments since the last acknowledgement */
	bool begun;
};

static enum kind
random_kind(struct random *random)
{
	unsigned at = random_below(random, 100);
	unsigned kind = 0;

	while (at >= kinds[kind].percent)
		at -= kinds[kind++].percent;
	return (enum kind)kind;
}

static void
flow_start(struct flow *flow, uint64_t n, struct random *random)
{
	enum kind kind = random_kind(random);

	*flow = (struct flow){ .kind = kind };
	ends_of_flow(&flow->ends, n, kinds[kind].port);
	flow->next[0] = (uint32_t)scramble(2 * n);
	flow->next[1] = (uint32_t)scramble(2 * n + 1);
	flow->rounds = 1;
	if (kind == KIND_REQUESTS)
		flow->rounds = 1 + random_below(random, 4);
	else if (kind == KIND_TERMINAL)
		flow->rounds = random_heavy(random, 8, 6);
	else if (kind == KIND_UNANSWERED)
		flow->rounds = 1 + random_below(random, 4);
	else if (kind == KIND_QUIC)
		flow->left = random_heavy(random, 12, 7);
	else if (kind == KIND_LOOKUP)
		flow->left = 2;
}

/* Octets that follow a request. */
static uint32_t
random_answer(struct random *random, enum kind kind)
{
	if (kind == KIND_REQUESTS)
		return random_heavy(random, 300, 8);
	if (kind == KIND_TERMINAL)
		return 20 + random_below(random, 200);
	return random_heavy(random, 16000, 10);
}

static void
send_tcp(struct trace *trace, struct flow *flow, unsigned sender, uint8_t flags,
    unsigned payload)
{
	struct content content = { .sender = sender,
		.flags = flags,
		.seq = flow->next[sender],
		.ack = flags & TRACE_ACK ? flow->next[!sender] : 0,
		.payload = payload };

	trace_tcp(trace, &flow->ends, &content);
	flow->next[sender] +=
	    payload + ((flags & (TRACE_SYN | TRACE_FIN)) != 0);
}

/* Whoever has data sends it; the other acknowledges every second segment. */
static void
flow_data(struct trace *trace, struct flow *flow)
{
	unsigned sender = flow->kind != KIND_UPLOAD;
	uint32_t size = flow->left;
	uint8_t flags = TRACE_ACK;

	if (flow->unacked == 2 || size == 0) {
		send_tcp(trace, flow, !sender, TRACE_ACK, 0);
		flow->unacked = 0;
		if (size == 0)
			flow->stage =
			    --flow->rounds > 0 ? STAGE_REQUEST : STAGE_FIN;
		return;
	}
	if (size > TRACE_MAX_PAYLOAD)
		size = TRACE_MAX_PAYLOAD;
	else
		flags |= TRACE_PSH;
	send_tcp(trace, flow, sender, flags, size);
	flow->left -= size;
	flow->unacked++;
}

static void
flow_syn(struct trace *trace, struct flow *flow)
{
	send_tcp(trace, flow, 0, TRACE_SYN, 0);
	flow->stage = STAGE_SYN_ACK;
	if (flow->kind != KIND_UNANSWERED)
		return;
	flow->next[0]--; /* sent again, it is the same SYN */
	flow->stage = --flow->rounds > 0 ? STAGE_SYN : STAGE_DONE;
}

static void
flow_answer_syn(struct trace *trace, struct flow *flow)
{
	if (flow->kind == KIND_RESET) {
		flow->next[1] = 0;
		send_tcp(trace, flow, 1, TRACE_RST | TRACE_ACK, 0);
		flow->stage = STAGE_DONE;
		return;
	}
	send_tcp(trace, flow, 1, TRACE_SYN | TRACE_ACK, 0);
	flow->stage = STAGE_ACK;
}

/* One in sixteen ends by a RST, one in sixteen says nothing any more. */
static void
flow_close(struct trace *trace, struct flow *flow, struct random *random)
{
	unsigned how = random_below(random, 16);

	flow->stage = how < 2 ? STAGE_DONE : STAGE_FIN_BACK;
	send_tcp(trace, flow, 0,
	    how == 0   ? TRACE_RST | TRACE_ACK
	    : how == 1 ? TRACE_ACK
	               : TRACE_FIN | TRACE_ACK,
	    0);
}

static void
flow_tcp(struct trace *trace, struct flow *flow, struct random *random)
{
	switch (flow->stage) {
	case STAGE_SYN:
		flow_syn(trace, flow);
		break;
	case STAGE_SYN_ACK:
		flow_answer_syn(trace, flow);
		break;
	case STAGE_ACK:
		send_tcp(trace, flow, 0, TRACE_ACK, 0);
		flow->stage = STAGE_REQUEST;
		break;
	case STAGE_REQUEST:
		flow->left = random_answer(random, flow->kind);
		send_tcp(trace, flow, 0, TRACE_ACK | TRACE_PSH,
		    20 + random_below(random, 500));
		flow->stage = STAGE_DATA;
		break;
	case STAGE_DATA:
		flow_data(trace, flow);
		break;
	case STAGE_FIN:
		flow_close(trace, flow, random);
		break;
	case STAGE_FIN_BACK:
		send_tcp(trace, flow, 1, TRACE_FIN | TRACE_ACK, 0);
		flow->stage = STAGE_LAST_ACK;
		break;
	case STAGE_LAST_ACK:
		send_tcp(trace, flow, 0, TRACE_ACK, 0);
		flow->stage = STAGE_DONE;
		break;
	case STAGE_DONE:
		break;
	}
}

/* A query for, or an answer with, the address of example.com. */
static void
send_dns(struct trace *trace, const struct endpoints *ends, unsigned sender)
{
	uint8_t message[45] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'e', 'x',
		'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1, 0xc0,
		12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1 };
	struct content content = { .sender = sender,
		.head = message,
		.head_size = sender == 0 ? 29 : sizeof(message) };

	message[0] = (uint8_t)(ends->port[0] >> 8);
	message[1] = (uint8_t)ends->port[0];
	if (sender == 1) {
		message[2] = 0x81;
		message[3] = 0x80;
		message[7] = 1;
	}
	content.payload = content.head_size;
	trace_udp(trace, ends, &content);
}

static void
flow_udp(struct trace *trace, struct flow *flow, struct random *random)
{
	bool first = flow->rounds == 1;
	struct content content = { .sender =
		                       !first && !random_percent(random, 30) };

	content.payload =
	    first || content.sender == 1 ? 1200 : 40 + random_below(random, 60);
	flow->rounds = 0;
	if (flow->kind == KIND_LOOKUP)
		send_dns(trace, &flow->ends, flow->left == 1);
	else
		trace_udp(trace, &flow->ends, &content);
	if (--flow->left == 0)
		flow->stage = STAGE_DONE;
}

static void
flow_step(struct trace *trace, struct flow *flow, struct random *random)
{
	if (flow->kind == KIND_LOOKUP || flow->kind == KIND_QUIC)
		flow_udp(trace, flow, random);
	else
		flow_tcp(trace, flow, random);
}

static uint64_t
generate_mix(struct trace *trace, uint64_t count, uint64_t more)
{
	struct random random = { 1 };
	uint64_t flows = 0, begun = 0;
	uint64_t slots = count / 256 < MIX_SLOTS ? count / 256 + 1 : MIX_SLOTS;
	/* Mean gap between packets, in units of 1/1024 microsecond. */
	uint64_t gap = MIX_SECONDS * UINT64_C(1000000) * 1024 / (count + 1);
	uint64_t clock = trace->now << 10;
	struct flow *flow = calloc(slots, sizeof(*flow));
	(void)more;

	if (flow == NULL)
		abort();
	for (uint64_t i = 0; i < slots; i++)
		flow_start(&flow[i], flows++, &random);
	while (trace->packets < count) {
		struct flow *it = &flow[random_below(&random, (uint32_t)slots)];
		unsigned burst =
		    1 + random_below(&random, kinds[it->kind].burst);

		begun += !it->begun;
		it->begun = true;
		while (burst-- > 0 && trace->packets < count &&
		       it->stage != STAGE_DONE) {
			clock += (gap * (1 + random_below(&random, 1023))) >> 9;
			trace->now = clock >> 10;
			flow_step(trace, it, &random);
		}
		if (it->stage == STAGE_DONE)
			flow_start(it, flows++, &random);
	}
	free(flow);
	return begun;
}

static void
trace_pace(struct trace *trace, uint64_t start, uint64_t n, uint64_t count)
{
	trace->now = start + SHORT_SECONDS * UINT64_C(1000000) * n / count;
}

static uint64_t
generate_flood(struct trace *trace, uint64_t count, uint64_t more)
{
	uint64_t start = trace->now;
	(void)more;

	for (uint64_t n = 0; n < count; n++) {
		/* Odd, so that 2^24 addresses come before one comes again. */
		uint32_t host = (uint32_t)(n * 0x9e3779b1u) & 0xffffff;
		uint32_t port = (uint32_t)(scramble(host) + (n >> 24)) % 64512;
		struct content content = { .flags = TRACE_SYN,
			.seq = (uint32_t)scramble(n) };
		struct endpoints ends;

		ends_set(&ends, 4, host, (uint16_t)(1024 + port), 7, 80);
		trace_pace(trace, start, n, count);
		trace_tcp(trace, &ends, &content);
	}
	return count;
}

static uint64_t
generate_dns(struct trace *trace, uint64_t count, uint64_t more)
{
	uint64_t start = trace->now;
	struct endpoints ends;
	(void)more;

	for (uint64_t n = 0; n < count + DNS_PENDING; n++) {
		trace_pace(trace, start, n, count);
		if (n < count) {
			ends_of_flow(&ends, n, 53);
			send_dns(trace, &ends, 0);
		}
		if (n >= DNS_PENDING) {
			ends_of_flow(&ends, n - DNS_PENDING, 53);
			send_dns(trace, &ends, 1);
		}
	}
	return count;
}

static uint64_t
generate_spread(struct trace *trace, uint64_t count, uint64_t more)
{
	uint64_t start = trace->now;
	struct endpoints ends;
	(void)more;

	for (uint64_t n = 0; n < 2 * count; n++) {
		struct content content = { .sender = n >= count,
			.payload = SPREAD_PAYLOAD };

		trace_pace(trace, start, n, 2 * count);
		ends_of_flow(&ends, n % count, 443);
		trace_udp(trace, &ends, &content);
	}
	return count;
}

/* Two of five packets are full, the others mostly empty. */
static unsigned
random_size(struct random *random)
{
	return random_percent(random, 40) ? TRACE_MAX_PAYLOAD
	                                  : random_below(random, 60);
}

static uint64_t
generate_picked(struct trace *trace, uint64_t count, uint64_t more, bool sized)
{
	uint64_t start = trace->now + SHORT_SECONDS * UINT64_C(1000000);
	struct random random = { 2 };
	struct endpoints ends;

	for (uint64_t n = 0; n < more; n++) {
		struct content content = { .sender = random_below(&random, 2) };

		content.payload = sized ? random_size(&random) : SPREAD_PAYLOAD;
		trace->now =
		    start + PICKED_SECONDS * UINT64_C(1000000) * n / more;
		ends_of_flow(
		    &ends, random_below(&random, (uint32_t)count), 443);
		trace_udp(trace, &ends, &content);
	}
	return count;
}

static uint64_t
generate_small(struct trace *trace, uint64_t count, uint64_t more)
{
	return generate_picked(trace, count, more, false);
}

static uint64_t
generate_sized(struct trace *trace, uint64_t count, uint64_t more)
{
	return generate_picked(trace, count, more, true);
}

static const struct {
	const char *name;
	uint64_t (*generate)(
	    struct trace *trace, uint64_t count, uint64_t more);
	uint64_t count;
} generators[] = {
	{ "mix", generate_mix, 5000000 },
	{ "flood", generate_flood, 1000000 },
	{ "dns", generate_dns, 500000 },
	{ "spread", generate_spread, 1000000 },
	{ "small", generate_small, 1000000 },
	{ "sized", generate_sized, 1000000 },
};

static void
usage(void)
{
	fputs("usage: generate mix|flood|dns|spread|small|sized FILE "
	      "[COUNT [MORE]]\n"
	      "COUNT: 1 to 1000000000 packets, SYNs, or queries\n"
	      "MORE: of small and sized, packets\n",
	    stderr);
	exit(2);
}

static uint64_t
parse_count(const char *text)
{
	char *end;
	unsigned long long count;

	errno = 0;
	count = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' ||
	    count < 1 || count > 1000000000)
		usage();
	return count;
}

int
main(int argc, char **argv)
{
	struct trace trace;
	uint64_t count, more, flows;
	size_t i = 0, known = sizeof(generators) / sizeof(generators[0]);

	if (argc < 3 || argc > 5)
		usage();
	while (i < known && strcmp(argv[1], generators[i].name) != 0)
		i++;
	if (i == known)
		usage();
	count = argc > 3 ? parse_count(argv[3]) : generators[i].count;
	more = argc > 4 ? parse_count(argv[4]) : MORE_DEFAULT;
	trace_open(&trace, argv[2]);
	flows = generators[i].generate(&trace, count, more);
	trace_close(&trace);
	printf("{\"packets\": %llu, \"octets\": %llu, \"flows\": %llu}\n",
	    (unsigned long long)trace.packets, (unsigned long long)trace.octets,
	    (unsigned long long)flows);
	return 0;
}
