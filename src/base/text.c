/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/base/text.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <string.h>

#define SECONDS_PER_DAY 86400

char *
text_unsigned(char *at, uint64_t value)
{
	char digits[TEXT_UNSIGNED_SIZE];
	size_t n = sizeof(digits);

	if (value < 10) { /* most of what a row has */
		*at = (char)('0' + value);
		return at + 1;
	}
	do {
		digits[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(at, digits + n, sizeof(digits) - n);
	return at + sizeof(digits) - n;
}

char *
text_padded(char *at, uint64_t value, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		at[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	return at + digits;
}

char *
text_string(char *at, const char *string)
{
	size_t length = strlen(string);

	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): lines have \n */
	memcpy(at, string, length);
	return at + length;
}

char *
text_address(char *at, const uint8_t *address, unsigned ip_version)
{
	char text[INET6_ADDRSTRLEN];

	if (ip_version == 4) {
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				*at++ = '.';
			at = text_unsigned(at, address[i]);
		}
		return at;
	}
	if (inet_ntop(AF_INET6, address, text, sizeof(text)) == NULL)
		return at;
	return text_string(at, text);
}

char *
text_mac(char *at, const uint8_t *address)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 6; i++) {
		if (i > 0)
			*at++ = ':';
		*at++ = digits[address[i] >> 4];
		*at++ = digits[address[i] & 15];
	}
	return at;
}

char *
text_endpoint(
    char *at, const uint8_t *address, unsigned ip_version, uint16_t port)
{
	if (ip_version != 4)
		*at++ = '[';
	at = text_address(at, address, ip_version);
	if (ip_version != 4)
		*at++ = ']';
	*at++ = ':';
	return text_unsigned(at, port);
}

/*
 * The Gregorian date of a day counted from 1970-01-01.  Years begin in March
 * here, so that the leap day is the last day of a year.
 */
static char *
text_date(char *at, uint64_t day)
{
	uint64_t shifted = day + 719468; /* since 0000-03-01 */
	uint64_t era = shifted / 146097; /* of 400 years */
	uint64_t rest = shifted % 146097;
	uint64_t year =
	    (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	uint64_t month;

	rest -= 365 * year + year / 4 - year / 100;
	month = (5 * rest + 2) / 153;
	rest -= (153 * month + 2) / 5;
	at = text_padded(at, era * 400 + year + (month >= 10), 4);
	*at++ = '-';
	at = text_padded(at, month < 10 ? month + 3 : month - 9, 2);
	*at++ = '-';
	return text_padded(at, rest + 1, 2);
}

static char *
text_clock(char *at, uint64_t seconds)
{
	at = text_padded(at, seconds / 3600, 2);
	*at++ = ':';
	at = text_padded(at, seconds / 60 % 60, 2);
	*at++ = ':';
	return text_padded(at, seconds % 60, 2);
}

char *
text_time(char *at, timestamp time, unsigned digits)
{
	uint64_t ns = (uint64_t)time.ns;
	uint64_t seconds = ns / NS_PER_SECOND;
	uint64_t fraction = ns % NS_PER_SECOND;

	at = text_date(at, seconds / SECONDS_PER_DAY);
	*at++ = 'T';
	at = text_clock(at, seconds % SECONDS_PER_DAY);
	if (digits > 0) {
		*at++ = '.';
		for (unsigned i = digits; i < 9; i++)
			fraction /= 10;
		at = text_padded(at, fraction, digits);
	}
	*at++ = 'Z';
	return at;
}

char *
text_trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	for (length = strlen(text); length > 0; length--)
		if (text[length - 1] != ' ' && text[length - 1] != '\t')
			break;
	text[length] = '\0';
	return text;
}
