/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: how records are written as IPFIX. */
#include <config.h>

#include "table.h"

static const struct setting ipfix[] = {
	{ .name = "enterprise_number",
	    TOP_AND_SENDER,
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
	    TOP_AND_SENDER,
	    .type = &setting_flag_counters,
	    .initial = "enterprise",
	    .words = { "enterprise", "iana", "both" },
	    .help = "elements that count TCP flags",
	    .text =
	        "Information elements that count packets with each TCP flag: "
	        "`enterprise`, exflow's own; `iana`, the registered totals "
	        "such as tcpSynTotalCount; or `both`." },
	{ .name = "biflow",
	    ANYWHERE,
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
	    ANYWHERE,
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
	    TOP_AND_SENDER,
	    SWITCH("no"),
	    INTO(destination.record.vlan),
	    .help = "records have the VLAN",
	    .text = "Records have the elements vlanId and dot1qVlanId, the "
	            "VLAN of the first packet's outer tag, and "
	            "dot1qCustomerVlanId, that of its inner tag; 0 if it had "
	            "none." },
	{ .name = "type_information",
	    TOP,
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
	    TOP_AND_SENDER,
	    .netflow = SETTING_NETFLOW,
	    COUNT(1, 1, UINT32_MAX),
	    INTO(destination.domain),
	    .help = "observation domain id of messages",
	    .text = "Observation domain id of the messages.  0 is reserved for "
	            "statistics." },
	{ .name = "udp_message_octets",
	    TOP_AND_COLLECTOR,
	    .netflow = SETTING_NETFLOW,
	    COUNT(UDP_MESSAGE_OCTETS, MESSAGE_MIN_OCTETS, 65507),
	    .unit = "octets",
	    INTO(destination.udp_message_octets),
	    .help = "longest IPFIX message over UDP",
	    .text =
	        "The longest message over UDP: the path's MTU without the IP "
	        "and UDP headers." },
	{ .name = "udp_rate",
	    TOP_AND_COLLECTOR,
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
	    TOP_AND_COLLECTOR,
	    .netflow = SETTING_NETFLOW_9,
	    COUNT(TEMPLATE_REFRESH_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    .zero = "at the start",
	    INTO(destination.template_refresh_seconds),
	    .help = "send templates over UDP again",
	    .text = "Send the templates over UDP again after this time." },
	{ .name = "template_refresh_messages",
	    TOP_AND_COLLECTOR,
	    .netflow = SETTING_NETFLOW_9,
	    COUNT(TEMPLATE_REFRESH_MESSAGES_DEFAULT, 1, 1000000),
	    .unit = "messages",
	    .zero = "by time",
	    INTO(destination.template_refresh_messages),
	    .help = "send templates over UDP again",
	    .text = "Send the templates over UDP again after this many "
	            "messages." },
};

const struct setting_part setting_part_ipfix = PART("IPFIX", ipfix);
