/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of a message that has nothing but data sets of known templates: their
 * places are known from the layouts, which were made of libfixbuf's templates.
 * Every other message is libfixbuf's.
 */
#ifndef EXFLOW_SRC_IPFIXFILE_DIRECT_H
#define EXFLOW_SRC_IPFIXFILE_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain.h"
#include "layout.h"

struct direct {
	bool active;         /* the message is read so */
	const uint8_t *next; /* the record behind the present one */
	const uint8_t *set_end, *end;
	struct domain *domain;
	/* Of the present set: */
	struct layout *layout;
	uint16_t id;
	struct reader_template_count *count;
};

/*
 * Begin with a message of the domain, which is a header and whole sets, if all
 * of them can be read so.
 */
void direct_begin(struct direct *direct, struct domain *domain,
    const uint8_t *message, size_t length);

enum direct_result {
	DIRECT_END,
	DIRECT_RECORD,
	DIRECT_TOO_LONG /* the record is longer than its set */
};

/*
 * The octets of the next record, of the layout; length is that of the record
 * with DIRECT_RECORD.
 */
enum direct_result direct_next(
    struct direct *direct, const uint8_t **octets, size_t *length);
/*
 * All further records of the set at once, length octets each; 0: there are
 * none, or they have fields of variable lengths.
 */
size_t direct_run(
    struct direct *direct, const uint8_t **octets, size_t *length);

#endif
