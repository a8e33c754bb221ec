/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#define COLUMNS_MAX 10000

unsigned
terminal_width(int descriptor)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	char *end;
	unsigned long n;

	if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns == NULL)
		return 0;
	n = strtoul(columns, &end, 10);
	return *end == '\0' && n <= COLUMNS_MAX ? (unsigned)n : 0;
}
