/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: what a section kafka "NAME" { … } has. */
#include <config.h>

#include "table.h"

static const struct setting kafka[] = {
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
	    .more =
	        "So any message of `ipfix` can be read without another "
	        "one. Sequence numbers count the records of all partitions, "
	        "so that one partition has gaps in them." },
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

const struct setting_part setting_part_kafka = PART("Kafka", kafka);
