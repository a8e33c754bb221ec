/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers, times and TCP flags as people read them: in narrow columns for
 * tables, and with units for sentences.  Every text ends with a 0.
 */
#ifndef EXFLOW_BASE_HUMAN_H
#define EXFLOW_BASE_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"

#define HUMAN_SIZE 32 /* octets: room for any of the texts below */

/* --- in columns */

#define HUMAN_NUMBER_WIDTH 4
#define HUMAN_TIME_WIDTH 5
#define HUMAN_PROTOCOL_WIDTH 5

/* "999", "1.2k", "12k", "3.4M": at most four columns, powers of 1000. */
void human_number(char text[HUMAN_SIZE], uint64_t value);
/* "0", "123us", "123ms", "1.23s", "12.3s", "12m34", "12h34", "123d". */
void human_time(char text[HUMAN_SIZE], duration span);
/* "tcp", "icmp6", "sctp", …; the number of a protocol without a name here. */
void human_protocol(char text[HUMAN_SIZE], uint8_t protocol);
/* The number of a name of human_protocol(), or -1. */
int human_protocol_number(const char *name);
/* "CEUAPRSF" with a dot for each flag that was not seen; "" for none. */
void human_flags(char text[HUMAN_SIZE], uint8_t flags);

/*
 * A time whose text in UTC is what clocks in this machine's time zone show at
 * time, if local is set; else time.  zone gets the name of the zone, "UTC"
 * else.
 */
timestamp human_clock(char zone[HUMAN_SIZE], timestamp time, bool local);

/* --- in sentences */

/* "1,234,567" */
void human_grouped(char *text, size_t size, uint64_t number);
/* "999", "1.23 k", "45.6 M", "789 G": three digits, powers of 1000. */
void human_scaled(char *text, size_t size, double number);
/* "999 octets", "1.23 kB" */
void human_octets(char *text, size_t size, uint64_t octets);

#endif
