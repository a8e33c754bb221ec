/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings: which packets and exchanges are metered, and what is
 * measured of them.
 */
#include <config.h>

#include "table.h"

static const struct setting measuring[] = {
	{ .name = "networks",
	    TOP,
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
	    TOP,
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
	    TOP,
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
	    TOP,
	    SWITCH("no"),
	    .restart = true,
	    INTO(key_vlan),
	    .help = "the VLAN ids are part of the key",
	    .text =
	        "Make the VLAN ids part of the key, both of a stacked VLAN: "
	        "the same addresses, ports and protocol in two VLANs are "
	        "then two exchanges." },
	{ .name = "key_tunnel",
	    TOP,
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
	    TOP,
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
	    TOP,
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
	    TOP,
	    SWITCH("yes"),
	    .restart = true,
	    INTO(merge),
	    .help = "files are one stream in the order of time",
	    .text = "Read several files as one stream in the order of time: "
	            "where they overlap, their packets are merged.  With no "
	            "they are read one after the other, as they were named." },
	{ .name = "reorder",
	    TOP,
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
	    TOP,
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
	    TOP,
	    .type = &setting_quality,
	    .initial = "no",
	    INTO(meter.quality),
	    .help = "round-trip times, losses, windows",
	    .text = "Measure what exchanges went through: round-trip times, "
	            "retransmissions by their cause, reordering, windows, "
	            "options and sizes, of both sides.  exflow-records(5) "
	            "tells what each figure means.  Where it is not set, the "
	            "outputs tstat and html, and the table with `-v`, turn it "
	            "on.",
	    .more =
	        "An opening that nobody answers then takes 20 octets more, or "
	        "128 where its SYN is sent again, up to nine times; an "
	        "exchange of TCP at most 640 besides the 20 of its opening, "
	        "one of UDP 128.  TCP's "
	        "options must be captured: `snaplen` has to be 128 or more, "
	        "and more with tunnels.  Where this is turned on while the "
	        "program runs, exchanges that begin from then on are "
	        "measured; where it is turned off, no exchange is any more." },

	{ .name = "names",
	    TOP,
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
	    TOP,
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
};

const struct setting_part setting_part_measuring = PART("Measuring", measuring);
