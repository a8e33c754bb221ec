/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- in columns */

void
human_number(char text[HUMAN_SIZE], uint64_t value)
{
	static const char units[] = " kMGTPE";
	uint64_t unit = 1;
	int n = 0;

	/* Take the next unit where rounding would give 1000 of this one. */
	while (value / unit >= 1000 ||
	       (n > 0 && (value + unit / 2) / unit >= 1000)) {
		unit *= 1000;
		n++;
	}
	if (n == 0) {
		snprintf(text, HUMAN_SIZE, "%" PRIu64, value);
		return;
	}
	if (value / (unit / 20) < 199) { /* below 9.95 */
		uint64_t tenths = (value / (unit / 20) + 1) / 2;

		snprintf(text, HUMAN_SIZE, "%" PRIu64 ".%" PRIu64 "%c",
		    tenths / 10, tenths % 10, units[n]);
		return;
	}
	snprintf(text, HUMAN_SIZE, "%" PRIu64 "%c",
	    value / unit + (value % unit >= unit / 2), units[n]);
}

void
human_time(char text[HUMAN_SIZE], duration span)
{
	int64_t us = span.ns / NS_PER_US;
	int64_t seconds = span.ns / NS_PER_SECOND;
	double exact = (double)span.ns / (double)NS_PER_SECOND;

	if (us <= 0)
		snprintf(text, HUMAN_SIZE, "0");
	else if (us < 1000)
		snprintf(text, HUMAN_SIZE, "%" PRId64 "us", us);
	else if (us < 1000000)
		snprintf(text, HUMAN_SIZE, "%" PRId64 "ms", us / 1000);
	else if (exact < 9.995)
		snprintf(text, HUMAN_SIZE, "%.2fs", exact);
	else if (exact < 99.95)
		snprintf(text, HUMAN_SIZE, "%.1fs", exact);
	else if (seconds < INT64_C(100) * 60)
		snprintf(text, HUMAN_SIZE, "%" PRId64 "m%02" PRId64,
		    seconds / 60, seconds % 60);
	else if (seconds < INT64_C(100) * 3600)
		snprintf(text, HUMAN_SIZE, "%" PRId64 "h%02" PRId64,
		    seconds / 3600, seconds / 60 % 60);
	else
		snprintf(text, HUMAN_SIZE, "%" PRId64 "d", seconds / 86400);
}

/* IANA's protocol numbers; no name is wider than HUMAN_PROTOCOL_WIDTH. */
static const struct {
	uint8_t number;
	const char *name;
} protocols[] = {
	{ 1, "icmp" },
	{ 2, "igmp" },
	{ 4, "ipip" },
	{ 6, "tcp" },
	{ 17, "udp" },
	{ 33, "dccp" },
	{ 41, "ipv6" },
	{ 46, "rsvp" },
	{ 47, "gre" },
	{ 50, "esp" },
	{ 51, "ah" },
	{ 58, "icmp6" },
	{ 88, "eigrp" },
	{ 89, "ospf" },
	{ 103, "pim" },
	{ 112, "vrrp" },
	{ 115, "l2tp" },
	{ 132, "sctp" },
};
#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

void
human_protocol(char text[HUMAN_SIZE], uint8_t protocol)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].number == protocol) {
			snprintf(text, HUMAN_SIZE, "%s", protocols[i].name);
			return;
		}
	snprintf(text, HUMAN_SIZE, "%u", protocol);
}

int
human_protocol_number(const char *name)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (strcmp(protocols[i].name, name) == 0)
			return protocols[i].number;
	return -1;
}

void
human_flags(char text[HUMAN_SIZE], uint8_t flags)
{
	static const char letters[] = "CEUAPRSF";
	int n = 0;

	if (flags != 0)
		for (; n < 8; n++)
			text[n] = '.';
	for (int i = 0; i < n; i++)
		if (flags & (0x80u >> i))
			text[i] = letters[i];
	text[n] = '\0';
}

timestamp
human_clock(char zone[HUMAN_SIZE], timestamp time, bool local)
{
	time_t seconds = (time_t)(time.ns / NS_PER_SECOND);
	struct tm tm;

	snprintf(zone, HUMAN_SIZE, "UTC");
	if (!local || localtime_r(&seconds, &tm) == NULL)
		return time;
	snprintf(zone, HUMAN_SIZE, "%s", tm.tm_zone);
	return timestamp_shift(
	    time, (duration){ tm.tm_gmtoff * NS_PER_SECOND });
}

/* --- in sentences */

void
human_grouped(char *text, size_t size, uint64_t number)
{
	char digits[HUMAN_SIZE];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t used = 0;

	for (int i = 0; i < length && used + 2 < size; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

static const char *const prefixes[] = { "", "k", "M", "G", "T", "P", "E" };

/* Divide until it rounds to less than 1000; the index of its prefix. */
static size_t
scale(double *number)
{
	size_t prefix = 0;

	while (*number >= 999.5 && prefix < 6) {
		*number /= 1000;
		prefix++;
	}
	return prefix;
}

static int
decimals(double number, size_t prefix)
{
	if (prefix == 0 || number >= 99.95)
		return 0;
	return number >= 9.995 ? 1 : 2;
}

void
human_scaled(char *text, size_t size, double number)
{
	size_t prefix = scale(&number);

	snprintf(text, size, "%.*f%s%s", decimals(number, prefix), number,
	    prefix > 0 ? " " : "", prefixes[prefix]);
}

void
human_octets(char *text, size_t size, uint64_t octets)
{
	double number = (double)octets;
	size_t prefix = scale(&number);

	if (prefix == 0)
		snprintf(text, size, "%" PRIu64 " octets", octets);
	else
		snprintf(text, size, "%.*f %sB", decimals(number, prefix),
		    number, prefixes[prefix]);
}
