/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which elements a format defines depends on what its readers know already:
 *
 *			own	CERT's	reverse	IANA's	profiles
 *	libfixbuf	x	x			x	ipfixDump -e
 *	libfds		x					ipfixcol2
 *	pmacct		x	x	x	some	x	nfacctd
 *	goflow2		x	x	x	some	x	goflow2 -mapping
 *	logstash	x	x				Logstash, Filebeat
 *	nprobe		x	x	x			nProbe
 *	iespec		x	x		some	x	python3-ipfix
 *
 * Profiles are the elements of Flowmon and ntop: ipfixcol2 knows the former,
 * nProbe the latter, and Logstash would forget all others of these enterprises.
 *
 * Of IANA's, pmacct and goflow2 read some into fields of their own, and drop
 * all others unless they are defined.  An element with the reverse bit is left
 * out where the reader makes the reverse of a reversible element itself.
 */
#include "exflow/record/definitions.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "exflow/record/record.h"

/* No "--", which must not be in a comment of XML. */
#define GENERATED                                                              \
	"Made from the table of fields of exflow; its option \"elements\"\n%s" \
	"makes another for the enterprise_number that you set."

#define VARIABLE 65535u /* the length of a field of any length (RFC 7011, 7) */

/* --- of a field */

static const char *
semantics(const struct field *field)
{
	static const char *const names[] = {
		[SEMANTICS_DEFAULT] = "default",
		[SEMANTICS_QUANTITY] = "quantity",
		[SEMANTICS_TOTAL_COUNTER] = "totalCounter",
		[SEMANTICS_DELTA_COUNTER] = "deltaCounter",
		[SEMANTICS_IDENTIFIER] = "identifier",
		[SEMANTICS_FLAGS] = "flags",
	};

	return names[field->semantics];
}

/* NULL for a field that has none. */
static const char *
units(const struct field *field)
{
	static const char *const names[] = {
		[UNITS_OCTETS] = "octets",
		[UNITS_PACKETS] = "packets",
		[UNITS_MILLISECONDS] = "milliseconds",
		[UNITS_MICROSECONDS] = "microseconds",
		[UNITS_HOPS] = "hops",
	};

	return names[field->units];
}

static uint32_t
pen_of(const struct field *field, uint32_t enterprise_number)
{
	return field->pen == PEN_OWN ? enterprise_number : field->pen;
}

static bool
is_profile(const struct field *field)
{
	return field->pen == PEN_FLOWMON || field->pen == PEN_NTOP;
}

static bool
is_enterprise(const struct field *field)
{
	return field->pen == PEN_OWN || field->pen == PEN_CERT ||
	       is_profile(field);
}

/* The reverse of another element that the table has. */
static bool
is_reverse(const struct field *field)
{
	return is_enterprise(field) && (field->id & REVERSE_BIT) != 0;
}

static bool
has_reverse(const struct field *forward)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (record_fields[i].pen == forward->pen &&
		    record_fields[i].id == (forward->id | REVERSE_BIT))
			return true;
	return false;
}

/*
 * An element of IANA's that pmacct and goflow2 both read into a field of their
 * own: addresses, ports, counts, times, flags, VLAN, interface.
 */
static bool
is_read(const struct field *field)
{
	static const uint16_t ids[] = { 1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 27, 28,
		56, 58, 80, 152, 153, 154, 155 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (field->pen == 0 && field->id == ids[i])
			return true;
	return false;
}

/* --- libfixbuf: the format of IANA's registry, with CERT's additions */

static void
print_registry_record(
    FILE *stream, const struct field *field, uint32_t enterprise_number)
{
	fputs("    <record>\n", stream);
	fprintf(stream, "      <name>%s</name>\n", field->name);
	fprintf(
	    stream, "      <dataType>%s</dataType>\n", field_type_name(field));
	fputs("      <group>exflow</group>\n", stream);
	fprintf(stream, "      <dataTypeSemantics>%s</dataTypeSemantics>\n",
	    semantics(field));
	if (has_reverse(field))
		fputs(
		    "      <cert:reversible>true</cert:reversible>\n", stream);
	fprintf(stream,
	    "      <cert:enterpriseId>%" PRIu32 "</cert:enterpriseId>\n",
	    pen_of(field, enterprise_number));
	fprintf(stream, "      <elementId>%u</elementId>\n", field->id);
	fputs("      <status>current</status>\n", stream);
	fprintf(stream,
	    "      <description>\n        <paragraph>\n          %s\n"
	    "        </paragraph>\n      </description>\n",
	    field->description);
	if (units(field) != NULL)
		fprintf(stream, "      <units>%s</units>\n", units(field));
	fputs("      <revision>0</revision>\n    </record>\n\n", stream);
}

static void
print_libfixbuf(FILE *stream, uint32_t enterprise_number)
{
	fprintf(stream,
	    "<?xml version='1.0' encoding='UTF-8'?>\n"
	    "<!-- SPDX-License-Identifier: BSD-2-Clause -->\n"
	    "<!-- " GENERATED " -->\n"
	    "<registry id=\"exflow_ipfix\"\n"
	    "          xmlns=\"http://www.iana.org/assignments\"\n"
	    "          xmlns:cert=\"http://www.cert.org/ipfix\">\n\n"
	    "  <title>Information elements of exflow</title>\n\n"
	    "  <registry id=\"exflow-information-elements\">\n"
	    "    <title>exflow Enterprise IPFIX Elements</title>\n\n",
	    "     ");
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (is_enterprise(field) && !is_reverse(field))
			print_registry_record(stream, field, enterprise_number);
	}
	fputs("  </registry>\n</registry>\n", stream);
}

