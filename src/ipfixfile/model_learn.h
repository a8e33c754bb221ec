/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two information models of the reader: a raw one, in which every element
 * is an octetArray, to read messages with; and one with names and types, to
 * which it adds those of XML files and of type information records.
 */
#ifndef EXFLOW_SRC_IPFIXFILE_MODEL_LEARN_H
#define EXFLOW_SRC_IPFIXFILE_MODEL_LEARN_H

#include <stdbool.h>
#include <stddef.h>

#include "exflow/ipfixfile/reader.h"

#include <fixbuf/public.h>

/* libfixbuf's elements as octetArrays: nothing is swapped, no list entered. */
fbInfoModel_t *model_raw_new(void);

/* Add elements from a file in the format of IANA's registry; 0 or -1. */
int model_add_xml(
    fbInfoModel_t *model, const char *path, char *error, size_t error_size);

/* Do these fields make a type information record (RFC 5610, 3.9)? */
bool model_is_type_record(const struct reader_field *fields, size_t count);
/* Learn an element from one.  False if it says nothing new, or no sense. */
bool model_learn(
    fbInfoModel_t *model, const struct reader_field *fields, size_t count);

#endif
