/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "name.h"

#include <string.h>

void
name_lower(uint8_t *room, struct span name)
{
	size_t i = 0;

	for (; name.length - i >= NAME_WORD; i += NAME_WORD)
		name_store(
		    room + i, name_lower_word(name_load(name.octets + i)));
	for (; i < name.length; i++) {
		uint8_t octet = name.octets[i];

		/* Not tolower(): a locale has no say in names. */
		room[i] = octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
	}
}

struct span
name_without_port(struct span host)
{
	size_t at = host.length;

	while (
	    at > 0 && host.octets[at - 1] >= '0' && host.octets[at - 1] <= '9')
		at--;
	if (at > 1 && host.octets[at - 1] == ':' &&
	    (host.octets[at - 2] == ']' ||
	        memchr(host.octets, ':', at - 1) == NULL))
		host.length = at - 1;
	return host;
}

enum name_source
name_best(const struct name_choice *choice)
{
	for (int source = NAME_SOURCE_TLS; source <= NAME_SOURCE_ECH_OUTER;
	     source++)
		if (choice->by[source].length > 0)
			return (enum name_source)source;
	return NAME_SOURCE_NONE;
}
