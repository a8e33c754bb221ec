/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflow-fields prints what is generated from the table of fields:
 *	exflow-fields files        the format and the file of each definition
 *	exflow-fields elements FORMAT    the definitions in this format
 *	exflow-fields man PAGE     PAGE with its list of fields made anew
 */
#include <stdio.h>
#include <string.h>

#include "exflow/base/marked_page.h"
#include "exflow/record/definitions.h"
#include "exflow/record/record.h"

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
	printf(", %s\n%s\n", field_type_name(field), field->description);
	print_man_conditions(field);
}

static void
print_man_fields(const void *unused)
{
	(void)unused;
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < record_field_count; i++)
		print_man_field(&record_fields[i]);
	puts(".El");
}

static int
man(const char *path)
{
	const struct marked_part fields = { .title = "begin",
		.print = print_man_fields };

	return marked_page_print(path, "fields", &fields, 1);
}

static int
print_files(void)
{
	for (size_t i = 0; i < definition_format_count; i++)
		printf("%s %s\n", definition_formats[i].name,
		    definition_formats[i].file);
	return 0;
}

static int
print_elements(const char *name)
{
	const struct definition_format *format = definition_format_find(name);

	if (format == NULL) {
		fprintf(stderr, "%s: not a format of definitions\n", name);
		return 1;
	}
	format->print(stdout, PEN_DOCUMENTATION);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "files") == 0)
		return print_files();
	if (argc == 3 && strcmp(argv[1], "elements") == 0)
		return print_elements(argv[2]);
	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return man(argv[2]);
	fputs("usage: exflow-fields files | elements FORMAT | man PAGE\n",
	    stderr);
	return 2;
}
