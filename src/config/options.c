/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "options.h"

#include <stdint.h>
#include <string.h>

#include "exflow/decode.h"

#define TEXT(value) #value
#define DEFAULT(value) TEXT(value)
#define INTO(member)                                                           \
	.offset = offsetof(struct settings, member),                           \
	.octets = sizeof(((struct settings *)0)->member)

/* A timeout that cannot be 0, as every packet would then be late. */
#define TIMEOUT(value)                                                         \
	.take = take_duration, .initial = DEFAULT(value), .minimum = 0.001,    \
	.maximum = 86400, .unit = "seconds"
#define COUNT(value) .take = take_count, .initial = DEFAULT(value)
#define SWITCH .take = take_switch, .initial = "no", .expected = "yes or no"

const struct option_row option_rows[] = {
	{ .name = "networks",
	    .take = take_network,
	    .clear = clear_networks,
	    .expected = "IPv4 and IPv6 prefixes",
	    INTO(networks),
	    .help = "the local networks; none: the private ranges" },
	{ .name = "tcp_opening_timeout",
	    TIMEOUT(TCP_OPENING_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_opening_timeout),
	    .help = "TCP without a packet from the server" },
	{ .name = "tcp_idle_timeout",
	    TIMEOUT(TCP_IDLE_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_idle_timeout),
	    .help = "TCP without a packet from either side" },
	{ .name = "tcp_half_closed_timeout",
	    TIMEOUT(TCP_HALF_CLOSED_TIMEOUT_DEFAULT),
	    INTO(meter.tcp_half_closed_timeout),
	    .help = "TCP without a packet after one side's FIN" },
	{ .name = "tcp_linger",
	    .take = take_duration,
	    .initial = DEFAULT(TCP_LINGER_DEFAULT),
	    .maximum = 86400,
	    .unit = "seconds",
	    INTO(meter.tcp_linger),
	    .help = "wait for last packets after both FINs or a RST" },
	{ .name = "udp_idle_timeout",
	    TIMEOUT(UDP_IDLE_TIMEOUT_DEFAULT),
	    INTO(meter.udp_idle_timeout),
	    .help = "UDP without a packet, see udp_idle" },
	{ .name = "udp_idle",
	    .take = take_choice,
	    .initial = "both",
	    .words = { "both", "either" },
	    INTO(meter.udp_idle_either),
	    .help = "which side has to be silent to end UDP" },
	{ .name = "active_timeout",
	    TIMEOUT(ACTIVE_TIMEOUT_DEFAULT),
	    .zero = "never",
	    INTO(meter.active_timeout),
	    .help = "a record of what lives on, so often" },
	{ .name = "inbound",
	    SWITCH,
	    INTO(meter.inbound),
	    .help = "also exchanges that a remote client opens" },
	{ .name = "midstream",
	    SWITCH,
	    INTO(meter.midstream),
	    .help = "also TCP whose opening was not seen" },
	{ .name = "key_vlan",
	    SWITCH,
	    INTO(key_vlan),
	    .help = "the VLAN id tells exchanges apart" },
	{ .name = "decapsulate",
	    .take = take_tunnel,
	    .clear = clear_tunnels,
	    INTO(tunnels),
	    .help = "tunnels to look through, or all" },
	{ .name = "max_exchanges",
	    COUNT(0),
	    .minimum = MAX_EXCHANGES_MIN,
	    .maximum = MAX_EXCHANGES_MAX,
	    .unit = "exchanges",
	    .zero = "by memory",
	    INTO(meter.max_exchanges),
	    .help = "live at once; more evict others" },
	{ .name = "fragment_table",
	    COUNT(FRAGMENT_TABLE_DEFAULT),
	    .minimum = 16,
	    .maximum = 1 << 20,
	    .unit = "datagrams",
	    INTO(fragment_table),
	    .help = "IP datagrams in pieces at once" },
	{ .name = "filter",
	    .take = take_text,
	    .expected = "a BPF filter",
	    INTO(filter),
	    .help = "read only the packets that match" },
	{ .name = "outputs",
	    .take = take_output,
	    .clear = clear_outputs,
	    .expected = "what -o takes",
	    INTO(outputs),
	    .help = "where records go; none: table" },
	{ .name = "balance",
	    .take = take_balance,
	    .clear = clear_balance,
	    .expected = "names of collectors",
	    INTO(balance),
	    .help = "a share to each, not a copy" },
	{ .name = "columns",
	    .take = take_choice,
	    .initial = "seed",
	    .words = { "seed", "extended" },
	    INTO(destination.extended_columns),
	    .help = "columns of csv: the fixed ones, or all" },
	{ .name = "enterprise_number",
	    COUNT(PEN_DOCUMENTATION),
	    .minimum = 1,
	    .maximum = 65535,
	    INTO(destination.record.enterprise_number),
	    .help = "of the program's own elements" },
	{ .name = "flag_counters",
	    .take = take_flag_counters,
	    .initial = "enterprise",
	    .words = { "enterprise", "iana", "both" },
	    .help = "elements that count TCP flags" },
	{ .name = "vlan_id",
	    SWITCH,
	    INTO(destination.record.vlan),
	    .help = "records have the element vlanId" },
	{ .name = "type_information",
	    .take = take_types,
	    .clear = clear_types,
	    .initial = "file,tcp",
	    .words = { "file", "tcp", "udp" },
	    .help = "outputs that get RFC 5610 records" },
	{ .name = "observation_domain",
	    COUNT(1),
	    .minimum = 1,
	    .maximum = UINT32_MAX,
	    INTO(destination.domain),
	    .help = "observation domain id of messages" },
	{ .name = "udp_message_octets",
	    COUNT(UDP_MESSAGE_OCTETS),
	    .minimum = MESSAGE_MIN_OCTETS,
	    .maximum = 65507,
	    .unit = "octets",
	    INTO(destination.udp_message_octets),
	    .help = "longest IPFIX message over UDP" },
	{ .name = "udp_rate",
	    COUNT(UDP_RATE_DEFAULT),
	    .minimum = 1,
	    .maximum = 10000000,
	    .unit = "messages/s",
	    .zero = "no limit",
	    INTO(destination.udp_rate),
	    .help = "at most so many over UDP" },
	{ .name = "template_refresh",
	    COUNT(300),
	    .minimum = 1,
	    .maximum = 86400,
	    .unit = "seconds",
	    .zero = "at the start",
	    INTO(destination.template_refresh_seconds),
	    .help = "templates again over UDP" },
	{ .name = "template_refresh_messages",
	    COUNT(1000),
	    .minimum = 1,
	    .maximum = 1000000,
	    .unit = "messages",
	    .zero = "by time",
	    INTO(destination.template_refresh_messages),
	    .help = "templates again over UDP" },
	{ .name = "connect_timeout",
	    COUNT(10),
	    .minimum = 1,
	    .maximum = 3600,
	    .unit = "seconds",
	    INTO(destination.connect_timeout_seconds),
	    .help = "for one connection to a collector" },
	{ .name = "send_timeout",
	    COUNT(30),
	    .minimum = 1,
	    .maximum = 3600,
	    .unit = "seconds",
	    INTO(destination.send_timeout_seconds),
	    .help = "a collector takes nothing: connect anew" },
	{ .name = "give_up",
	    COUNT(60),
	    .minimum = 1,
	    .maximum = 86400,
	    .unit = "seconds",
	    INTO(destination.give_up_seconds),
	    .help = "wait with a full queue for a collector" },
	{ .name = "shutdown_timeout",
	    COUNT(30),
	    .minimum = 1,
	    .maximum = 86400,
	    .unit = "seconds",
	    INTO(destination.shutdown_timeout_seconds),
	    .help = "wait at the end for a collector" },
	{ .name = "queue_octets",
	    COUNT(16777216),
	    .minimum = QUEUE_OCTETS_MIN,
	    .maximum = 1 << 30,
	    .unit = "octets",
	    INTO(destination.queue_octets),
	    .help = "messages in memory for a collector" },
	{ .name = "tcp_message_octets",
	    COUNT(TCP_MESSAGE_OCTETS),
	    .minimum = MESSAGE_MIN_OCTETS,
	    .maximum = MESSAGE_MAX_OCTETS,
	    .unit = "octets",
	    INTO(destination.tcp_message_octets),
	    .help = "longest IPFIX message over TCP, TLS" },
	{ .name = "source_address",
	    .take = take_borrowed,
	    .expected = "an IPv4 or IPv6 address",
	    INTO(destination.source_address),
	    .help = "of connections over TCP and TLS" },
	{ .name = "spool_dir",
	    .take = take_borrowed,
	    .expected = "a folder",
	    INTO(destination.spool_dir),
	    .help = "what a collector over TCP cannot take" },
	{ .name = "spool_octets",
	    COUNT(1073741824),
	    .minimum = SPOOL_OCTETS_MIN,
	    .maximum = 1099511627776,
	    .unit = "octets",
	    INTO(destination.spool_octets),
	    .help = "in the spool of one collector" },
	{ .name = "spool_age",
	    COUNT(0),
	    .minimum = 1,
	    .maximum = 31536000,
	    .unit = "seconds",
	    .zero = "no limit",
	    INTO(destination.spool_age_seconds),
	    .help = "older records leave the spool" },
	{ .name = "tls_ca",
	    .take = take_borrowed,
	    .expected = "a file or a folder",
	    INTO(destination.tls_ca),
	    .help = "authorities; none: the system's" },
	{ .name = "tls_certificate",
	    .take = take_borrowed,
	    .expected = "a file",
	    INTO(destination.tls_certificate),
	    .help = "our certificate and its chain, PEM" },
	{ .name = "tls_key",
	    .take = take_borrowed,
	    .expected = "a file",
	    INTO(destination.tls_key),
	    .help = "the key of tls_certificate, PEM" },
	{ .name = "tls_name",
	    .take = take_borrowed,
	    .expected = "a name or an address",
	    INTO(destination.tls_name),
	    .help = "in the collector's certificate; none: host" },
	{ .name = "tls_verify",
	    .take = take_switch,
	    .initial = "yes",
	    .expected = "yes or no",
	    INTO(destination.tls_verify),
	    .help = "check the collector's certificate" },
	{ .name = "workers",
	    COUNT(1),
	    .minimum = 1,
	    .maximum = 64,
	    .unit = "threads",
	    INTO(workers),
	    .help = "threads that count" },
};
const size_t option_count = sizeof(option_rows) / sizeof(option_rows[0]);

