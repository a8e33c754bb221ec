/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record with addresses is a flow and gets a line of the table:
 *
 *   START    TIME  PROTO SOURCE > DESTINATION   PACKETS   OCTETS
 *
 * Endpoints that are too long for one line are put on two.  Any other record is
 * a line of name=value.
 */
#include "dump_internal.h"

#include <stdio.h>
#include <string.h>

#include "exflow/base/human.h"
#include "exflow/base/text.h"
#include "exflow/record/record.h"
#include "exflow/text/endpoints.h"

#include "value.h"

#define NUMBERS_WIDTH 20 /* " 1.2k 1.2k 1.2k 1.2k" */
#define PREFIX_WIDTH (12 + 1 + HUMAN_TIME_WIDTH + 1 + HUMAN_PROTOCOL_WIDTH + 1)
#define WIDTH_MIN (PREFIX_WIDTH + NUMBERS_WIDTH + 18)
#define WIDTH_MAX 400
#define SECONDS_PER_DAY 86400

struct element {
	uint32_t pen;
	uint16_t id;
};

/* Elements of each column: the first one that the record has is shown. */
static const struct element starts[] = { { 0, 154 }, { 0, 156 }, { 0, 152 },
	{ 0, 150 }, { 0, 323 }, { 0, 324 }, { 0, 325 }, { 0, 322 } };
static const struct element ends[] = { { 0, 155 }, { 0, 157 }, { 0, 153 },
	{ 0, 151 } };
/* Start and end of both directions; the ones above may be of one only. */
static const struct element whole[][2] = {
	{ { 0, 152 }, { 0, 153 } },
};
static const struct element sources[] = { { 0, 8 }, { 0, 27 } };
static const struct element destinations[] = { { 0, 12 }, { 0, 28 } };
static const struct element source_ports[] = { { 0, 7 }, { 0, 180 },
	{ 0, 182 } };
static const struct element destination_ports[] = { { 0, 11 }, { 0, 181 },
	{ 0, 183 } };
static const struct element protocols[] = { { 0, 4 } };
static const struct element packets[] = { { 0, 2 }, { 0, 86 } };
static const struct element octets[] = { { 0, 1 }, { 0, 85 } };
static const struct element packets_back[] = { { PEN_REVERSE, 2 },
	{ PEN_REVERSE, 86 } };
static const struct element directions[] = { { 0, 239 } };
static const struct element tls_names[] = { { PEN_CERT, 294 } };
static const struct element octets_back[] = { { PEN_REVERSE, 1 },
	{ PEN_REVERSE, 85 } };

#define FIND_NUMBER(record, elements, value)                                   \
	find_number(                                                           \
	    record, elements, sizeof(elements) / sizeof((elements)[0]), value)
#define FIND(record, elements)                                                 \
	find(record, elements, sizeof(elements) / sizeof((elements)[0]))

static const struct reader_field *
find(const struct reader_record *record, const struct element *elements,
    size_t n)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < record->field_count; i++)
			if (record->fields[i].id == elements[k].id &&
			    record->fields[i].pen == elements[k].pen)
				return &record->fields[i];
	return NULL;
}

static bool
find_number(const struct reader_record *record, const struct element *elements,
    size_t n, uint64_t *value)
{
	const struct reader_field *field = find(record, elements, n);

	return field != NULL && element_unsigned(field, value);
}

struct times {
	timestamp start, end;
	bool has_start, has_end;
};

static struct times
find_times(const struct reader_record *record)
{
	const struct reader_field *start = find(record, whole[0], 1);
	const struct reader_field *end = find(record, &whole[0][1], 1);
	struct times times = { .has_start = false };

	if (start == NULL || end == NULL) {
		start = FIND(record, starts);
		end = FIND(record, ends);
	}
	times.has_start = start != NULL && element_time(start, &times.start);
	times.has_end = end != NULL && element_time(end, &times.end);
	return times;
}

