/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The columns of Tstat's logs, version 3.3: names, order, units, and what
 * stands for "unknown" and "none", as Tstat's description of its logs
 * (log_tcp_complete_descr.txt, log_udp_complete_descr.txt) and its program have
 * them.  exflow-tstat(5) tells what each is, and where exflow differs.
 */
#ifndef EXFLOW_SRC_TSTAT_TSTAT_COLUMNS_H
#define EXFLOW_SRC_TSTAT_TSTAT_COLUMNS_H

#include "exflow/exchange/exchange.h"

enum tstat_log {
	TSTAT_TCP_COMPLETE,   /* all sets: 134 columns */
	TSTAT_TCP_NOCOMPLETE, /* the core set: 44 columns */
	TSTAT_UDP_COMPLETE,
	TSTAT_LOGS
};

/* What a file is called. */
const char *tstat_log_name(enum tstat_log log);
/* The log of an exchange; of TCP or UDP. */
enum tstat_log tstat_log_of(const struct exchange *exchange);

/*
 * The header, or an exchange, as a line with its line feed, where there is room
 * for TEXT_LINE_SIZE octets.  The place behind it; no 0 is written.
 */
char *tstat_header(char *at, enum tstat_log log);
char *tstat_row(char *at, enum tstat_log log, const struct exchange *exchange);

#endif
