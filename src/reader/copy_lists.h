/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of records (RFC 6313) name the templates of their records, whose ids
 * are others in the file that is written.
 */
#ifndef EXFLOW_SRC_READER_COPY_LISTS_H
#define EXFLOW_SRC_READER_COPY_LISTS_H

#include "copy_templates.h"

struct copy_lists {
	const struct reader *reader; /* at the record that has the list */
	struct copy_templates *templates;
	GByteArray *announce;
};

/*
 * Put the new ids into a list of records, which is the value of a field of that
 * type.  A list that is damaged, or of unknown templates, is left as it is.
 */
void copy_list(const struct copy_lists *lists, enum reader_type type,
    uint8_t *octets, size_t length);

static inline bool
copy_is_list(const struct reader_field *field)
{
	return field->type == READER_TEMPLATE_LIST ||
	       field->type == READER_TEMPLATE_MULTI_LIST;
}

#endif
