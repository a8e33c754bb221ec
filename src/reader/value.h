/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of IPFIX fields as text: value.c scalars, value_nested.c the rest. */
#ifndef EXFLOW_SRC_READER_VALUE_H
#define EXFLOW_SRC_READER_VALUE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/input/element.h"
#include "exflow/ipfixfile/reader.h"

enum value_style {
	VALUE_TEXT,
	VALUE_JSON
};

/*
 * Append a field's value.  A value that does not suit its type (a wrong
 * length, a damaged list) appears as hex.
 */
void value_append(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style);
/* Of a type without lists; false, with out as it was, if it does not suit. */
bool value_append_scalar(
    GString *out, const struct reader_field *field, enum value_style style);
void value_append_hex(
    GString *out, const struct reader_field *field, enum value_style style);

/*
 * Append the fields of a record, {"name":value,…} or name=value ….  A name that
 * comes again is "name#2".  Padding is left out.
 */
void value_append_record(GString *out, const struct reader *reader,
    const struct reader_field *fields, size_t count, enum value_style style);
bool value_is_padding(const struct reader_field *field);

#endif
