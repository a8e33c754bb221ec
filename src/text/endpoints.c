/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/text/endpoints.h"

#include <stdio.h>
#include <string.h>

#define ESCAPED_OCTETS 4  /* \x20 */
#define PORT_OCTETS_MAX 6 /* ":65535" */

/* The name must leave room for the port and the terminating 0. */
static size_t
escape_name(char *out, const char *name, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name[i];
		bool plain = c > ' ' && c < 0x7f;

		if (used + ESCAPED_OCTETS + PORT_OCTETS_MAX >=
		    ENDPOINT_NAME_SIZE)
			return 0;
		if (plain)
			out[used++] = name[i];
		else
			used += (size_t)snprintf(
			    out + used, ESCAPED_OCTETS + 1, "\\x%02x", c);
	}
	return used;
}

void
endpoint_name(char *out, const char *name, size_t length, int port)
{
	size_t used = escape_name(out, name, length);

	out[used] = '\0';
	if (used > 0 && port >= 0)
		snprintf(out + used, ENDPOINT_NAME_SIZE - used, ":%d", port);
}

struct endpoints_form
endpoints_fit(const struct endpoints *endpoints, int column)
{
	int client = (int)strlen(endpoints->client);
	int server = (int)strlen(endpoints->server);
	int name = (int)strlen(endpoints->name);
	struct endpoints_form form = { .server = endpoints->server };

	if (name > 0 && client + name + 1 <= column) {
		form.server = endpoints->name;
		return form;
	}
	form.two_lines = client + server + 1 > column;
	if (form.two_lines && name > 0 && name + 2 <= column)
		form.server = endpoints->name;
	return form;
}
