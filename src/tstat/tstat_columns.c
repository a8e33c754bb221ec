/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table of columns, in the order of Tstat's sets; each log has some of the
 * sets:
 *
 *	                  core  end_to_end  P2P  options  layer7  udp
 *	tcp_complete       x        x        x      x       x
 *	tcp_nocomplete     x
 *	udp_complete                                               x
 *
 * The 15 in the header of the two TCP logs is Tstat's mask of the sets beside
 * core; Tstat writes it above both.
 */
#include <config.h>

#include "tstat_columns.h"

#include <stddef.h>

#include "exflow/base/text.h"

#include "tstat_values.h"

enum set {
	CORE,
	END_TO_END,
	P2P,
	OPTIONS,
	LAYER7,
	UDP
};

/* --- the table */

#define COUNT(member) offsetof(struct exchange_side, member)
#define FIGURE(member) offsetof(struct quality_side, member)

#define NONE(column, of, text)                                                 \
	{                                                                      \
		.name = (column), .set = (of), .put = tstat_put_constant,      \
		.value = (text)                                                \
	}
#define ONE(column, of, how)                                                   \
	{                                                                      \
		.name = (column), .set = (of), .put = (how)                    \
	}
#define OF_SIDE(column, of, how, whose)                                        \
	{                                                                      \
		.name = (column), .set = (of), .put = (how), .side = (whose)   \
	}
#define WHAT(column, of, how, whose, which)                                    \
	{                                                                      \
		.name = (column), .set = (of), .put = (how), .side = (whose),  \
		.what = (which)                                                \
	}

#define NAME(column, of, how, which) WHAT(column, of, how, CLIENT, which)

#define CORE_SIDE(x, whose)                                                    \
	OF_SIDE(x "_ip", CORE, tstat_put_address, whose),                      \
	    OF_SIDE(x "_port", CORE, tstat_put_port, whose),                   \
	    WHAT(x "_pkts_all", CORE, tstat_put_count, whose, COUNT(packets)), \
	    WHAT(x "_rst_cnt", CORE, tstat_put_flag, whose, FLAG_RST),         \
	    WHAT(x "_ack_cnt", CORE, tstat_put_flag, whose, FLAG_ACK),         \
	    WHAT(                                                              \
	        x "_ack_cnt_p", CORE, tstat_put_64, whose, FIGURE(pure_acks)), \
	    WHAT(x "_bytes_uniq", CORE, tstat_put_64, whose,                   \
	        FIGURE(unique_octets)),                                        \
	    WHAT(x "_pkts_data", CORE, tstat_put_count, whose,                 \
	        COUNT(data_packets)),                                          \
	    WHAT(x "_bytes_all", CORE, tstat_put_count, whose,                 \
	        COUNT(payload_octets)),                                        \
	    OF_SIDE(x "_pkts_retx", CORE, tstat_put_retransmitted, whose),     \
	    OF_SIDE(x "_bytes_retx", CORE, tstat_put_repeated_octets, whose),  \
	    WHAT(                                                              \
	        x "_pkts_ooo", CORE, tstat_put_64, whose, FIGURE(hole_fills)), \
	    WHAT(x "_syn_cnt", CORE, tstat_put_flag, whose, FLAG_SYN),         \
	    WHAT(x "_fin_cnt", CORE, tstat_put_flag, whose, FLAG_FIN)

/* Round-trip times are of the other half: c_rtt is probe to server. */
#define END_TO_END_SIDE(x, whose, half)                                        \
	WHAT(x "_rtt_avg", END_TO_END, tstat_put_rtt, half, FIGURE(rtt_mean)), \
	    WHAT(x "_rtt_min", END_TO_END, tstat_put_rtt, half,                \
	        FIGURE(rtt_minimum)),                                          \
	    WHAT(x "_rtt_max", END_TO_END, tstat_put_rtt, half,                \
	        FIGURE(rtt_maximum)),                                          \
	    WHAT(x "_rtt_std", END_TO_END, tstat_put_rtt, half,                \
	        FIGURE(rtt_deviation)),                                        \
	    WHAT(x "_rtt_cnt", END_TO_END, tstat_put_32, half,                 \
	        FIGURE(rtt_samples)),                                          \
	    WHAT(x "_ttl_min", END_TO_END, tstat_put_ttl, whose,               \
	        FIGURE(ttl_minimum)),                                          \
	    WHAT(x "_ttl_max", END_TO_END, tstat_put_ttl, whose,               \
	        FIGURE(ttl_maximum))

