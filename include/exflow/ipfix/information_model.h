/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The information model (RFC 7012) of the encoder: what is known of
 * information elements.  The reader (exflow/ipfixfile/reader.h) begins with the
 * same one and learns more.
 */
#ifndef EXFLOW_IPFIX_INFORMATION_MODEL_H
#define EXFLOW_IPFIX_INFORMATION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fixbuf/public.h>

/* IANA's and CERT's elements and those of the table of fields. */
fbInfoModel_t *model_new(uint32_t enterprise_number);
void model_free(fbInfoModel_t *model); /* or NULL */

/* NULL if the element is unknown. */
const fbInfoElement_t *model_find(
    fbInfoModel_t *model, uint32_t pen, uint16_t id);

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
