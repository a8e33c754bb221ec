/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of a record, put together from its fields: numbers at once, texts when
 * all are there, since they are packed in their order.
 */
#ifndef EXFLOW_SRC_INPUT_MAPPED_NAMES_H
#define EXFLOW_SRC_INPUT_MAPPED_NAMES_H

#include "exflow/ipfixfile/reader.h"
#include "exflow/names/exchange_names.h"

struct mapped_names {
	struct {
		const uint8_t *octets;
		size_t length;
	} texts[NAMES_TEXT_COUNT];
	/* A struct exchange_names and its texts. */
	_Alignas(8) char room[EXCHANGE_NAMES_OCTETS_MAX];
};

static inline struct exchange_names *
mapped_names_made(struct mapped_names *mapped)
{
	return (struct exchange_names *)(void *)mapped->room;
}

/* Nothing is known. */
void mapped_names_begin(struct mapped_names *mapped);
/* Pack the texts. */
const struct exchange_names *mapped_names_end(struct mapped_names *mapped);

#endif