/* --- libfds: one file an enterprise; each element names its reverse */

static void
print_libfds_element(FILE *stream, const struct field *field)
{
	fprintf(stream,
	    "  <element>\n    <id>%u</id>\n    <name>%s</name>\n"
	    "    <dataType>%s</dataType>\n"
	    "    <dataSemantics>%s</dataSemantics>\n",
	    field->id, field->name, field_type_name(field), semantics(field));
	if (units(field) != NULL)
		fprintf(stream, "    <units>%s</units>\n", units(field));
	fputs("    <status>current</status>\n", stream);
	if (has_reverse(field))
		fprintf(stream, "    <biflowId>%u</biflowId>\n",
		    (unsigned)(field->id | REVERSE_BIT));
	fputs("  </element>\n", stream);
}

static void
print_libfds(FILE *stream, uint32_t enterprise_number)
{
	fprintf(stream,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<!-- SPDX-License-Identifier: BSD-2-Clause -->\n"
	    "<!-- " GENERATED " -->\n"
	    "<ipfix-elements>\n  <scope>\n    <pen>%" PRIu32 "</pen>\n"
	    "    <name>exflow</name>\n"
	    "    <biflow mode=\"individual\"></biflow>\n  </scope>\n",
	    "     ", enterprise_number);
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (field->pen == PEN_OWN && !is_reverse(field))
			print_libfds_element(stream, field);
	}
	fputs("</ipfix-elements>\n", stream);
}

/* --- pmacct: primitives for what it has no name for */

static void
print_primitive(
    FILE *stream, const struct field *field, uint32_t enterprise_number)
{
	uint32_t pen = pen_of(field, enterprise_number);

	fprintf(stream, "name=%s field_type=", field->name);
	if (pen != 0)
		fprintf(stream, "%" PRIu32 ":", pen);
	fprintf(stream, "%u len=", field->id);
	if (field->text != NULL)
		fputs("vlen", stream);
	else
		fprintf(stream, "%u", field->octets);
	fprintf(stream, " semantics=%s\n",
	    field->type == FIELD_STRING   ? "str"
	    : field->type == FIELD_COUNTS ? "raw"
	                                  : "u_int");
}

/* The group of a field; 0: it is in all records. */
static unsigned
group_of(const struct field *field)
{
	return field->conditions & FIELD_GROUPS;
}

/* It stops at more than 64 primitives: those of groups are comments. */
static void
print_pmacct(FILE *stream, uint32_t enterprise_number)
{
	unsigned group = 0;

	fprintf(stream, "! " GENERATED "\n!\n", "! ");
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (is_read(field))
			continue;
		if (group_of(field) != group) {
			group = group_of(field);
			fprintf(stream,
			    "!\n! With %s: nfacctd takes 64 "
			    "primitives at most.  Uncomment those that you\n"
			    "! need, and take out as many above.\n!\n",
			    group == FIELD_IF_NAMES ? "names"
			                            : "quality = yes");
		}
		if (group != 0)
			fputs("!", stream);
		print_primitive(stream, field, enterprise_number);
	}
}

/* --- goflow2: a mapping of what it does not read itself */

/*
 * Fields of a message in Protocol Buffers have numbers, which must never
 * change: an own element's id, and for the others beyond these and beyond the
 * numbers 19000 to 19999, which the format reserves.
 */
static unsigned
protobuf_number(const struct field *field)
{
	switch (field->pen) {
	case PEN_OWN:
		return field->id;
	case PEN_REVERSE:
		return 40000u + field->id;
	case PEN_CERT:
		return 60000u + field->id;
	case PEN_FLOWMON:
		return 80000u + field->id;
	case PEN_NTOP:
		return 90000u + field->id;
	default:
		return 20000u + field->id;
	}
}

static const char *
protobuf_type(const struct field *field)
{
	if (field->type == FIELD_STRING)
		return "string";
	return field->type == FIELD_COUNTS ? "bytes" : "varint";
}

