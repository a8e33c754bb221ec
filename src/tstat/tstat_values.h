/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the values of Tstat's columns are written: each function writes that of
 * one column at a place with room enough, and returns the place behind it.  The
 * exchange may have no figures; quality has them then, all unknown.
 */
#ifndef EXFLOW_SRC_TSTAT_TSTAT_VALUES_H
#define EXFLOW_SRC_TSTAT_TSTAT_VALUES_H

#include <stddef.h>

#include "exflow/exchange/exchange.h"

struct tstat_column;

typedef char *tstat_put(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality);

struct tstat_column {
	const char *name;
	unsigned set; /* of columns, which some logs have */
	tstat_put *put;
	int side;          /* CLIENT, SERVER */
	size_t what;       /* an offset, a bit or a class, as put takes it */
	const char *value; /* of tstat_put_constant */
};

/* The same in every row: value. */
tstat_put tstat_put_constant;
/* Addresses, ports, networks. */
tstat_put tstat_put_address;
tstat_put tstat_put_port;
tstat_put tstat_put_is_local;
/* A count of struct exchange_side: what is its offset, or its flag. */
tstat_put tstat_put_count;
tstat_put tstat_put_flag;
/* A figure of struct quality_side: what is its offset. */
tstat_put tstat_put_64;
tstat_put tstat_put_32;
tstat_put tstat_put_16;
tstat_put tstat_put_8;
tstat_put tstat_put_ttl;
tstat_put tstat_put_rtt;
tstat_put tstat_put_since_first;
/* Of the whole exchange, and of a side: times. */
tstat_put tstat_put_first;
tstat_put tstat_put_last;
tstat_put tstat_put_duration;
tstat_put tstat_put_side_first;
tstat_put tstat_put_side_duration;
/* Losses and options: what is a class, or an option's bit. */
tstat_put tstat_put_class;
tstat_put tstat_put_retransmitted;
tstat_put tstat_put_repeated_octets;
tstat_put tstat_put_spurious_early;
tstat_put tstat_put_option;
tstat_put tstat_put_scale;
/*
 * Names (tstat_names.c): what is an enum names_text, or a bit of tls_flags;
 * side tells whose version it is.
 */
tstat_put tstat_put_connection_type;
tstat_put tstat_put_udp_type;
tstat_put tstat_put_name;
tstat_put tstat_put_fqdn;
tstat_put tstat_put_http_status;
tstat_put tstat_put_alpn;
tstat_put tstat_put_tls_version;
tstat_put tstat_put_quic_version;
tstat_put tstat_put_tls_flag;

#endif
