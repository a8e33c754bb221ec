/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields by their names, their values, and an exchange that has them all. */
#ifndef EXFLOW_TESTS_RECORD_VALUES_H
#define EXFLOW_TESTS_RECORD_VALUES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/record/derived.h"
#include "exflow/record/record.h"

static inline const struct field *
find(const char *name)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (strcmp(record_fields[i].name, name) == 0)
			return &record_fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

static inline uint64_t
value(const char *name, const struct exchange *exchange)
{
	return find(name)->value(exchange);
}

static inline uint64_t
ntp_of(timestamp time)
{
	return moment_ntp(moment_of(time));
}

/* Client speaks at 1.0005 s, server from 1.0025 s to 2.9 s. */
static inline struct exchange
answered(void)
{
	struct exchange exchange = { .protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.port = { 40000, 443 },
		.vlan = 7,
		.customer_vlan = 9,
		.interface = 3,
		.end = END_RESET,
		.end_reason = 3,
		.direction = DIRECTION_INITIATOR,
		.flow_id = 0x1122334455667788 };

	exchange.side[CLIENT] = (struct exchange_side){ .first = { 1000500999 },
		.last = { 2000700999 },
		.packets = 5,
		.ip_octets = 500,
		.payload_octets = 300,
		.data_packets = 2,
		.flag_packets = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.initial_flags = TCP_SYN,
		.tos = 0xb8 };
	exchange.side[SERVER] = (struct exchange_side){ .first = { 1002500000 },
		.last = { 2900000000 },
		.packets = 4,
		.ip_octets = 4000,
		.payload_octets = 3840,
		.data_packets = 3,
		.flag_packets = { 0, 1, 0, 0, 4, 0, 0, 0 },
		.initial_flags = TCP_SYN | TCP_ACK,
		.tos = 0x28 };
	return exchange;
}

#endif
