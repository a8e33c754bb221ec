/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv:DIR, the two tables of the seed (SEMANTICS, "The tables of the seed"):
 * tcp_flows.csv and udp_flows.csv, one exchange a line.
 *
 * Invariant: the seed's columns never change.  With columns = extended more
 * columns follow them, under the names of the elements.
 *
 * Exchanges of other protocols are in no table, and are not counted as due.
 *
 * What can go wrong: one of the two files cannot be written.  It never gets its
 * name, and all of its rows are lost; the other one is not affected.
 */
#include "exflow/output/kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/text.h"
#include "exflow/text/kinds.h"

#include "text_file.h"

enum {
	CSV_TCP,
	CSV_UDP,
	CSV_TABLES
};

struct csv_table {
	struct text_file file;
	uint64_t rows;
};

struct csv {
	struct destination destination;
	char *folder;
	struct csv_table table[CSV_TABLES];
};

static const char *const file_names[CSV_TABLES] = {
	[CSV_TCP] = "tcp_flows.csv",
	[CSV_UDP] = "udp_flows.csv",
};

static const char *const seed_columns[CSV_TABLES] = {
	[CSV_TCP] = "s_ip,s_port,d_ip,d_port,s_packs,s_bytes,s_packs_data,"
	            "s_packs_ack,s_packs_syn,s_packs_rst,s_packs_fin,"
	            "s_packs_urg,s_packs_psh,s_ts,s_te,d_packs,d_bytes,"
	            "d_packs_data,d_packs_ack,d_packs_syn,d_packs_rst,"
	            "d_packs_fin,d_packs_urg,d_packs_psh,d_ts,d_te",
	[CSV_UDP] = "s_ip,s_port,d_ip,d_port,s_packs,s_bytes,s_packs_data,"
	            "s_ts,s_te,d_packs,d_bytes,d_packs_data,d_ts,d_te",
};

static const char *const further_columns[CSV_TABLES] = {
	[CSV_TCP] = ",octetDeltaCount,reverseOctetDeltaCount,"
	            "tcpEcePacketDeltaCount,reverseTcpEcePacketDeltaCount,"
	            "tcpCwrPacketDeltaCount,reverseTcpCwrPacketDeltaCount,"
	            "exchangeEnd,flowId,vlanId,ingressInterface,"
	            "dot1qCustomerVlanId,initialTCPFlags,unionTCPFlags,"
	            "reverseInitialTCPFlags,reverseUnionTCPFlags",
	[CSV_UDP] = ",octetDeltaCount,reverseOctetDeltaCount,"
	            "exchangeEnd,flowId,vlanId,ingressInterface,"
	            "dot1qCustomerVlanId",
};

static const uint8_t flag_columns[] = {
	FLAG_ACK,
	FLAG_SYN,
	FLAG_RST,
	FLAG_FIN,
	FLAG_URG,
	FLAG_PSH,
};

static char *
put(char *at, uint64_t value)
{
	*at++ = ',';
	return text_unsigned(at, value);
}

static char *
put_side(char *at, const struct exchange_side *side, int table)
{
	at = put(at, side->packets);
	at = put(at, side->payload_octets);
	at = put(at, side->data_packets);
	if (table == CSV_TCP)
		for (size_t i = 0; i < sizeof(flag_columns); i++)
			at = put(at, side->flag_packets[flag_columns[i]]);
	at = put(at, (uint64_t)side->first.ns / NS_PER_US);
	return put(at, (uint64_t)side->last.ns / NS_PER_US);
}

static char *
put_further(char *at, const struct exchange *exchange, int table)
{
	const struct exchange_side *side = exchange->side;

	at = put(at, side[CLIENT].ip_octets);
	at = put(at, side[SERVER].ip_octets);
	if (table == CSV_TCP) {
		at = put(at, side[CLIENT].flag_packets[FLAG_ECE]);
		at = put(at, side[SERVER].flag_packets[FLAG_ECE]);
		at = put(at, side[CLIENT].flag_packets[FLAG_CWR]);
		at = put(at, side[SERVER].flag_packets[FLAG_CWR]);
	}
	*at++ = ',';
	at = text_string(at, exchange_end_name(exchange->end));
	at = put(at, exchange->flow_id);
	at = put(at, exchange->vlan);
	at = put(at, exchange->interface);
	at = put(at, exchange->customer_vlan);
	for (int i = CLIENT; table == CSV_TCP && i <= SERVER; i++) {
		at = put(at, side[i].initial_flags);
		at = put(at, exchange_later_flags(exchange, i));
	}
	return at;
}

