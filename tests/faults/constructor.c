/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A library whose constructor sends the process the signals that STARTS_WITH
 * names by number, as if they came while libraries begin.
 *
 *	LD_PRELOAD=constructor.so STARTS_WITH='1 10 12' exflow …
 */
#include <signal.h>
#include <stdlib.h>

__attribute__((constructor)) static void
begin(void)
{
	const char *at = getenv("STARTS_WITH");
	char *end;

	while (at != NULL && *at != '\0') {
		long number = strtol(at, &end, 10);

		if (end == at)
			return;
		raise((int)number);
		at = end;
	}
}
