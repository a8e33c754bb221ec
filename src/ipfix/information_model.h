/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Information models (RFC 7012): what is known of information elements.  The
 * encoder has one, and the reader two: one with names and types, and a raw one
 * in which every element is an octetArray, to read messages with.
 */
#ifndef EXFLOW_SRC_IPFIX_INFORMATION_MODEL_H
#define EXFLOW_SRC_IPFIX_INFORMATION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/reader.h"

#include <fixbuf/public.h>

/* IANA's and CERT's elements and those of the table of fields. */
fbInfoModel_t *model_new(uint32_t enterprise_number);
/* The same elements as octetArrays: nothing is swapped, no list entered. */
fbInfoModel_t *model_raw_new(void);
void model_free(fbInfoModel_t *model); /* or NULL */

/* Add elements from a file in the format of IANA's registry; 0 or -1. */
int model_add_xml(
    fbInfoModel_t *model, const char *path, char *error, size_t error_size);

/* NULL if the element is unknown. */
const fbInfoElement_t *model_find(
    fbInfoModel_t *model, uint32_t pen, uint16_t id);

/* Do these fields make a type information record (RFC 5610, 3.9)? */
bool model_is_type_record(const struct reader_field *fields, size_t count);
/* Learn an element from one.  False if it says nothing new, or no sense. */
bool model_learn(
    fbInfoModel_t *model, const struct reader_field *fields, size_t count);

/*
 * Are so many octets of memory to be had?  glib ends the program when it gets
 * no memory, even where libfixbuf only empties a table.  So the encoder asks
 * before it calls libfixbuf, and leaks rather than frees if the answer is no.
 */
bool memory_is_left(size_t octets);
/* More than libfixbuf needs to make a model and a session, and to free them. */
#define STARTING_OCTETS (1 << 20)
#define FREEING_OCTETS 16384

#endif
