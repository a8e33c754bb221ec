/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two endpoints of a line of the table, in a column of limited width:
 *
 *	10.0.0.2:51234 > www.example.org:443	with spaces where they fit,
 *	10.0.0.2:51234>www.example.org:443	else without,
 *	10.0.0.2:51234 > 192.0.2.80:443		the address for a long name,
 *	[2001:db8::1:2:3:4]:51234		and where that is too long, too,
 *	 > www.example.org:443			two lines
 */
#ifndef EXFLOW_TEXT_ENDPOINTS_H
#define EXFLOW_TEXT_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "exflow/base/text.h"

#define ENDPOINT_NAME_SIZE                                                     \
	96 /* of a server's name; a longer one is not shown */

struct endpoints {
	char client[TEXT_ENDPOINT_SIZE + 1];
	char server[TEXT_ENDPOINT_SIZE + 1]; /* by its address */
	char name[ENDPOINT_NAME_SIZE];       /* by its name, or "" */
};

/*
 * Write a name from strangers, and ":PORT" behind it (port < 0: none), where
 * there are ENDPOINT_NAME_SIZE octets.  What is no letter of ASCII, and spaces,
 * are escaped as \x20, so that an octet is a column.  "" if it is too long, or
 * has no octet.
 */
void endpoint_name(char *out, const char *name, size_t length, int port);

/* How the endpoints stand in a column of this width. */
struct endpoints_form {
	const char *server; /* its name or its address */
	bool two_lines;
};
struct endpoints_form endpoints_fit(
    const struct endpoints *endpoints, int column);

#endif
