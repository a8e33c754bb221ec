/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: where records go, and what outputs have in common. */
#include <config.h>

#include "table.h"

static const struct setting outputs[] = {
	{ .name = "outputs",
	    TOP,
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
	    IN_COLLECTOR,
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
	    TOP,
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
	    TOP,
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
	    ANYWHERE,
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
	    TOP_AND_TEXT,
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
	    TOP_AND_TEXT,
	    .type = &setting_word,
	    .initial = "both",
	    .words = { "both", "milliseconds", "microseconds" },
	    INTO(destination.text.times),
	    .help = "which times json has",
	    .text = "Which times `json` has: those in `milliseconds`, those in "
	            "`microseconds`, or `both`.",
	    .more = "Where `columns` names elements, these are the times." },
};

const struct setting_part setting_part_outputs = PART("Outputs", outputs);