/*
 * syn_retx is 1 where a SYN came again with another sequence number; here such
 * a SYN opens the next exchange.
 */
#define OPTIONS_SIDE(x, whose)                                                 \
	WHAT(x "_f1323_opt", OPTIONS, tstat_put_option, whose,                 \
	    QUALITY_WINDOW_SCALE),                                             \
	    WHAT(x "_tm_opt", OPTIONS, tstat_put_option, whose,                \
	        QUALITY_TIMESTAMPS),                                           \
	    WHAT(x "_win_scl", OPTIONS, tstat_put_scale, whose,                \
	        FIGURE(window_scale)),                                         \
	    WHAT(x "_sack_opt", OPTIONS, tstat_put_option, whose,              \
	        QUALITY_SACK_PERMITTED),                                       \
	    WHAT(x "_sack_cnt", OPTIONS, tstat_put_32, whose,                  \
	        FIGURE(sack_packets)),                                         \
	    WHAT(x "_mss", OPTIONS, tstat_put_16, whose,                       \
	        FIGURE(maximum_segment_size)),                                 \
	    WHAT(x "_mss_max", OPTIONS, tstat_put_16, whose,                   \
	        FIGURE(payload_maximum)),                                      \
	    WHAT(x "_mss_min", OPTIONS, tstat_put_16, whose,                   \
	        FIGURE(payload_minimum)),                                      \
	    WHAT(x "_win_max", OPTIONS, tstat_put_32, whose,                   \
	        FIGURE(window_maximum)),                                       \
	    WHAT(x "_win_min", OPTIONS, tstat_put_32, whose,                   \
	        FIGURE(window_minimum)),                                       \
	    WHAT(x "_win_0", OPTIONS, tstat_put_32, whose,                     \
	        FIGURE(zero_window_packets)),                                  \
	    WHAT(x "_cwin_max", OPTIONS, tstat_put_32, whose,                  \
	        FIGURE(in_flight_maximum)),                                    \
	    WHAT(x "_cwin_min", OPTIONS, tstat_put_32, whose,                  \
	        FIGURE(in_flight_minimum)),                                    \
	    WHAT(x "_cwin_ini", OPTIONS, tstat_put_32, whose,                  \
	        FIGURE(initial_in_flight)),                                    \
	    WHAT(                                                              \
	        x "_pkts_rto", OPTIONS, tstat_put_class, whose, LOSS_TIMEOUT), \
	    WHAT(x "_pkts_fs", OPTIONS, tstat_put_class, whose, LOSS_FAST),    \
	    WHAT(x "_pkts_reor", OPTIONS, tstat_put_class, whose,              \
	        LOSS_REORDERED),                                               \
	    WHAT(x "_pkts_dup", OPTIONS, tstat_put_class, whose,               \
	        LOSS_DUPLICATED),                                              \
	    WHAT(x "_pkts_unk", OPTIONS, tstat_put_class, whose, LOSS_OTHER),  \
	    WHAT(x "_pkts_fc", OPTIONS, tstat_put_class, whose,                \
	        LOSS_WINDOW_PROBE),                                            \
	    WHAT(x "_pkts_unrto", OPTIONS, tstat_put_64, whose,                \
	        FIGURE(spurious_late)),                                        \
	    OF_SIDE(x "_pkts_unfs", OPTIONS, tstat_put_spurious_early, whose), \
	    NONE(x "_syn_retx", OPTIONS, "0")