static void
append_day(GString *out, struct dump_table *table, timestamp time)
{
	char text[TEXT_TIME_SIZE], zone[HUMAN_SIZE];
	timestamp shown = human_clock(zone, time, table->local);
	uint64_t day =
	    (uint64_t)(shown.ns / NS_PER_SECOND) / SECONDS_PER_DAY + 1;

	if (day == table->day)
		return;
	table->day = day;
	text_time(text, shown, 0);
	g_string_append_printf(out, "%.10s %s\n", text, zone);
}

static void
append_heading(GString *out, struct dump_table *table, int column)
{
	if (table->headed)
		return;
	table->headed = true;
	g_string_append_printf(out, "%-12s %*s PROTO %-*s %-9s %s\n", "START",
	    HUMAN_TIME_WIDTH, "TIME", column, "SOURCE > DESTINATION", "PACKETS",
	    "OCTETS");
	g_string_append_printf(out, "%*s %4s %4s %4s %4s\n",
	    PREFIX_WIDTH + column, "", "to", "from", "to", "from");
}

static void
append_times(GString *out, const struct times *times, bool local)
{
	char clock[TEXT_TIME_SIZE] = "", span[HUMAN_SIZE] = "";
	char zone[HUMAN_SIZE];

	if (times->has_start) {
		text_time(clock, human_clock(zone, times->start, local), 3);
		memmove(clock, clock + 11, 12);
		clock[12] = '\0';
	}
	if (times->has_start && times->has_end)
		human_time(span, timestamp_since(times->end, times->start));
	g_string_append_printf(
	    out, "%-12s %*s ", clock, HUMAN_TIME_WIDTH, span);
}

static void
append_protocol(GString *out, const struct reader_record *record)
{
	char text[HUMAN_SIZE] = "-";
	uint64_t number;

	if (find_number(record, protocols, 1, &number) && number <= UINT8_MAX)
		human_protocol(text, (uint8_t)number);
	g_string_append_printf(out, "%-*s ", HUMAN_PROTOCOL_WIDTH, text);
}

/* A protocol without ports has 0 in both; of TCP and UDP 0 is a port. */
static bool
has_ports(const struct reader_record *record)
{
	uint64_t protocol, source, destination;

	return !find_number(record, protocols, 1, &protocol) ||
	       protocol > UINT8_MAX || segment_has_ports((uint8_t)protocol) ||
	       !FIND_NUMBER(record, source_ports, &source) ||
	       !FIND_NUMBER(record, destination_ports, &destination) ||
	       source != 0 || destination != 0;
}

/*
 * Whether the destination is known to be the server: a record of one side may
 * be what the server sent, and biflowDirection tells.
 */
static bool
is_server_destination(const struct reader_record *record)
{
	uint64_t direction, back;

	if (!find_number(record, directions, 1, &direction) ||
	    direction == DIRECTION_INITIATOR)
		return true;
	return direction == DIRECTION_GUESSED &&
	       FIND_NUMBER(record, packets_back, &back);
}

/* serverName has the own number, which is not known here, only its name. */
static const struct reader_field *
find_server_name(const struct reader_record *record)
{
	for (size_t i = 0; i < record->field_count; i++) {
		const struct reader_field *field = &record->fields[i];

		if (field->id == 1101 && field->type == READER_STRING &&
		    strcmp(field->name, "serverName") == 0)
			return field;
	}
	return FIND(record, tls_names);
}

/* Of the server where the record has one, and it is wanted; else "". */
static void
find_name(char *name, const struct dump_table *table,
    const struct reader_record *record, bool ports)
{
	const struct reader_field *field = find_server_name(record);
	uint64_t port;

	name[0] = '\0';
	if (table->numbers || field == NULL || !is_server_destination(record))
		return;
	if (!ports || !FIND_NUMBER(record, destination_ports, &port))
		endpoint_name(
		    name, (const char *)field->octets, field->length, -1);
	else
		endpoint_name(name, (const char *)field->octets, field->length,
		    (uint16_t)port);
}

