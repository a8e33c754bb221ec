/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files, standard input and pipes: pcap and pcapng, plain or
 * compressed with gzip or zstd (told by content).  A reader of our own hands
 * out pointers into its buffer, without a copy; libpcap compiles the filters.
 *
 * Each capture that is open takes CAPTURE_MEMORY octets at most, beside the
 * codec's if it is compressed, and the interfaces that it describes.
 *
 * Several captures may be open at once, each with a packet of its own: to
 * merge them by time, call capture_next of the one whose packet was used.
 */
#ifndef EXFLOW_CAPTURE_CAPTURE_H
#define EXFLOW_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"

#define CAPTURE_ERROR_SIZE 512
#define CAPTURE_MEMORY 2097152

/*
 * Octets of a packet that are handed out; of a longer one, which no link type
 * has that carries IP, the rest is skipped.
 */
#define CAPTURE_PACKET_MAX 524288

/* Interfaces that one file may describe; more are taken for damage. */
#define CAPTURE_INTERFACES_MAX 4096
#define CAPTURE_NAME_SIZE 64

/* Packets, by the program that captured: in the order of pcapng's options. */
enum capture_count {
	CAPTURE_RECEIVED,             /* isb_ifrecv */
	CAPTURE_DROPPED_BY_INTERFACE, /* isb_ifdrop: never captured */
	CAPTURE_ACCEPTED,             /* isb_filteraccept */
	CAPTURE_DROPPED_BY_SYSTEM,    /* isb_osdrop: never captured */
	CAPTURE_COUNTS
};

/*
 * Where packets of a file came in.  A pcap file has one, without a name; a
 * pcapng file describes as many as there were, and again in each section:
 * those of the same place, name and link type are one.  Valid, at the same
 * address, until the capture is closed.
 */
struct capture_interface {
	uint32_t number; /* in order of appearance, from 0 */
	uint32_t place;  /* in its section, from 0: pcapng's own number */
	uint32_t label;  /* the caller's: see capture_label_interface */
	int datalink;    /* DLT_… */
	/*
	 * if_name, "" where there is none: meant to be UTF-8, but nobody has
	 * checked that; long ones are cut, control characters become '?'.
	 */
	char name[CAPTURE_NAME_SIZE];
	/* What its statistics blocks say, so far. */
	bool told;
	uint64_t counts[CAPTURE_COUNTS]; /* by enum capture_count */
};

struct capture;

struct capture_packet {
	timestamp time;
	const uint8_t *frame; /* valid until the next capture_next */
	uint32_t captured;    /* octets at frame */
	uint32_t wire_length; /* octets on the wire */
	int datalink;         /* DLT_… of this packet */
	const struct capture_interface *interface; /* of a file; live: NULL */
};

/*
 * Open one file ("-": standard input) and compile filter (NULL or "": every
 * packet) for its link type.  NULL with a message in error that names the
 * file and what was expected: unreadable, not a capture, a filter that does
 * not compile.  Whether a link type can be decoded is the caller's to ask
 * (decode_datalink_supported).
 */
struct capture *capture_open(
    const char *path, const char *filter, char error[CAPTURE_ERROR_SIZE]);
void capture_close(struct capture **capture); /* idempotent, sets NULL */

/*
 * 1 with the next packet that passes the filter, 0 at the end, -1 where the
 * file is damaged or cut: everything before was delivered, and capture_error
 * says what happened, at which octet and after which packet.
 *
 * The time of a packet without one (pcapng's simple packets) is that of the
 * packet before it, 0 if there is none.  A pcap file's microseconds of a
 * million and more (nanoseconds of a milliard) count on into seconds.
 */
int capture_next(struct capture *capture, struct capture_packet *packet);
const char *capture_error(const struct capture *capture);

/*
 * Something odd that was read all the same, to be told once when the file is
 * done; NULL where there is nothing.
 */
const char *capture_notice(const struct capture *capture);

/*
 * Called before reading waits for a pipe that has nothing at the moment, and
 * each second while it waits.  Where idle
 * returns false, reading ends as if a signal had interrupted it.
 */
void capture_set_idle(
    struct capture *capture, bool (*idle)(void *context), void *context);

/*
 * The link type of the first interface, DLT_…; capture_is_uniform: all
 * packets have it (pcap), while a pcapng file may come to describe others.
 */
int capture_datalink(const struct capture *capture);
bool capture_is_uniform(const struct capture *capture);
/* The name of a link type, or "DLT 9999"; returns buffer. */
#define CAPTURE_DATALINK_NAME_SIZE 64
const char *capture_datalink_name(int datalink, char *buffer, size_t size);
/* The n-th interface so far; NULL past the last. */
const struct capture_interface *capture_interface(
    const struct capture *capture, size_t n);
/* Set the label of the n-th interface, which is there; it is 0 before. */
void capture_label_interface(struct capture *capture, size_t n, uint32_t label);
/* The path for messages: "standard input" for "-". */
const char *capture_path(const struct capture *capture);

/*
 * The time of a file's first packet, for a file that is opened only when that
 * is due.  Reads little, and keeps nothing open.  0, or -1 where that is not
 * known: no packets, not a file that can be read twice, or no capture at all,
 * which capture_open then says.
 */
int capture_first_time(const char *path, timestamp *time);

/*
 * Octets of the file as it lies on disk (compressed, where it is compressed):
 * used so far, and in all (0 where that is not known, as for a pipe).
 */
uint64_t capture_octets_read(const struct capture *capture);
uint64_t capture_octets_total(const struct capture *capture);

#endif