#define UDP_SIDE(x, whose)                                                     \
	OF_SIDE(x "_ip", UDP, tstat_put_address, whose),                       \
	    OF_SIDE(x "_port", UDP, tstat_put_port, whose),                    \
	    OF_SIDE(x "_first_abs", UDP, tstat_put_side_first, whose),         \
	    OF_SIDE(x "_durat", UDP, tstat_put_side_duration, whose),          \
	    WHAT(x "_bytes_all", UDP, tstat_put_count, whose,                  \
	        COUNT(payload_octets)),                                        \
	    WHAT(x "_pkts_all", UDP, tstat_put_count, whose, COUNT(packets)),  \
	    OF_SIDE(x "_isint", UDP, tstat_put_is_local, whose),               \
	    NONE(x "_iscrypto", UDP, "0"),                                     \
	    ONE(x "_type", UDP, tstat_put_udp_type)

/* clang-format off */
static const struct tstat_column columns[] = {
	CORE_SIDE("c", CLIENT),
	CORE_SIDE("s", SERVER),
	ONE("first", CORE, tstat_put_first),
	ONE("last", CORE, tstat_put_last),
	ONE("durat", CORE, tstat_put_duration),
	WHAT("c_first", CORE, tstat_put_since_first, CLIENT, FIGURE(first_payload)),
	WHAT("s_first", CORE, tstat_put_since_first, SERVER, FIGURE(first_payload)),
	WHAT("c_last", CORE, tstat_put_since_first, CLIENT, FIGURE(last_payload)),
	WHAT("s_last", CORE, tstat_put_since_first, SERVER, FIGURE(last_payload)),
	WHAT("c_first_ack", CORE, tstat_put_since_first, CLIENT, FIGURE(first_ack)),
	WHAT("s_first_ack", CORE, tstat_put_since_first, SERVER, FIGURE(first_ack)),
	OF_SIDE("c_isint", CORE, tstat_put_is_local, CLIENT),
	OF_SIDE("s_isint", CORE, tstat_put_is_local, SERVER),
	NONE("c_iscrypto", CORE, "0"),
	NONE("s_iscrypto", CORE, "0"),
	ONE("con_t", CORE, tstat_put_connection_type),
	NONE("p2p_t", CORE, "0"),
	NONE("http_t", CORE, "0"),
	END_TO_END_SIDE("c", CLIENT, SERVER),
	END_TO_END_SIDE("s", SERVER, CLIENT),
	NONE("p2p_st", P2P, "0"),
	NONE("ed2k_data", P2P, "0"),
	NONE("ed2k_sig", P2P, "0"),
	NONE("ed2k_c2s", P2P, "0"),
	NONE("ed2k_c2c", P2P, "0"),
	NONE("ed2k_chat", P2P, "0"),
	OPTIONS_SIDE("c", CLIENT),
	OPTIONS_SIDE("s", SERVER),
	NONE("http_req_cnt", LAYER7, "0"),
	NONE("http_res_cnt", LAYER7, "0"),
	ONE("http_res", LAYER7, tstat_put_http_status),
	NONE("c_pkts_push", LAYER7, "0"),
	NONE("s_pkts_push", LAYER7, "0"),
	NAME("c_tls_SNI", LAYER7, tstat_put_name, NAMES_TLS_SERVER),
	NAME("s_tls_SCN", LAYER7, tstat_put_name, NAMES_CERTIFICATE),
	NAME("c_npnalpn", LAYER7, tstat_put_alpn, NAMES_ALPN_OFFERED),
	NAME("s_npnalpn", LAYER7, tstat_put_alpn, NAMES_ALPN_CHOSEN),
	NONE("tls_session_stat", LAYER7, "0"),
	NONE("c_last_handshakeT", LAYER7, "0.000000"),
	NONE("s_last_handshakeT", LAYER7, "0.000000"),
	NONE("c_appdataT", LAYER7, "0.000000"),
	NONE("s_appdataT", LAYER7, "0.000000"),
	NONE("c_appdataB", LAYER7, "0"),
	NONE("s_appdataB", LAYER7, "0"),
	ONE("fqdn", LAYER7, tstat_put_fqdn),
	NONE("dns_rslv", LAYER7, "-"),
	NONE("req_tm", LAYER7, "0.0"),
	NONE("res_tm", LAYER7, "0.0"),
	NAME("http_hostname", LAYER7, tstat_put_name, NAMES_HTTP_HOST),
	OF_SIDE("c_TLSvers", LAYER7, tstat_put_tls_version, CLIENT),
	OF_SIDE("s_TLSvers", LAYER7, tstat_put_tls_version, SERVER),
	NONE("dns_enc", LAYER7, "0"),
	UDP_SIDE("c", CLIENT),
	UDP_SIDE("s", SERVER),
	ONE("fqdn", UDP, tstat_put_fqdn),
	NAME("quic_SNI", UDP, tstat_put_name, NAMES_TLS_SERVER),
	NONE("quic_UA", UDP, "-"),
	ONE("quic_c_vers", UDP, tstat_put_quic_version),
	NONE("quic_s_vers", UDP, "-"),
	NAME("quic_zero_rtt", UDP, tstat_put_tls_flag, NAMES_TLS_EARLY_DATA),
	NAME("quic_ech", UDP, tstat_put_tls_flag, NAMES_TLS_ECH),
};
/* clang-format on */
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* --- the logs */

