/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <stdio.h>

int
main(void)
{
	puts("exflowdump " PACKAGE_VERSION);
	return 0;
}