static void
print_goflow2_mapping(FILE *stream, uint32_t enterprise_number)
{
	fputs("ipfix:\n  mapping:\n", stream);
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];
		uint32_t pen = pen_of(field, enterprise_number);

		if (is_read(field))
			continue;
		fprintf(stream, "    - field: %u\n", field->id);
		if (pen != 0)
			fprintf(stream,
			    "      penprovided: true\n      pen: %" PRIu32 "\n",
			    pen);
		fprintf(stream, "      destination: %s\n", field->name);
	}
}

static void
print_goflow2(FILE *stream, uint32_t enterprise_number)
{
	static const char *const own[] = { "type", "time_received_ns",
		"sequence_num", "sampler_address", "time_flow_start_ns",
		"time_flow_end_ns", "bytes", "packets", "src_addr", "dst_addr",
		"etype", "proto", "src_port", "dst_port", "tcp_flags", "ip_tos",
		"in_if", "src_mac", "dst_mac", "vlan_id",
		"observation_domain_id" };

	fprintf(stream,
	    "# " GENERATED "\n"
	    "formatter:\n  fields:\n",
	    "# ");
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		fprintf(stream, "    - %s\n", own[i]);
	for (size_t i = 0; i < record_field_count; i++)
		if (!is_read(&record_fields[i]))
			fprintf(stream, "    - %s\n", record_fields[i].name);
	fputs("  protobuf:\n", stream);
	for (size_t i = 0; i < record_field_count; i++)
		if (!is_read(&record_fields[i]))
			fprintf(stream,
			    "    - name: %s\n      index: %u\n"
			    "      type: %s\n",
			    record_fields[i].name,
			    protobuf_number(&record_fields[i]),
			    protobuf_type(&record_fields[i]));
	print_goflow2_mapping(stream, enterprise_number);
}

/*
 * --- Logstash's codec; Filebeat reads the same format
 *
 * The codec drops a template that has one element without a definition, and
 * takes what the file says of an enterprise instead of all that it knew of it.
 * It lacks only one of CERT's, but so the file has all of these that are sent.
 */

static void
print_logstash_enterprise(FILE *stream, uint32_t pen, uint32_t number)
{
	fprintf(stream, "%" PRIu32 ":\n", number);
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (field->pen != pen)
			continue;
		fprintf(stream, "  %u:\n", field->id);
		if (field->type == FIELD_STRING)
			fputs("  - :string\n", stream);
		else if (field->type == FIELD_COUNTS)
			fputs("  - :octetarray\n", stream);
		else
			fprintf(stream, "  - :uint%u\n", 8u * field->octets);
		fprintf(stream, "  - :%s\n", field->name);
	}
}

static void
print_logstash(FILE *stream, uint32_t enterprise_number)
{
	fprintf(stream, "# " GENERATED "\n---\n", "# ");
	print_logstash_enterprise(stream, PEN_OWN, enterprise_number);
	print_logstash_enterprise(stream, PEN_CERT, PEN_CERT);
}

/* --- nProbe: no standard field is meant */

static void
print_nprobe(FILE *stream, uint32_t enterprise_number)
{
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];
		uint32_t pen = pen_of(field, enterprise_number);

		if (field->pen != 0 && !is_profile(field))
			fprintf(stream,
			    "%s NONE %" PRIu32 " %u %u dump_as_%s\n",
			    field->name, pen, field->id,
			    field->text != NULL ? VARIABLE : field->octets,
			    field->type == FIELD_STRING   ? "ascii"
			    : field->type == FIELD_COUNTS ? "hex"
			                                  : "uint");
	}
}

/*
 * --- python3-ipfix: a line an element, reverse elements, too; and IANA's of
 * names, which are younger than it
 */

static void
print_iespec(FILE *stream, uint32_t enterprise_number)
{
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (!is_enterprise(field) &&
		    (field->conditions & FIELD_IF_NAMES) == 0)
			continue;
		fprintf(stream, "%s(", field->name);
		if (field->pen != 0)
			fprintf(stream, "%" PRIu32 "/",
			    pen_of(field, enterprise_number));
		fprintf(stream, "%u)<%s>[%u]\n", field->id,
		    field_type_name(field),
		    field->text != NULL ? VARIABLE : field->octets);
	}
}

/* --- all of them */

const struct definition_format definition_formats[] = {
	{ "libfixbuf", "exflow-elements.xml", print_libfixbuf },
	{ "libfds", "exflow-libfds.xml", print_libfds },
	{ "pmacct", "exflow-pmacct.primitives", print_pmacct },
	{ "goflow2", "exflow-goflow2.yaml", print_goflow2 },
	{ "logstash", "exflow-logstash.yaml", print_logstash },
	{ "nprobe", "exflow-nprobe.txt", print_nprobe },
	{ "iespec", "exflow.iespec", print_iespec },
};
const size_t definition_format_count =
    sizeof(definition_formats) / sizeof(definition_formats[0]);

const struct definition_format *
definition_format_find(const char *name)
{
	for (size_t i = 0; i < definition_format_count; i++)
		if (strcmp(definition_formats[i].name, name) == 0)
			return &definition_formats[i];
	return NULL;
}
