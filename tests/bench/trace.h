/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces for the benchmarks: a pcap file of Ethernet frames that are right
 * to the checksum, and as fast to write as the disk takes them.
 */
#ifndef EXFLOW_BENCH_TRACE_H
#define EXFLOW_BENCH_TRACE_H

#include <stdint.h>
#include <stdio.h>

#define TRACE_FIN 0x01
#define TRACE_SYN 0x02
#define TRACE_RST 0x04
#define TRACE_PSH 0x08
#define TRACE_ACK 0x10

struct trace {
	FILE *file;
	char *buffer;
	uint64_t packets;
	uint64_t octets; /* of the file */
	uint64_t now;    /* microseconds since the epoch */
};

/* Both ends of a flow: [0] the client, [1] the server. */
struct endpoints {
	uint8_t address[2][16]; /* network order; IPv4 in the first four */
	uint16_t port[2];
	uint8_t version;
};

/* One packet of a flow; payload octets that are not given are 0. */
struct content {
	unsigned sender; /* 0: the client, 1: the server */
	uint8_t flags;   /* TCP: TRACE_…; UDP: unused */
	uint32_t seq, ack;
	const uint8_t *head; /* the first octets of the payload */
	unsigned head_size;
	unsigned payload; /* octets in all, at most TRACE_MAX_PAYLOAD */
};

#define TRACE_MAX_PAYLOAD 1428 /* fits 1500 octets of IPv6 with options */

/* Each exits with a message where the file cannot be written. */
void trace_open(struct trace *trace, const char *path);
void trace_close(struct trace *trace);
void trace_tcp(struct trace *trace, const struct endpoints *ends,
    const struct content *content);
void trace_udp(struct trace *trace, const struct endpoints *ends,
    const struct content *content);

#endif
