/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files and standard input, through libpcap: pcap and pcapng,
 * plain, gzip or zstd (recognised by content).  Several files are read one
 * after the other as one stream.
 */
#ifndef EXFLOW_CAPTURE_CAPTURE_H
#define EXFLOW_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"

#define CAPTURE_ERROR_SIZE 512

struct capture;

struct capture_packet {
	timestamp time;
	const uint8_t *frame; /* valid until the next capture_next */
	uint32_t captured;    /* octets at frame */
	uint32_t wire_length; /* octets on the wire */
};

/*
 * Open one file ("-": standard input) and compile filter (NULL or "": every
 * packet) for its link type.  NULL with a message in error that names the
 * file and what was expected: unreadable, not a capture, a filter that does
 * not compile.  Whether the link type can be decoded is the caller's to ask
 * (decode_datalink_supported) and to refuse by capture_datalink_name.
 */
struct capture *capture_open(
    const char *path, const char *filter, char error[CAPTURE_ERROR_SIZE]);
void capture_close(struct capture **capture); /* idempotent, sets NULL */

/*
 * 1 with the next packet that passes the filter, 0 at the end, -1 where the
 * file is damaged or cut: everything before was delivered, and
 * capture_error says what happened and after which packet.
 */
int capture_next(struct capture *capture, struct capture_packet *packet);
const char *capture_error(const struct capture *capture);

/* As stream_set_idle: before it waits for a pipe. */
void capture_set_idle(
    struct capture *capture, bool (*idle)(void *context), void *context);

int capture_datalink(const struct capture *capture); /* DLT_… */
/* Its name, or "DLT 9999", in buffer, which is also what is returned. */
#define CAPTURE_DATALINK_NAME_SIZE 64
const char *capture_datalink_name(
    const struct capture *capture, char *buffer, size_t size);
/* The path for messages: "standard input" for "-". */
const char *capture_path(const struct capture *capture);

/*
 * Octets of the file as it lies on disk (compressed ones, where it is
 * compressed): read so far, and in all (0 where that is not known, as for a
 * pipe).  For the progress line: each is a system call, not for every packet.
 */
uint64_t capture_octets_read(const struct capture *capture);
uint64_t capture_octets_total(const struct capture *capture);

#endif
