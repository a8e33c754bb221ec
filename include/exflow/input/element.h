/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of IPFIX fields, whatever their lengths are. */
#ifndef EXFLOW_INPUT_ELEMENT_H
#define EXFLOW_INPUT_ELEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/ipfixfile/reader.h"

/* False if the field is no number, or no time that can be expressed. */
bool element_unsigned(const struct reader_field *field, uint64_t *value);
bool element_time(const struct reader_field *field, timestamp *time);

#endif
