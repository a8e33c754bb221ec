/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv:DIR, the two tables of the seed (SEMANTICS, "The tables of the seed"):
 * tcp_flows.csv and udp_flows.csv, one exchange a line.
 *
 * Invariant: the seed's columns never change.  With columns = extended, or
 * with names, more columns follow them, under the names of the elements.  Those
 * of quality are empty where a figure is not known.
 *
 * Exchanges of other protocols are in no table, and are not counted as due.
 *
 * What can go wrong: one of the two files cannot be written (see text_file.h).
 * The other one is not affected.
 */
#include <config.h>

#include "exflow/output/kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/path.h"
#include "exflow/base/text.h"
#include "exflow/text/json_row.h"
#include "exflow/text/kinds.h"

#include "columns.h"
#include "text_file.h"

enum {
	CSV_TCP,
	CSV_UDP,
	CSV_TABLES
};

struct csv {
	struct destination destination;
	char *folder; /* may have conversions */
	struct text_columns columns;
	struct record_options record; /* for the conditions of columns */
	bool quality; /* columns = extended, and exchanges have figures */
	struct text_file table[CSV_TABLES];
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

/* Behind these, with `mac`. */
#define MAC_COLUMNS ",sourceMacAddress,destinationMacAddress"

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

/* Nothing where it is not known. */
static char *
put_macs(char *at, const struct exchange *exchange)
{
	for (int i = CLIENT; i <= SERVER; i++) {
		*at++ = ',';
		if (exchange->macs >> i & 1)
			at = text_mac(at, exchange->side[i].mac);
	}
	return at;
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

/*
 * As in JSON, without quotes or brackets, and the elements of an array with
 * spaces between them; nothing where the record has no such field.
 */
static char *
put_column(char *at, const struct field *field, const struct exchange *exchange)
{
	char text[JSON_VALUE_SIZE];
	size_t length = (size_t)(json_value(text, field, exchange) - text);
	bool inside = text[0] == '"' || text[0] == '[';

	if (text[0] == 'n') /* null */
		return at;
	for (size_t i = inside; i < length - inside; i++)
		*at++ = text[i] == ',' ? ' ' : text[i];
	return at;
}

/*
 * What columns = extended adds with quality: own elements, behind all others.
 * Of UDP those that do not need TCP.
 */
static bool
is_quality_column(const struct field *field, int table)
{
	return (field->conditions & FIELD_IF_QUALITY) != 0 &&
	       field->pen == PEN_OWN &&
	       (table == CSV_TCP || (field->conditions & FIELD_IF_TCP) == 0);
}

static char *
put_quality(char *at, const struct exchange *exchange, int table)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (is_quality_column(&record_fields[i], table)) {
			*at++ = ',';
			at = put_column(at, &record_fields[i], exchange);
		}
	return at;
}

static char *
put_columns(char *at, const struct csv *csv, const struct exchange *exchange)
{
	const struct record_kind kind = { .ip_version = exchange->ip_version,
		.protocol = exchange->protocol,
		.client = true,
		.server = true,
		.macs = exchange->macs,
		.quality = true };
	unsigned conditions = record_conditions(&csv->record, &kind);

	for (size_t i = 0; i < csv->columns.count; i++) {
		*at++ = ',';
		if (field_present(csv->columns.fields[i], conditions))
			at = put_column(at, csv->columns.fields[i], exchange);
	}
	return at;
}

static char *
put_endpoint(char *at, const struct exchange *exchange, int side)
{
	at = text_address(at, exchange->address[side], exchange->ip_version);
	return put(at, exchange->port[side]);
}

static bool
has_macs(const struct csv *csv)
{
	return csv->destination.options.text.extended &&
	       csv->destination.options.record.mac;
}

static void
put_row(struct csv *csv, const struct exchange *exchange)
{
	int n = exchange->protocol == PROTOCOL_TCP ? CSV_TCP : CSV_UDP;
	struct text_file *file = &csv->table[n];
	char *at = text_file_line(file);

	at = put_endpoint(at, exchange, CLIENT);
	*at++ = ',';
	at = put_endpoint(at, exchange, SERVER);
	at = put_side(at, &exchange->side[CLIENT], n);
	at = put_side(at, &exchange->side[SERVER], n);
	if (csv->destination.options.text.extended)
		at = put_further(at, exchange, n);
	if (has_macs(csv))
		at = put_macs(at, exchange);
	if (csv->quality)
		at = put_quality(at, exchange, n);
	if (csv->columns.count > 0)
		at = put_columns(at, csv, exchange);
	*at++ = '\n';
	text_file_end_line(file, at);
}

static void
make_header(const struct csv *csv, int table, char *at)
{
	at = text_string(at, seed_columns[table]);
	if (csv->destination.options.text.extended)
		at = text_string(at, further_columns[table]);
	if (has_macs(csv))
		at = text_string(at, MAC_COLUMNS);
	for (size_t i = 0; i < record_field_count && csv->quality; i++)
		if (is_quality_column(&record_fields[i], table)) {
			*at++ = ',';
			at = text_string(at, record_fields[i].name);
		}
	for (size_t i = 0; i < csv->columns.count; i++) {
		*at++ = ',';
		at = text_string(at, csv->columns.fields[i]->name);
	}
	*at++ = '\n';
	*at = '\0';
}

static const char *
csv_target(const struct destination *destination, size_t i)
{
	return i < CSV_TABLES
	           ? ((const struct csv *)destination)->table[i].pattern
	           : NULL;
}

/* A folder whose name is made from the time is made when it is needed. */
static int
csv_check(struct destination *destination)
{
	struct csv *csv = (struct csv *)destination;
	struct stat status;

	/* csv_start makes this folder, but none above it. */
	if (strchr(csv->folder, '%') == NULL &&
	    stat(csv->folder, &status) != 0) {
		if (path_check_file(csv->folder) == 0)
			return 0;
		destination_fail(destination, "cannot make the folder %s: %s",
		    csv->folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < CSV_TABLES; i++)
		if (text_file_check(&csv->table[i]) != 0)
			return -1;
	return 0;
}

static int
csv_start(struct destination *destination)
{
	struct csv *csv = (struct csv *)destination;

	if (strchr(csv->folder, '%') == NULL && mkdir(csv->folder, 0777) < 0 &&
	    errno != EEXIST) {
		destination_fail(destination, "cannot make the folder %s: %s",
		    csv->folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < CSV_TABLES; i++)
		if (text_file_start(&csv->table[i]) != 0)
			return -1;
	return 0;
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
		text_file_chunk(&csv->table[i]);
}

static timestamp
csv_turn(struct destination *destination, timestamp now)
{
	struct csv *csv = (struct csv *)destination;
	timestamp next = TIMESTAMP_MAX;

	for (int i = 0; i < CSV_TABLES; i++)
		next = timestamp_min(next, text_name_turn(&csv->table[i], now));
	return next;
}

static uint64_t
csv_tick(struct destination *destination, uint64_t now_ms)
{
	struct csv *csv = (struct csv *)destination;
	uint64_t next = UINT64_MAX;

	for (int i = 0; i < CSV_TABLES; i++) {
		uint64_t one = text_file_tick(&csv->table[i], now_ms);

		next = one < next ? one : next;
	}
	return next;
}

static void
csv_rotate(struct destination *destination)
{
	for (int i = 0; i < CSV_TABLES; i++)
		text_name_rotate(&((struct csv *)destination)->table[i]);
}

static void
csv_reopen(struct destination *destination)
{
	for (int i = 0; i < CSV_TABLES; i++)
		text_name_reopen(&((struct csv *)destination)->table[i]);
}

static int
csv_finish(struct destination *destination)
{
	int result = 0;

	for (int i = 0; i < CSV_TABLES; i++)
		if (text_file_finish(&((struct csv *)destination)->table[i]) !=
		    0)
			result = -1;
	return result;
}

static void
csv_free(struct destination *destination)
{
	struct csv *csv = (struct csv *)destination;

	for (int i = 0; i < CSV_TABLES; i++)
		text_file_free(&csv->table[i]);
	free(csv->folder);
}

static const struct destination_ops csv_ops = {
	.scheme = "csv",
	.once = true,
	.ports_only = true,
	.whole = true,
	.message_octets = text_message_octets,
	.target = csv_target,
	.check = csv_check,
	.start = csv_start,
	.exchanges = csv_exchanges,
	.tick = csv_tick,
	.finish = csv_finish,
	.free = csv_free,
};

/* The same where files follow each other. */
static const struct destination_ops csv_files_ops = {
	.scheme = "csv",
	.once = true,
	.ports_only = true,
	.whole = true,
	.message_octets = text_message_octets,
	.target = csv_target,
	.check = csv_check,
	.start = csv_start,
	.turn = csv_turn,
	.exchanges = csv_exchanges,
	.tick = csv_tick,
	.rotate = csv_rotate,
	.reopen = csv_reopen,
	.finish = csv_finish,
	.free = csv_free,
};

static int
init_tables(struct csv *csv, const char *folder)
{
	char header[TEXT_LINE_SIZE];
	int result = 0;

	csv->folder = strdup(folder);
	for (int i = 0; i < CSV_TABLES; i++) {
		char *path;

		csv->table[i].fd = -1;
		make_header(csv, i, header);
		if (asprintf(&path, "%s/%s", folder, file_names[i]) == -1)
			path = NULL;
		if (path == NULL ||
		    text_file_init(&csv->table[i], &csv->destination, path,
		        header, true) != 0)
			result = -1;
		free(path);
	}
	return csv->folder == NULL ? -1 : result;
}

static int
check_folder(
    const char *spec, const char *folder, char error[DESTINATION_ERROR_SIZE])
{
	enum target_kind kind = target_kind(folder);

	if (folder[0] == '\0')
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: a folder was expected, as in csv:DIR", spec);
	else if (kind == TARGET_STANDARD_OUTPUT)
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: csv writes two tables, which cannot share standard "
		    "output; expected csv:DIR, or json:-",
		    spec);
	else if (kind != TARGET_FILE)
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: csv writes two tables into a folder, and this is a "
		    "pipe or a device; expected csv:DIR",
		    spec);
	else
		return text_name_check(spec, folder, error);
	return -1;
}

struct destination *
csv_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	char folder[4096];
	struct csv *csv;

	/* "csv:DIR/" is the same as "csv:DIR". */
	snprintf(folder, sizeof(folder), "%s", argument);
	for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
		folder[n - 1] = '\0';
	if (check_folder(spec, folder, error) != 0)
		return NULL;
	csv = destination_alloc(sizeof(*csv),
	    text_name_follows(folder, options) ? &csv_files_ops : &csv_ops,
	    spec, options, error);
	if (csv == NULL)
		return NULL;
	text_columns_find(&csv->columns, options->text.columns);
	csv->record = options->record;
	csv->quality = options->text.extended && options->record.quality;
	text_columns_record(&csv->record);
	if (init_tables(csv, folder) != 0) {
		struct destination *destination = &csv->destination;

		snprintf(
		    error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
		destination_free(&destination);
		return NULL;
	}
	return &csv->destination;
}