/* "192.0.2.1:80", "[2001:db8::1]:80"; without a port if there is none. */
static void
format_endpoint(char *text, const struct reader_field *address,
    const struct reader_field *port)
{
	uint64_t number;
	unsigned version = address->length == 4 ? 4 : 6;
	char *end;

	if (port != NULL && element_unsigned(port, &number))
		end = text_endpoint(
		    text, address->octets, version, (uint16_t)number);
	else
		end = text_address(text, address->octets, version);
	*end = '\0';
}

static void
append_endpoints(GString *out, const struct dump_table *table,
    const struct reader_record *record, int column)
{
	struct endpoints endpoints;
	struct endpoints_form form;
	bool ports = has_ports(record);
	int length;

	format_endpoint(endpoints.client, FIND(record, sources),
	    ports ? FIND(record, source_ports) : NULL);
	format_endpoint(endpoints.server, FIND(record, destinations),
	    ports ? FIND(record, destination_ports) : NULL);
	find_name(endpoints.name, table, record, ports);
	form = endpoints_fit(&endpoints, column);
	length = (int)(strlen(endpoints.client) + strlen(form.server));
	if (!form.two_lines) {
		const char *sign = length + 3 <= column ? " > " : ">";

		length += (int)strlen(sign);
		g_string_append_printf(out, "%s%s%s%*s", endpoints.client, sign,
		    form.server, column - length, "");
		return;
	}
	length = (int)strlen(form.server) + 2;
	g_string_append_printf(out, "%s\n%*s> %-*s", endpoints.client,
	    length <= column ? PREFIX_WIDTH : PREFIX_WIDTH + column - length,
	    "", length <= column ? column - 2 : 0, form.server);
}

static void
append_number(GString *out, const struct reader_record *record,
    const struct element *elements, size_t n)
{
	char text[HUMAN_SIZE] = "-";
	uint64_t value;

	if (find_number(record, elements, n, &value))
		human_number(text, value);
	g_string_append_printf(out, " %*s", HUMAN_NUMBER_WIDTH, text);
}

static bool
is_address(const struct reader_field *field)
{
	return field != NULL && (field->length == 4 || field->length == 16);
}

static void
append_generic(GString *out, const struct reader *reader,
    const struct reader_record *record)
{
	g_string_append_printf(out, "%s %u: ",
	    record->type_information ? "type"
	    : record->options        ? "options"
	                             : "record",
	    record->template_id);
	value_append_record(
	    out, reader, record->fields, record->field_count, VALUE_TEXT);
	g_string_append_c(out, '\n');
}

void
dump_table_heading(GString *out, struct dump_table *table)
{
	int width = CLAMP(table->width, WIDTH_MIN, WIDTH_MAX);

	table->headed = false;
	append_heading(out, table, width - PREFIX_WIDTH - NUMBERS_WIDTH);
}

void
dump_table_append(GString *out, struct dump_table *table,
    const struct reader *reader, const struct reader_record *record)
{
	int width = CLAMP(table->width, WIDTH_MIN, WIDTH_MAX);
	int column = width - PREFIX_WIDTH - NUMBERS_WIDTH;
	struct times times;

	if (record->options || !is_address(FIND(record, sources)) ||
	    !is_address(FIND(record, destinations))) {
		append_generic(out, reader, record);
		return;
	}
	times = find_times(record);
	append_heading(out, table, column);
	if (times.has_start)
		append_day(out, table, times.start);
	append_times(out, &times, table->local);
	append_protocol(out, record);
	append_endpoints(out, table, record, column);
	append_number(out, record, packets, 2);
	append_number(out, record, packets_back, 2);
	append_number(out, record, octets, 2);
	append_number(out, record, octets_back, 2);
	g_string_append_c(out, '\n');
}