static char *
put_endpoint(char *at, const struct exchange *exchange, int side)
{
	at = text_address(at, exchange->address[side], exchange->ip_version);
	return put(at, exchange->port[side]);
}

static void
put_row(struct csv *csv, const struct exchange *exchange)
{
	int n = exchange->protocol == PROTOCOL_TCP ? CSV_TCP : CSV_UDP;
	struct csv_table *table = &csv->table[n];
	char *at = text_file_line(&table->file);

	at = put_endpoint(at, exchange, CLIENT);
	*at++ = ',';
	at = put_endpoint(at, exchange, SERVER);
	at = put_side(at, &exchange->side[CLIENT], n);
	at = put_side(at, &exchange->side[SERVER], n);
	if (csv->destination.options.extended_columns)
		at = put_further(at, exchange, n);
	*at++ = '\n';
	text_file_end_line(&table->file, at);
	table->rows++;
}

static void
fail(struct csv *csv, int table, int error)
{
	destination_fail(&csv->destination, "%s/%s: %s", csv->folder,
	    file_names[table], strerror(error));
}

static void
put_header(struct csv *csv, int table)
{
	struct text_file *file = &csv->table[table].file;
	char *at = text_string(text_file_line(file), seed_columns[table]);

	if (csv->destination.options.extended_columns)
		at = text_string(at, further_columns[table]);
	*at++ = '\n';
	text_file_end_line(file, at);
}

static int
csv_start(struct destination *destination)
{
	struct csv *csv = (struct csv *)destination;
	char path[4096];

	if (mkdir(csv->folder, 0777) < 0 && errno != EEXIST) {
		destination_fail(destination, "cannot make the folder %s: %s",
		    csv->folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < CSV_TABLES; i++) {
		struct text_file *file = &csv->table[i].file;

		snprintf(
		    path, sizeof(path), "%s/%s", csv->folder, file_names[i]);
		if (text_file_open(file, path) < 0) {
			fail(csv, i, file->error);
			return -1;
		}
		put_header(csv, i);
	}
	return 0;
}

/* A table that failed never gets its name: all of its rows are lost. */
static void
lose_table(struct csv *csv, int n)
{
	struct csv_table *table = &csv->table[n];

	if (csv->destination.error[0] == '\0')
		fail(csv, n, table->file.error);
	destination_lose(&csv->destination, LOSS_WRITE, table->rows);
	table->rows = 0;
}

static void
csv_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct csv *csv = (struct csv *)destination;

	for (size_t i = 0; i < n; i++)
		if (segment_has_ports(exchanges[i].protocol))
			put_row(csv, &exchanges[i]);
	for (int i = 0; i < CSV_TABLES; i++)
		if (csv->table[i].file.error != 0)
			lose_table(csv, i);
}

static int
csv_finish(struct destination *destination)
{
	struct csv *csv = (struct csv *)destination;
	int result = 0;

	for (int i = 0; i < CSV_TABLES; i++) {
		struct csv_table *table = &csv->table[i];

		if (text_file_finish(&table->file) < 0) {
			lose_table(csv, i);
			result = -1;
		}
		destination_deliver(destination, table->rows);
		destination->counts.octets += table->file.octets;
		table->rows = 0;
	}
	return result;
}

static void
csv_free(struct destination *destination)
{
	struct csv *csv = (struct csv *)destination;

	for (int i = 0; i < CSV_TABLES; i++)
		text_file_free(&csv->table[i].file);
	free(csv->folder);
	csv->folder = NULL;
}

static const struct destination_ops csv_ops = {
	.scheme = "csv",
	.once = true,
	.ports_only = true,
	.message_octets = text_message_octets,
	.start = csv_start,
	.exchanges = csv_exchanges,
	.finish = csv_finish,
	.free = csv_free,
};

struct destination *
csv_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct csv *csv;

	if (argument[0] == '\0') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: a folder was expected, as in csv:DIR", spec);
		return NULL;
	}
	csv = destination_alloc(sizeof(*csv), &csv_ops, spec, options, error);
	if (csv == NULL)
		return NULL;
	for (int i = 0; i < CSV_TABLES; i++)
		csv->table[i].file = (struct text_file)TEXT_FILE_INIT;
	csv->folder = strdup(argument);
	if (csv->folder == NULL) {
		struct destination *destination = &csv->destination;

		snprintf(
		    error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
		destination_free(&destination);
		return NULL;
	}
	return &csv->destination;
}
