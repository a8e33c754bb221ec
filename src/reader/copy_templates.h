/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Templates of a file that is written: ids are given anew, since files that are
 * merged may use the same id for different fields.  Each set of fields of a
 * domain has one, which is announced before its first record (RFC 7011, 3.4).
 */
#ifndef EXFLOW_SRC_READER_COPY_TEMPLATES_H
#define EXFLOW_SRC_READER_COPY_TEMPLATES_H

#include <glib.h>

#include "exflow/ipfix/wire.h"
#include "exflow/ipfixfile/reader.h"

struct copy_templates; /* of one domain */

struct copy_templates *copy_templates_new(void);
void copy_templates_free(gpointer templates);

/*
 * The id of records with these fields; 0: no id is left.  A template that is
 * new is appended to announce, as it stands in a template set (or of options
 * templates).
 */
uint16_t copy_templates_id(struct copy_templates *templates,
    const struct reader_field *fields, size_t count, bool options,
    GByteArray *announce);

/* A field without a length in the template, or longer than it can say. */
static inline bool
copy_is_variable(const struct reader_field *field)
{
	return field->variable || field->length >= VARIABLE_LENGTH;
}

void copy_put16(GByteArray *to, uint32_t value);
void copy_put32(GByteArray *to, uint32_t value);

#endif
