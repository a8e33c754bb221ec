/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The elements of records as other programs want them defined.  Each format is
 * one row of a table; exflow --elements prints it for any enterprise number,
 * and "make fields" writes its file in conf/ for the default number.
 */
#ifndef EXFLOW_RECORD_DEFINITIONS_H
#define EXFLOW_RECORD_DEFINITIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct definition_format {
	const char *name; /* "pmacct" */
	const char *file; /* in conf/, and where it is installed */
	/* Print all definitions, with the number of the own elements. */
	void (*print)(FILE *stream, uint32_t enterprise_number);
};

extern const struct definition_format definition_formats[];
extern const size_t definition_format_count;

/* NULL if there is none of that name. */
const struct definition_format *definition_format_find(const char *name);

#endif
