/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of IPFIX fields as text. */
#ifndef EXFLOW_SRC_READER_VALUE_H
#define EXFLOW_SRC_READER_VALUE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/ipfix/reader.h"

enum value_style {
	VALUE_TEXT,
	VALUE_JSON
};

/*
 * Append a field's value.  Whatever cannot be what its type says (a wrong
 * length, a list that is damaged) appears as hex.
 */
void value_append(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style);
void value_append_hex(
    GString *out, const struct reader_field *field, enum value_style style);
void value_append_json_string(GString *out, const uint8_t *octets, size_t n);

/*
 * The fields of a record, {"name":value,…} or name=value …; of a name that
 * comes again, "name#2".  Padding is left out.
 */
void value_append_record(GString *out, const struct reader *reader,
    const struct reader_field *fields, size_t count, enum value_style style);
bool value_is_padding(const struct reader_field *field);

/* False where the field is no number, or no time that can be told. */
bool value_unsigned(const struct reader_field *field, uint64_t *value);
bool value_time(const struct reader_field *field, timestamp *time);

/* Lists (RFC 6313); false, with out as it was, where one is damaged. */
bool list_append(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style, unsigned depth);
void value_append_nested(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style, unsigned depth);
void value_append_fields(GString *out, const struct reader *reader,
    const struct reader_field *fields, size_t count, enum value_style style,
    unsigned depth);

#endif
