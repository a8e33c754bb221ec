/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE (1 << 20)
#define ETHERNET_SIZE 14
#define MIN_FRAME 60 /* what a card sends at least, without its checksum */
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define START 1700000000 /* 2023-11-14 22:13:20 UTC */

static void
trace_write(struct trace *trace, const void *octets, size_t size)
{
	if (fwrite(octets, 1, size, trace->file) != size) {
		fprintf(stderr, "generate: write: %s\n", strerror(errno));
		exit(1);
	}
	trace->octets += size;
}

void
trace_open(struct trace *trace, const char *path)
{
	const uint16_t version[2] = { 2, 4 };
	const uint32_t rest[4] = { 0, 0, 65535, 1 };
	const uint32_t magic = 0xa1b2c3d4;

	*trace = (struct trace){ .file = fopen(path, "wb") };
	if (trace->file == NULL) {
		fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	if ((trace->buffer = malloc(BUFFER_SIZE)) != NULL)
		setvbuf(trace->file, trace->buffer, _IOFBF, BUFFER_SIZE);
	trace->now = START * UINT64_C(1000000);
	trace_write(trace, &magic, sizeof(magic));
	trace_write(trace, version, sizeof(version));
	trace_write(trace, rest, sizeof(rest));
}

void
trace_close(struct trace *trace)
{
	if (fclose(trace->file) != 0) {
		fprintf(stderr, "generate: close: %s\n", strerror(errno));
		exit(1);
	}
	free(trace->buffer);
}

static void
set16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
set32(uint8_t *at, uint32_t value)
{
	set16(at, value >> 16);
	set16(at + 2, value & 0xffff);
}

/* The Internet checksum over octets whose sum so far is sum. */
static unsigned
checksum(const uint8_t *octets, size_t size, uint32_t sum)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(octets[i] << 8 | octets[i + 1]);
	if (size % 2 == 1)
		sum += (uint32_t)octets[size - 1] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static unsigned
put_ipv4(uint8_t *ip, const struct endpoints *ends, unsigned sender,
    uint8_t protocol, unsigned size)
{
	memset(ip, 0, 20);
	ip[0] = 0x45;
	set16(ip + 2, 20 + size);
	ip[6] = 0x40; /* do not fragment */
	ip[8] = sender == 0 ? 64 : 57;
	ip[9] = protocol;
	memcpy(ip + 12, ends->address[sender], 4);
	memcpy(ip + 16, ends->address[!sender], 4);
	set16(ip + 10, checksum(ip, 20, 0));
	return 20;
}

static unsigned
put_ipv6(uint8_t *ip, const struct endpoints *ends, unsigned sender,
    uint8_t protocol, unsigned size)
{
	set32(ip, 0x60000000);
	set16(ip + 4, size);
	ip[6] = protocol;
	ip[7] = sender == 0 ? 64 : 57;
	memcpy(ip + 8, ends->address[sender], 16);
	memcpy(ip + 24, ends->address[!sender], 16);
	return 40;
}

/*
 * Everything before the transport header, of which and of whose payload
 * there are size octets; how many octets that was.
 */
static unsigned
put_network(uint8_t *frame, const struct endpoints *ends, unsigned sender,
    uint8_t protocol, unsigned size)
{
	static const uint8_t cards[2][6] = { { 2, 0, 0, 0, 0, 1 },
		{ 2, 0, 0, 0, 0, 2 } };

	memcpy(frame, cards[!sender], 6);
	memcpy(frame + 6, cards[sender], 6);
	set16(frame + 12, ends->version == 4 ? 0x0800 : 0x86dd);
	frame += ETHERNET_SIZE;
	return ETHERNET_SIZE +
	       (ends->version == 4
	               ? put_ipv4(frame, ends, sender, protocol, size)
	               : put_ipv6(frame, ends, sender, protocol, size));
}

/* size octets of transport; only the first used ones are not 0. */
static unsigned
transport_checksum(const struct endpoints *ends, uint8_t protocol,
    const uint8_t *transport, unsigned used, unsigned size)
{
	size_t octets = ends->version == 4 ? 4 : 16;
	uint32_t sum = protocol + size;

	for (unsigned side = 0; side < 2; side++)
		sum += ~checksum(ends->address[side], octets, 0) & 0xffff;
	return checksum(transport, used, sum);
}

static void
put_packet(struct trace *trace, uint8_t *frame, unsigned size)
{
	uint32_t header[4] = { (uint32_t)(trace->now / 1000000),
		(uint32_t)(trace->now % 1000000) };

	if (size < MIN_FRAME) {
		memset(frame + size, 0, MIN_FRAME - size);
		size = MIN_FRAME;
	}
	header[2] = header[3] = size;
	trace_write(trace, header, sizeof(header));
	trace_write(trace, frame, size);
	trace->packets++;
}

/* What follows the transport header; its first octets may be given. */
static void
put_payload(uint8_t *payload, const struct content *content)
{
	memset(payload, 0, content->payload);
	if (content->head_size > 0)
		memcpy(payload, content->head, content->head_size);
}

void
trace_tcp(struct trace *trace, const struct endpoints *ends,
    const struct content *content)
{
	/* MSS, SACK, timestamps, window scale; timestamps alone. */
	static const uint8_t options[2][20] = {
		{ 1, 1, 8, 10 },
		{ 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3,
		    7 },
	};
	unsigned syn = (content->flags & TRACE_SYN) != 0;
	unsigned header = syn ? 40 : 32;
	unsigned size = header + content->payload;
	uint8_t frame[1600], *tcp;

	tcp = frame +
	      put_network(frame, ends, content->sender, PROTOCOL_TCP, size);
	set16(tcp, ends->port[content->sender]);
	set16(tcp + 2, ends->port[!content->sender]);
	set32(tcp + 4, content->seq);
	set32(tcp + 8, content->ack);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = content->flags;
	set32(tcp + 14, 0xffff0000);
	set16(tcp + 18, 0);
	memcpy(tcp + 20, options[syn], header - 20);
	put_payload(tcp + header, content);
	set16(tcp + 16, transport_checksum(ends, PROTOCOL_TCP, tcp,
	                    header + content->head_size, size));
	put_packet(trace, frame, (unsigned)(tcp - frame) + size);
}

void
trace_udp(struct trace *trace, const struct endpoints *ends,
    const struct content *content)
{
	unsigned size = 8 + content->payload, sum;
	uint8_t frame[1600], *udp;

	udp = frame +
	      put_network(frame, ends, content->sender, PROTOCOL_UDP, size);
	set16(udp, ends->port[content->sender]);
	set16(udp + 2, ends->port[!content->sender]);
	set16(udp + 4, size);
	set16(udp + 6, 0);
	put_payload(udp + 8, content);
	sum = transport_checksum(
	    ends, PROTOCOL_UDP, udp, 8 + content->head_size, size);
	set16(udp + 6, sum != 0 ? sum : 0xffff);
	put_packet(trace, frame, (unsigned)(udp - frame) + size);
}