const struct option_row *
option_find(const char *name)
{
	for (size_t i = 0; i < option_count; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	return NULL;
}

#define SUGGEST_LENGTH 32

/* Insertions, deletions and changes of one character from a to b. */
static unsigned
edit_distance(const char *a, const char *b)
{
	unsigned row[SUGGEST_LENGTH + 1], diagonal, above;

	for (unsigned j = 0; j <= strlen(b); j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= strlen(b); j++) {
			above = row[j];
			if (a[i - 1] != b[j - 1])
				diagonal++;
			if (diagonal > above + 1)
				diagonal = above + 1;
			if (diagonal > row[j - 1] + 1)
				diagonal = row[j - 1] + 1;
			row[j] = diagonal;
			diagonal = above;
		}
	}
	return row[strlen(b)];
}

const char *
option_suggest(const char *name)
{
	const char *best = NULL;
	unsigned least = 4, distance;

	if (strlen(name) > SUGGEST_LENGTH)
		return NULL;
	for (size_t i = 0; i < option_count; i++) {
		distance = edit_distance(name, option_rows[i].name);
		/* More than a third of the letters wrong is another word. */
		if (distance < least && distance * 3 <= strlen(name)) {
			least = distance;
			best = option_rows[i].name;
		}
	}
	return best;
}

