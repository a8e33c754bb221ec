/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces that a file describes.
 *
 *	section:  0 ──► described (clock, snap length) ──► known: eth0
 *	          1 ──► described                      ──► known: tun1
 *	          …     of this section, by number         of the whole file
 *
 * A pcapng section numbers its interfaces from 0; the next one begins anew,
 * mostly with the same ones.  Those of the same number, name and link type are
 * one known interface, which keeps its address until the file is closed.
 *
 * The file says how many there are: CAPTURE_INTERFACES_MAX is the limit.
 */
#ifndef EXFLOW_SRC_CAPTURE_FILE_INTERFACES_H
#define EXFLOW_SRC_CAPTURE_FILE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/capture/capture.h"

#include "filters.h"

/* What a time counts: 2^-shift seconds, or 1 / each seconds. */
struct ticks {
	bool binary;
	unsigned shift;
	uint64_t each;  /* a second; a power of 10 */
	int64_t offset; /* seconds */
};

#define TICKS_MICROSECONDS ((struct ticks){ .each = 1000000 })

/* Held at both ends of what a timestamp can be. */
timestamp ticks_time(const struct ticks *ticks, uint64_t count);

struct known {
	struct capture_interface shown;
	uint32_t summary; /* of place, name and link type: compared first */
};

struct described {
	struct known *known;
	const struct filter *filter; /* NULL: every packet passes */
	uint32_t snaplen;            /* octets of a packet, at most */
	struct ticks ticks;
	uint64_t counts[CAPTURE_COUNTS]; /* as was said last */
};

struct interfaces {
	struct filters filters;
	struct known **known; /* of the whole file */
	size_t known_count, known_room;
	struct described *section;
	size_t count, room; /* of section */
};

void interfaces_free(struct interfaces *interfaces);
void interfaces_begin_section(struct interfaces *interfaces);

/*
 * The next interface of the section; snaplen 0 and above 2^31 mean as long as
 * the link type allows.  NULL where memory is short, or E2BIG: too many.
 */
struct described *interfaces_add(struct interfaces *interfaces,
    uint32_t linktype, uint32_t snaplen, const char *name);

/* Packets of an interface since the section began, as a block says. */
void described_count(
    struct described *described, enum capture_count which, uint64_t count);

#endif
