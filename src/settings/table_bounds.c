/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: how much memory and how many threads metering has. */
#include <config.h>

#include "table.h"

#include "exflow/decode/decode.h"

static const struct setting bounds[] = {
	{ .name = "max_exchanges",
	    TOP,
	    COUNT(0, MAX_EXCHANGES_MIN, MAX_EXCHANGES_MAX),
	    .restart = true,
	    .unit = "exchanges",
	    .zero = "by memory",
	    INTO(meter.max_exchanges),
	    .help = "live at once; more evict others",
	    .text = "How many exchanges are live at once.  Each takes at most "
	            "256 octets, and with `quality` up to 640 more; 0 takes a "
	            "quarter of the memory.",
	    .more =
	        "When the table is full, each new exchange evicts one.  What "
	        "can only be resumed (`tcp_resume`) goes first, then "
	        "openings that `meter` leaves out and that are remembered, "
	        "then one that lingers, else one that is unanswered, else "
	        "the one nearest to its expiry; the oldest first.  With more "
	        "than "
	        "one of `workers`, each has an even share of the table and "
	        "evicts from its own share." },
	{ .name = "names_buffers",
	    TOP,
	    COUNT(NAMES_BUFFERS_DEFAULT, 16, 1 << 20),
	    .unit = "buffers",
	    INTO(meter.names.buffers),
	    .help = "hellos put together at once",
	    .text = "With `names`: how many hellos and requests that came in "
	            "several packets are put together at once.",
	    .more = "A buffer takes 4 kB while it is used.  What finds none "
	            "has no name, and is counted (`buffers_full`)." },
	{ .name = "quic_rate",
	    TOP,
	    COUNT(NAMES_QUIC_RATE_DEFAULT, 1, 10000000),
	    .unit = "exchanges/s",
	    .zero = "no limit",
	    INTO(meter.names.quic_rate),
	    .help = "QUIC exchanges opened in a second",
	    .text = "With `names` of `quic`: of how many exchanges a second "
	            "the first packets are decrypted at most, which takes "
	            "about 10 microseconds each.",
	    .more = "The second is the packets'.  Exchanges beyond it have no "
	            "name, and are counted (`quic_skipped`): so a flood of "
	            "such packets cannot take the time of all others." },
	{ .name = "fragment_table",
	    TOP,
	    COUNT(FRAGMENT_TABLE_DEFAULT, 16, 1 << 20),
	    .restart = true,
	    .unit = "datagrams",
	    INTO(fragment_table),
	    .help = "fragmented IP datagrams known at once",
	    .text = "How many fragmented IP datagrams are known at once.",
	    .more =
	        "When there are more, the oldest is forgotten, and its later "
	        "fragments are unmatched (`fragment`).  A datagram is "
	        "forgotten after 30 seconds in any case." },
	{ .name = "workers",
	    TOP,
	    COUNT(1, 1, 64),
	    .restart = true,
	    .unit = "threads",
	    INTO(workers),
	    .help = "threads that meter",
	    .text =
	        "How many threads meter packets.  One more thread reads and "
	        "decodes capture files." },
	{ .name = "pin",
	    TOP,
	    SWITCH("no"),
	    .restart = true,
	    INTO(pin),
	    .help = "bind each worker to a processor",
	    .text = "Bind each worker of a live capture to a processor of its "
	            "own." },
};

const struct setting_part setting_part_bounds = PART("Bounds", bounds);