static const struct {
	const char *name;
	const char *mark; /* before the header's first name */
	unsigned sets;
} logs[TSTAT_LOGS] = {
	[TSTAT_TCP_COMPLETE] = { "log_tcp_complete", "#15#",
	    1 << CORE | 1 << END_TO_END | 1 << P2P | 1 << OPTIONS |
	        1 << LAYER7 },
	[TSTAT_TCP_NOCOMPLETE] = { "log_tcp_nocomplete", "#15#", 1 << CORE },
	[TSTAT_UDP_COMPLETE] = { "log_udp_complete", "#", 1 << UDP },
};

const char *
tstat_log_name(enum tstat_log log)
{
	return logs[log].name;
}

/* Complete: SYN, SYN-ACK, and either FINs of both sides or an RST. */
enum tstat_log
tstat_log_of(const struct exchange *exchange)
{
	const uint64_t *client = exchange->side[CLIENT].flag_packets;
	const uint64_t *server = exchange->side[SERVER].flag_packets;
	bool ended = (client[FLAG_FIN] > 0 && server[FLAG_FIN] > 0) ||
	             client[FLAG_RST] > 0 || server[FLAG_RST] > 0;

	if (exchange->protocol != PROTOCOL_TCP)
		return TSTAT_UDP_COMPLETE;
	return client[FLAG_SYN] > 0 && server[FLAG_SYN] > 0 && ended
	           ? TSTAT_TCP_COMPLETE
	           : TSTAT_TCP_NOCOMPLETE;
}

/* The next column of a log from i on; COLUMNS: there is none. */
static size_t
next_column(enum tstat_log log, size_t i)
{
	while (i < COLUMNS && !(logs[log].sets >> columns[i].set & 1))
		i++;
	return i;
}

char *
tstat_header(char *at, enum tstat_log log)
{
	uint64_t number = 0;

	at = text_string(at, logs[log].mark);
	for (size_t i = next_column(log, 0); i < COLUMNS;
	     i = next_column(log, i + 1)) {
		if (number++ > 0)
			*at++ = ' ';
		at = text_string(at, columns[i].name);
		*at++ = ':';
		at = text_unsigned(at, number);
	}
	*at++ = '\n';
	return at;
}

char *
tstat_row(char *at, enum tstat_log log, const struct exchange *exchange)
{
	const struct exchange_quality *quality = exchange->quality;
	struct exchange_quality nothing;
	bool first = true;

	if (quality == NULL) {
		quality_figures_init(&nothing);
		quality = &nothing;
	}
	for (size_t i = next_column(log, 0); i < COLUMNS;
	     i = next_column(log, i + 1)) {
		if (!first)
			*at++ = ' ';
		first = false;
		at = columns[i].put(at, &columns[i], exchange, quality);
	}
	*at++ = '\n';
	return at;
}
