/* SPDX-License-Identifier: BSD-2-Clause */
#include "mapped_names.h"

#include <string.h>

void
mapped_names_begin(struct mapped_names *mapped)
{
	memset(mapped->texts, 0, sizeof(mapped->texts));
	*mapped_names_made(mapped) = (struct exchange_names){
		.tls_flags = UINT8_MAX,
		.tls_version_offered = UINT16_MAX,
		.tls_version_chosen = UINT16_MAX,
		.http_status = UINT16_MAX,
		.dns_type = UINT16_MAX,
		.dns_response_code = UINT8_MAX,
		.dns_resolution = UINT32_MAX,
	};
}

/* A longer text is from another exporter: it is cut as ours are. */
static size_t
length_of(const struct mapped_names *mapped, unsigned which)
{
	size_t most =
	    which >= NAMES_PAYLOAD_CLIENT ? NAMES_PAYLOAD_MAX : NAME_OCTETS_MAX;
	size_t length = mapped->texts[which].length;

	return length < most ? length : most;
}

const struct exchange_names *
mapped_names_end(struct mapped_names *mapped)
{
	struct exchange_names *names = mapped_names_made(mapped);
	char *at = mapped->room + sizeof(*names);

	for (unsigned i = 0; i < NAMES_TEXT_COUNT; i++) {
		size_t length = length_of(mapped, i);

		names->length[i] = (uint16_t)length;
		names->texts = (uint16_t)(names->texts + length);
		if (length > 0)
			memcpy(at, mapped->texts[i].octets, length);
		at += length;
	}
	return names;
}
