/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/daemon/resident.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* KiB of files that are mapped and present; 0: the system does not say. */
static unsigned long
resident_files(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long found = 0;
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "RssFile:", 8) == 0)
			found = strtoul(line + 8, NULL, 10);
	if (file != NULL)
		fclose(file);
	return found;
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
what_was_for_the_start_is_given_back(void **state)
{
	unsigned long before = resident_files(), after;

	(void)state;
#if !defined(HAVE_DL_ITERATE_PHDR) || defined(EXFLOW_SANITIZERS)
	skip();
#endif
	if (getenv("EXFLOW_EMULATED") != NULL || before == 0)
		skip();
	resident_trim();
	after = resident_files();
	assert_in_range(after, 1, before * 3 / 4);
}

/* Relocated tables, constants, and the program itself. */
static void
all_goes_on_as_before(void **state)
{
	int numbers[] = { 3, 1, 2 };
	char text[64];

	(void)state;
	for (int i = 0; i < 3; i++) {
		resident_trim();
		qsort(numbers, 3, sizeof(numbers[0]), compare);
		snprintf(text, sizeof(text), "%d %.2f %s", numbers[i], 0.25,
		    setlocale(LC_ALL, NULL));
		assert_int_equal(numbers[i], i + 1);
		assert_string_equal(text + 1, " 0.25 C");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_for_the_start_is_given_back),
		cmocka_unit_test(all_goes_on_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
