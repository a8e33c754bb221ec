/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
units_grouped(char *text, size_t size, uint64_t number)
{
	char digits[UNITS_SIZE];
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

/* Down to below 1000 as it will be rounded; the index of its prefix. */
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
units_number(char *text, size_t size, double number)
{
	size_t prefix = scale(&number);

	snprintf(text, size, "%.*f%s%s", decimals(number, prefix), number,
	    prefix > 0 ? " " : "", prefixes[prefix]);
}

void
units_octets(char *text, size_t size, uint64_t octets)
{
	double number = (double)octets;
	size_t prefix = scale(&number);

	if (prefix == 0)
		snprintf(text, size, "%" PRIu64 " octets", octets);
	else
		snprintf(text, size, "%.*f %sB", decimals(number, prefix),
		    number, prefixes[prefix]);
}