int
option_defaults(struct settings *settings)
{
	char error[OPTION_ERROR_SIZE];

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->initial != NULL &&
		    option_assign(row, settings, row->initial, error) != 0)
			return -1;
	}
	return 0;
}

static void
words_join(const struct option_row *row, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; row->words[i] != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                      ? ""
		    : row->words[i + 1] == NULL ? " or "
		                                : ", ",
		    row->words[i]);
}

static void
tunnels_join(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; tunnel_name(i) != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i > 0 ? ", " : "", tunnel_name(i));
	if (used < size)
		snprintf(text + used, size - used, " or all");
}

void
option_expected(const struct option_row *row, char *text, size_t size)
{
	if (row->clear == clear_tunnels)
		tunnels_join(text, size);
	else if (row->words[0] != NULL)
		words_join(row, text, size);
	else if (row->expected != NULL)
		snprintf(text, size, "%s", row->expected);
	else
		snprintf(text, size, "%s%s%s%.15g to %.15g%s%s",
		    row->zero != NULL ? "0 (" : "",
		    row->zero != NULL ? row->zero : "",
		    row->zero != NULL ? ") or " : "", row->minimum,
		    row->maximum, row->unit != NULL ? " " : "",
		    row->unit != NULL ? row->unit : "");
}

/* A terminal's line behind the names, less the room for a default. */
#define HELP_INDENT "                           " /* 27 spaces */
#define HELP_WIDTH 39

void
option_rows_help(const struct option_row *rows, size_t count, FILE *stream)
{
	char expected[256];

	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = &rows[i];

		option_expected(row, expected, sizeof(expected));
		fprintf(stream, "  %-26s%s\n%28s%s;%s", row->name, row->help,
		    "", expected,
		    strlen(expected) > HELP_WIDTH ? "\n" HELP_INDENT : "");
		fprintf(stream, " default %s\n",
		    row->initial != NULL ? row->initial : "none");
	}
}

void
option_help(FILE *stream)
{
	option_rows_help(option_rows, option_count, stream);
}
