/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv:DIR, the two tables (TABLES in exflow(8)): tcp_flows.csv and
 * udp_flows.csv, one exchange a line.
 *
 * Invariant: the columns of Rustat never change.  With columns = extended, or
 * with names, more columns follow them, under the names of the elements.  Those
 * of quality and names are empty where something is not known.
 *
 * Exchanges of other protocols are in no table, and are not counted as due.
 * The files are text_folder.c's.
 */
#include <config.h>

#include "exflow/textfile/text_folder.h"

#include <stdio.h>
#include <string.h>

#include "exflow/base/escape.h"
#include "exflow/base/text.h"
#include "exflow/text/json_row.h"
#include "exflow/text/kinds.h"

#include "columns.h"

enum {
	CSV_TCP,
	CSV_UDP,
	CSV_TABLES
};

struct csv {
	struct text_folder folder;
	struct text_columns columns;
	struct record_options record; /* for the conditions of columns */
	/* With columns = extended: of FIELD_GROUPS those that exchanges have. */
	unsigned groups;
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
 * A text from strangers as for people, and in quotes (RFC 4180, 2) where it has
 * what would end a field.
 */
static char *
put_name(char *at, const struct field *field, const struct exchange *exchange)
{
	char escaped[ESCAPE_SIZE];
	size_t length;
	const char *octets = field->text(exchange, &length);
	bool quoted = memchr(octets, ',', length) != NULL ||
	              memchr(octets, '"', length) != NULL;

	if (quoted)
		*at++ = '"';
	for (size_t i = 0; i < length;) {
		if (octets[i] == '"')
			*at++ = '"';
		i += escape_character(
		    octets + i, length - i, ESCAPE_TEXT, escaped);
		at = text_string(at, escaped);
	}
	if (quoted)
		*at++ = '"';
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
	if (field->type == FIELD_STRING)
		return put_name(at, field, exchange);
	for (size_t i = inside; i < length - inside; i++)
		*at++ = (char)(text[i] == ',' ? ' ' : text[i]);
	return at;
}

/*
 * What columns = extended adds with quality, own elements, and with names:
 * behind all others.  Of UDP those that do not need TCP.
 */
static bool
is_group_column(const struct csv *csv, const struct field *field, int table)
{
	unsigned conditions = field->conditions;

	if ((conditions & csv->groups) == 0 ||
	    (table != CSV_TCP && (conditions & FIELD_IF_TCP) != 0))
		return false;
	if ((conditions & FIELD_IF_NAMES) == 0)
		return field->pen == PEN_OWN;
	return csv->folder.destination.options.record.payload ||
	       (conditions & FIELD_IF_PAYLOAD) == 0;
}

static char *
put_groups(
    char *at, const struct csv *csv, const struct exchange *exchange, int table)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (is_group_column(csv, &record_fields[i], table)) {
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
		.quality = true,
		.names = true };
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
	return csv->folder.destination.options.text.extended &&
	       csv->folder.destination.options.record.mac;
}

static void
put_row(struct csv *csv, const struct exchange *exchange)
{
	int n = exchange->protocol == PROTOCOL_TCP ? CSV_TCP : CSV_UDP;
	struct text_file *file = &csv->folder.files[n];
	char *at = text_file_line(file);

	at = put_endpoint(at, exchange, CLIENT);
	*at++ = ',';
	at = put_endpoint(at, exchange, SERVER);
	at = put_side(at, &exchange->side[CLIENT], n);
	at = put_side(at, &exchange->side[SERVER], n);
	if (csv->folder.destination.options.text.extended)
		at = put_further(at, exchange, n);
	if (has_macs(csv))
		at = put_macs(at, exchange);
	if (csv->groups != 0)
		at = put_groups(at, csv, exchange, n);
	if (csv->columns.count > 0)
		at = put_columns(at, csv, exchange);
	*at++ = '\n';
	text_file_end_line(file, at);
}

static void
make_header(const struct csv *csv, int table, char *at)
{
	at = text_string(at, seed_columns[table]);
	if (csv->folder.destination.options.text.extended)
		at = text_string(at, further_columns[table]);
	if (has_macs(csv))
		at = text_string(at, MAC_COLUMNS);
	for (size_t i = 0; i < record_field_count && csv->groups != 0; i++)
		if (is_group_column(csv, &record_fields[i], table)) {
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

static void
csv_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct csv *csv = (struct csv *)destination;

	for (size_t i = 0; i < n; i++)
		if (segment_has_ports(exchanges[i].protocol))
			put_row(csv, &exchanges[i]);
	text_folder_chunk(&csv->folder);
}

static const struct destination_ops csv_ops = {
	.scheme = "csv",
	.once = true,
	.ports_only = true,
	.whole = true,
	.message_octets = text_message_octets,
	.target = text_folder_target,
	.check = text_folder_check,
	.start = text_folder_start,
	.exchanges = csv_exchanges,
	.tick = text_folder_tick,
	.finish = text_folder_finish,
	.free = text_folder_free,
};

/* The same where files follow each other. */
static const struct destination_ops csv_files_ops = {
	.scheme = "csv",
	.once = true,
	.ports_only = true,
	.whole = true,
	.message_octets = text_message_octets,
	.target = text_folder_target,
	.check = text_folder_check,
	.start = text_folder_start,
	.turn = text_folder_turn,
	.exchanges = csv_exchanges,
	.tick = text_folder_tick,
	.rotate = text_folder_rotate,
	.reopen = text_folder_reopen,
	.finish = text_folder_finish,
	.free = text_folder_free,
};

static int
init_tables(struct csv *csv, const char *name)
{
	char header[TEXT_LINE_SIZE];

	if (text_folder_init(&csv->folder, name) != 0)
		return -1;
	for (int i = 0; i < CSV_TABLES; i++) {
		make_header(csv, i, header);
		if (text_folder_add(&csv->folder, file_names[i], header) != 0)
			return -1;
	}
	return 0;
}

struct destination *
csv_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	char name[TEXT_FOLDER_NAME_SIZE];
	struct csv *csv;

	if (text_folder_parse(spec, argument, "two tables", name, error) != 0)
		return NULL;
	csv = destination_alloc(sizeof(*csv),
	    text_name_follows(name, options) ? &csv_files_ops : &csv_ops, spec,
	    options, error);
	if (csv == NULL)
		return NULL;
	text_columns_find(&csv->columns, options->text.columns);
	csv->record = options->record;
	if (options->text.extended)
		csv->groups =
		    (options->record.quality ? (unsigned)FIELD_IF_QUALITY : 0) |
		    (options->record.names ? (unsigned)FIELD_IF_NAMES : 0);
	text_columns_record(&csv->record);
	if (init_tables(csv, name) != 0) {
		struct destination *destination = &csv->folder.destination;

		snprintf(
		    error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
		destination_free(&destination);
		return NULL;
	}
	return &csv->folder.destination;
}
