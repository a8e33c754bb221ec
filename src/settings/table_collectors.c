/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings: how messages reach collectors, and what waits for
 * them.
 */
#include <config.h>

#include "table.h"

static const struct setting collectors[] = {
	{ .name = "connect_timeout",
	    TOP_AND_COLLECTOR,
	    .netflow = SETTING_NETFLOW,
	    COUNT(CONNECT_TIMEOUT_DEFAULT, 1, 3600),
	    .unit = "seconds",
	    INTO(destination.connect_timeout_seconds),
	    .help = "for one connection to a collector",
	    .text =
	        "How long one connection to a collector may take.  Over UDP: "
	        "how long reading a capture, and the end, wait for a "
	        "collector that refuses messages or whose name is not "
	        "found.",
	    .more = "After that time the messages that wait are lost." },
	{ .name = "send_timeout",
	    TOP_AND_SENDER,
	    COUNT(SEND_TIMEOUT_DEFAULT, 1, 3600),
	    .unit = "seconds",
	    INTO(destination.send_timeout_seconds),
	    .help = "reconnect when nothing is acknowledged",
	    .text =
	        "Replace a connection on which nothing was acknowledged for "
	        "this time." },
	{ .name = "give_up",
	    TOP_AND_SENDER,
	    COUNT(GIVE_UP_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    .zero = "never",
	    INTO(destination.give_up_seconds),
	    .help = "a collector without progress is dead",
	    .text =
	        "While a capture file is read and the queue is full, reading "
	        "waits for a collector over TCP or TLS, however slow it is.  "
	        "A collector without progress for this time counts as dead; "
	        "then the oldest records are lost.",
	    .more =
	        "Lost records are counted (`connect`, `send`).  With a spool "
	        "only what does not fit there is lost (`spool`).  With 0, "
	        "reading waits until the collector is back." },
	{ .name = "shutdown_timeout",
	    TOP_AND_SENDER,
	    .netflow = SETTING_NETFLOW,
	    COUNT(SHUTDOWN_TIMEOUT_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    INTO(destination.shutdown_timeout_seconds),
	    .help = "wait at the end for a collector",
	    .text = "How long the end waits for a collector without progress.  "
	            "Messages that are left stay in the spool, or are lost "
	            "without one.",
	    .more =
	        "All collectors are sent to at the same time.  After a live "
	        "capture this is the time in all, for a collector as well as "
	        "for a file or a pipe that takes nothing.  The next start "
	        "sends what is in the spool." },
	{ .name = "queue_octets",
	    TOP_AND_SENDER,
	    .netflow = SETTING_NETFLOW,
	    COUNT(QUEUE_OCTETS_DEFAULT, QUEUE_OCTETS_MIN, 1 << 30),
	    .unit = "octets",
	    INTO(destination.queue_octets),
	    .help = "message queue of a collector, in memory",
	    .text = "Memory for the messages that wait for one collector; in a "
	            "live capture also for one file or pipe.",
	    .more = "When the queue and the spool are full, reading a capture "
	            "file waits.  An interface does not wait: the oldest "
	            "messages are lost (`queue`)." },
	{ .name = "retransmission_window",
	    TOP_AND_COLLECTOR,
	    COUNT(RETRANSMISSION_WINDOW_DEFAULT, 65536, 1 << 30),
	    .unit = "octets",
	    .zero = "nothing",
	    INTO(destination.retransmission_window),
	    .help = "kept after a TCP collector's system has it",
	    .text = "Memory for messages that the system of a collector over "
	            "TCP or TLS has acknowledged, but that its program may not "
	            "have read.  They are sent again if the connection "
	            "breaks.",
	    .more =
	        "It should be as large as the receive buffer of the "
	        "collector, which is 6 MB at most where Linux chooses it.  "
	        "What was sent within the last 5 seconds is kept beyond "
	        "that while `queue_octets` leaves room; what is not kept, "
	        "and is not in the spool either, counts as `unconfirmed`." },
	{ .name = "tcp_message_octets",
	    TOP_AND_COLLECTOR,
	    COUNT(TCP_MESSAGE_OCTETS, MESSAGE_MIN_OCTETS, MESSAGE_MAX_OCTETS),
	    .unit = "octets",
	    INTO(destination.tcp_message_octets),
	    .help = "longest IPFIX message over TCP, TLS",
	    .text = "The longest message over TCP and TLS." },
	{ .name = "source_address",
	    TOP_AND_COLLECTOR,
	    .netflow = SETTING_NETFLOW,
	    .type = &setting_borrowed,
	    INTO(destination.source_address),
	    .expected = "an IPv4 or IPv6 address",
	    .value = "address",
	    .example = "192.0.2.1",
	    .none = "the system chooses",
	    .help = "our own, towards a collector",
	    .text = "Our own address towards the collector, as a number." },
	{ .name = "spool_dir",
	    TOP_AND_SENDER,
	    .type = &setting_borrowed,
	    INTO(destination.spool_dir),
	    .expected = "a folder",
	    .value = "folder",
	    .example = "/var/spool/exflow",
	    .help = "for what a TCP collector cannot take",
	    .text =
	        "Folder for messages to a collector over TCP or TLS that do "
	        "not fit into memory.  Without one they are lost.",
	    .more = "Each collector has a folder of its own in it, with IPFIX "
	            "files that any reader of such files opens.  When the "
	            "collector is back they are sent in order, also by a later "
	            "run of exflow(8) with the same output." },
	{ .name = "spool_octets",
	    TOP_AND_SENDER,
	    COUNT(SPOOL_OCTETS_DEFAULT, SPOOL_OCTETS_MIN, 1099511627776),
	    .unit = "octets",
	    INTO(destination.spool_octets),
	    .help = "in the spool of one collector",
	    .text = "How large the spool of one collector may be.  When it is "
	            "full, its oldest file is lost.",
	    .more = "The records of that file are counted as lost (`spool`)." },
	{ .name = "spool_age",
	    TOP_AND_SENDER,
	    COUNT(0, 1, 31536000),
	    .unit = "seconds",
	    .zero = "no limit",
	    INTO(destination.spool_age_seconds),
	    .help = "older files of the spool are lost",
	    .text = "Files in the spool that were written longer ago than this "
	            "are lost.",
	    .more = "Their records are counted as lost (`spool`)." },
	{ .name = "tls_ca",
	    TOP_AND_COLLECTOR,
	    .type = &setting_borrowed,
	    INTO(destination.tls_ca),
	    .expected = "a file or a folder",
	    .value = "path",
	    .example = "/etc/exflow/ca.pem",
	    .none = "those of the system",
	    .help = "authorities; none: the system's",
	    .text =
	        "Certification authorities for the collector's certificate: "
	        "a PEM file, or a folder as openssl-rehash(1) makes it." },
	{ .name = "tls_certificate",
	    TOP_AND_COLLECTOR,
	    .type = &setting_borrowed,
	    INTO(destination.tls_certificate),
	    .expected = "a file",
	    .value = "file",
	    .example = "/etc/exflow/exflow.pem",
	    .help = "our certificate and its chain, PEM",
	    .text = "Our own certificate and its chain (PEM), for collectors "
	            "that ask for one." },
	{ .name = "tls_key",
	    TOP_AND_COLLECTOR,
	    .type = &setting_borrowed,
	    INTO(destination.tls_key),
	    .expected = "a file",
	    .value = "file",
	    .example = "/etc/exflow/exflow.key",
	    .help = "the key of tls_certificate, PEM",
	    .text = "The key of `tls_certificate` (PEM)." },
	{ .name = "tls_name",
	    TOP_AND_COLLECTOR,
	    .type = &setting_borrowed,
	    INTO(destination.tls_name),
	    .expected = "a name or an address",
	    .value = "name",
	    .example = "\"collector.example.org\"",
	    .none = "the host of the output",
	    .help = "in the collector's certificate; none: host",
	    .text = "The name or address that the collector's certificate must "
	            "have." },
	{ .name = "tls_verify",
	    TOP_AND_COLLECTOR,
	    SWITCH("yes"),
	    INTO(destination.tls_verify),
	    .help = "check the collector's certificate",
	    .text = "Check the collector's certificate and its name." },
};

const struct setting_part setting_part_collectors =
    PART("Collectors", collectors);
