/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of settings, in the order of the manual.  "make settings" makes
 * conf/exflow.conf and the lists of exflow.conf(5) from it; how to write
 * .text and .more is told in setting.h.
 */
#include <config.h>

#include "setting.h"

#include <stdint.h>

#include "exflow/capture/interface.h"
#include "exflow/decode/decode.h"
#include "exflow/status/status.h"

/* The part of the manual, and where a setting may stand. */
#define TOP(p) .part = PART_##p, .where = SETTING_TOP
#define TOP_AND_COLLECTOR(p)                                                   \
	.part = PART_##p, .where = SETTING_TOP | SETTING_COLLECTOR
#define TOP_AND_SENDER(p)                                                      \
	.part = PART_##p,                                                      \
	.where = SETTING_TOP | SETTING_COLLECTOR | SETTING_KAFKA
#define ANYWHERE(p)                                                            \
	.part = PART_##p, .where = SETTING_TOP | SETTING_COLLECTOR |           \
	                           SETTING_ARCHIVE | SETTING_KAFKA
#define IN_COLLECTOR(p) .part = PART_##p, .where = SETTING_COLLECTOR
#define TOP_AND_TEXT(p)                                                        \
	.part = PART_##p, .where = SETTING_TOP | SETTING_ARCHIVE | SETTING_KAFKA
#define IN_ARCHIVE .part = PART_ARCHIVES, .where = SETTING_ARCHIVE
#define IN_KAFKA .part = PART_KAFKA, .where = SETTING_KAFKA

/* Its place in struct settings. */
#define INTO(member)                                                           \
	.offset = offsetof(struct settings, member),                           \
	.octets = sizeof(((struct settings *)0)->member)

#define SWITCH(value) .type = &setting_switch, .initial = value
#define COUNT(value, least, most)                                              \
	.type = &setting_count, .number = value, .minimum = least,             \
	.maximum = most
/* 0 is out of range: every packet would come too late. */
#define TIMEOUT(value)                                                         \
	.type = &setting_duration, .number = value, .minimum = 0.001,          \
	.maximum = 86400, .unit = "seconds"

#define ARCHIVE_OCTETS_MAX 1e14 /* 100 TB */
#ifdef HAVE_ZSTD
#define COMPRESS_ZSTD "zstd"
#else
#define COMPRESS_ZSTD NULL
#endif

