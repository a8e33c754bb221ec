/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflow-fields prints what is generated from the table of fields:
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
	switch (field->type) {
#define TYPE_NAME(type, number, octets, name)                                  \
	case FIELD_##type:                                                     \
		return name;
		FIELD_TYPES(TYPE_NAME)
#undef TYPE_NAME
	default:
		return NULL;
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

/* NULL for a field that has none. */
static const char *
units(const struct field *field)
{
	static const char *const names[] = {
		[UNITS_OCTETS] = "octets",
		[UNITS_PACKETS] = "packets",
		[UNITS_MILLISECONDS] = "milliseconds",
		[UNITS_MICROSECONDS] = "microseconds",
	};

	return names[field->units];
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

/* Readers make the reverse of a reversible element themselves. */
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
	if (units(field) != NULL)
		printf("      <units>%s</units>\n", units(field));
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

/* "Only in records of: TCP, …", the conditions in their order. */
static void
print_man_conditions(const struct field *field)
{
#define CONDITION_TEXT(name, holds, text) text,
	static const char *const texts[] = { FIELD_CONDITIONS(CONDITION_TEXT) };
#undef CONDITION_TEXT
	const char *separator = "Only in records of: ";

	if (field->conditions == FIELD_IF_ALWAYS)
		return;
	for (unsigned bit = 0; bit < FIELD_CONDITION_COUNT; bit++) {
		if ((field->conditions >> bit & 1) == 0)
			continue;
		printf("%s%s", separator, texts[bit]);
		separator = ", ";
	}
	puts(".");
}

static void
print_man_field(const struct field *field)
{
	printf(".It Cm %s Pq ", field->name);
	if (field->pen == PEN_OWN)
		printf("own/%u", field->id);
	else if (field->pen != 0)
		printf("%u/%u", field->pen, field->id);
	else
		printf("%u", field->id);
	printf(", %s\n%s\n", data_type(field), field->description);
	print_man_conditions(field);
}

static void
print_man_fields(void)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < record_field_count; i++)
		print_man_field(&record_fields[i]);
	puts(".El");
}

/*
 * Copy the page, with the lines between its two marks made anew.  0, or -1 if
 * the page does not have the marks.
 */
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
		fprintf(stderr, "%s: expected the lines %.*s and %.*s\n", path,
		    (int)strlen(LIST_BEGIN) - 1, LIST_BEGIN,
		    (int)strlen(LIST_END) - 1, LIST_END);
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
