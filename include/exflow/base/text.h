/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values as text, without printf, which would cost more than the rest of a
 * row.  Each function writes at at and returns the place behind its last
 * octet; it writes no terminating 0.  The caller provides the room, at most
 * the TEXT_…_SIZE below.
 */
#ifndef EXFLOW_BASE_TEXT_H
#define EXFLOW_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"

#define TEXT_UNSIGNED_SIZE 20
#define TEXT_ADDRESS_SIZE 45
#define TEXT_ENDPOINT_SIZE (TEXT_ADDRESS_SIZE + 8) /* "[…]:65535" */
#define TEXT_TIME_SIZE 30 /* 2024-01-02T03:04:05.123456789Z */

char *text_unsigned(char *at, uint64_t value);
/* Exactly so many digits, with leading zeros; higher digits are dropped. */
char *text_padded(char *at, uint64_t value, unsigned digits);
char *text_string(char *at, const char *string);
/* RFC 5952. */
char *text_address(char *at, const uint8_t *address, unsigned ip_version);
/* "00:1b:21:3c:9d:f8", of 6 octets. */
char *text_mac(char *at, const uint8_t *address);
/* "192.0.2.1:80", "[2001:db8::1]:80". */
char *text_endpoint(
    char *at, const uint8_t *address, unsigned ip_version, uint16_t port);
/* ISO 8601 in UTC, with 0 … 9 digits of the fraction, not rounded. */
char *text_time(char *at, timestamp time, unsigned digits);

/* The text without the blanks and tabs at both ends, cut off in place. */
char *text_trim(char *text);

#endif
