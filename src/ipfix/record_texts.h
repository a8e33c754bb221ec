/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts that a record ends with: names and payload, each behind its length
 * (RFC 7011, 7).
 */
#ifndef EXFLOW_SRC_IPFIX_RECORD_TEXTS_H
#define EXFLOW_SRC_IPFIX_RECORD_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_template.h"

struct record_texts {
	struct {
		const char *octets;
		size_t length;
	} text[NAMES_TEXT_COUNT]; /* as many as template->text_count */
	uint32_t octets;          /* on the wire, lengths included */
	bool cut;                 /* something did not fit */
	/* Strings that had to be changed. */
	char made[NAMES_PAYLOAD_CLIENT * NAME_OCTETS_MAX];
	size_t made_octets;
};

/*
 * The texts of a record of this template, of an exchange with names, in so many
 * octets of the wire: what does not fit is cut, first the payload, then the
 * last text.  room has place for template->text_count empty ones.  Strings
 * become well-formed UTF-8, as RFC 7011 (6.1.6) asks for: each octet that is
 * not, and each zero, is a '?'.  They point into the exchange and into texts.
 */
void record_texts_find(struct record_texts *texts,
    const struct record_template *template, const struct exchange *exchange,
    uint32_t room);

#endif