const struct setting settings_table[] = {
	/* --- Interfaces */
	{ .name = "interfaces",
	    TOP(INTERFACES),
	    .type = &setting_interfaces,
	    .restart = true,
	    .expected = "names of interfaces, or any",
	    .value = "list of names",
	    .example = "{eth0, eth1}",
	    .help = "interfaces to capture on",
	    .text = "Interfaces to capture on, or `any` for all of them.  `-i` "
	            "replaces them; with `-r` they are not used." },
	{ .name = "ring",
	    TOP(INTERFACES),
	    COUNT(
	        INTERFACE_RING_DEFAULT, INTERFACE_RING_MIN, INTERFACE_RING_MAX),
	    .restart = true,
	    .unit = "MiB",
	    INTO(interface_options.ring_megabytes),
	    .help = "packet memory, each interface and worker",
	    .text =
	        "Memory in which packets wait to be read, for each "
	        "interface and worker.  It is taken at the start.  A larger "
	        "ring bears longer bursts.",
	    .more = "The ring counts as resident memory.  The kernel drops a "
	            "packet that finds the ring full (`kernel_drops`).  A fast "
	            "link needs more than the default; 64 is much." },
	{ .name = "snaplen",
	    TOP(INTERFACES),
	    COUNT(0, INTERFACE_SNAPLEN_MIN, INTERFACE_SNAPLEN_MAX),
	    .restart = true,
	    .unit = "octets",
	    .zero = "as needed",
	    INTO(interface_options.snaplen),
	    .help = "octets to take of each packet",
	    .text = "How many octets of each packet are taken.  0 takes 256, "
	            "as only headers are read, or 4608 with `names` or "
	            "`payload`.",
	    .more = "Lengths are counted as on the wire whatever this is.  "
	            "More octets help where `decapsulate` names tunnels, or "
	            "where headers have many options." },
	{ .name = "promiscuous",
	    TOP(INTERFACES),
	    SWITCH("yes"),
	    .restart = true,
	    INTO(interface_options.promiscuous),
	    .help = "also packets for other machines",
	    .text = "Also take packets that are not addressed to this machine, "
	            "as on a mirror port." },

	/* --- Measuring */
	{ .name = "networks",
	    TOP(MEASURING),
	    .type = &setting_networks,
	    INTO(networks),
	    .expected = "IPv4 and IPv6 prefixes",
	    .value = "list of prefixes",
	    .example = "{office=192.0.2.0/24, \"2001:db8::/32\"}",
	    .none = "no end is local, and every exchange is metered",
	    .help = "the local networks; none: no end is local",
	    .text = "The local networks: IPv4 and IPv6 prefixes, or single "
	            "addresses.  They tell outbound from inbound exchanges, "
	            "see `meter`.  A prefix may have a name, and several the "
	            "same one: `office=192.0.2.0/24`.",
	    .more = "The bits of an address that are not in the prefix must be "
	            "0.  The metrics tell networks with a name apart, see "
	            "METRICS in exflow(8); where one prefix holds another, the "
	            "longer one gives the name.  A name is of letters, digits, "
	            "`-`, `_` and `.`, and begins with a letter; there are 32 "
	            "at most." },
	{ .name = "filter",
	    TOP(MEASURING),
	    .type = &setting_filter,
	    .restart = true,
	    INTO(filter),
	    .expected = "a BPF filter",
	    .value = "filter",
	    .example = "\"tcp or udp\"",
	    .none = "every packet",
	    .help = "read only the packets that match",
	    .text = "Read only the packets that match this filter, see "
	            "pcap-filter(7)." },
	{ .name = "meter",
	    TOP(MEASURING),
	    .type = &setting_kinds,
	    INTO(meter.kinds),
	    .value = "list of kinds",
	    .example = "{outbound, inbound, local, midstream}",
	    .none = "{outbound, local_tcp} with networks, all without",
	    .help = "which exchanges are metered",
	    .text =
	        "Which exchanges are metered.  The client is the endpoint that "
	        "opened the exchange, the server the other one.  `outbound`: "
	        "the client is local and the server is not; `inbound`: the "
	        "server is local and the client is not; `local_tcp`: TCP with "
	        "both ends local; `local`: TCP and UDP with both ends local; "
	        "`foreign`: neither end is local; `midstream`: TCP whose "
	        "opening was not captured, of the kinds above that are listed; "
	        "`all`: every TCP and UDP exchange; `other`: any other IP "
	        "protocol.",
	    .more =
	        "An exchange of another protocol, such as ICMP, SCTP, GRE or "
	        "ESP, has two addresses and a protocol, and for an ICMP echo "
	        "its "
	        "identifier; `udp_idle_timeout` ends it.  It is in no table of "
	        "csv, and in no log of tstat.  "
	        "While the program runs `other` can be taken away but not "
	        "added.  The packets of an "
	        "exchange that is left out are unmatched, all for one reason: "
	        "`outbound`, `inbound`, `foreign` or `local`; TCP whose "
	        "opening "
	        "was not captured is `tcp_midstream`.  Without `networks` only "
	        "all and other have a meaning, and the rest is refused." },
	{ .name = "key_vlan",
	    TOP(MEASURING),
	    SWITCH("no"),
	    .restart = true,
	    INTO(key_vlan),
	    .help = "the VLAN ids are part of the key",
	    .text =
	        "Make the VLAN ids part of the key, both of a stacked VLAN: "
	        "the same addresses, ports and protocol in two VLANs are "
	        "then two exchanges." },
	{ .name = "key_tunnel",
	    TOP(MEASURING),
	    SWITCH("no"),
	    .restart = true,
	    INTO(key_tunnel),
	    .help = "the tunnel's id is part of the key",
	    .text = "Make the id of a tunnel that `decapsulate` opens part of "
	            "the key: the VNI of VXLAN and Geneve, the key of GRE, the "
	            "TEID of GTP-U, the session id of ERSPAN.",
	    .more =
	        "Of nested tunnels it is that of the innermost one that has "
	        "an id.  Where a tunnel has another id in each direction, "
	        "as GTP-U mostly has, the two directions are two "
	        "exchanges." },
	{ .name = "decapsulate",
	    TOP(MEASURING),
	    .type = &setting_tunnels,
	    .restart = true,
	    INTO(tunnels),
	    .value = "list of tunnels",
	    .example = "{ipip, gre}",
	    .none = "the outer header counts",
	    .help = "tunnels to look into, or all",
	    .text =
	        "Tunnels to look into: `ipip` (IPv4 in IP), `6in4` (IPv6 in "
	        "IP), `gre`, `vxlan`, `geneve`, `gtpu`, `teredo`, `erspan` "
	        "(in GRE), or `all`.",
	    .more = "Of any other tunnel only the outer header is read." },
	{ .name = "mac",
	    TOP(MEASURING),
	    SWITCH("no"),
	    .restart = true,
	    INTO(meter.mac),
	    .help = "records have the hardware addresses",
	    .text = "Records have the elements sourceMacAddress and "
	            "destinationMacAddress, the hardware addresses of the "
	            "client's and the server's side in the first packet.",
	    .more = "With tags and tunnels they are those of the outermost "
	            "frame.  Of a frame that has none, as of raw IP or PPP, "
	            "a record has neither of them; of a Linux cooked frame "
	            "only the sender's, since the frame has no other.  They "
	            "are in JSON and in the columns of csv, too, if these are "
	            "extended; NetFlow does not have them.  An exchange takes "
	            "16 octets of memory more." },

	{ .name = "merge",
	    TOP(MEASURING),
	    SWITCH("yes"),
	    .restart = true,
	    INTO(merge),
	    .help = "files are one stream in the order of time",
	    .text = "Read several files as one stream in the order of time: "
	            "where they overlap, their packets are merged.  With no "
	            "they are read one after the other, as they were named." },
	{ .name = "reorder",
	    TOP(MEASURING),
	    .type = &setting_duration,
	    .number = REORDER_DEFAULT,
	    .maximum = 5,
	    .unit = "seconds",
	    .restart = true,
	    INTO(reorder),
	    .help = "hold packets back to merge interfaces",
	    .text = "Of several interfaces, hold packets back at most so long, "
	            "so that all are metered in the order of time.  0 meters "
	            "packets as they are read." },
	{ .name = "clock_jump",
	    TOP(MEASURING),
	    TIMEOUT(CLOCK_JUMP_DEFAULT),
	    .restart = true,
	    INTO(clock_jump),
	    .help = "a packet dated further away is doubted",
	    .text =
	        "A packet dated further than this from the packets before "
	        "it waits for the next packet.  If that one is as far away, "
	        "the clock of the input has moved; if not, the date was "
	        "wrong, and the packet counts with the time of its "
	        "neighbours.  On interfaces it is 10 seconds at least." },

	{ .name = "quality",
	    TOP(MEASURING),
	    .type = &setting_quality,
	    .initial = "no",
	    INTO(meter.quality),
	    .help = "round-trip times, losses, windows",
	    .text = "Measure what exchanges went through: round-trip times, "
	            "retransmissions by their cause, reordering, windows, "
	            "options and sizes, of both sides.  exflow-records(5) "
	            "tells what each figure means.  Where it is not set, the "
	            "output tstat, and the table with `-v`, turn it on.",
	    .more =
	        "An exchange of TCP then takes at most 640 octets more, one "
	        "of UDP 128, an opening that nobody answers 20.  TCP's "
	        "options must be captured: `snaplen` has to be 128 or more, "
	        "and more with tunnels.  Where this is turned on while the "
	        "program runs, exchanges that begin from then on are "
	        "measured; where it is turned off, no exchange is any more." },

	{ .name = "names",
	    TOP(MEASURING),
	    .type = &setting_names,
	    .value = "list of kinds",
	    .example = "{tls, http, dns}",
	    .none = "no names, and payloads are not looked at",
	    .help = "who was talked to, from the first octets",
	    .text = "Tell who was talked to, from the first octets of "
	            "exchanges.  `tls`: the server's name and more of the "
	            "hellos of TLS; `quic`: the same of QUIC; `http`: host, "
	            "method and path of the first request, and the status of "
	            "its answer; `dns`: the question, and for any exchange the "
	            "name that its client had asked for; `ja4`: fingerprints "
	            "of the hellos of TLS and QUIC.  exflow-records(5) has "
	            "the elements.",
	    .more =
	        "Names are personal data: they tell what people read and use, "
	        "and the law of most places says what may be kept, and how "
	        "long.  They come from strangers, and outputs escape them.  "
	        "Of each direction of a stream the first 4,096 octets are "
	        "looked at; packets must be captured so far (`snaplen`).  "
	        "What a client had asked for is known where the answer was "
	        "captured before the exchange, came over UDP or in one packet "
	        "of TCP, and still holds: an answer holds for its time to "
	        "live, 1 second at least and an hour at most.  The client "
	        "is told by its address, so one that asks over IPv4 and goes "
	        "to an IPv6 address is not found.  65,536 such answers are "
	        "known at once; beyond that the oldest are forgotten and "
	        "counted.  An exchange takes 200 octets more, and what was "
	        "found in it; see exflow(8) for the bounds.  With `workers` "
	        "the bounds are shared evenly.  Where this is turned on while "
	        "the program runs, exchanges that begin from then on have "
	        "names; where it is turned off or changed, names known so "
	        "far are forgotten." },
	{ .name = "payload",
	    TOP(MEASURING),
	    COUNT(0, 1, NAMES_PAYLOAD_MAX),
	    .unit = "octets",
	    .zero = "none",
	    INTO(meter.names.payload),
	    .help = "first octets of each side in records",
	    .text = "Records have so many of the first octets that each side "
	            "sent: TCP's as far as they came in a row, of UDP those of "
	            "the first datagram.",
	    .more = "They are the contents of communication, which the law of "
	            "most places protects.  A record is cut to what a message "
	            "holds." },

	/* --- Timeouts */
	{ .name = "tcp_opening_timeout",
	    TOP(TIMEOUTS),
	    TIMEOUT(TCP_OPENING_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_opening_timeout),
	    .help = "TCP without a packet from the server",
	    .text =
	        "A TCP exchange without a sign of the server (a packet from "
	        "it, or an ACK of the client's) is unanswered after this "
	        "time without a packet." },
	{ .name = "tcp_idle_timeout",
	    TOP(TIMEOUTS),
	    TIMEOUT(TCP_IDLE_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_idle_timeout),
	    .help = "TCP without a packet from either side",
	    .text = "A TCP exchange is idle after this time without a packet "
	            "from either side." },
	{ .name = "tcp_half_closed_timeout",
	    TOP(TIMEOUTS),
	    TIMEOUT(TCP_HALF_CLOSED_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_half_closed_timeout),
	    .help = "TCP without a packet after one side's FIN",
	    .text =
	        "A TCP exchange with a FIN from one side, while the other "
	        "side is still open, ends after this time without a packet." },
	{ .name = "tcp_linger",
	    TOP(TIMEOUTS),
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
	    TOP(TIMEOUTS),
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
	    TOP(TIMEOUTS),
	    TIMEOUT(UDP_IDLE_TIMEOUT_DEFAULT),
	    INTO(meter.udp_idle_timeout),
	    .help = "UDP without a packet, see udp_idle",
	    .text = "A UDP exchange is idle after this time without a packet, "
	            "see `udp_idle`." },
	{ .name = "udp_idle",
	    TOP(TIMEOUTS),
	    .type = &setting_choice,
	    .initial = "both",
	    .words = { "both", "either" },
	    INTO(meter.udp_idle_either),
	    .help = "which side has to be silent to end UDP",
	    .text =
	        "A UDP exchange ends when `both` sides have been silent for "
	        "`udp_idle_timeout`, or when `either` of them has." },
	{ .name = "active_timeout",
	    TOP(TIMEOUTS),
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

	/* --- Bounds */
	{ .name = "max_exchanges",
	    TOP(BOUNDS),
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
	    TOP(BOUNDS),
	    COUNT(NAMES_BUFFERS_DEFAULT, 16, 1 << 20),
	    .unit = "buffers",
	    INTO(meter.names.buffers),
	    .help = "hellos put together at once",
	    .text = "With `names`: how many hellos and requests that came in "
	            "several packets are put together at once.",
	    .more = "A buffer takes 4 kB while it is used.  What finds none "
	            "has no name, and is counted (`buffers_full`)." },
	{ .name = "quic_rate",
	    TOP(BOUNDS),
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
	    TOP(BOUNDS),
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
	    TOP(BOUNDS),
	    COUNT(1, 1, 64),
	    .restart = true,
	    .unit = "threads",
	    INTO(workers),
	    .help = "threads that meter",
	    .text =
	        "How many threads meter packets.  One more thread reads and "
	        "decodes capture files." },
	{ .name = "pin",
	    TOP(BOUNDS),
	    SWITCH("no"),
	    .restart = true,
	    INTO(pin),
	    .help = "bind each worker to a processor",
	    .text = "Bind each worker of a live capture to a processor of its "
	            "own." },

	/* --- Process */
	{ .name = "user",
	    TOP(PROCESS),
	    .type = &setting_text,
	    .restart = true,
	    INTO(user),
	    .expected = "a name of passwd(5)",
	    .value = "name",
	    .example = "exflow",
	    .none = "which stands for the user exflow where there is one; else "
	            "root stays root, with a warning",
	    .help = "to become when started by root",
	    .text =
	        "If root starts exflow(8) to capture on an interface, it "
	        "becomes this user as soon as interfaces and `pid_file` are "
	        "open.",
	    .more = "See SECURITY there.  With `root` it stays root, without "
	            "capabilities." },
	{ .name = "group",
	    TOP(PROCESS),
	    .type = &setting_text,
	    .restart = true,
	    INTO(group),
	    .expected = "a name of group(5)",
	    .value = "name",
	    .example = "exflow",
	    .none = "the user's own",
	    .help = "to become; none: that of user",
	    .text = "The group that it becomes with `user`." },
	{ .name = "seccomp",
	    TOP(PROCESS),
	    SWITCH("yes"),
	    .restart = true,
	    INTO(seccomp),
	    .help = "forbid system calls that are not needed",
	    .text = "Forbid all system calls but those that are needed, see "
	            "SECURITY in exflow(8)." },
	{ .name = "pid_file",
	    TOP(PROCESS),
	    .type = &setting_text,
	    .restart = true,
	    INTO(pid_file),
	    .expected = "a file",
	    .value = "file",
	    .example = "/run/exflow.pid",
	    .help = "file with the process id, locked",
	    .text =
	        "While exflow captures on an interface, it holds a lock on "
	        "this file and keeps its process id there.  A second exflow "
	        "with the same file refuses to start.",
	    .more = "A file that a killed process left is taken over." },
	{ .name = "stats_interval",
	    TOP(PROCESS),
	    COUNT(STATS_INTERVAL_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    .zero = "never",
	    INTO(stats_interval),
	    .help = "statistics to collectors, live",
	    .text =
	        "While exflow captures on an interface, it sends its "
	        "statistics to collectors this often, as options records of "
	        "observation domain 0.",
	    .more = "See exflow-records(5)." },
	{ .name = "metrics",
	    TOP(PROCESS),
	    .type = &setting_metrics,
	    .restart = true,
	    INTO(metrics),
	    .expected = "an address and a port",
	    .value = "address:port",
	    .example = "\"127.0.0.1:9100\"",
	    .help = "metrics page for Prometheus, read-only",
	    .text = "While exflow captures on an interface, it serves its "
	            "statistics at this address and port over HTTP, for "
	            "Prometheus.  There is no password: whoever reaches the "
	            "address can read the page.",
	    .more = "`/metrics` is in the text format of Prometheus or of "
	            "OpenMetrics, as the client asks; `/health` says whether "
	            "exflow runs.  An IPv6 address stands in brackets." },
	{ .name = "status_page",
	    TOP(PROCESS),
	    SWITCH("no"),
	    .restart = true,
	    INTO(status_page),
	    .help = "a page of live exchanges beside the metrics",
	    .text = "Whether `/status` at the address of `metrics` is a page "
	            "that shows the 50 live exchanges that send most, again "
	            "every 5 seconds.  Without `metrics` there is none.",
	    .more = "It shows who talks to whom, to everybody who reaches the "
	            "address.  `/status?by=octets`, `packets`, `rate` or `age` "
	            "says the order." },
	{ .name = "control",
	    TOP(PROCESS),
	    .type = &setting_text,
	    .restart = true,
	    INTO(control),
	    .expected = "a file",
	    .value = "file",
	    .example = "/run/exflow/control",
	    .help = "socket for exflowctl",
	    .text = "While exflow captures on an interface, it answers "
	            "exflowctl(1) on this socket.  Its user and its group can "
	            "use the socket (mode 0660)." },
	{ .name = "log",
	    TOP(PROCESS),
	    .type = &setting_word,
	    .restart = true,
	    .initial = "stderr",
	    .words = { "stderr", "syslog", "journal" },
	    INTO(log),
	    .help = "where messages go",
	    .text = "Where messages go.",
	    .more =
	        "After exflow(8) has gone into the background (`-d`), "
	        "`stderr` means `syslog`.  If systemd has connected standard "
	        "error to its journal, each line carries its severity." },
	{ .name = "log_level",
	    TOP(PROCESS),
	    .type = &setting_word,
	    .initial = "warning",
	    .words = { "error", "warning", "info", "debug" },
	    INTO(log_level),
	    .help = "which messages; -q and -v override it",
	    .text = "Which messages are logged: those of this level and of the "
	            "levels before it.  `-q` and `-v` override it." },

	/* --- Outputs */
	{ .name = "outputs",
	    TOP(OUTPUTS),
	    .type = &setting_outputs,
	    INTO(outputs),
	    .expected = "what -o takes",
	    .value = "list of outputs",
	    .example = "{\"udp://127.0.0.1:4739\"}",
	    .none = "which stands for the table on standard output",
	    .help = "where records go; none: table",
	    .text =
	        "Where records go, each written as after `-o` of exflow(8): "
	        "`ipfix:FILE`, `NAME.ipfix`, `udp://HOST[:PORT]`, "
	        "`tcp://HOST[:PORT]`, `tls://HOST[:PORT]`, "
	        "`netflow9://HOST[:PORT]`, `netflow5://HOST[:PORT]`, "
	        "`kafka://BROKER[:PORT]/TOPIC`, `archive:PATTERN`, "
	        "`csv:DIR`, `json:FILE`, "
	        "`tstat:DIR` or `table`." },
	{ .name = "address",
	    IN_COLLECTOR(OUTPUTS),
	    .netflow = SETTING_NETFLOW,
	    .type = &setting_text,
	    .required = true,
	    INTO(section_spec),
	    .expected = "tcp://HOST[:PORT], or with udp, tls or netflow9",
	    .value = "output",
	    .example = "\"tcp://collector.example.org\"",
	    .help = "where the collector is",
	    .text =
	        "In a section collector: where the collector is, written as "
	        "after `-o`." },
	{ .name = "balance",
	    TOP(OUTPUTS),
	    .type = &setting_balance,
	    INTO(balance),
	    .expected = "names of collectors",
	    .value = "list of names",
	    .example = "{}",
	    .help = "share records among these collectors",
	    .text = "Collectors that share the records, instead of a copy to "
	            "each.  The addresses, the ports and the protocol decide "
	            "which one gets a record.",
	    .more =
	        "All records with the same addresses, ports and protocol go "
	        "to the same collector, whichever end is the client.  Each "
	        "name is that of a section collector.  `-o` replaces the "
	        "sections, and balance beside it is refused; an empty list "
	        "after `--set` takes the file's away." },
	{ .name = "sort",
	    TOP(OUTPUTS),
	    .type = &setting_choice,
	    .initial = "end",
	    .words = { "end", "start" },
	    INTO(destination.sort_start),
	    .help = "order of the table's rows",
	    .text = "The order of the rows of `table`: that in which the "
	            "exchanges end, or that in which they start.",
	    .more =
	        "With `start` the rows come at the end of input, so that "
	        "it is refused on interfaces.  500,000 exchanges fit in "
	        "memory, at about 350 octets each; where there are more, "
	        "only these are in order of start, and a message says so." },
	{ .name = "record_filter",
	    ANYWHERE(OUTPUTS),
	    .type = &setting_record_filter,
	    .netflow = SETTING_NETFLOW,
	    INTO(destination.record_filter),
	    .expected = "a filter as in exflow-filter(7)",
	    .value = "filter",
	    .example = "\"server port 443 and octets > 1M\"",
	    .none = "every record",
	    .help = "outputs take only records that match",
	    .text = "Outputs take only records that match this filter, see "
	            "exflow-filter(7).  A section of a collector or an archive "
	            "may have a filter of its own.",
	    .more = "What it leaves out is counted as `left_out`.  Packets are "
	            "measured as without it; `filter` chooses packets.  A "
	            "filter that asks for quality turns `quality` on, unless "
	            "that is set to no." },
	{ .name = "columns",
	    TOP_AND_TEXT(OUTPUTS),
	    .type = &setting_columns,
	    .initial = "seed",
	    .value = "list of names",
	    .help = "columns of csv, keys of json",
	    .text =
	        "Names of elements, see exflow-records(5): `json` has these "
	        "keys only, and `csv` has these columns after those that never "
	        "change.  `seed` adds none, and `extended` stands for all that "
	        "is measured, in `csv`.",
	    .more =
	        "The order is that of the names; interfaceName comes with "
	        "ingressInterface.  A record without such an "
	        "element has no such key in `json`, and nothing in that column "
	        "of `csv`." },
	{ .name = "times",
	    TOP_AND_TEXT(OUTPUTS),
	    .type = &setting_word,
	    .initial = "both",
	    .words = { "both", "milliseconds", "microseconds" },
	    INTO(destination.text.times),
	    .help = "which times json has",
	    .text = "Which times `json` has: those in `milliseconds`, those in "
	            "`microseconds`, or `both`.",
	    .more = "Where `columns` names elements, these are the times." },

	/* --- IPFIX */
	{ .name = "enterprise_number",
	    TOP_AND_SENDER(IPFIX),
	    .type = &setting_enterprise_number,
	    .number = PEN_DOCUMENTATION,
	    .minimum = 1,
	    .maximum = UINT32_MAX,
	    INTO(destination.record.enterprise_number),
	    .expected = "1 to 4294967295 whose low 16 bits are not 0, 6871 or "
	                "29305",
	    .help = "of the program's own elements",
	    .text = "Private enterprise number of exflow's own information "
	            "elements.  The default is reserved for documentation (RFC "
	            "5612).",
	    .more = "A collector has to be told if the number is another one, "
	            "see exflow-records(5).  Of a number above 65535 nfdump "
	            "keeps the low 16 bits, and a warning says so." },
	{ .name = "flag_counters",
	    TOP_AND_SENDER(IPFIX),
	    .type = &setting_flag_counters,
	    .initial = "enterprise",
	    .words = { "enterprise", "iana", "both" },
	    .help = "elements that count TCP flags",
	    .text =
	        "Information elements that count packets with each TCP flag: "
	        "`enterprise`, exflow's own; `iana`, the registered totals "
	        "such as tcpSynTotalCount; or `both`." },
	{ .name = "biflow",
	    ANYWHERE(IPFIX),
	    SWITCH("yes"),
	    INTO(destination.record.biflow),
	    .help = "one record of an exchange, both sides in it",
	    .text =
	        "An exchange is one record with both sides (biflow, RFC "
	        "5103).  With no it is two, each with what one side sent, "
	        "for collectors that know no biflows and show half of every "
	        "exchange.",
	    .more = "See exflow-records(5).  A section of a collector or an "
	            "archive may have a value of its own.  Outputs of text "
	            "always show both sides in one.  The counts of an output "
	            "without biflow are of its records, those of NetFlow, "
	            "which has no biflows, of exchanges." },
	{ .name = "profile",
	    ANYWHERE(IPFIX),
	    .type = &setting_word,
	    .initial = "none",
	    .words = { "none", "flowmon", "ntop" },
	    INTO(destination.record.profiles),
	    .help = "figures of quality as others name them, too",
	    .text =
	        "With `quality`, records have some of its figures a second "
	        "time, under the numbers of another vendor, for dashboards "
	        "made for these: `flowmon`, the elements 69 to 72 of Flowmon "
	        "(39499), as ipfixcol2 knows them; `ntop`, the elements 109 "
	        "to 112, 123 to 125, 127 and 128 of ntop (35632).",
	    .more = "See exflow-records(5).  Where a figure is not known, "
	            "these elements are 0, as there.  Elements of Flowmon that "
	            "count are of what the source sent: with `biflow` = no "
	            "each side's record has its own.  A section of a collector "
	            "or an archive may have a value of its own." },
	{ .name = "vlan_id",
	    TOP_AND_SENDER(IPFIX),
	    SWITCH("no"),
	    INTO(destination.record.vlan),
	    .help = "records have the VLAN",
	    .text = "Records have the elements vlanId and dot1qVlanId, the "
	            "VLAN of the first packet's outer tag, and "
	            "dot1qCustomerVlanId, that of its inner tag; 0 if it had "
	            "none." },
	{ .name = "type_information",
	    TOP(IPFIX),
	    .type = &setting_type_information,
	    .initial = "file,tcp",
	    .words = { "file", "tcp", "udp" },
	    .value = "list of outputs",
	    .help = "outputs that get RFC 5610 records",
	    .text =
	        "Outputs that get type information on exflow's own elements "
	        "(RFC 5610): `file`, `tcp`, `udp`.",
	    .more = "Some collectors over UDP count these records as sequence "
	            "errors." },
	{ .name = "observation_domain",
	    TOP_AND_SENDER(IPFIX),
	    .netflow = SETTING_NETFLOW,
	    COUNT(1, 1, UINT32_MAX),
	    INTO(destination.domain),
	    .help = "observation domain id of messages",
	    .text = "Observation domain id of the messages.  0 is reserved for "
	            "statistics." },
	{ .name = "udp_message_octets",
	    TOP_AND_COLLECTOR(IPFIX),
	    .netflow = SETTING_NETFLOW,
	    COUNT(UDP_MESSAGE_OCTETS, MESSAGE_MIN_OCTETS, 65507),
	    .unit = "octets",
	    INTO(destination.udp_message_octets),
	    .help = "longest IPFIX message over UDP",
	    .text =
	        "The longest message over UDP: the path's MTU without the IP "
	        "and UDP headers." },
	{ .name = "udp_rate",
	    TOP_AND_COLLECTOR(IPFIX),
	    .netflow = SETTING_NETFLOW,
	    COUNT(UDP_RATE_DEFAULT, 1, 10000000),
	    .unit = "messages/s",
	    .zero = "no limit",
	    INTO(destination.udp_rate),
	    .help = "most messages over UDP",
	    .text =
	        "How many messages a second go to one collector over UDP at "
	        "most.  A collector loses what it cannot follow.",
	    .more = "Other outputs do not wait for it." },
	{ .name = "template_refresh",
	    TOP_AND_COLLECTOR(IPFIX),
	    .netflow = SETTING_NETFLOW_9,
	    COUNT(TEMPLATE_REFRESH_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    .zero = "at the start",
	    INTO(destination.template_refresh_seconds),
	    .help = "send templates over UDP again",
	    .text = "Send the templates over UDP again after this time." },
	{ .name = "template_refresh_messages",
	    TOP_AND_COLLECTOR(IPFIX),
	    .netflow = SETTING_NETFLOW_9,
	    COUNT(TEMPLATE_REFRESH_MESSAGES_DEFAULT, 1, 1000000),
	    .unit = "messages",
	    .zero = "by time",
	    INTO(destination.template_refresh_messages),
	    .help = "send templates over UDP again",
	    .text = "Send the templates over UDP again after this many "
	            "messages." },

	/* --- Collectors */
	{ .name = "connect_timeout",
	    TOP_AND_COLLECTOR(COLLECTORS),
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
	    TOP_AND_SENDER(COLLECTORS),
	    COUNT(SEND_TIMEOUT_DEFAULT, 1, 3600),
	    .unit = "seconds",
	    INTO(destination.send_timeout_seconds),
	    .help = "reconnect when nothing is acknowledged",
	    .text =
	        "Replace a connection on which nothing was acknowledged for "
	        "this time." },
	{ .name = "give_up",
	    TOP_AND_SENDER(COLLECTORS),
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
	    TOP_AND_SENDER(COLLECTORS),
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
	    TOP_AND_SENDER(COLLECTORS),
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
	    TOP_AND_COLLECTOR(COLLECTORS),
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
	    TOP_AND_COLLECTOR(COLLECTORS),
	    COUNT(TCP_MESSAGE_OCTETS, MESSAGE_MIN_OCTETS, MESSAGE_MAX_OCTETS),
	    .unit = "octets",
	    INTO(destination.tcp_message_octets),
	    .help = "longest IPFIX message over TCP, TLS",
	    .text = "The longest message over TCP and TLS." },
	{ .name = "source_address",
	    TOP_AND_COLLECTOR(COLLECTORS),
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
	    TOP_AND_SENDER(COLLECTORS),
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
	    TOP_AND_SENDER(COLLECTORS),
	    COUNT(SPOOL_OCTETS_DEFAULT, SPOOL_OCTETS_MIN, 1099511627776),
	    .unit = "octets",
	    INTO(destination.spool_octets),
	    .help = "in the spool of one collector",
	    .text = "How large the spool of one collector may be.  When it is "
	            "full, its oldest file is lost.",
	    .more = "The records of that file are counted as lost (`spool`)." },
	{ .name = "spool_age",
	    TOP_AND_SENDER(COLLECTORS),
	    COUNT(0, 1, 31536000),
	    .unit = "seconds",
	    .zero = "no limit",
	    INTO(destination.spool_age_seconds),
	    .help = "older files of the spool are lost",
	    .text = "Files in the spool that were written longer ago than this "
	            "are lost.",
	    .more = "Their records are counted as lost (`spool`)." },
	{ .name = "tls_ca",
	    TOP_AND_COLLECTOR(COLLECTORS),
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
	    TOP_AND_COLLECTOR(COLLECTORS),
	    .type = &setting_borrowed,
	    INTO(destination.tls_certificate),
	    .expected = "a file",
	    .value = "file",
	    .example = "/etc/exflow/exflow.pem",
	    .help = "our certificate and its chain, PEM",
	    .text = "Our own certificate and its chain (PEM), for collectors "
	            "that ask for one." },
	{ .name = "tls_key",
	    TOP_AND_COLLECTOR(COLLECTORS),
	    .type = &setting_borrowed,
	    INTO(destination.tls_key),
	    .expected = "a file",
	    .value = "file",
	    .example = "/etc/exflow/exflow.key",
	    .help = "the key of tls_certificate, PEM",
	    .text = "The key of `tls_certificate` (PEM)." },
	{ .name = "tls_name",
	    TOP_AND_COLLECTOR(COLLECTORS),
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
	    TOP_AND_COLLECTOR(COLLECTORS),
	    SWITCH("yes"),
	    INTO(destination.tls_verify),
	    .help = "check the collector's certificate",
	    .text = "Check the collector's certificate and its name." },

	/* --- Archives */
	{ .name = "path",
	    IN_ARCHIVE,
	    .type = &setting_text,
	    .required = true,
	    INTO(section_spec),
	    .expected = "a pattern such as %Y/%m/%d/exflow-%H%M.ipfix",
	    .value = "pattern",
	    .example = "\"/var/lib/exflow/%Y/%m/%d/exflow-%H%M.ipfix\"",
	    .help = "names of files, made from the time",
	    .text = "Names of the files, made from the time at which a file's "
	            "interval begins.  Folders are made.",
	    .more =
	        "`%Y`, `%y`, `%m`, `%d`, `%j`, `%H`, `%M`, `%S` and `%F` "
	        "stand for parts of that time, as in strftime(3), and `%%` "
	        "stands for a percent sign.  A file that has the name, also "
	        "a compressed one, is never overwritten: the new file's name "
	        "gets a number before its last suffix, as in "
	        "`exflow-1200.1.ipfix`, so that `*.ipfix` finds it." },
	{ .name = "rotate",
	    IN_ARCHIVE,
	    COUNT(ARCHIVE_ROTATE_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    .zero = "never",
	    INTO(destination.archive.rotate_seconds),
	    .help = "a new file for each interval",
	    .text = "Begin a new file for each interval of this length.",
	    .more =
	        "Intervals are counted from midnight, so that hours and days "
	        "begin with one if the length divides them; the last "
	        "interval of a day ends with the day.  An interval without a "
	        "record has no file." },
	{ .name = "rotate_octets",
	    IN_ARCHIVE,
	    COUNT(0, 65536, ARCHIVE_OCTETS_MAX),
	    .unit = "octets",
	    .zero = "never",
	    INTO(destination.archive.rotate_octets),
	    .help = "a new file before one is larger",
	    .text = "Also begin a new file before one becomes larger than "
	            "this." },
	{ .name = "clock",
	    IN_ARCHIVE,
	    .type = &setting_word,
	    .initial = "auto",
	    .words = { "auto", "capture", "system" },
	    INTO(destination.archive.clock),
	    .help = "the clock that intervals follow",
	    .text = "The clock that intervals follow: that of the `capture`, "
	            "that of the `system`, or `auto`: the system's for an "
	            "interface, the capture's for a file.",
	    .more =
	        "The capture's clock is the latest end of an exchange among "
	        "the records so far.  It only moves forward: every record of "
	        "a file ended before the end of the file's interval, "
	        "whenever the capture is read.  A record that comes late, "
	        "such as one whose timeout has just passed, is in the file "
	        "of the time at which it came.  The system's clock is for "
	        "captures that are piped in while they are made." },
	{ .name = "time",
	    IN_ARCHIVE,
	    .type = &setting_choice,
	    .initial = "utc",
	    .words = { "utc", "local" },
	    INTO(destination.archive.local_time),
	    .help = "time zone of names and midnight",
	    .text = "Whether names and midnight are in UTC or in local time." },
	{ .name = "compress",
	    IN_ARCHIVE,
	    .type = &setting_word,
	    .initial = "none",
	    .words = { "none", "gzip", COMPRESS_ZSTD },
	    INTO(destination.archive.compression),
	    .help = "compress complete files",
	    .text = "Compress each file when it is complete.",
	    .more =
	        "`.gz` or `.zst` is added to its name.  exflowdump(1) reads "
	        "it as it is.  Export does not wait for it.  A file that "
	        "cannot be compressed stays as it is." },
	{ .name = "retention_days",
	    IN_ARCHIVE,
	    COUNT(0, 1, 36500),
	    .unit = "days",
	    .zero = "for ever",
	    INTO(destination.archive.retention_days),
	    .help = "remove older files",
	    .text = "Remove files that were last written longer ago than "
	            "this." },
	{ .name = "retention_octets",
	    IN_ARCHIVE,
	    COUNT(0, 65536, ARCHIVE_OCTETS_MAX),
	    .unit = "octets",
	    .zero = "no limit",
	    INTO(destination.archive.retention_octets),
	    .help = "remove the oldest files beyond this",
	    .text =
	        "Remove the oldest files while all files together are larger "
	        "than this." },
	{ .name = "memory_octets",
	    IN_ARCHIVE,
	    COUNT(ARCHIVE_MEMORY_DEFAULT, 1048576, ARCHIVE_OCTETS_MAX),
	    .unit = "octets",
	    INTO(destination.archive.memory_octets),
	    .help = "records that wait while a disk is full",
	    .text =
	        "How much waits in memory while nothing can be written, for "
	        "example on a full disk." },

	/* --- Kafka */
	{ .name = "address",
	    IN_KAFKA,
	    .type = &setting_text,
	    .required = true,
	    INTO(section_spec),
	    .expected = "kafka://BROKER[:PORT]/TOPIC",
	    .value = "output",
	    .example = "\"kafka://broker1,broker2:9092/flows\"",
	    .help = "brokers and topic",
	    .text = "Brokers of the cluster, the first that are asked, and the "
	            "topic." },
	{ .name = "format",
	    IN_KAFKA,
	    .type = &setting_word,
	    .initial = "json",
	    .words = { "json", "ipfix" },
	    INTO(destination.kafka.format),
	    .help = "what a message is",
	    .text =
	        "What a message is: `json`, an object with the keys of the "
	        "output json; or `ipfix`, an IPFIX message that begins with "
	        "the templates of its records.",
	    .more = "So any message of `ipfix` can be read without another "
	            "one." },
	{ .name = "key",
	    IN_KAFKA,
	    .type = &setting_word,
	    .initial = "auto",
	    .words = { "auto", "exchange", "client", "none" },
	    INTO(destination.kafka.key),
	    .help = "which records keep their order",
	    .text = "The key of a message, which decides on its partition.  "
	            "`exchange`: a hash of addresses, ports and protocol, the "
	            "same in both directions; `client`: the client's address; "
	            "`none`: any partition.  `auto` is `exchange` with json, "
	            "`none` with ipfix.",
	    .more = "Records with the same key are in one partition in their "
	            "order, but for those that had to be sent again.  The "
	            "partition is that of Java's clients (murmur2).  A message "
	            "of several records, with `batch` or as `ipfix`, is filled "
	            "with those of one lane, see `partitions`, and has no key "
	            "itself.  `client` with `ipfix` needs `biflow = yes`." },
	{ .name = "batch",
	    IN_KAFKA,
	    COUNT(1, 1, KAFKA_BATCH_MAX),
	    .unit = "lines",
	    INTO(destination.kafka.batch),
	    .help = "of json in one message",
	    .text = "How many objects of json a message has at most, a line "
	            "each.",
	    .more = "A message waits half a second for more, and ends at 64 "
	            "KiB.  With a `key` its lines are of one lane, see "
	            "`partitions`." },
	{ .name = "partitions",
	    IN_KAFKA,
	    COUNT(0, 1, KAFKA_PARTITIONS_MAX),
	    .zero = "not told",
	    INTO(destination.kafka.partitions),
	    .help = "how many the topic has",
	    .text =
	        "How many partitions the topic has, for messages of several "
	        "records with a `key`: `batch`, or `ipfix`.  They are filled "
	        "for so many lanes, 48 if it is not told.",
	    .more = "A lane is the key's murmur2 modulo their number, and goes "
	            "to the partition that is the lane modulo the partitions "
	            "that the topic has.  So records with the same key are in "
	            "one partition in any case; told, messages are longer, as "
	            "there are fewer lanes, and the partition is exactly that "
	            "of Java's clients.  Where the topic has another number, a "
	            "warning says so.  When a topic grows, keys move to other "
	            "partitions, as with any producer.  A lane takes 64 KiB of "
	            "memory with `batch`, 16 KiB as `ipfix`." },
	{ .name = "compression",
	    IN_KAFKA,
	    .type = &setting_word,
	    .initial = "lz4",
	    .words = { "lz4", "zstd", "gzip", "none" },
	    INTO(destination.kafka.compression),
	    .help = "of what goes to the brokers",
	    .text = "How messages are compressed on their way to the brokers, "
	            "and there." },
	{ .name = "property",
	    IN_KAFKA,
	    .type = &setting_property,
	    .expected = "\"NAME=VALUE\"",
	    .value = "list of properties",
	    .example = "{\"security.protocol=SSL\", "
	               "\"ssl.ca.location=/etc/exflow/ca.pem\"}",
	    .help = "of librdkafka, such as for TLS and SASL",
	    .text = "Properties of librdkafka, for all that has no setting "
	            "here, such as TLS and SASL: \"NAME=VALUE\" each.  A value "
	            "`@FILE` stands for the first line of that file.",
	    .more = "Passwords and keys must stand in files.  exflow opens the "
	            "files at the start, and again after a fatal error of the "
	            "cluster, when it has no privileges any more.  What its "
	            "promise of delivery depends on cannot be set." },
};
const size_t settings_table_count =
    sizeof(settings_table) / sizeof(settings_table[0]);
