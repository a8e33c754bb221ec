/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: when an exchange ends, or is split. */
#include <config.h>

#include "table.h"

static const struct setting timeouts[] = {
	{ .name = "tcp_opening_timeout",
	    TOP,
	    TIMEOUT(TCP_OPENING_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_opening_timeout),
	    .help = "TCP without a packet from the server",
	    .text =
	        "A TCP exchange without a sign of the server (a packet from "
	        "it, or an ACK of the client's) is unanswered after this "
	        "time without a packet." },
	{ .name = "tcp_idle_timeout",
	    TOP,
	    TIMEOUT(TCP_IDLE_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_idle_timeout),
	    .help = "TCP without a packet from either side",
	    .text = "A TCP exchange is idle after this time without a packet "
	            "from either side." },
	{ .name = "tcp_half_closed_timeout",
	    TOP,
	    TIMEOUT(TCP_HALF_CLOSED_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_half_closed_timeout),
	    .help = "TCP without a packet after one side's FIN",
	    .text =
	        "A TCP exchange with a FIN from one side, while the other "
	        "side is still open, ends after this time without a packet." },
	{ .name = "tcp_linger",
	    TOP,
	    .type = &setting_duration,
	    .number = TCP_LINGER_DEFAULT,
	    .maximum = 86400,
	    .unit = "seconds",
	    INTO(meter.tcp_linger),
	    .help = "wait for last packets after both FINs or a RST",
	    .text = "A TCP exchange with a RST, or with FINs from both sides, "
	            "ends after this time without a packet.  Until then last "
	            "ACKs, duplicates and repeated FINs still count, and so "
	            "does a copy of its SYN, which opens it again once it is "
	            "accepted." },
	{ .name = "tcp_resume",
	    TOP,
	    .type = &setting_duration,
	    .number = TCP_RESUME_DEFAULT,
	    .maximum = 86400,
	    .unit = "seconds",
	    INTO(meter.tcp_resume),
	    .help = "TCP goes on after a timeout, so long",
	    .text =
	        "A TCP exchange that ended as idle or half_closed may go on "
	        "within this time of its end: a segment without SYN opens a "
	        "new exchange with the same client, which counts as resumed.  "
	        "With 0 none does." },
	{ .name = "udp_idle_timeout",
	    TOP,
	    TIMEOUT(UDP_IDLE_TIMEOUT_DEFAULT),
	    INTO(meter.udp_idle_timeout),
	    .help = "UDP without a packet, see udp_idle",
	    .text = "A UDP exchange is idle after this time without a packet, "
	            "see `udp_idle`." },
	{ .name = "udp_idle",
	    TOP,
	    .type = &setting_choice,
	    .initial = "both",
	    .words = { "both", "either" },
	    INTO(meter.udp_idle_either),
	    .help = "which side has to be silent to end UDP",
	    .text =
	        "A UDP exchange ends when `both` sides have been silent for "
	        "`udp_idle_timeout`, or when `either` of them has." },
	{ .name = "active_timeout",
	    TOP,
	    TIMEOUT(ACTIVE_TIMEOUT_DEFAULT),
	    .zero = "never",
	    INTO(meter.active_timeout),
	    .help = "a record of a long exchange, this often",
	    .text = "Write a record of an exchange that goes on when its first "
	            "packet is this old; counting then restarts under the same "
	            "flowId.  Where it is not set, it is 300 on interfaces, "
	            "and captures are read without it.",
	    .more = "`csv` and `tstat` write one row of an exchange, when "
	            "it ends: the sums over its records.  Where a reload adds "
	            "the first of them, its rows begin with the reload: they "
	            "lack what was in records before." },
};

const struct setting_part setting_part_timeouts = PART("Timeouts", timeouts);
