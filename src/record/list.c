/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what is generated from the table of fields:
 *	exflow-fields xml         the project's own elements as a registry
 *	exflow-fields man PAGE    PAGE with its list of fields made anew
 */
#include <stdio.h>
#include <string.h>

#include "exflow/record/record.h"

#define LIST_BEGIN ".\\\" fields: begin\n"
#define LIST_END ".\\\" fields: end\n"

static const char *
data_type(const struct field *field)
{
	switch (field->kind) {
	case FIELD_IPV4:
		return "ipv4Address";
	case FIELD_IPV6:
		return "ipv6Address";
	case FIELD_MILLISECONDS:
		return "dateTimeMilliseconds";
	case FIELD_MICROSECONDS:
		return "dateTimeMicroseconds";
	default:
		break;
	}
	switch (field->octets) {
	case 8:
		return "unsigned64";
	case 4:
		return "unsigned32";
	case 2:
		return "unsigned16";
	default:
		return "unsigned8";
	}
}

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

static bool
has_reverse(const struct field *forward)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (record_fields[i].pen == forward->pen &&
		    record_fields[i].id == (forward->id | REVERSE_BIT))
			return true;
	return false;
}

/* Of a reversible element readers make the reverse themselves. */
static void
print_xml_record(const struct field *field)
{
	puts("    <record>");
	printf("      <name>%s</name>\n", field->name);
	printf("      <dataType>%s</dataType>\n", data_type(field));
	puts("      <group>exflow</group>");
	printf("      <dataTypeSemantics>%s</dataTypeSemantics>\n",
	    semantics(field));
	if (has_reverse(field))
		puts("      <cert:reversible>true</cert:reversible>");
	printf("      <cert:enterpriseId>%d</cert:enterpriseId>\n",
	    PEN_DOCUMENTATION);
	printf("      <elementId>%u</elementId>\n", field->id);
	puts("      <status>current</status>");
	printf("      <description>\n        <paragraph>\n          %s\n"
	       "        </paragraph>\n      </description>\n",
	    field->description);
	if (field->units != NULL)
		printf("      <units>%s</units>\n", field->units);
	puts("      <revision>0</revision>\n    </record>\n");
}

static void
print_xml(void)
{
	puts("<?xml version='1.0' encoding='UTF-8'?>\n"
	     "<!-- SPDX-License-Identifier: BSD-2-Clause -->\n"
	     "<!-- Made by exflow-fields from the table of fields. -->\n"
	     "<registry id=\"exflow_ipfix\"\n"
	     "          xmlns=\"http://www.iana.org/assignments\"\n"
	     "          xmlns:cert=\"http://www.cert.org/ipfix\">\n\n"
	     "  <title>Information elements of exflow</title>\n\n"
	     "  <registry id=\"exflow-information-elements\">\n"
	     "    <title>exflow Enterprise IPFIX Elements</title>\n");
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (field->pen == PEN_OWN && !(field->id & REVERSE_BIT))
			print_xml_record(field);
	}
	puts("  </registry>\n</registry>");
}

static const char *
condition_text(const struct field *field)
{
	if (field->conditions & FIELD_IF_IPV4)
		return "IPv4";
	if (field->conditions & FIELD_IF_IPV6)
		return "IPv6";
	if (field->conditions & FIELD_IF_FLAGS_OWN)
		return "TCP, flag counters enterprise or both";
	if (field->conditions & FIELD_IF_FLAGS_IANA)
		return "TCP, flag counters iana or both";
	if (field->conditions & FIELD_IF_TCP)
		return "TCP";
	if (field->conditions & FIELD_IF_INTERFACE)
		return "live capture";
	return field->conditions & FIELD_IF_VLAN ? "VLAN asked for" : NULL;
}

static void
print_man_field(const struct field *field)
{
	const char *condition = condition_text(field);

	printf(".It Cm %s Pq ", field->name);
	if (field->pen == PEN_OWN)
		printf("own/%u", field->id);
	else if (field->pen != 0)
		printf("%u/%u", field->pen, field->id);
	else
		printf("%u", field->id);
	printf(", %s", data_type(field));
	printf("\n%s\n", field->description);
	if (condition != NULL)
		printf("Only in records of: %s.\n", condition);
}

static void
print_man_fields(void)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < record_field_count; i++)
		print_man_field(&record_fields[i]);
	puts(".El");
}

/* 0, or -1 where the page does not have the two marks. */
static int
print_man(FILE *page)
{
	char line[1024];
	bool inside = false;
	int marks = 0;

	while (fgets(line, sizeof(line), page) != NULL) {
		if (strcmp(line, LIST_END) == 0) {
			inside = false;
			marks++;
		}
		if (!inside)
			fputs(line, stdout);
		if (strcmp(line, LIST_BEGIN) == 0) {
			inside = true;
			marks++;
			print_man_fields();
		}
	}
	return marks == 2 ? 0 : -1;
}

static int
man(const char *path)
{
	FILE *page = fopen(path, "r");
	int result;

	if (page == NULL) {
		perror(path);
		return 1;
	}
	result = print_man(page);
	if (result < 0)
		fprintf(
		    stderr, "%s: the marks of the list are missing\n", path);
	fclose(page);
	return result < 0;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "xml") == 0) {
		print_xml();
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return man(argv[2]);
	fputs("usage: exflow-fields xml | man PAGE\n", stderr);
	return 2;
}
