/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader knows of elements: their names and types. */
#ifndef EXFLOW_SRC_IPFIX_ELEMENTS_H
#define EXFLOW_SRC_IPFIX_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/reader.h"

#include <fixbuf/public.h>

/*
 * IANA's, CERT's and the project's own elements.  A model of libfixbuf is
 * used for it, another one than that which messages are read with: there
 * every element is an octetArray.
 */
fbInfoModel_t *elements_new(uint32_t own_pen);
/* The model to read with: no octet is swapped, no list is entered. */
fbInfoModel_t *elements_raw_new(void);
int elements_add_xml(
    fbInfoModel_t *names, const char *path, char *error, size_t error_size);

/* NULL where it is not known. */
const fbInfoElement_t *elements_find(
    fbInfoModel_t *names, uint32_t pen, uint16_t id);

/* Is it a type information record, by its fields (RFC 5610, 3.9)? */
bool elements_is_type_record(const struct reader_field *fields, size_t count);
/* Learn from one.  False where it says nothing new that can be used. */
bool elements_learn(
    fbInfoModel_t *names, const struct reader_field *fields, size_t count);

#endif
