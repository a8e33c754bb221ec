/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchanges as lines for people: the rows of the table output and of
 * exflowctl(1).  Each row has columns of fixed width on either side, and
 * between them the endpoints get what is left of the terminal's width, up to
 * TABLE_ENDPOINTS_MAX.  Endpoints too long for that (IPv6) break the row: the
 * client is on the first line, the server and the numbers on the second.  Where
 * the server's name is known and fits, it stands instead of its address.
 *
 *	START    TIME  PRO CLIENT > SERVER ... PACKETS   OCTETS    END
 *	(in order of end, UTC)                 sent rcvd sent rcvd
 *
 * Of the quality, where it is shown, there are two columns before the end: the
 * round-trip time, and how many segments were retransmitted.
 *
 * A line with the date comes before the first row of each day.
 */
#ifndef EXFLOW_TEXT_TABLE_ROW_H
#define EXFLOW_TEXT_TABLE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/exchange/exchange.h"

#define TABLE_WIDTH_DEFAULT 80
#define TABLE_WIDTH_MIN 80
#define TABLE_WIDTH_MAX 400
#define TABLE_ENDPOINTS_MAX 56
/* Octets: a date, two lines, and their line feeds. */
#define TABLE_ROW_SIZE 4096

struct table_rows {
	uint64_t day;  /* of the last date line, since 1970, plus 1; 0: none */
	int endpoints; /* width of that column */
	bool flags, last; /* whether these columns are shown */
	bool quality;     /* likewise */
	bool local;       /* the time zone of TZ, instead of UTC */
	bool numbers;     /* addresses only, no names; false after init */
	/*
	 * Not 0: the rows are live exchanges, and the last column is their
	 * rate until then, in octets a second, instead of their end.
	 */
	timestamp now;
};

/*
 * Lay the columns out for a terminal of width columns; 0 is
 * TABLE_WIDTH_DEFAULT, and other widths are held between the two bounds.
 */
void table_rows_init(
    struct table_rows *rows, unsigned width, bool local, bool quality);
/* From this width on there is room for the quality, too. */
#define TABLE_WIDTH_QUALITY 152
/* What a row shows of an exchange's quality. */
struct table_quality {
	uint32_t rtt; /* microseconds, or QUALITY_UNKNOWN */
	uint64_t retransmitted;
};
/*
 * The round-trip time is the mean of data, or else of the handshake, where both
 * halves of the path are known.
 */
struct table_quality table_quality_of(const struct exchange *exchange);
/*
 * Write the heading, or the lines of an exchange, at at, where the caller has
 * TABLE_ROW_SIZE octets of room.  Returns the place behind the last octet.
 * order says in which order the rows come, as "in order of end".
 */
char *table_heading(const struct table_rows *rows, const char *order, char *at);
/*
 * IP octets of both sides a second, from the first packet until now; an
 * exchange counts as a second old at least.
 */
double table_rate(const struct exchange *exchange, timestamp now);
char *table_row(
    struct table_rows *rows, const struct exchange *exchange, char *at);
/* The same of an exchange whose figures are not there any more; its names are. */
char *table_row_with(struct table_rows *rows, const struct exchange *exchange,
    const struct table_quality *quality, char *at);

#endif
