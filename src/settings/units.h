/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times and sizes with units, as people write them: "5m", "1h30m", "4MB",
 * "1.5GiB".
 *
 *	time	ms s m min h d w; several follow each other from the larger
 *		to the smaller: "1d12h"
 *	size	B; kB MB GB TB, powers of 1000; KiB MiB GiB TiB, powers of
 *		1024; the case of letters does not matter
 *
 * A size like "4M" is refused: to some it is a power of 1000, to others one of
 * 1024.
 */
#ifndef EXFLOW_SRC_SETTINGS_UNITS_H
#define EXFLOW_SRC_SETTINGS_UNITS_H

#include <stdint.h>

/* For messages: what else a number may be. */
#define UNITS_TIME_HINT "or a time such as 90s, 5m or 1h30m"
#define UNITS_SIZE_HINT                                                        \
	"or a size such as 512kB, 4MB (powers of 1000), 64KiB or 1GiB "        \
	"(powers "                                                             \
	"of 1024)"

/*
 * The time in nanoseconds, or the size in octets; a number without a unit
 * counts so many of them (plain).  -1: the text is no such number, or no whole
 * one.  INT64_MAX: it is larger.
 */
int64_t units_time(const char *text, int64_t plain);
int64_t units_size(const char *text, int64_t plain);

#endif
